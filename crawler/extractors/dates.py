"""Reads a wall-clock time out of a string: ISO 8601, RFC 2822, and the ways newspapers write dates.

What comes out is what was written, no more: a field that is missing stays None, and so does an offset that is not
stated. Day-month order of all-number dates is decided by the caller (the outlet's country), never guessed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone


@dataclass(frozen=True, slots=True)
class Wall:
    """A date as written, with the time of day and the offset in minutes where they were written too."""

    year: int
    month: int
    day: int
    hour: int | None = None
    minute: int = 0
    second: int = 0
    offset_minutes: int | None = None
    microsecond: int = 0

    @property
    def timed(self) -> bool:
        """Whether a time of day was written."""
        return self.hour is not None

    @property
    def midnight(self) -> bool:
        """Whether the time written is 00:00:00: what systems write that keep a day and no time (nature.com)."""
        return self.hour == 0 and not (self.minute or self.second or self.microsecond)

    def naive(self) -> datetime:
        """The wall clock without a zone; midnight when no time was written."""
        return datetime(  # noqa: DTZ001  -- a wall clock has no zone until the caller knows one
            self.year, self.month, self.day, self.hour or 0, self.minute, self.second, self.microsecond
        )

    def instant(self) -> datetime | None:
        """The instant in UTC when time and offset were both written."""
        if self.hour is None or self.offset_minutes is None:
            return None
        return (self.naive().replace(tzinfo=timezone(timedelta(minutes=self.offset_minutes)))).astimezone(UTC)


_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero ene janeiro gennaio gen januari ocak stycznia января "
        "январь янв ιανουαρίου leden ledna يناير جانفي siječnja sausio",
        "february feb februar févr février fév febrero fevereiro fev febbraio febbr februari şubat lutego "
        "февраля февраль фев فبراير فيفري února vasario feber",
        "march mar märz mrz mars marzo março maart maret mart marca марта март мар مارس března kovo marts",
        "april apr avril avr abril abr aprile aprili nisan kwietnia апреля апрель апр أبريل ابريل إبريل أفريل "
        "dubna balandžio",
        "may mai mayo maio maggio mag mei mayıs maja мая май مايو ماي května gegužės maj",
        "june jun juni juin junio junho giugno giu haziran czerwca июня июнь июн يونيو جوان června birželio",
        "july jul juli juillet juil julio julho luglio lug temmuz lipca июля июль июл يوليو جويلية července liepos",
        "august aug août aout agosto ago agustus agu ağustos sierpnia августа август авг أغسطس اغسطس أوت "
        "srpna rugpjūčio",
        "september sep sept septembre septiembre setiembre setembro set settembre eylül września сентября "
        "сентябрь сен سبتمبر září rugsėjo",
        "october oct oktober okt octobre octubre outubro out ottobre ott ekim października октября октябрь "
        "окт أكتوبر اكتوبر října spalio",
        "november nov novembre noviembre novembro kasım listopada ноября ноябрь ноя نوفمبر listopadu lapkričio",
        "december dec dezember dez décembre déc diciembre dic dezembro dicembre desember des aralık grudnia "
        "декабря декабрь дек ديسمبر prosince gruodžio",
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))

# Abbreviations with an offset; those that name several zones (IST, CST, BST, AST) are left to the outlet.
OFFSETS = {
    "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "jst": 540,
    "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480,
    "nzst": 720, "nzdt": 780, "wib": 420, "wita": 480, "wit": 540, "pht": 480, "pkt": 300, "sast": 120, "wat": 60,
    "eat": 180, "brt": -180, "trt": 180,
}  # fmt: skip
_ISO = re.compile(
    r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})"
    r"(?:[T ]{1,2}(?P<H>\d{1,2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?"
    r"\s?(?P<z>Z|UTC|GMT|[+\-−]\d{1,2}:?(?:\d{2})?)?)?(?!\d)",
    re.I,
)
_CLOCK = (
    r"(?P<H>\d{1,2})\s?(?:[:.h]|\s:\s|Uhr\s)(?P<M>\d{2})(?::(?P<S>\d{2}))?\s*(?P<ap>[ap]\.?\s?m\b\.?)?"
    r"(?:\s*\(?(?P<z>(?:UTC|GMT)?\s?[+\-]\d{1,2}:?(?:\d{2})?|[A-Z]{2,5})\b)?"
)
_CLOCK_AT = re.compile(_CLOCK, re.I)
_HOUR_ONLY = re.compile(r"(?P<H>\d{1,2})\s?(?P<ap>[ap]\.?\s?m\b\.?)(?:\s*\(?(?P<z>[A-Z]{3,4})\b)?", re.I)
_WORD = r"[^\W\d_]{3,12}"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|e|\.)?[\s\-/]*(?:de\s+|of\s+|\|\s*)?(?P<mon>{_WORD})\.?,?[\s\-/]*"
    r"(?:de\s+|del\s+)?(?P<y>\d{4})(?!\d)",
    re.I,
)
_MONTH_DAY = re.compile(rf"(?P<mon>{_WORD})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<y>\d{{4}})(?!\d)", re.I)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})(?!\d)\s?[日일.]?"
)
_NUMBERS = re.compile(r"(?<![\d.])(?P<a>\d{1,2})(?P<s>[./\-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})(?!\d)")
_WRITTEN = (_DAY_MONTH, _MONTH_DAY, _YEAR_FIRST, _NUMBERS)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
MAX_CHARS = 300
"""Longer strings are running text, where a date is somebody else's."""


