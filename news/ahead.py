"""Times that lie ahead of when we had the thing they date: kept as stated, and believed by nobody.

An item filed in 2099 was filed before it came. By its own word it would be the last of its story for ever, whatever the
agency sends after it; so it is placed by when it came.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from news.articles import Moment

TOLERANCE: Final = timedelta(hours=1)
"""By how much another's clock, or an article published ahead of its hour, may be before ours."""
LONGEST_EMBARGO: Final = timedelta(days=366)
"""How far ahead an embargo can reach: budgets and prizes are embargoed for days, anniversaries' texts for months."""


def stated_ahead(moment: Moment, known_at: datetime) -> datetime | None:
    """The time a moment states, where that is later than we knew of the thing it dates; else None."""
    stated = moment.at or moment.earliest
    return stated if stated is not None and stated > known_at + TOLERANCE else None


def believed(moment: Moment, known_at: datetime) -> Moment:
    """The moment, or, where it states a time ahead, only that it was before we knew of it."""
    if stated_ahead(moment, known_at) is None:
        return moment
    earliest = moment.earliest if moment.earliest and moment.earliest <= known_at else None
    return Moment(None, earliest, known_at, moment.source, moment.zone)


def believed_embargo(until: datetime | None, known_at: datetime) -> datetime | None:
    """When an embargo ends; None for one whose end no embargo reaches: then nobody knows."""
    return until if until is None or until <= known_at + LONGEST_EMBARGO else None
