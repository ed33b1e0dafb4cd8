"""Connections: the one place that knows how SQLite and PostgreSQL are opened.

SQLite: a transaction that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT when another wrote between,
whatever the timeout, so every writing transaction begins IMMEDIATE and waits its turn; readers see a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from storage.errors import DatabaseUnreachableError

BUSY_TIMEOUT_MS = 30_000
_READING = {"wiretrail_reading": True}


def open_engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """An engine for a SQLite or PostgreSQL address; nothing is connected yet.

    `foreign_keys=False` is for migrations only: SQLite rebuilds a table by dropping it, which would cascade.
    Raises DatabaseUnreachableError for an address that is neither.
    """
    parsed = _parse(url)
    dumps = partial(json.dumps, ensure_ascii=False)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, json_serializer=dumps, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
        event.listen(engine, "connect", partial(_prepare_sqlite, foreign_keys=foreign_keys))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        options = {"options": "-c timezone=UTC", "connect_timeout": 10}
        engine = create_engine(parsed, json_serializer=dumps, connect_args=options, pool_pre_ping=True)
    event.listen(engine, "handle_error", partial(_name_unreachable, name=display_name(engine)))
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one writing transaction: committed at the end, rolled back on any error. Retries nothing."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment of the database and cannot write to it."""
    options: dict[str, Any] = dict(_READING)
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        yield session


def display_name(engine: Engine) -> str:
    """The database's address without its password, for messages and logs."""
    return engine.url.render_as_string(hide_password=True)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend in ("postgres", "postgresql"):
            # The plain names mean psycopg 3 here, whichever driver SQLAlchemy would choose by itself.
            return parsed.set(drivername="postgresql+psycopg")
        if backend == "sqlite":
            return parsed
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseUnreachableError(f"database address {url!r} cannot be read: {error}") from error
    raise DatabaseUnreachableError(f"database {backend!r} is neither sqlite nor postgresql")


def _prepare_sqlite(connection: Any, _record: object, *, foreign_keys: bool) -> None:
    # The driver's own transactions would begin DEFERRED and late; ours begin in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("wiretrail_reading"):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _name_unreachable(context: ExceptionContext, *, name: str) -> None:
    """An error before any connection stood means that the database is not there: say which, in one line."""
    if context.connection is None and isinstance(context.sqlalchemy_exception, OperationalError):
        reason = str(context.original_exception).strip().splitlines()[0]
        raise DatabaseUnreachableError(f"database {name} cannot be reached: {reason}") from context.original_exception
