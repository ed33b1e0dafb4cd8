"""Reads a wall-clock time out of a string: ISO 8601, RFC 2822, and the ways newspapers write dates.

What comes out is what was written, no more: a field that is missing stays None, and so does an offset that is not
stated. Day-month order of all-number dates is decided by the caller (the outlet's country), never guessed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import NamedTuple

from babel.core import Locale, UnknownLocaleError


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

    @property
    def day_written(self) -> date:
        """The calendar day as written."""
        return date(self.year, self.month, self.day)

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
        "январь янв ιανουαρίου leden ledna يناير جانفي siječnja sausio januára ژانویه فروردین",
        "february feb februar févr février fév febrero fevereiro fev febbraio febbr februari şubat lutego "
        "февраля февраль фев فبراير فيفري شباط února vasario feber فوریه اردیبهشت",
        "march mar märz mrz mars marzo março maart maret mart marca марта март мар مارس آذار اذار března kovo "
        "marts خرداد",
        "april apr avril avr abril abr aprile aprili nisan kwietnia апреля апрель апр أبريل ابريل إبريل أفريل نيسان "
        "dubna balandžio آوریل تیر",
        "may mai mayo maio maggio mag mei mayıs maja мая май مايو ماي أيار ايار května gegužės maj مرداد",
        "june jun juni juin junio junho giugno giu haziran czerwca июня июнь июн يونيو جوان حزيران června birželio "
        "ژوئن شهریور",
        "july jul juli juillet juil julio julho luglio lug temmuz lipca июля июль июл يوليو جويلية يوليوز تموز "
        "července "
        "liepos ژوئیه مهر",
        "august aug août aout agosto ago agustus agu ağustos sierpnia августа август авг أغسطس اغسطس أوت غشت آب "
        "srpna rugpjūčio آبان",
        "september sep sept septembre septiembre setiembre setembro set settembre eylül września сентября "
        "сентябрь сен سبتمبر شتنبر أيلول ايلول září rugsėjo سپتامبر آذر",
        "october oct oktober okt octobre octubre outubro out ottobre ott ekim października октября октябрь "
        "окт أكتوبر اكتوبر října spalio اکتبر دی",
        "november nov novembre noviembre novembro kasım listopada ноября ноябрь ноя نوفمبر نونبر listopadu lapkričio "
        "نوامبر بهمن",
        "december dec dezember dez décembre déc diciembre dic dezembro dicembre desember des aralık grudnia "
        "декабря декабрь дек ديسمبر دجنبر prosince gruodžio دسامبر اسفند",
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))
_CLDR = (
    "ar az be bg bn bs ca cs da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn "
    "ko ky lo lt "
    "lv mk ml mn mr ms my nb ne nl nn pa pl ps pt ro ru si sk sl sq sr sr_Latn sv sw ta te th tr uk ur uz vi"
).split()
"""Languages whose month names Babel knows and papers write; read the first time a word is none of the months above."""
_IN_TABLE = frozenset("en de fr es it pt nl".split())
"""Languages whose months all stand above."""


# Abbreviations with an offset; those that name several zones (IST, CST, BST, AST) are left to the outlet.
OFFSETS = {
    "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "jst": 540,
    "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480,
    "nzst": 720, "nzdt": 780, "wib": 420, "wita": 480, "wit": 540, "pht": 480, "pkt": 300, "sast": 120, "wat": 60,
    "eat": 180, "brt": -180, "trt": 180,
}  # fmt: skip
_ISO = re.compile(
    r"(?<!\d)(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})"
    r"(?:[T ]{1,2}(?P<H>\d{1,2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?"
    r"\s?(?P<z>Z|UTC|GMT|[+\-−]\d{1,2}:?(?:\d{2})?)?)?(?!\d)",
    re.I,
)
_MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORD = rf"(?:[\u0e00-\u0e7f]{{1,3}}\.[\u0e00-\u0e7f]{{1,3}}\.|[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,16}})"
_P = (
    r"p\.?\s?m\b\.?|مساء[ًا]*|بعد الظهر|م(?![\w])|下午|晚上|傍晚|中午|오후|午後|μ\.?μ\.?|ب\.ظ|(?-i:CH\b|ÖS\b)|chiều|tối|"
    r"अपराह्न"
)
_A = r"a\.?\s?m\b\.?|صباح[ًا]*|ص(?![\w])|上午|凌晨|早上|清晨|오전|午前|π\.?μ\.?|ق\.ظ|(?-i:SA\b|ÖÖ\b)|sáng|पूर्वाह्न"
_ZONE = r"(?:\s*\(?(?P<z>(?:UTC|GMT)?\s?[+\-−]\d{1,2}:?(?:\d{2})?|[A-Z]{1,5})\b)?"
_CLOCK_AT = re.compile(
    rf"(?:(?P<p1>{_P})|(?P<a1>{_A}))?\s?(?<![\d.])(?P<H>\d{{1,2}})(?:\s?(?:[:.h：﹕]|時|时|點|点|시|\bUhr\b)\s?|"
    rf"\s[:h]\s)(?P<M>\d{{2}})(?![\d])"
    rf"(?:分|분)?(?::(?P<S>\d{{2}}))?\s*(?:(?P<p2>{_P})|(?P<a2>{_A}))?{_ZONE}",
    re.I,
)
_HOUR_ONLY = re.compile(
    rf"(?:(?:(?P<p1>{_P})|(?P<a1>{_A}))\s?(?P<H>\d{{1,2}})\s?(?:時|时|點|点|시)|(?P<H2>\d{{1,2}})\s?(?:(?P<p2>{_P})|"
    rf"(?P<a2>{_A}))){_ZONE}",
    re.I,
)
_YEAR = r"(?P<y>\d{4})(?!\d)"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|e|\.)?[\s\-/]*(?:de\s+|of\s+|\|\s*)?(?P<mon>{_WORD})\.?,?[\s\-/]*"
    rf"(?:de\s+|del\s+|г\.?\s+)?(?:{_YEAR}|['’]?(?P<yy>\d{{2}})(?=\s+\d{{1,2}}:\d{{2}}))",
    re.I,
)
_MONTH_DAY = re.compile(rf"(?P<mon>{_WORD})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*{_YEAR}", re.I)
_JAVA = re.compile(
    rf"(?P<mon>{_WORD})\s+(?P<d>\d{{1,2}})\s+(?P<H>\d{{1,2}}):(?P<M>\d{{2}})(?::(?P<S>\d{{2}}))?\s+"
    rf"(?:(?P<z>[A-Z]{{2,5}}(?:[+\-]\d{{1,2}}:?\d{{2}})?|[+\-]\d{{4}})\s+)?{_YEAR}",
)
"""`Fri Nov 20 20:05:00 UTC 2026`: java.util.Date, and asctime without the zone."""
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:1[34]|19|20|25)\d{2})\s?[-/.年년]\s?(?P<m>\d{1,2})\s?[-/.月월]\s?(?P<d>\d{1,2})(?!\d)\s?[日일.]?"
)
_YEAR_WORD = re.compile(
    rf"(?<!\d)(?P<y>(?:1[34]|19|20|25)\d{{2}})(?:\.?\s?(?:m\.|gada)|\.|"
    rf",)?\s?(?:(?P<d2>\d{{1,2}})\.\s?)?(?P<mon>{_WORD})\.?(?:\s?(?P<d>\d{{1,2}})(?![\d:]))?",
    re.I,
)
"""Year first with the month in words: "2026. november 20." (hu), "2026 m. lapkričio 20 d." (lt), "2026. gada 20.
maijā"."""
_NUMBERS = re.compile(r"(?<![\d.])(?P<a>\d{1,2})(?P<s>[./\-])\s?(?P<b>\d{1,2})(?P=s)\s?(?P<y>\d{4}|\d{2})(?!\d)")
_WRITTEN = (_DAY_MONTH, _MONTH_DAY, _YEAR_FIRST, _NUMBERS, _YEAR_WORD)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_TWO_WORDS = re.compile(r"(كانون|تشرين)\s+(?:ال)?(أول|اول|أوّل|ثاني|ثانى)")
_SYRIAN = {("كانون", False): "ديسمبر", ("كانون", True): "يناير", ("تشرين", False): "أكتوبر", ("تشرين", True): "نوفمبر"}
_VIETNAMESE = re.compile(r"(\d{1,2})\s+tháng\s+(\d{1,2}),?\s+(?:năm\s+)?(\d{4})", re.I)
MAX_CHARS = 300
"""Longer strings are running text, where a date is somebody else's."""


