"""Texts expire and findings stay: after a prune, whatever is matched again and whoever comes late."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from jobs import due, keeping
from jobs.context import Context
from jobs.matches import matching, pairing
from news.errors import BackupError, JobError, UnknownObjectError
from storage.articles.retention import QUOTE_CHARACTERS
from storage.engine import reading, writing
from storage.models import ArticleVersionRow, FetchRow, PickupRow, StoryVersionRow
from tests.jobs.newsdesk import after, article, context_of, filing, load, match, pickups, stories, story
from tests.site.browser import open_pages

OLD, YOUNG = -100 * 24 * 60, -10 * 24 * 60


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def copy(outlet: str, text: list[str], minutes: float, **more: Any) -> dict[str, Any]:
    return article(outlet, text, minutes=minutes, fetched=after(minutes), **more)


def texts(context: Context) -> dict[str, bool]:
    """Which outlets' articles still have their text."""
    with reading(context.engine) as session:
        rows = session.execute(select(ArticleVersionRow.headline, ArticleVersionRow.paragraphs)).all()
    return {headline.split()[0]: bool(paragraphs) for headline, paragraphs in rows}


def without_edits(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "edits"} for row in rows]


def test_findings_outlive_the_texts(context: Context) -> None:
    text, changed = story(1), story(1)
    changed[3] = story(99)[0]
    load(context, [copy("one", text, OLD, credit="AFP"), copy("two", changed, OLD + 9), copy("six", text[:5], YOUNG)])
    match(context)
    before, known = pickups(context), stories(context)
    assert len(before) == 3
    done = keeping.prune(context)
    assert (done.texts, done.stories) == (2, 0), "the story is still carried by a text that stands"
    assert texts(context) == {"one": False, "two": False, "six": True}
    assert without_edits(pickups(context)) == without_edits(before)
    quoted = [row for row in pickups(context) if not row["url"].startswith("https://six.")]
    for row in quoted:
        assert all(len(edit["story_text"]) <= QUOTE_CHARACTERS for edit in row["edits"])
        assert all(len(edit["article_text"]) <= QUOTE_CHARACTERS for edit in row["edits"])
    places = [
        {name for name in edit if name.endswith(("_at", "_paragraph"))} for row in quoted for edit in row["edits"]
    ]
    assert places
    assert all(each == {"story_at", "story_paragraph"} for each in places), "where in the text that is gone"
    kept = pickups(context)
    matching.match(context, everything=True)
    assert (pickups(context), stories(context)) == (kept, known)
    assert keeping.prune(context).texts == 0


@pytest.mark.parametrize("credit", ["", "AFP"])
def test_a_late_copy_joins_a_story_whose_first_copies_expired(context: Context, credit: str) -> None:
    text = story(2)
    load(context, [copy("one", text, OLD, credit="AFP"), copy("two", text, YOUNG, credit="AFP")])
    match(context)
    [name] = {row["story"] for row in pickups(context)}
    keeping.prune(context)
    load(context, [copy("late", text[:6], YOUNG + 60, credit=credit)])
    match(context)
    assert [(row["story"], row["url"].split(".")[0][8:]) for row in pickups(context)] == [
        (name, "late"),
        (name, "one"),
        (name, "two"),
    ]


def test_a_story_whose_every_copy_expired_is_left_as_it_is(context: Context) -> None:
    text = story(3)
    load(context, [copy("one", text, OLD, credit="AFP"), copy("two", text[:5], OLD + 5, credit="AFP")])
    match(context)
    before = pickups(context)
    done = keeping.prune(context)
    assert (done.texts, done.stories) == (2, 1)
    with reading(context.engine) as session:
        assert list(session.scalars(select(StoryVersionRow.paragraphs))) == [[]]
    edits = [edit for row in pickups(context) for edit in row["edits"]]
    assert edits
    assert not [edit for edit in edits if "story_at" in edit or "article_at" in edit]
    load(context, [copy("late", text, YOUNG, credit="AFP"), filing(text, minutes=YOUNG - 5, id="A1")])
    match(context)
    matching.match(context, everything=True)
    old = [row for row in pickups(context) if not row["url"].startswith("https://late.")]
    assert without_edits(old) == without_edits(before)
    [late] = [row for row in pickups(context) if row not in old]
    assert late["story"] == "AFP:A1"


def test_a_filing_stays_whole(context: Context) -> None:
    text = story(4)
    load(context, [filing(text, minutes=OLD, id="A1"), copy("one", text, OLD + 5)])
    match(context)
    keeping.prune(context)
    with reading(context.engine) as session:
        assert list(session.scalars(select(StoryVersionRow.paragraphs))) == [text]
    assert texts(context) == {"one": False}


