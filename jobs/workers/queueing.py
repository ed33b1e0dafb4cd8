"""The queue that machines share: Procrastinate's tables on the same PostgreSQL, in a schema of their own.

    a job ─> which command does it, within how many seconds, how many may wait, whether only one may run

Its schema is the library's and stands outside our migrations: it is made when the queue is first opened, and `alembic
check` never sees it. What a job does is always a command a person can type; the queue only says where it is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, text

from config import Config
from jobs.context import Context
from news.errors import JobError
from storage.turns import Turn, take_turn

SCHEMA: Final = "wiretrail_jobs"
MOST_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Work:
    """A job that machines may share. `alone`: each share of it one at a time over all machines."""

    name: str
    command: tuple[str, ...]
    deadline_seconds: float
    alone: bool = False


def shared_work(settings: Config) -> dict[str, Work]:
    """The jobs any machine may do. The others need what one machine has: its folders, its mail server."""
    crawl, match, workers = settings.crawl, settings.match, settings.workers
    found = (
        Work("crawl", ("crawl",), crawl.deadline_seconds),
        Work("match", ("match",), match.deadline_seconds, alone=True),
        Work("backfill", ("backfill",), workers.backfill_deadline_seconds),
    )
    return {work.name: work for work in found}


def require_queue(context: Context) -> None:
    """Raise JobError unless machines can share this installation's work."""
    if context.engine.dialect.name != "postgresql":
        raise JobError("workers share a PostgreSQL database: set database_url, see wiretrail db copy")
    procrastinate()


def procrastinate() -> Any:
    """The library. Raises JobError with the way to get it."""
    try:
        import procrastinate as library
    except ImportError as error:
        raise JobError("workers need Procrastinate: pip install 'wiretrail[workers]'") from error
    return library


def open_app(context: Context) -> Any:
    """Procrastinate's App over the database of this installation, its tables made if need be. No task is on it yet."""
    require_queue(context)
    library = procrastinate()
    address = context.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    options = {"options": f"-c search_path={SCHEMA} -c timezone=UTC"}
    connector = library.PsycopgConnector(conninfo=address, kwargs=options, min_size=1, max_size=4)
    app = library.App(connector=connector)
    _make_schema(context.engine, app)
    return app


def _make_schema(engine: Engine, app: Any) -> None:
    with engine.connect() as connection, connection.begin():
        take_turn(connection, Turn.QUEUE)
        known = connection.scalar(text("select to_regclass(:name)"), {"name": f"{SCHEMA}.procrastinate_jobs"})
        if known is None:
            connection.exec_driver_sql(f"create schema if not exists {SCHEMA}")
            connection.exec_driver_sql(f"set local search_path to {SCHEMA}")
            connection.connection.cursor().execute(app.schema_manager.get_schema())
