"""The clock of an outlet nobody catalogued: the zone of the country its domain belongs to, where that has only one.

Only country domains of one zone are listed (a .us, .ca, .au, .br, .mx, .ru or .id page could be in several), and
never the free-for-all ones (.co, .io, .me, .tv). What is read with such a zone is marked as the outlet's, not stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extractors.dates import Wall
from news.articles import Moment, MomentSource, Outlet

ZONE_OF_DOMAIN = {
    "ae": "Asia/Dubai", "ar": "America/Argentina/Buenos_Aires", "at": "Europe/Vienna", "ba": "Europe/Sarajevo",
    "bd": "Asia/Dhaka", "be": "Europe/Brussels", "bg": "Europe/Sofia", "bo": "America/La_Paz", "by": "Europe/Minsk",
    "ch": "Europe/Zurich", "cn": "Asia/Shanghai", "cr": "America/Costa_Rica", "cu": "America/Havana",
    "cz": "Europe/Prague", "de": "Europe/Berlin", "dk": "Europe/Copenhagen", "do": "America/Santo_Domingo",
    "dz": "Africa/Algiers", "ee": "Europe/Tallinn", "eg": "Africa/Cairo", "es": "Europe/Madrid",
    "et": "Africa/Addis_Ababa", "fi": "Europe/Helsinki", "fr": "Europe/Paris", "gh": "Africa/Accra",
    "gr": "Europe/Athens", "gt": "America/Guatemala", "hk": "Asia/Hong_Kong", "hn": "America/Tegucigalpa",
    "hr": "Europe/Zagreb", "hu": "Europe/Budapest", "ie": "Europe/Dublin", "il": "Asia/Jerusalem",
    "in": "Asia/Kolkata", "iq": "Asia/Baghdad", "ir": "Asia/Tehran", "is": "Atlantic/Reykjavik", "it": "Europe/Rome",
    "jo": "Asia/Amman", "jp": "Asia/Tokyo", "ke": "Africa/Nairobi", "kr": "Asia/Seoul", "kw": "Asia/Kuwait",
    "lb": "Asia/Beirut", "lk": "Asia/Colombo", "lt": "Europe/Vilnius", "lu": "Europe/Luxembourg", "lv": "Europe/Riga",
    "ma": "Africa/Casablanca", "my": "Asia/Kuala_Lumpur", "ng": "Africa/Lagos", "ni": "America/Managua",
    "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "np": "Asia/Kathmandu", "om": "Asia/Muscat", "pa": "America/Panama",
    "pe": "America/Lima", "ph": "Asia/Manila", "pk": "Asia/Karachi", "pl": "Europe/Warsaw", "py": "America/Asuncion",
    "qa": "Asia/Qatar", "ro": "Europe/Bucharest", "rs": "Europe/Belgrade", "sa": "Asia/Riyadh",
    "se": "Europe/Stockholm", "sg": "Asia/Singapore", "si": "Europe/Ljubljana", "sk": "Europe/Bratislava",
    "sn": "Africa/Dakar", "sv": "America/El_Salvador", "th": "Asia/Bangkok", "tn": "Africa/Tunis",
    "tr": "Europe/Istanbul", "tw": "Asia/Taipei", "tz": "Africa/Dar_es_Salaam", "ua": "Europe/Kyiv",
    "ug": "Africa/Kampala", "uk": "Europe/London", "uy": "America/Montevideo", "ve": "America/Caracas",
    "vn": "Asia/Ho_Chi_Minh", "za": "Africa/Johannesburg",
}  # fmt: skip


def zone_of(url: str) -> str:
    """The IANA zone of the address's country domain, or ""."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return ZONE_OF_DOMAIN.get(host.rpartition(".")[2], "")


_US_STYLE = frozenset(("US", "PH", "CA"))
_FIRST_SANE = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the caller knows about time: the outlet's zone and day order, and when the page was fetched."""

    zone: ZoneInfo | None
    month_first: bool
    fetched: datetime | None
    language: str = ""

    @classmethod
    def of(cls, outlet: Outlet | None, url: str, language: str, fetched: datetime | None) -> Clock:
        """The clock of an outlet, or of the country its domain belongs to.

        `language` is the page's own statement, with its region when it has one. Of an outlet unknown altogether only
        the reading order of 05/06/2024 is supposed: as its region has it, else American in English.
        """
        zone = None
        name = outlet.zone if outlet is not None and outlet.zone else zone_of(url)
        if name:
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                zone = None  # the catalogue is checked elsewhere; a wrong name must not stop a page
        code, _, region = language.replace("_", "-").partition("-")
        american = code.lower() == "en" and zone is None
        if outlet is not None:
            american = outlet.country in _US_STYLE
        elif len(region) == 2:
            american = region.upper() in _US_STYLE
        return cls(zone, american, fetched, code.lower())

    def moment(self, wall: Wall, source: MomentSource) -> Moment | None:
        """A wall clock as a Moment; None when it lies in the future of the fetch or before the Web's papers."""
        moment = self._moment(wall, source)
        first = moment.at or moment.earliest
        if first is None or first < _FIRST_SANE:
            return None
        if self.fetched is not None and first > self.fetched + timedelta(days=1):
            return None
        return moment

    def _moment(self, wall: Wall, source: MomentSource) -> Moment:
        stated = wall.instant()
        rest = timedelta(days=1, microseconds=-1) if wall.midnight or not wall.timed else timedelta(0)
        if stated is not None:
            return Moment(stated, stated, stated + rest, source, "stated")
        first = wall.naive()
        last = first + rest
        if self.zone is not None:
            # By the outlet's own clock: the day on which it is set back has 25 hours, and one hour that comes twice.
            start, end = first.replace(tzinfo=self.zone).astimezone(UTC), self._second(last)
            return Moment(start if wall.timed else None, min(start, end), max(start, end), source, "outlet")
        start, end = (when.replace(tzinfo=UTC) for when in (first, last))
        return Moment(None, start - timedelta(hours=14), end + timedelta(hours=12), source, "unknown")

    def _second(self, naive: datetime) -> datetime:
        """The later of the instants at which the outlet's clock shows this time."""
        return naive.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
