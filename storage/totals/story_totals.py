"""Stories and how far they went: which come first, and what their pickups sum up to. From packed columns, as sums."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from news.terms import COUNTED
from storage.answers import Story
from storage.filters import Filters
from storage.in_parts import in_parts
from storage.models import StoryRow, StoryVersionRow
from storage.quantiles import quantile
from storage.totals import selection
from storage.totals.packing import NEVER, Array, Reader, instant

_FIELDS: Final = ("story_id", "certainty", "outlet", "credited", "used_at", "sighted_at", "delay_minutes")


def stories(session: Session, filters: Filters, *, untaken: bool) -> list[Story]:
    """Stories, the most taken first; with `untaken` those nobody took, the newest first."""
    reader = Reader(session)
    found = selection.stories(reader, filters)
    taken = selection.pickups(reader, Filters(certainty=(*COUNTED, "possible")), *_FIELDS)
    counted = selection.where(reader, taken, "certainty", COUNTED.__contains__)
    size = 1 + max(int(columns["story_id"].max(initial=0)) for columns in (found, taken))
    counts = np.bincount(taken["story_id"][counted], minlength=size)[found["story_id"]]
    ids, order = _first(found["story_id"], counts, found["known_at"], filters.limit, untaken=untaken)
    wanted = np.zeros(size, bool)
    wanted[ids] = True
    rows = wanted[taken["story_id"]]
    sums = _sums(reader, {name: values[rows] for name, values in taken.items()})
    named = sorted(_rows(session, ids), key=lambda row: (order[row.id], row.key))
    takes = _takes(session, ids)
    return [_answer(row, takes.get(row.id, 0), sums.get(row.id, _NOBODY)) for row in named[: filters.limit]]


def _first(
    ids: Array, counts: Array, known_at: Array, limit: int | None, *, untaken: bool
) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """The first stories in order, with those level with the last of them, and what each is ordered by."""
    if untaken:
        ids, counts, known_at = (values[counts == 0] for values in (ids, counts, known_at))
    best = np.lexsort((-known_at, -counts))
    if limit is not None and limit < len(best):
        last = best[limit - 1]
        level = (counts == counts[last]) & (known_at == known_at[last])
        best = np.union1d(best[:limit], np.flatnonzero(level))
    found: list[int] = ids[best].tolist()
    keys = zip((-counts[best]).tolist(), (-known_at[best]).tolist(), strict=True)
    return found, dict(zip(found, keys, strict=True))


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the pickups of a story sum up to; `first` is outlet, instant and delay of the first use."""

    pickups: int = 0
    possible: int = 0
    outlets: int = 0
    uncredited: int = 0
    first: tuple[str | None, Any, float | None] = (None, None, None)
    median: float | None = None


_NOBODY: Final = _Sums()


def _sums(reader: Reader, columns: selection.Columns) -> dict[int, _Sums]:
    """By story."""
    names = reader.names("outlet")
    # Outlets of the same instant stand in the order of their names.
    ranks = np.empty(len(names), "i8")
    ranks[np.argsort(np.array(names, object))] = np.arange(len(names))
    counted = selection.where(reader, columns, "certainty", COUNTED.__contains__)
    uncredited = selection.where(reader, columns, "credited", "none".__eq__)
    unknown = columns["used_at"] == NEVER
    when = np.where(unknown, columns["sighted_at"], columns["used_at"])
    order = np.lexsort((columns["delay_minutes"], ranks[columns["outlet"]], when, unknown, columns["story_id"]))
    found: dict[int, _Sums] = {}
    for story, rows in _groups(columns["story_id"][order], order):
        ours = rows[counted[rows]]
        minutes = columns["delay_minutes"][ours]
        known = np.sort(minutes[~np.isnan(minutes)])
        found[story] = _Sums(
            pickups=len(ours),
            possible=len(rows) - len(ours),
            outlets=len(np.unique(columns["outlet"][ours])),
            uncredited=int(uncredited[ours].sum()),
            first=_first_of(columns, names, ours),
            median=quantile(known, 0.5) if len(known) else None,
        )
    return found


def _first_of(columns: selection.Columns, names: Any, ours: Array) -> tuple[str | None, Any, float | None]:
    if not len(ours):
        return None, None, None
    first = ours[0]
    delay, used_at = float(columns["delay_minutes"][first]), columns["used_at"][first]
    return (
        names[columns["outlet"][first]],
        None if used_at == NEVER else instant(used_at),
        None if np.isnan(delay) else delay,
    )


def _groups(story: Array, order: Array) -> Iterator[tuple[int, Array]]:
    """Each story with its rows, in order; `story` is sorted."""
    ids, starts = np.unique(story, return_index=True)
    for id_, start, end in zip(ids.tolist(), starts, np.append(starts, len(order))[1:], strict=True):
        yield id_, order[start:end]


def _rows(session: Session, ids: Collection[int]) -> Iterator[Any]:
    columns = (StoryRow.id, StoryRow.key, StoryRow.origin, StoryRow.agency, StoryRow.headline, StoryRow.slugline)
    filed: Any = StoryRow.__table__.c.filed_at
    query = select(*columns, StoryRow.language, StoryRow.status, filed)
    for part in in_parts(ids):
        yield from session.execute(query.where(StoryRow.id.in_(part)))


def _takes(session: Session, ids: Collection[int]) -> Mapping[int, int]:
    found: dict[int, int] = {}
    for part in in_parts(ids):
        query = select(StoryVersionRow.story_id, func.count()).where(StoryVersionRow.story_id.in_(part))
        found |= {id_: many for id_, many in session.execute(query.group_by(StoryVersionRow.story_id))}  # noqa: C416  -- a Row is no tuple to mypy
    return found


def _answer(row: Any, takes: int, sums: _Sums) -> Story:
    outlet, at, delay = sums.first
    return Story(
        story=row.key,
        origin=row.origin,
        agency=row.agency,
        headline=row.headline,
        slugline=row.slugline,
        language=row.language,
        status=row.status,
        filed=row.filed_at,
        takes=takes,
        pickups=sums.pickups,
        possible=sums.possible,
        outlets=sums.outlets,
        uncredited=sums.uncredited,
        first_outlet=outlet,
        first_at=at,
        first_delay_minutes=delay,
        median_delay_minutes=sums.median,
    )
