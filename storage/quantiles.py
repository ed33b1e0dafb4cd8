"""The one way a median or quartile is taken, in Python and in SQL: linear interpolation, as numpy.quantile does it.

Of 23 and 46 minutes the median is 34.5, the first quartile 28.75, the third 40.25.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def quantile(ordered: Any, share: float) -> float:
    """The value below which this share of some values lies; 0.5 is the median. `ordered` is a list or an array."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    weight = place - low
    return float(ordered[low]) * (1 - weight) + float(ordered[high]) * weight


def median(values: Sequence[float]) -> float | None:
    """The median of values in any order; None without any."""
    return quantile(sorted(values), 0.5) if values else None


def quantile_sql(value: str, share: float) -> str:
    """The same as an aggregate, where rows have their `place` from 1 and how `many` there are."""
    off = f"abs(place - 1 - (many - 1) * {share})"
    return f"sum({value} * case when {off} < 1 then 1 - {off} else 0 end)"
