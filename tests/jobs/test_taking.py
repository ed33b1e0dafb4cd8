"""Stories filed under several ids: joined by slugline, time and text, the same whatever came first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from jobs.context import Context
from news.articles import Filing, Moment
from storage import migrate
from storage.agency.filings import save_filing
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.models import NoticeRow, StoryNameRow, StoryRow
from tests.jobs.newsdesk import START, article, context_of, load, match, pickups, stories, story


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def item(id_: str, text: Sequence[str], *, minutes: float, slugline: str = "PORT-STRIKE", **more: Any) -> Filing:
    """An item with an id of its own, under a slugline."""
    when = START + timedelta(minutes=minutes)
    made: dict[str, Any] = {"agency": "AFP", "story_id": id_, "take_id": f"{id_}/1", "headline": f"Port {id_}"}
    filed = Moment(when, when, when, "filing", "stated")
    return Filing(**(made | {"paragraphs": tuple(text), "filed": filed, "origin": id_, "slugline": slugline} | more))


def file(context: Context, *items: Filing) -> None:
    with writing(context.engine) as session:
        for one in items:
            save_filing(session, one, received_at=START + timedelta(days=3))


def keys(context: Context) -> dict[str, list[int]]:
    """The takes of each story."""
    found: dict[str, list[int]] = {}
    for row in stories(context):
        found.setdefault(row["key"], []).append(row["take"])
    return found


FIRST = story(31, 10)
UPDATE = [*story(32, 3), *FIRST[:7]]
LAST = [*story(33, 2), *UPDATE[:8]]


def test_an_update_under_a_new_id_is_a_take(context: Context) -> None:
    file(context, item("A", FIRST, minutes=0), item("B", UPDATE, minutes=90), item("C", LAST, minutes=200))
    load(
        context,
        [
            article("one", FIRST, minutes=20, credit="AFP"),
            article("two", UPDATE, minutes=120, credit="AFP"),
            article("three", LAST, minutes=230),
        ],
    )
    match(context)
    assert keys(context) == {"AFP:A": [1, 2, 3]}
    found = {row["url"][8:11]: (row["take"], row["delay_minutes"]) for row in pickups(context)}
    assert found == {"one": (1, 20), "two": (2, 30), "thr": (3, 30)}


@pytest.mark.parametrize(
    "other",
    [
        item("B", story(34, 10), minutes=90),
        item("B", [*story(34, 8), *FIRST[:2]], minutes=90),
        item("B", UPDATE, minutes=90, slugline="PORT-STRIKE-REACT"),
        item("B", UPDATE, minutes=37 * 60),
        item("B", UPDATE, minutes=90, agency="Reuters"),
        item("B", UPDATE, minutes=90, slugline=""),
    ],
    ids=["another text", "a sidebar", "another slugline", "the day after", "another agency", "no slugline"],
)
def test_what_is_no_take_stays_a_story(context: Context, other: Filing) -> None:
    file(context, item("A", FIRST, minutes=0, slugline=other.slugline and "PORT-STRIKE"), other)
    match(context)
    assert len(keys(context)) == 2


def test_a_daily_table_of_the_same_words_is_no_take(context: Context) -> None:
    sentence = (
        "The {0} closed at {1}.{2} on {3} after opening at {4}.{5}, with {6} shares traded and {7} issues higher."
    )
    days = []
    for day in (3, 4):
        draw = random.Random(day)
        names = ("Bourse of Norland", "index of Saravia", "mark in Istrana", "copper contract", "bond of Ulmen")
        days.append([sentence.format(name, *(draw.randint(10, 999) for _ in range(7))) for name in names])
    file(context, item("A", days[0], minutes=0), item("B", days[1], minutes=1440))
    match(context)
    assert len(keys(context)) == 2


def test_a_take_filed_again_under_a_new_id_is_no_new_take(context: Context) -> None:
    again = item("B", FIRST, minutes=5, headline="Port A")
    file(context, item("A", FIRST, minutes=0), again)
    match(context)
    assert keys(context) == {"AFP:A": [1]}
    file(context, again)
    assert keys(context) == {"AFP:A": [1]}


def test_a_take_that_names_what_it_replaces_needs_no_slugline(context: Context) -> None:
    file(context, item("A", FIRST, minutes=0, slugline=""), item("B", UPDATE, minutes=90, supersedes="A/1"))
    match(context)
    assert keys(context) == {"AFP:A": [1, 2]}


@pytest.mark.parametrize("supersedes", ["A/1", "A", ""])
def test_a_kill_under_an_id_of_its_own_finds_its_story(context: Context, supersedes: str) -> None:
    kill = item(
        "K", [], minutes=60, status="killed", supersedes=supersedes,
        notice="KILL: Dockers of Portvale go on strike\nThe union called no strike.",
    )  # fmt: skip
    file(context, kill, item("A", FIRST, minutes=0, headline="Dockers of Portvale go on strike"))
    match(context)
    assert keys(context) == {"AFP:A": [1]}
    with reading(context.engine) as session:
        key, status = session.execute(select(StoryRow.key, StoryRow.status)).one()
        assert (key, status) == ("AFP:A", "killed")
        assert session.scalars(select(NoticeRow.story_version_id)).one() is not None
        assert session.scalar(select(func.count(StoryNameRow.name))) == 2


def test_verdicts_follow_the_story_to_its_first_id(context: Context) -> None:
    file(context, item("B", UPDATE, minutes=90))
    load(context, [article("one", UPDATE, minutes=120)])
    match(context)
    with writing(context.engine) as session:
        verdicts.judge(
            session, article="https://one.example/story", story="AFP:B", judgement="confirm", judged_by="x", now=START
        )
    file(context, item("A", FIRST, minutes=0))
    match(context)
    [row] = pickups(context)
    assert (row["story"], row["take"], row["certainty"]) == ("AFP:A", 2, "confirmed")
    with reading(context.engine) as session:
        assert [verdict.story for verdict in verdicts.listed(session)] == ["AFP:A"]


def world() -> list[Filing | dict[str, Any]]:
    """Three ids of one story, one with two takes of which the first is the oldest; copies, a kill, a stranger."""
    return [
        item("B", UPDATE, minutes=90),
        item("B", [*UPDATE[:9], *story(35, 1)], minutes=-30, take_id="B/0"),
        item("A", FIRST, minutes=0),
        item("C", LAST, minutes=200),
        item("K", [], minutes=240, status="killed", supersedes="C/1", notice="Kill it."),
        item("S", story(36), minutes=100),
        article("one", FIRST, minutes=20, credit="AFP"),
        article("two", UPDATE[2:], minutes=120, credit="AFP"),
        article("three", LAST, minutes=230),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_order_of_arrival_changes_nothing(seed: int, sqlite_database: str, tmp_path: Path) -> None:
    draw = random.Random(seed)
    rows = world()
    draw.shuffle(rows)
    context = context_of(sqlite_database, tmp_path)
    while rows:
        for row in [rows.pop() for _ in range(min(len(rows), draw.randint(1, 3)))]:
            file(context, row) if isinstance(row, Filing) else load(context, [row])
        match(context)
    shuffled = tables(context)
    url = f"sqlite:///{tmp_path / 'at_once.db'}"
    migrate.upgrade(url)
    at_once = context_of(url, tmp_path)
    for row in world():
        file(at_once, row) if isinstance(row, Filing) else load(at_once, [row])
    match(at_once)
    assert shuffled == tables(at_once)
    assert set(keys(at_once)) == {"AFP:B", "AFP:S"}


def tables(context: Context) -> list[Any]:
    with reading(context.engine) as session:
        notices = session.execute(
            select(NoticeRow.item_id, NoticeRow.kind, NoticeRow.text, StoryRow.key).join(StoryRow)
        )
        names = session.execute(select(StoryNameRow.name, StoryNameRow.first_filed_at))
        return [pickups(context), stories(context), sorted(map(tuple, notices)), sorted(map(tuple, names), key=str)]
