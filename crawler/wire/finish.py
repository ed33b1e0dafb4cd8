"""From a Reading to a Filing: the rules that hold for every format.

In order: whose it is, notes and byline out of the text, dateline split off, sign-off taken off the end,
status judged, lists refused. What is left in `paragraphs` is the text an outlet would print.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256

from crawler.wire.agency_text import tidy, words
from crawler.wire.datelines import agency_in, date_in, split_dateline, spoken_forms, usable_dateline
from crawler.wire.not_prose import listing_reason
from crawler.wire.notice_words import (
    embargo_in,
    gravest,
    status_of_fields,
    status_of_line,
    status_of_slugline,
)
from crawler.wire.raw_item import Reading
from crawler.wire.sender import Directory
from crawler.wire.times import EASTERNMOST, read_time
from news.articles import Filing, FilingStatus, Moment
from news.errors import NotAStory, UnreadableFiling

# "hh/ph/ts/hd" (AFP), "bur-abc/de", "dpa pre yyhe n1 deg", "AFP sn", "/ritzau/", "==Kyodo", "___".
_SIGN_OFF = re.compile(
    r"(?:bur-)?[a-z]{1,5}\d?(?:[-/][a-z]{1,8}\d?){1,8}"
    r"|(?:dpa|AFP|AAP|PA|APA|ANP|EFE|afp)(?:[ /-][a-z]{1,5}\d?){1,7}"
    r"|/[A-Za-zæøå. ]{2,20}/|[=_*#–—-]{2,}\s*\w{0,12}|\((?:END|FIN|FIM|ENDE|انتهى)\)"
)
_CODES = re.compile(r"[A-Z0-9]{1,10}(?: [A-Z0-9]{1,10}){1,30}")
_RULE = re.compile(r"[_*=~ –—-]{2,}")
_NOTE = re.compile(
    r"\((?i:adds|updates|updated|corrects|corrected|refiles|recasts|writes through|repeats|releads|new throughout"
    r"|actualise|actualiza|ajoute|rectifie|corrige|aktualisiert|ergänzt|berichtigt|korrigiert|aggiorna|corregge|eds)\b.{0,400}?\)\s*"
    r"|(?:N i e u w|A a n v u l l i n g|C o r r e c t i e) bericht, .{3,300}"
    r"|(?:Eds|EDS|Editors)[.:] .{3,400}"
)
_SHORT = re.compile(r".{1,400}")
_BY = re.compile(r"(?:By|BY|Par|Von|Por|Di|Door)\s+(\S.{1,80})")
_RIGHTS = re.compile(r"(?:©|\(c\)|\(C\)|Copyright\b).{3,300}")
# What a keyword says about the take, not the story: AP ", 3rd Ld-Writethru", ",827<", Reuters " (UPDATE 1)".
_TAKE_MARK = re.compile(
    r"(?:,\s*(?:\d{1,2}(?:st|nd|rd|th) (?:Ld|Add|Lead)[\w-]*|(?:Ld-)?Writethru|\d{1,5}|Correction|Kill)<?"
    r"|\s*\((?:UPDATE|WRAPUP|CORRECTED|REFILE)(?: \d{1,2})?\)|<)$",
    re.IGNORECASE,
)
_CONNECTING = words("and und et y e i en in for de van von der da & |")
# TT's xml:lang is "swe"; ISO 639-2 for the languages agencies of the catalogue write.
_THREE_LETTERS = dict(
    pair.split(":")
    for pair in words(
        "eng:en fre:fr fra:fr ger:de deu:de spa:es ita:it por:pt ara:ar swe:sv nor:no nob:nb dan:da fin:fi dut:nl"
        " nld:nl rus:ru ukr:uk jpn:ja chi:zh zho:zh kor:ko tur:tr pol:pl cze:cs ces:cs gre:el ell:el"
    )
)
# A slugline longer than this is damage, and stripping its marks one by one would take forever.
_LONGEST_SLUGLINE = 300
_LARGEST_REVISION = 2**31 - 1
_MOST_NOTES = 20
_KILL_WORDS = 150


@dataclass(frozen=True, slots=True)
class _Body:
    """The paragraphs while house matter is taken out of them."""

    paragraphs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    byline: str = ""
    dateline: str = ""


def finish(reading: Reading, origin: str, agencies: Directory, unnamed: str = "") -> Filing:
    """The Filing of one item; one that names no agency is of `unnamed`.

    Raises NotAStory for lists and empty items, UnreadableFiling when nobody says whose it is.
    """
    headline = tidy(reading.headline)
    agency = agencies.choose(reading.agencies) or unnamed
    body = _body(reading, headline, agency, agencies)
    if not agencies.knows(agency):
        agency = agencies.code(agency_in(body.dateline)) or agency
    body = replace(body, paragraphs=_sign_off(body.paragraphs, agency, agencies))
    status, said = _status(reading, headline, body)
    paragraphs = body.paragraphs
    if status == "killed" and _speaks_of_kill(headline, said) and len(" ".join(paragraphs).split()) <= _KILL_WORDS:
        said, paragraphs = (*said, *paragraphs), ()
    notice = "\n".join(dict.fromkeys(said))
    _refuse_what_is_no_story(reading, headline, paragraphs, status, origin)
    if not agency:
        raise UnreadableFiling(origin, "an item that names no agency")
    by_content = f"{agency}:text:{_digest(headline, paragraphs, notice)}"
    spoken = next((line for line in (*body.notes, headline) if status_of_line(line) == "embargoed"), "")
    embargo = reading.embargo_until or embargo_in(spoken)
    filed = _bounded(reading.filed, body.dateline)
    since = filed.at or filed.earliest
    embargoed = embargo is not None and (since is None or since < embargo)
    return Filing(
        agency=agency,
        story_id=reading.story_id or by_content,
        take_id=reading.take_id or reading.story_id or by_content,
        headline=headline,
        paragraphs=paragraphs,
        filed=filed,
        origin=origin,
        revision=_at_most(reading.revision, _LARGEST_REVISION),
        supersedes=reading.supersedes,
        slugline=keyword(tidy(reading.slugline)[:_LONGEST_SLUGLINE]),
        dateline=body.dateline,
        byline=body.byline,
        language=_language(reading.language),
        urgency=_at_most(reading.urgency, 9),
        status="embargoed" if embargoed and status == "usable" else status,
        embargo_until=embargo,
        notice=notice,
        usage_terms=tidy(reading.usage_terms),
    )


def _bounded(filed: Moment, dateline: str) -> Moment:
    """An item without any time, but with the day in its dateline (AsiaNet), was filed on or after that day."""
    day = date_in(dateline)
    if filed.at is not None or filed.earliest is not None or day is None:
        return filed
    first = read_time("{:04d}-{:02d}-{:02d}".format(*day))
    earliest = None if first is None else first.clock - EASTERNMOST
    if earliest is None or (filed.latest is not None and earliest > filed.latest):
        return filed
    return replace(filed, earliest=earliest)


def keyword(slugline: str) -> str:
    """The slugline without its marks of the take, so that it repeats exactly over the takes of a story."""
    while True:
        shorter = _TAKE_MARK.sub("", slugline).strip()
        if shorter == slugline:
            return shorter
        slugline = shorter


def _at_most(number: int | None, largest: int) -> int | None:
    """A number a column can hold and a field can mean, else none; the take's id keeps the version as written."""
    return number if number is not None and 0 <= number <= largest else None


