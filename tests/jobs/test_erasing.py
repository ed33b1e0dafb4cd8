"""Erased for good: an article, a person's name; from every table, the kept pages and the index; and kept out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from sqlalchemy import MetaData, Table, func, insert, inspect, select

from crawler.kept_warc import Keeper, Keeping, Place, erase
from crawler.warc_reading import Archived, pages
from jobs import erasure, keeping
from jobs.context import Context
from jobs.matches.fingerprint_index import folder_of
from news.articles import Filing, Moment
from news.errors import HeldArticleError, JobError, UnknownObjectError
from news.redacting import MARK
from news.visits import FoundLink
from storage.agency.filings import save_filing
from storage.articles import retention
from storage.crawling import frontier
from storage.engine import reading, writing
from storage.models import ArticleRow, ArticleVersionRow, CreditRow, DigestRow, FetchRow, PageRow, PickupRow
from tests.jobs.newsdesk import START, article, context_of, load, match, pickups, story
from tests.scale.keepers import exchanged

TEXT = story(11, 8)
SECRET = "Quillwort told the harbour court about seventeen grey envelopes on the northern pier."
CHANGED = [*TEXT[:3], SECRET, *TEXT[4:]]
URL = "https://paper.example/story"


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def newsroom(context: Context, *, filed: bool) -> None:
    """A story, filed or inferred from three copies, one of which says more; a page is kept, a digest quotes it."""
    rows = [article(name, TEXT, minutes=30 + n, credit="AFP") for n, name in enumerate(("daily", "post"))]
    rows.append(article("paper", CHANGED, minutes=50, credit="AFP", author="Ada Quillwort", id="row-1"))
    load(context, rows)
    if filed:
        when = Moment(START, START, START, "filing", "stated")
        item = Filing("AFP", "S1", "S1", "Port", tuple(TEXT), when, "s1.xml", byline="Ada Quillwort")
        with writing(context.engine) as session:
            save_filing(session, item, received_at=START + timedelta(hours=1))
    match(context)
    place = Keeper(Keeping(context.config.pages_folder, "m1"), "wiretrail/0").keep(exchanged(1))
    other = Keeper(Keeping(context.config.pages_folder, "m1"), "wiretrail/0").keep(exchanged(2))
    message = EmailMessage()
    message.set_content(f"Copies: {URL}\n{SECRET}")
    with writing(context.engine) as session:
        paper = session.scalars(select(ArticleRow).where(ArticleRow.canonical_url == URL)).one()
        frontier.add_links(session, paper.outlet_id, [FoundLink(URL, "paper.example", "On Quillwort")], "f", START)
        page = session.scalars(select(PageRow)).one()
        page.article_id = paper.id
        fetch = {"outlet_id": paper.outlet_id, "fetched_at": START, "outcome": "ok", "status": 200}
        session.execute(insert(FetchRow).values(url=URL, kept_in=place.file, kept_offset=place.offset, **fetch))
        elsewhere = "https://daily.example/story"
        session.execute(insert(FetchRow).values(url=elsewhere, kept_in=other.file, kept_offset=other.offset, **fetch))
        values = {"local_date": START.date(), "recipient": "a@b.example", "message_id": "<1>", "state": "sent"}
        session.execute(insert(DigestRow).values(composed_at=START, message=bytes(message), **values))


def texts(context: Context) -> Iterator[tuple[str, str]]:
    """Every value of every table, as text."""
    with reading(context.engine) as session:
        for name in inspect(context.engine).get_table_names():
            table = Table(name, MetaData(), autoload_with=context.engine)
            for row in session.execute(select(table)):
                for value in row:
                    shown = bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else value
                    yield name, json.dumps(shown, ensure_ascii=False, default=str)


def where(context: Context, word: str) -> set[str]:
    """The tables in which a word stands."""
    return {name for name, shown in texts(context) if word.lower() in shown.lower()}


def written(context: Context, word: str) -> list[str]:
    """The files below home in which a word stands, as it is or in gzip members, the database's own with them."""
    found = [path for path in context.config.home.rglob("*") if path.is_file() and path.name != "rows.jsonl"]
    return sorted(path.name for path in found if word.lower().encode() in path.read_bytes().lower())


