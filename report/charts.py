"""The two small pictures of the daily email, drawn with matplotlib's Agg canvas and no window system.

Backgrounds are transparent and every colour is a middle tone, because a mail program in the dark changes what stands
behind a picture but not the picture. Each has an alt text that says what it shows.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Final

from report.wording import many, number, uses
from storage.digest_shapes import DigestFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PIXELS: Final = 592
_INK: Final = "#7d8590"
_BAR: Final = "#3b82c4"
_USUAL: Final = "#d9822b"
_SHARPNESS: Final = 2  # dots per CSS pixel
_HOURS_HEIGHT: Final = 176
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


def hours_chart(facts: DigestFacts, zone: tzinfo, local_date: date) -> Chart:
    """Copies per hour of the reader's day, by when they became known, beside the usual day."""
    today = _per_hour([(copy.known_at.astimezone(zone).hour, 1) for copy in facts.copies])
    history = _per_hour([(at.astimezone(zone).hour, count) for at, count in facts.baseline_hours])
    usual = [count / facts.baseline_days for count in history] if facts.baseline_days else []
    figure, axes = _blank(_HOURS_HEIGHT, left=36)
    axes.bar(range(24), today, width=0.72, color=_BAR, label="this day")
    if usual:
        axes.step([h - 0.5 for h in range(25)], [*usual, usual[-1]], where="post", color=_USUAL, lw=1.6, label="usual")
        axes.legend(loc="upper left", frameon=False, labelcolor=_INK, fontsize=10, handlelength=1.4)
    axes.set_xlim(-0.6, 23.6)
    axes.set_xticks(range(0, 24, 4), [f"{hour:02}:00" for hour in range(0, 24, 4)])
    _whole_numbers(axes)
    axes.set_ylim(0, max([*today, *usual, 1]) * 1.15)
    return Chart(f"hours-{local_date}@wiretrail", _png(figure), hours_alt(today, usual), WIDTH_PIXELS, _HOURS_HEIGHT)


def hours_alt(today: Sequence[float], usual: Sequence[float]) -> str:
    """What the first chart shows, in a sentence."""
    if not any(today):
        return "Copies per hour: none."
    busiest = max(range(24), key=lambda hour: today[hour])
    text = f"Copies per hour: most from {busiest:02}:00 to {busiest + 1:02}:00, {number(today[busiest])}"
    if not any(usual):
        return text + "."
    return f"{text}, where {number(round(usual[busiest], 1))} are usual."


def uses_chart(facts: DigestFacts, local_date: date) -> Chart:
    """How the stories were used: copies per class, the rarest classes together."""
    counts = uses_of(facts)
    height = 36 + 26 * max(len(counts), 1)
    figure, axes = _blank(height, left=76)
    places = range(len(counts) - 1, -1, -1)
    bars = axes.barh(places, [count for _, count in counts], height=0.62, color=_BAR)
    axes.bar_label(bars, [f" {count:,}" for _, count in counts], color=_INK, fontsize=11)
    axes.set_yticks(places, [use for use, _ in counts], fontsize=11)
    axes.set_xlim(0, max([count for _, count in counts] or [1]) * 1.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    total = many(facts.numbers.copies, "copy", "copies")
    alt = f"How the stories were used, {total}: {uses(counts) or 'none'}."
    return Chart(f"uses-{local_date}@wiretrail", _png(figure), alt, WIDTH_PIXELS, height)


def uses_of(facts: DigestFacts) -> list[tuple[str, int]]:
    """Copies per class, most first; from the sixth class on they are counted together as "other"."""
    counts = Counter(copy.use if _CLASS.match(copy.use) else "other" for copy in facts.copies).most_common()
    if len(counts) <= _MOST_USES:
        return counts
    return [*counts[: _MOST_USES - 1], ("other", sum(count for _, count in counts[_MOST_USES - 1 :]))]


def _per_hour(counts: Sequence[tuple[int, int]]) -> list[float]:
    hours = [0.0] * 24
    for hour, count in counts:
        hours[hour] += count
    return hours


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _blank(height: int, left: int) -> tuple[Figure, Axes]:
    """A transparent figure with quiet axes; margins are pixels.

    matplotlib is slow to import and only the digest draws: hence its imports here.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_PIXELS / 100, height / 100), dpi=100 * _SHARPNESS)
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0)
    axes = figure.add_axes((left / WIDTH_PIXELS, 26 / height, 1 - (left + 8) / WIDTH_PIXELS, 1 - 32 / height))
    axes.patch.set_alpha(0)
    axes.tick_params(colors=_INK, labelsize=10, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    return figure, axes


def _png(figure: Figure) -> bytes:
    """The picture without the metadata that names the program's version: the same facts give the same bytes."""
    out = io.BytesIO()
    figure.savefig(out, format="png", transparent=True, metadata={"Software": None})
    return out.getvalue()