def month_of(word: str) -> int:
    """The number of a month's name in one of the languages most read, or 0."""
    return _MONTHS.get(word.lower().rstrip("."), 0)


def _month(word: str, language: str) -> int:
    """The number of a month's name in the page's language, or in any; 0 for another word."""
    name = word.lower().strip(".")
    if language == "hr":  # the Croatian listopad is October, the Polish one November
        return _cldr(language).get(name, 0)
    if name in _MONTHS:
        return _MONTHS[name]
    if name.isascii() and language in _IN_TABLE:
        return 0
    return _cldr(language).get(name) or _all_cldr().get(name, 0)


@cache
def _cldr(language: str) -> dict[str, int]:
    """The names of the months in a language, long and short, as they stand in dates and alone."""
    try:
        names = Locale.parse(language).months
    except (UnknownLocaleError, ValueError, TypeError):
        return {}
    return {
        name.lower().strip("."): number
        for usage in ("stand-alone", "format")
        for width in ("abbreviated", "wide")
        for number, name in names[usage][width].items()
        if not name.isdigit() and len(name) > 1
    }


@cache
def _all_cldr() -> dict[str, int]:
    """The names that mean one month only, whatever the language."""
    found: dict[str, set[int]] = {}
    for language in _CLDR:
        for name, number in _cldr(language).items():
            found.setdefault(name, set()).add(number)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}


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


