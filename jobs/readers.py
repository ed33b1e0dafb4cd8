"""Who reads the digest, with every choice made, and which digests each is owed at an instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, get_args
from zoneinfo import ZoneInfo

import config
from report.periods import Period, week_before
from storage.digest.digest_rows import Scope

FILE_RECIPIENT: Final = "file"
"""Stands in the outbox for the digest that is only written to a folder."""
_WEEKDAYS: Final = get_args(config.Weekday)[1:]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader. `name` is empty for a plain recipient; `weekday` (0 is Monday) is None without a weekly roll-up."""

    name: str
    recipient: str
    zone: ZoneInfo
    hour: int
    language: str
    weekday: int | None
    scope: Scope

    def day(self, now: datetime) -> date:
        """The last day whose digest may go out now."""
        return digest_date(now, self.zone.key, self.hour)

    def periods(self, now: datetime) -> Iterator[Period]:
        """The day and the week whose digests are this reader's last ones."""
        day = self.day(now)
        yield Period("daily", day)
        if self.weekday is not None:
            yield week_before(day, self.weekday)


def subscribers(settings: config.Config) -> tuple[Subscriber, ...]:
    """Everybody who gets a digest; without anybody, the folder."""
    digest = settings.digest
    plain = [config.ReaderConfig.model_construct(name="", address=address) for address in digest.recipients]
    readers = (*plain, *digest.readers)
    if not readers:
        readers = (config.ReaderConfig.model_construct(name="", address=FILE_RECIPIENT),)
    return tuple(_subscriber(reader, settings) for reader in readers)


def _subscriber(reader: config.ReaderConfig, settings: config.Config) -> Subscriber:
    """A reader's own choices, and those under [digest] where there are none."""
    digest = settings.digest
    weekly = digest.weekly if reader.weekly is None else reader.weekly
    agencies = settings.agencies if reader.agencies is None else reader.agencies
    return Subscriber(
        name=reader.name,
        recipient=reader.address,
        zone=ZoneInfo(reader.zone or digest.zone),
        hour=digest.hour if reader.hour is None else reader.hour,
        language=reader.language or digest.language,
        weekday=_WEEKDAYS.index(weekly) if weekly else None,
        scope=Scope(agencies, reader.outlets, reader.countries),
    )


def digest_date(now: datetime, zone: str, hour: int) -> date:
    """The day the digest owed at `now` reports on: yesterday from `hour` o'clock on the reader's clock, before it
    the day before. Asked every minute instead of scheduled: a cron at a local hour skips or repeats over DST."""
    local = now.astimezone(ZoneInfo(zone))
    yesterday = _day_before(local.date(), zone)
    return yesterday if local.hour >= hour else _day_before(yesterday, zone)


def _day_before(day: date, zone: str) -> date:
    """The date before, on that zone's calendar: on Samoa's there was no 30 December 2011."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return (midnight - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
