"""Which stories or outlets a question is about, found from narrow indexes before anything is summed up for them.

A summary view works out every row to give the first fifty. Here the pickups that count are counted alone, in the
table carried; the summaries are then asked for the few that came out first. tests/storage/test_summaries.py holds both
to the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, func, select, text
from sqlalchemy.orm import Session

from storage.models import ArticleVersionRow, CarriedRow, OutletRow, StoryRow

MOST: Final = 2_000
"""Longer lists are cheaper from the whole view; and SQLite takes 32,766 variables a statement."""

COUNTED: Final = ("linked", "confirmed")


def story_facts(only: str | None = None) -> Subquery:
    """What stories are narrowed and ordered by, under the names of the view story_summary; `pickups` null for none.

    Pickups are counted of the story `only`, when one is named.
    """
    query = _counted(CarriedRow.story_id)
    if only is not None:
        query = query.where(CarriedRow.story_id.in_(select(StoryRow.id).where(StoryRow.key == only)))
    counts = query.subquery()
    return (
        select(
            StoryRow.id.label("story_id"),
            StoryRow.key.label("story"),
            StoryRow.agency,
            StoryRow.language,
            StoryRow.filed_at,  # type: ignore[attr-defined]  # made by the composite
            StoryRow.seen_at,
            counts.c.pickups,
        )
        .outerjoin(counts, counts.c.story_id == StoryRow.id)
        .subquery()
    )


def outlet_facts(only: str | None = None) -> Subquery:
    """What outlets are narrowed and ordered by, under the names of the view outlet_summary; `pickups` null for none.

    Pickups are counted of the outlet `only`, when one is named.
    """
    query = _counted(CarriedRow.outlet)
    if only is not None:
        query = query.where(CarriedRow.outlet == only)
    counts = query.subquery()
    return (
        select(OutletRow.id.label("outlet"), OutletRow.country, OutletRow.language, counts.c.pickups)
        .outerjoin(counts, counts.c.outlet == OutletRow.id)
        .subquery()
    )


def superseded() -> Select[Any]:
    """The versions that are no longer current. Written as their index is, so that SQLite reads it."""
    return select(ArticleVersionRow.id).where(text("not article_versions.current"))


def first(
    session: Session, key: ColumnElement[Any], conditions: Sequence[Any], order: Sequence[Any], limit: int
) -> list[Any]:
    """The first keys of a list."""
    return list(session.scalars(select(key).where(*conditions).order_by(*order).limit(limit)))


def _counted(by: Any) -> Select[Any]:
    """How many pickups count, by story or outlet."""
    return select(by, func.count().label("pickups")).where(CarriedRow.certainty.in_(COUNTED)).group_by(by)
