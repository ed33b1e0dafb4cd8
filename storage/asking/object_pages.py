"""What the pages show beyond the questions: takes, moments with their evidence, credit habits, weeks, searches.

Counts come from storage.asking.questions, so that page, command and email agree; the few made here because a page must
be quick are held equal to those by tests/site. All read only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from news.articles import Moment
from news.errors import UnknownObjectError
from news.terms import CERTAINTIES, COUNTED
from storage.answers import Pickup, answer
from storage.asking.object_rows import (
    DrawnPickup,
    Feed,
    Habit,
    NoticeState,
    PickupFacts,
    Take,
    Visit,
    Week,
)
from storage.in_parts import in_parts
from storage.matches.licences import Licence, listed
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
    FeedRow,
    NoticeStateRow,
    OutletRow,
    PageRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)
from storage.totals import outlet_totals
from storage.views.making import PICKUP_LIST, every_pickup

_FILED_AT: Final = StoryRow.__table__.c.filed_at
_MONDAY: Final = timedelta(days=1)


def takes(session: Session, story: str) -> list[Take]:
    """The takes of a story, in order. Raises UnknownObjectError when no such story is stored."""
    rows = session.scalars(
        select(StoryVersionRow)
        .join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        .where(StoryRow.key == story)
        .order_by(StoryVersionRow.take, StoryVersionRow.id)
    ).all()
    if not rows and not has_story(session, story):
        raise UnknownObjectError(f"no story {story!r} is stored")
    return [
        Take(
            take=row.take,
            take_id=row.take_id or "",
            revision=row.revision,
            headline=row.headline,
            filed=row.filed,
            status=row.status,
            status_at=row.status_at,
            notice=row.notice,
            usage_terms=row.usage_terms,
            words=row.words,
            received_at=row.received_at,
            received_from=row.received_from,
        )
        for row in rows
    ]


def drawn_pickups(session: Session, story: str, limit: int) -> list[DrawnPickup]:
    """The counted pickups of a story as the time line draws them, in the order of questions.pickups."""
    view = PICKUP_LIST
    query = (
        select(view, PickupRow.spans, PickupRow.edits, StoryVersionRow.words.label("story_words"))
        .join(PickupRow, PickupRow.id == view.c.pickup_id)
        .join(StoryVersionRow, StoryVersionRow.id == view.c.story_version_id)
        .where(view.c.story == story, view.c.certainty.in_(COUNTED))
        .order_by(view.c.undated, view.c.placed_at, view.c.outlet, view.c.url)
        .limit(limit)
    )
    return [_drawn(row) for row in session.execute(query)]


def pickup_facts(session: Session, article: str, story: str) -> PickupFacts:
    """What stands around the pickup of `story` at `article` (address or imported id), whatever its certainty.

    Raises UnknownObjectError when the article carries no such story.
    """
    view = every_pickup(session.get_bind().dialect.name)
    query = (
        select(view, ArticleVersionRow, StoryVersionRow, StoryRow.status, OutletRow.zone, VerdictRow)
        .join(ArticleVersionRow, ArticleVersionRow.id == view.c.version_id)
        .join(StoryVersionRow, StoryVersionRow.id == view.c.story_version_id)
        .join(StoryRow, StoryRow.id == view.c.story_id)
        .join(OutletRow, OutletRow.id == view.c.outlet)
        .outerjoin(VerdictRow, and_(VerdictRow.article_url == view.c.url, VerdictRow.story_key == view.c.story))
        .where(or_(view.c.url == article, view.c.article == article), view.c.story == story)
        .where(view.c.certainty != "superseded")
    )
    row = session.execute(query).first()
    if row is None:
        raise UnknownObjectError(f"no pickup of {story!r} at {article!r}")
    page = session.scalars(select(PageRow).where(PageRow.article_id == row.article_id).order_by(PageRow.id)).first()
    return _pickup_facts(row, page, _many(session, ArticleVersionRow.article_id, row.article_id), _takes(session, row))


def newest_pickups(session: Session, limit: int, outlet: str | None = None) -> list[Pickup]:
    """The counted pickups whose article was seen last, newest first."""
    view = PICKUP_LIST
    query = select(view).where(view.c.certainty.in_(COUNTED))
    query = query.order_by(view.c.first_seen_at.desc(), view.c.url, view.c.story).limit(limit)
    newest = select(ArticleRow.id).order_by(ArticleRow.first_seen_at.desc()).limit(limit * 50)
    if outlet:
        query, newest = query.where(view.c.outlet == outlet), newest.where(ArticleRow.outlet_id == outlet)
    # Nearly always the newest few hundred articles hold enough; only else are all of them sorted.
    rows = session.execute(query.where(view.c.article_id.in_(newest.scalar_subquery()))).all()
    if len(rows) < limit:
        rows = session.execute(query).all()
    return [answer(Pickup, row) for row in rows]


def placed_between(session: Session, since: datetime, until: datetime) -> Sequence[CarriedRow]:
    """Every pickup placed in a time, counted or possible: read once, so that the first page need not ask ten times."""
    query = select(CarriedRow).where(CarriedRow.certainty.in_(CERTAINTIES))
    return session.scalars(query.where(CarriedRow.placed_at >= since, CarriedRow.placed_at < until)).all()


def stories_between(session: Session, since: datetime, until: datetime) -> tuple[int, int]:
    """How many stories were filed, else first seen, in a time; and how many of them nobody took."""
    when = func.coalesce(_FILED_AT, StoryRow.seen_at)
    ids = set(session.scalars(select(StoryRow.id).where(when >= since, when < until)))
    view = PICKUP_LIST
    taken: set[int] = set()
    for part in in_parts(ids):
        query = select(view.c.story_id).where(view.c.story_id.in_(part), view.c.certainty.in_(COUNTED))
        taken |= set(session.scalars(query))
    return len(ids), len(ids - taken)


def habits(session: Session, outlet: str, column: str) -> list[Habit]:
    """Counted pickups of an outlet by agency and by `column` of pickup_list: "credited" or "class"."""
    found = [Habit(*counted) for counted in outlet_totals.habits(session, outlet, column)]
    return sorted(found, key=lambda habit: (habit.agency, -habit.pickups, habit.what))


def weeks(session: Session, outlet: str, now: datetime, many: int = 12) -> list[Week]:
    """The last weeks of an outlet, oldest first, the present one last; by when its articles were first seen."""
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - now.weekday() * _MONDAY
    first = monday - (many - 1) * 7 * _MONDAY
    carrying = select(PICKUP_LIST.c.article_id).where(
        PICKUP_LIST.c.outlet == outlet, PICKUP_LIST.c.certainty.in_(COUNTED), PICKUP_LIST.c.first_seen_at >= first
    )
    carriers = set(session.scalars(carrying))
    query = select(ArticleRow.id, ArticleRow.first_seen_at).where(
        ArticleRow.outlet_id == outlet, ArticleRow.first_seen_at >= first
    )
    articles: Counter[int] = Counter()
    agency: Counter[int] = Counter()
    for id_, seen in session.execute(query):
        week = (seen - first).days // 7
        articles[week] += 1
        agency[week] += id_ in carriers
    return [Week(first + at * 7 * _MONDAY, articles[at], agency[at]) for at in range(many)]


def feeds(session: Session, outlet: str) -> list[Feed]:
    """The feeds of an outlet, failing ones first."""
    query = select(FeedRow).where(FeedRow.outlet_id == outlet)
    return [
        Feed(
            url=row.url,
            kind=row.kind,
            active=row.active,
            polled=row.polled_at,
            found=row.found_at,
            interval_minutes=row.interval_minutes,
            failures=row.failures,
            outcome=row.outcome,
            reason=row.reason,
        )
        for row in session.scalars(query.order_by(FeedRow.failures.desc(), FeedRow.url).limit(200))
    ]


def visits(session: Session, outlet: str | None, outcome: str | None, limit: int | None) -> list[Visit]:
    """Known pages, the last visited first; `outcome` as in the table pages, or "unfetched" for those never visited.

    As many as the view crawl_health counts of that kind.
    """
    query = select(PageRow)
    if outlet:
        query = query.where(PageRow.outlet_id == outlet)
    if outcome == "unfetched":
        query = query.where(PageRow.visits == 0, PageRow.failures == 0)
    elif outcome:
        query = query.where(PageRow.outcome == outcome)
    query = query.order_by(PageRow.fetched_at.is_(None), PageRow.fetched_at.desc(), PageRow.id.desc()).limit(limit)
    return [
        Visit(row.outlet_id, row.url, row.outcome, row.reason, row.failures, row.fetched_at, row.due_at)
        for row in session.scalars(query)
    ]


def licences(session: Session, outlet: str) -> list[Licence]:
    """What is on record about an outlet's licences, the newest first."""
    rows = [row for row in listed(session) if row.outlet == outlet]
    return sorted(rows, key=lambda row: (row.agency, row.valid_from is not None, row.valid_from), reverse=True)


