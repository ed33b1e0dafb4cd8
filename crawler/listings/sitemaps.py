"""Sitemaps and sitemap indexes, plain or gzipped, with Google News children.

Scrapy's SitemapSpider drops the nested `news:news` element, which holds title and publication date. A gzipped sitemap
arrives as a file and not as a content encoding, so it is unpacked here, under a cap: a bomb of 1 MB holds a gigabyte.

    bytes ─> pieces ─> parser ─> _Entries: one entry at a time, no tree ─> what is fresh of them

An entry counts when its end has come: of a file cut off in the middle of an address, half an address is no page.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lxml import etree

from crawler.limits import (
    DEEPEST,
    MOST_SITEMAP_ELEMENTS,
    MOST_SITEMAP_ENTRIES,
    MOST_UNPACKED_BYTES,
    check,
)
from crawler.listings.found_links import MOST_LINKS, Listing, Source, distinct
from crawler.unpacking import MAGIC, gunzipped
from news.addresses import LONGEST_ADDRESS
from news.articles import Moment
from news.errors import TooMuchError, UnpackingError
from news.visits import FoundLink

FRESH = timedelta(days=14)
MOST_UNDATED = 500
MOST_FURTHER = 10

_PIECE = 64 * 1024
_ENTRIES = frozenset(("url", "sitemap"))
_FIELDS = frozenset(("loc", "lastmod", "publication_date", "title"))
_AROUND = _ENTRIES | {"news"}
_DIGITS = re.compile(r"\d{1,12}")
# Every other "&" is meant as one, whatever the file declares: `?id=7&lang=en` was repaired into `?id=7=en`.
_RAW_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_LONGEST_REFERENCE = 10


def read_sitemap(body: bytes, source: Source) -> Listing:
    """Pages of a sitemap that are new enough, newest first, or the newest children of an index."""
    pages, children = _Fresh(source), _Children(source)
    try:
        for kind, texts in _entries(body):
            (pages if kind == "url" else children).add(texts)
    except UnpackingError as error:
        size = f"unpacks to more than {MOST_UNPACKED_BYTES >> 20} MB"
        return Listing(problem=f"the gzipped sitemap {size}" if error.too_large else f"the gzipped sitemap: {error}")
    except TooMuchError as error:
        return Listing(problem=f"a sitemap of {error}")
    if not pages.count and not children.count:
        return Listing(problem=_what_it_is(body))
    return Listing(links=pages.links(), further=children.urls(), window=pages.count)


Texts = dict[str, str]
"""Of an entry, the texts of the children we read, by name."""


class _Entries:
    """What the parser tells: collects the entry it is in, and keeps those that are complete until they are taken."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Texts]] = []
        self._open: list[str] = []
        self._texts: Texts = {}
        self._field = ""
        self._elements = self._entries = 0

    def start(self, tag: Any, _attributes: Any) -> None:
        """`image:loc` and `video:title` carry the same names as the page's own, so the parent counts."""
        name = _local(tag)
        self._elements += 1
        check("elements", self._elements, MOST_SITEMAP_ELEMENTS)
        check("elements within elements", len(self._open), DEEPEST)
        around = self._open[-1] if self._open else ""
        self._open.append(name)
        if name in _ENTRIES:
            self._texts = {}
        self._field = name if name in _FIELDS and around in _AROUND and name not in self._texts else ""

    def data(self, text: Any) -> None:
        """Text, in pieces; of one that is no address or date any more, the rest is passed over."""
        if self._field:
            before = self._texts.get(self._field, "")
            if len(before) <= LONGEST_ADDRESS:
                self._texts[self._field] = before + text[: LONGEST_ADDRESS + 1]

    def end(self, tag: Any) -> None:
        """The end of an element, and with it perhaps of an entry."""
        name = _local(tag)
        self._field = ""
        if self._open:
            self._open.pop()
        if name in _ENTRIES:
            self._entries += 1
            check("entries", self._entries, MOST_SITEMAP_ENTRIES)
            self.done.append((name, {field: text.strip() for field, text in self._texts.items()}))
            self._texts = {}

    def comment(self, text: Any) -> None:
        """Passed over."""

    def close(self) -> None:
        """The parser's interface."""


