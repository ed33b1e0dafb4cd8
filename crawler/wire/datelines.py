"""The opening of an agency text: place, date and agency before the first words, split off as displayed.

    STOCKHOLM, Aug 29, 2014 (AFP) -      Berlin (dpa) -            (ANSA) - ROMA, 1 LUG -
    SEOUL, Nov 26 AFP -                  København /ritzau/:       MOSCOW, January 30. /TASS/.
    GREENWICH, Conn.--(BUSINESS WIRE)--  BEIJING (AP) _            موسكو (أ ف ب) -

The matcher must see the first sentence as outlets print it, so nothing of this may stay in the paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.wire.agency_text import words
from crawler.wire.notice_words import month_number

_REACH = 140
_SHORT_FORM = 5
_MONTH_NAMES = words(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september "
    "october november december enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre ene abr ago dic janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
    "januar februar märz juni juli oktober dezember gennaio febbraio aprile maggio giugno luglio settembre ottobre "
    "gen mag giu lug set ott janeiro fevereiro março maio junho julho setembro outubro novembro dezembro"
)
_BRACKET = re.compile(r"\(([^()\n]{2,48})\)|(?<![\w:/])/([^/\n]{2,32})/")
_SEPARATOR = re.compile(r"\s*(?:\.-|[.:]?\s*(?:-{1,2}|[–—−ーـ=]|_)|:|\.(?=\s))\s*")
_PLACE_AFTER = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ' ./-]{1,40},? \d{1,2}(?:º)? [A-ZÀ-Þ]{3,9}\.?\s*[-–—]\s")
_BARE = re.compile(r"\s[-–—_]{1,2}\s")
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,9})\.? (\d{1,2}),? (\d{4})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\.? ([^\W\d_]{3,9})\.?,? (\d{4})\b")
_TIME_STAMP = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{8}")


def split_dateline(paragraph: str, names: frozenset[str]) -> tuple[str, str]:
    """(dateline with its separator, rest of the paragraph); ("", paragraph) when it opens with none.

    `names` are agencies' forms as spoken_forms() gives them. A bracket counts when it names an agency, or when it
    looks like one between a place in capitals or a date and a dash: "Microsoft (MSFT) - " opens no dateline.
    """
    end = _bracket_end(paragraph, names) or _bare_end(paragraph, names)
    if not end:
        return "", paragraph
    after = _PLACE_AFTER.match(paragraph, end)
    if after and paragraph.startswith(("(", "/")):
        end = after.end()
    return paragraph[:end].strip(), paragraph[end:].strip()


def spoken_forms(names: Iterable[str]) -> frozenset[str]:
    """Agency names for look-up in datelines: short ones as written, longer ones folded."""
    return frozenset(name if len(name) <= _SHORT_FORM else name.casefold() for name in names)


def _bracket_end(paragraph: str, names: frozenset[str]) -> int:
    found = _BRACKET.search(paragraph, 0, _REACH)
    if found is None:
        return 0
    inside = (found.group(1) or found.group(2)).strip()
    known = _names_agency(inside, names)
    place = paragraph[: found.start()].strip(" -–—,.|")
    separator = _SEPARATOR.match(paragraph, found.end())
    follows = paragraph[found.end() :].lstrip()[:1]
    if not _is_place(place) or (separator is None and (not known or follows.islower())):
        return 0
    if not known and not (
        _looks_like_agency(inside) and (place.isupper() or any(map(str.isdigit, place)) or not place)
    ):
        return 0
    return separator.end() if separator else found.end()


def _bare_end(paragraph: str, names: frozenset[str]) -> int:
    """`SEOUL, Nov 26 AFP - `: the agency stands unbracketed, last word before the dash, a date before it."""
    dash = _BARE.search(paragraph, 0, _REACH)
    if dash is None:
        return 0
    place, _, last = paragraph[: dash.start()].rpartition(" ")
    dated = any(character.isdigit() for character in place)
    return dash.end() if _is_name(last, names) and dated and _is_place(place) else 0


def _names_agency(inside: str, names: frozenset[str]) -> bool:
    return any(_is_name(part.strip(), names) for part in re.split(r"[/,;+]", inside))


def _is_name(word: str, names: frozenset[str]) -> bool:
    """Short forms count as written, since "(map)" is no agency and "(MAP)" is; longer ones in any case."""
    return word in names or (len(word) > _SHORT_FORM and word.casefold() in names)


def _looks_like_agency(inside: str) -> bool:
    """A name in a dateline's bracket: short, no digits, no sentence ("Reuters", "GLOBE NEWSWIRE", "tca/dpa")."""
    parts = inside.replace("/", " ").split()
    named = inside[:1].isupper() or not inside.isascii() or len(inside) <= 6
    return named and len(parts) <= 4 and not any(character.isdigit() for character in inside)


def _is_place(text: str) -> bool:
    """Whether a dateline can open with this: empty, or a few capitalised words, dates and state abbreviations."""
    said = text.split()
    if len(said) > 10:
        return False
    lowered = [word for word in said if word[:1].islower() and word.strip(".,").casefold() not in _MONTH_NAMES]
    return len(lowered) <= len(said) // 3


def agency_in(dateline: str) -> str:
    """The first name in a dateline's bracket: "AP" of "GROSSETO, Italy (AP) --", "APA" of "Wien (APA/dpa) -"."""
    found = _BRACKET.search(dateline)
    return re.split(r"[/,;+]", (found.group(1) or found.group(2)))[0].strip() if found else ""


def date_in(dateline: str) -> tuple[int, int, int] | None:
    """(year, month, day) of "SINGAPORE, Feb. 2, 2017 /PRNewswire/ --" or "Paris, 29 août 2014 (AFP) -"."""
    found = _MONTH_FIRST.search(dateline)
    if found:
        month, day, year = found.groups()
    else:
        found = _DAY_FIRST.search(dateline)
        if found is None:
            return None
        day, month, year = found.groups()
    number = month_number(month)
    return (int(year), number, int(day)) if number else None


def usable_dateline(stated: str) -> str:
    """A dateline field, unless it holds a time stamp instead of a place (Reuters, ANA, Belga put one there)."""
    letters = [word for word in re.findall(r"[^\W\d_]{3,}", stated) if word.casefold() not in _MONTH_NAMES]
    return "" if _TIME_STAMP.search(stated) or not letters else stated
