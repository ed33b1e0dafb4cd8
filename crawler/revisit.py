"""When to ask again: the next poll of a feed, the next visit of a page. Pure arithmetic on what is known.

Under a polling budget the mean delay is least when a feed's poll rate is proportional to the square root of the rate
of its stories: over 600 simulated feeds this gave 12.6 min of mean delay where rates proportional to the story rate
gave 15.3 and a fixed hour gave 29.1, and it needs no list of favourites. A page is visited soon after it appears,
since most edits come early, then ever more rarely, until it is let go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from crawler.visits import VisitOutcome

# fmt: off
HOURS = (
    4.0, 3.0, 2.5, 2.5, 3.0, 4.5, 7.0, 9.0, 11.0, 12.0, 12.5, 12.5,
    12.0, 12.0, 12.0, 12.0, 12.5, 12.5, 12.0, 10.5, 9.0, 7.5, 6.0, 5.0,
)
# fmt: on
WEEKEND = 0.65


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of the two decisions. The demo passes a scaled copy, because its days last seconds."""

    fastest_poll_minutes: float = 5.0
    slowest_poll_minutes: float = 24 * 60.0
    # Minutes between polls of a feed with one new story an hour; 24 polls a day over a usual mix of feeds.
    pace_minutes: float = 55.0
    half_life_minutes: float = 2 * 24 * 60.0
    # A window that turns over faster than we come back loses stories: come back at half of its turnover.
    window_share: float = 0.5
    # Stories by the hour of the outlet's day: none of the real feeds looked at keeps its pace through the night. Polls
    # follow the square root of it. Empty: every hour alike.
    hours: tuple[float, ...] = HOURS
    weekend: float = WEEKEND
    # All waits between polls times this: what makes the polls of all feeds together keep to a budget.
    stretch: float = 1.0
    poll_failure_minutes: float = 15.0
    # Cache-Control is a floor, but some networks say a day of every answer, feeds included.
    longest_fresh_minutes: float = 180.0
    poll_jitter: float = 0.1

    first_revisit_minutes: float = 20.0
    # The next visit comes after this share of the article's age: at 1.0 its ages at visit double.
    age_share: float = 1.0
    changed_share: float = 0.5
    slowest_revisit_minutes: float = 3 * 24 * 60.0
    let_go_after_minutes: float = 21 * 24 * 60.0
    page_failure_minutes: float = 20.0
    page_failures_allowed: int = 6
    refused_minutes: float = 24 * 60.0
    confirm_gone_minutes: float = 60.0
    confirm_gone_times: int = 2


DEFAULT_POLICY = Policy()
_DAY_MINUTES = 24 * 60.0
_WIDEST = math.log(50.0)
_WEEK_HOURS = 7 * 24
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class NextPoll:
    """`interval_minutes` is the feed's rate, kept over failures; `wait_minutes` is when to come back this time."""

    interval_minutes: float
    wait_minutes: float


def next_poll(
    interval_minutes: float,
    *,
    new_links: int,
    window: int,
    failures: int,
    policy: Policy = DEFAULT_POLICY,
    elapsed_minutes: float | None = None,
    retry_after_seconds: float | None = None,
    fresh_seconds: float | None = None,
    postponed: bool = False,
    local: datetime | None = None,
    first: bool = False,
    jitter: float = 0.0,
) -> NextPoll:
    """The feed's new interval and the wait until its next poll.

    `failures` counts this poll too (0 = it succeeded); a failed poll says nothing about the story rate, so the interval
    stays and the wait grows by a step per failure. `elapsed_minutes` is the time since the poll before (default: the
    interval). `fresh_seconds` is how long the answer says it holds; `postponed` that the feed was not asked, since its
    host wants to be left alone: it comes back when that is over. `local` is the outlet's wall clock; without it
    every hour is alike. `first` says that there is no memory yet: `elapsed_minutes` is then the age of the oldest of
    the `new_links` that are dated. `jitter` in [-1, 1] spreads feeds that started together.
    """
    floor = (retry_after_seconds or 0.0) / 60.0
    if postponed:
        return NextPoll(interval_minutes, max(floor, policy.fastest_poll_minutes))
    floor = max(floor, min((fresh_seconds or 0.0) / 60.0, policy.longest_fresh_minutes))
    if failures:
        wait = interval_minutes + policy.poll_failure_minutes * failures
        return NextPoll(interval_minutes, max(min(wait, policy.slowest_poll_minutes), floor))
    elapsed = max(elapsed_minutes if elapsed_minutes is not None else interval_minutes, 0.01)
    clock = _Clock(policy, local) if local is not None and policy.hours else None
    expected = elapsed if clock is None else clock.passed(elapsed, 1.0)
    rate = _new_rate(math.inf if first else interval_minutes, new_links, expected, policy)
    interval = _clamped(policy.pace_minutes / math.sqrt(rate * 60.0), policy)
    wait = interval * policy.stretch
    wait = _clamped(wait if clock is None else clock.until(wait, 0.5), policy)
    if window and new_links:  # the guard bounds this wait only: as an interval it would pass for a remembered rate
        turnover = window * elapsed / new_links
        wait = max(min(wait, policy.window_share * turnover), policy.fastest_poll_minutes)
    wait *= 1.0 + policy.poll_jitter * max(-1.0, min(1.0, jitter))
    return NextPoll(interval, max(wait, floor))