def _entries(body: bytes) -> Iterator[tuple[str, Texts]]:
    """Elements by local name, whatever the namespace says: half of all sitemaps have it wrong, some declare none."""
    told = _Entries()
    options: Any = {"recover": True, "no_network": True, "resolve_entities": "internal", "huge_tree": False}
    parser = etree.XMLParser(target=told, **options)
    try:
        for piece in _pieces(body):
            parser.feed(piece)
            yield from told.done
            told.done.clear()
        parser.close()
    except etree.XMLSyntaxError:
        pass
    yield from told.done


def _pieces(body: bytes) -> Iterator[bytes]:
    rest = b""
    for piece in gunzipped(body, MOST_UNPACKED_BYTES) if body.startswith(MAGIC) else _cut(body):
        data = rest + piece
        at = data.rfind(b"&", max(0, len(data) - _LONGEST_REFERENCE))
        data, rest = (data, b"") if at < 0 else (data[:at], data[at:])
        yield _meant(data)
    yield _meant(rest)


def _meant(data: bytes) -> bytes:
    return data if b"\x00" in data else _RAW_AMPERSAND.sub(b"&amp;", data)  # two bytes a letter are left alone


def _cut(body: bytes) -> Iterator[bytes]:
    yield from (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _address(texts: Texts) -> str:
    """In CDATA, or escaped twice, an "&" is still written out."""
    return texts.get("loc", "").replace("&amp;", "&")


class _Fresh:
    """Dated pages of the last two weeks, newest first, then some undated ones: an archive of 50,000 is not news."""

    def __init__(self, source: Source) -> None:
        self.count = 0
        self._source = source
        self._dated: list[tuple[float, int, FoundLink]] = []
        self._undated: list[FoundLink] = []

    def add(self, texts: Texts) -> None:
        """One more entry; the oldest of too many are let go."""
        self.count += 1
        listed = _listed(texts, self._source)
        link = self._source.link(_address(texts), texts.get("title", ""), listed)
        when = listed.at or listed.latest
        if link is None:
            return
        if when is None:
            if len(self._undated) < MOST_UNDATED:
                self._undated.append(link)
        elif when >= self._source.polled - FRESH:
            keep = heapq.heappush if len(self._dated) < MOST_LINKS else heapq.heappushpop
            keep(self._dated, (when.timestamp(), -self.count, link))

    def links(self) -> tuple[FoundLink, ...]:
        """Newest first, and in the file's order within one time."""
        newest = sorted(self._dated, key=lambda each: (-each[0], -each[1]))
        return distinct([link for _, _, link in newest] + self._undated)


def _listed(texts: Texts, source: Source) -> Moment:
    """Google News gives the publication; `lastmod` only bounds it from above."""
    published = source.moment(texts.get("publication_date", ""), "sitemap")
    if published.at or published.earliest:
        return published
    changed = source.moment(texts.get("lastmod", ""), "sitemap")
    if changed.at or changed.latest:
        return Moment(None, None, changed.at or changed.latest, "sitemap", changed.zone)
    return Moment()


class _Children:
    """The newest sitemaps of an index, news first. Undated ones are ordered by the numbers in their address."""

    def __init__(self, source: Source) -> None:
        self.count = 0
        self._source = source
        self._ranked: list[tuple[tuple[bool, float, tuple[int, ...]], str]] = []

    def add(self, texts: Texts) -> None:
        """One more child."""
        self.count += 1
        changed = self._source.moment(texts.get("lastmod", ""), "sitemap")
        when = changed.at or changed.latest
        link = self._source.link(_address(texts), "", Moment())
        if link is None or (when is not None and when < self._source.polled - FRESH):
            return
        numbers = tuple(int(number) for number in _DIGITS.findall(link.url.partition("://")[2].partition("/")[2])[:4])
        self._ranked.append((("news" in link.url.lower(), when.timestamp() if when else 0.0, numbers), link.url))

    def urls(self) -> tuple[str, ...]:
        """At most ten of them."""
        self._ranked.sort(reverse=True)
        return tuple(dict.fromkeys(url for _, url in self._ranked))[:MOST_FURTHER]


def _what_it_is(body: bytes) -> str:
    head = body[:2000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "an HTML page where a sitemap should be"
    return "a sitemap without entries" if b"<urlset" in head or b"<sitemapindex" in head else "not a sitemap"
