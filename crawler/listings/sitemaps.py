"""Sitemaps and sitemap indexes, plain or gzipped, with Google News children.

Scrapy's SitemapSpider drops the nested `news:news` element, which holds title and publication date. A gzipped sitemap
arrives as a file and not as a content encoding, so it is unpacked here, under a cap: a bomb of 1 MB holds a gigabyte.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lxml import etree

from crawler.listings.shapes import Listing, Source, distinct
from news.articles import Moment
from news.visits import FoundLink

MOST_UNPACKED = 50 * 1024 * 1024
"""The largest sitemap the protocol allows."""
_PIECE = 64 * 1024
FRESH = timedelta(days=14)
MOST_UNDATED = 500
MOST_FURTHER = 10

_FIELDS = frozenset(("loc", "lastmod", "publication_date", "title"))
_DIGITS = re.compile(r"\d{1,12}")


@dataclass
class _Entry:
    """A `url` or `sitemap` element: its kind and the texts of the children we read."""

    kind: str
    texts: dict[str, str] = field(default_factory=dict)


def read_sitemap(body: bytes, source: Source) -> Listing:
    """Pages of a sitemap that are new enough, newest first, or the newest children of an index."""
    try:
        entries = list(_entries(body))
    except _UnreadableError as error:
        return Listing(problem=str(error))
    if not entries:
        return Listing(problem=_what_it_is(body))
    pages = [entry for entry in entries if entry.kind == "url"]
    children = [entry for entry in entries if entry.kind == "sitemap"]
    return Listing(links=_fresh(pages, source), further=_children(children, source), window=len(pages))


class _UnreadableError(Exception):
    """The bytes are no sitemap; the text says why."""


class _Unpacking(io.RawIOBase):
    """A gzipped sitemap read piece by piece: a bomb of 60 kB would hold 50 MB before it were refused."""

    def __init__(self, packed: bytes) -> None:
        self._unpacker = zlib.decompressobj(wbits=31)
        self._packed = packed
        self._read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next piece, at most 64 KiB whatever is asked for. Raises _UnreadableError."""
        try:
            piece = self._unpacker.decompress(self._packed, size if 0 < size < _PIECE else _PIECE)
        except zlib.error:
            raise _UnreadableError("the gzipped sitemap is damaged") from None
        self._packed = self._unpacker.unconsumed_tail
        self._read += len(piece)
        if self._read > MOST_UNPACKED:
            raise _UnreadableError("the gzipped sitemap unpacks to more than 50 MB")
        return piece


def _entries(body: bytes) -> Iterator[_Entry]:
    """Elements by local name, whatever the namespace says: half of all sitemaps have it wrong."""
    source: Any = _Unpacking(body) if body.startswith(b"\x1f\x8b") else io.BytesIO(body)
    options: Any = {"recover": True, "no_network": True, "resolve_entities": False, "huge_tree": False}
    try:
        for _, element in etree.iterparse(source, events=("end",), **options):
            name = _local(element)
            if name in ("url", "sitemap"):
                yield _entry(element, name)
                _forget(element)
    except etree.XMLSyntaxError:
        return


def _entry(element: Any, kind: str) -> _Entry:
    """`image:loc` and `video:title` carry the same names as the page's own, so the parent counts."""
    entry = _Entry(kind)
    for child in element.iter():
        name = _local(child)
        if name in _FIELDS and _local(child.getparent()) in ("url", "sitemap", "news"):
            entry.texts.setdefault(name, (child.text or "").strip())
    return entry


def _forget(element: Any) -> None:
    """Free what was read: 50,000 elements would stay in memory otherwise."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _fresh(pages: list[_Entry], source: Source) -> tuple[FoundLink, ...]:
    """Dated pages of the last two weeks, newest first, then some undated ones: an archive of 50,000 is not news."""
    dated: list[tuple[float, FoundLink]] = []
    undated: list[FoundLink] = []
    for entry in pages:
        listed = _listed(entry, source)
        link = source.link(entry.texts.get("loc", ""), entry.texts.get("title", ""), listed)
        when = listed.at or listed.latest
        if link is None:
            continue
        if when is None:
            undated.append(link)
        elif when >= source.polled - FRESH:
            dated.append((when.timestamp(), link))
    dated.sort(key=lambda pair: -pair[0])
    return distinct([link for _, link in dated] + undated[:MOST_UNDATED])


def _listed(entry: _Entry, source: Source) -> Moment:
    """Google News gives the publication; `lastmod` only bounds it from above."""
    published = source.moment(entry.texts.get("publication_date", ""), "sitemap")
    if published.at or published.earliest:
        return published
    changed = source.moment(entry.texts.get("lastmod", ""), "sitemap")
    if changed.at or changed.latest:
        return Moment(None, None, changed.at or changed.latest, "sitemap", changed.zone)
    return Moment()


def _children(children: list[_Entry], source: Source) -> tuple[str, ...]:
    """The newest sitemaps of an index, news first. Undated ones are ordered by the numbers in their address."""
    ranked: list[tuple[tuple[bool, float, tuple[int, ...]], str]] = []
    for entry in children:
        changed = source.moment(entry.texts.get("lastmod", ""), "sitemap")
        when = changed.at or changed.latest
        link = source.link(entry.texts.get("loc", ""), "", Moment())
        if link is None or (when is not None and when < source.polled - FRESH):
            continue
        numbers = tuple(int(number) for number in _DIGITS.findall(link.url.partition("://")[2].partition("/")[2])[:4])
        ranked.append((("news" in link.url.lower(), when.timestamp() if when else 0.0, numbers), link.url))
    ranked.sort(reverse=True)
    return tuple(dict.fromkeys(url for _, url in ranked))[:MOST_FURTHER]


def _what_it_is(body: bytes) -> str:
    head = body[:2000].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return "an HTML page where a sitemap should be"
    return "a sitemap without entries" if b"<urlset" in head or b"<sitemapindex" in head else "not a sitemap"
