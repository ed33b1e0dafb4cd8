"""What is set aside, whatever table says so, and how a person takes it up again.

set_aside ─ closures, robots.txt, records, files │ feeds, pages: failures in their rows │ refused_files: unreadable
digests: not taken by the server, or perhaps taken ─────────────────────────────────────> one list
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from news.errors import UnknownObjectError
from storage import outbox, set_aside
from storage.agency import refusals
from storage.inserting import changed_by
from storage.models import DigestRow, FeedRow, FetchRow, PageRow, RefusedFileRow, SetAsideRow
from storage.set_aside import KINDS, Kind, SetAside

_GOOD: Final = ("ok", "not modified", "not an article", "redirected")
_FAILING_FEED: Final = and_(FeedRow.active, FeedRow.failures > 0)
_FAILING_PAGE: Final = and_(PageRow.outcome == "failed", PageRow.failures > 0, PageRow.due_at.is_not(None))
_UNSENT: Final = and_(DigestRow.state == "composed", DigestRow.attempts > 0)
_WAITING_DIGEST: Final = or_(_UNSENT, DigestRow.state == "uncertain")


def _is_sitemap(kind: str) -> ColumnElement[bool]:
    return FeedRow.kind == "sitemap" if kind == "sitemap" else FeedRow.kind != "sitemap"


def counted(session: Session) -> dict[Kind, int]:
    """How many of each kind are set aside; kinds of which none is are left out."""
    found: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    rows = select(SetAsideRow.kind, func.count()).group_by(SetAsideRow.kind)
    for kind, count in session.execute(rows):
        found[cast(Kind, kind)] += count
    more: tuple[tuple[Kind, Any, ColumnElement[bool]], ...] = (
        ("feed", FeedRow, _FAILING_FEED & _is_sitemap("feed")),
        ("sitemap", FeedRow, _FAILING_FEED & _is_sitemap("sitemap")),
        ("page", PageRow, _FAILING_PAGE),
        ("file", RefusedFileRow, RefusedFileRow.kind == "unreadable"),
    )
    for kind, table, which in more:
        found[kind] += session.scalar(select(func.count()).select_from(table).where(which)) or 0
    waiting = session.scalars(select(DigestRow).where(_WAITING_DIGEST))
    found["digest"] = len({*set_aside.known(session, "digest"), *map(_name_of, waiting)})
    return {kind: count for kind, count in found.items() if count}


def _name_of(row: DigestRow) -> str:
    return outbox.name_of(row.local_date, row.recipient, row.kind)


def in_words(session: Session) -> str:
    """The same as a sentence; "" when nothing is set aside."""
    found = counted(session).items()
    kinds = ", ".join(f"{count} {kind}{'' if count == 1 or kind == 'robots' else 's'}" for kind, count in found)
    return f"{kinds}: wiretrail aside says why, and when they are tried again" if kinds else ""


def listed(session: Session, kind: Kind | None = None, limit: int = 1000) -> list[SetAside]:
    """What is set aside, kind by kind, the latest failure first; at most so many of each table."""
    found = set_aside.rows(session, kind)
    for only, of_table in _TABLES.items():
        if kind is None or kind in only:
            found += [one for one in of_table(session, limit) if kind in (None, one.kind)]
    # What nobody dated comes last of its kind.
    found.sort(key=lambda one: (KINDS.index(one.kind), -(one.last_at.timestamp() if one.last_at else 0.0), one.name))
    return found[:limit]


def _feeds(session: Session, limit: int) -> Iterator[SetAside]:
    query = select(FeedRow, _since(FeedRow)).where(_FAILING_FEED).order_by(FeedRow.polled_at.desc()).limit(limit)
    for row, since in session.execute(query):
        kind: Kind = "sitemap" if row.kind == "sitemap" else "feed"
        yield SetAside(kind, row.url, row.reason or row.outcome, row.failures, since, row.polled_at, row.due_at)


def _pages(session: Session, limit: int) -> Iterator[SetAside]:
    query = select(PageRow, _since(PageRow)).where(_FAILING_PAGE).order_by(PageRow.fetched_at.desc()).limit(limit)
    for row, since in session.execute(query):
        yield SetAside("page", row.url, row.reason, row.failures, since, row.fetched_at, row.due_at)


def _since(table: type[FeedRow] | type[PageRow]) -> Any:
    """When an address was first asked for in vain after it last was not."""
    good = aliased(FetchRow)
    last_good = select(func.max(good.fetched_at)).where(good.url == table.url, good.outcome.in_(_GOOD)).correlate(table)
    failed = select(func.min(FetchRow.fetched_at)).where(FetchRow.url == table.url, FetchRow.outcome.not_in(_GOOD))
    newer = or_(last_good.scalar_subquery().is_(None), FetchRow.fetched_at > last_good.scalar_subquery())
    return failed.where(newer).correlate(table).scalar_subquery()


def _files(session: Session, limit: int) -> Iterator[SetAside]:
    for file in refusals.listed(session, kind="unreadable", limit=limit):
        yield SetAside("file", file.origin, file.reason, 1, file.refused_at, file.refused_at, None)


def _digests(session: Session, limit: int) -> Iterator[SetAside]:
    query = select(DigestRow).where(_WAITING_DIGEST).order_by(DigestRow.local_date.desc(), DigestRow.id).limit(limit)
    known = set_aside.known(session, "digest")
    for row in session.scalars(query):
        if _name_of(row) in known:  # refused for good: listed as such
            continue
        next_at = outbox.next_try(row) if row.state == "composed" else None
        yield SetAside(
            "digest",
            _name_of(row),
            row.error or "it may have arrived: wiretrail settle decides",
            row.attempts,
            row.composed_at,
            row.sending_at,
            next_at,
        )


_TABLES: Final[dict[tuple[Kind, ...], Callable[[Session, int], Iterator[SetAside]]]] = {
    ("feed", "sitemap"): _feeds,
    ("page",): _pages,
    ("file",): _files,
    ("digest",): _digests,
}


def retry(session: Session, kind: Kind, name: str, now: datetime) -> None:
    """Take one unit up again now. Raises UnknownObjectError for one that is not set aside, or waits for a person."""
    taken = set_aside.clear(session, kind, [name])
    if kind == "page":
        taken += changed_by(session, update(PageRow).where(PageRow.url == name, _FAILING_PAGE).values(due_at=now))
    elif kind in ("feed", "sitemap"):
        taken += changed_by(
            session, update(FeedRow).where(FeedRow.url == name, _FAILING_FEED, _is_sitemap(kind)).values(due_at=now)
        )
    elif kind == "digest":
        taken += sum(
            changed_by(session, update(DigestRow).where(DigestRow.id == row.id).values(sending_at=None))
            for row in session.scalars(select(DigestRow).where(_UNSENT))
            if _name_of(row) == name
        )
    if not taken:
        raise UnknownObjectError(f"no {kind} {name!r} that can be taken up again is set aside{_HINTS.get(kind, '')}")


_HINTS: Final[dict[Kind, str]] = {
    "file": ": a refused file lies in refused/, put it back into its folder, or read it with wiretrail wire",
    "digest": ": one that may have arrived is settled with wiretrail settle",
}


def retry_all(session: Session, now: datetime, kind: Kind | None = None) -> int:
    """Take up again now whatever can be, of one kind or of all; returns how much that is."""
    kinds = KINDS if kind is None else (kind,)
    taken = sum(set_aside.clear(session, each, set_aside.known(session, each)) for each in kinds)
    if "page" in kinds:
        taken += changed_by(session, update(PageRow).where(_FAILING_PAGE).values(due_at=now))
    for each in {"feed", "sitemap"}.intersection(kinds):
        taken += changed_by(session, update(FeedRow).where(_FAILING_FEED, _is_sitemap(each)).values(due_at=now))
    if "digest" in kinds:
        taken += changed_by(session, update(DigestRow).where(_UNSENT).values(sending_at=None))
    return taken
