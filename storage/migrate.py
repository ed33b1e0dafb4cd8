"""Brings a database to the schema this program knows, and refuses one it does not.

Alembic is used as a library. In the checkout its scripts lie in alembic/ beside this package; a wheel carries the
same folder as storage/migrations, so that `wiretrail db upgrade` works where there is no checkout.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from news.errors import SchemaMismatchError
from storage.engine import display_name, open_engine


def scripts_folder() -> Path:
    """Where the migrations lie. Raises FileNotFoundError in a broken installation."""
    here = Path(__file__).resolve().parent
    for folder in (here / "migrations", here.parent / "alembic"):
        if (folder / "env.py").is_file():
            return folder
    raise FileNotFoundError(f"no migrations beside {here}")


def upgrade(url: str, *, named: str = "database_url") -> None:
    """Bring the database to the newest schema, in one transaction. An up-to-date one is left as it is.

    Raises DatabaseUnreachableError, or SchemaMismatchError when it was made by a newer program.
    """
    engine = open_engine(url, named=named)
    try:
        revision = current_revision(engine)
        if revision is not None and revision not in _known_revisions():
            raise _newer(engine, revision)
    finally:
        engine.dispose()
    command.upgrade(alembic_config(url), "head")


def require_current(engine: Engine) -> None:
    """Raise SchemaMismatchError unless the database has exactly the schema this program knows."""
    revision = current_revision(engine)
    if revision == newest_revision():
        return
    if revision is None or revision in _known_revisions():
        raise SchemaMismatchError(f"database {display_name(engine)} is not upgraded: run wiretrail db upgrade")
    raise _newer(engine, revision)


def current_revision(engine: Engine) -> str | None:
    """The database's schema revision, or None for an empty one. Raises DatabaseUnreachableError."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The schema revision of this program."""
    return ScriptDirectory(str(scripts_folder())).get_current_head()


def alembic_config(url: str) -> Config:
    """Alembic's configuration for one database. env.py reads the address from `attributes["url"]`."""
    config = Config()
    # ConfigParser would read a % in the path as the start of a variable.
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory(str(scripts_folder())).walk_revisions()}


def _newer(engine: Engine, revision: str) -> SchemaMismatchError:
    return SchemaMismatchError(
        f"database {display_name(engine)} was made by a newer wiretrail (schema {revision}): install that one"
    )