def notice_states(session: Session, notice: int) -> list[NoticeState]:
    """What each article that was checked did after a notice."""
    query = (
        select(NoticeStateRow, ArticleRow)
        .join(ArticleRow, ArticleRow.id == NoticeStateRow.article_id)
        .where(NoticeStateRow.notice_id == notice)
        .order_by(NoticeStateRow.since, ArticleRow.canonical_url)
    )
    return [
        NoticeState(
            outlet=article.outlet_id,
            article=article.import_id or article.canonical_url,
            url=article.canonical_url,
            state=state.state,
            since=state.since,
            checked=state.checked_at,
        )
        for state, article in session.execute(query)
    ]


def outlet_names(session: Session) -> dict[str, str]:
    """Every outlet's id and display name."""
    return {id_: name or id_ for id_, name in session.execute(select(OutletRow.id, OutletRow.name))}


def has_story(session: Session, story: str) -> bool:
    """Whether a story of this name is stored."""
    return session.scalars(select(StoryRow.id).where(StoryRow.key == story)).first() is not None


def is_empty(session: Session) -> bool:
    """Whether neither an article nor a story is stored."""
    return not any(session.scalars(select(table.id).limit(1)).first() for table in (ArticleRow, StoryRow))


def story_headlines(session: Session, stories: Collection[str]) -> dict[str, str]:
    """Headlines of stories by name."""
    query = select(StoryRow.key, StoryRow.headline).where(StoryRow.key.in_(stories))
    return {row.key: row.headline for row in session.execute(query)}


