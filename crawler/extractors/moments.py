"""When an article was published and modified, with the evidence for it.

Every date that data state or that stands near the text is gathered; the day is chosen by the weight of its evidence.
A clock without a zone is read in the outlet's zone and says so; without a known outlet there is no instant, only
bounds. A page clock ("Last Updated : GMT 09:03:51", almaghribtoday.net) and times of comments and embedded posts are
never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from crawler.extractors import dates, hints
from crawler.extractors.blocks import Mark, Page
from crawler.extractors.choosing import Candidate, best
from crawler.extractors.credit_forms import is_line_of_dates
from crawler.extractors.dates import Wall
from crawler.extractors.jsonld import Node, text, types_of
from crawler.extractors.places import Place
from crawler.extractors.zones import Clock
from news.articles import Moment, MomentSource

PUBLISHED_METAS = (
    "article:published_time", "og:article:published_time", "datepublished", "article:published", "article.published",
    "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "published_at",
    "article_published_time", "article_date_original", "og:pubdate", "pubdate", "pub_date", "publishdate",
    "publish-date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "datecreated",
    "date.created", "prism.publicationdate", "og:release_date", "release_date", "published", "dc.date",
    "dcterms.date", "dc:date", "date", "pdate", "article:post_date", "shareaholic:article_published_time",
    "rnews:datepublished", "bt:pubdate", "sn-post-date", "og:datepublished",
)  # fmt: skip
MODIFIED_METAS = (
    "article:modified_time", "og:article:modified_time", "datemodified", "article:modified", "article.updated",
    "og:updated_time", "article_modified_time", "article_date_updated", "last-modified", "dc.date.modified",
    "dcterms.modified", "date.modified", "updated-date", "last_updated_date", "lastmod",
)  # fmt: skip
_UPDATED = re.compile(
    r"updated?\b|modif|aktualisiert|mis à jour|actualizad|atualizad|aggiorna|bijgewerkt|güncelle|обновлен|"
    r"تحديث|更新|수정|"
    r"last\s+edit|geändert|stand:",
    re.I,
)
_PUBLISHED = re.compile(
    r"publi|posted|created|veröffentlicht|erstellt|released|issued|first|erschienen|نشر|опублик|yayın|公開|입력|등록",
    re.I,
)
_CLOCK = re.compile(
    r"\b(?:today|it is now|current time|heute ist|aujourd[’']hui|hoy es|bugün|сегодня|"
    r"last\s+updated?\s*:\s*(?:gmt|utc)?\s*[\d:]+\s*$)|اليوم هو",
    re.I,
)
"""A page's own clock, not the article's time: "Last Updated : GMT 09:03:51" (almaghribtoday.net)."""
_DATE_CLASS = re.compile(r"date|time|publi|posted|datum|fecha|byline|meta|info")
_LONGEST_LINE = 200
_GLUED = re.compile(r"(?<=[a-zß-ÿ)])(?=[A-Z])|(?<=[a-z])(?=\d\d?[./ ])")
"""Where two elements met without a blank: "By thegrangehallFebruary 16, 2026"."""
_CLEAR = 12
"""So many of PUBLISHED_METAS say clearly that they speak of publication."""
_URL_DAY = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})[/\-_.]?(?P<m>0[1-9]|1[0-2]|[1-9](?=/))[/\-_.]?"
    r"(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=/))(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Timed:
    """A moment with the rule that found it and the words it was read from."""

    moment: Moment
    rule: str
    evidence: str
    candidates: tuple[Candidate[date], ...] = ()


def published(page: Page, node: Node, places: dict[int, Place], clock: Clock) -> tuple[Timed, Timed]:
    """When the article first appeared, and when it was changed.

    The day is chosen among all that are stated or shown; then the finest reading of that day counts. Without evidence:
    no instant, and the fetch as the upper bound.
    """
    gathered = _Gathered(clock)
    _stated(page, node, gathered)
    _marked(page, places, gathered)
    _shown(places, gathered)
    found = tuple(gathered.by_day.values())
    _compare(found)
    chosen = best("published", found)
    nothing = Timed(Moment(None, None, clock.fetched, "none", "unknown"), "no time found", "", found)
    first = nothing if chosen is None else replace(_finest(chosen, gathered, clock), candidates=found)
    return first, _modified(gathered, first)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One place that says a time, in the order of trust; `says` is "published", "updated" or ""."""

    wall: Wall
    timed: Timed
    says: str
    trust: int


