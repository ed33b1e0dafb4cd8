"""A story's takes and pickups on one time line, with what is not known about each drawn as a bar.

    moments ─> minutes from the origin ─> a scale that is even near the origin and ever coarser away from it ─> per cent

Half of all pickups come within half an hour and the last after weeks, so an even scale would show one column of dots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from math import asinh
from typing import Final

_EVEN_MINUTES: Final = 10.0
_LEFT: Final = 3.0
_RIGHT: Final = 97.0
_LEAST_GAP: Final = 9.0
_LEAST_SPAN_MINUTES: Final = 30.0
_TICKS: Final[tuple[tuple[float, str], ...]] = (
    (0, ""),
    (15, "15 min"),
    (60, "1 h"),
    (360, "6 h"),
    (1_440, "1 day"),
    (10_080, "1 week"),
    (43_200, "30 days"),
    (525_600, "1 year"),
    (5_256_000, "10 years"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is drawn of a moment, UTC: the best single instant, and not before and not after which it was."""

    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a moment stands, in per cent of the width. `at` is None without a single instant.

    The bar reaches from `low` to `high`; `open_low` when nothing is known on that side.
    """

    at: float | None
    low: float
    high: float
    open_low: bool
    open_high: bool

    @property
    def width(self) -> float:
        """How long the bar is; 0 when the instant is exact."""
        return max(0.0, self.high - self.low)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale, in per cent of the width, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Marks in the order of the moments given, and the scale they stand on; `origin` is its zero."""

    origin: datetime | None
    marks: tuple[Mark | None, ...]
    ticks: tuple[Tick, ...]


def draw(moments: Sequence[Bounds], origin: datetime | None, origin_label: str) -> TimeLine:
    """Place moments; one of which nothing is known gets None. Without an `origin` the earliest instant is zero."""
    instants = [m.at for m in moments if m.at] or [when for m in moments for when in (m.earliest, m.latest) if when]
    zero = origin or min(instants, default=None)
    if zero is None:
        return TimeLine(None, (None,) * len(moments), ())
    minutes = [_minutes(moment, zero) for moment in moments]
    known = [value for value in chain.from_iterable(minutes) if value is not None]
    least, most = min([*known, 0.0]), max([*known, 0.0])
    scale = _Scale(least, max(most, least + _LEAST_SPAN_MINUTES))
    return TimeLine(zero, tuple(_mark(found, scale) for found in minutes), tuple(_ticks(scale, origin_label)))


@dataclass(frozen=True, slots=True)
class _Scale:
    least: float
    most: float

    def place(self, minutes: float) -> float:
        low, high = _bent(self.least), _bent(self.most)
        return round(_LEFT + (_bent(minutes) - low) / (high - low) * (_RIGHT - _LEFT), 2)


def _bent(minutes: float) -> float:
    return asinh(minutes / _EVEN_MINUTES)


def _minutes(moment: Bounds, zero: datetime) -> tuple[float | None, float | None, float | None]:
    low, at, high = (
        None if when is None else (when - zero).total_seconds() / 60
        for when in (moment.earliest, moment.at, moment.latest)
    )
    return low, at, high


def _mark(found: tuple[float | None, float | None, float | None], scale: _Scale) -> Mark | None:
    low, at, high = found
    if low is None and at is None and high is None:
        return None
    # A bare instant is one point, an open side a bar to the edge.
    exact = at is not None and low is None and high is None
    return Mark(
        at=None if at is None else scale.place(at),
        low=scale.place(at) if exact and at is not None else 0.0 if low is None else scale.place(low),
        high=scale.place(at) if exact and at is not None else 100.0 if high is None else scale.place(high),
        open_low=low is None and not exact,
        open_high=high is None and not exact,
    )


def _ticks(scale: _Scale, origin_label: str) -> Iterator[Tick]:
    """Zero always, and outwards from it those that leave room for their words."""
    zero = Tick(scale.place(0), origin_label)
    before: list[Tick] = []
    after = [zero]
    for minutes, label in _TICKS[1:]:
        right, left = scale.place(minutes), scale.place(-minutes)
        if minutes <= scale.most and right - after[-1].at >= _LEAST_GAP:
            after.append(Tick(right, f"+{label}"))
        if -minutes >= scale.least and (before or [zero])[-1].at - left >= _LEAST_GAP:
            before.append(Tick(left, f"−{label}"))
    yield from reversed(before)
    yield from after
