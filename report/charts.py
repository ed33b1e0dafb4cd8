"""The two small pictures of the daily email, drawn with matplotlib's Agg canvas and no window system.

Backgrounds are transparent and every colour is a middle tone, because a mail program in the dark changes what stands
behind a picture but not the picture. Each has an alt text that says what it shows.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

from report.periods import Period
from report.wording import Wording
from storage.digest.shapes import DigestFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PIXELS: Final = 592
_INK: Final = "#7d8590"
_BAR: Final = "#3b82c4"
_USUAL: Final = "#d9822b"
_SHARPNESS: Final = 2  # dots per CSS pixel
_TIMES_HEIGHT: Final = 184
_LABELS: Final = 12  # points; on a phone the picture is shown at half its width
_TICKS: Final = 11
_LEGEND: Final[Mapping[str, Any]] = {
    "frameon": False,
    "labelcolor": _INK,
    "fontsize": _TICKS,
    "handlelength": 1.4,
    "borderpad": 0,
}
_MOST_USES: Final = 6
# The matcher's classes are plain words; anything else in a label could be read as mathematics by matplotlib.
_CLASS: Final = re.compile(r"^[a-z ]{1,20}$")


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture for the email. `width` and `height` are CSS pixels; the PNG holds twice as many dots."""

    cid: str
    png: bytes
    alt: str
    width: int
    height: int


def times_chart(facts: DigestFacts, say: Wording, zone: tzinfo, period: Period) -> Chart:
    """Copies by when they became known, beside what is usual: per hour of the reader's day, or per day of a week."""
    labels = _labels(say, period)
    place = _hour if period.kind == "daily" else _days_since(period)
    now = _binned([(copy.known_at.astimezone(zone), 1) for copy in facts.copies], place, len(labels))
    history = _binned([(at.astimezone(zone), count) for at, count in facts.baseline_hours], place, len(labels))
    spans = facts.baseline_days / facts.window.days if facts.window.days else 0.0
    # Part of a week says nothing of the weekdays it does not hold.
    usual = [count / spans for count in history] if spans > 0.95 else []
    figure, axes = _blank(_TIMES_HEIGHT, left=40)
    name = say.language.say("this day") if period.kind == "daily" else say.language.say("this week")
    axes.bar(range(len(labels)), now, width=0.72, color=_BAR, label=name)
    if usual:
        edges = [at - 0.5 for at in range(len(labels) + 1)]
        said = say.language.say("usual")
        axes.step(edges, [*usual, usual[-1]], where="post", color=_USUAL, lw=1.6, label=said)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    every = 4 if period.kind == "daily" else 1
    axes.set_xticks(range(0, len(labels), every), labels[::every])
    _counts_axis(axes, max([*now, *usual, 1]), say)
    if usual:
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=2, **_LEGEND)
    alt = times_alt(say, period, now, usual)
    return Chart(f"times-{period.kind}-{period.last}@wiretrail", _png(figure), alt, WIDTH_PIXELS, _TIMES_HEIGHT)


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


def uses_chart(facts: DigestFacts, say: Wording, period: Period) -> Chart:
    """How the stories were used: copies per class, the rarest classes together."""
    counts = uses_of(facts)
    names = [say.use(use) for use, _ in counts]
    height = 20 + 26 * max(len(counts), 1)
    figure, axes = _blank(height, left=_label_width(names), below=8)
    places = range(len(counts) - 1, -1, -1)
    bars = axes.barh(places, [count for _, count in counts], height=0.62, color=_BAR)
    axes.bar_label(bars, [f" {say.language.number(count)}" for _, count in counts], color=_INK, fontsize=_LABELS)
    axes.set_yticks(places, names, fontsize=_LABELS)
    axes.set_xlim(0, max([count for _, count in counts] or [1]) * 1.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    alt = say.language.say(
        "How the stories were used, {copies}: {uses}.",
        copies=say.copies(facts.numbers.copies),
        uses=say.uses(counts) or say.language.say("none"),
    )
    return Chart(f"uses-{period.kind}-{period.last}@wiretrail", _png(figure), alt, WIDTH_PIXELS, height)


def uses_of(facts: DigestFacts) -> list[tuple[str, int]]:
    """Copies per class, most first; from the sixth class on they are counted together as "other"."""
    counts = Counter(copy.use if _CLASS.match(copy.use) else "other" for copy in facts.copies).most_common()
    if len(counts) <= _MOST_USES:
        return counts
    return [*counts[: _MOST_USES - 1], ("other", sum(count for _, count in counts[_MOST_USES - 1 :]))]


def _label_width(names: Sequence[str]) -> int:
    """Pixels that the longest of these words takes beside its bar."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    font = FontProperties(size=_LABELS)
    points = max((TextPath((0, 0), name, prop=font).get_extents().width for name in names if name.strip()), default=40)
    return round(points * 100 / 72) + 14


def _labels(say: Wording, period: Period) -> list[str]:
    """What stands under the bars."""
    if period.kind == "daily":
        return [f"{hour:02}:00" for hour in range(24)]
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


def _counts_axis(axes: Axes, highest: float, say: Wording) -> None:
    """Whole numbers at the left, as the language writes them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(0, highest * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: say.language.number(count)))


def _blank(height: int, left: int, below: int = 28) -> tuple[Figure, Axes]:
    """A transparent figure with quiet axes; margins are pixels.

    matplotlib is slow to import and only the digest draws: hence its imports here.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_PIXELS / 100, height / 100), dpi=100 * _SHARPNESS)
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0)
    above = 20 if below > 20 else 4
    axes = figure.add_axes(
        (left / WIDTH_PIXELS, below / height, 1 - (left + 8) / WIDTH_PIXELS, 1 - (above + below) / height)
    )
    axes.patch.set_alpha(0)
    axes.tick_params(colors=_INK, labelsize=_TICKS, length=0, pad=5)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    return figure, axes


def _png(figure: Figure) -> bytes:
    """The picture without the metadata that names the program's version: the same facts give the same bytes."""
    out = io.BytesIO()
    figure.savefig(out, format="png", transparent=True, metadata={"Software": None})
    return out.getvalue()