class _Gathered:
    """Days that are stated or shown, with the evidence for each, and every reading."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.by_day: dict[date, Candidate[date]] = {}
        self.readings: list[_Reading] = []

    def add(
        self, wall: Wall | None, words: str, source: MomentSource, rule: str, says: str, evidence: Iterable[str]
    ) -> None:
        """Another place; a date that cannot be is left out."""
        moment = self.clock.moment(wall, source) if wall is not None else None
        if wall is None or moment is None:
            return
        self.readings.append(_Reading(wall, Timed(moment, rule, words[:200]), says, len(self.readings)))
        one = self.by_day.setdefault(wall.day_written, Candidate(wall.day_written, words))
        one.evidence.update(evidence)
        one.evidence.add("with a clock" if wall.timed and not wall.midnight else "a day only")

    def add_stated(self, value: str, source: MomentSource, rule: str, says: str, *evidence: str) -> None:
        """A time that data state."""
        wall = dates.parse(value, self.clock.month_first, self.clock.language)
        self.add(wall, value, source, rule, says, (rule, *evidence))


def _stated(page: Page, node: Node, gathered: _Gathered) -> None:
    """What JSON-LD, metas, the page's state and its address say."""
    if "liveblogposting" in types_of(node):
        gathered.add_stated(
            text(node, "datePublished"), "json-ld", "json-ld datePublished", "published", "of a live page"
        )
    for key in ("datePublished", "dateCreated", "uploadDate"):
        gathered.add_stated(text(node, key), "json-ld", f"json-ld {key}", "published", "stated")
    for key in ("dateModified", "dateUpdated"):
        gathered.add_stated(text(node, key), "json-ld", f"json-ld {key}", "updated", "stated updated")
    for number, name in enumerate(PUBLISHED_METAS):
        for value in _metas(page, name):
            kind = "meta of publication" if number < _CLEAR else "meta of a date"
            gathered.add_stated(value, "meta", f"meta {name}", "published", kind, "stated")
    for name in MODIFIED_METAS:
        for value in _metas(page, name):
            gathered.add_stated(value, "meta", f"meta {name}", "updated", "meta of a change", "stated updated")
    for number, (key, value) in enumerate(page.state_times):
        gathered.add_stated(value, "meta", f"page state {key}", "published", f"page state {number}", "stated")
    day = _URL_DAY.search(page.url)
    if day is not None:
        value = f"{day['y']}-{int(day['m']):02}-{int(day['d']):02}"
        gathered.add_stated(value, "address", "day in the address", "published")


def _marked(page: Page, places: dict[int, Place], gathered: _Gathered) -> None:
    """Elements that hold a time: `<time>`, microdata on any element. Those of embedded posts and comments are
    theirs."""
    marks = [mark for mark in page.marks if mark.tag == "time" or mark.itemprop.startswith("date")]
    several = len({mark.value or mark.text for mark in marks}) > 6
    for mark in marks:
        place = places.get(mark.order)
        if mark.frame.out & hints.COMMENT or mark.frame.flags & hints.EMBED:
            continue
        where = place.where if place is not None else "elsewhere"
        says = (
            "updated"
            if mark.itemprop == "dateModified" or _says_updated(mark)
            else "published"
            if mark.itemprop
            else ""
        )
        rule = f"itemprop {mark.itemprop}" if mark.itemprop else "time element"
        evidence = {
            rule,
            f"time {where}",
            f"time says {says or 'nothing'}",
            *(["one of many times"] if several else []),
        }
        if place is not None:
            evidence.update(place.evidence)
            evidence.add(f"{rule} near")
        language = gathered.clock.language
        walls = [dates.parse(words, gathered.clock.month_first, language) for words in (mark.value, mark.text) if words]
        for wall in walls:
            gathered.add(wall, mark.value or mark.text, "time element", f"{rule} {where}", says, evidence)


