"""The evidence of a pickup: whole, the same every time, quoting only what is shared, never accusing."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from matcher import text
from news.errors import EvidenceFolderError, UnknownObjectError
from report.evidence_files import Case, files_of, write
from storage.asking import details, object_pages
from storage.asking.evidence_rows import fetches, pickup_numbered
from storage.engine import reading, writing
from storage.models import ArticleVersionRow, FetchRow, PickupRow
from tests.storage import world
from tests.storage.makers import later

URL = world.address("daily", "bridge")
SENT = [["server", "nginx"], ["date", "Mon, 09 Mar 2026 13:20:00 GMT"]]
ACCUSING = re.compile(
    r"\b(stole|stolen|theft|plagiar\w*|infring\w*|illegal\w*|pirat\w*|violat\w*|unauthori\w*)\b", re.I
)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as session:
        world.fill(session)
        spans = [[0, 9, 0, 9, True]]
        session.execute(update(PickupRow).values(spans=spans))
        values = {"outlet_id": "daily", "url": URL, "status": 200, "bytes": 5120, "sha256": "ab" * 32}
        session.add(FetchRow(fetched_at=later(80), outcome="ok", headers=SENT, **values))
    return engine


def case(engine: Engine) -> Case:
    with reading(engine) as session:
        (both,) = details.side_by_side(session, URL, "ZED:bridge")
        facts = object_pages.pickup_facts(session, URL, "ZED:bridge")
        return Case(both, facts, fetches(session, URL), later(500), "wiretrail 9.9")


def test_the_files_say_what_is_known(filled: Engine) -> None:
    files = files_of(case(filled), text.read)
    page = files["evidence.html"].decode()
    assert "appears to reproduce 50%" in page
    assert not ACCUSING.search(page)
    for said in ("server: nginx", "ab" * 32, "wiretrail 9.9", "PORTVALE (Zed Wire)", "2026-03-09T12:50:00Z", URL):
        assert said in page, said
    assert not re.search(r"<script|<img|<link|https?://(?!daily\.example)", page), "it needs nothing beside it"
    data = json.loads(files["evidence.json"])
    assert data["requests"][0]["headers"] == SENT
    assert data["pickup"]["class"] == "cut"
    assert "paragraphs" not in files["evidence.json"].decode()


def test_it_is_the_same_every_time_and_proves_itself(filled: Engine, tmp_path: Path) -> None:
    files = files_of(case(filled), text.read)
    assert files == files_of(case(filled), text.read)
    write(tmp_path / "out", files)
    for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    listed = json.loads(files["manifest.json"])["files"]
    assert [(row["name"], row["bytes"]) for row in listed] == [
        (name, len(files[name])) for name in ("evidence.html", "evidence.json")
    ]


def test_what_stands_in_one_text_alone_is_not_quoted(filled: Engine) -> None:
    found = case(filled)
    both = replace(found.both, article_paragraphs=(*found.both.article_paragraphs, "Their very own reporting."))
    page = files_of(replace(found, both=both), text.read)["evidence.html"].decode()
    assert "very own reporting" not in page
    assert "4 words only in the article" in page


def test_a_folder_with_something_in_it_is_left_alone(filled: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "note.txt").write_text("mine")
    with pytest.raises(EvidenceFolderError, match="is not empty"):
        write(folder, files_of(case(filled), text.read))
    assert [path.name for path in folder.iterdir()] == ["note.txt"]
    with pytest.raises(EvidenceFolderError, match="cannot be written"):
        write(folder / "note.txt", {})


def test_an_expired_text_is_said_to_be(filled: Engine) -> None:
    with writing(filled) as session:
        session.execute(update(ArticleVersionRow).values(paragraphs=[], pruned_at=later(400)))
    page = files_of(case(filled), text.read)["evidence.html"].decode()
    assert "The text of the article expired here" in page
    assert "exactly ten words" not in page


def test_a_pickup_is_known_by_its_number(filled: Engine) -> None:
    with reading(filled) as session:
        row = session.query(PickupRow).filter_by(use="cut").one()
        assert pickup_numbered(session, row.id) == (URL, "ZED:bridge")
        with pytest.raises(UnknownObjectError, match="no pickup has the number 99999"):
            pickup_numbered(session, 99999)
        assert fetches(session, "https://nowhere.example/") == []


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", '"><img src=x>', "\u202egnp.exe", "{{ 7*7 }}", "\x1b[31m"]
)
def test_nothing_of_a_stranger_lives_in_it(filled: Engine, payload: str) -> None:
    found = case(filled)
    edits = (
        {"kind": payload, "story_text": payload, "article_text": payload, "story_at": [0, 4], "article_at": [0, 4]},
    )
    pickup = replace(found.both.pickup, headline=payload, url=payload, reasons=(payload,))
    both = replace(found.both, pickup=pickup, edits=edits, story_headline=payload, credits=((payload,) * 4,))
    fetch = replace(found.fetches[0], headers=((payload, payload),), reason=payload, tdm=payload)
    facts = replace(found.facts, outlet_name=payload, note=payload, judgement="confirm", found_in=payload)
    page = files_of(replace(found, both=both, facts=facts, fetches=[fetch]), text.read)["evidence.html"].decode()
    assert "<script" not in page
    assert "<img" not in page
    assert not set(page) & set("\u202e\x1b")
    assert "49" not in page or payload != "{{ 7*7 }}" or "{{ 7*7 }}" in page
