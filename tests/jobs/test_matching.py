"""The match job against real databases: what links, what must not, and that order and repetition change nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from jobs.context import Context
from jobs.matches import matching, rematching
from storage.asking import details
from storage.engine import reading, writing
from storage.matches import prints
from storage.models import ArticleVersionRow, PickupRow
from tests.jobs.newsdesk import after, article, context_of, filing, load, match, pickups, stories, story


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def by_url(context: Context) -> dict[str, dict[str, Any]]:
    return {row["url"]: row for row in pickups(context)}


def test_a_story_is_inferred_from_the_copies_that_credit_the_agency(context: Context) -> None:
    text = story(1)
    load(
        context, [article("whole", text, minutes=30, credit="AFP"), article("cut", text[:4], minutes=10, credit="AFP")]
    )
    match(context)
    found = by_url(context)
    assert len(found) == 2
    assert {row["origin"] for row in found.values()} == {"inferred"}
    assert len({row["story"] for row in found.values()}) == 1
    assert found["https://whole.example/story"]["share_of_story"] == 1
    cut = found["https://cut.example/story"]
    assert cut["share_of_article"] == 1
    assert 0.35 < cut["share_of_story"] < 0.55
    assert cut["delay_minutes"] is None, "nobody knows when an inferred story was filed"
    assert found["https://whole.example/story"]["delay_earliest"] == 20


def test_a_late_filing_re_roots_the_story_and_keeps_its_pickups(context: Context) -> None:
    text = story(2)
    load(context, [article("one", text, minutes=30, credit="AFP"), article("two", text[:5], minutes=40)])
    match(context)
    with reading(context.engine) as session:
        before = set(session.scalars(select(PickupRow.id)))
    load(context, [filing(text, minutes=5, id="A1")])
    match(context)
    with reading(context.engine) as session:
        assert set(session.scalars(select(PickupRow.id))) == before
    found = by_url(context)
    assert {row["story"] for row in found.values()} == {"AFP:A1"}
    assert {row["origin"] for row in found.values()} == {"filed"}
    assert found["https://one.example/story"]["delay_minutes"] == 25
    assert found["https://two.example/story"]["delay_minutes"] == 35
    assert [row["key"] for row in stories(context)] == ["AFP:A1"]


def test_an_uncredited_copy_joins_and_uncredited_kin_does_not(context: Context) -> None:
    agency, local = story(3), story(4)
    load(
        context,
        [
            article("early", agency, minutes=10),
            article("credited", agency, minutes=20, credit="AFP"),
            article("local", local, minutes=10),
            article("mirror", local, minutes=20),
        ],
    )
    match(context)
    found = by_url(context)
    assert set(found) == {"https://early.example/story", "https://credited.example/story"}
    assert found["https://early.example/story"]["credited"] == "none"


def test_a_copy_points_to_the_take_it_carries(context: Context) -> None:
    first = story(5, 6)
    second = [*story(6, 3), *first[:3]]
    rows = [filing(first, minutes=0, id="T1"), filing(second, minutes=60, id="T2")]
    for row in rows:
        row["story"] = "T"
    load(context, rows)
    load(context, [article("first", first, minutes=10), article("second", second, minutes=70)])
    match(context)
    found = by_url(context)
    assert found["https://first.example/story"]["story"] == "AFP:T1"
    assert found["https://second.example/story"]["story"] == "AFP:T2"


def test_two_stories_in_one_article_are_two_pickups(context: Context) -> None:
    one, other = story(7), story(8)
    load(context, [filing(one, minutes=0, id="M1"), filing(other, minutes=1, id="M2", agency="Reuters")])
    load(context, [article("merged", [*one[:5], *other[:5]], minutes=30)])
    match(context)
    assert {(row["story"], row["credited"]) for row in pickups(context)} == {("AFP:M1", "none"), ("Reuters:M2", "none")}


def test_the_wrong_agency_credited_is_said(context: Context) -> None:
    text = story(9)
    load(context, [filing(text, minutes=0, id="W1"), article("wrong", text, minutes=30, credit="Reuters")])
    match(context)
    rows = pickups(context)
    assert [(row["story"], row["credited"]) for row in rows] == [("AFP:W1", "wrong")]


def test_one_wrong_credit_among_copies_names_no_story(context: Context) -> None:
    text = story(12)
    rows = [article(f"right{n}", text[n:], minutes=30 + n, credit="AFP") for n in (1, 2)]
    load(context, [*rows, article("wrong", text, minutes=30, credit="Reuters")])
    match(context)
    assert {(row["url"][8:13], row["story"][:4], row["credited"]) for row in pickups(context)} == {
        ("right", "AFP~", "text"),
        ("wrong", "AFP~", "wrong"),
    }


def test_running_twice_changes_nothing(context: Context) -> None:
    text = story(10)
    load(context, [article("one", text, minutes=30, credit="AFP"), article("two", text[2:], minutes=40)])
    match(context)
    before = pickups(context), stories(context)
    again = match(context)
    assert (again.versions, again.takes) == (0, 0)
    everything = matching.match(context, everything=True)
    assert (everything.pickups_added, everything.pickups_changed, everything.pickups_removed) == (0, 0, 0)
    assert (pickups(context), stories(context)) == before


def test_a_story_taken_by_many_links_them_all(context: Context) -> None:
    text = story(11)
    rows = [article(f"outlet{n}", text[n % 3 :], minutes=n, credit="AFP" if n % 2 else "") for n in range(150)]
    noise = [article(f"outlet{n}", story(1000 + n), minutes=n, name="own") for n in range(150)]
    load(context, rows + noise)
    match(context)
    assert len(pickups(context)) == 150
    assert len(stories(context)) == 1


def world() -> list[dict[str, Any]]:
    """Copies, filings and strangers: credited, uncredited, merged, cut, late."""
    first, second, third = story(21), story(22), story(23)
    return [
        article("alpha", first, minutes=30, credit="AFP"),
        article("beta", first[:5], minutes=12, credit="(AFP)"),
        article("gamma", [*first[3:], *second[:4]], minutes=50, credit="AFP, Reuters"),
        article("delta", second, minutes=20, credit="Reuters"),
        article("epsilon", second[2:], minutes=25),
        article("zeta", third, minutes=15),
        article("eta", third[1:], minutes=16),
        filing(first, minutes=8, id="F1"),
        article("theta", story(24), minutes=15, credit="AFP"),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_order_of_arrival_changes_nothing(seed: int, sqlite_database: str, tmp_path: Path) -> None:
    draw = random.Random(seed)
    rows = world()
    draw.shuffle(rows)
    context = context_of(sqlite_database, tmp_path)
    while rows:
        part = [rows.pop() for _ in range(min(len(rows), draw.randint(1, 4)))]
        load(context, part)
        match(context)
    shuffled = pickups(context), stories(context)
    assert shuffled == _at_once(tmp_path)


def _at_once(folder: Path) -> tuple[Any, Any]:
    from storage import migrate

    url = f"sqlite:///{folder / 'at_once.db'}"
    migrate.upgrade(url)
    context = context_of(url, folder)
    load(context, world())
    match(context)
    return pickups(context), stories(context)


def test_a_page_changed_to_a_later_take_has_the_delay_of_its_change(context: Context) -> None:
    """Published at 10 with take 1, changed by 90 to a take filed at 60: no delay is negative, and none is invented."""
    first = story(31, 6)
    second = [*story(32, 3), *first]
    load(context, [filing(first, minutes=0, id="D1"), article("early", first, minutes=10, fetched=after(15))])
    load(context, [filing(second, minutes=60, id="D2"), article("early", second, minutes=10, fetched=after(90))])
    match(context)
    rows = {(row["story"], row["version"]): row for row in pickups(context)}
    assert rows["AFP:D1", 1]["delay_minutes"] == 10
    changed = rows["AFP:D2", 2]
    assert changed["delay_minutes"] is None
    assert (changed["delay_earliest"], changed["delay_latest"]) == (0, 30)


def test_a_filed_story_is_not_hidden_by_one_inferred_from_the_article(context: Context) -> None:
    """Credited to another agency and half its own: what it carries of the filed text is said all the same."""
    text = story(41)
    load(context, [filing(text, minutes=0, id="H1")])
    load(context, [article("half", [*story(42, 5), *text[:5]], minutes=30, credit="Reuters")])
    match(context)
    found = {row["story"][:8]: row for row in pickups(context)}
    assert found["AFP:H1"]["credited"] == "wrong"
    assert 0.4 < found["AFP:H1"]["share_of_article"] < 0.6
    assert set(found) == {"AFP:H1", "Reuters~"}


def test_matching_everything_anew_says_what_changed(context: Context) -> None:
    text, other = story(51), story(52)
    load(
        context, [filing(text, minutes=0, id="R1"), article("one", text, minutes=30), article("two", text, minutes=31)]
    )
    load(context, [article("three", other, minutes=32)])
    match(context)
    assert rematching.match_all(context)[1] == []
    with writing(context.engine) as session:
        one = session.scalars(select(PickupRow).order_by(PickupRow.id)).first()
        assert one is not None
        one.use = "merged"
        session.execute(delete(PickupRow).where(PickupRow.id != one.id))
        values = {
            column.name: getattr(one, column.name) for column in PickupRow.__table__.columns if column.name != "id"
        }
        other_version = session.scalars(select(ArticleVersionRow).order_by(ArticleVersionRow.id.desc())).first()
        assert other_version is not None
        session.execute(
            insert(PickupRow).values(values | {"article_id": other_version.article_id, "version_id": other_version.id})
        )
    changes = rematching.match_all(context)[1]
    assert [change.line() for change in changes] == [
        "vanished: https://three.example/story: AFP:R1 take 1, linked, merged",
        "appeared: https://two.example/story: AFP:R1 take 1, linked, verbatim",
        "changed: https://one.example/story: AFP:R1 take 1, linked, verbatim (use was merged)",
    ]


def test_who_copied_from_whom_is_stored_whatever_the_order(context: Context) -> None:
    """One outlet puts words of its own into the story; another prints them after it; a third has the agency's alone."""
    text = story(53)
    words = text[2].split()
    own = [*text[:2], " ".join([*words[:5], "47", "families", *words[7:]]), *text[3:]]
    late = article("mirror", own, minutes=50)
    load(context, [filing(text, minutes=0, id="C1"), late, article("plain", text, minutes=60)])
    match(context)
    with reading(context.engine) as session:
        assert details.followers(session) == []
    load(context, [article("lantern", own, minutes=20)])
    match(context)
    with reading(context.engine) as session:
        [row] = details.followers(session)
    assert (row.story, row.outlet, row.earlier_outlet) == ("AFP:C1", "mirror.example", "lantern.example")
    assert "47 families" in row.example


def test_a_page_that_is_changed_often_is_not_its_outlets_boilerplate(context: Context) -> None:
    """Six versions on six days repeat themselves; six articles on three days are what furniture looks like."""
    text = story(54)
    load(context, [filing(text, minutes=0, id="B1")])
    for day in range(7):
        lines = [*text, f"Updated for the {day}th time."]
        load(context, [article("ticker", lines, minutes=5, fetched=after(10 + 1440 * day), published="")])
    match(context)
    assert {row["story"] for row in pickups(context)} == {"AFP:B1"}
    assert all(row["share_of_article"] > 0.9 and row["certainty"] == "linked" for row in pickups(context))
    furniture = story(55, 2)
    rows = [article("ticker", [*story(60 + n), *furniture], minutes=-1440 * (n % 3), name=f"n{n}") for n in range(7)]
    load(context, rows)
    match(context)
    with reading(context.engine) as session:
        assert prints.boilerplate(session, ["ticker.example"]) != {}
