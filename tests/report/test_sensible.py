"""From an empty database to a day of thousands: the email says something sensible, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from report.digest import MOST_HTML_BYTES, Digest, Reader, compose
from report.periods import Period
from storage.digest.digest_rows import DigestFacts
from storage.engine import open_engine, writing
from tests.report.invented import ACT_NOW, DAY, HEALTH, LECTEUR, MOVES, PERIOD, READER, WEEK, plain_day
from tests.report.newsday import Newsday, at
from tests.whole.program import Program


@pytest.fixture
def empty(sqlite_database: str) -> Iterator[Engine]:
    """An empty database."""
    engine = open_engine(sqlite_database)
    yield engine
    engine.dispose()


def said(digest: Digest) -> str:
    return " ".join(digest.text.split())


@pytest.mark.parametrize("period", [PERIOD, WEEK])
@pytest.mark.parametrize("reader", [READER, LECTEUR])
def test_an_empty_database(empty: Engine, reader: Reader, period: Period) -> None:
    with writing(empty) as session:
        digest = compose(Newsday(session).facts(), reader, period)
    assert 'role="img"' not in digest.html
    assert {"en": "0 copies of 0 stories", "fr": "0 reprise de 0 dépêche"}[reader.language] in digest.subject
    assert {"en": "No outlet is crawled", "fr": "Aucun média n’est collecté"}[reader.language] in said(digest)
    assert "None" not in digest.text + digest.html


def test_one_outlet_with_one_copy(empty: Engine) -> None:
    with writing(empty) as session:
        desk = Newsday(session)
        desk.feed("post", "https://post.example/rss")
        desk.requests("post", "ok", 1, at(4))
        desk.copy("post", desk.story("AFP:ferry"), at(9), delay_minutes=None)
        digest = compose(desk.facts(), READER, PERIOD)
    assert digest.subject == "AFP pickup, Fri 20 Nov: 1 copy of 1 story · nothing needs action"
    assert "1 copy of 1 story at 1 outlet" in said(digest)
    assert "Nothing needs action. 1 page checked." in said(digest)
    assert "1 page read; there are no earlier days to compare with yet." in said(digest)
    assert "First known: Post · 1 cut" in said(digest)


def huge() -> DigestFacts:
    day = plain_day(3000)
    troubles = HEALTH.troubles * 40
    return replace(
        day,
        act_now=tuple(replace(ACT_NOW[n % 3], url=f"https://x.example/{n}") for n in range(500)),
        numbers=replace(day.numbers, stories=840),
        edits_total=12_345,
        moves=MOVES * 40,
        health=replace(HEALTH, troubles=troubles, feeds_failed=len(troubles)),
    )


@pytest.mark.parametrize(
    ("reader", "rests"),
    [
        (
            READER,
            (
                "And 488 more that need action: all are in act-now.csv.",
                "And 837 more stories: all are in pickups.csv.",
                "And 12,343 more edits; wiretrail why ARTICLE STORY shows those of a copy.",
                "And 110 more outlets that moved less.",
                "more late arrivals: all are in pickups.csv.",
                "And 72 more feeds: wiretrail health.",
            ),
        ),
        (LECTEUR, ("Et 488 autres à traiter", "Et 837 autres dépêches", "Et 72 autres flux")),
    ],
)
def test_a_huge_day_is_cut_with_how_much_and_where_the_rest_is(reader: Reader, rests: tuple[str, ...]) -> None:
    digest = compose(huge(), reader, Period("daily", DAY))
    assert len(digest.html.encode()) < MOST_HTML_BYTES / 2
    for rest in rests:
        assert rest in said(digest)
        assert rest in " ".join(digest.html.split())
    assert digest.files["pickups.csv"].count("\n") == 3001
    assert digest.files["act-now.csv"].count("\n") == 501


def test_the_command_writes_a_readers_week(sqlite_database: str, tmp_path: Path) -> None:
    reader = '[{"name": "paris", "address": "p@example.org", "language": "fr", "outlets": ["post"]}]'
    program = Program(tmp_path, sqlite_database, {"DIGEST__READERS": reader})
    done = program.run(
        "digest", "--reader", "paris", "--weekly", "--date", "2026-11-22", "--out", str(tmp_path / "out")
    )
    assert done.code == 0, done.err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"digest-paris-week-2026-11-22.{ending}" for ending in ("eml", "html", "txt")]
    assert (tmp_path / "out" / names[2]).read_text(encoding="utf-8").startswith("Reprises AFP, semaine 16–22 nov.")
    unknown = program.run("digest", "--reader", "rome", "--out", str(tmp_path / "out"))
    assert unknown.code == 1
    assert "'rome'" in unknown.err
    assert "paris" in unknown.err
