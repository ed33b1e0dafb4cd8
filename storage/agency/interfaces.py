"""How far agencies' interfaces were read, and when they are to be asked again.

The row is written in one transaction with what was read: killed at any point, a poller goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.names import clean
from storage.clock import still_waits
from storage.inserting import insert_into
from storage.models import InterfaceRow


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything published up to `read_to` is stored; `known` are ids of stored items that will be met again."""

    read_to: datetime | None
    known: Mapping[str, datetime]
    failures: int = 0


def progress(session: Session, name: str) -> Progress:
    """How far an interface was read; nothing yet for one never asked."""
    row = session.get(InterfaceRow, name)
    if row is None:
        return Progress(None, {})
    return Progress(row.read_to, {id_: datetime.fromisoformat(at) for id_, at in row.known}, row.failures)


def advance(session: Session, name: str, reached: Progress, now: datetime) -> None:
    """Write down how far a poll came, beside what it stored."""
    row = _row(session, name, now)
    row.read_to = reached.read_to
    row.known = [[id_, at.isoformat()] for id_, at in sorted(reached.known.items())]
    session.flush()


def end_poll(session: Session, name: str, *, now: datetime, due_at: datetime, reason: str = "") -> None:
    """Write down how a poll ended, well when `reason` is empty, and when the next one is due."""
    row = _row(session, name, now)
    row.polled_at, row.due_at = now, due_at
    row.failures = row.failures + 1 if reason else 0
    row.outcome, row.reason = ("failed", clean(reason)) if reason else ("ok", "")
    session.flush()


def is_due(session: Session, name: str, now: datetime) -> bool:
    """Whether an interface may be asked now; one never asked may."""
    row = session.execute(select(InterfaceRow.due_at, InterfaceRow.polled_at).where(InterfaceRow.name == name)).first()
    return row is None or not still_waits(row.due_at, now, since=row.polled_at)


def trouble(session: Session, name: str) -> str:
    """What went wrong with the last poll of an interface, and how often in a row; "" when it went well."""
    row = session.get(InterfaceRow, name)
    if row is None or not row.failures:
        return ""
    times = "once" if row.failures == 1 else f"{row.failures} times in a row"
    return f"failed {times}, asked again at {row.due_at:%Y-%m-%d %H:%M} UTC: {row.reason}"


def _row(session: Session, name: str, now: datetime) -> InterfaceRow:
    made = insert_into(session, InterfaceRow).values(
        name=name, known=[], due_at=now, failures=0, outcome="new", reason=""
    )
    session.execute(made.on_conflict_do_nothing())
    return session.get_one(InterfaceRow, name, populate_existing=True)