@pytest.mark.parametrize("filed", [True, False], ids=["filed", "inferred"])
@pytest.mark.parametrize("name", [URL, "row-1", f"{URL}?utm_source=x"])
def test_an_erased_article_leaves_nothing_but_its_address(context: Context, filed: bool, name: str) -> None:
    newsroom(context, filed=filed)
    assert {"article_versions", "digests", "pages"} <= where(context, "quillwort")
    counts = erasure.erase_article(context, name, "desk", "a court said so")
    assert (counts["versions"], counts["kept_pages"], counts["digests"]) == (1, 1, 1)
    assert where(context, "envelopes") == set()
    assert where(context, "quillwort") == ({"story_versions"} if filed else set())
    assert where(context, URL) == {"erasures", "stops"}
    assert not folder_of(context).exists()
    assert filed or written(context, "envelopes") == []
    match(context)
    assert where(context, "envelopes") == set()
    assert {row["url"] for row in pickups(context)} == {"https://daily.example/story", "https://post.example/story"}
    [record] = erasure.listed(context)
    assert (record.kind, record.what, record.erased_by, record.reason) == ("article", URL, "desk", "a court said so")


def test_it_is_kept_out_by_every_door_until_that_is_lifted(context: Context) -> None:
    newsroom(context, filed=True)
    erasure.erase_article(context, URL, "desk", "")
    again = [article("paper", CHANGED, minutes=50), article("other", TEXT, minutes=60)]
    loaded = load(context, again)
    assert (loaded.articles, len(loaded.refused or [])) == (1, 1)
    with writing(context.engine) as session:
        outlet = session.scalars(select(ArticleRow.outlet_id)).first() or ""
        assert frontier.add_links(session, outlet, [FoundLink(URL, "paper.example")], "f", START) == 0
    assert where(context, "envelopes") == set()
    erasure.lift(context, URL, "desk")
    assert load(context, again).articles == 2
    assert where(context, "envelopes") == {"article_versions"}
    assert erasure.listed(context)[0].lifted_by == "desk"
    with pytest.raises(JobError, match="not kept out"):
        erasure.lift(context, URL, "desk")


def test_what_is_held_or_unknown_is_not_erased(context: Context) -> None:
    newsroom(context, filed=True)
    keeping.hold(context, URL, "lawyer", "")
    before = sorted(texts(context))
    with pytest.raises(HeldArticleError, match="lawyer"):
        erasure.erase_article(context, URL, "desk", "")
    with pytest.raises(HeldArticleError, match="lawyer"):
        erasure.erase_person(context, "Ada Quillwort", "desk", "")
    with pytest.raises(UnknownObjectError):
        erasure.erase_article(context, "https://nobody.example/", "desk", "")
    with pytest.raises(JobError, match="too short"):
        erasure.erase_person(context, "Al", "desk", "")
    assert sorted(texts(context)) == before


