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

from crawler.habits import NO_HABITS, Habits, Hours, learned, own_hours, week_minute
from news.visits import VisitOutcome

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
    # Polls follow this power of a feed's story rate. One half gives the least mean delay; a little less shortens the
    # longest delays, which are those of feeds of few stories (p95 47 -> 45 min), and costs the mean next to nothing.
    power: float = 0.46
    half_life_minutes: float = 4 * 24 * 60.0
    # A feed of few stories is remembered longer: until so many have come.
    remembered_stories: float = 100.0
    longest_half_life_minutes: float = 30 * 24 * 60.0
    # A window that turns over faster than we come back loses stories: come back well before all of it did.
    window_share: float = 0.6
    # Stories by the hour of the outlet's day: none of the real feeds looked at keeps its pace through the night. Polls
    # follow the square root of it. Empty: every hour alike.
    hours: tuple[float, ...] = HOURS
    weekend: float = WEEKEND
    # A feed's own hours: how many stories an hour must show before it counts as much as the common shape, and how long
    # they are remembered.
    habit_stories: float = 8.0
    habit_half_life_minutes: float = 60 * 24 * 60.0
    # All waits between polls times this: what makes the polls of all feeds together keep to a budget.
    stretch: float = 1.0
    poll_failure_minutes: float = 15.0
    # Cache-Control is a floor, but some networks say a day of every answer, feeds included.
    longest_fresh_minutes: float = 180.0
    poll_jitter: float = 0.04

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
_WEEK_MINUTES = 7 * _DAY_MINUTES


@dataclass(frozen=True, slots=True)
class NextPoll:
    """`interval_minutes` is the feed's rate, kept over failures; `wait_minutes` is when to come back this time.

    `habits` are the hours of the feed as known after this poll.
    """

    interval_minutes: float
    wait_minutes: float
    habits: Habits = NO_HABITS


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
    habits: Habits = NO_HABITS,
    stories: Sequence[datetime] = (),
    first: bool = False,
    jitter: float = 0.0,
) -> NextPoll:
    """The feed's new interval and the wait until its next poll.

    `failures` counts this poll too (0 = it succeeded); a failed poll says nothing about the story rate, so the interval
    stays and the wait grows by a step per failure. `elapsed_minutes` is the time since the poll before (default: the
    interval). `fresh_seconds` is how long the answer says it holds; `postponed` that the feed was not asked, since its
    host wants to be left alone: it comes back when that is over. `local` is the outlet's wall clock; without it
    every hour is alike. `habits` are the hours the feed is known to keep, `stories` the times on that clock of what
    it has published since the poll before; NextPoll has the habits they make. `first` says that there is no memory yet:
    `elapsed_minutes` is then the age of the oldest of the `new_links` that are dated. `jitter` in [-1, 1] spreads feeds
    that started together.
    """
    floor = (retry_after_seconds or 0.0) / 60.0
    if postponed:
        return NextPoll(interval_minutes, max(floor, policy.fastest_poll_minutes), habits)
    floor = max(floor, min((fresh_seconds or 0.0) / 60.0, policy.longest_fresh_minutes))
    if failures:
        wait = interval_minutes + policy.poll_failure_minutes * failures
        return NextPoll(interval_minutes, max(min(wait, policy.slowest_poll_minutes), floor), habits)
    elapsed = max(elapsed_minutes if elapsed_minutes is not None else interval_minutes, 0.01)
    # Nothing is known of what was watched by a feed without a zone, or before habits were kept.
    watched = 0.0 if first else 60.0 * habits.watched_hours or math.inf
    expected, clocked = elapsed, local is not None and bool(policy.hours)
    if local is not None and clocked:
        expected = _Clock(_hours(habits, policy, 1.0), local).passed(elapsed)
        keep = 0.5 ** (elapsed / policy.habit_half_life_minutes)
        habits = learned(habits, _common(policy), local, elapsed, stories, keep)
    rate = _new_rate(interval_minutes, new_links / expected, expected, watched, policy)
    interval = _interval(rate, policy)
    wait = interval * policy.stretch
    if local is not None and clocked:
        wait = _Clock(_hours(habits, policy, policy.power), local).until(wait)
    wait = _clamped(wait, policy)
    if window and new_links:  # the guard bounds this wait only: as an interval it would pass for a remembered rate
        turnover = window * elapsed / new_links
        wait = max(min(wait, policy.window_share * turnover), policy.fastest_poll_minutes)
    wait *= 1.0 + policy.poll_jitter * max(-1.0, min(1.0, jitter))
    return NextPoll(interval, max(wait, floor), habits)


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


@cache
def _common(policy: Policy) -> Hours:
    return Hours(policy.hours, policy.weekend).to_power(1.0)


def _hours(habits: Habits, policy: Policy, power: float) -> Hours:
    return own_hours(habits, _common(policy), policy.habit_stories).to_power(power)


class _Clock:
    """The outlet's week around an instant: how much of it passes in minutes that are not all worth the same."""

    def __init__(self, hours: Hours, local: datetime) -> None:
        self._hours = hours
        self._minute = week_minute(local)

    def passed(self, minutes: float) -> float:
        """What the minutes before the instant were worth."""
        whole = minutes - minutes % _WEEK_MINUTES  # an hour of a whole week is worth one on average
        return whole + self._walk(minutes - whole, math.inf, back=True)[1]

    def until(self, worth: float) -> float:
        """The minutes from the instant on that are worth so much; a fortnight at most."""
        return self._walk(2 * _WEEK_MINUTES, worth, back=False)[0]

    def _walk(self, minutes: float, worth: float, *, back: bool) -> tuple[float, float]:
        """Minutes and their worth, hour by hour, until either is used up."""
        at, walked, counted = self._minute, 0.0, 0.0
        while True:
            hour = math.ceil(at / 60.0) - 1 if back else math.floor(at / 60.0)
            weight = self._hours.at(hour)
            edge = at - hour * 60.0 if back else (hour + 1) * 60.0 - at
            step = min(edge, minutes - walked, (worth - counted) / weight)
            walked, counted = walked + step, counted + step * weight
            at += -step if back else step
            if step < edge:
                return walked, counted


def _interval(rate: float, policy: Policy) -> float:
    """Minutes between polls of a feed of so many stories a minute."""
    return _clamped(policy.pace_minutes / math.pow(rate * 60.0, policy.power), policy)


def _rate(interval_minutes: float, policy: Policy) -> float:
    """The stories a minute that an interval stands for."""
    return math.pow(policy.pace_minutes / interval_minutes, 1.0 / policy.power) / 60.0


def _new_rate(interval_minutes: float, seen: float, expected: float, watched: float, policy: Policy) -> float:
    """Stories a minute: the rate the present interval stands for, moved towards the rate this poll saw.

    The interval *is* the memory: rate and interval determine each other. `expected` is what the elapsed minutes were
    worth: five stories of a night are more than five of a morning. `watched` is what all polls before were worth: a
    first poll of a busy feed shows three hours, and must not weigh as two days.
    """
    slowest = _rate(policy.slowest_poll_minutes, policy)
    before = _rate(_clamped(interval_minutes, policy), policy)
    half_life = min(max(policy.half_life_minutes, policy.remembered_stories / before), policy.longest_half_life_minutes)
    keep = math.pow(0.5, expected / half_life)
    if watched < math.inf:
        keep = min(keep, watched / (watched + expected))
    return max(keep * before + (1.0 - keep) * seen, slowest)


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
