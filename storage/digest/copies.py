"""Which copies belong to a window of time: the one rule every count of the daily email stands on.

A copy belongs to the window in which it became known: when both the first version of the article that carries the
story and the story itself had been seen. Not when it was published (known too late, if ever) and not when it was
matched (a new matcher version would move old copies into today's email). So each copy is in exactly one digest,
and asking for an old day again gives that day, not today.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, func, or_, select, union
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.digest.shapes import EVERYTHING, Copy, Scope, Window
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    LicenceRow,
    OutletRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)

COUNTED = ("linked", "confirmed")
CREDITED = ("text", "joint")
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
    "use",
    "share_of_article",
    "share_of_story",
    "credited",
    "credit_text",
    "delay_minutes",
    "delay_earliest",
    "delay_latest",
    "score",
    "matcher_version",
)
"""Fields of Copy that are columns as they stand; the others are worked out from several."""


def copies_in(session: Session, window: Window, scope: Scope = EVERYTHING) -> tuple[Copy, ...]:
    """The window's copies, by story and then in order of knowledge, as they stood at its end."""
    statement = _in_window(
        window,
        scope,
        PickupRow.id.label("pickup_id"),
        PickupRow.story_id,
        StoryRow.key.label("story"),
        StoryRow.origin,
        StoryRow.agency,
        StoryRow.headline.label("story_headline"),
        StoryRow.embargo_until,
        StoryVersionRow.take,
        PickupRow.article_id,
        ArticleRow.outlet_id,
        outlet_name().label("outlet"),
        ArticleRow.canonical_url.label("url"),
        ArticleVersionRow.headline,
        ArticleVersionRow.published,
        PickupRow.certainty,
        judged().label("judgement"),
        PickupRow.use,
        PickupRow.share_of_article,
        PickupRow.share_of_story,
        PickupRow.credited,
        PickupRow.credit_text,
        PickupRow.delay_minutes,
        PickupRow.delay_earliest,
        PickupRow.delay_latest,
        PickupRow.score,
        PickupRow.matcher_version,
    )
    licences = Licences(session)
    rows = session.execute(statement.order_by(StoryRow.key, "known_at", PickupRow.id))
    return tuple(_copy(row, window, licences) for row in rows)


def baseline(session: Session, window: Window, scope: Scope = EVERYTHING) -> list[tuple[datetime, str]]:
    """(known at, outlet) of every copy of the 28 days before the window."""
    before = Window(window.start - BASELINE, window.start)
    return [(row.known_at, row.outlet_id) for row in session.execute(_in_window(before, scope, ArticleRow.outlet_id))]


def of_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """The wanted agencies' stories at the wanted outlets, and never an agency's own site: its pages are filings."""
    foreign = or_(OutletRow.agency == "", OutletRow.agency != StoryRow.agency)
    agencies = [StoryRow.agency.in_(scope.agencies)] if scope.agencies else []
    return [foreign, *agencies, *of_outlets(scope)]


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


def judged(article_url: Any = ArticleRow.canonical_url, story_key: Any = StoryRow.key) -> ColumnElement[str]:
    """What a person said of an article and a story: confirm, reject, or empty."""
    said = select(VerdictRow.judgement).where(VerdictRow.article_url == article_url, VerdictRow.story_key == story_key)
    return func.coalesce(said.scalar_subquery(), "")


def counted() -> ColumnElement[bool]:
    """Whether a pickup counts as a copy: linked and not rejected, or confirmed. As in the view pickup_list."""
    return or_(and_(PickupRow.certainty.in_(COUNTED), judged() != "reject"), judged() == "confirm")


def first_known(before: datetime, *among: ColumnElement[bool]) -> Subquery:
    """Per article and story: when its text was first seen to carry it, and the last version that did, as of then.

    `among` are conditions on pickups that keep the question small; they must not part versions of one article.
    """
    return (
        select(
            PickupRow.article_id,
            PickupRow.story_id,
            func.min(ArticleVersionRow.seen_at).label("first_seen_at"),
            func.max(ArticleVersionRow.number).label("number"),
        )
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .where(ArticleVersionRow.seen_at < before, counted(), *among)
        .group_by(PickupRow.article_id, PickupRow.story_id)
        .subquery()
    )


def joined(first: Subquery, *columns: Any) -> Select[Any]:
    """A select of `columns` over copies, each with the pickup of its last version."""
    same_version = and_(ArticleVersionRow.article_id == first.c.article_id, ArticleVersionRow.number == first.c.number)
    same_pickup = and_(PickupRow.version_id == ArticleVersionRow.id, PickupRow.story_id == first.c.story_id)
    return (
        select(*columns)
        .select_from(first)
        .join(StoryRow, StoryRow.id == first.c.story_id)
        .join(ArticleVersionRow, same_version)
        .join(PickupRow, same_pickup)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .join(ArticleRow, ArticleRow.id == first.c.article_id)
        .join(OutletRow, OutletRow.id == ArticleRow.outlet_id)
    )


class Licences:
    """What each outlet may use of each agency, by day. Nothing said means "unknown"."""

    def __init__(self, session: Session) -> None:
        self._rows: defaultdict[tuple[str, str], list[LicenceRow]] = defaultdict(list)
        for row in session.scalars(select(LicenceRow)):
            self._rows[row.outlet_id, row.agency].append(row)

    def on(self, day: date, outlet_id: str, agency: str) -> str:
        """ "unknown", "none" or the terms in force; where two rows overlap, the one that began later holds."""
        valid = [
            row
            for row in self._rows.get((outlet_id, agency), ())
            if (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)
        ]
        if not valid:
            return "unknown"
        return max(valid, key=lambda row: row.valid_from or date.min).terms


def not_after(published: Moment, first_seen_at: datetime) -> datetime:
    """The latest instant of publication the evidence allows: a stated bound or instant, or our own first sight.

    An instant whose zone nobody stated bounds nothing: it may be off by a day.
    """
    stated = published.latest or (published.at if published.zone != "unknown" else None)
    return min(stated, first_seen_at) if stated else first_seen_at


def _known_at(first: Subquery) -> ColumnElement[datetime]:
    """The later of two instants. `max` and `greatest` differ between the databases; a case does not."""
    return case((first.c.first_seen_at >= StoryRow.seen_at, first.c.first_seen_at), else_=StoryRow.seen_at)


def _touched(window: Window) -> ColumnElement[bool]:
    """Whether a pickup's article, or its story, was new in the window in any part: others cannot belong to it."""
    seen = select(ArticleVersionRow.article_id).where(
        ArticleVersionRow.seen_at >= window.start, ArticleVersionRow.seen_at < window.end
    )
    told = (
        select(PickupRow.article_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .where(StoryRow.seen_at >= window.start, StoryRow.seen_at < window.end)
    )
    return PickupRow.article_id.in_(union(seen, told))


def _in_window(window: Window, scope: Scope, *columns: Any) -> Select[Any]:
    first = first_known(window.end, _touched(window))
    known_at = _known_at(first)
    return joined(first, known_at.label("known_at"), first.c.first_seen_at, *columns).where(
        known_at >= window.start, known_at < window.end, *of_scope(scope)
    )


def _copy(row: Row[Any], window: Window, licences: Licences) -> Copy:
    published: Moment = row.published
    out_by = published.latest or published.at
    day = (published.at or row.first_seen_at).date()
    return Copy(
        **{name: getattr(row, name) for name in _STORED},
        published_at=published.at,
        not_after=not_after(published, row.first_seen_at),
        certainty="confirmed" if row.judgement == "confirm" else row.certainty,
        licence=licences.on(day, row.outlet_id, row.agency),
        late=row.first_seen_at < window.start or (out_by is not None and out_by < window.start),
    )
