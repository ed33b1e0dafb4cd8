"""The doctor: everything that can be found wrong before it goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IROTH, S_IXOTH
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Literal

from sqlalchemy.exc import SQLAlchemyError

from config import Config
from jobs.context import Context
from jobs.digesting import smtp_settings
from news.catalogue import load_catalogue
from news.errors import ConfigError, MailError, StorageError, WiretrailError
from report import mail
from storage import asides
from storage.agency import interfaces
from storage.clock import unsettled_since
from storage.crawling.frontier import count_due
from storage.engine import display_name, open_engine, reading, server_now
from storage.figures import refused_by_robots, robots_kept
from storage.migrate import current_revision, newest_revision, require_current
from storage.runs import last_started

if TYPE_CHECKING:
    from jobs.daemon.probing import Probe

MOST_AHEAD = timedelta(seconds=60)
SAMPLE = 5
LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: well, worth a look, or bad, with what to do about it."""

    what: str
    state: Literal["well", "look", "bad"]
    detail: str


def examine(config: Config, *, network: bool = False) -> list[Finding]:
    """Look at everything; one thing being bad does not stop the rest. With `network` some outlets are asked, too."""
    checks = [_contact, _catalogue, _database, _frontier, _robots, _aside, _mail, _disk, _database_disk, _open, _clock]
    if config.wire.afp.user:
        checks.append(_interface)
    return [check(config) for check in checks] + (_network(config) if network else [])


def _contact(config: Config) -> Finding:
    if config.crawl.contact:
        return Finding("contact", "well", config.crawl.contact)
    return Finding("contact", "bad", "crawl.contact is empty: sites cannot reach you, so nothing is crawled")


def _catalogue(config: Config) -> Finding:
    try:
        catalogue = load_catalogue(config.catalogue)
    except WiretrailError as error:
        return Finding("catalogue", "bad", str(error))
    feeds = sum(len(outlet.feeds) for outlet in catalogue.outlets.values())
    unknown = [agency for agency in config.agencies if agency not in catalogue.agencies]
    if unknown:
        return Finding("catalogue", "bad", f"agencies: {', '.join(unknown)} not in the catalogue")
    return Finding(
        "catalogue", "well", f"{len(catalogue.outlets)} outlets, {feeds} feeds, {len(catalogue.agencies)} agencies"
    )


def _database(config: Config) -> Finding:
    try:
        engine = open_engine(config.database)
        if current_revision(engine) is None:
            return Finding("database", "bad", f"{display_name(engine)} is empty: run wiretrail db upgrade")
        require_current(engine)
    except StorageError as error:
        return Finding("database", "bad", str(error))
    return Finding("database", "well", f"{display_name(engine)}, schema {newest_revision()}")


def _frontier(config: Config) -> Finding:
    with suppress(StorageError):
        engine = open_engine(config.database)
        if current_revision(engine) is not None:
            with reading(engine) as session:
                return Finding("frontier", "well", f"{count_due(session, datetime.now(UTC))} feeds and pages are due")
    return Finding("frontier", "look", "not known without a database")


def _robots(config: Config) -> Finding:
    """Hosts whose robots.txt keeps us from pages their feeds list."""
    with suppress(StorageError, SQLAlchemyError):
        engine = open_engine(config.database)
        require_current(engine)
        with reading(engine) as session:
            known, refused = robots_kept(session), refused_by_robots(session)
        if refused:
            shown = ", ".join(f"{host} ({count})" for host, count in refused[:5])
            more = f" and {len(refused) - 5} more hosts" if len(refused) > 5 else ""
            return Finding("robots", "look", f"robots.txt keeps us from pages of {shown}{more}")
        return Finding("robots", "well", f"{known} robots.txt kept; none keeps us from what feeds list")
    return Finding("robots", "look", "not known without a database")


def _aside(config: Config) -> Finding:
    """Units of work that failed and wait for their next time."""
    with suppress(StorageError, SQLAlchemyError):
        engine = open_engine(config.database)
        require_current(engine)
        with reading(engine) as session:
            found = asides.in_words(session)
        return Finding("set aside", "look" if found else "well", found or "nothing")
    return Finding("set aside", "look", "not known without a database")


def _interface(config: Config) -> Finding:
    """How the last poll of the agency's interface ended. It is not asked here: its answers are counted."""
    with suppress(StorageError, SQLAlchemyError):
        engine = open_engine(config.database)
        require_current(engine)
        with reading(engine) as session:
            name = config.wire.afp.name
            wrong, read_to = interfaces.trouble(session, name), interfaces.progress(session, name).read_to
        if wrong:
            return Finding("interface", "bad", f"{name}: {wrong}")
        return Finding("interface", "well", f"{name}: {f'read to {read_to:%Y-%m-%d %H:%M} UTC' if read_to else 'new'}")
    return Finding("interface", "look", "not known without a database")


def _mail(config: Config) -> Finding:
    """Greet the server as a delivery would: TLS, certificate, login. Nothing is sent."""
    readers = len(config.digest.recipients) + len(config.digest.readers)
    if not readers:
        return Finding("mail", "look", f"no recipients: digests are only written to {config.digest_folder}")
    smtp = config.smtp
    try:
        mail.greet(smtp_settings(Context(config)))
    except (MailError, ConfigError) as error:
        return Finding("mail", "bad", str(error))
    how = {"none": "without TLS", "starttls": "with STARTTLS", "tls": "over TLS"}[smtp.security]
    login = f", logged in as {smtp.user}" if smtp.user else ""
    return Finding("mail", "well", f"smtp {smtp.host}:{smtp.port} answers {how}{login}; {readers} recipients")