def article_headlines(session: Session, names: Collection[str]) -> dict[str, str]:
    """Present headlines of articles, by address and by imported id."""
    query = (
        select(ArticleRow.canonical_url, ArticleRow.import_id, ArticleVersionRow.headline)
        .join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
        .where(ArticleVersionRow.current, or_(ArticleRow.canonical_url.in_(names), ArticleRow.import_id.in_(names)))
    )
    return {name: headline for url, id_, headline in session.execute(query) for name in (url, id_) if name}


def agency_codes(session: Session) -> list[str]:
    """Every agency of which a story is stored."""
    return sorted(session.scalars(select(StoryRow.agency).distinct()))


def _drawn(row: Any) -> DrawnPickup:
    return DrawnPickup(
        pickup=answer(Pickup, row),
        spans=tuple(row.spans),
        story_words=row.story_words,
        substantive_edits=sum(bool(edit.get("substantive")) for edit in row.edits),
    )


def _takes(session: Session, row: Any) -> int:
    return _many(session, StoryVersionRow.story_id, row.story_id)


def _many(session: Session, column: InstrumentedAttribute[int], value: int) -> int:
    return session.scalar(select(func.count()).where(column == value)) or 0


def _pickup_facts(row: Any, page: PageRow | None, versions: int, takes_: int) -> PickupFacts:
    version, take, verdict = row.ArticleVersionRow, row.StoryVersionRow, row.VerdictRow
    return PickupFacts(
        outlet_name=row.outlet_name,
        outlet_zone=row.zone,
        certainty=row.certainty,
        licence=row.licence,
        credit_text=row.credit_text,
        matcher_version=row.matcher_version,
        story_headline=row.story_headline,
        story_status=row.status,
        take=take.take,
        takes=takes_,
        filed=take.filed,
        received_at=take.received_at,
        received_from=take.received_from,
        version=version.number,
        versions=versions,
        byline=version.byline,
        dateline=version.dateline,
        language=version.language,
        published=version.published,
        modified=version.modified,
        listed=page.listed if page else Moment(),
        found_in=page.found_in if page else "",
        first_seen_at=row.first_seen_at,
        last_seen_at=version.last_seen_at,
        content_sha256=version.content_sha256,
        story_sha256=take.content_sha256,
        text_expired_at=version.pruned_at,
        story_expired_at=take.pruned_at,
        judgement=verdict.judgement if verdict else "",
        judged_by=verdict.judged_by if verdict else "",
        judged_at=verdict.judged_at if verdict else None,
        note=verdict.note if verdict else "",
    )
