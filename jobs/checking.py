"""The doctor: everything that can be found wrong before it goes wrong."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from config import Config
from crawler.catalogue import load_catalogue
from crawler.errors import WiretrailError
from storage.engine import display_name, open_engine, reading
from storage.errors import StorageError
from storage.frontier import count_due
from storage.migrate import current_revision, newest_revision, require_current

LEAST_FREE_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: well, worth a look, or bad, with what to do about it."""

    what: str
    state: Literal["well", "look", "bad"]
    detail: str


def examine(config: Config) -> list[Finding]:
    """Look at everything; one thing being bad does not stop the rest."""
    checks: tuple[Callable[[Config], Finding], ...] = (_contact, _catalogue, _database, _frontier, _mail, _disk, _clock)
    return [check(config) for check in checks]


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


def _mail(config: Config) -> Finding:
    readers = len(config.digest.recipients) + len(config.digest.readers)
    if not readers:
        return Finding("mail", "look", f"no recipients: digests are only written to {config.digest_folder}")
    smtp = config.smtp
    try:
        connect = smtplib.SMTP_SSL if smtp.security == "tls" else smtplib.SMTP
        with connect(smtp.host, smtp.port, timeout=smtp.timeout_seconds) as client:
            client.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding("mail", "bad", f"smtp {smtp.host}:{smtp.port} does not answer: {error}")
    return Finding("mail", "well", f"smtp {smtp.host}:{smtp.port} answers; {readers} recipients")


def _disk(config: Config) -> Finding:
    home = next(folder for folder in _with_parents(config) if folder.exists())
    free = shutil.disk_usage(home).free
    state: Literal["well", "bad"] = "well" if free >= LEAST_FREE_BYTES else "bad"
    return Finding("disk", state, f"{free / 1e9:.1f} GB free at {home}")


def _with_parents(config: Config) -> Iterator[Path]:
    home = config.home.resolve()
    yield from (home, *home.parents)


def _clock(config: Config) -> Finding:
    if config.clock.start is not None:
        return Finding("clock", "look", f"not the wall's: {config.clock.rate:g} times as fast, as set in [clock]")
    now = datetime.now(UTC)
    if now.year < 2026:
        return Finding("clock", "bad", f"the system clock says {now:%Y-%m-%d}: moments would be wrong")
    return Finding("clock", "well", f"{now:%Y-%m-%d %H:%M:%S} UTC")
