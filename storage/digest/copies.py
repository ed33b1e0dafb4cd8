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

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from news.articles import Moment
from news.terms import COUNTED
from storage.digest.shapes import EVERYTHING, Copy, Scope, Window
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
    NoticeRow,
    OutletRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)

BASELINE = timedelta(days=28)


_STORED = (
    "pickup_id",
    "story_id",
    "story",
    "origin",
    "agency",
    "take",
    "story_headline",
    "embargo_until",
    "article_id",
    "outlet_id",
    "outlet",
    "url",
    "headline",
    "known_at",
    "first_seen_at",
    "not_after",
    "use",
    "share_of_article",
    "share_of_story",
    "credited",
    "credit_text",
    "licence",
    "update_minutes",
    "covered_words",
    "delay_minutes",
    "delay_earliest",
    "delay_latest",
    "score",
    "matcher_version",
)
"""Fields of Copy that are columns as they stand; the others are worked out from several."""


def copies_in(session: Session, window: Window, scope: Scope = EVERYTHING) -> tuple[Copy, ...]:
    """The window's copies, by story and then in order of knowledge, as they stood at its end."""
    first = aliased(PickupRow)
    statement = _in_window(
        window,
        scope,
        CarriedRow.known_at,
        CarriedRow.sighted_at.label("first_seen_at"),
        CarriedRow.used_by.label("not_after"),
        CarriedRow.pickup_id,
        CarriedRow.story_id,
        StoryRow.key.label("story"),
        StoryRow.origin,
        StoryRow.agency,
        StoryRow.headline.label("story_headline"),
        func.coalesce(_embargo(), StoryRow.embargo_until).label("embargo_until"),
        StoryVersionRow.take,
        CarriedRow.article_id,
        CarriedRow.outlet.label("outlet_id"),
        outlet_name().label("outlet"),
        ArticleRow.canonical_url.label("url"),
        ArticleVersionRow.headline,
        ArticleVersionRow.published,
        CarriedRow.judged.label("certainty"),
        CarriedRow.use,
        PickupRow.share_of_article,
        PickupRow.share_of_story,
        CarriedRow.credited,
        PickupRow.credit_text,
        CarriedRow.licence,
        CarriedRow.delay_minutes,
        CarriedRow.update_minutes,
        CarriedRow.covered_words,
        first.delay_earliest,
        first.delay_latest,
        CarriedRow.score,
        PickupRow.matcher_version,
    ).join(first, first.id == CarriedRow.first_pickup_id)
    rows = session.execute(statement.order_by(StoryRow.key, CarriedRow.known_at, CarriedRow.pickup_id))
    return tuple(_copy(row, window) for row in rows)


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


def _embargo() -> Any:
    """The last embargo the agency ever put on a story: a later take is usable, and its story's own end is gone."""
    notice = select(func.max(NoticeRow.embargo_until)).where(NoticeRow.story_id == StoryRow.id)
    return notice.where(NoticeRow.kind == "embargo").scalar_subquery()


def _in_window(window: Window, scope: Scope, *columns: Any) -> Select[Any]:
    return carrying(scope, *columns).where(
        CarriedRow.known_at >= window.start, CarriedRow.known_at < window.end, standing(window.end)
    )


def _copy(row: Row[Any], window: Window) -> Copy:
    published: Moment = row.published
    out_by = published.latest or published.at
    return Copy(
        **{name: getattr(row, name) for name in _STORED},
        published_at=published.at,
        certainty=row.certainty,
        late=row.first_seen_at < window.start or (out_by is not None and out_by < window.start),
    )
