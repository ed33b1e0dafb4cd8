"""IPTC 7901 and ANPA 1312, the teleprinter frames: dpa, AP, Kyodo, and whoever else still sends them.

SOH header STX text ETX trailer EOT             (control characters may be lost on the way, as at Belga)

eca062 4 i 211 ccccb   dpa 061          service and number, priority, category, words, agency and item number
Germany-politics/                       slugline
REFILE / 1ST LEAD                       marks of the take
Headline over one or two lines
By Somebody, dpa =                      the head ends with "="
131137 GMT Nov 13                       trailer: day, hour, minute, month, year

W2346 asian / r i BC-AS--China-DaringEscap 3rdLd-Writethru   05-09 1444      AP
^BC-AS--China-Daring Escape, 3rd Ld-Writethru,827<                           keyword, words
^Headline< ^AP Photo …< ^Eds: …< ^By NAME=                                   head lines open with "^"
AP-WF-05-09-17 0056GMT
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crawler.wire.agency_text import tidy, unwrap
from crawler.wire.notice_words import month_number
from crawler.wire.raw_item import Reading
from crawler.wire.times import Written, first_moment, to_moment
from news.articles import Moment

_DPA_HEAD = re.compile(
    r"([A-Za-z]{2,4}) ?(\d{3,5}) (\d) ([A-Za-z]{1,4}) (\d{1,5})"
    r"(?:[ \t]+[a-z]{4,6})?(?:[ \t]+([A-Za-z][A-Za-z-]{1,10}) (\d{1,5}))?"
)
_ANPA_HEAD = re.compile(r"\s*([A-Za-z]\d{3,4})([A-Z]{2,10})?[\s\x1f]+\S")
_ANPA_KEYWORD = re.compile(r"[a-z]\s+[a-z]\s*[\x11-\x14]{1,3}\s*(\S.{2,80}?)\s+(\d\d-\d\d) (\d{4})")
_DPA_TRAILER = re.compile(r"(\d\d)(\d\d)(\d\d)\s+(GMT\s+|UTC\s+)?([A-Za-zäÄ]{3,4})\.?\s+(\d\d)\s*$")
_AP_TRAILER = re.compile(r"AP-[A-Z]{2}-(\d\d)-(\d\d)-(\d\d) (\d\d)(\d\d)(GMT)?")
_KYODO_TRAILER = re.compile(r"KWS-(\d\d):(\d\d)-(\d\d)-(\d\d)-(\d\d)")
# "bitte die Meldung dpa 0777 nicht verwenden": dpa kills and corrects by its item number of the day.
_NAMED_ITEM = re.compile(r"\bdpa (\d{4})\b")
_NOT_FOR_PRINT = re.compile(
    r"\s*(?:#{1,2} |\* \* \* \*|The following information is not|Die folgenden Informationen sind nicht)"
)
_TAKE_MARKS = re.compile(r"[A-Z0-9][A-Z0-9 /.-]{1,30}")
_LEAD_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\s?Ld", re.IGNORECASE)
_HEAD_REACH = 12
_COUNTED_IN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Frame:
    """A transmission in its three parts; header and trailer are empty where the control characters are lost."""

    header: str
    text: str
    trailer: str


def frame(raw: str) -> Frame:
    """Split at SOH, STX, ETX, EOT."""
    before, _, after = raw.partition("\x02")
    if not after:
        lines = raw.replace("\x01", "").strip("\x16\r\n ").splitlines()
        end = next((at for at in range(len(lines) - 1, 0, -1) if _DPA_TRAILER.fullmatch(lines[at].strip())), len(lines))
        return Frame("\n".join(lines[:1]), "\n".join(lines[1:end]), "\n".join(lines[end:]))
    text, _, trailer = after.partition("\x03")
    return Frame(before.rpartition("\x01")[2].replace("\x16", ""), text, trailer.partition("\x04")[0])


def is_dpa(raw: str) -> bool:
    """A header line in the form of IPTC 7901 as dpa and its clients write it."""
    return _DPA_HEAD.match(raw[:200].lstrip("\x16\x01\r\n ")) is not None


def is_anpa(raw: str) -> bool:
    """An ANPA 1312 frame: SOH, a service letter with a number, and a keyword line before STX."""
    head = raw[:400].partition("\x02")[0].rpartition("\x01")[2]
    return "\x02" in raw[:400] and _ANPA_HEAD.match(head) is not None and _ANPA_KEYWORD.search(head) is not None


def read_dpa(raw: str, received: datetime) -> Reading:
    """One item of a dpa-shaped frame; is_dpa() must hold. Its dpa number names it, over all services (dpa 0525).

    A kill or correction that names the number of an earlier item belongs to that item's story.
    """
    opening = _DPA_HEAD.match(raw[:200].lstrip("\x16\x01\r\n "))
    service, number, priority, _, _, named, item = opening.groups() if opening else ("",) * 7
    agency = named or service
    parts = frame(raw)
    slugline = next((line.strip() for line in parts.header.splitlines()[1:] if line.strip()), "")
    lines = parts.text.replace("\r", "").split("\n")
    if not slugline:
        slugline = next((line.strip() for line in lines if line.strip()), "")
        lines = lines[next((place for place, line in enumerate(lines) if line.strip()), 0) + 1 :]
    head, body = _dpa_head(lines)
    filed, day = _dpa_moment(parts.trailer, received)
    identity = f"{agency}:{day}:{item or service + number}"
    text = "\n".join(_printable(body))
    replaced = _NAMED_ITEM.search("\n".join((*head.notes, text[:400]))) if head.marks or head.notes else None
    supersedes = f"{agency}:{day}:{replaced.group(1)}" if replaced else ""
    return Reading(
        agencies=(agency, agency.partition("-")[0]),
        story_id=supersedes or identity,
        take_id=identity,
        headline=" ".join(head.title),
        paragraphs=tuple(unwrap(text)),
        filed=filed,
        supersedes=supersedes,
        slugline=slugline,
        byline=" ".join(head.writers),
        urgency=int(priority) if priority else None,
        signals=tuple(head.marks),
        notes=tuple(head.notes),
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """The lines above a dpa text, sorted: "2ND LEAD", "(Achtung: …)", "By Somebody, dpa", and the headline's own."""

    marks: list[str]
    notes: list[str]
    writers: list[str]
    title: list[str]


