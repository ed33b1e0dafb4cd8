"""The questions people ask, each as one function over the views: so that command, page, email and SQL agree.

Only the current version of an article counts, only pickups that are linked or confirmed unless `certainty` asks for
others, and none that a person rejected. Rows come in an order that is the same on both databases and every time.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeVar, cast

from sqlalchemy import ColumnElement, FromClause, Select, Text, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from storage import summaries
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
)
from storage.models import ArticleRow, ArticleVersionRow, CarriedRow, NoticeRow, OutletRow, StoryRow
from storage.summaries import COUNTED as COUNTED
from storage.summaries import MOST
from storage.view_definitions import OUTLET_SUMMARY as OUTLETS
from storage.view_definitions import STORY_SUMMARY as STORIES
from storage.view_shapes import for_dialect
from storage.views import CRAWL_HEALTH, CREDIT_GAPS, OPEN_NOTICES, OUTLET_SUMMARY, PICKUP_LIST, STORY_SUMMARY, scoped

T = TypeVar("T")
Grouping = Literal["outlet", "agency", "desk", "hour"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer is narrowed to; None is no narrowing. `since` and `until` are instants, `until` excluded.

    Times are the published instant, else a bound, else when the article was first seen. `language` "en" includes
    "en-GB". `certainty` empty means linked and confirmed. `licence` is that in force: "unknown", "none" or its terms.
    `newer_than` leaves only rows of a higher number (pickup, story or notice): what came since somebody's last look.
    """

    agency: str | None = None
    outlet: str | None = None
    country: str | None = None
    language: str | None = None
    use: str | None = None
    credited: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    certainty: tuple[str, ...] = ()
    licence: str | None = None
    story: str | None = None
    limit: int | None = None
    newer_than: int | None = None


EVERYTHING: Final = Filters()
CARRIED: Final = CarriedRow.__table__
"""What is only counted or summed up is read here: the view's rows and names, without the tables joined for display."""


def pickups(session: Session, filters: Filters = EVERYTHING) -> list[Pickup]:
    """Who carries what: in order of publication, undated ones last."""
    query = _of_pickups(select(PICKUP_LIST), filters)
    return [pickup_of(row) for row in session.execute(_in_time_order(session, query).limit(filters.limit))]


def possible_pickups(session: Session, filters: Filters = EVERYTHING) -> list[Pickup]:
    """Links that wait for a person's yes or no, the likeliest first."""
    query = _of_pickups(select(PICKUP_LIST), replace(filters, certainty=("possible",)))
    likeliest = (PICKUP_LIST.c.score.desc(), _text_order(session, PICKUP_LIST.c.url), PICKUP_LIST.c.story)
    return [pickup_of(row) for row in session.execute(query.order_by(*likeliest).limit(filters.limit))]


def stories(session: Session, filters: Filters = EVERYTHING, *, untaken: bool = False) -> list[Story]:
    """Stories and how far they went, the most taken first; with `untaken` those nobody took, the newest first."""
    few = filters.story is not None or (filters.limit or MOST) < MOST
    facts = summaries.story_facts(filters.story) if few else STORY_SUMMARY
    conditions = _story_conditions(facts, filters)
    if untaken:
        conditions.append(func.coalesce(facts.c.pickups, 0) == 0)
    view: FromClause = STORY_SUMMARY
    if few:
        order = _story_order(session, facts, untaken=untaken)
        ids = summaries.first(session, facts.c.story_id, conditions, order, filters.limit or 1)
        if not ids:
            return []
        view, conditions = scoped(STORIES, session.get_bind().dialect.name, ids), []
    query = select(view).where(*conditions).order_by(*_story_order(session, view, untaken=untaken))
    return [_row_to(Story, row, {"filed": "filed_at"}) for row in session.execute(query.limit(filters.limit))]


def _story_conditions(facts: FromClause, filters: Filters) -> list[ColumnElement[bool]]:
    when = func.coalesce(facts.c.filed_at, facts.c.seen_at)
    conditions = [*_text_filters(facts, filters), *_time_filters(when, filters)]
    if filters.newer_than is not None:
        conditions.append(facts.c.story_id > filters.newer_than)
    if any((filters.outlet, filters.country, filters.use, filters.credited, filters.licence)):
        # Stories are narrowed by who took them, whenever they took them.
        takers = replace(filters, since=None, until=None, language=None, newer_than=None)
        conditions.append(facts.c.story_id.in_(_of_pickups(select(CARRIED.c.story_id), takers)))
    return conditions


