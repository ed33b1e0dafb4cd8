"""What every job works with: the configuration, the database, the clock, the catalogue.

Opened once per process. A job is given a Context and reaches nothing global.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

import config
from jobs import in_hand
from jobs.in_hand import InHand
from jobs.processes import is_alive, machine, process
from news.errors import DatabaseUnreachableError, JobError, UnknownObjectError
from news.hiding import hidden
from storage import runs, set_aside
from storage.brought_back import bring_back
from storage.clock import MOST_BEHIND
from storage.crawling.outlet_rows import sync_catalogue
from storage.engine import open_engine, persist, writing
from storage.matches.licences import IN_CONFIGURATION, Licence, sync_licences
from storage.migrate import require_current

if TYPE_CHECKING:
    from news.catalogue import Catalogue
    from storage.set_aside import Kind


@dataclass(frozen=True)
class Context:
    """One process's view of the world."""

    config: config.Config

    def now(self) -> datetime:
        """This instant, UTC, by the configured clock."""
        return at_rate(self.config.clock, datetime.now(UTC))

    def ahead(self, seconds: float) -> datetime:
        """The instant the clock will show after so many seconds of real time: how leases outlive their work."""
        return self.now() + timedelta(seconds=seconds * self.config.clock.rate)

    @cached_property
    def engine(self) -> Engine:
        """The database, checked to have this program's schema. Raises StorageError's children."""
        engine = open_engine(self.config.database)
        require_current(engine)
        return engine

    @cached_property
    def catalogue(self) -> Catalogue:
        """Agencies and outlets, the user's files over the packaged ones. Raises CatalogueError."""
        from news.catalogue import load_catalogue  # only jobs that need it pay for the list of public suffixes

        return load_catalogue(self.config.catalogue)

    def token(self) -> str:
        """A name no other process has, for leases."""
        return secrets.token_hex(8)

    @cached_property
    def in_hand(self) -> InHand:
        """Where this process says what it has begun."""
        return InHand(self.hands, process())

    @contextmanager
    def unit(self, kind: Kind, name: str) -> Iterator[None]:
        """Work on one unit: known when it ends this process, and set aside no more when it ends well."""
        with self.in_hand.at_work(kind, name):
            yield
        with writing(self.engine) as session:
            set_aside.clear(session, kind, [name])

    @property
    def hands(self) -> Path:
        """The folder of what the processes of this installation have in hand."""
        return self.config.home / "in-hand"

    def settle_dead(self) -> None:
        """Take over from processes of this machine that are gone: their runs, what they had in hand, their leases."""
        for name in in_hand.dead(self.hands, machine(), is_alive):
            in_hand.take_over(self.engine, self.hands, name, runs.WITHOUT_A_WORD, self.now())
        with writing(self.engine) as session:
            runs.close_dead(session, machine(), is_alive, self.now())

    @contextmanager
    def run(self, job: str, *, insist: bool = False) -> Iterator[dict[str, Any]]:
        """Record a run: the caller fills the counts it is given; an exception is recorded and passed on.

        What processes of this machine left when they died is taken over first, and what a clock wrote that was ahead
        is brought back. Raises JobError when the clock is days behind, unless somebody insists that it is right.
        """
        counts: dict[str, Any] = {}
        self.settle_dead()
        with writing(self.engine) as session:
            brought_back = bring_back(session, self.now(), insist=insist)
            _require_no_clock_behind(runs.last_started(session), self.now())
            run_id = runs.start_run(session, job, self.now(), process())
        if brought_back:
            log.warning("clock.brought_back", values=brought_back)
        try:
            yield counts
        except BaseException as error:
            # A database that is the reason cannot take it down either: the parent closes the run when we are gone.
            with suppress(DBAPIError, DatabaseUnreachableError), writing(self.engine) as session:
                runs.end_run(
                    session, run_id, self.now(), outcome="failed", counts=counts, error=hidden(repr(error))[:500]
                )
            raise
        persist(self.engine, lambda s: runs.end_run(s, run_id, self.now(), outcome="ok", counts=counts))


def at_rate(clock: config.ClockConfig, wall: datetime) -> datetime:
    """The instant a clock shows when the wall shows `wall`."""
    if clock.start is None or clock.epoch is None:
        return wall
    shown = clock.start + (wall - clock.epoch) * clock.rate
    return min(shown, clock.end) if clock.end is not None else shown