def _disk(config: Config) -> Finding:
    return _room("disk", config.home)


def _database_disk(config: Config) -> Finding:
    """Where a SQLite file lies, which need not be the home folder."""
    if not config.database.startswith("sqlite:///"):
        return Finding("database disk", "well", "the database server's own")
    return _room("database disk", Path(config.database.removeprefix("sqlite:///")).parent)


def _room(what: str, folder: Path) -> Finding:
    """Free space, and whether it can be written to: a read-only mount looks well otherwise."""
    there = next(each for each in _with_parents(folder) if each.exists())
    free = shutil.disk_usage(there).free
    try:
        with TemporaryFile(dir=there) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return Finding(what, "bad", f"{there} cannot be written to: {error.strerror}")
    state: Literal["well", "bad"] = "well" if free >= LEAST_FREE_BYTES else "bad"
    return Finding(what, state, f"{free / 1e9:.1f} GB free at {there}")


def _open(config: Config) -> Finding:
    """What everybody on this machine may read: an installation of before, or files that were copied there."""
    database = Path(config.database.removeprefix("sqlite:///")) if config.database.startswith("sqlite:///") else None
    within = sorted(config.home.iterdir()) if config.home.is_dir() else []
    beside = [database.with_name(database.name + ending) for ending in ("", "-wal", "-shm")] if database else []
    index = [config.match.index] if config.match.index else []
    found = [path for path in (*within, *beside, *index, config.digest_folder, config.pages_folder) if _is_open(path)]
    if not found:
        return Finding("permissions", "well", f"{config.home} is its user's alone")
    shown = " ".join(dict.fromkeys(map(str, found[:5])))
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return Finding("permissions", "bad", f"everybody on this machine may read {shown}{more}: chmod -R go-rwx them")


def _is_open(path: Path) -> bool:
    """Whether others may read a file or enter a folder, and reach it: those above let them through."""
    with suppress(OSError):
        modes = [each.stat().st_mode for each in _with_parents(path)]
        return bool(modes[0] & (S_IROTH | S_IXOTH)) and all(mode & S_IXOTH for mode in modes[1:])
    return False


def _with_parents(folder: Path) -> Iterator[Path]:
    resolved = folder.resolve()
    yield from (resolved, *resolved.parents)


def _clock(config: Config) -> Finding:
    """Against the newest moment we wrote ourselves, and against the database server's clock where there is one."""
    if config.clock.start is not None:
        return Finding("clock", "look", f"not the wall's: {config.clock.rate:g} times as fast, as set in [clock]")
    now = datetime.now(UTC)
    if now.year < 2026:
        return Finding("clock", "bad", f"the system clock says {now:%Y-%m-%d}: moments would be wrong")
    with suppress(StorageError, SQLAlchemyError):
        engine = open_engine(config.database)
        require_current(engine)
        with reading(engine) as session:
            last, server = last_started(session), server_now(session)
            unsettled = unsettled_since(session, now)
        if server is not None and abs(server - now) > MOST_AHEAD:
            return Finding("clock", "bad", f"{_apart(now - server)} of the database server's: set both by NTP")
        if last is not None and last - now > MOST_AHEAD:
            return Finding(
                "clock", "bad", f"it went back: a run began at {last:%Y-%m-%d %H:%M:%S} UTC, which is to come"
            )
        if unsettled is not None:
            words = f"nothing ran for days after {unsettled:%Y-%m-%d %H:%M} UTC: nothing is let go until tomorrow"
            return Finding("clock", "look", f"{now:%Y-%m-%d %H:%M:%S} UTC, and {words}")
    return Finding("clock", "well", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _apart(difference: timedelta) -> str:
    seconds = difference.total_seconds()
    return f"{abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"


def _network(config: Config) -> list[Finding]:
    """Some outlets, asked once under our name: do their feeds answer, and do their clocks agree with ours?"""
    # These bring Scrapy and the readers of feeds: only when asked for.
    from crawler.run import user_agent_of
    from jobs.crawling import options_of
    from jobs.daemon.probing import probe, sample

    if not config.crawl.contact:
        return [Finding("network", "look", "nobody is asked without crawl.contact")]
    try:
        feeds = sample(load_catalogue(config.catalogue), SAMPLE)
    except WiretrailError:
        return []
    probes = list(probe(feeds, user_agent_of(options_of(Context(config))), config.crawl.timeout_seconds))
    return [*map(_feed, probes), _others_clocks(probes)]


def _feed(probe: Probe) -> Finding:
    if probe.robots or probe.trouble:
        return Finding("feed", "look", f"{probe.outlet}: {probe.robots or probe.trouble} ({probe.url})")
    return Finding("feed", "well", f"{probe.outlet}: {probe.links} links ({probe.url})")


def _others_clocks(probes: list[Probe]) -> Finding:
    """The middle one of their clocks: a single host may be wrong."""
    ahead = sorted(probe.ahead_seconds for probe in probes if probe.ahead_seconds is not None)
    if not ahead:
        return Finding("their clocks", "look", "no host said what time it is")
    ours = timedelta(seconds=-ahead[len(ahead) // 2])
    state: Literal["well", "bad"] = "well" if abs(ours) <= MOST_AHEAD else "bad"
    return Finding("their clocks", state, f"ours is {_apart(ours)} of those of {len(ahead)} hosts")
