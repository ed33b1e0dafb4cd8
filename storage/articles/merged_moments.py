"""What two looks at the same text say together about when it was published: nothing known is lost to a blank.

Pages lose and gain dates: an import has none, the crawl reads one, a redesign drops it, a feed gives another. The
result does not depend on which look came first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from news.articles import Moment

_ZONES: Final = ("stated", "outlet", "unknown")
# Evidence nearest to the outlet's own data first; a time in running text may belong to another story.
_SOURCES: Final = (
    "filing",
    "json-ld",
    "meta",
    "time element",
    "import",
    "sitemap",
    "feed",
    "visible text",
    "address",
    "first listed",
    "first seen",
    "none",
)


def merge(one: Moment, other: Moment) -> Moment:
    """The better-founded of the two instants, within the bounds both allow.

    An instant beats none, a stated zone beats the outlet's beats an unknown one, then the nearer source, then the
    earlier time: an outlet that redates an unchanged text has not published it anew.
    """
    best, second = sorted((one, other), key=_rank)
    earliest = _bound(best.earliest, second.earliest, max)
    latest = _bound(best.latest, second.latest, min)
    if (earliest and latest and earliest > latest) or _contradicts(best.at, earliest, latest):
        return best
    return Moment(best.at, earliest, latest, best.source, best.zone)


def place_in_time(moment: Moment) -> datetime | None:
    """The best known time: the instant, else a bound."""
    return moment.at or moment.earliest or moment.latest


def _rank(moment: Moment) -> tuple[bool, bool, int, int, tuple[str, str, str]]:
    return (
        moment.at is None,
        place_in_time(moment) is None,
        _ZONES.index(moment.zone),
        _SOURCES.index(moment.source),
        (_sortable(moment.at), _sortable(moment.earliest), _sortable(moment.latest)),
    )


def _sortable(when: datetime | None) -> str:
    """Text that sorts as the instants do, with nothing known last."""
    return when.isoformat() if when else "~"


def _bound(
    one: datetime | None, other: datetime | None, tighter: Callable[[datetime, datetime], datetime]
) -> datetime | None:
    if one is None or other is None:
        return one or other
    return tighter(one, other)


def _contradicts(at: datetime | None, earliest: datetime | None, latest: datetime | None) -> bool:
    return at is not None and bool((earliest and at < earliest) or (latest and at > latest))
