"""Is there anything to do? What the daemon asks at every tick: light questions, nothing changed."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.context import Context
from matcher import VERSION
from storage import frontier, matching, notices, outbox, runs
from storage.engine import display_name, reading
from storage.hosts import Limits

FILE_RECIPIENT = "file"
"""Stands in the outbox for the digest that is only written to a folder."""


def crawl(context: Context) -> bool:
    """Whether any feed or page is due and free."""
    with reading(context.engine) as session:
        return frontier.count_due(session, context.now(), limits_of(context)) > 0


def limits_of(context: Context) -> Limits:
    """Which hosts may be asked how much, from the configuration."""
    settings = context.config.crawl
    return Limits(never=settings.never, daily_requests=settings.daily_requests_per_host)


def wire(context: Context) -> bool:
    """Whether a whole file lies in the drop folder."""
    folder = context.config.wire.drop
    return folder is not None and bool(waiting(folder, context.config.wire.settle_seconds, time.time()))


def waiting(folder: Path, settle_seconds: float, wall: float) -> list[Path]:
    """The files in a drop folder that nobody is still writing: unchanged for a while, and not hidden."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(path for path in files if path.stat().st_mtime <= wall - settle_seconds)


def match(context: Context) -> bool:
    """Whether any version or take has not been matched, or a notice waits to be judged."""
    with reading(context.engine) as session:
        return matching.count_unmatched(session, VERSION) > 0 or notices.are_waiting(session, context.now())


def digest(context: Context) -> bool:
    """Whether a recipient's digest of the last whole local day is still owed.

    A day that was over before this installation first ran is not: a digest of nothing helps nobody.
    """
    settings = context.config.digest
    now = context.now()
    day = digest_date(now, settings.zone, settings.hour)
    day_over = datetime.combine(day + timedelta(days=1), clock_time(), ZoneInfo(settings.zone))
    with reading(context.engine) as session:
        first = runs.first_started(session)
        if first is None or first >= day_over:
            return False
        return any(outbox.is_owed(session, day, recipient, now) for recipient in recipients(context))


def prune(context: Context) -> bool:
    """Whether a day has passed since texts were last let go; a failed run is repeated at the next tick."""
    with reading(context.engine) as session:
        last = runs.last_succeeded(session, "prune")
        return last is None or last <= context.now() - timedelta(days=1)


def recipients(context: Context) -> tuple[str, ...]:
    """Who gets a digest; without anybody it is written to the folder."""
    return context.config.digest.recipients or (FILE_RECIPIENT,)


def digest_date(now: datetime, zone: str, hour: int) -> date:
    """The day the digest owed at `now` reports on: yesterday from `hour` o'clock on the reader's clock, before it
    the day before. Asked every minute instead of scheduled: a cron at a local hour skips or repeats over DST."""
    local = now.astimezone(ZoneInfo(zone))
    return local.date() - timedelta(days=1 if local.hour >= hour else 2)


def database(context: Context) -> str:
    """The database's address without its password."""
    return display_name(context.engine)
