"""Connections: the one place that knows how SQLite and PostgreSQL are opened.

SQLite: a transaction that reads and then writes fails at once with SQLITE_BUSY_SNAPSHOT when another wrote between,
whatever the timeout, so every writing transaction begins IMMEDIATE and waits its turn; readers see a snapshot.
A turn that does not come is said every 30 s, and waited for two minutes: a copy of a large file takes as long.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from news.errors import DatabaseUnreachableError
from news.hiding import HIDDEN, hidden
from news.names import clean

TURN_SECONDS = 30.0
TURNS = 4
"""How many times that long a writing transaction waits to begin."""
PERSIST_SECONDS = 300.0
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_OF_CONTENT = ("22", "23", "54")
"""Classes of SQLSTATE that speak of the data: wrong values, broken constraints, over a limit of the program."""
_READING = {"wiretrail_reading": True}
_READ_ONLY = "25006"
log = logging.getLogger("wiretrail.storage")
CUT_OFF_SECONDS = 300
"""A writing transaction in which nothing happens for so long is ended by the PostgreSQL server: a machine cut off or
halted in the middle of one would hold up everybody else's. `options` in the database's address may say another time."""


def open_engine(
    url: str, *, foreign_keys: bool = True, turn_seconds: float = TURN_SECONDS, named: str = "database_url"
) -> Engine:
    """An engine for a SQLite or PostgreSQL address; nothing is connected yet.

    `foreign_keys=False` is for migrations only: SQLite rebuilds a table by dropping it, which would cascade.
    `named` is where the address was written, for messages. Raises DatabaseUnreachableError for one that is neither.
    """
    parsed = _parse(url, named)
    if parsed.get_backend_name() == "sqlite":
        engine = _made(parsed, named, json_serializer=as_json, connect_args={"timeout": turn_seconds})
        event.listen(engine, "connect", partial(_prepare_sqlite, foreign_keys=foreign_keys))
        event.listen(engine, "begin", partial(_begin_sqlite, turn_seconds=turn_seconds))
    else:
        settings = f"-c timezone=UTC -c idle_in_transaction_session_timeout={CUT_OFF_SECONDS}s"
        options = {"options": f"{settings} {parsed.query.get('options', '')}", "connect_timeout": 10}
        engine = _made(parsed, named, json_serializer=as_json, connect_args=options, pool_pre_ping=True)
    event.listen(engine, "handle_error", partial(_name_unreachable, name=f"{display_name(engine)} ({named})"))
    return engine


def is_away(error: Exception) -> bool:
    """Whether the database is at fault (away, locked, full, read-only, cut off) rather than what was to be written."""
    if isinstance(error, DatabaseUnreachableError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)  # PostgreSQL's own word, where it gave one
    if state and not error.connection_invalidated:
        return state[:2] not in _OF_CONTENT
    return error.connection_invalidated or isinstance(error, OperationalError)


def as_json(value: Any) -> str:
    """A value as a JSON column keeps it: without NUL and lone surrogates, and without blanks, 8 % of what outlives the
    texts."""
    return clean(_NUL.sub(r"\1", json.dumps(value, ensure_ascii=False, separators=(",", ":"))))


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one writing transaction: committed at the end, rolled back on any error. Retries nothing."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def persist(
    engine: Engine,
    work: Callable[[Session], object],
    *,
    seconds: float = PERSIST_SECONDS,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Do `work` in one writing transaction, again and again while the database cannot be written, for so long.

    For what must be remembered once it has happened, such as a mail that was sent; `work` may run more than once.
    Raises the last of the errors, or the first that is of what was to be written.
    """
    pause, left = 1.0, seconds
    while True:
        try:
            with writing(engine) as session:
                work(session)
            return
        except (DBAPIError, DatabaseUnreachableError) as error:
            if left <= 0 or not is_away(error):
                raise
            log.warning("database.not_writable: %s; tried again in %.0f s", explain(error), pause)
        sleep(pause)
        left -= pause
        pause = min(pause * 2, 30.0)


def explain(error: Exception) -> str:
    """Why the database could not do it, in one line and with a way out where there is one."""
    original = getattr(error, "orig", None) or error
    reason = (str(original).strip() or type(original).__name__).splitlines()[0]
    hint = next((hint for words, hint in _HINTS.items() if words in reason), "")
    return hidden(reason if reason.endswith(hint) else reason + hint)