def month_of(word: str) -> int:
    """The number of a month's name in any of the languages read, or 0."""
    return _MONTHS.get(word.lower().rstrip("."), 0)


def offset_of(zone: str | None) -> int | None:
    """Minutes east of UTC for "Z", "+02:00", "GMT+3" or an unambiguous abbreviation."""
    if not zone:
        return None
    name = zone.strip().lower().replace("−", "-")
    if name in OFFSETS:
        return OFFSETS[name]
    match = re.fullmatch(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?", name)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return (minutes if match[1] == "+" else -minutes) if minutes <= 14 * 60 else None


def _hour(hour: int, half: str | None) -> int:
    """24-hour clock; a "pm" after 13:07 is noise (arriyadiyah.com writes "13:07 pm")."""
    letter = (half or " ")[0].lower()
    if letter == "p" and hour < 12:
        return hour + 12
    return 0 if letter == "a" and hour == 12 else hour


def _wall(day: tuple[int, int, int], clock: re.Match[str] | None) -> Wall | None:
    try:
        date(*day)
    except ValueError:
        return None
    if not 1990 <= day[0] <= 2100:
        return None
    if clock is None:
        return Wall(*day)
    groups = clock.groupdict()
    hour, minute = _hour(int(groups["H"]), groups.get("ap")), int(groups.get("M") or 0)
    second = int(groups.get("S") or 0)
    if hour > 23 or minute > 59 or second > 59:
        return Wall(*day)
    micro = int((groups.get("f") or "0")[:6].ljust(6, "0"))
    return Wall(*day, hour, minute, second, offset_of(groups.get("z")), micro)


def parse_iso(text: str) -> Wall | None:
    """A machine-written date: ISO 8601, or seconds (milliseconds) since 1970."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        seconds = int(text[:10])
        when = datetime.fromtimestamp(seconds, UTC)
        return Wall(when.year, when.month, when.day, when.hour, when.minute, when.second, 0)
    match = _ISO.match(text)
    if match is None:
        return None
    return _wall((int(match["y"]), int(match["m"]), int(match["d"])), match if match["H"] else None)


def parse(text: str, month_first: bool = False) -> Wall | None:
    """The first date in a string, with the clock beside it. `month_first` decides 05/06/2024."""
    text = text[:MAX_CHARS]
    wall = parse_iso(text)
    if wall is not None:
        return wall
    for match in (match for pattern in _WRITTEN for match in pattern.finditer(text)):
        day = _day_of(match, month_first)
        wall = _wall(day, _clock_beside(text, match)) if day is not None else None
        if wall is not None:
            return wall
    return None


def _day_of(match: re.Match[str], month_first: bool) -> tuple[int, int, int] | None:
    groups = match.groupdict()
    if "a" in groups:
        year = int(groups["y"]) + (2000 if len(groups["y"]) == 2 else 0)
        first, second = int(groups["a"]), int(groups["b"])
        if second > 12 or (month_first and first <= 12 and groups["s"] != "."):
            first, second = second, first
        return year, second, first
    month = int(groups["m"]) if "m" in groups else month_of(groups["mon"])
    return (int(groups["y"]), month, int(groups["d"])) if month else None


def _clock_beside(text: str, match: re.Match[str]) -> re.Match[str] | None:
    """The time of day after the date, or else before it."""
    after, before = text[match.end() : match.end() + 40], text[max(0, match.start() - 40) : match.start()]
    for part in (after, before):
        for pattern in (_CLOCK_AT, _HOUR_ONLY):
            clock = pattern.search(part)
            if clock is not None:
                return clock
    return None