def _says_updated(mark: Mark) -> bool:
    """Whether a time is that of a change. `class="published updated"` is WordPress for a text that never changed."""
    if "published" in mark.hints and not _UPDATED.search(mark.text):
        return False
    return _UPDATED.search(f"{mark.hints} {mark.text} {mark.frame.hints}") is not None


def _shown(places: dict[int, Place], gathered: _Gathered) -> None:
    """Dates in short lines around the text, each with the word before it that says of what."""
    label = ""
    for place in places.values():
        block = place.block
        for whole in block.lines:
            if not dates.MAY_HOLD.search(whole, 0, _LONGEST_LINE):
                label = whole if len(whole) < 40 else ""
                continue
            line = _GLUED.sub(" ", whole[:_LONGEST_LINE])
            if _CLOCK.search(line):
                continue
            found = list(dates.find(line, gathered.clock.month_first, gathered.clock.language))
            for number, one in enumerate(found):
                before = line[found[number - 1].end if number else 0 : one.start]
                says = (
                    _label(before)
                    or (_label(label) if not number and len(before) < 4 else "")
                    or _label(_after(line, found, number))
                )
                gathered.add(
                    one.wall,
                    line,
                    "visible text",
                    f"shown {place.where}",
                    says,
                    _about(place, line, one, says, len(found)),
                )
            label = line if len(line) < 40 else ""


def _after(line: str, found: Sequence[dates.Found], number: int) -> str:
    """The words behind a date, up to the next: "wurde am 27. November 2019 um 15:21 Uhr veröffentlicht"."""
    end = found[number].end
    return line[end : found[number + 1].start if number + 1 < len(found) else end + 30]


def _label(words: str) -> str:
    """What the words before a date say of it: "published", "updated", or "" for neither; the last word counts."""
    updated = max((match.end() for match in _UPDATED.finditer(words)), default=-1)
    published = max((match.end() for match in _PUBLISHED.finditer(words)), default=-1)
    return "" if updated == published else "updated" if updated > published else "published"


def _about(place: Place, line: str, found: dates.Found, says: str, count: int) -> Iterator[str]:
    """The evidence of one date in a line."""
    yield from place.evidence
    yield "shown"
    yield f"shown {place.where}"
    yield f"says {says or 'nothing'}"
    yield f"says {says or 'nothing'} {place.where}"
    if is_line_of_dates(line):
        yield "nothing but a date"
        yield f"nothing but a date {place.where}"
    rest = len(line) - (found.end - found.start)
    yield "a few other words" if rest < 40 else "many other words" if rest < 90 else "in running text"
    if count > 1:
        yield "several dates in the line"
    if _DATE_CLASS.search(" ".join([frame.hints for frame in list(place.block.frame.ancestors())[:3]])):
        yield "class says date"
    if place.block.link_density > 0.8:
        yield "linked line"


_OF_PUBLICATION = {"stated", "says published", "time says published"}
_OF_CHANGE = {"stated updated", "says updated", "time says updated"}


def _compare(found: Sequence[Candidate[date]]) -> None:
    """What the days say of each other."""
    days = sorted(one.value for one in found)
    near = {one.value for one in found if "stated" in one.evidence or "shown" in one.evidence}
    says_published = [one.evidence & _OF_PUBLICATION for one in found]
    for one, published_here in zip(found, says_published, strict=True):
        if one.evidence & _OF_CHANGE and not published_here and any(says_published):
            one.evidence.add("of a change, another of publication")
        if len(days) > 1:
            one.evidence.add(
                "the first of the days"
                if one.value == days[0]
                else "the last of the days"
                if one.value == days[-1]
                else "a day between"
            )
        if {"stated", "shown"} <= one.evidence:
            one.evidence.add("stated and shown")
        if "stated updated" in one.evidence and "stated" not in one.evidence:
            one.evidence.add("only stated as updated")
        if any(0 < abs((one.value - other).days) < 2 for other in near):
            one.evidence.add("beside another day")
        if "json-ld datePublished" in one.evidence and "meta of publication" in one.evidence:
            one.evidence.add("json-ld and meta agree")