def _story_order(session: Session, facts: FromClause, *, untaken: bool) -> list[Any]:
    newest = [func.coalesce(facts.c.filed_at, facts.c.seen_at).desc(), _text_order(session, facts.c.story)]
    return newest if untaken else [func.coalesce(facts.c.pickups, 0).desc(), *newest]


def outlets(session: Session, filters: Filters = EVERYTHING) -> list[OutletAnswer]:
    """Outlets, what they published and what of it is agency text; over all time, see agency_shares for less."""
    view: FromClause = OUTLET_SUMMARY
    conditions = _text_filters(view, filters)
    if filters.outlet is not None or (filters.limit or MOST) < MOST:
        facts = summaries.outlet_facts(filters.outlet)
        found = _text_filters(facts, filters)
        ids = summaries.first(session, facts.c.outlet, found, _outlet_order(session, facts), filters.limit or 1)
        if not ids:
            return []
        view, conditions = scoped(OUTLETS, session.get_bind().dialect.name, ids), []
    query = select(view).where(*conditions).order_by(*_outlet_order(session, view)).limit(filters.limit)
    return [_row_to(OutletAnswer, row, {"name": "outlet_name"}) for row in session.execute(query)]


def _outlet_order(session: Session, facts: FromClause) -> list[Any]:
    return [func.coalesce(facts.c.pickups, 0).desc(), _text_order(session, facts.c.outlet)]


def agency_shares(session: Session, filters: Filters = EVERYTHING) -> list[AgencyShare]:
    """By outlet and agency: which share of the outlet's articles is its text. The most used agency first."""
    facts = CARRIED
    order = (_text_order(session, facts.c.outlet), func.sum(facts.c.covered_words).desc(), facts.c.agency)
    query = select(
        facts.c.outlet,
        facts.c.agency,
        func.count().label("pickups"),
        func.count(facts.c.story_id.distinct()).label("stories"),
        func.count(facts.c.article_id.distinct()).label("carriers"),
        func.sum(facts.c.covered_words).label("covered"),
    )
    grouped = _of_pickups(query, filters).group_by(facts.c.outlet, facts.c.agency).order_by(*order)
    carried = session.execute(grouped.limit(filters.limit)).all()
    # Only of the outlets listed: what they published is counted article by article.
    whole = {row.outlet: row for row in session.execute(_published(filters, {row.outlet for row in carried}))}
    return [
        AgencyShare(
            outlet=row.outlet,
            agency=row.agency,
            pickups=row.pickups,
            stories=row.stories,
            words=int(row.covered),
            articles=whole[row.outlet].articles,
            share_of_articles=row.carriers / whole[row.outlet].articles,
            share_of_words=min(1.0, int(row.covered) / max(1, int(whole[row.outlet].words))),
        )
        for row in carried
    ]


def credit_gaps(session: Session, filters: Filters = EVERYTHING) -> list[CreditGap]:
    """Pickups whose text credit does not name the agency, the longest copies first. `filters.credited` is the gap."""
    view = CREDIT_GAPS
    conditions = [*_text_filters(view, filters), *_time_filters(view.c.placed_at, filters)]
    if filters.credited:
        conditions.append(view.c.gap == filters.credited)
    if filters.newer_than is not None:
        conditions.append(view.c.pickup_id > filters.newer_than)
    order = (view.c.covered_words.desc(), _text_order(session, view.c.url), view.c.story)
    rows = session.execute(select(view).where(*conditions).order_by(*order).limit(filters.limit))
    return [_row_to(CreditGap, row, {"use": "class", "words": "covered_words", "placed": "placed_at"}) for row in rows]


def unlicensed(session: Session, filters: Filters = EVERYTHING) -> list[Unlicensed]:
    """Copies for which the licence table says none, then those for which nobody said, by outlet and agency."""
    groups = (CARRIED.c.outlet, CARRIED.c.agency, CARRIED.c.licence)
    uncredited = func.sum(case((CARRIED.c.credited == "none", 1), else_=0)).label("uncredited")
    copies, words = func.count().label("copies"), func.sum(CARRIED.c.covered_words).label("words")
    query = _of_pickups(select(*groups, copies, words, uncredited), filters).group_by(*groups)
    found = query.where(CARRIED.c.licence.in_(("none", "unknown"))).subquery()
    order = (found.c.licence, found.c.copies.desc(), _text_order(session, found.c.outlet), found.c.agency)
    named = select(found, OutletRow.name).join(OutletRow, OutletRow.id == found.c.outlet).order_by(*order)
    return [
        Unlicensed(row.outlet, row.name, row.agency, row.licence, row.copies, int(row.words), int(row.uncredited))
        for row in session.execute(named.limit(filters.limit))
    ]