def _language(stated: str) -> str:
    """Two letters, as pages are read: "EN", "en-US" and "eng" are "en"; "" for what names no language."""
    primary = re.split(r"[-_]", stated.strip().lower())[0]
    primary = _THREE_LETTERS.get(primary, primary)
    return primary if len(primary) == 2 and primary.isalpha() and primary.isascii() else ""


def _digest(headline: str, paragraphs: tuple[str, ...], notice: str) -> str:
    """An identity for an item that states none (AP's NITF renditions): the same text is the same item."""
    return sha256("\n".join((headline, notice, *paragraphs)).encode()).hexdigest()[:16]


def _body(reading: Reading, headline: str, agency: str, agencies: Directory) -> _Body:
    lines = [line for line in map(tidy, reading.paragraphs) if line and not _RULE.fullmatch(line)]
    notes = list(reading.notes)
    byline = tidy(reading.byline)
    if lines and lines[0] == headline:
        lines.pop(0)
    lines, notes = _notes_out(lines, notes)
    lines, byline = _byline_out(lines, byline)
    names = agencies.spoken | spoken_forms((agency, *reading.agencies))
    dateline, lines = _dateline_out(lines, names)
    return _Body(
        tuple(lines),
        tuple(note for note in map(tidy, notes) if note),
        byline,
        dateline or usable_dateline(tidy(reading.dateline)),
    )


def _notes_out(lines: list[str], notes: list[str]) -> tuple[list[str], list[str]]:
    """Editorial notes at the head of the text: "(Adds comments, detail)", "Eds: With AP Photos.", "HOLD"."""
    taken, rest = 0, ""
    for taken, line in enumerate([*lines, ""]):
        found = _NOTE.match(line) or (_SHORT.fullmatch(line) if status_of_line(line) else None)
        if found is None:
            break
        notes = [*notes[:_MOST_NOTES], found.group().strip()]
        rest = line[found.end() :].strip()
        if rest:
            return [rest, *lines[taken + 1 :]], notes
    return lines[taken:], notes


