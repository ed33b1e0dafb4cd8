"""Is there anything to do? What the daemon asks at every tick: light questions, nothing changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from jobs.context import Context
from matcher import VERSION
from storage import frontier, matching, outbox
from storage.engine import display_name, reading

FILE_RECIPIENT = "file"
"""Stands in the outbox for the digest that is only written to a folder."""


def crawl(context: Context) -> bool:
    """Whether any feed or page is due and free."""
    with reading(context.engine) as session:
        return frontier.count_due(session, context.now()) > 0


def match(context: Context) -> bool:
    """Whether any version or take has not been matched."""
    with reading(context.engine) as session:
        return matching.count_unmatched(session, VERSION) > 0


def digest(context: Context) -> bool:
    """Whether a recipient's digest of the last whole local day is still owed."""
    day = digest_date(context.now(), context.config.digest.zone, context.config.digest.hour)
    with reading(context.engine) as session:
        return any(outbox.is_owed(session, day, recipient) for recipient in recipients(context))


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