def delays(session: Session, filters: Filters = EVERYTHING, *, by: Grouping = "outlet") -> list[Delays]:
    """How soon, by outlet, agency, desk (first word of the slugline) or hour of publication (UTC); quickest first."""
    group = _GROUPS[by](session.get_bind().dialect.name).label("grouped")
    asked = _of_pickups(select(group, CARRIED.c.delay_minutes), filters).where(CARRIED.c.delay_minutes.is_not(None))
    found: dict[str, list[float]] = defaultdict(list)
    # Sorted here: window functions take four times as long over 57,000 pickups, and quartiles no database has alike.
    for name, minutes in session.execute(asked):
        found[name].append(minutes)
    rows = [_delays_of(name, sorted(minutes)) for name, minutes in found.items()]
    key: Callable[[Delays], Any] = (lambda r: r.group) if by == "hour" else (lambda r: (r.median_minutes, r.group))
    return sorted(rows, key=key)[: filters.limit]


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
    return [
        OpenNotice(
            notice=row.notice,
            kind=row.kind,
            story=row.story,
            agency=row.agency,
            outlet=row.outlet,
            article=row.article,
            url=row.url,
            state=row.state,
            since=row.since,
            open_minutes=_minutes(row.opened_at, now),
            text=row.text,
            evidence=row.evidence,
        )
        for row in session.execute(select(view).where(*conditions).order_by(*order).limit(filters.limit))
    ]


def health(session: Session, filters: Filters = EVERYTHING) -> list[Health]:
    """Every outlet's feeds and pages, those with failing feeds first."""
    view = CRAWL_HEALTH
    names = {
        "name": "outlet_name",
        "polled": "polled_at",
        "found": "found_at",
        "fetched": "fetched_at",
        "last_article": "last_article_at",
    }
    query = select(view).where(*_text_filters(view, filters))
    order = (view.c.failing_feeds.desc(), view.c.failing_pages.desc(), _text_order(session, view.c.outlet))
    return [_row_to(Health, row, names) for row in session.execute(query.order_by(*order).limit(filters.limit))]


def pickup_of(row: Any) -> Pickup:
    """A row of the view pickup_list as an answer."""
    bounds = (row.delay_earliest, row.delay_latest)
    names = {"use": "class", "published": "published_at"}
    values = {"delay_bounds": None if bounds == (None, None) else bounds, "reasons": tuple(row.reasons)}
    return _row_to(Pickup, row, names, values)


def _row_to(kind: type[T], row: Any, names: dict[str, str], values: dict[str, Any] | None = None) -> T:
    """A row as one of the answers, field by field; `names` are the columns called otherwise than their field."""
    known = values or {}
    mapping = row._mapping
    asked = [field.name for field in fields(cast(Any, kind))]
    return kind(**{name: known[name] if name in known else mapping[names.get(name, name)] for name in asked})


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


def _published(filters: Filters, outlets_: Collection[str]) -> Any:
    """What each of these outlets published in the time asked for."""
    version = ArticleVersionRow.__table__.c
    when = func.coalesce(
        version.published_at, version.published_earliest, version.published_latest, ArticleRow.first_seen_at
    )
    return (
        select(
            ArticleRow.outlet_id.label("outlet"), func.count().label("articles"), func.sum(version.words).label("words")
        )
        .join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
        .where(ArticleVersionRow.id.not_in(summaries.superseded()))
        .where(ArticleRow.outlet_id.in_(outlets_), *_time_filters(when, filters))
        .group_by(ArticleRow.outlet_id)
    )


_GROUPS: Final[dict[str, Callable[[str], ColumnElement[str]]]] = {
    "outlet": lambda _dialect: CARRIED.c.outlet,
    "agency": lambda _dialect: CARRIED.c.agency,
    "desk": lambda _dialect: CARRIED.c.desk,
    "hour": lambda dialect: literal_column(for_dialect("utc_hour(carried.placed_at)", dialect), Text()),
}


def _delays_of(group: str, minutes: Sequence[float]) -> Delays:
    return Delays(
        group=group,
        pickups=len(minutes),
        least_minutes=minutes[0],
        quarter_minutes=minutes[(len(minutes) - 1) // 4],
        median_minutes=statistics.median(minutes),
        three_quarters_minutes=minutes[(len(minutes) - 1) * 3 // 4],
    )


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60
