"""Connections: settings, waiting for one another, reading without writing."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.orm import Session

from news.errors import DatabaseUnreachableError
from news.names import clean
from storage.engine import display_name, explain, is_away, open_engine, persist, reading, writing
from storage.models import AgencyRow, LeaseRow
from tests.scale.fleet import ending_idle
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


def test_what_must_be_remembered_is_tried_until_it_is(sqlite_database: str, caplog: pytest.LogCaptureFixture) -> None:
    """The folder of the database is away for two tries; the third one writes, once."""
    engine = open_engine(sqlite_database)
    path = Path(engine.url.database or "")
    away = path.with_name("away.db")
    path.rename(away)
    path.mkdir()  # SQLite would make a missing file anew
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            path.rmdir()
            away.rename(path)

    with caplog.at_level(logging.WARNING):
        persist(engine, add_agency, sleep=wait)
    assert waits == [1.0, 2.0]
    assert caplog.text.count("database.not_writable") == 2
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(AgencyRow)) == 1
    engine.dispose()


def test_patience_ends(sqlite_database: str) -> None:
    engine = open_engine(sqlite_database)
    path = Path(engine.url.database or "")
    path.unlink()
    path.mkdir()
    waits: list[float] = []
    with pytest.raises(DatabaseUnreachableError, match="read-only for this user"):
        persist(engine, add_agency, seconds=60, sleep=waits.append)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_an_error_of_the_work_itself_is_not_repeated(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        persist(engine, lambda session: add_agency(session, then_fail=True), sleep=lambda _: pytest.fail("waited"))


def _fill(session: Session, rows: list[AgencyRow]) -> None:
    session.execute(text("pragma max_page_count = 1"))
    session.add_all(rows)


def test_a_full_file_is_named_with_the_way_out(sqlite_database: str) -> None:
    """A database that may not grow any more, as on a full disk: one line, and what stood there stands."""
    engine = open_engine(sqlite_database)
    with writing(engine) as session:
        add_agency(session)
    many = [AgencyRow(code=f"{number}", name="x" * 500, country="XX") for number in range(2000)]
    with pytest.raises(OperationalError) as caught, writing(engine) as session:
        _fill(session, many)
    assert explain(caught.value) == "database or disk is full: make room on its disk; nothing stored is lost"
    with reading(engine) as session:
        assert session.scalars(select(AgencyRow.code)).all() == ["ZED"]
    engine.dispose()


def test_a_writer_says_that_it_waits_and_waits_on(sqlite_database: str, caplog: pytest.LogCaptureFixture) -> None:
    """Held by another process for longer than SQLite's own patience; the times are made short here."""
    engine = open_engine(sqlite_database, turn_seconds=0.2)
    path = engine.url.database or ""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("begin immediate")
        release = threading.Timer(0.5, lambda: other.execute("rollback"))
        release.start()
        with caplog.at_level(logging.WARNING), writing(engine) as session:
            add_agency(session)
        release.join()
        other.execute("begin immediate")
        with pytest.raises(OperationalError) as caught, writing(engine) as session:
            add_agency(session)
    assert "database.locked: waited 0.2 s for another process" in caplog.text
    assert "another process holds it" in explain(caught.value)
    engine.dispose()


def test_a_transaction_that_was_cut_off_holds_nobody_up(postgres_database: str) -> None:
    """A worker halted in the middle of one kept four others waiting for its locks until it was killed."""
    halted = open_engine(ending_idle(postgres_database, seconds=1)).connect()
    halted.execute(text("lock table outlets in exclusive mode"))
    with writing(open_engine(postgres_database)) as session:
        session.execute(text("set local statement_timeout = '20s'"))
        session.execute(text("lock table outlets in exclusive mode"))
    with pytest.raises(DBAPIError):
        halted.execute(text("select 1"))
    halted.invalidate()
    halted.close()


@pytest.mark.parametrize(
    ("statement", "away"),
    [
        ("select repeat('x', 2000000000)", False),  # over a limit of the program: psycopg calls it operational
        ("select 'x'::timestamptz", False),
        ("insert into agencies (code, name, country) values ('A', 'A', ''), ('A', 'A', '')", False),
        ("select pg_terminate_backend(pg_backend_pid())", True),
        ("set transaction read only; insert into agencies (code, name, country) values ('A', 'A', '')", True),
    ],
)
def test_whether_the_database_is_away_or_refuses_what_it_is_given(
    postgres_database: str, statement: str, away: bool
) -> None:
    raising = pytest.raises((DBAPIError, DatabaseUnreachableError))
    with raising as raised, writing(open_engine(postgres_database)) as session:
        session.execute(text(statement))
    assert is_away(raised.value) is away


def test_a_server_that_became_read_only_is_asked_anew(postgres_database: str) -> None:
    """A connection of before stayed read-only for ever, whoever was the primary by then."""
    engine, other = open_engine(postgres_database), open_engine(postgres_database)
    name = make_url(postgres_database).database
    with other.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'alter database "{name}" set default_transaction_read_only = on'))
        try:
            with pytest.raises(DBAPIError) as caught, writing(engine) as session:
                add_agency(session)
            assert is_away(caught.value)
        finally:
            connection.execute(text(f'alter database "{name}" reset default_transaction_read_only'))
    with writing(engine) as session:
        add_agency(session)
    engine.dispose()
    other.dispose()