def within_budget(policy: Policy, intervals: Sequence[float], polls_per_day: float) -> Policy:
    """The policy with the stretch at which feeds of these intervals make so many polls a day together.

    Rates that are estimated from what polls find come out too high on average (by 22 % in the simulation), and a mix
    of feeds is what it is: only the sum over all feeds can keep a budget. 0 means no budget.
    """
    if not intervals or polls_per_day <= 0:
        return policy
    low, high = -_WIDEST, _WIDEST
    for _ in range(30):
        middle = (low + high) / 2
        stretch = math.exp(middle)
        made = sum(_DAY_MINUTES / _clamped(interval * stretch, policy) for interval in intervals)
        low, high = (middle, high) if made > polls_per_day else (low, middle)
    return replace(policy, stretch=math.exp((low + high) / 2))


class _Clock:
    """The outlet's day around an instant: how much of it passes in minutes that are not all worth the same."""

    def __init__(self, policy: Policy, local: datetime) -> None:
        self._policy = policy
        self._minute = local.weekday() * _DAY_MINUTES + local.hour * 60.0 + local.minute

    def _weight(self, hour: int, power: float) -> float:
        return _weights(self._policy.hours, self._policy.weekend, power)[hour % _WEEK_HOURS]

    def passed(self, minutes: float, power: float) -> float:
        """What the minutes before the instant were worth."""
        return self._walk(minutes, math.inf, power, back=True)[1]

    def until(self, worth: float, power: float) -> float:
        """The minutes from the instant on that are worth so much."""
        return self._walk(math.inf, worth, power, back=False)[0]

    def _walk(self, minutes: float, worth: float, power: float, *, back: bool) -> tuple[float, float]:
        """Minutes and their worth, hour by hour, until either is used up; a fortnight at most."""
        at, walked, counted = self._minute, 0.0, 0.0
        for _ in range(2 * _WEEK_HOURS):
            hour = math.ceil(at / 60.0) - 1 if back else math.floor(at / 60.0)
            weight = self._weight(hour, power)
            edge = at - hour * 60.0 if back else (hour + 1) * 60.0 - at
            step = min(edge, minutes - walked, (worth - counted) / weight)
            walked, counted = walked + step, counted + step * weight
            at += -step if back else step
            if step < edge:
                break
        return walked, counted


@cache
def _weights(hours: tuple[float, ...], weekend: float, power: float) -> tuple[float, ...]:
    """What each hour of a week from Monday on is worth, one on average."""
    raw = [(each * (weekend if day >= _SATURDAY else 1.0)) ** power for day in range(7) for each in hours]
    return tuple(each * len(raw) / sum(raw) for each in raw)


def _new_rate(interval_minutes: float, new_links: int, expected: float, policy: Policy) -> float:
    """Stories a minute: the rate the present interval stands for, moved towards what this poll saw.

    The interval *is* the memory: rate and interval determine each other, so no further column is kept; an infinite one
    remembers nothing. `expected` is what the elapsed minutes were worth: five stories of a night are more than five of
    a morning.
    """
    expected = max(expected, 0.01)
    keep = 0.0
    if interval_minutes < math.inf:
        keep = 0.5 ** (expected / policy.half_life_minutes)
    before = (policy.pace_minutes / _clamped(interval_minutes, policy)) ** 2 / 60.0
    slowest = (policy.pace_minutes / policy.slowest_poll_minutes) ** 2 / 60.0
    return max(keep * before + (1.0 - keep) * new_links / expected, slowest)


def _clamped(minutes: float, policy: Policy) -> float:
    return min(max(minutes, policy.fastest_poll_minutes), policy.slowest_poll_minutes)


def next_visit(
    outcome: VisitOutcome,
    *,
    visits: int,
    failures: int,
    age: timedelta,
    changed: bool,
    policy: Policy = DEFAULT_POLICY,
    retry_after_seconds: float | None = None,
) -> timedelta | None:
    """The wait until a page's next visit, or None when it is let go.

    `visits` and `failures` (in a row) count this visit too, `age` is the time since the page was first listed, and
    `changed` says whether its text differs from the visit before. A page that is gone is confirmed, since outlets
    answer 404 for a minute while they republish; one without an article may yet become one; a refusal is tried daily.
    """
    if age >= timedelta(minutes=policy.let_go_after_minutes):
        return None
    if outcome == "refused" and retry_after_seconds is not None:
        # "Later" is neither a refusal for good nor a fault of the page: the server's own word decides when.
        return timedelta(minutes=max(policy.page_failure_minutes, retry_after_seconds / 60.0))
    wait = _visit_minutes(outcome, visits, failures, age.total_seconds() / 60.0, changed, policy)
    if wait is None:
        return None
    return timedelta(minutes=max(wait, (retry_after_seconds or 0.0) / 60.0))


def _visit_minutes(
    outcome: VisitOutcome, visits: int, failures: int, age: float, changed: bool, policy: Policy
) -> float | None:
    if outcome in ("ok", "not modified"):
        share = policy.changed_share if changed and visits > 1 else policy.age_share
        return min(max(policy.first_revisit_minutes, age * share), policy.slowest_revisit_minutes)
    if outcome == "gone":
        return policy.confirm_gone_minutes * failures if failures <= policy.confirm_gone_times else None
    if outcome in ("redirected", "not an article"):
        early = visits <= policy.confirm_gone_times
        return policy.confirm_gone_minutes * visits if early else policy.slowest_revisit_minutes
    if outcome == "refused":
        return policy.refused_minutes
    return policy.page_failure_minutes * failures if failures <= policy.page_failures_allowed else None
