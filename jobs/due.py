"""Is there anything to do? What the daemon asks at every tick: light questions, nothing changed."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from stat import S_ISDIR

from jobs.context import Context
from jobs.matches.parts import KINDS, held_rows
from jobs.readers import FILE_RECIPIENT, Subscriber, subscribers
from matcher import VERSION
from report.periods import Period
from storage import outbox, runs, set_aside
from storage.agency import interfaces, notices
from storage.clock import still_waits
from storage.crawling import frontier
from storage.crawling.hosts import Limits
from storage.engine import display_name, reading
from storage.matches import match_facts
from storage.outbox import Outgoing

_PARTS = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload")

LONGEST_COPY_SECONDS = 3600.0
"""A file last written so far ahead was written by a clock that was wrong: a folder's server may be ahead by less."""
DAILY = timedelta(days=1)
LATEST = timedelta(days=7)
"""A digest that could not be sent for so long is not news any more; it stays in the outbox and its folder."""


def crawl(context: Context) -> bool:
    """Whether any feed or page is due and free."""
    with reading(context.engine) as session:
        return frontier.count_due(session, context.now(), limits_of(context)) > 0


def limits_of(context: Context) -> Limits:
    """Which hosts may be asked how much, from the configuration."""
    settings = context.config.crawl
    return Limits(
        never=settings.never,
        daily_requests=settings.daily_requests_per_host,
        daily_of_outlet=settings.daily_requests_per_outlet,
    )


def wire(context: Context) -> bool:
    """Whether a whole file lies in a drop folder, and is not left alone because it failed."""
    settings = context.config.wire
    files = [path for folder, _ in settings.watched() for path in waiting(folder, settings.settle_seconds, time.time())]
    if not files:
        return False
    with reading(context.engine) as session:
        held = set_aside.held(session, "file", context.now())
    return any(set_aside.name_of(str(path)) not in held for path in files)


def waiting(folder: Path, settle_seconds: float, wall: float) -> list[Path]:
    """What lies in a drop folder and nobody is still writing, as it came: unchanged for a while, not hidden, not named
    a part. Links and the like are among it, to be refused; folders are not."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if not path.name.startswith(".") and path.suffix.lower() not in _PARTS]
    rested = [(came, path) for path in files if (came := _rested_since(path, wall - settle_seconds)) is not None]
    return [path for _, path in sorted(rested)]


def _rested_since(path: Path, since: float) -> int | None:
    """When something came (ns), if it was last written before `since`; None for what is younger or a folder.

    What was copied with a date of tomorrow was changed when it came; what came while the clock was ahead is not waited
    for until then. A link is looked at itself and never followed.
    """
    with suppress(OSError):  # gone since the folder was listed
        seen = path.lstat()
        written = min(seen.st_mtime, seen.st_ctime)
        if not S_ISDIR(seen.st_mode) and (written <= since or written > since + LONGEST_COPY_SECONDS):
            return seen.st_ctime_ns
    return None


def poll(context: Context) -> bool:
    """Whether AFP's interface may be asked now: an account is named, and it does not want to be left alone."""
    afp = context.config.wire.afp
    if not afp.user:
        return False
    with reading(context.engine) as session:
        return interfaces.is_due(session, afp.name, context.now())


def match(context: Context) -> bool:
    """Whether any version or take has not been matched and is not set aside, or a notice waits to be judged."""
    with reading(context.engine) as session:
        held = set_aside.held(session, "closure", context.now())
        waits = any(match_facts.is_waiting(session, kind, VERSION, held_rows(held, kind)) for kind in KINDS)
        return waits or notices.are_waiting(session, context.now())


def digest(context: Context) -> bool:
    """Whether a digest is to be made or sent now: of the last whole local day, or one a server did not take before."""
    return new_digest(context) or bool(unsent(context))


def new_digest(context: Context) -> bool:
    """Whether any reader's digest of their last day or week is still owed."""
    return bool(owed(context))


def owed(context: Context) -> list[tuple[Subscriber, Period]]:
    """The readers whose last day's or last week's digest is not composed, or not on its way.

    A day that was over before this installation first ran is not owed: a digest of nothing helps nobody.
    """
    now = context.now()
    with reading(context.engine) as session:
        first = runs.first_started(session)
        if first is None:
            return []
        held = set_aside.held(session, "digest", now)
        return [
            (reader, period)
            for reader in subscribers(context.config)
            for period in reader.periods(now)
            if first < period.window(reader.zone).end
            and outbox.is_owed(session, period.last, reader.recipient, now, period.kind)
            and outbox.name_of(period.last, reader.recipient, period.kind) not in held
        ]


def unsent(context: Context) -> list[Outgoing]:
    """Digests of days before the last one that wait for another try: the server was down for longer than a day."""
    now = context.now()
    last_day = {reader.recipient: reader.day(now) for reader in subscribers(context.config)}
    days = last_day.values()
    with reading(context.engine) as session:
        waiting = outbox.unsent(session, since=min(days) - LATEST, before=max(days), now=now)
        held = set_aside.held(session, "digest", now)
    return [
        digest
        for digest in waiting
        if digest.recipient != FILE_RECIPIENT
        and digest.local_date < last_day.get(digest.recipient, digest.local_date)
        and outbox.name_of(digest.local_date, digest.recipient, digest.kind) not in held
    ]


def prune(context: Context) -> bool:
    """Whether a day has passed since texts were last let go; a failed run is repeated at the next tick."""
    with reading(context.engine) as session:
        last = runs.last_succeeded(session, "prune")
        return last is None or not still_waits(last + DAILY, context.now(), since=last)


def database(context: Context) -> str:
    """The database's address without its password."""
    return display_name(context.engine)
