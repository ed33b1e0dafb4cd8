"""The hours a newsroom keeps, learned from the times of its stories.

No two keep the same: some rise late, some never sleep, some work all weekend. A feed starts with the hours common to
all and leaves them as far as its own stories say so: each local hour, and the weekend, has the stories seen in it and
the stories that the common hours would have made of the time watched. Their ratio, drawn towards one while there are
few (the mean under a Gamma prior), is what the common hour is multiplied by.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY_HOURS = 24
_WEEK_HOURS = 7 * DAY_HOURS
_WEEKEND = DAY_HOURS
_SATURDAY = 5
_PACKED = struct.Struct(f"<{2 * (DAY_HOURS + 1)}f")


@dataclass(frozen=True, slots=True)
class Hours:
    """What the hours of a day are worth against each other, and an hour of a weekend against one of a weekday."""

    day: tuple[float, ...]
    weekend: float

    def to_power(self, power: float) -> Hours:
        """Each to that power, an hour of the week being worth one on average."""
        raw, weekend = [each**power for each in self.day], self.weekend**power
        mean = sum(raw) / DAY_HOURS * (5.0 + 2.0 * weekend) / 7.0
        return Hours(tuple(each / mean for each in raw), weekend)

    def at(self, hour: int) -> float:
        """By the number of an hour counted from a Monday's midnight, in any week."""
        return self.day[hour % DAY_HOURS] * (self.weekend if _is_weekend(hour) else 1.0)


@dataclass(frozen=True, slots=True)
class Habits:
    """By local hour, and for weekends in the last place: stories seen, and hours watched.

    An hour watched counts as much as it is worth by the common hours. Both fade alike. Empty for a feed of which
    nothing is known.
    """

    stories: tuple[float, ...] = (0.0,) * (DAY_HOURS + 1)
    watched: tuple[float, ...] = (0.0,) * (DAY_HOURS + 1)

    @property
    def watched_hours(self) -> float:
        """Hours watched, as far as they still count."""
        return sum(self.watched[:DAY_HOURS])

    def packed(self) -> bytes:
        """200 bytes for the feed's row."""
        return _PACKED.pack(*self.stories, *self.watched)


NO_HABITS = Habits()


def unpacked(stored: bytes | None) -> Habits:
    """Habits out of a row; none for what does not look like them."""
    if stored is None or len(stored) != _PACKED.size:
        return NO_HABITS
    numbers = _PACKED.unpack(stored)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        return NO_HABITS
    return Habits(numbers[: DAY_HOURS + 1], numbers[DAY_HOURS + 1 :])


def own_hours(habits: Habits, common: Hours, prior_stories: float) -> Hours:
    """The feed's own hours. `prior_stories` is how many expected stories an hour's own count has to stand against."""
    stories, watched = _smoothed(habits.stories), _smoothed(habits.watched)
    total = sum(watched)
    if total <= 0:
        return common
    rate = sum(stories) / total
    day = tuple(
        usual * (seen + prior_stories) / (rate * time + prior_stories)
        for usual, seen, time in zip(common.day, stories, watched, strict=True)
    )
    seen, time = habits.stories[_WEEKEND], habits.watched[_WEEKEND]
    on_weekends = (seen + prior_stories) / (rate * time + prior_stories)
    on_weekdays = (sum(stories) - seen + prior_stories) / (rate * max(total - time, 0.0) + prior_stories)
    return Hours(day, common.weekend * on_weekends / on_weekdays)


def learned(
    habits: Habits, common: Hours, local: datetime, elapsed_minutes: float, stories: Sequence[datetime], keep: float
) -> Habits:
    """The habits after watching `elapsed_minutes` up to `local`, in which these stories (local times) came.

    `common` must be of power one; `keep` is the share of what was known before that still counts.
    """
    seen = [each * keep for each in habits.stories]
    watched = [each * keep for each in habits.watched]
    for hour, hours in _hours_before(local, elapsed_minutes):
        worth = hours * common.at(hour)
        watched[hour % DAY_HOURS] += worth
        if _is_weekend(hour):
            watched[_WEEKEND] += worth
    since = local - timedelta(minutes=elapsed_minutes)
    for story in stories:
        if since <= story <= local:
            seen[story.hour] += 1.0
            seen[_WEEKEND] += story.weekday() >= _SATURDAY
    return Habits(tuple(seen), tuple(watched))


def week_minute(local: datetime) -> float:
    """Minutes since the Monday midnight before."""
    return local.weekday() * 1440.0 + local.hour * 60.0 + local.minute + local.second / 60.0


def _hours_before(local: datetime, minutes: float) -> Iterator[tuple[int, float]]:
    """The hours watched: their number from a Monday on, and how much of each; of whole weeks, how many."""
    weeks, rest = divmod(minutes, _WEEK_HOURS * 60.0)
    if weeks:
        yield from ((hour, weeks) for hour in range(_WEEK_HOURS))
    at, end = week_minute(local), week_minute(local) - rest
    while at > end:
        hour = math.ceil(at / 60.0) - 1
        before = max(hour * 60.0, end)
        yield hour, (at - before) / 60.0
        at = before


def _is_weekend(hour: int) -> bool:
    return hour // DAY_HOURS % 7 >= _SATURDAY


def _smoothed(by_hour: Sequence[float]) -> list[float]:
    """Each hour with half of its neighbours': an hour's own count is noise before its neighbours' are."""
    return [
        0.5 * by_hour[hour] + 0.25 * (by_hour[(hour - 1) % DAY_HOURS] + by_hour[(hour + 1) % DAY_HOURS])
        for hour in range(DAY_HOURS)
    ]
