"""What notices ask for and what articles did since: the facts a judgement needs, and where it is written down.

jobs.notices.noticing judges. Here are read: every notice still watched with the wrong text and the right one, and of
every article that carried its story all versions and visits. Here are written: states, when a notice closed, and
which pages are looked at sooner because of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from news.articles import Moment
from news.terms import COUNTED
from storage.clock import is_ahead
from storage.in_parts import in_parts
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
    FetchRow,
    NoticeRow,
    NoticeStateRow,
    PageRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)

WATCHED: Final = timedelta(days=3)
"""How long after a notice new copies are still expected: until then it can open again."""
KEPT_UP: Final = timedelta(days=30)
"""How long an open notice is asked about."""
AGAIN: Final = timedelta(hours=6)
"""An open notice is judged again so often though nothing new was fetched: embargoes lift, watches end."""
_GOOD: Final = ("ok", "not modified")


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the agency, as filed."""

    headline: str
    paragraphs: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """A notice. `wrong` is the text it speaks of, `right` the one that replaced it; either may not be known."""

    id: int
    story_id: int
    story: str
    kind: str
    text: str
    opened_at: datetime
    embargo_until: datetime | None
    wrong: Words | None
    right: Words | None


@dataclass(frozen=True, slots=True)
class VersionLook:
    """What an article said, and whether that carries the story (counted, not rejected by a person)."""

    number: int
    seen_at: datetime
    last_seen_at: datetime
    headline: str
    paragraphs: tuple[str, ...]
    language: str
    published: Moment
    modified: Moment
    carries: bool


