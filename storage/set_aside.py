"""Units of work that failed: named, counted, and left alone until their next time, while everything else goes on.

    fail ─> row: reason, failures, next time ─> held: passed over until then ─> tried again ─> clear, or fail once more

A unit may have failed by itself, or by taking its process down: then it is found in what that process had in hand
(jobs.in_hand) and counted here by whoever notices. Pages and feeds have failures and a next time in their own rows and
are counted there; what an agency sent that nobody could read stands in refused_files, a digest in its outbox. All of
them are listed here beside each other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast, get_args

from sqlalchemy import ColumnElement, and_, delete, not_, select, update
from sqlalchemy.orm import Session

from news.names import LONGEST_NAME_BYTES, bounded, clean
from storage.clock import is_over
from storage.crawling import blaming
from storage.inserting import insert_into
from storage.models import SetAsideRow

Kind = Literal["closure", "page", "feed", "sitemap", "robots", "record", "file", "digest"]
"""`feed` is every listing that is no sitemap, `record` one of a WARC file, `file` an agency's or one to import."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
FIRST_WAIT: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(days=1)
_LONGEST_REASON: Final = 1_000


@dataclass(frozen=True, slots=True)
class SetAside:
    """A unit that failed. `next_at` None: it waits for a person; `first_at` None: nobody noted since when."""

    kind: Kind
    name: str
    reason: str
    failures: int
    first_at: datetime | None
    last_at: datetime | None
    next_at: datetime | None


def name_of(name: str) -> str:
    """A unit's name as it is kept: what both databases can index. A longer one ends in its digest instead."""
    return bounded(name, LONGEST_NAME_BYTES)


def wait_after(failures: int, *, killed: bool = False) -> timedelta:
    """How long a unit that failed so often in a row is left alone: doubled each time, a day at most.

    The first time its process died with it in hand, it is only under suspicion, and tried again at once: a person may
    have ended the process, or the machine.
    """
    doubled = failures - 1 - killed
    return min(FIRST_WAIT * 2 ** min(doubled, 10), LONGEST_WAIT) if doubled >= 0 else timedelta(0)


def fail(session: Session, kind: Kind, name: str, reason: str, now: datetime, *, killed: bool = False) -> datetime:
    """Set a unit aside, or once more; returns its next time. `killed`: it was in hand when its process ended."""
    name, reason = name_of(name), clean(reason)[:_LONGEST_REASON]
    if kind in ("page", "feed", "sitemap"):
        failures = blaming.failures_of(session, kind == "page", name)
        if failures is not None:
            next_at = now + wait_after(failures + 1, killed=killed)
            blaming.blame(session, kind == "page", name, reason, now, next_at)
            return next_at
    first = {"reason": reason, "failures": 1, "last_at": now, "next_at": now}
    row = insert_into(session, SetAsideRow).values(kind=kind, name=name, first_at=now, **first)
    again = {"reason": reason, "failures": SetAsideRow.failures + 1, "last_at": now}
    upsert = row.on_conflict_do_update(index_elements=["kind", "name"], set_=again)
    failures = session.execute(upsert.returning(SetAsideRow.failures)).scalar_one()
    next_at = now + wait_after(failures, killed=killed)
    session.execute(update(SetAsideRow).where(_are(kind, [name])).values(next_at=next_at))
    return next_at


def held(session: Session, kind: Kind, now: datetime) -> frozenset[str]:
    """The names (as name_of gives them) of units whose next time has not come."""
    return frozenset(waiting(session, kind, now))


def waiting(session: Session, kind: Kind, now: datetime) -> dict[str, datetime]:
    """The same, with that time."""
    over = is_over(SetAsideRow.next_at, now, since=SetAsideRow.last_at, longest=LONGEST_WAIT)
    query = select(SetAsideRow.name, SetAsideRow.next_at).where(SetAsideRow.kind == kind, not_(over))
    return {name: next_at for name, next_at in session.execute(query)}  # noqa: C416  -- a Row is no tuple to mypy


def known(session: Session, kind: Kind) -> frozenset[str]:
    """The names of all units that failed the last time, also of those to be tried again now: clear them if it works."""
    return frozenset(session.scalars(select(SetAsideRow.name).where(SetAsideRow.kind == kind)))


def clear(session: Session, kind: Kind, names: Collection[str]) -> int:
    """It worked: these units are set aside no more. Returns how many were."""
    gone = delete(SetAsideRow).where(_are(kind, [name_of(name) for name in names])).returning(SetAsideRow.name)
    return len(session.execute(gone, execution_options={"synchronize_session": False}).all())


def rows(session: Session, kind: Kind | None = None) -> list[SetAside]:
    """The units that have no row elsewhere, by kind and name."""
    query = select(SetAsideRow).order_by(SetAsideRow.kind, SetAsideRow.name)
    if kind is not None:
        query = query.where(SetAsideRow.kind == kind)
    return [
        SetAside(cast(Kind, row.kind), row.name, row.reason, row.failures, row.first_at, row.last_at, row.next_at)
        for row in session.scalars(query)
    ]


def _are(kind: Kind, names: Collection[str]) -> ColumnElement[bool]:
    return and_(SetAsideRow.kind == kind, SetAsideRow.name.in_(names))
