"""Filings: stories as chains of takes and notices, the same in whatever order the items arrive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from news.articles import Filing, Moment
from storage.agency import filings
from storage.engine import writing
from storage.models import NoticeRow, StoryRow, StoryVersionRow
from tests.storage.makers import NOON, filing, later


def save(session: Session, *items: Filing) -> list[filings.SavedTake]:
    return [filings.save_filing(session, item, received_at=later(60)) for item in items]


def takes(session: Session) -> list[tuple[int, str | None, str]]:
    query = select(StoryVersionRow).order_by(StoryVersionRow.story_id, StoryVersionRow.take)
    return [(row.take, row.take_id, row.status) for row in session.scalars(query)]


def test_a_filing_is_a_story_with_one_take(engine: Engine) -> None:
    with writing(engine) as session:
        [saved] = save(session, filing(slugline="BRIDGE-OPEN", urgency=3))
        story = session.scalars(select(StoryRow)).one()
        assert (story.key, story.origin, story.agency, story.status) == ("ZED:bridge", "filed", "ZED", "usable")
        assert (story.slugline, story.filed.at, story.seen_at) == ("BRIDGE-OPEN", NOON, later(60))
        take = session.get_one(StoryVersionRow, saved.story_version_id)
        assert (take.take, take.take_id, take.words, take.received_from) == (1, "ZED:1", 13, "1.xml")
        assert saved == filings.SavedTake(story.id, take.id, True)
        assert session.scalar(select(func.count(NoticeRow.id))) == 0


def test_the_same_item_again_is_no_new_take(engine: Engine) -> None:
    with writing(engine) as session:
        [first] = save(session, filing())
        [again] = save(session, replace(filing(minutes=5), origin="again.xml"))
        assert again == replace(first, new=False)
        assert session.scalars(select(StoryVersionRow)).one().filed.at == NOON


def test_a_changed_text_under_the_same_id_is_a_new_take(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, filing("1", "bridge", 0, "Old text."), filing("1", "bridge", 9, "New text."))
        assert takes(session) == [(1, "ZED:1", "usable"), (2, "ZED:1", "usable")]


def test_takes_are_numbered_by_filing_not_by_arrival(engine: Engine) -> None:
    with writing(engine) as session:
        late, early = filing("b", minutes=30), filing("a", minutes=0)
        save(session, late, early, replace(filing("c", minutes=30), revision=2))
        assert [(take, take_id) for take, take_id, _ in takes(session)] == [(1, "ZED:a"), (2, "ZED:b"), (3, "ZED:c")]
        story = session.scalars(select(StoryRow)).one()
        assert story.headline == "Portvale bridge opens, item c"
        assert story.filed.at == NOON


@pytest.mark.parametrize(
    ("status", "kind"),
    [("corrected", "correction"), ("killed", "kill"), ("withheld", "hold"), ("embargoed", "embargo")],
)
def test_a_status_opens_a_notice_and_moves_to_the_story(engine: Engine, status: str, kind: str) -> None:
    with writing(engine) as session:
        until = later(300) if status == "embargoed" else None
        item = filing("2", minutes=9, status=status, notice="Say it right.", embargo_until=until)
        first, second = save(session, filing(), item)
        save(session, item)
        notice = session.scalars(select(NoticeRow)).one()
        assert (notice.kind, notice.text, notice.opened_at) == (kind, "Say it right.", later(9))
        assert (notice.story_version_id, notice.closed_at) == (second.story_version_id, None)
        assert notice.story_version_id != first.story_version_id
        story = session.scalars(select(StoryRow)).one()
        assert (story.status, story.embargo_until, notice.embargo_until) == (status, until, until)


@pytest.mark.parametrize("paragraphs", [(), ("The bridge is  not open.",)])
def test_a_notice_without_own_text_speaks_of_the_newest_take(engine: Engine, paragraphs: tuple[str, ...]) -> None:
    note = replace(filing("k", minutes=20, status="killed", notice="The bridge is not open."), paragraphs=paragraphs)
    with writing(engine) as session:
        _, second, _, killed = save(session, filing("1"), filing("2", minutes=9), filing("3", minutes=30), note)
        assert killed.new
        assert killed.story_version_id == second.story_version_id
        assert session.scalars(select(NoticeRow.story_version_id)).one() == second.story_version_id
        assert len(takes(session)) == 3
        assert save(session, note) == [replace(killed, new=False)]
        # Filed anew after the kill: the agency's last word is that it may be used.
        assert session.scalars(select(StoryRow.status)).one() == "usable"


def test_a_notice_before_any_take_waits_for_one(engine: Engine) -> None:
    note = replace(filing("k", minutes=20, status="killed", notice="Kill it."), paragraphs=())
    with writing(engine) as session:
        [saved] = save(session, note)
        story = session.scalars(select(StoryRow)).one()
        assert (saved.story_version_id, saved.new, story.status, story.headline) == (None, True, "killed", "Kill it.")
        [take] = save(session, filing("1"))
        assert session.scalars(select(NoticeRow.story_version_id)).one() == take.story_version_id
        assert (story.status, story.headline) == ("killed", "Portvale bridge opens, item 1")


def test_the_same_item_sent_again_as_killed_moves_its_status(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, filing("1"), filing("1", minutes=5, status="killed", notice="Wrong."))
        assert takes(session) == [(1, "ZED:1", "killed")]
        assert session.scalars(select(NoticeRow.opened_at)).one() == later(5)


def test_one_agency_s_ids_are_not_another_s(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, filing(), replace(filing(), agency="YON"))
        assert session.scalars(select(StoryRow.key).order_by(StoryRow.key)).all() == ["YON:bridge", "ZED:bridge"]


ITEMS = (
    filing("1", minutes=0, slugline="BRIDGE"),
    filing("2", minutes=10),
    filing("2", minutes=12),
    filing("3", minutes=10, revision=4, status="corrected", notice="Item two was wrong."),
    replace(filing("4", minutes=20, status="withheld", notice="Hold it."), paragraphs=()),
    filing("5", minutes=30, status="embargoed", embargo_until=later(900)),
    replace(filing("6", minutes=40), filed=Moment()),
    filing("1", "ferry", 5, status="killed", notice="No ferry."),
)


def tables(session: Session) -> tuple[list[Any], list[Any], list[Any]]:
    """Everything the items left behind, without row numbers."""
    numbers = {row.id: (row.take_id, row.content_sha256) for row in session.scalars(select(StoryVersionRow))}
    stories = session.scalars(select(StoryRow).order_by(StoryRow.key))
    chain = session.scalars(select(StoryVersionRow).join(StoryRow, StoryRow.id == StoryVersionRow.story_id))
    notices = session.scalars(select(NoticeRow).order_by(NoticeRow.item_id, NoticeRow.kind))
    return (
        [(s.key, s.headline, s.status, s.slugline, s.embargo_until, s.filed) for s in stories],
        sorted((t.take_id or "", t.content_sha256, t.take, t.status, str(t.filed), t.slugline) for t in chain),
        [(n.item_id, n.kind, n.text, n.opened_at, numbers.get(n.story_version_id or 0)) for n in notices],
    )


@settings(max_examples=60)
@given(st.permutations(range(len(ITEMS))), st.lists(st.sampled_from(range(len(ITEMS))), max_size=6))
def test_any_order_and_any_repetition_give_the_same_tables(
    shared_sqlite: Engine, order: list[int], more: list[int]
) -> None:
    found = []
    for places in (range(len(ITEMS)), [*order, *more]):
        with writing(shared_sqlite) as session:
            session.execute(text("delete from stories"))
            session.expire_all()
            save(session, *(ITEMS[place] for place in places))
            found.append(tables(session))
    assert found[0] == found[1]
    assert [row[2] for row in found[0][0]] == [
        "usable",
        "killed",
    ]  # item 6 states no time: it counts as filed on receipt


YEAR_2099 = Moment(datetime(2099, 1, 1, tzinfo=UTC), source="filing", zone="stated")


def story_of(session: Session) -> StoryRow:
    return session.scalars(select(StoryRow)).one()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_kill_from_the_future_does_not_win_over_what_is_filed_after_it_came(
    engine: Engine, order: tuple[int, ...]
) -> None:
    """Each came when it came, in whatever order they are saved."""
    kill = filing("k", "bridge", 0, filed=YEAR_2099, paragraphs=(), status="killed", notice="Kill the story.")
    items = [(filing("1", minutes=0), later(1)), (kill, later(30)), (filing("2", "bridge", 20, "New text."), later(40))]
    with writing(engine) as session:
        for item, received_at in (items[number] for number in order):
            filings.save_filing(session, item, received_at=received_at)
        assert story_of(session).status == "usable"
        notice = session.scalars(select(NoticeRow)).one()
        assert (notice.opened_at, notice.stated_at) == (later(30), YEAR_2099.at)
        assert session.get_one(StoryVersionRow, notice.story_version_id).take_id == "ZED:1"


def test_a_kill_from_the_future_kills_what_came_before_it(engine: Engine) -> None:
    kill = filing("k", "bridge", 0, filed=YEAR_2099, paragraphs=(), status="killed", notice="Kill the story.")
    with writing(engine) as session:
        save(session, filing("1", minutes=0), filing("2", "bridge", 20, "New text."), kill)
        assert story_of(session).status == "killed"
        save(session, filing("3", "bridge", 59, "Reinstated."))
        filings.save_filing(session, filing("4", "bridge", 70, "Reinstated again."), received_at=later(80))
        assert story_of(session).status == "usable"


def test_a_take_from_the_future_is_not_the_newest_for_ever(engine: Engine) -> None:
    with writing(engine) as session:
        for item, minutes in ((filing("1"), 1), (filing("x", "bridge", 0, "Wrong clock.", filed=YEAR_2099), 2)):
            filings.save_filing(session, item, received_at=later(minutes))
        filings.save_filing(session, filing("3", "bridge", 3, "The last."), received_at=later(4))
        assert takes(session) == [(1, "ZED:1", "usable"), (2, "ZED:x", "usable"), (3, "ZED:3", "usable")]
        wrong = session.scalars(select(StoryVersionRow).where(StoryVersionRow.take == 2)).one()
        assert (wrong.filed.at, wrong.filed.latest, wrong.stated_at) == (None, later(2), YEAR_2099.at)
        assert story_of(session).headline.endswith("item 3")


@pytest.mark.parametrize("again_first", [False, True])
def test_a_time_ahead_does_not_date_the_same_text_again(engine: Engine, again_first: bool) -> None:
    items = [filing(), replace(filing(), filed=YEAR_2099, status="killed")]
    with writing(engine) as session:
        save(session, *(items[::-1] if again_first else items))
        take = session.scalars(select(StoryVersionRow)).one()
        assert (take.filed.at, take.stated_at) == (NOON, None)


def test_a_clock_an_hour_ahead_is_believed(engine: Engine) -> None:
    with writing(engine) as session:
        save(session, filing(minutes=119))
        assert session.scalars(select(StoryVersionRow)).one().filed.at == later(119)


@pytest.mark.parametrize(("days", "believed"), [(300, True), (400, False), (20_000, False)])
def test_an_embargo_reaches_a_year_ahead(engine: Engine, days: int, believed: bool) -> None:
    until = later(60 + days * 24 * 60)
    with writing(engine) as session:
        save(session, filing(status="embargoed", embargo_until=until))
        story = story_of(session)
        assert (story.status, story.embargo_until) == ("embargoed", until if believed else None)
