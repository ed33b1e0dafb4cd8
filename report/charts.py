"""The two small charts of the daily email: cells of a table, which every mail program draws, blocked pictures or not.

Every colour is a middle tone, because a mail program in the dark may change what stands behind a bar and not the bar.
Each chart has a sentence that says what it shows: it is the chart of the plain text, and what a screen reader says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from report.language import N_
from report.periods import Period
from report.wording import Wording
from storage.digest.digest_rows import DigestFacts

HEIGHT_PIXELS: Final = 120
BAR: Final = "#3b82c4"
USUAL: Final = "#d9822b"
_LINE_PIXELS: Final = 2
_MOST_USES: Final = 6
# The matcher's classes are plain words; anything else is counted as "other".
_CLASS: Final = re.compile(r"^[a-z ]{1,20}$")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands beside it, and its cells along the direction of growth as (pixels or percent, colour);
    a cell without colour is empty."""

    label: str
    count: str
    cells: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of the email. Columns grow upwards, their cells in pixels from the top; rows to the right, in percent.

    Every how many columns one has a label is `every`.
    """

    title: str
    alt: str
    bars: tuple[Bar, ...]
    columns: bool
    usual: bool = False
    every: int = 1


def times_chart(facts: DigestFacts, say: Wording, zone: tzinfo, period: Period) -> Chart:
    """Copies by when they became known, beside what is usual: per hour of the reader's day, or per day of a week."""
    labels = _labels(say, period)
    daily = period.kind == "daily"
    place = _hour if daily else _days_since(period)
    now = _binned([(copy.known_at.astimezone(zone), 1) for copy in facts.copies], place, len(labels))
    history = _binned([(at.astimezone(zone), count) for at, count in facts.baseline_hours], place, len(labels))
    spans = facts.baseline_days / facts.window.days if facts.window.days else 0.0
    # Part of a week says nothing of the weekdays it does not hold.
    usual = [count / spans for count in history] if spans > 0.95 else []
    highest = max([*now, *usual, 1])
    bars = tuple(
        Bar(label, say.language.number(count), _column(count, usual[at] if usual else 0.0, highest))
        for at, (label, count) in enumerate(zip(labels, now, strict=True))
    )
    hourly, by_day = N_("Copies per hour, by when we first saw them"), N_("Copies per day, by when we first saw them")
    title = say.language.say(hourly if daily else by_day)
    return Chart(
        title, times_alt(say, period, now, usual), bars, columns=True, usual=bool(usual), every=4 if daily else 1
    )


def times_alt(wording: Wording, period: Period, now: Sequence[float], usual: Sequence[float]) -> str:
    """What the first chart shows, in a sentence."""
    say, number = wording.language.say, wording.language.number
    if not any(now):
        return say("Copies over time: none.")
    busiest = max(range(len(now)), key=lambda place: now[place])
    if period.kind == "daily":
        when = say("from {start} to {end}", start=f"{busiest:02}:00", end=f"{busiest + 1:02}:00")
    else:
        when = wording.language.day(period.first + timedelta(days=busiest))
    if not any(usual):
        return say("Copies over time: most {when}, {count}.", when=when, count=number(now[busiest]))
    return say(
        "Copies over time: most {when}, {count}, where {usual} are usual.",
        when=when,
        count=number(now[busiest]),
        usual=number(round(usual[busiest], 1)),
    )


def uses_chart(facts: DigestFacts, say: Wording) -> Chart:
    """How the stories were used: copies per class, the rarest classes together."""
    counts = uses_of(facts)
    most = max([count for _, count in counts] or [1])
    alt = say.language.say(
        "How the stories were used, {copies}: {uses}.",
        copies=say.copies(facts.numbers.copies),
        uses=say.uses(counts) or say.language.say("none"),
    )
    bars = tuple(
        Bar(say.use(use), say.language.number(count), ((max(1, round(100 * count / most)), BAR),))
        for use, count in counts
    )
    return Chart(say.language.say("How the stories were used"), alt, bars, columns=False)


def uses_of(facts: DigestFacts) -> list[tuple[str, int]]:
    """Copies per class, most first; from the sixth class on they are counted together as "other"."""
    counts = Counter(copy.use if _CLASS.match(copy.use) else "other" for copy in facts.copies).most_common()
    if len(counts) <= _MOST_USES:
        return counts
    return [*counts[: _MOST_USES - 1], ("other", sum(count for _, count in counts[_MOST_USES - 1 :]))]


def _column(count: float, usual: float, highest: float) -> tuple[tuple[int, str], ...]:
    """The cells of a column from the top: nothing, the bar, and across both the line of what is usual."""
    top = HEIGHT_PIXELS - (max(2, round(HEIGHT_PIXELS * count / highest)) if count else 0)
    edges = {0, top, HEIGHT_PIXELS}
    line = -1
    if usual:
        line = min(HEIGHT_PIXELS - round(HEIGHT_PIXELS * usual / highest), HEIGHT_PIXELS - _LINE_PIXELS)
        edges |= {line, line + _LINE_PIXELS}
    return tuple(
        (end - start, USUAL if line >= 0 and line <= start < line + _LINE_PIXELS else BAR if start >= top else "")
        for start, end in pairwise(sorted(edges))
    )


def _labels(say: Wording, period: Period) -> list[str]:
    """What stands under the columns: every fourth hour, every day."""
    if period.kind == "daily":
        return [f"{hour:02}" if hour % 4 == 0 else "" for hour in range(24)]
    return [say.language.weekday(period.first + timedelta(days=day)) for day in range(7)]


def _hour(local: datetime) -> int:
    return local.hour


def _days_since(period: Period) -> Callable[[datetime], int]:
    """The place of an instant in a week that begins on the weekday the period does."""
    return lambda local: (local.date() - period.first).days % 7


def _binned(counts: Sequence[tuple[datetime, int]], place: Callable[[datetime], int], places: int) -> list[float]:
    bins = [0.0] * places
    for local, count in counts:
        bins[place(local)] += count
    return bins
