"""When an article was published and modified, with the evidence for it.

Evidence is tried in the order of trust learned from pages with known times: JSON-LD of the article, meta
elements, marked times, the line under the headline, the address. A clock without a zone is read in the outlet's
zone and says so; without a known outlet there is no instant, only bounds. A page clock ("Last Updated : GMT
09:03:51", almaghribtoday.net), dates of neighbouring stories and times of comments are never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extractors import dates, hints
from crawler.extractors.blocks import Block, Mark, Page
from crawler.extractors.body import Body
from crawler.extractors.dates import Wall
from crawler.extractors.jsonld import Node, text
from crawler.extractors.zones import zone_of
from news.articles import Moment, MomentSource, Outlet

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
_LABELLED = re.compile(r"(?:datum|date|fecha|data|published|veröffentlicht|publié|posted)\b\W{0,3}", re.I)
_US_STYLE = frozenset(("US", "PH", "CA"))
_FIRST_SANE = datetime(1995, 1, 1, tzinfo=UTC)
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


@dataclass(frozen=True, slots=True)
class Clock:
    """What the caller knows about time: the outlet's zone and day order, and when the page was fetched."""

    zone: ZoneInfo | None
    month_first: bool
    fetched: datetime | None

    @classmethod
    def of(cls, outlet: Outlet | None, url: str, language: str, fetched: datetime | None) -> Clock:
        """The clock of an outlet, or of the country its domain belongs to.

        Of an outlet unknown altogether only the reading order of 05/06/2024 is supposed: American in English.
        """
        zone = None
        name = outlet.zone if outlet is not None and outlet.zone else zone_of(url)
        if name:
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                zone = None  # the catalogue is checked elsewhere; a wrong name must not stop a page
        american = outlet.country in _US_STYLE if outlet is not None else language[:2] == "en" and zone is None
        return cls(zone, american, fetched)

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


def published(page: Page, node: Node, body: Body, clock: Clock) -> Timed:
    """When the article first appeared. Without evidence: no instant, and the fetch as the upper bound.

    The first evidence with a time of day counts; when it states no zone, one that shows the same clock with its
    offset completes it. A day alone is kept for want of anything better, and to check a later time against; so is
    a midnight, which only another time of the same day may replace.
    """
    day: Timed | None = None
    bare: tuple[Wall, Timed] | None = None
    midnight: Wall | None = None
    for wall, found in _read_times(page, node, body, clock):
        if wall.midnight and bare is None:
            midnight = midnight or wall
            day = day or found
            continue
        if midnight is not None and not _same_day(wall, midnight):
            continue
        if bare is not None:
            if _completes(wall, bare[0], clock):
                return Timed(found.moment, f"{bare[1].rule}, zone from {found.rule}", found.evidence)
            continue
        if wall.timed and wall.offset_minutes is not None:
            return _refine(found, day)
        if wall.timed:
            bare = wall, _refine(found, day)
        day = day or found
    if bare is not None:
        return bare[1]
    return day or Timed(Moment(None, None, clock.fetched, "none", "unknown"), "no time found", "")


def _read_times(page: Page, node: Node, body: Body, clock: Clock) -> Iterator[tuple[Wall, Timed]]:
    """Every evidence that can be read as a date and a sane moment, in the order of trust."""
    for evidence, source, rule in _published_evidence(page, node, body):
        wall = dates.parse(evidence, clock.month_first)
        moment = clock.moment(wall, source) if wall is not None else None
        if wall is not None and moment is not None:
            yield wall, Timed(moment, rule, evidence[:200])


def _completes(wall: Wall, bare: Wall, clock: Clock) -> bool:
    """Whether a second time states the zone of the first: the same clock with an offset.

    A "Z" on the same digits is believed only when no zone of the outlet is known: sites stamp it on local time.
    """
    return bool(wall.offset_minutes or (wall.offset_minutes == 0 and not clock.zone)) and _same_clock(bare, wall)


def _same_clock(one: Wall, other: Wall) -> bool:
    """Whether two wall clocks agree to the minute: then the zone one of them states is the other's too (n-tv.de)."""
    first, second = one.naive(), other.naive()
    return other.timed and first.replace(second=0, microsecond=0) == second.replace(second=0, microsecond=0)


def _same_day(one: Wall, other: Wall) -> bool:
    return (one.year, one.month, one.day) == (other.year, other.month, other.day)


def _refine(found: Timed, days: Timed | None) -> Timed:
    """A full time that contradicts a day stated with more trust is not believed."""
    if days is None or days.moment.earliest is None or days.moment.latest is None:
        return found
    at = found.moment.at or found.moment.earliest
    margin = timedelta(hours=26)
    if at is not None and days.moment.earliest - margin <= at <= days.moment.latest + margin:
        return found
    return days