def _dpa_head(lines: list[str]) -> tuple[_Head, list[str]]:
    """The head, which runs to the line that ends with "=", and the lines of the text."""
    end = next((place for place, line in enumerate(lines[:_HEAD_REACH]) if line.rstrip().endswith("=")), None)
    if end is None:
        end = next((place for place, line in enumerate(lines) if line.strip()), 0)
    head = [line.strip(" \t=\x02") for line in lines[: end + 1] if line.strip(" \t=\x02")]
    marks: list[str] = []
    while len(head) > 1 and _TAKE_MARKS.fullmatch(head[0]):
        marks.append(head.pop(0))
    notes = [line for line in head if line.startswith("(") and line.endswith(")")]
    writers = [line for line in head[1:] if line.startswith(("By ", "Von ", "Por ", "Par "))]
    title = [line for line in head if line not in notes and line not in writers]
    return _Head(marks, notes, writers, title), lines[end + 1 :]


def _printable(lines: list[str]) -> list[str]:
    """The lines before dpa's notebook, its contacts and its closing line."""
    stop = next((place for place, line in enumerate(lines) if _NOT_FOR_PRINT.match(line)), len(lines))
    return lines[:stop]


def _dpa_moment(trailer: str, received: datetime) -> tuple[Moment, str]:
    """The moment and the day its number counts in: dpa 0045 went out at 23:22 GMT, early on the next day in Berlin."""
    for line in reversed(trailer.replace("\x7f", "").strip().splitlines()):
        found = _DPA_TRAILER.search(line.strip())
        if found:
            day, hour, minute, zone, month, year = found.groups()
            filed, written = _clock((year, month_number(month), day, hour, minute), bool(zone), received)
            return filed, f"{filed.at.astimezone(_COUNTED_IN):%Y%m%d}" if filed.at else written
    return first_moment([], received), ""


