"""Requests by month: on PostgreSQL `fetches` is divided by the UTC month of `fetched_at`; SQLite keeps one table.

A month that has expired goes as one table, in milliseconds, instead of row by row. What falls into no month that
was made (a clock set wrong, a prune that has not run for months) stands in the default part: no row is ever refused.
Months are made ahead by the nightly prune, and by `wiretrail db copy` for what it brings; backfill writes no requests.

Making and dropping need the table for themselves for a moment. They ask for less time than PostgreSQL's
deadlock_timeout (1 s), so that in a deadlock it is never somebody else's work that is given up.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Engine, extract, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storage.engine import reading, writing
from storage.models import FetchRow

TABLE: Final = FetchRow.__tablename__
AHEAD: Final = 2
"""Months made before they begin: the prune may fail for that long before rows go to the default part."""
MOST_MOVED: Final = 100_000
"""Rows that are taken out of the default part to make their month: about a second in which nobody else can write."""
MOST_MONTHS: Final = 240
SENSIBLE_YEARS: Final = range(1990, 2200)
LOCK_MILLISECONDS: Final = 500
TRIES: Final = 5
_PART: Final = re.compile(rf"{TABLE}_(?:default|(\d{{4}})_(\d{{2}}))")
_LOCK_NOT_AVAILABLE: Final = "55P03"

Outcome = Literal["done", "busy", "left"]
"""Of making or dropping a month: `busy`, others held the table; `left`, rows that must stay are in the way."""
Sleep = Callable[[float], object]


def is_part(name: str) -> bool:
    """Whether a table is a part of the divided one, and so no table of the models."""
    return _PART.fullmatch(name) is not None


def month_of(when: datetime) -> date:
    """The first day of an instant's UTC month."""
    return when.astimezone(UTC).date().replace(day=1)


def is_divided(session: Session) -> bool:
    """Whether this database keeps requests by month."""
    query = "select relkind = 'p' from pg_class where oid = to_regclass(:name)"
    if session.get_bind().dialect.name != "postgresql":
        return False
    return bool(session.execute(text(query), {"name": TABLE}).scalar_one())


def months(session: Session) -> list[date]:
    """The first days of the months there are parts for, in order; none on SQLite."""
    if not is_divided(session):
        return []
    query = "select inhrelid::regclass::text from pg_inherits where inhparent = to_regclass(:name)"
    found = (_PART.fullmatch(name) for name in session.scalars(text(query), {"name": TABLE}))
    return sorted(date(int(part[1]), int(part[2]), 1) for part in found if part and part[1])


def expired_until(session: Session, before: datetime) -> datetime:
    """Up to when rows may be deleted one by one, of those older than `before`.

    A month that has only begun to expire is left alone: deleted day by day, there would be nothing left to drop.
    """
    first = month_of(before)
    return _midnight(first) if first in months(session) else before


def expired_months(session: Session, before: datetime) -> list[date]:
    """The months that ended before then."""
    return [first for first in months(session) if _midnight(_next(first)) <= before]


def months_ahead(session: Session, now: datetime) -> list[date]:
    """Of this month and the next ones, those that have no part yet; none on SQLite."""
    if not is_divided(session):
        return []
    wanted = [month_of(now)]
    for _ in range(AHEAD):
        wanted.append(_next(wanted[-1]))
    return sorted({*wanted} - {*months(session)})


def months_of_rows(session: Session) -> list[date]:
    """The months that have rows in this database; of very many, those with most."""
    year, month = extract("year", FetchRow.fetched_at), extract("month", FetchRow.fetched_at)
    query = select(year, month).group_by(year, month).order_by(func.count().desc()).limit(MOST_MONTHS)
    found = [(int(a), int(b)) for a, b in session.execute(query)]
    return sorted(date(a, b, 1) for a, b in found if a in SENSIBLE_YEARS)


def make_months(engine: Engine, wanted: Iterable[date]) -> None:
    """Make those of these months that are missing, where the table is divided. For a database nobody else uses."""
    with reading(engine) as session:
        missing = sorted({*wanted} - {*months(session)}) if is_divided(session) else []
    for first in missing:
        make_month(engine, first)


def make_month(engine: Engine, first: date, *, most: int = MOST_MOVED, sleep: Sleep = time.sleep) -> Outcome:
    """Make the part of one month; rows of it in the default part move there, unless there are too many."""
    bounds = {"start": _midnight(first), "end": _midnight(_next(first))}
    of_month = f"from {TABLE}_default where fetched_at >= :start and fetched_at < :end"

    def make(session: Session) -> Outcome:
        some = f"select count(*) from (select {of_month} limit {most + 1}) as of_month"  # noqa: S608  -- names of ours
        rows = session.execute(text(some), bounds).scalar_one()
        if rows > most:
            return "left"
        if rows:
            session.execute(text(f"create temporary table moving on commit drop as select * {of_month}"), bounds)
            session.execute(text(f"delete {of_month}"), bounds)
        span = f"from ('{first:%Y%m%d}T000000Z') to ('{_next(first):%Y%m%d}T000000Z')"
        session.execute(text(f"create table {_name(first)} partition of {TABLE} for values {span}"))
        if rows:
            session.execute(text(f"insert into {TABLE} select * from moving"))  # noqa: S608  -- a name of ours
        return "done"

    return _alone(engine, make, sleep)


def drop_month(engine: Engine, first: date, *, sleep: Sleep = time.sleep) -> Outcome:
    """Remove one month whole, unless a row of it must stay: one whose page is kept."""
    name = _name(first)
    kept = text(f"select exists (select from {name} where kept_in is not null)")  # noqa: S608  -- a name of ours

    def drop(session: Session) -> Outcome:
        if session.execute(kept).scalar_one():
            return "left"
        session.execute(text(f"drop table {name}"))
        return "done"

    with reading(engine) as session:
        if session.execute(kept).scalar_one():
            return "left"
    return _alone(engine, drop, sleep)


def _alone(engine: Engine, work: Callable[[Session], Outcome], sleep: Sleep) -> Outcome:
    """Do `work` in one transaction that nobody else reads or writes the table in; try a few times to get there."""
    for _ in range(TRIES):
        try:
            with writing(engine) as session:
                session.execute(text(f"set local lock_timeout = {LOCK_MILLISECONDS}"))
                session.execute(text(f"lock table {TABLE} in access exclusive mode"))
                return work(session)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
        sleep(1.0)
    return "busy"


def _name(first: date) -> str:
    return f"{TABLE}_{first:%Y_%m}"


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