def _finest(chosen: Candidate[date], gathered: _Gathered, clock: Clock) -> Timed:
    """The finest reading of the day: the first with a time of day and its offset, one whose zone another states, a time
    of day, the day alone. A midnight is what systems write that keep no time."""
    of_day = [one for one in gathered.readings if one.wall.day_written == chosen.value]
    trusted = [one for one in of_day if one.says != "updated"] or of_day
    trusted.sort(key=lambda one: one.says != "published")
    trusted += [
        one for one in gathered.readings if one.says == "published" and _same_instant_day(one, chosen.value, clock)
    ]
    timed = [one for one in trusted if one.wall.timed and not one.wall.midnight]
    if not timed:
        return (next((one for one in trusted if one.wall.midnight), None) or trusted[0]).timed
    first = timed[0]
    for other in gathered.readings:
        if first.wall.offset_minutes is None and _completes(other.wall, first.wall, clock):
            rule = f"{first.timed.rule}, zone from {other.timed.rule}"
            return Timed(other.timed.moment, rule, other.timed.evidence)
        if first.wall.offset_minutes == 0 and clock.zone is not None and _shows_its_digits(other, first):
            return _either(first.timed, other.timed)
    return first.timed


def _shows_its_digits(other: _Reading, first: _Reading) -> bool:
    """Whether readers are shown the same clock without a zone."""
    shown = other.timed.moment.source == "visible text" and other.wall.offset_minutes is None
    return shown and other.wall.timed and _same_clock(other.wall, first.wall)


def _either(stated: Timed, shown: Timed) -> Timed:
    """A time stated in UTC of which readers are shown the same digits: sites stamp "Z" on local clocks (Yoast SEO), and
    others show UTC. The instant stays as stated, the bounds hold both."""
    here, there = stated.moment, shown.moment
    earliest = min(here.earliest or here.at, there.earliest or there.at, key=lambda at: at.timestamp() if at else 0)
    latest = max(here.latest or here.at, there.latest or there.at, key=lambda at: at.timestamp() if at else 0)
    moment = replace(here, earliest=earliest, latest=latest)
    return replace(stated, moment=moment, rule=f"{stated.rule}, or the outlet's clock as shown")


def _same_instant_day(one: _Reading, day: date, clock: Clock) -> bool:
    """Whether an instant written on a neighbouring day, by another clock, falls on this day by the outlet's."""
    instant = one.wall.instant()
    if instant is None or one.wall.day_written == day or clock.zone is None:
        return False
    return instant.astimezone(clock.zone).date() == day


def _completes(wall: Wall, bare: Wall, clock: Clock) -> bool:
    """Whether a second time states the zone of the first: the same clock with an offset.

    A "Z" on the same digits is believed only when no zone of the outlet is known: sites stamp it on local time.
    """
    return bool(wall.offset_minutes or (wall.offset_minutes == 0 and not clock.zone)) and _same_clock(bare, wall)


def _same_clock(one: Wall, other: Wall) -> bool:
    """Whether two wall clocks agree to the minute: then the zone one of them states is the other's too (n-tv.de)."""
    first, second = one.naive(), other.naive()
    return other.timed and first.replace(second=0, microsecond=0) == second.replace(second=0, microsecond=0)


def _modified(gathered: _Gathered, first: Timed) -> Timed:
    """When the article was last changed: as its data say, else as it shows. May lie before `published` (scheduled
    posts)."""
    updated = [one for one in gathered.readings if one.says == "updated"]
    shown = [one for one in updated if one.timed.moment.source == "visible text"]
    for one in [one for one in updated if one not in shown] + shown:
        if one.timed.evidence != first.evidence or one.timed.moment != first.moment:
            return one.timed
    return Timed(Moment(), "no time found", "")


def _metas(page: Page, wanted: str) -> Iterator[str]:
    return (value for name, value in page.metas if name == wanted)