def _byline_out(lines: list[str], byline: str) -> tuple[list[str], str]:
    """A first line that is only the writer: Reuters repeats its `by` field there, BusinessDesk has it only there."""
    bare = _writer(byline)
    for place, line in enumerate(lines[:6]):
        found = _BY.fullmatch(line)
        if found and _is_writer(found.group(1), bare):
            return [*lines[:place], *lines[place + 1 :]], bare or found.group(1).strip()
    return lines, bare


def _is_writer(written: str, known: str) -> bool:
    """The byline field again, or a run of capitalised names: "Von der Leyen trifft Macron" is a sub-headline."""
    if known:
        return fold_spaces(written) == fold_spaces(known)
    names = [word for word in written.split() if word.casefold() not in _CONNECTING]
    return len(names) <= 8 and all(name[:1].isupper() for name in names) and not written.endswith((".", "?", "!"))


def _writer(byline: str) -> str:
    found = _BY.fullmatch(byline)
    return found.group(1).strip() if found else byline


def fold_spaces(text: str) -> str:
    """Case and spacing out, for comparing names."""
    return "".join(text.split()).casefold()


def _dateline_out(lines: list[str], names: frozenset[str]) -> tuple[str, list[str]]:
    """Bullet points and summaries may stand before the paragraph that opens with the dateline (Reuters markets)."""
    for place, line in enumerate(lines[:8]):
        dateline, rest = split_dateline(line, names)
        if dateline:
            return dateline, [*lines[:place], *([rest] if rest else []), *lines[place + 1 :]]
    return "", lines


def _sign_off(lines: tuple[str, ...], agency: str, agencies: Directory) -> tuple[str, ...]:
    """Initials, the agency's name, routing codes and rights lines off the end."""
    mark = re.compile(rf"\s*(?:\(|/|==|--? ?|– ?|— ?){re.escape(agency)}\)?/?\.?$", re.IGNORECASE)
    kept = list(lines)
    while kept:
        last = kept[-1]
        signed = _is_sign_off(last) or (len(last) < 60 and agency in (last, agencies.code(last.strip(" -–—=.()/"))))
        shorter = "" if signed else mark.sub("", last)
        if shorter == last:
            break
        kept.pop()
        if shorter:
            kept.append(shorter)
    return tuple(kept)


def _is_sign_off(line: str) -> bool:
    """Initials, rights, or routing codes as ANSA sends them after the text: "51 77 03 CRO01 1113 APE4800 GEST"."""
    if _SIGN_OFF.fullmatch(line) or _RIGHTS.fullmatch(line):
        return True
    numbered = sum(any(character.isdigit() for character in code) for code in line.split())
    return _CODES.fullmatch(line) is not None and 3 * numbered >= len(line.split())


def _status(reading: Reading, headline: str, body: _Body) -> tuple[FilingStatus, tuple[str, ...]]:
    """The item's status and the editorial words that state it, notes first: they say what was wrong."""
    opening = body.paragraphs[:1]
    spoken = [(status_of_line(line), line) for line in (*body.notes, *opening, headline, *reading.signals)]
    spoken.append((status_of_slugline(reading.slugline), reading.slugline))
    stated = status_of_fields((reading.status, *reading.signals))
    status = gravest([stated, *(found for found, _ in spoken)])
    if status is None:
        return "usable", ()
    said = [tidy(line) for found, line in spoken if found == status]
    return status, tuple(dict.fromkeys([*body.notes, *said]))


def _speaks_of_kill(headline: str, said: tuple[str, ...]) -> bool:
    """Whether the item is itself the kill note, rather than the story sent again under a kill status."""
    return "killed" in map(status_of_line, (headline, *said))


def _refuse_what_is_no_story(
    reading: Reading, headline: str, paragraphs: tuple[str, ...], status: FilingStatus, origin: str
) -> None:
    """A kill or hold may come without text; anything else must have some, and it must be prose."""
    if not paragraphs and status not in ("killed", "withheld", "corrected"):
        what = "a table without text of a story" if reading.table_words else "an item without text of a story"
        raise NotAStory(origin, what if headline else "an item without headline and text")
    kind = listing_reason(headline, paragraphs, reading.table_words)
    if kind and status == "usable":
        raise NotAStory(origin, f"{kind}, not a story")
