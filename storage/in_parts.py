"""Values in lists short enough for one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

BOUND = 5_000
"""Values in one IN list; SQLite takes 32,766 variables a statement."""

T = TypeVar("T")


def in_parts(values: Collection[T]) -> Iterator[list[T]]:
    """The values in order, in lists short enough for one IN list on SQLite."""
    ordered = sorted(values)  # type: ignore[type-var]  # ids and keys: ints or strings
    for start in range(0, len(ordered), BOUND):
        yield ordered[start : start + BOUND]
