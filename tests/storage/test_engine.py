"""Connections: settings, waiting for one another, reading without writing."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from storage.columns import clean
from storage.engine import display_name, open_engine, reading, writing
from storage.models import AgencyRow, LeaseRow
from tests.storage.makers import NOON


def test_sqlite_is_set_up_for_one_writer_and_many_readers(sqlite_database: str) -> None:
    engine = open_engine(sqlite_database)
    with writing(engine) as session:
        found = {
            name: session.scalar(text(f"pragma {name}")) for name in ("journal_mode", "synchronous", "busy_timeout")
        }
        assert found == {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 30_000}
        assert session.scalar(text("pragma foreign_keys")) == 1
    engine.dispose()


def test_postgres_speaks_utc(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    with reading(engine) as session:
        assert session.scalar(text("show timezone")) == "UTC"
    engine.dispose()


def add_agency(session: Session, *, then_fail: bool = False) -> None:
    session.add(AgencyRow(code="ZED", name="Zed Wire", country="XX"))
    session.flush()
    if then_fail:
        raise ZeroDivisionError


def test_an_error_rolls_everything_back(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as session:
        add_agency(session, then_fail=True)
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(AgencyRow)) == 0


def test_a_reader_cannot_write_and_a_writer_can_afterwards(engine: Engine) -> None:
    with pytest.raises(DBAPIError), reading(engine) as session:
        add_agency(session)
    with writing(engine) as session:
        add_agency(session)


def test_a_reader_sees_one_moment(engine: Engine) -> None:
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(AgencyRow)) == 0
        with writing(engine) as other:
            other.add(AgencyRow(code="ZED", name="Zed Wire", country="XX"))
        assert session.scalar(select(func.count()).select_from(AgencyRow)) == 0


def test_writers_that_read_first_wait_for_each_other(database_url: str) -> None:
    """With a plain BEGIN this fails at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout."""
    engine = open_engine(database_url)
    with writing(engine) as session:
        session.add(LeaseRow(name="counter", token="0", until=NOON))

    def count() -> None:
        for _ in range(20):
            with writing(engine) as session:
                row = session.scalars(select(LeaseRow).with_for_update()).one()
                row.token = str(int(row.token) + 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as session:
        assert session.scalars(select(LeaseRow.token)).one() == "80"
    engine.dispose()


def test_a_naive_time_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="naive datetime"), writing(engine) as session:
        session.add(LeaseRow(name="x", token="", until=NOON.replace(tzinfo=None)))


def test_a_password_is_not_shown() -> None:
    engine = open_engine("postgresql://ann:secret@db.example/news")
    assert display_name(engine) == "postgresql+psycopg://ann:***@db.example/news"


@pytest.mark.parametrize(("dirty", "cleaned"), [("a\0b", "ab"), ("é\0", "é"), ("\ud800x", "?x"), ("plain", "plain")])
def test_text_is_cleaned(dirty: str, cleaned: str) -> None:
    assert clean(dirty) == cleaned
