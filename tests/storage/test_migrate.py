"""The schema: migrations equal the models, the views exist on both databases, and a wrong schema is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text

from news.errors import DatabaseUnreachableError, SchemaMismatchError
from storage import migrate
from storage.columns import Base
from storage.engine import open_engine, reading, writing
from storage.models import AgencyRow
from storage.views.making import TABLES

ROOT = Path(__file__).resolve().parents[2]


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    command.check(migrate.alembic_config(database_url))


def test_every_view_has_the_columns_it_documents(engine: Engine) -> None:
    found = inspect(engine)
    assert set(found.get_view_names()) == set(TABLES)
    for name, table in TABLES.items():
        assert {column["name"] for column in found.get_columns(name)} == {column.name for column in table.columns}


def test_every_view_answers_on_an_empty_database(engine: Engine) -> None:
    with reading(engine) as session:
        assert [session.execute(table.select()).all() for table in TABLES.values()] == [[]] * len(TABLES)


def test_upgrade_twice_changes_nothing_and_heals_a_lost_view(engine: Engine, database_url: str) -> None:
    with writing(engine) as session:
        session.add(AgencyRow(code="ZED", name="Zed Wire", country="XX"))
        session.execute(text("drop view crawl_health"))
    migrate.upgrade(database_url)
    with reading(engine) as session:
        assert session.query(AgencyRow).one().name == "Zed Wire"
        assert session.execute(text("select * from crawl_health")).all() == []


def test_downgrade_leaves_an_empty_database(engine: Engine, database_url: str) -> None:
    command.downgrade(migrate.alembic_config(database_url), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert inspect(engine).get_view_names() == []


def test_an_empty_database_is_refused(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with pytest.raises(SchemaMismatchError, match="is not upgraded: run wiretrail db upgrade"):
        migrate.require_current(engine)
    engine.dispose()


def test_a_newer_database_is_refused_and_not_touched(engine: Engine, database_url: str) -> None:
    with writing(engine) as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(SchemaMismatchError, match="newer wiretrail"):
        migrate.require_current(engine)
    with pytest.raises(SchemaMismatchError, match="newer wiretrail"):
        migrate.upgrade(database_url)
    assert migrate.current_revision(engine) == "9999"


def test_a_current_database_is_accepted(engine: Engine) -> None:
    migrate.require_current(engine)
    assert migrate.current_revision(engine) == migrate.newest_revision()


def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachableError, match=r"postgresql\+psycopg://me:\*\*\*@127.0.0.1:9/x") as caught:
        migrate.upgrade("postgresql://me:secret@127.0.0.1:9/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite:////no/such/folder/x.db"])
def test_a_bad_address_is_one_error(url: str) -> None:
    with pytest.raises(DatabaseUnreachableError):
        migrate.upgrade(url)


@pytest.mark.parametrize("way", ["-x", "environment", "default"])
def test_the_alembic_command_works_in_the_checkout(tmp_path: Path, way: str) -> None:
    path = tmp_path / "wiretrail.db"
    environment = {k: v for k, v in os.environ.items() if k != "WIRETRAIL_DATABASE_URL"}
    environment["WIRETRAIL_HOME"] = str(tmp_path)
    arguments = ["-c", str(ROOT / "pyproject.toml")]
    if way == "-x":
        arguments += ["-x", f"url=sqlite:///{path}"]
    if way == "environment":
        environment["WIRETRAIL_DATABASE_URL"] = f"sqlite:///{path}"
    subprocess.run(
        [sys.executable, "-m", "alembic", *arguments, "upgrade", "head"], cwd=tmp_path, env=environment, check=True
    )
    engine = open_engine(f"sqlite:///{path}")
    migrate.require_current(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()