@pytest.mark.parametrize("name", ["quillwort", "Ada  Quillwort", "ADA QUILLWORT"])
def test_a_persons_name_goes_from_everywhere_and_stays_out(context: Context, name: str) -> None:
    newsroom(context, filed=True)
    with writing(context.engine) as session:
        row = session.scalars(select(PickupRow)).first()
        assert row is not None
        row.edits = [{"kind": "word", "article_text": "Ada Quillwort said", "story_text": "she said"}]
        row.credit_text = "By Ada Quillwort, AFP"
        version = session.scalars(select(ArticleVersionRow.id)).first()
        credit = {"version_id": version, "agency": "AFP", "kind": "text", "place": "byline"}
        session.execute(insert(CreditRow).values(text="By Ada-Quillwort, AFP", **credit))
    counts = erasure.erase_person(context, name, "desk", "asked us to")
    assert counts["kept_pages"] >= 1
    left = where(context, "quillwort")
    if name == "quillwort":
        assert left == {"stops"}
        assert MARK in "".join(shown for _, shown in texts(context))
    else:
        assert where(context, "ada quillwort") <= {"stops"}
        assert where(context, "ada-quillwort") == set()
    assert erasure.listed(context)[0].what == "a person's name"
    match(context)
    with reading(context.engine) as session:
        before = session.scalar(select(func.count(ArticleVersionRow.id)))
    rows = [article("paper", CHANGED, minutes=50, credit="AFP", author="Ada Quillwort", id="row-1")]
    assert load(context, rows).new_versions == 0, "the same page read again is the same version"
    load(context, [article("fresh", [*TEXT, "Ada Quillwort wrote."], minutes=70, author="Ada Quillwort")])
    assert where(context, "ada quillwort") <= {"stops"}
    with reading(context.engine) as session:
        assert session.scalar(select(func.count(ArticleVersionRow.id))) == (before or 0) + 1
    erasure.lift(context, name, "desk")
    load(context, [article("late", ["Ada Quillwort wrote this too, she says, on Monday."], minutes=80)])
    assert "article_versions" in where(context, "ada quillwort")


@pytest.mark.parametrize("size_bytes", [0, 20, 70_000, 65_535, 400_000])
def test_an_erased_page_is_gone_from_its_file_and_the_others_stand(tmp_path: Path, size_bytes: int) -> None:
    keeper = Keeper(Keeping(tmp_path, "m1"), "wiretrail/0")
    # The second is larger than any extra field of a gzip member, and cannot be pressed.
    large = replace(exchanged(2), body=random.Random(1).randbytes(size_bytes))
    places = [keeper.keep(one) for one in (exchanged(1), large, exchanged(3))]
    path = tmp_path / places[0].file
    size = path.stat().st_size
    assert erase(tmp_path, places[1])
    assert path.stat().st_size == size
    found = [one for one in pages(path, max_bytes=1_000_000) if isinstance(one, Archived)]
    assert [one.offset for one in found] == [places[0].offset, places[2].offset]
    kinds = [str(record.record_type) for record in ArchiveIterator(str(path), parse_http=False)]
    assert [kind.rpartition(".")[2] for kind in kinds] == [
        "warcinfo",
        "response",
        "request",
        "metadata",
        "response",
        "request",
    ]
    assert not erase(tmp_path, Place("pages-20200101-m1.warc.gz", 0))
    assert not erase(tmp_path, Place("../secret", 0))
    assert not erase(tmp_path, Place(places[0].file, 3))


def test_a_writers_name_goes_with_the_text_and_is_not_read_again(context: Context) -> None:
    newsroom(context, filed=False)
    with writing(context.engine) as session:
        version = session.scalars(select(ArticleVersionRow.id).where(ArticleVersionRow.byline != "")).one()
        credit = {"version_id": version, "agency": "AFP", "kind": "text"}
        session.execute(
            insert(CreditRow).values(text="By Ada Quillwort Agence France-Presse", place="byline", **credit)
        )
        session.execute(insert(CreditRow).values(text="PORTVALE (AFP)", place="dateline", **credit))
        now = datetime(2027, 1, 1, tzinfo=UTC)
        assert retention.expire_texts(session, before=now, now=now, most=100) == 3
        retention.expire_stories(session, now=now, most=100)
    load(context, [article("paper", CHANGED, minutes=50, credit="AFP", author="Ada Quillwort", id="row-1")])
    with reading(context.engine) as session:
        assert set(session.scalars(select(ArticleVersionRow.byline))) == {""}
        said = set(session.scalars(select(CreditRow.text).where(CreditRow.version_id == version)))
    assert "PORTVALE (AFP)" in said
    assert not any("Quillwort" in text for text in said)
