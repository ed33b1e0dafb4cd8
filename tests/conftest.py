"""Databases for every test that needs one: real SQLite files and a real PostgreSQL, through the real migrations.

Each test finds a migrated, empty database: a copy of a file, or the one of its process, emptied (tests.postgres).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from storage import migrate
from storage.engine import open_engine
from tests import postgres

# A busy machine is no fault of what is tested.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the whole program wait for minutes: begun last, one worker would wait alone at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/whole/", "tests/scale/", "tests/site/")))


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the run's PostgreSQL server, database `postgres`."""
    return postgres.start_server()


@pytest.fixture(scope="session")
def lent(postgres_server: str) -> Iterator[postgres.Lent]:
    """This process's PostgreSQL database."""
    database = postgres.Lent(postgres_server)
    yield database
    database.end()


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
    with postgres.new_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of a migrated, empty SQLite database."""
    path = tmp_path / "migrated.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database(lent: postgres.Lent) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    yield lent.url
    lent.take_back()


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