def _require_no_clock_behind(newest: datetime | None, now: datetime) -> None:
    if newest is not None and newest > now + MOST_BEHIND:
        raise JobError(
            f"nothing is done: the clock says {now:%Y-%m-%d %H:%M} UTC, but a job began at {newest:%Y-%m-%d %H:%M} "
            f"UTC. Set it right; if it is right and was ahead before, say so once by `wiretrail prune --insist`"
        )


def open_context(settings: config.Config | None = None) -> Context:
    """A context over the configuration of this process, its home folder made, its log set up."""
    settings = settings or config.read()
    make_home(settings)
    set_up_log(settings.log)
    return Context(settings)


def sync(context: Context) -> None:
    """Make agencies, outlets and feeds in the database those of the catalogue; nothing stored is lost."""
    agencies, outlets = list(context.catalogue.agencies.values()), list(context.catalogue.outlets.values())
    for tries_left in (2, 1, 0):
        try:
            with writing(context.engine) as session:
                sync_catalogue(session, agencies, outlets, context.now())
                _sync_licences(session, context.config.licences)
            return
        except (IntegrityError, OperationalError):
            # Two daemons that start at once on PostgreSQL both add what is new; the later one finds it at its next try.
            if not tries_left:
                raise


def _sync_licences(session: Session, said: Sequence[config.LicenceEntry]) -> None:
    """Raise JobError for an entry that cannot be: the catalogue must know its outlet and its agency."""
    entries = [Licence(each.outlet, each.agency, each.terms, each.first, each.last, IN_CONFIGURATION) for each in said]
    try:
        sync_licences(session, entries)
    except (UnknownObjectError, ValueError) as error:
        raise JobError(str(error)) from error


def require_contact(context: Context) -> None:
    """Raise JobError when no contact is configured: we crawl under our name or not at all."""
    if not context.config.crawl.contact:
        raise JobError(
            "crawl.contact is not set: sites must be able to reach you. Put an address or page there "
            "(WIRETRAIL_CRAWL__CONTACT, or [crawl] contact in wiretrail.toml)"
        )


def make_home(settings: config.Config) -> None:
    """Make the home folder. Raises JobError naming it."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(f"home folder {settings.home} cannot be made: {error.strerror}; set WIRETRAIL_HOME") from error


def set_up_log(kind: str, level: int = logging.INFO) -> None:
    """Events on standard error, as text or as JSON lines: `timestamp`, `level`, `event` and the event's own fields.

    Standard output belongs to answers. What the crawler, the storage and libraries tell Python's own log comes the same
    way, from warnings on; not that a part of the crawl which the settings turned off is off.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if kind == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=20)
    )
    told: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    structlog.configure(
        processors=[*told, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_to_standard_error,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*told, _as_event],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = _StandardError()
    handler.setFormatter(formatter)
    handler.setLevel(max(level, logging.WARNING))  # Scrapy sets levels of its own below the root's
    handler.addFilter(lambda record: record.name != "scrapy.middleware" or record.levelno > logging.WARNING)
    # psycopg says of an error that is raised anyway that it ignored it while closing: a second line, now and then.
    handler.addFilter(lambda record: record.name != "psycopg" or "error ignored" not in record.getMessage())
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler)


class _StandardError(logging.Handler):
    """As logging.StreamHandler, on what is standard error when a line is written: see `_to_standard_error`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, whole; a closed terminal ends nobody's work."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201  -- this is the log
        except Exception:
            self.handleError(record)


def _to_standard_error(*_: object) -> structlog.PrintLogger:
    """A logger on what is standard error now: bound once, it would outlive the stream of whoever began the process."""
    return structlog.PrintLogger(sys.stderr)


def _without_secrets(_logger: object, _method: str, said: Any) -> Any:
    """Whatever a library puts into a message or a traceback."""
    return {name: hidden(value) if isinstance(value, str) else value for name, value in said.items()}


def _as_event(_logger: object, _method: str, said: Any) -> Any:
    """A line of Python's log as an event: "name.of_event: the rest", or a library's words under `library.said`."""
    found = _NAMED.match(str(said["event"]))
    record = said["_record"]
    if found and record.name.partition(".")[0] in _OURS:
        return said | {"event": found[1], "detail": found[2]}
    return said | {"event": "library.said", "logger": record.name, "detail": str(said["event"])}


_NAMED = re.compile(r"([a-z]+\.[a-z_]+): (.*)", re.S)
_OURS = ("crawler", "jobs", "storage", "wiretrail")

log: Any = structlog.get_logger()