_HINTS = {
    "database or disk is full": ": make room on its disk; nothing stored is lost",
    "disk I/O error": ": its disk is full or failing; nothing stored is lost",
    "unable to open database file": ": its folder is missing, or read-only for this user",
    "readonly database": ": its file or folder is read-only for this user; make it writable",
    "database is locked": ": another process holds it; wait, or end that process",
    "password authentication failed": "; look at user and password",
    "too many clients": ": end other programs' connections, or raise its max_connections",
    "remaining connection slots": ": end other programs' connections, or raise its max_connections",
    "read-only transaction": ": it is a standby, or set read-only; point database_url at the primary",
    "No space left on device": ": make room on its server's disk; nothing stored is lost",
    "the database system is": ": it is starting or stopping; wait, and run this again",
    "terminating connection": "; nothing stored is lost, run this again",
    "server closed the connection": "; nothing stored is lost, run this again",
}


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one moment of the database and cannot write to it."""
    options: dict[str, Any] = dict(_READING)
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        if engine.dialect.name == "postgresql":
            # It holds nobody up, and whoever pages through an export may take hours.
            session.execute(text("set local idle_in_transaction_session_timeout = 0"))
        yield session


def server_now(session: Session) -> datetime | None:
    """What time it is at the database server; None for a file, which has no clock."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    found: datetime = session.execute(text("select clock_timestamp()")).scalar_one()
    return found


def display_name(engine: Engine) -> str:
    """The database's address without its secrets, for messages and logs."""
    return hidden(engine.url.render_as_string(hide_password=True))


def shown(url: str) -> str:
    """An address as it was written, without its secrets; of one that cannot be read, only what it begins with."""
    try:
        _parse(url, "")
    except DatabaseUnreachableError:
        scheme = _SCHEME.match(url)
        return f"{scheme[0]}{HIDDEN}" if scheme else HIDDEN if url else ""
    return hidden(make_url(url).render_as_string(hide_password=True))


_SCHEME = re.compile(r"[a-z][a-z0-9+]{0,30}://")


def _parse(url: str, named: str) -> URL:
    """The address, with psycopg 3 for PostgreSQL. What is wrong with one is said without a word of it."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        why = "its port is no number" if isinstance(error, ValueError) else "it is no database address"
        raise _unreadable(named, why) from None
    if backend in ("postgres", "postgresql"):
        if parsed.port is not None and not 0 < parsed.port < 65536:
            raise _unreadable(named, "its port is none")
        if re.search(r"[@\s]", parsed.host or ""):
            raise _unreadable(named, "its host is none, or an @ in its password is not written as %40")
        # The plain names mean psycopg 3 here, whichever driver SQLAlchemy would choose by itself.
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed
    raise _unreadable(named, "it is of neither sqlite nor postgresql")


def _made(parsed: URL, named: str, **options: Any) -> Engine:
    try:
        return create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError, TypeError, ValueError):
        raise _unreadable(named, "it has parts that such an address does not have") from None


def _unreadable(named: str, why: str) -> DatabaseUnreachableError:
    return DatabaseUnreachableError(
        f"{named} cannot be used: {why}; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME"
    )


def _prepare_sqlite(connection: Any, _record: object, *, foreign_keys: bool) -> None:
    # The driver's own transactions would begin DEFERRED and late; ours begin in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    cursor.close()


def _begin_sqlite(connection: Connection, *, turn_seconds: float) -> None:
    if connection.get_execution_options().get("wiretrail_reading"):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql("PRAGMA query_only = OFF")
    for turn in range(1, TURNS):
        code = _begin_now(connection.connection.driver_connection)
        if code == sqlite3.SQLITE_OK:
            return
        if code != sqlite3.SQLITE_BUSY:
            break
        log.warning("database.locked: waited %.1f s for another process", turn * turn_seconds)
    # Once more by SQLAlchemy's own way, which makes its own error of what goes wrong.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_now(driver: Any) -> int:
    """Begin a writing transaction; returns SQLite's result code without its refinements."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF
    return sqlite3.SQLITE_OK


def _name_unreachable(context: ExceptionContext, *, name: str) -> None:
    """An error before any connection stood means that the database is not there: say which, in one line.

    A server that answers "read-only" may have been the primary when we connected: the next try asks anew who is.
    """
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True
    if context.connection is None and isinstance(context.sqlalchemy_exception, DBAPIError):
        reason = explain(context.sqlalchemy_exception)
        raise DatabaseUnreachableError(f"database {name} cannot be reached: {reason}") from context.original_exception
