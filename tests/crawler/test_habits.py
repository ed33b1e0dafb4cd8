"""The hours a newsroom keeps: learned from its stories, kept in its row, and worth nothing before there are stories."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.habits import NO_HABITS, Habits, Hours, learned, own_hours, unpacked
from crawler.revisit import DEFAULT_POLICY, next_poll

MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001  -- a wall clock
COMMON = Hours(DEFAULT_POLICY.hours, DEFAULT_POLICY.weekend).to_power(1.0)


def watched(days: int, hours: tuple[int, ...], *, weekends: bool) -> Habits:
    """A feed watched hourly, with two stories in each of these hours."""
    habits = NO_HABITS
    for hour in range(1, days * 24):
        now = MONDAY + timedelta(hours=hour)
        before = now - timedelta(hours=1)
        on = before.hour in hours and (weekends or before.weekday() < 5)
        stories = [before + timedelta(minutes=10), before + timedelta(minutes=40)] if on else []
        habits = learned(habits, COMMON, now, 60.0, stories, keep=1.0)
    return habits


def test_a_feed_of_which_nothing_is_known_keeps_the_common_hours() -> None:
    assert own_hours(NO_HABITS, COMMON, 8.0) == COMMON


def test_a_night_desk_is_known_after_two_weeks() -> None:
    hours = own_hours(watched(14, (0, 1, 2, 3), weekends=True), COMMON, 8.0).to_power(1.0)
    assert min(hours.day[1:3]) > 1.3 * max(hours.day[8:20])
    assert max(COMMON.day[1:3]) < 0.5 * min(COMMON.day[8:20]), "the common hours say the opposite"


def test_a_desk_that_rests_on_weekends_is_known_from_one_that_does_not() -> None:
    resting = own_hours(watched(28, (8, 9, 10), weekends=False), COMMON, 8.0)
    working = own_hours(watched(28, (8, 9, 10), weekends=True), COMMON, 8.0)
    assert resting.weekend < 0.4 < 0.8 < working.weekend


def test_few_stories_change_little() -> None:
    habits = learned(NO_HABITS, COMMON, MONDAY + timedelta(hours=4), 240.0, [MONDAY + timedelta(hours=2)], keep=1.0)
    hours = own_hours(habits, COMMON, 8.0).to_power(1.0)
    assert all(abs(own / usual - 1) < 0.35 for own, usual in zip(hours.day, COMMON.day, strict=True))


def test_a_first_poll_of_months_counts_every_hour_alike() -> None:
    habits = learned(NO_HABITS, COMMON, MONDAY, 8 * 7 * 1440.0, [], keep=1.0)
    assert habits.watched_hours == pytest.approx(8 * 7 * 24)


@given(st.floats(0.01, 50_000), st.lists(st.integers(0, 20_000), max_size=30), st.floats(0, 1))
def test_habits_survive_their_row(elapsed: float, minutes: list[int], keep: float) -> None:
    stories = [MONDAY - timedelta(minutes=minute) for minute in minutes]
    habits = learned(watched(2, (9,), weekends=True), COMMON, MONDAY, elapsed, stories, keep)
    stored = habits.packed()
    assert len(stored) == 200
    assert unpacked(stored).stories == pytest.approx(habits.stories, rel=1e-5)
    hours = own_hours(unpacked(stored), COMMON, 8.0).to_power(0.46)
    assert sum(hours.at(hour) for hour in range(168)) == pytest.approx(168)
    assert min(hours.day) > 0


@pytest.mark.parametrize("stored", [None, b"", b"x" * 10, b"\xff" * 200, b"\x00" * 199])
def test_a_row_that_holds_something_else_is_no_habit(stored: bytes | None) -> None:
    assert unpacked(stored) == NO_HABITS


def test_polls_go_where_the_stories_come() -> None:
    """A night desk is polled more often at night, although the rest of the world sleeps."""
    habits = watched(14, (0, 1, 2, 3), weekends=True)
    waits = {
        hour: next_poll(
            60.0, new_links=1, window=0, failures=0, local=MONDAY + timedelta(days=14, hours=hour), habits=habits
        ).wait_minutes
        for hour in (1, 12)
    }
    assert waits[1] < waits[12] / 1.2


def test_a_first_poll_of_three_hours_does_not_weigh_as_two_days() -> None:
    """Thirty stories in three hours, then a quiet day: the second poll's rate counts by the time it covers."""
    noon = MONDAY + timedelta(hours=12)
    first = next_poll(15.0, new_links=30, window=0, failures=0, elapsed_minutes=180.0, first=True, local=noon)
    later = next_poll(
        first.interval_minutes,
        new_links=2,
        window=0,
        failures=0,
        elapsed_minutes=1440.0,
        local=noon + timedelta(days=1),
        habits=first.habits,
    )
    assert later.interval_minutes > 2 * first.interval_minutes
