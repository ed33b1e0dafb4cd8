"""Which copies belong to a window of time: read from `carried` (storage.carried), as every count is.

A copy belongs to the window in which it became known: when both the first version of the article that carries the
story and the story itself had been seen. Not when it was published (known too late, if ever) and not when it was
matched (a new matcher version would move old copies into today's email). It is counted as it stood at the window's
end: by the version of the article that was the newest then. So each copy is in at most one digest, and asking for an
old day again gives that day, not today.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from news.terms import COUNTED
from storage.answers import Pickup, answer
from storage.digest.digest_rows import EVERYTHING, Scope, Window
from storage.in_parts import in_parts
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
    OutletRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)
from storage.views.making import every_pickup

BASELINE = timedelta(days=28)


def copies_in(session: Session, window: Window, scope: Scope = EVERYTHING) -> tuple[Pickup, ...]:
    """The window's copies, by story and then in order of knowledge, as they stood at its end."""
    return pickups_of(session, _in_window(window, scope, CarriedRow.pickup_id, CarriedRow.judged))


def pickups_of(session: Session, numbered: Select[Any]) -> tuple[Pickup, ...]:
    """Pickups by a select of their numbers and what they were judged then, by story and in order of knowledge."""
    judged = {number: certainty for number, certainty in session.execute(numbered)}  # noqa: C416  -- a Row is no tuple to mypy
    view = every_pickup(session.get_bind().dialect.name)
    found = [
        answer(Pickup, row, certainty=judged[row.pickup_id])
        for part in in_parts(judged)
        for row in session.execute(select(view).where(view.c.pickup_id.in_(part)))
    ]
    return tuple(sorted(found, key=lambda copy: (copy.story, copy.known_at, copy.pickup_id)))


def baseline(session: Session, window: Window, scope: Scope = EVERYTHING) -> list[tuple[datetime, str]]:
    """(known at, outlet) of every copy of the 28 days before the window."""
    before = Window(window.start - BASELINE, window.start)
    rows = session.execute(_in_window(before, scope, CarriedRow.known_at, CarriedRow.outlet))
    return [(known_at, outlet) for known_at, outlet in rows]


def of_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """The wanted agencies' stories at the wanted outlets."""
    agencies = [StoryRow.agency.in_(scope.agencies)] if scope.agencies else []
    return [*agencies, *of_outlets(scope)]


def of_outlets(scope: Scope) -> list[ColumnElement[bool]]:
    """The wanted outlets."""
    wanted: list[ColumnElement[bool]] = []
    if scope.outlets:
        wanted.append(OutletRow.id.in_(scope.outlets))
    if scope.countries:
        wanted.append(OutletRow.country.in_(scope.countries))
    return wanted


def outlet_name() -> ColumnElement[str]:
    """An outlet's name, or its id where it has none."""
    return func.coalesce(func.nullif(OutletRow.name, ""), OutletRow.id)


def standing(at: datetime) -> ColumnElement[bool]:
    """Whether a row of carried counts by the version that was its article's newest at an instant."""
    later = aliased(ArticleVersionRow)
    superseded = exists().where(
        later.article_id == ArticleVersionRow.article_id,
        later.number > ArticleVersionRow.number,
        later.seen_at < at,
    )
    return and_(CarriedRow.judged.in_(COUNTED), ArticleVersionRow.seen_at < at, ~superseded)


def carrying(scope: Scope, *columns: Any) -> Select[Any]:
    """A select of `columns` over the scope's rows of carried, each with all it is made of."""
    return (
        select(*columns)
        .select_from(CarriedRow)
        .join(PickupRow, PickupRow.id == CarriedRow.pickup_id)
        .join(ArticleVersionRow, ArticleVersionRow.id == CarriedRow.version_id)
        .join(StoryVersionRow, StoryVersionRow.id == CarriedRow.story_version_id)
        .join(StoryRow, StoryRow.id == CarriedRow.story_id)
        .join(ArticleRow, ArticleRow.id == CarriedRow.article_id)
        .join(OutletRow, OutletRow.id == CarriedRow.outlet)
        .where(*of_scope(scope))
    )


def _in_window(window: Window, scope: Scope, *columns: Any) -> Select[Any]:
    return carrying(scope, *columns).where(
        CarriedRow.known_at >= window.start, CarriedRow.known_at < window.end, standing(window.end)
    )
