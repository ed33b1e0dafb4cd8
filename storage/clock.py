"""What a clock that was wrong for a while left behind, and what is done before anything is let go by it.

Two rules, each stated once. **A stored time that says "not before"** (a poll, a visit, a lease, a pause, a retry) is
believed as far as waits of its kind can reach: one that lies further ahead, or was written at a moment that has not
come yet, was written by a clock that was wrong, and is over. **What destroys by the clock asks twice**: it is done
when jobs also ran about a day ago, so that neither a wrong answer of a time server nor a machine resumed with another
date lets anything expire; an installation that really slept for months waits for its second day, or is told to.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from storage.models import RunRow

LONGEST_WAIT: Final = timedelta(days=8)
"""Retry-After is obeyed for seven days, no feed is polled more rarely, no job may take longer; and some spread."""
MOST_APART: Final = timedelta(minutes=5)
"""By how much the clocks of machines on one database may differ without being wrong."""
SETTLED: Final = timedelta(hours=20)
"""For how long jobs must have run by this clock before it is believed: a nightly job's second night."""
LONGEST_SLEEP: Final = timedelta(days=3)
"""Without a run for longer, either nobody was there or the clock went ahead: a weekend is shorter."""
MOST_BEHIND: Final = timedelta(days=1)
"""So far behind the newest run no job is done: what it saw would count as seen long ago, and expire."""

Column = Any
"""An attribute of a table's class, or an expression of one."""


def is_over(
    until: Column, now: datetime, *, since: Column | None = None, longest: timedelta = LONGEST_WAIT
) -> ColumnElement[bool]:
    """The condition that a stored wait is over. `since` is when it was written, where that is known."""
    said: list[ColumnElement[bool]] = [until <= now, until > now + longest]
    if since is not None:
        said.append(and_(since.is_not(None), is_ahead(since, now)))
    return or_(*said)


def still_waits(
    until: datetime, now: datetime, *, since: datetime | None = None, longest: timedelta = LONGEST_WAIT
) -> bool:
    """The same for one value: whether it is still to be waited for."""
    return now < until <= now + longest and (since is None or since <= now + MOST_APART)


def is_ahead(when: Column, now: datetime) -> ColumnElement[bool]:
    """The condition that something is said to have been done at a moment that has not come yet."""
    condition: ColumnElement[bool] = when > now + MOST_APART
    return condition


def unsettled_since(session: Session, now: datetime) -> datetime | None:
    """When jobs last ran before the clock came to where it is, if that is too lately to let anything go by it.

    None when it can be believed: jobs ran about a day ago by it, or none ever ran before it.
    """
    began = RunRow.started_at
    lately = select(RunRow.id).where(began <= now - SETTLED, began > now - SETTLED - LONGEST_SLEEP)
    if session.scalars(lately.limit(1)).first() is not None:
        return None
    before = select(began).where(began <= now - SETTLED).order_by(began.desc())
    return session.scalars(before.limit(1)).first()
