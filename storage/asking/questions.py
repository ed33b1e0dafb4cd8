"""The questions people ask, each as one function over the views: so that command, page, email and SQL agree.

Only the current version of an article counts, only pickups that are linked or confirmed unless `certainty` asks for
others, and none that a person rejected. Rows come in an order that is the same on both databases and every time.
What sums up everything is worked out in storage.totals (outlet_totals, story_totals), which need numpy: they are
imported when asked, for most commands ask nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, func, literal_column, or_, select
from sqlalchemy.orm import Session

from news.terms import COUNTED
from storage.answers import (
    AgencyShare,
    CreditGap,
    Delays,
    Health,
    Notice,
    OpenNotice,
    OutletAnswer,
    Pickup,
    Story,
    Unlicensed,
    answer,
)
from storage.filters import EVERYTHING as EVERYTHING
from storage.filters import Filters as Filters
from storage.filters import Grouping as Grouping
from storage.models import CarriedRow, NoticeRow, OutletRow, StoryRow
from storage.views.making import CRAWL_HEALTH, CREDIT_GAPS, OPEN_NOTICES, PICKUP_LIST

CARRIED: Final = CarriedRow.__table__
"""What is only counted is read here: the view's rows and names, without the tables joined for display."""


def pickups(session: Session, filters: Filters = EVERYTHING) -> list[Pickup]:
    """Who carries what: in order of publication, undated ones last."""
    query = _of_pickups(select(PICKUP_LIST), filters)
    if filters.limit is not None and filters.story is None:
        from storage.totals import selection

        query = _of_ids(query, PICKUP_LIST, selection.first_by_time(session, filters))
    return [answer(Pickup, row) for row in session.execute(_in_time_order(session, query).limit(filters.limit))]


def possible_pickups(session: Session, filters: Filters = EVERYTHING) -> list[Pickup]:
    """Links that wait for a person's yes or no, the likeliest first."""
    query = _of_pickups(select(PICKUP_LIST), replace(filters, certainty=("possible",)))
    # Said once more as the index says it: SQLite does not know what a parameter will be.
    query = query.where(PICKUP_LIST.c.certainty == literal_column("'possible'"))
    likeliest = (PICKUP_LIST.c.score.desc(), _text_order(session, PICKUP_LIST.c.url), PICKUP_LIST.c.story)
    return [answer(Pickup, row) for row in session.execute(query.order_by(*likeliest).limit(filters.limit))]


def stories(session: Session, filters: Filters = EVERYTHING, *, untaken: bool = False) -> list[Story]:
    """Stories and how far they went, the most taken first; with `untaken` those nobody took, the newest first."""
    from storage.totals import story_totals

    return story_totals.stories(session, filters, untaken=untaken)


def outlets(session: Session, filters: Filters = EVERYTHING) -> list[OutletAnswer]:
    """Outlets, what they published and what of it is agency text; over all time, see agency_shares for less."""
    from storage.totals import outlet_totals

    return outlet_totals.outlets(session, filters)


def agency_shares(session: Session, filters: Filters = EVERYTHING) -> list[AgencyShare]:
    """By outlet and agency: which share of the outlet's articles is its text. The most used agency first."""
    from storage.totals import outlet_totals

    return outlet_totals.agency_shares(session, filters)


def credit_gaps(session: Session, filters: Filters = EVERYTHING) -> list[CreditGap]:
    """Pickups whose text credit does not name the agency, the longest copies first. `filters.credited` is the gap."""
    view = CREDIT_GAPS
    conditions = [*_text_filters(view, filters), *_time_filters(view.c.placed_at, filters)]
    if filters.credited:
        conditions.append(view.c.gap == filters.credited)
    if filters.newer_than is not None:
        conditions.append(view.c.pickup_id > filters.newer_than)
    query = select(view).where(*conditions)
    if filters.limit is not None and filters.story is None:
        from storage.totals import selection

        query = _of_ids(query, view, selection.longest_gaps(session, filters))
    order = (view.c.covered_words.desc(), _text_order(session, view.c.url), view.c.story)
    rows = session.execute(query.order_by(*order).limit(filters.limit))
    return [answer(CreditGap, row) for row in rows]


def unlicensed(session: Session, filters: Filters = EVERYTHING) -> list[Unlicensed]:
    """Copies for which the licence table says none, then those for which nobody said, by outlet and agency."""
    from storage.totals import outlet_totals

    return outlet_totals.unlicensed(session, filters)


def delays(session: Session, filters: Filters = EVERYTHING, *, by: Grouping = "outlet") -> list[Delays]:
    """How soon, by outlet, agency, desk (first word of the slugline) or hour of publication (UTC); quickest first."""
    from storage.totals import outlet_totals

    return outlet_totals.delays(session, filters, by)


