"""Agency text without a teleprinter frame: AAP between ZCZC and NNNN, News Bites' tags, AsiaNet's releases.

    ZCZC AAP / $T / :keyword / =keyword / ^headline / *X / &T / +15039001 / text / NNNN      AAP, CR between lines
    zczc / AN#number / KN#agency / PD#06 June 2016 14:00:00 / TI#headline / TX# / text       News Bites
    Source: company / MEDIA RELEASE PR67257 / headline / DATELINE /PRNewswire-AsiaNet/ --    AsiaNet

Everything else in plain text is refused by what it is: e-mails, calendars, tickers, bulletins, tables.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from crawler.wire.agency_text import tidy, unwrap
from crawler.wire.not_prose import listing_reason
from crawler.wire.notice_words import month_number
from crawler.wire.raw_item import Reading
from crawler.wire.times import Written, first_moment, to_moment
from news.errors import NotAStory, UnreadableFiling

_MAIL = re.compile(
    r"(?:Delivered-To|Received|Return-Path|MIME-Version|Message-I[Dd]|X-[\w-]+|From|To|Subject|Date): \S"
)
_TAG = re.compile(r"([A-Z]{2})#(.*)")
_TAGGED_DATE = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))?")
_RELEASE = re.compile(r"MEDIA RELEASE\s+([A-Z]{2}\d{3,8})")
_BULLETIN = re.compile(r"Weather Warning|Bureau of Meteorology|SECURITE")
_HEAD_SIGNS = "$#:=^*&+"


def read(raw: str, origin: str, received: datetime) -> list[Reading]:
    """The one item of a plain text. Raises NotAStory with what it is, UnreadableFiling when it is nothing we know."""
    text = raw.strip()
    lines = re.split(r"\r\n|\n|\r", text)
    opening = text[:8].upper()
    if opening.startswith("ZCZC") and _tags(lines):
        return [_tagged(lines, received)]
    if opening.startswith("ZCZC"):
        return [_aap(lines, received)]
    release = _RELEASE.search("\n".join(lines[:4]))
    if release:
        return [_asianet(lines, release.group(1), received)]
    raise _refusal(text, lines, origin)


def _refusal(text: str, lines: list[str], origin: str) -> NotAStory | UnreadableFiling:
    head = lines[:12]
    if sum(_MAIL.match(line.strip()) is not None for line in head) >= 2:
        return NotAStory(origin, "an e-mail, not an agency item")
    if head and "Start Date" in head[0] and "," in head[0]:
        return NotAStory(origin, "a calendar of events")
    if text.startswith("BEGIN:VCALENDAR"):
        return NotAStory(origin, "a calendar of events (iCalendar)")
    if text.count(" ** ") >= 3:
        return NotAStory(origin, "a ticker of headlines without text")
    if _BULLETIN.search(text[:2000]):
        return NotAStory(origin, "a weather bulletin, not a story")
    kind = listing_reason(
        head[0] if head else "", [tidy(line.replace("\x1f", " ").replace("|", " ")) for line in lines]
    )
    if kind:
        return NotAStory(origin, f"{kind}, not a story")
    return UnreadableFiling(origin, "plain text in no wire format known here")


def _tags(lines: list[str]) -> dict[str, str]:
    found = [_TAG.match(line) for line in lines[1:30]]
    return {one.group(1): one.group(2).strip() for one in found if one}


def _tagged(lines: list[str], received: datetime) -> Reading:
    tags = _tags(lines)
    start = next((place for place, line in enumerate(lines) if line.startswith("TX#")), len(lines))
    body = [lines[start][3:], *lines[start + 1 :]] if start < len(lines) else []
    number = f"{tags.get('KN', '')}:{tags['AN']}" if tags.get("AN") else ""
    return Reading(
        agencies=(tags.get("KN", ""),),
        story_id=number,
        take_id=number,
        headline=tags.get("TI", ""),
        paragraphs=tuple(line for line in map(tidy, body) if line and line.upper() != "NNNN"),
        filed=first_moment([], received) if (when := _tagged_date(tags)) is None else to_moment(when, received),
        slugline=tags.get("KY", ""),
        byline=tags.get("BY", ""),
    )


def _tagged_date(tags: dict[str, str]) -> Written | None:
    found = _TAGGED_DATE.match(tags.get("PD", ""))
    if found is None:
        return None
    day, month, year, hour, minute, second = found.groups()
    try:
        when = datetime(int(year), month_number(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    return Written(when, zoned=False) if 2 <= when.year <= 9998 else None


def _aap(lines: list[str], received: datetime) -> Reading:
    """Head lines open with a sign; the first unsigned line after one opens the text."""
    signed = [line for line in lines[:14] if line.strip()[:1] in set(_HEAD_SIGNS) and line.strip()]
    last = max((place for place, line in enumerate(lines[:14]) if line in signed), default=0)
    headline = _signed(signed, "^") or _signed(signed, ":")
    body = [line for line in lines[last + 1 :] if line.strip().upper() != "NNNN"]
    if not signed:
        body = body[2:]
        headline = tidy(lines[2]) if len(lines) > 2 else ""
    return Reading(
        agencies=("AAP",),
        story_id="",
        take_id="",
        headline=headline,
        paragraphs=tuple(unwrap("\n".join(body))),
        filed=first_moment([], received),
        slugline=_signed(signed, ":"),
    )


def _signed(lines: list[str], sign: str) -> str:
    return next((tidy(line.strip()[1:]) for line in lines if line.strip().startswith(sign)), "")


def _asianet(lines: list[str], number: str, received: datetime) -> Reading:
    place = next((at for at, line in enumerate(lines) if number in line), 0)
    rest = lines[place + 1 :]
    end = next((at for at, line in enumerate(rest) if not line.strip()), len(rest))
    return Reading(
        agencies=("AsiaNet",),
        story_id=f"AsiaNet:{number}",
        take_id=f"AsiaNet:{number}",
        headline=tidy(" ".join(rest[:end])),
        paragraphs=tuple(unwrap("\n".join(rest[end:]))),
        filed=first_moment([], received),
    )