def test_what_is_held_or_not_matched_stays(context: Context) -> None:
    load(context, [copy("one", story(5), OLD, credit="AFP"), copy("two", story(5)[:5], OLD)])
    assert keeping.prune(context).texts == 0, "not matched yet"
    match(context)
    keeping.hold(context, "https://one.example/story?utm_source=x", "Ann", "case 7")
    assert [(held.article, held.held_by, held.reason) for held in keeping.holds(context)] == [
        ("https://one.example/story", "Ann", "case 7")
    ]
    done = keeping.prune(context)
    assert (done.texts, done.stories) == (1, 0)
    assert texts(context) == {"one": True, "two": False}
    keeping.release(context, "https://one.example/story")
    done = keeping.prune(context)
    assert (done.texts, done.stories) == (1, 1)
    with pytest.raises(JobError, match="is not held"):
        keeping.release(context, "https://one.example/story")
    with pytest.raises(UnknownObjectError, match="no article"):
        keeping.hold(context, "https://nowhere.example/", "Ann", "")


def test_the_same_text_seen_again_does_not_come_back(context: Context) -> None:
    row = copy("one", story(6), OLD, credit="AFP")
    load(context, [row])
    match(context)
    keeping.prune(context)
    load(context, [row | {"fetched": after(YOUNG), "published": after(OLD - 60)}])
    assert texts(context) == {"one": False}
    before = pickups(context)
    assert matching.match(context).versions == 0
    assert pickups(context) == before


def test_old_requests_go(context: Context) -> None:
    load(context, [copy("one", story(7), YOUNG)])
    with writing(context.engine) as session:
        for days in (10, 89, 90, 200):
            when = context.now() - timedelta(days=days, seconds=1)
            values = {"outlet_id": "one.example", "url": "https://one.example/", "fetched_at": when, "outcome": "ok"}
            session.execute(insert(FetchRow).values(values))
    assert keeping.prune(context).fetches == 2
    with reading(context.engine) as session:
        assert len(session.scalars(select(FetchRow.id)).all()) == 2


def test_pruning_is_due_once_a_day(context: Context) -> None:
    assert due.prune(context)
    with pytest.raises(ZeroDivisionError), context.run("prune"):
        raise ZeroDivisionError
    assert due.prune(context), "a failed run does not count"
    with context.run("prune") as counts:
        counts.update(keeping.prune(context).as_dict())
    assert not due.prune(context)


def test_a_backup_is_the_database(sqlite_database: str, tmp_path: Path) -> None:
    context = context_of(sqlite_database, tmp_path)
    load(context, [copy("one", story(8), YOUNG, credit="AFP")])
    match(context)
    target = tmp_path / "copy.db"
    with writing(context.engine):  # somebody writes meanwhile
        assert keeping.backup(context, target) == target.stat().st_size
    copied = context_of(f"sqlite:///{target}", tmp_path)
    assert pickups(copied) == pickups(context)
    assert sqlite3.connect(target).execute("pragma integrity_check").fetchall() == [("ok",)]
    with pytest.raises(BackupError, match="exists already"):
        keeping.backup(context, target)
    with pytest.raises(BackupError, match="failed"):
        keeping.backup(context, tmp_path / "no folder" / "copy.db")


def test_postgresql_is_left_to_its_own_means(postgres_database: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        keeping.backup(context_of(postgres_database, tmp_path), tmp_path / "copy.db")


def test_pages_and_why_stand_without_the_expired_texts(context: Context) -> None:
    """`why` and the page of a pickup, when one text or both are gone: the findings stand, nothing breaks."""
    text, changed = story(10), story(10)
    changed[2] = story(98)[0]
    load(context, [copy("one", text, OLD, credit="AFP"), copy("two", changed, OLD + 9), copy("six", text[:6], YOUNG)])
    match(context)
    [name] = {row["story"] for row in pickups(context)}
    pages = open_pages(context.engine, context.now())
    shown = {outlet: pages.page(page_of(outlet, name)).text for outlet in ("two", "six")}
    keeping.prune(context)
    assert texts(context) == {"one": False, "two": False, "six": True}
    explained = pairing.why(context, "https://two.example/story", "https://six.example/story")
    assert explained.stories_of_article == explained.stories_of_story == (name,)
    for outlet in ("one", "two", "six"):
        page = pages.page(page_of(outlet, name)).text
        assert f"{outlet} reports on story" in page
        assert ("has expired" in page) == (outlet != "six"), outlet
        assert page.count("left out") == (1 if outlet != "six" else shown["six"].count("left out")), "the legend's only"
    assert changed[2] in shown["two"]
    assert changed[2] not in pages.page(page_of("two", name)).text
    pages.page(f"/story/{name}")
    pages.page("/seen?address=https://two.example/story")


def page_of(outlet: str, story_name: str) -> str:
    return f"/pickup?article=https://{outlet}.example/story&story={story_name}"


def test_nothing_of_an_expired_text_is_left_in_the_file(sqlite_database: str, tmp_path: Path) -> None:
    context = context_of(sqlite_database, tmp_path)
    text = story(9)
    load(context, [copy("one", text, OLD, credit="AFP")])
    match(context)
    keeping.prune(context)
    context.engine.dispose()
    words = text[4].encode()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("migrated.db")]
    assert files
    assert all(words not in path.read_bytes() for path in files)
    with reading(context.engine) as session:
        assert session.scalars(select(PickupRow.id)).all()