def notices(session: Session, now: datetime, filters: Filters = EVERYTHING) -> list[Notice]:
    """All notices, open ones first, the oldest first: how long they are or were open, and where not applied."""
    still = select(OPEN_NOTICES.c.notice, func.count().label("many")).group_by(OPEN_NOTICES.c.notice).subquery()
    carriers = (
        select(CARRIED.c.story_id, func.count(CARRIED.c.article_id.distinct()).label("many"))
        .where(CARRIED.c.certainty.in_(COUNTED), CARRIED.c.story_id.in_(select(NoticeRow.story_id)))
        .group_by(CARRIED.c.story_id)
        .subquery()
    )
    query = (
        select(NoticeRow, StoryRow.key, StoryRow.agency, carriers.c.many, still.c.many)
        .join(StoryRow, StoryRow.id == NoticeRow.story_id)
        .outerjoin(carriers, carriers.c.story_id == NoticeRow.story_id)
        .outerjoin(still, still.c.notice == NoticeRow.id)
        .order_by(NoticeRow.closed_at.is_not(None), NoticeRow.opened_at, NoticeRow.id)
    )
    if filters.agency:
        query = query.where(func.lower(StoryRow.agency) == filters.agency.lower())
    if filters.story:
        query = query.where(StoryRow.key == filters.story)
    if filters.outlet:
        query = query.where(StoryRow.id.in_(select(CARRIED.c.story_id).where(CARRIED.c.outlet == filters.outlet)))
    if filters.newer_than is not None:
        query = query.where(NoticeRow.id > filters.newer_than)
    query = query.where(*_time_filters(NoticeRow.opened_at, filters)).limit(filters.limit)
    return [
        Notice(
            notice=row.id,
            kind=row.kind,
            story=story,
            agency=agency,
            text=row.text,
            opened=row.opened_at,
            closed=row.closed_at,
            articles=articles or 0,
            not_applied=not_applied or 0,
            open_minutes=_minutes(row.opened_at, row.closed_at or now),
        )
        for row, story, agency, articles, not_applied in session.execute(query)
    ]


def open_notices(session: Session, now: datetime, filters: Filters = EVERYTHING) -> list[OpenNotice]:
    """Where a notice is not applied, and since how many minutes; the longest first."""
    view = OPEN_NOTICES
    conditions = [*_text_filters(view, filters), *_time_filters(view.c.opened_at, filters)]
    if filters.newer_than is not None:
        conditions.append(view.c.notice > filters.newer_than)
    order = (view.c.opened_at, view.c.notice, _text_order(session, view.c.url))
    rows = session.execute(select(view).where(*conditions).order_by(*order).limit(filters.limit))
    return [answer(OpenNotice, row, open_minutes=_minutes(row.opened_at, now)) for row in rows]


def health(session: Session, filters: Filters = EVERYTHING) -> list[Health]:
    """Every outlet's feeds and pages, those with failing feeds first."""
    view = CRAWL_HEALTH
    query = select(view).where(*_text_filters(view, filters))
    order = (view.c.failing_feeds.desc(), view.c.failing_pages.desc(), _text_order(session, view.c.outlet))
    return [answer(Health, row) for row in session.execute(query.order_by(*order).limit(filters.limit))]


def has_outlet(session: Session, outlet: str) -> bool:
    """Whether an outlet of this id is stored."""
    return session.get(OutletRow, outlet) is not None


def _of_pickups(query: Select[Any], filters: Filters) -> Select[Any]:
    """A select over the view pickup_list, or over the table behind it, narrowed to the pickups asked for."""
    (view,) = query.get_final_froms()
    conditions = [*_text_filters(view, filters), *_time_filters(view.c.placed_at, filters)]
    conditions.append(view.c.certainty.in_(filters.certainty or COUNTED))
    if filters.credited:
        conditions.append(view.c.credited == filters.credited)
    if filters.newer_than is not None:
        conditions.append(view.c.pickup_id > filters.newer_than)
    return query.where(*conditions)


def _of_ids(query: Select[Any], view: FromClause, ids: Collection[int] | None) -> Select[Any]:
    """The query narrowed to rows that were found already, when they were."""
    return query if ids is None else query.where(view.c.pickup_id.in_(ids))


def _text_filters(view: FromClause, filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on those columns the view has."""
    codes = {"agency": filters.agency, "country": filters.country, "class": filters.use}
    names = {"outlet": filters.outlet, "story": filters.story, "licence": filters.licence}
    # Names are compared as they are, so that the database can look them up; codes as people type them.
    found = [view.c[name] == value for name, value in names.items() if value and name in view.c]
    found += [func.lower(view.c[name]) == value.lower() for name, value in codes.items() if value and name in view.c]
    if filters.story and "story" not in view.c:
        found.append(view.c.story_id.in_(select(StoryRow.id).where(StoryRow.key == filters.story)))
    if filters.language and "language" in view.c:
        language = func.lower(view.c.language)
        asked = filters.language.lower()
        found.append(or_(language == asked, language.startswith(asked + "-", autoescape=True)))
    return found


def _time_filters(when: Any, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(when >= filters.since)
    if filters.until:
        found.append(when < filters.until)
    return found


def _in_time_order(session: Session, query: Select[Any]) -> Select[Any]:
    view = PICKUP_LIST
    texts = (_text_order(session, view.c[name]) for name in ("outlet", "url", "story"))
    return query.order_by(view.c.undated, view.c.placed_at, *texts)


def _text_order(session: Session, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """By code point, as SQLite sorts: PostgreSQL would sort as its own locale does."""
    return column.collate("C") if session.get_bind().dialect.name == "postgresql" else column


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60
