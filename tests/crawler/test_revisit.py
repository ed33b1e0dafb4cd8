"""When to ask again: bounds that always hold, and the shapes that were measured to be best."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.revisit import DEFAULT_POLICY, Policy, next_poll, next_visit, within_budget
from news.visits import VisitOutcome

minutes = st.floats(min_value=0.01, max_value=5000)
OUTCOMES = get_args(VisitOutcome)


@given(minutes, st.integers(0, 500), st.integers(0, 500), st.integers(0, 50), st.floats(-2, 2), st.floats(0, 1e6))
def test_a_poll_is_never_too_soon_and_never_lost(
    interval: float, new: int, window: int, failures: int, jitter: float, retry_after: float
) -> None:
    poll = next_poll(
        interval, new_links=new, window=window, failures=failures, jitter=jitter, retry_after_seconds=retry_after
    )
    assert poll.wait_minutes >= retry_after / 60
    if not failures:
        assert DEFAULT_POLICY.fastest_poll_minutes <= poll.interval_minutes <= DEFAULT_POLICY.slowest_poll_minutes
        assert poll.wait_minutes >= DEFAULT_POLICY.fastest_poll_minutes * 0.9
    assert poll.wait_minutes <= max(DEFAULT_POLICY.slowest_poll_minutes * 1.1, retry_after / 60)


def settled(stories_per_hour: float, policy: Policy = DEFAULT_POLICY) -> float:
    """The interval after a month of a steady feed, its fractional stories carried over."""
    interval, owed = 15.0, 0.0
    for _ in range(3000):
        owed += stories_per_hour * interval / 60
        new, owed = int(owed), owed % 1
        interval = next_poll(interval, new_links=new, window=100, failures=0, policy=policy).interval_minutes
    return interval


def test_four_times_the_stories_are_polled_twice_as_often() -> None:
    slow, fast = settled(1.0), settled(4.0)
    assert slow / fast == pytest.approx(2.0, rel=0.1)
    assert slow == pytest.approx(DEFAULT_POLICY.pace_minutes, rel=0.1)


def test_a_silent_feed_is_polled_once_a_day() -> None:
    assert settled(0.0) == pytest.approx(DEFAULT_POLICY.slowest_poll_minutes)


def test_a_window_about_to_overflow_is_polled_before_it_does() -> None:
    poll = next_poll(60.0, new_links=30, window=40, failures=0)
    assert poll.wait_minutes == pytest.approx(48.0)
    calm = next_poll(60.0, new_links=1, window=40, failures=0)
    assert calm.wait_minutes == pytest.approx(calm.interval_minutes)


def test_failures_wait_longer_each_and_leave_the_rate_alone() -> None:
    waits = [next_poll(30.0, new_links=0, window=0, failures=n) for n in range(1, 6)]
    assert [poll.interval_minutes for poll in waits] == [30.0] * 5
    assert [b.wait_minutes - a.wait_minutes for a, b in pairwise(waits)] == [15.0] * 4


@given(st.lists(st.floats(5, 1440), min_size=1, max_size=50), st.floats(2, 200))
def test_all_feeds_together_keep_the_budget(intervals: list[float], polls_per_feed: float) -> None:
    policy = within_budget(DEFAULT_POLICY, intervals, polls_per_feed * len(intervals))
    waits = [min(max(interval * policy.stretch, 5.0), 1440.0) for interval in intervals]
    made = sum(1440 / wait for wait in waits) / len(intervals)
    assert made == pytest.approx(polls_per_feed, rel=0.001) or policy.stretch < 0.021 or policy.stretch > 49
    assert within_budget(DEFAULT_POLICY, intervals, 0) == DEFAULT_POLICY


def test_the_servers_own_words_are_floors() -> None:
    fresh = next_poll(10.0, new_links=5, window=0, failures=0, fresh_seconds=3600)
    assert fresh.wait_minutes >= 60
    assert next_poll(10.0, new_links=5, window=0, failures=0, fresh_seconds=1e7).wait_minutes == pytest.approx(180)
    later = next_poll(10.0, new_links=0, window=0, failures=3, retry_after_seconds=1200, postponed=True)
    assert (later.interval_minutes, later.wait_minutes) == (10.0, 20.0)


@given(
    st.sampled_from(OUTCOMES),
    st.integers(1, 200),
    st.integers(0, 50),
    st.floats(0, 1e5),
    st.booleans(),
    st.none() | st.floats(0, 1e6),
)
def test_a_page_is_visited_later_or_let_go(
    outcome: VisitOutcome, visits: int, failures: int, age: float, changed: bool, retry_after: float | None
) -> None:
    wait = next_visit(
        outcome,
        visits=visits,
        failures=failures if outcome in ("ok", "not modified") else max(failures, 1),
        age=timedelta(minutes=age),
        changed=changed,
        retry_after_seconds=retry_after,
    )
    if wait is None:
        return
    assert age < DEFAULT_POLICY.let_go_after_minutes
    assert wait >= timedelta(minutes=10)
    assert wait.total_seconds() >= (retry_after or 0.0) * 0.999999


def test_visits_grow_rarer_and_end() -> None:
    age, visits, waits = timedelta(0), 0, []
    while (wait := next_visit("ok", visits=visits + 1, failures=0, age=age, changed=False)) is not None:
        waits.append(wait)
        age, visits = age + wait, visits + 1
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=DEFAULT_POLICY.first_revisit_minutes)
    assert 8 <= visits <= 20


def test_a_changed_page_is_seen_again_sooner() -> None:
    day = timedelta(days=1)
    still = next_visit("ok", visits=5, failures=0, age=day, changed=False)
    moved = next_visit("ok", visits=5, failures=0, age=day, changed=True)
    assert still is not None
    assert moved is not None
    assert moved < still


@pytest.mark.parametrize(("outcome", "most"), [("gone", 3), ("failed", 8), ("not an article", 12), ("redirected", 12)])
def test_a_page_that_stays_bad_is_let_go_after_a_few_visits(outcome: VisitOutcome, most: int) -> None:
    age, visits = timedelta(0), 0
    while True:
        visits += 1
        wait = next_visit(outcome, visits=visits, failures=visits, age=age, changed=False)
        if wait is None:
            break
        age += wait
    assert 2 <= visits <= most


def test_asked_to_wait_is_not_refused_for_good() -> None:
    refused = next_visit("refused", visits=1, failures=1, age=timedelta(0), changed=False)
    later = next_visit("refused", visits=1, failures=1, age=timedelta(0), changed=False, retry_after_seconds=3600)
    often = next_visit(
        "refused", visits=40, failures=40, age=timedelta(days=1), changed=False, retry_after_seconds=3600
    )
    assert refused == timedelta(hours=24)
    assert later == often == timedelta(hours=1)


def test_a_scaled_policy_scales_the_waits() -> None:
    quick = Policy(first_revisit_minutes=0.1, slowest_revisit_minutes=1.0, let_go_after_minutes=5.0)
    wait = next_visit("ok", visits=1, failures=0, age=timedelta(0), changed=False, policy=quick)
    assert wait == timedelta(minutes=0.1)
    assert math.isclose(
        next_poll(
            1.0, new_links=0, window=0, failures=0, policy=Policy(fastest_poll_minutes=0.1, slowest_poll_minutes=0.5)
        ).interval_minutes,
        0.5,
    )
