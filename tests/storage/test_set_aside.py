"""What failed is counted, left alone ever longer, and cleared when it works; pages and feeds keep it in their rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from news.articles import Moment
from news.visits import FoundLink
from storage import set_aside
from storage.crawling import frontier
from storage.engine import writing
from storage.models import FeedRow, FetchRow, PageRow
from storage.set_aside import fail, held
from tests.storage.makers import NOON, feed, later, outlet

PAGE, FEED, SITEMAP = "https://daily.example/bridge", "https://daily.example/feed", "https://daily.example/map"


def test_waits_double_from_a_quarter_of_an_hour_to_a_day() -> None:
    waits = [set_aside.wait_after(failures) / timedelta(minutes=1) for failures in range(1, 10)]
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert set_aside.wait_after(10_000) == timedelta(days=1)


def test_a_first_death_is_a_suspicion_only() -> None:
    waits = [set_aside.wait_after(failures, killed=True) / timedelta(minutes=1) for failures in (1, 2, 3)]
    assert waits == [0, 15, 30]


def test_what_fails_again_keeps_its_first_time_and_waits_longer(engine: Engine) -> None:
    with writing(engine) as session:
        assert fail(session, "closure", "afp:x", "first", NOON) == later(15)
        assert fail(session, "closure", "afp:x", "second\0", later(20)) == later(50)
        fail(session, "robots", "afp:x", "another kind", NOON)
        found, robots = set_aside.rows(session)
    assert (found.reason, found.failures, found.first_at, found.last_at, found.next_at) == (
        "second",
        2,
        NOON,
        later(20),
        later(50),
    )
    assert (robots.kind, robots.failures) == ("robots", 1)


def test_what_is_held_is_free_at_its_time_and_gone_when_it_works(engine: Engine) -> None:
    with writing(engine) as session:
        fail(session, "file", "a.xml", "no XML", NOON)
        fail(session, "file", "b.xml", "its process was killed", NOON, killed=True)
        assert held(session, "file", later(14)) == {"a.xml"}
        assert held(session, "file", later(15)) == frozenset()
        assert held(session, "record", NOON) == frozenset()
        assert set_aside.known(session, "file") == {"a.xml", "b.xml"}
        assert set_aside.clear(session, "file", ["a.xml", "never.xml"]) == 1
        assert [one.name for one in set_aside.rows(session, "file")] == ["b.xml"]


@pytest.mark.parametrize("letter", ["a", "é", "ß", "\ud800", "汉"])
def test_names_of_any_length_are_kept_apart(engine: Engine, letter: str) -> None:
    """PostgreSQL refuses to index a long text: two that differ at their ends only are still two."""
    names = [letter * length + end for length in (10, 100_000) for end in ("x", "y")]
    with writing(engine) as session:
        for name in names:
            fail(session, "file", name, "why" * 10_000, NOON)
        assert held(session, "file", NOON) == {set_aside.name_of(name) for name in names}
        assert len(held(session, "file", NOON)) == 4
        assert set_aside.clear(session, "file", names) == 4


def _frontier(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [outlet("daily", feed(FEED))], NOON)
        frontier.add_links(session, "daily", [FoundLink(PAGE, "daily.example", "Bridge", Moment())], FEED, NOON)


def test_a_page_that_killed_waits_in_its_own_row(engine: Engine) -> None:
    _frontier(engine)
    with writing(engine) as session:
        for minutes, due in ((0, 0), (1, 16), (17, 47)):
            assert fail(session, "page", PAGE, f"killed {minutes}", later(minutes), killed=True) == later(due)
    with writing(engine) as session:
        page = session.scalars(select(PageRow)).one()
        assert (page.failures, page.outcome, page.reason, page.due_at) == (3, "failed", "killed 17", later(47))
        assert session.scalars(select(FetchRow.reason).order_by(FetchRow.id)).all() == [
            "killed 0",
            "killed 1",
            "killed 17",
        ]
        assert not set_aside.rows(session)


def test_a_feed_that_killed_waits_in_its_own_row_and_keeps_its_pace(engine: Engine) -> None:
    _frontier(engine)
    with writing(engine) as session:
        pace = session.scalars(select(FeedRow.interval_minutes)).one()
        assert fail(session, "feed", FEED, "too large", NOON) == later(15)
        assert fail(session, "feed", FEED, "too large", later(15)) == later(45)
        row = session.scalars(select(FeedRow)).one()
        assert (row.failures, row.due_at, row.reason, row.interval_minutes) == (2, later(45), "too large", pace)


def test_an_address_the_frontier_does_not_have_gets_a_row(engine: Engine) -> None:
    """A page that was let go meanwhile, or one of an archive."""
    with writing(engine) as session:
        for kind, url in (("page", PAGE), ("feed", FEED), ("sitemap", SITEMAP)):
            fail(session, kind, url, "killed", NOON)  # type: ignore[arg-type]  # a str of the tuple
        assert [(one.kind, one.name) for one in set_aside.rows(session)] == [
            ("feed", FEED),
            ("page", PAGE),
            ("sitemap", SITEMAP),
        ]
