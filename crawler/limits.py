"""How much of what strangers send is read at all: one page of limits, asked before or while bytes become a tree.

Bytes are no measure: 10 kB on the wire unpack to half a million table cells, and a tree takes fifty times its text.
What is over a limit is refused with its figure, before it costs memory. Of 2,217 real pages the largest has 19,629
tags, 14,640 attributes and a depth of 56; of real feeds 814 tags.
"""

from __future__ import annotations

import re

from news.errors import TooMuchError

MOST_TAGS = 100_000
MOST_ATTRIBUTES = 200_000
"""Counted in what is over a megabyte."""
MOST_ATTRIBUTES_OF_LONG_TAGS = 8_000
"""In tags of over 4,000 bytes, all together: HTML's parser takes the square of an element's number."""
MOST_ATTRIBUTES_IN_FEEDS = 2_000
"""Of one element: the reader of feeds takes the square more slowly."""
DEEPEST = 400
"""Elements within elements."""
MOST_DATA_NODES = 50_000
"""Objects and lists of one JSON-LD script; of real ones the largest has 3,864."""
MOST_FEED_ENTRIES = 15_000
LONGEST_HEAD_BYTES = 64 * 1024
MOST_HEAD_LINES = 1_000
"""What may stand before a feed's first element: its reader looks for declarations there in quadratic time."""
MOST_SITEMAP_ENTRIES = 100_000
"""The protocol allows 50,000."""
MOST_SITEMAP_ELEMENTS = 2_000_000
MOST_UNPACKED_BYTES = 50 * 1024 * 1024
"""The largest sitemap the protocol allows."""

_MEGABYTE = 1_000_000
_TAG = re.compile(rb"<[A-Za-z][^<>]*")
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4000,}")
_ATTRIBUTE = re.compile(rb"[^\s\"'=/<>]+(?:\s*=\s*(?:\"[^\"]*\"?|'[^']*'?|[^\s\"'<>]*))?")
_FIRST_ELEMENT = re.compile(rb"<\x00{0,3}[A-Za-z]")
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.I)


def check_markup(data: bytes) -> None:
    """Raises TooMuchError when markup holds more tags or attributes than are read: counted, not parsed."""
    check("tags", data.count(b"<"), MOST_TAGS)
    long = sum(_attributes(tag[0]) for tag in _LONG_TAG.finditer(data))
    check("attributes in long tags", long, MOST_ATTRIBUTES_OF_LONG_TAGS)
    if len(data) > _MEGABYTE:
        check("attributes", sum(_attributes(tag[0]) for tag in _TAG.finditer(data)), MOST_ATTRIBUTES)


def check_feed(data: bytes) -> None:
    """Raises TooMuchError when a feed holds more than is read, or begins with what is no feed for too long."""
    check_markup(data)
    most = max((_attributes(tag[0]) for tag in _LONG_TAG.finditer(data)), default=0)
    check("attributes of one element", most, MOST_ATTRIBUTES_IN_FEEDS)
    check("entries", sum(1 for _ in _ENTRY.finditer(data)), MOST_FEED_ENTRIES)
    first = _FIRST_ELEMENT.search(data)
    if first is not None:
        check("bytes before the first element", first.start(), LONGEST_HEAD_BYTES)
        head = data[: first.start()]
        check("lines before the first element", head.count(b"\n") + head.count(b"\r"), MOST_HEAD_LINES)


def check(what: str, number: int, most: int) -> None:
    """Raises TooMuchError when there are more of something than are read."""
    if number > most:
        raise TooMuchError(f"{number:,} {what}, more than the {most:,} that are read")


def _attributes(tag: bytes) -> int:
    return sum(1 for _ in _ATTRIBUTE.finditer(tag)) - 1
