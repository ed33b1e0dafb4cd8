"""Requests by month: an expired month goes at once, nothing that must stay goes with it, and no row is ever refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text

from jobs import keeping
from jobs.context import Context
from jobs.moving.database_copy import move
from storage import migrate
from storage.crawling import partitions
from storage.engine import open_engine, reading, writing
from storage.models import FetchRow, OutletRow
from tests.jobs.newsdesk import START, context_of

NOW = START
"""The newsdesk's clock shows a day more, 3 March 2026: requests of up to 90 days, 3 December 2025, are kept."""
OUTLET: dict[str, Any] = {"id": "o", "name": "O", "hosts": ["o.example"], "country": "", "zone": "", "language": ""}


@pytest.fixture
def context(postgres_database: str, tmp_path: Path) -> Iterator[Context]:
    opened = context_of(postgres_database, tmp_path)
    add_outlet(opened.engine)
    yield opened
    opened.engine.dispose()


def add_outlet(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(insert(OutletRow).values(OUTLET))


def fetch(engine: Engine, when: datetime, kept_in: str | None = None) -> int:
    values = {"outlet_id": "o", "url": "https://o.example/", "fetched_at": when, "outcome": "ok", "kept_in": kept_in}
    with writing(engine) as session:
        return session.execute(insert(FetchRow).values(values).returning(FetchRow.id)).scalar_one()


def stored(engine: Engine) -> dict[int, str]:
    """Number -> the table the row stands in."""
    with reading(engine) as session:
        return {row.id: row.part for row in session.execute(text("select id, tableoid::regclass part from fetches"))}


def made(engine: Engine) -> list[date]:
    with reading(engine) as session:
        return partitions.months(session)


def empty_months(engine: Engine, *wanted: date) -> None:
    """These months and no others: a database is made for the months of the day of the test."""
    for first in made(engine):
        assert partitions.drop_month(engine, first) == "done"
    for first in wanted:
        assert partitions.make_month(engine, first) == "done"


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def test_a_prune_drops_whole_months_and_makes_those_to_come(context: Context) -> None:
    empty_months(context.engine, date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1))
    for when in (at(2025, 10, 1), at(2025, 11, 30), at(2025, 11, 2)):
        fetch(context.engine, when)
    begun, young = fetch(context.engine, at(2025, 12, 1)), fetch(context.engine, NOW)
    done = keeping.prune(context)
    assert (done.fetch_months, done.fetches) == (2, 0)
    assert stored(context.engine) == {begun: "fetches_2025_12", young: "fetches_2026_03"}, "December has only begun to"
    months = [date(2025, 12, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
    assert made(context.engine) == months
    again = keeping.prune(context)
    assert (again.fetch_months, again.fetches) == (0, 0)
    assert made(context.engine) == months


def test_the_row_of_a_kept_page_stays_and_its_month_with_it(context: Context) -> None:
    empty_months(context.engine, date(2025, 11, 1))
    kept = fetch(context.engine, at(2025, 11, 3), "pages-20251103-m.warc.gz")
    fetch(context.engine, at(2025, 11, 4))
    done = keeping.prune(context)
    assert (done.fetch_months, done.fetches) == (0, 1)
    assert stored(context.engine) == {kept: "fetches_2025_11"}
    with writing(context.engine) as session:
        session.execute(text("update fetches set kept_in = null"))
    assert keeping.prune(context).fetch_months == 1
    assert stored(context.engine) == {}


def test_rows_of_no_month_are_taken_and_expire_one_by_one(context: Context) -> None:
    empty_months(context.engine)
    for when in (at(1971, 1, 1), at(2025, 12, 1)):
        fetch(context.engine, when)
    young = [fetch(context.engine, when) for when in (at(2025, 12, 20), at(9000, 1, 1))]
    assert keeping.prune(context).fetches == 2
    assert stored(context.engine) == dict.fromkeys(young, "fetches_default")
    assert made(context.engine) == [date(2026, month, 1) for month in (3, 4, 5)], "also when none was left"


def test_rows_that_came_before_their_month_move_into_it(context: Context) -> None:
    month = date(2026, 3, 1)
    empty_months(context.engine, date(2026, 2, 1))
    inside = [fetch(context.engine, when) for when in (at(2026, 3, 1), at(2026, 3, 31))]
    outside = fetch(context.engine, at(2026, 4, 1))
    assert partitions.make_month(context.engine, month, most=1) == "left"
    assert stored(context.engine) == dict.fromkeys([*inside, outside], "fetches_default")
    assert partitions.make_month(context.engine, month, most=2) == "done"
    assert stored(context.engine) == dict.fromkeys(inside, "fetches_2026_03") | {outside: "fetches_default"}


def test_while_others_hold_the_table_nothing_is_waited_for_and_rows_go_one_by_one(context: Context) -> None:
    month, pauses = date(2025, 11, 1), list[float]()
    empty_months(context.engine, month)
    old = fetch(context.engine, at(2025, 11, 4))
    with reading(context.engine) as session:
        assert session.scalars(select(FetchRow.id)).all() == [old]
        assert partitions.drop_month(context.engine, month, sleep=pauses.append) == "busy"
        assert partitions.make_month(context.engine, date(2025, 12, 1), sleep=pauses.append) == "busy"
    assert len(pauses) == 2 * partitions.TRIES
    assert stored(context.engine) == {old: "fetches_2025_11"}
    assert partitions.drop_month(context.engine, month) == "done"


def test_an_installation_with_requests_is_divided_and_put_together_again(database_url: str) -> None:
    settings = migrate.alembic_config(database_url)
    command.downgrade(settings, "0011")
    engine = open_engine(database_url)
    add_outlet(engine)
    last_month = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    numbers = [fetch(engine, when) for when in (last_month, at(1971, 1, 1), at(2024, 2, 29), datetime.now(UTC))]
    with writing(engine) as session:
        session.execute(delete(FetchRow).where(FetchRow.id == fetch(engine, NOW)))
    before = rows(engine)
    command.upgrade(settings, "head")
    assert rows(engine) == before
    if engine.dialect.name == "postgresql":
        names = [
            f"fetches_{last_month:%Y_%m}",
            "fetches_default",
            "fetches_2024_02",
            f"fetches_{datetime.now(UTC):%Y_%m}",
        ]
        assert stored(engine) == dict(zip(numbers, names, strict=True))
    assert fetch(engine, NOW) > numbers[-1]
    before = rows(engine)
    command.downgrade(settings, "0011")
    assert rows(engine) == before
    assert made(engine) == []
    assert fetch(engine, NOW) > max(row.id for row in before)
    engine.dispose()


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return list(session.execute(select(FetchRow.__table__).order_by(FetchRow.id)))


def test_a_moved_installation_has_its_requests_in_months(
    sqlite_database: str, postgres_database: str, tmp_path: Path
) -> None:
    source, target = open_engine(sqlite_database), open_engine(postgres_database)
    add_outlet(source)
    when = (at(2024, 12, 31), at(2025, 1, 1), at(1971, 1, 1))
    numbers = [fetch(source, each) for each in when]
    move(sqlite_database, postgres_database)
    assert stored(target) == dict(zip(numbers, ("fetches_2024_12", "fetches_2025_01", "fetches_default"), strict=True))
    assert fetch(target, NOW) == numbers[-1] + 1
    source.dispose()
    target.dispose()


@given(st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001  -- hypothesis wants them naive
def test_every_instant_lies_in_exactly_its_month(when: datetime) -> None:
    aware = when.replace(tzinfo=UTC)
    first = partitions.month_of(aware)
    following = partitions._next(first)
    assert partitions._midnight(first) <= aware < partitions._midnight(following)
    assert following.day == 1
    assert partitions.is_part(partitions._name(first))
    assert not partitions.is_part("fetches")
