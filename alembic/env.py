"""Runs the migrations on one database, from the `alembic` command and from storage.migrate alike.

Which database: the address storage.migrate passes, else `-x url=...`, else that of the configuration. The views are
code, not history: they are dropped before and made anew after.
"""

import os
from typing import Literal

from alembic import context
from sqlalchemy import Connection

import config
from storage import derived
from storage.columns import CleanText, Instant
from storage.crawling.partitions import is_part
from storage.engine import open_engine
from storage.models import Base
from storage.turns import Turn, take_turn


def database_url() -> str:
    """The address to migrate."""
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if given:
        return str(given)
    settings = config.read()
    os.umask(0o077)
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings.database


def plain_type(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """A migration names the database's own types: ours may change, what was migrated may not."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, CleanText):
        return "sa.Text()"
    return False


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether something found in the database is compared with the models: parts of a divided table are not."""
    return not (kind == "table" and name is not None and is_part(name))


def run_offline() -> None:
    """Write the SQL of the tables instead of running it: `alembic upgrade head --sql`. Views come with a real run."""
    context.configure(url=database_url(), target_metadata=Base.metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Migrate in one transaction, views included."""
    # Without foreign keys: SQLite alters a table by copying and dropping it, and the drop would cascade.
    engine = open_engine(database_url(), foreign_keys=False)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=plain_type,
            include_name=is_ours,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            migrate(connection)
    engine.dispose()


def migrate(connection: Connection) -> None:
    """The migrations themselves, between dropping and making the views."""
    take_turn(connection, Turn.UPGRADE)
    if context.config.cmd_opts is None or writes_schema(context.config.cmd_opts):
        derived.drop_all(connection)
        context.run_migrations()
        if context.get_context().get_current_heads() == (context.get_head_revision(),):
            derived.create_all(connection)
    else:
        context.run_migrations()


def writes_schema(options: object) -> bool:
    """Whether the alembic verb typed changes the schema; `current` and `check` only look."""
    verb = getattr(options, "cmd", (None,))[0]
    return getattr(verb, "__name__", "") in {"upgrade", "downgrade"}


if context.is_offline_mode():
    run_offline()
else:
    run_online()
