"""What export writes, import reads: the same versions, credits, moments, takes and notices in another database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from jobs import importing
from jobs.context import Context
from jobs.moving import export_job
from jobs.moving.export_job import ExportFormat, Kind
from news.articles import Article, Credit, Filing, Moment
from news.errors import JobError
from storage.agency.filings import save_filing
from storage.articles.saving import save_article
from storage.crawling.outlet_rows import outlet_for_host
from storage.engine import reading, writing
from storage.models import ArticleRow, ArticleVersionRow, CreditRow, NoticeRow, StoryRow, StoryVersionRow
from storage.moving import exporting as rows
from tests.jobs import newsdesk

KINDS: tuple[Kind, ...] = ("articles", "versions", "stories")
MOVED: tuple[Kind, ...] = ("versions", "stories")
FORMATS: tuple[ExportFormat, ...] = ("jsonl", "parquet")
T0 = newsdesk.START


def article(name: str, text: tuple[str, ...], **more: Any) -> Article:
    url = f"https://post.example/{name}"
    return Article(url=url, canonical_url=url, headline=f"On {name}", paragraphs=text, language="en", **more)


def fill(engine: Engine) -> None:
    """An article in three versions, one with nothing known; a story in two takes, its kill, a correction."""
    dated = Moment(T0, T0 - timedelta(minutes=1), T0 + timedelta(minutes=1), "json-ld", "stated")
    first = article("bridge", ("The bridge fell.", "Nobody was hurt."), published=dated, byline="Ann Ode")
    first = replace(first, credits=(Credit("AFP", "text", "byline", "AFP"), Credit("", "photo", "caption", "Agencies")))
    second = replace(first, paragraphs=("The bridge fell at noon.", "Two were hurt."), modified=dated)
    with writing(engine) as session:
        outlet = outlet_for_host(session, "post.example")
        save_article(session, first, outlet, seen_at=T0, import_id="row-1")
        save_article(session, first, outlet, seen_at=T0 + timedelta(hours=2))
        save_article(session, second, outlet, seen_at=T0 + timedelta(hours=3))
        save_article(session, first, outlet, seen_at=T0 + timedelta(hours=4))
        other = outlet_for_host(session, "times.example")
        plain = replace(article("ferry", ("Ferries \u2028 sail.", "Again.")), canonical_url="https://times.example/f")
        save_article(session, plain, other, seen_at=T0 + timedelta(days=1))
        for filing in filings():
            save_filing(session, filing, received_at=T0 + timedelta(minutes=5))


def filings() -> Iterator[Filing]:
    filed = Moment(T0, source="filing", zone="stated")
    later = replace(filed, at=T0 + timedelta(minutes=30))
    take = Filing("AFP", "s1", "t1", "Bridge", ("The bridge fell.",), filed, "a.xml", slugline="bridge", urgency=2)
    yield take
    yield replace(take, take_id="t2", paragraphs=("The bridge fell at noon.",), filed=later, supersedes="t1")
    yield replace(take, take_id="t3", paragraphs=(), filed=later, status="killed", notice="Kill the story.")
    corrected = replace(take, story_id="s2", take_id="u1", headline="Ferry", paragraphs=("Ferries sail at ten.",))
    yield replace(corrected, status="corrected", notice="Corrects the hour.", filed=later)


def stored(engine: Engine) -> dict[str, list[Any]]:
    """All that a round trip must keep, without row numbers."""
    with reading(engine) as session:
        versions = select(ArticleVersionRow, ArticleRow).join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
        found: dict[str, list[Any]] = {"versions": [], "credits": [], "takes": [], "notices": []}
        names: tuple[str, ...]
        for version, row in session.execute(versions):
            names = ("number", "current", "seen_at", "last_seen_at", "headline", "paragraphs", "byline", "language")
            values = [getattr(version, name) for name in (*names, "words", "published", "modified", "content_sha256")]
            found["versions"].append([row.canonical_url, row.import_id, row.outlet_id, row.first_seen_at, *values])
        credits_ = select(CreditRow, ArticleVersionRow.content_sha256, ArticleVersionRow.number).join(ArticleVersionRow)
        for credit, sha256, number in session.execute(credits_):
            found["credits"].append([sha256, number, credit.agency, credit.kind, credit.place, credit.text])
        takes = select(StoryVersionRow, StoryRow).join(StoryRow)
        for take, story in session.execute(takes):
            names = ("take", "take_id", "headline", "paragraphs", "filed", "status", "notice", "received_at", "urgency")
            said = [story.key, story.status, story.headline, story.slugline, story.filed]
            found["takes"].append([*said, take.supersedes, *(getattr(take, name) for name in names)])
        for notice, story in session.execute(select(NoticeRow, StoryRow).join(StoryRow)):
            names = ("item_id", "kind", "text", "opened_at", "content_sha256", "slugline")
            found["notices"].append([story.key, *(getattr(notice, name) for name in names)])
    return {name: sorted(values, key=repr) for name, values in found.items()}


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    made = newsdesk.context_of(database_url, tmp_path)
    fill(made.engine)
    yield made
    made.engine.dispose()


@pytest.fixture
def other(sqlite_template: Path, tmp_path: Path) -> Iterator[Context]:
    home = tmp_path / "other"
    home.mkdir()
    (home / "wiretrail.db").write_bytes(sqlite_template.read_bytes())
    made = newsdesk.context_of(f"sqlite:///{home / 'wiretrail.db'}", home)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("suffix", FORMATS)
def test_export_and_import_keep_everything(
    context: Context, other: Context, tmp_path: Path, suffix: ExportFormat
) -> None:
    for kind in MOVED:
        target = tmp_path / f"{kind}.{suffix}"
        export_job.export(context, kind, target, narrowed=rows.EVERYTHING, format_=suffix)
        importing.load(other, target)
    wanted = stored(context.engine)
    assert len(wanted["versions"]) == 4
    assert len(wanted["notices"]) == 2
    assert stored(other.engine) == wanted


def test_an_export_of_the_copy_is_the_same_file(context: Context, other: Context, tmp_path: Path) -> None:
    for kind in KINDS:
        first, second = tmp_path / f"{kind}.1.jsonl", tmp_path / f"{kind}.2.jsonl"
        export_job.export(context, kind, first, narrowed=rows.EVERYTHING, format_="jsonl")
        if kind != "articles":  # the current version alone would come to stand as the first
            importing.load(other, first)
            export_job.export(other, kind, second, narrowed=rows.EVERYTHING, format_="jsonl")
            assert first.read_text(encoding="utf-8") == second.read_text(encoding="utf-8")


def test_only_an_outlet_only_since(context: Context) -> None:
    with reading(context.engine) as session:
        hosts = [row["outlet"] for row in rows.versions(session, rows.Narrowed(outlet="times.example"))]
        seen = [row["seen"] for row in rows.versions(session, rows.Narrowed(since=T0 + timedelta(hours=3)))]
        current = list(rows.articles(session))
        killed = list(rows.stories(session, rows.Narrowed(since=T0 + timedelta(minutes=20))))
    assert hosts == ["times.example"]
    assert len(seen) == 3
    assert [row["version"] for row in current] == [3, 1]
    assert [row["notice"] for row in killed] == ["Kill the story."]


def test_more_rows_than_a_part_come_each_once(context: Context) -> None:
    texts = [newsdesk.article(f"paper{n}", newsdesk.story(n, 2), minutes=n) for n in range(rows.AT_ONCE + 3)]
    newsdesk.load(context, texts)
    with reading(context.engine) as session:
        urls = [row["url"] for row in rows.articles(session)]
    assert len(urls) == len(set(urls)) == len(texts) + 2


def test_the_rows_have_the_fields_of_the_schema(context: Context) -> None:
    story = newsdesk.story(1)
    newsdesk.load(context, [newsdesk.filing(story, minutes=0, id="x"), newsdesk.article("a", story, minutes=9)])
    newsdesk.match(context)
    with reading(context.engine) as session:
        for kind, fields in export_job.FIELDS.items():
            found = list(rows.EXPORTS[kind](session, rows.EVERYTHING))
            assert found, kind
            assert all(set(row) == set(fields) for row in found), kind


def test_pickups_are_exported_and_refused(context: Context, tmp_path: Path) -> None:
    story = newsdesk.story(1)
    newsdesk.load(context, [newsdesk.filing(story, minutes=0, id="x"), newsdesk.article("a", story, minutes=9)])
    newsdesk.match(context)
    for suffix in FORMATS:
        target = tmp_path / f"pickups.{suffix}"
        count = export_job.export(context, "pickups", target, narrowed=rows.EVERYTHING, format_=suffix)
        assert count == 1
        with pytest.raises(JobError, match=r"line 1: pickup: .*run wiretrail match"):
            importing.load(context, target)
    row = json.loads((tmp_path / "pickups.jsonl").read_text(encoding="utf-8"))
    assert row["story"] == "AFP:x"
    assert row["delay_minutes"] == 9.0


def test_inferred_stories_are_left_to_the_match(context: Context, other: Context, tmp_path: Path) -> None:
    story = newsdesk.story(1)
    copies = [newsdesk.article(name, story, minutes=9, credit="AFP") for name in ("a", "b")]
    newsdesk.load(context, copies)
    newsdesk.match(context)
    export_job.export(context, "stories", tmp_path / "s.jsonl", narrowed=rows.EVERYTHING, format_="jsonl")
    loaded = importing.load(other, tmp_path / "s.jsonl")
    assert loaded.inferred == 1
    assert loaded.filings == 4


def test_a_text_that_expired_is_refused(context: Context, other: Context, tmp_path: Path) -> None:
    with writing(context.engine) as session:
        row = session.scalars(select(ArticleVersionRow).order_by(ArticleVersionRow.id)).first()
        assert row is not None
        row.paragraphs, row.pruned_at = [], T0
    export_job.export(context, "versions", tmp_path / "v.jsonl", narrowed=rows.EVERYTHING, format_="jsonl")
    loaded = importing.load(other, tmp_path / "v.jsonl")
    assert loaded.articles == 3
    assert loaded.refused == [f"{tmp_path / 'v.jsonl'}, line 1: its text has expired"]


def test_a_file_that_is_there_is_not_overwritten(context: Context, tmp_path: Path) -> None:
    target = tmp_path / "v.jsonl"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(JobError, match="exists already"):
        export_job.export(context, "versions", target, narrowed=rows.EVERYTHING, format_="jsonl")
    assert target.read_text(encoding="utf-8") == "mine"
    with pytest.raises(JobError, match="cannot be written"):
        export_job.export(context, "versions", tmp_path / "no" / "v", narrowed=rows.EVERYTHING, format_="jsonl")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"type": "version", "url": "ftp://x"}', "version.url"),
        ('{"type": "filing", "agency": "AFP"}', "filing.story"),
        ('{"type": "version", "url": "http://x/1", "seen": "2026-01-01"}', "version.seen"),
    ],
)
def test_a_bad_line_is_named(other: Context, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(JobError, match=f"line 1: {said}"):
        importing.load(other, tmp_path / "x.jsonl")


def test_what_is_no_parquet_is_refused(other: Context, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(JobError, match=r"x\.parquet cannot be read as Parquet"):
        importing.load(other, tmp_path / "x.parquet")


def test_without_pyarrow_the_way_is_named(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # an import then fails as where it is not installed
    with pytest.raises(JobError, match=r"pip install 'wiretrail\[parquet\]'"):
        export_job.export(context, "versions", tmp_path / "v.parquet", narrowed=rows.EVERYTHING, format_="parquet")
    assert not list(tmp_path.glob("v.parquet*"))