def _hour(hour: int, groups: dict[str, str | None]) -> int:
    """24-hour clock; a "pm" after 13:07 is noise (arriyadiyah.com writes "13:07 pm")."""
    if hour < 12 and (groups.get("p1") or groups.get("p2")):
        return hour + 12
    return 0 if hour == 12 and (groups.get("a1") or groups.get("a2")) else hour


def _western(day: tuple[int, int, int]) -> tuple[int, int, int]:
    """The day by the calendar of the West: Thai years are 543 ahead, Persian ones begin in March 621 years behind."""
    year, month, number = day
    if 2400 <= year <= 2700:
        return year - 543, month, number
    if not 1300 <= year <= 1500 or not 1 <= month <= 12 or not 1 <= number <= 31:
        return day
    leap = (year % 33) in (1, 5, 9, 13, 17, 22, 26, 30)
    before = (year % 33 - 1) in (1, 5, 9, 13, 17, 22, 26, 30)
    new_year = date(year + 621, 3, 20 if leap or (before and year % 4 != 0 and year % 33 == 0) else 21)
    passed = (month - 1) * 31 if month <= 7 else 186 + (month - 7) * 30
    found = new_year + timedelta(days=passed + number - 1)
    return found.year, found.month, found.day


def _wall(day: tuple[int, int, int], clock: re.Match[str] | None) -> Wall | None:
    day = _western(day)
    try:
        date(*day)
    except ValueError:
        return None
    if not 1990 <= day[0] <= 2100:
        return None
    if clock is None:
        return Wall(*day)
    groups = clock.groupdict()
    hour, minute = _hour(int(groups["H"] or groups["H2"]), groups), int(groups.get("M") or 0)
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


def parse(text: str, month_first: bool = False, language: str = "") -> Wall | None:
    """The first date in a string, with the clock beside it. `month_first` decides 05/06/2024."""
    wall = parse_iso(text[:MAX_CHARS])
    if wall is not None and (wall.timed or len(text) <= 12):
        return wall
    return next((found.wall for found in find(text, month_first, language)), None)


class Found(NamedTuple):
    """A date in a string, and where it stands with its clock."""

    wall: Wall
    start: int
    end: int


def find(text: str, month_first: bool = False, language: str = "") -> Iterator[Found]:
    """Every date in a string in order, each with the clock beside it."""
    text = _plain(text[:MAX_CHARS])
    if not MAY_HOLD.search(text):
        return
    matches: list[tuple[re.Match[str], tuple[int, int, int]]] = []
    for pattern in (_JAVA, _ISO, *_WRITTEN):
        for match in pattern.finditer(text):
            if any(match.start() < other.end() and other.start() < match.end() for other, _ in matches):
                continue
            day = _day_of(match, month_first, language)
            if day is not None and _wall(day, None) is not None:
                matches.append((match, day))
    matches.sort(key=lambda one: one[0].start())
    for number, (match, day) in enumerate(matches):
        before = matches[number - 1][0].end() if number else 0
        after = matches[number + 1][0].start() if number + 1 < len(matches) else len(text)
        clock = match if match.groupdict().get("H") else _clock_beside(text, match, before, after)
        wall = _wall(day, clock)
        if wall is not None:
            yield Found(wall, match.start(), match.end())


MAY_HOLD = re.compile(r"\d{4}|\d\s?[./\-]\s?\d\d?[./\-]\s?\d\d|\d\d\s+\d\d?:\d\d")
"""What every date in a line has, at a glance: a year, three numbers, or a short year before a clock."""
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")


def _plain(text: str) -> str:
    """The text with months of two words in one, and Vietnamese dates in numbers."""
    if text.isascii():
        return text
    text = _OTHER_DIGIT.sub(lambda match: str(int(match[0])), text)
    text = _TWO_WORDS.sub(lambda match: _SYRIAN[match[1], match[2].startswith("ث")], text)
    return _VIETNAMESE.sub(r"\3-\2-\1", text)


def _day_of(match: re.Match[str], month_first: bool, language: str) -> tuple[int, int, int] | None:
    groups = match.groupdict()
    year = int(groups["y"]) if groups["y"] else 2000 + int(groups["yy"])
    if "a" in groups:
        year += 2000 if len(groups["y"]) == 2 else 0
        first, second = int(groups["a"]), int(groups["b"])
        if second > 12 or (month_first and first <= 12 and groups["s"] != "."):
            first, second = second, first
        return year, second, first
    month = int(groups["m"]) if "m" in groups else _month(groups["mon"], language)
    day = groups.get("d") or groups.get("d2")
    return (year, month, int(day)) if month and day else None


def _clock_beside(text: str, match: re.Match[str], before: int, after: int) -> re.Match[str] | None:
    """The time of day after the date, or else before it, not beyond the dates around."""
    spans = ((match.end(), min(after, match.end() + 40)), (max(before, match.start() - 40), match.start()))
    for start, end in spans:
        for pattern in (_CLOCK_AT, _HOUR_ONLY):
            clock = pattern.search(text[start:end])
            if clock is not None:
                return clock
    return None
