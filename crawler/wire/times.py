"""Times as agencies write them, into Moments that never guess a zone.

A time with an offset (`Z`, `+0200`, `GMT`) is an instant. One without is a wall clock somewhere between
UTC-12 and UTC+14: it becomes bounds, closed from above by the time we received the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from news.articles import Moment

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)
EASTERNMOST = timedelta(hours=14)
WESTERNMOST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Written:
    """A time as it stands in a file: an instant when `zoned`, else a wall clock merely labelled UTC."""

    clock: datetime
    zoned: bool
    whole_day: bool = False


def moment(written: object, received: datetime) -> Moment | None:
    """A Moment from one written time, None when it cannot be read. `received` is when we got the file."""
    found = read_time(written)
    return None if found is None else to_moment(found, received)


def first_moment(candidates: list[object], received: datetime) -> Moment:
    """The first readable of several written times; failing all, only that it was filed before we had it."""
    for written in candidates:
        found = moment(written, received)
        if found is not None:
            return found
    return Moment(latest=received, source="filing", zone="unknown")


def to_moment(written: Written, received: datetime) -> Moment:
    """An instant, or bounds for a wall clock without a zone; a date alone spans its whole day."""
    clock = written.clock
    if written.zoned:
        return Moment(at=clock, earliest=clock, latest=clock, source="filing", zone="stated")
    earliest = clock - EASTERNMOST
    latest = clock + WESTERNMOST + (timedelta(days=1) if written.whole_day else timedelta())
    if earliest <= received < latest:
        latest = received
    return Moment(earliest=earliest, latest=latest, source="filing", zone="unknown")


def instant_or_earliest(written: object) -> datetime | None:
    """When an embargo lifts; without a zone the earliest it can be, so that no breach is asserted on a guess."""
    found = read_time(written)
    if found is None:
        return None
    return found.clock if found.zoned else found.clock - EASTERNMOST


def read_time(written: object) -> Written | None:
    """A time in ISO 8601, its compact form, or RFC 822; None when it is none of these."""
    text = written.strip()[:64] if isinstance(written, str) else ""
    try:
        found = _ISO.fullmatch(text)
        return _rfc822(text) if found is None else _from_iso(found)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _from_iso(found: re.Match[str]) -> Written:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    clock = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro, UTC)
    if not 2 <= clock.year <= 9998:
        raise ValueError(f"year {clock.year} leaves no room for bounds")
    if zone is None:
        return Written(clock, zoned=False, whole_day=hour is None)
    return Written(clock - _offset(zone), zoned=True)


def _offset(zone: str) -> timedelta:
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return timedelta()
    sign, hours, minutes = found.groups()
    if int(hours) > 14 or int(minutes or 0) > 59:
        raise ValueError(f"no such offset: {zone}")
    return (1 if sign == "+" else -1) * timedelta(hours=int(hours), minutes=int(minutes or 0))


def _rfc822(text: str) -> Written | None:
    if not text:
        return None
    when = parsedate_to_datetime(text)
    if not 2 <= when.year <= 9998:
        return None
    if when.tzinfo is None:
        return Written(when.replace(tzinfo=UTC), zoned=False)
    return Written(when.astimezone(UTC), zoned=True)