def _clock(parts: tuple[str, int, str, str, str], zoned: bool, received: datetime) -> tuple[Moment, str]:
    """A Moment of two-digit year, month number, day, hour, minute, and the day as YYYYMMDD for an identity."""
    year, month, day, hour, minute = parts
    try:
        when = datetime(2000 + int(year), month, int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError:
        return first_moment([], received), ""
    return to_moment(Written(when, zoned), received), f"{when:%Y%m%d}"


def read_anpa(raw: str, received: datetime) -> Reading:
    """One item of an ANPA frame; is_anpa() must hold. AP's service letter and number name the take within its day."""
    parts = frame(raw)
    head = _ANPA_HEAD.match(parts.header)
    number, sender = (head.group(1), head.group(2) or "") if head else ("", "")
    filed, day = _anpa_moment(parts.trailer, received)
    head_lines, body = _anpa_head(parts.text)
    slugline = re.sub(r",\s*\d{1,5}$", "", head_lines[0]) if head_lines else ""
    agency = sender.title() if sender else "AP"
    writethru = _LEAD_NUMBER.search(slugline)
    return Reading(
        agencies=(sender, agency),
        story_id=_anpa_story(agency, day, slugline, number),
        take_id=f"{agency}:{day}:{number}",
        headline=_anpa_headline(head_lines[1:], bool(sender)),
        paragraphs=tuple(_typeset(line) for line in unwrap(_tabs_open("\n".join(body)))),
        filed=filed,
        revision=int(writethru.group(1)) if writethru else None,
        slugline=slugline,
        byline=" ".join(line for line in head_lines[1:] if line.startswith("By ")),
        signals=tuple(line for line in head_lines[1:] if line.isupper()),
        notes=tuple(
            line.strip("()") for line in head_lines if line.lstrip("(").startswith(("Eds:", "Editors:", "EDS:"))
        ),
    )


def _anpa_story(agency: str, day: str, slugline: str, number: str) -> str:
    """AP's leads and writethrus carry a new number under the same keyword on the same day."""
    name = re.sub(r",\s*(?:\d{1,2}(?:st|nd|rd|th) Ld.*|Ld-Writethru|Writethru)$", "", slugline, flags=re.IGNORECASE)
    return f"{agency}:{day}:{name}" if name else f"{agency}:{day}:{number}"


def _anpa_head(text: str) -> tuple[list[str], list[str]]:
    """Head lines and body. AP opens head lines with "^"; Kyodo's are the lines up to the one ending in "+"."""
    lines = text.replace("\r", "").split("\n")
    if lines and lines[0].startswith("^"):
        end = next((place for place, line in enumerate(lines) if not line.startswith("^")), len(lines))
        return [line.strip("^<= \t") for line in lines[:end]], lines[end:]
    end = next((place for place, line in enumerate(lines[:_HEAD_REACH]) if line.rstrip().endswith("+")), 0)
    return [line.strip("+ \t") for line in lines[: end + 1]], lines[end + 1 :]


def _anpa_headline(head: list[str], joined: bool) -> str:
    if joined:
        return " ".join(head)
    plain = [
        line
        for line in head
        if not re.match(r"\(?(?:AP Photo|AP Video|Eds|Editors|EDS|By |Associated Press|Among )", line)
    ]
    return plain[0] if plain else ""


def _tabs_open(text: str) -> str:
    """AP opens every paragraph with a tab and never wraps."""
    return text.replace("\n\t", "\n\n\t")


def _typeset(line: str) -> str:
    """AP's seven-bit signs: `` and '' are quotation marks, a lone _ is a dash."""
    return tidy(line.replace("``", "“").replace("''", "”").replace(" _ ", " — ").rstrip("<="))


def _anpa_moment(trailer: str, received: datetime) -> tuple[Moment, str]:
    found = _AP_TRAILER.search(trailer)
    if found:
        month, day, year, hour, minute, zone = found.groups()
        return _clock((year, int(month), day, hour, minute), bool(zone), received)
    found = _KYODO_TRAILER.search(trailer)
    if found:
        hour, minute, day, month, year = found.groups()
        return _clock((year, int(month), day, hour, minute), False, received)
    return first_moment([], received), ""
