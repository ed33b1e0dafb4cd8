"""Brings back what a clock wrote that was ahead for a while: nothing was seen, done or sent at a moment to come.

A clock that *is* behind looks the same, and history must not be written anew by it. The numbers of the runs tell them
apart: they go up whatever the clock says. Runs ahead of us with an earlier run before them, which together lasted no
longer than the time since that one, were made while the clock was ahead. A machine that starts in 2015 without a
battery has runs of months ahead of it, and brings nothing back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.clock import MOST_APART, is_ahead
from storage.models import (
    ArchiveRow,
    ArticleRow,
    ArticleVersionRow,
    DigestRow,
    ErasureRow,
    FeedRow,
    FetchRow,
    HoldRow,
    HostRow,
    InterfaceRow,
    LookRow,
    NoticeRow,
    NoticeStateRow,
    PageRow,
    RefusedFileRow,
    RobotsRow,
    RunRow,
    SetAsideRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)
from storage.runs import last_started

OURS: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    *(ArchiveRow.started_at, ArchiveRow.finished_at, ArticleRow.first_seen_at, ArticleRow.last_seen_at),
    *(ArticleVersionRow.seen_at, ArticleVersionRow.last_seen_at, ArticleVersionRow.pruned_at),
    *(DigestRow.composed_at, DigestRow.sending_at, DigestRow.sent_at),
    *(FeedRow.polled_at, FeedRow.read_at, FeedRow.unconditional_at, FeedRow.found_at),
    *(FetchRow.fetched_at, HoldRow.held_at, InterfaceRow.polled_at, LookRow.looked_at),
    *(NoticeRow.checked_at, NoticeRow.closed_at, NoticeStateRow.since, NoticeStateRow.checked_at),
    *(PageRow.found_at, PageRow.fetched_at, RefusedFileRow.refused_at, RobotsRow.fetched_at),
    *(
        RunRow.started_at,
        RunRow.ended_at,
        SetAsideRow.first_at,
        SetAsideRow.last_at,
        StoryRow.seen_at,
        StoryRow.settled_at,
    ),
    *(StoryVersionRow.received_at, StoryVersionRow.pruned_at, VerdictRow.judged_at),
    *(ErasureRow.erased_at, ErasureRow.lifted_at),
)
"""Every stored instant of our own clock that says when something was. Those that say "not before" follow theirs."""
BY_FIRST_SIGHT: Final = (
    *((ArticleVersionRow, f"published_{part}", "published_source") for part in ("at", "earliest", "latest")),
    *((StoryVersionRow, f"filed_{part}", "filed_source") for part in ("at", "earliest", "latest")),
    *((PageRow, f"listed_{part}", "listed_source") for part in ("at", "earliest", "latest")),
)
"""Moments that others state, and which are ours where nothing but our first sight gives them."""


def bring_back(session: Session, now: datetime, *, insist: bool = False) -> int:
    """When the clock was ahead and is right again, set what it wrote to this moment; returns how many values.

    `insist`: somebody says that it is right, whatever the runs tell.
    """
    newest = last_started(session)
    if newest is None or newest <= now + MOST_APART or not (insist or _was_ahead(session, now)):
        return 0
    changed = _not_before(session, now)
    first_seen = (ArticleVersionRow.seen_at, StoryVersionRow.received_at)
    for column in first_seen:  # what they carry, and how late, is judged again
        changed += _set(session, column.class_, [is_ahead(column, now)], {"matched_by": ""})
    for table, name, origin in BY_FIRST_SIGHT:
        ours = getattr(table, origin).in_(("first seen", "first listed"))
        changed += _set(session, table, [ours, is_ahead(getattr(table, name), now)], {name: now})
    for column in OURS:
        changed += _set(session, column.class_, [is_ahead(column, now)], {column.key: now})
    # Whoever composed them reported on days that had not been; theirs are owed when they have.
    unborn = delete(DigestRow).where(DigestRow.local_date > now.date())
    return changed + _count(session, unborn)


def _was_ahead(session: Session, now: datetime) -> bool:
    """Whether what is ahead was made between two moments of ours, in no more time than passed between them."""
    ahead = is_ahead(RunRow.started_at, now)
    first, earliest, latest = session.execute(
        select(func.min(RunRow.id), func.min(RunRow.started_at), func.max(RunRow.started_at)).where(ahead)
    ).one()
    before = select(RunRow.started_at).where(RunRow.id < first).order_by(RunRow.id.desc())
    last = session.scalars(before.limit(1)).first()
    return last is not None and latest - earliest <= now - last + MOST_APART


def _not_before(session: Session, now: datetime) -> int:
    """Polls, visits and pauses that were put off by it are due now."""
    feeds = _set(session, FeedRow, [is_ahead(FeedRow.polled_at, now)], {"due_at": now})
    visited = or_(is_ahead(PageRow.fetched_at, now), is_ahead(PageRow.found_at, now))
    pages = _set(session, PageRow, [visited], {"due_at": now})  # also those it took for too old to visit again
    polled = _set(session, InterfaceRow, [is_ahead(InterfaceRow.polled_at, now)], {"due_at": now})
    tried = _set(session, SetAsideRow, [is_ahead(SetAsideRow.last_at, now)], {"next_at": now})
    of_today: dict[str, Any] = {"day": now.date(), "wait_until": None, "requests": 0}
    return feeds + pages + polled + tried + _set(session, HostRow, [HostRow.day > now.date()], of_today)


def _set(session: Session, table: Any, where: Sequence[ColumnElement[bool]], values: dict[str, Any]) -> int:
    return _count(session, update(table).where(*where).values(values))


def _count(session: Session, statement: Any) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount
