"""Which stretch of a reader's calendar a digest reports on, and what it is compared with. Pure dates and zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from storage.digest.digest_rows import Window

Kind = Literal["daily", "weekly"]


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or seven of them; `last` is the last local day. `kind` and `last` name a digest in the outbox."""

    kind: Kind
    last: date

    @property
    def first(self) -> date:
        """The first local day."""
        return self.last if self.kind == "daily" else self.last - timedelta(days=6)

    def earlier(self) -> tuple[Period, ...]:
        """What it is compared with, the nearest first: a day with the day before and the same weekday a week before,
        a week with the week before."""
        back = (1, 7) if self.kind == "daily" else (7,)
        return tuple(Period(self.kind, self.last - timedelta(days=days)) for days in back)

    def window(self, zone: ZoneInfo) -> Window:
        """From local midnight to local midnight. Days of 23 and 25 hours come out as such; where midnight does not
        exist, the day begins when the clock changes."""
        ends = (self.first, self.last + timedelta(days=1))
        start, end = (datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in ends)
        return Window(start, end)


def week_before(day: date, weekday: int) -> Period:
    """The last whole week that was over when a `weekday` (0 is Monday) began, on or before the morning after `day`."""
    morning = day + timedelta(days=1)
    return Period("weekly", morning - timedelta(days=(morning.weekday() - weekday) % 7 + 1))