@dataclass(frozen=True, slots=True)
class PageLook:
    """The last visit of one of an article's addresses, and since when visits end so.

    `noindexed_at` is the first of the visits in a row, up to the last, in which the page asked search engines to leave
    it out, when it had not asked for that before; a page that always did says nothing by it.
    """

    outcome: str
    fetched_at: datetime
    reason: str
    since: datetime
    noindexed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleLook:
    """Everything seen of an article that was taken to carry a story. Versions in order of sight, at least one.

    `used_by` is the latest instant at which the story's text can have first stood there; None when none counts.
    """

    article_id: int
    first_seen_at: datetime
    versions: tuple[VersionLook, ...]
    pages: tuple[PageLook, ...]
    used_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What an article did after a notice; `minutes` from the notice until it complied, or None."""

    article_id: int
    state: str
    since: datetime
    checked_at: datetime
    minutes: float | None
    evidence: str


def are_waiting(session: Session, now: datetime) -> bool:
    """Whether a notice has not been judged yet, or a page it concerns was visited since."""
    never = select(NoticeRow.id).where(NoticeRow.checked_at.is_(None))
    lifted = and_(NoticeRow.embargo_until <= now, NoticeRow.checked_at < NoticeRow.embargo_until)
    again = select(NoticeRow.id).where(
        _is_open(now), or_(NoticeRow.checked_at <= now - AGAIN, is_ahead(NoticeRow.checked_at, now), lifted)
    )
    visited = (
        select(NoticeRow.id)
        .join(PickupRow, PickupRow.story_id == NoticeRow.story_id)
        .join(PageRow, PageRow.article_id == PickupRow.article_id)
        .outerjoin(
            NoticeStateRow,
            and_(NoticeStateRow.notice_id == NoticeRow.id, NoticeStateRow.article_id == PickupRow.article_id),
        )
        .where(
            _is_open(now),
            NoticeRow.kind != "embargo",
            PageRow.fetched_at > func.coalesce(NoticeStateRow.checked_at, NoticeRow.opened_at),
        )
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in (never, again, visited))


def watched(session: Session, now: datetime) -> list[NoticeFacts]:
    """Notices to judge: new ones, open ones, and closed ones to which a new copy may still come."""
    recent = NoticeRow.opened_at >= now - WATCHED
    query = (
        select(NoticeRow, StoryRow.key)
        .join(StoryRow, StoryRow.id == NoticeRow.story_id)
        .where(or_(NoticeRow.checked_at.is_(None), _is_open(now), recent))
        .order_by(NoticeRow.id)
    )
    return [_facts(session, notice, key) for notice, key in session.execute(query).all()]


def looks(session: Session, story_id: int) -> list[ArticleLook]:
    """Every article with a pickup of the story, in order of number."""
    carried = session.scalars(select(CarriedRow).where(CarriedRow.story_id == story_id)).all()
    carrying = {row.version_id: row.judged in COUNTED for row in carried}
    used_by = {row.article_id: row.used_by for row in carried if row.judged in COUNTED}
    articles = {row.article_id for row in carried}
    found: list[ArticleLook] = []
    for some in in_parts(articles):
        versions = _versions(session, some, carrying)
        pages = _pages(session, some)
        rows = session.execute(select(ArticleRow.id, ArticleRow.first_seen_at).where(ArticleRow.id.in_(some)))
        found += [
            ArticleLook(id_, first, tuple(versions[id_]), tuple(pages.get(id_, ())), used_by.get(id_))
            for id_, first in rows
        ]
    session.expunge_all()
    return sorted(found, key=lambda look: look.article_id)


def record(
    session: Session, notice_id: int, states: Sequence[State], *, closed_at: datetime | None, now: datetime
) -> int:
    """Make the rows of a notice say what was judged; returns how many articles are in another state than before."""
    query = select(NoticeStateRow).where(NoticeStateRow.notice_id == notice_id)
    rows = {row.article_id: row for row in session.scalars(query)}
    changed = 0
    for state in states:
        row = rows.pop(state.article_id, None)
        if row is None:
            row = NoticeStateRow(notice_id=notice_id, article_id=state.article_id, state="")
            session.add(row)
        changed += row.state != state.state
        row.state, row.since, row.checked_at = state.state, state.since, state.checked_at
        row.minutes, row.evidence = state.minutes, state.evidence
    session.execute(delete(NoticeStateRow).where(NoticeStateRow.id.in_([row.id for row in rows.values()])))
    session.execute(update(NoticeRow).where(NoticeRow.id == notice_id).values(closed_at=closed_at, checked_at=now))
    session.flush()
    return changed


def hasten(
    session: Session, article_ids: Collection[int], *, opened_at: datetime, wait: timedelta, now: datetime
) -> int:
    """Make pages of these articles due: at once when not visited since `opened_at`, else `wait` after their last visit.

    Pages due earlier stay so, pages we may not ask are left alone. Returns how many were moved. Nothing has to be
    undone when the notice closes: the visit itself puts the page back on its usual course.
    """
    moved = 0
    for some in in_parts(article_ids):
        pages = select(PageRow).where(PageRow.article_id.in_(some), PageRow.outcome != "refused").order_by(PageRow.id)
        for page in session.scalars(pages):
            visited = page.fetched_at is not None and page.fetched_at >= opened_at
            due_at = page.fetched_at + wait if visited and page.fetched_at else now
            if page.due_at is None or page.due_at > due_at:
                page.due_at = due_at
                moved += 1
    session.flush()
    return moved


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(NoticeRow.closed_at.is_(None), NoticeRow.opened_at >= now - KEPT_UP)


def _facts(session: Session, notice: NoticeRow, key: str) -> NoticeFacts:
    query = select(StoryVersionRow).where(StoryVersionRow.story_id == notice.story_id).order_by(StoryVersionRow.take)
    takes = list(session.scalars(query))
    place = next((n for n, take in enumerate(takes) if take.id == notice.story_version_id), None)
    wrong = right = None
    if place is not None:
        came_with_it = takes[place].content_sha256 == notice.content_sha256
        old, new = (place - 1, place) if came_with_it else (place, place + 1)
        wrong = _words(takes[old]) if old >= 0 else None
        right = _words(takes[new]) if new < len(takes) else None
    return NoticeFacts(
        notice.id,
        notice.story_id,
        key,
        notice.kind,
        notice.text,
        notice.opened_at,
        notice.embargo_until,
        wrong,
        right,
    )


def _words(take: StoryVersionRow) -> Words:
    return Words(take.headline, tuple(take.paragraphs or ()), take.language)


def _versions(session: Session, article_ids: list[int], carrying: Mapping[int, bool]) -> dict[int, list[VersionLook]]:
    found: dict[int, list[VersionLook]] = defaultdict(list)
    query = select(ArticleVersionRow).where(ArticleVersionRow.article_id.in_(article_ids))
    for row in session.scalars(query.order_by(ArticleVersionRow.article_id, ArticleVersionRow.number)):
        found[row.article_id].append(
            VersionLook(
                number=row.number,
                seen_at=row.seen_at,
                last_seen_at=row.last_seen_at,
                headline=row.headline,
                paragraphs=tuple(row.paragraphs or ()),
                language=row.language,
                published=row.published,
                modified=row.modified,
                carries=carrying.get(row.id, False),
            )
        )
    return found


def _pages(session: Session, article_ids: list[int]) -> dict[int, list[PageLook]]:
    found: dict[int, list[PageLook]] = defaultdict(list)
    query = select(PageRow).where(PageRow.article_id.in_(article_ids), PageRow.fetched_at.is_not(None))
    pages = list(session.scalars(query.order_by(PageRow.id)))
    noindexed = _noindexed(session, [page.url for page in pages if page.outcome in _GOOD])
    for page in pages:
        if page.fetched_at is not None:
            since = page.fetched_at if page.outcome in _GOOD else _since(session, page.url, page.fetched_at)
            look = PageLook(page.outcome, page.fetched_at, page.reason, since, noindexed.get(page.url))
            found[page.article_id or 0].append(look)
    return found


def _noindexed(session: Session, urls: list[str]) -> dict[str, datetime]:
    """The addresses that began to ask search engines to leave them out, and when we first saw it."""
    found: dict[str, datetime] = {}
    row = FetchRow
    for some in in_parts(urls):
        asking = select(row.url, func.max(row.fetched_at).label("at")).where(row.url.in_(some), row.noindex.is_(False))
        last_listed: dict[str, datetime] = {one.url: one.at for one in session.execute(asking.group_by(row.url))}
        hidden = select(row.url, row.fetched_at).where(row.url.in_(list(last_listed)), row.noindex.is_(True))
        for url, fetched_at in session.execute(hidden.order_by(row.fetched_at.desc())):
            if fetched_at > last_listed[url]:
                found[url] = fetched_at
    return found


def _since(session: Session, url: str, fetched_at: datetime) -> datetime:
    """The first of the visits in a row that ended without a page, up to the last one."""
    good = select(func.max(FetchRow.fetched_at)).where(FetchRow.url == url, FetchRow.outcome.in_(_GOOD))
    last_good = session.scalar(good)
    bad = select(func.min(FetchRow.fetched_at)).where(FetchRow.url == url)
    if last_good is not None:
        bad = bad.where(FetchRow.fetched_at > last_good)
    return session.scalar(bad) or fetched_at