def modified(page: Page, node: Node, clock: Clock) -> Timed:
    """When the article was last changed, as far as its own data say. May lie before `published` (scheduled posts)."""
    candidates: list[tuple[str, MomentSource, str]] = []
    for key in ("dateModified", "dateUpdated"):
        if text(node, key):
            candidates.append((text(node, key), "json-ld", f"json-ld {key}"))
    candidates += [(value, "meta", f"meta {name}") for name, value in _metas(page, MODIFIED_METAS)]
    candidates += [
        (mark.value or mark.text, "time element", "itemprop dateModified")
        for mark in page.marks
        if mark.itemprop == "dateModified"
    ]
    for value, source, rule in candidates:
        wall = dates.parse(value, clock.month_first)
        moment = clock.moment(wall, source) if wall is not None else None
        if moment is not None:
            return Timed(moment, rule, value[:200])
    return Timed(Moment(), "no time found", "")


def _metas(page: Page, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for wanted in names:
        for name, value in page.metas:
            if name == wanted:
                yield name, value


def _published_evidence(page: Page, node: Node, body: Body) -> Iterator[tuple[str, MomentSource, str]]:
    for key in ("datePublished", "dateCreated", "uploadDate"):
        if text(node, key):
            yield text(node, key), "json-ld", f"json-ld {key}"
    for name, value in _metas(page, PUBLISHED_METAS):
        yield value, "meta", f"meta {name}"
    for key, value in page.state_times:
        yield value, "meta", f"page state {key}"
    yield from _marked(page, body)
    yield from _visible(page, body)
    day = _URL_DAY.search(page.url)
    if day is not None:
        yield f"{day['y']}-{int(day['m']):02}-{int(day['d']):02}", "address", "day in the address"


def _near(order: int, body: Body, before: int = 14, after: int = 3) -> bool:
    """Whether a block stands where articles put their time: just above the body, or right below it."""
    return body.start - before <= order <= body.end + after


def _marked(page: Page, body: Body) -> Iterator[tuple[str, MomentSource, str]]:
    for mark in page.marks:
        if mark.itemprop in ("datePublished", "dateCreated") and not mark.frame.out & hints.COMMENT:
            yield mark.value or mark.text, "time element", f"itemprop {mark.itemprop}"
    times = [mark for mark in page.marks if mark.tag == "time" and not mark.frame.out & hints.COMMENT]
    for mark in sorted(times, key=lambda m: (_says_updated(m), not _near(m.order, body))):
        if not _near(mark.order, body) or _says_updated(mark):
            continue
        if mark.value:
            yield mark.value, "time element", "time element near the body"
        yield mark.text, "time element", "time element near the body"


def _says_updated(mark: Mark) -> bool:
    """Whether a time is that of a change. `class="published updated"` is WordPress for a text that never changed."""
    if "published" in mark.hints and not _UPDATED.search(mark.text):
        return False
    return _UPDATED.search(f"{mark.hints} {mark.text} {mark.frame.hints}") is not None


def _visible(page: Page, body: Body) -> Iterator[tuple[str, MomentSource, str]]:
    """Dates in the lines around the body: those that say "published" first, those that say "updated" last."""
    lines = [line for block in _around(page, body) for line in _candidates(block)]
    for wanted in (1, 2):
        for line in lines:
            rank = 1 if _PUBLISHED.search(line) or not _UPDATED.search(line) else 2
            if rank == wanted and dates.parse(line) is not None:
                yield _after_label(line), "visible text", "line near the headline"


def _candidates(block: Block) -> tuple[str, ...]:
    """The lines of a block that may be a line of dates: short, with digits, and hardly a sentence."""
    return tuple(
        line
        for line in block.lines
        if len(line) <= 160 and any(c.isdigit() for c in line) and len(line.split()) <= 16 and not _CLOCK.search(line)
    )


def _after_label(line: str) -> str:
    """From the word "Published" on, so that an "Updated" before it is not read."""
    label = _PUBLISHED.search(line)
    return line[label.start() :] if label is not None and dates.parse(line[label.start() :]) is not None else line


def _around(page: Page, body: Body) -> Iterator[Block]:
    """The blocks where a line of dates is the article's own, the nearest to the text first.

    Above the headline only three are read: higher up stand the page's clock and the date of the visit.
    """
    skipped = hints.COMMENT | hints.FOOTER | hints.NAVIGATION | hints.FORM
    blocks = page.blocks
    first = body.start - 12 if body.top is None else max(body.start - 25, body.top - 3)
    for block in reversed(blocks[max(0, first) : body.start + 1]):
        if not block.frame.out & skipped and block.link_density < 0.8:
            yield block
    for block in blocks[body.end : body.end + 2]:
        if not block.frame.out & (skipped | hints.FURNITURE) and block.link_density < 0.5:
            yield block
    for block in blocks[body.end + 2 : body.end + 15]:  # "Datum 28.04.2023" in a list below the text (dw.com)
        if not block.frame.out & (skipped | hints.FURNITURE) and _LABELLED.match(block.text):
            yield block
