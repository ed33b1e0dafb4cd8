"""What is made to cost: refused with its figure, or read in time that grows with what came. CPU seconds count."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.limits import MOST_FEED_ENTRIES, MOST_SITEMAP_ENTRIES, MOST_TAGS
from crawler.listings import read_listing
from crawler.pages import read_page
from crawler.unpacking import MOST_MEMBERS, gunzipped, inflated
from crawler.wire import UnreadableFiling, parse
from news.articles import FeedKind, Outlet
from news.errors import NotAnArticle, UnpackingError
from tests.crawler.site import page

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
ADDRESS = "https://varnholm.example/news/2026-bridge.html"
POST = Outlet("post", "Varnholm Post", ("varnholm.example",), "SE", "Europe/Stockholm", "en")
RSS = b'<rss version="2.0"><channel>'
LIMIT = 5_000_000


def seconds_of(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def unpacked(body: bytes, most: int = LIMIT) -> bytes:
    return b"".join(gunzipped(body, most))


@pytest.mark.parametrize("member", [b"", b"a", b"ab" * 40])
def test_many_small_members_cost_what_they_hold(member: bytes) -> None:
    """200,000 empty ones copied the rest of 4 MB each time, in the crawl's own thread."""
    packed = gzip.compress(member, mtime=0)
    assert unpacked(packed * MOST_MEMBERS) == member * MOST_MEMBERS
    with pytest.raises(UnpackingError, match="over 10,000 pieces"):
        unpacked(packed * 200_000)
    assert seconds_of(lambda: unpacked(packed * MOST_MEMBERS)) < 2


def test_large_members_and_padding_are_read_whole() -> None:
    parts = [bytes([65 + n % 26]) * 300_000 for n in range(9)]
    packed = b"".join(gzip.compress(part, mtime=0) for part in parts)
    assert unpacked(packed) == unpacked(packed + b"\0" * 4000) == unpacked(packed + b"\n") == b"".join(parts)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"plain", "not gzip"),
        (b"", "not gzip"),
        (b"\x1f\x8b", "too early"),
        (gzip.compress(b"a" * 900, mtime=0)[:-4], "too early"),
        (gzip.compress(b"a", mtime=0) + gzip.compress(b"b" * 900, mtime=0)[:-9], "too early"),
        (gzip.compress(b"a", mtime=0)[:-8] + b"\xff" * 8, "damaged"),
        (gzip.compress(bytes(range(256)) * 9, mtime=0)[:60] + b"\xff" * 900, "damaged|too early"),
        (gzip.compress(b"\0" * (LIMIT + 1), mtime=0), "more than"),
        (gzip.compress(b"\0" * 600_000, mtime=0) * 9, "more than"),
    ],
)
def test_a_gzip_file_is_unpacked_whole_or_not_at_all(packed: bytes, reason: str) -> None:
    with pytest.raises(UnpackingError, match=reason):
        unpacked(packed)


def test_deflate_comes_in_two_forms_and_is_held_to_the_same() -> None:
    bare = zlib.compressobj(wbits=-15)
    text = b"Ferries will carry the traffic. " * 9000
    assert inflated(zlib.compress(text), LIMIT) == inflated(bare.compress(text) + bare.flush(), LIMIT) == text
    for packed, reason in (
        (zlib.compress(b"\0" * (LIMIT + 1)), "more than"),
        (zlib.compress(text)[:-5], "too early"),
        (b"x\x9c" + b"\xff" * 40, "damaged"),
    ):
        with pytest.raises(UnpackingError, match=reason):
            inflated(packed, LIMIT)


LISTINGS: dict[str, tuple[FeedKind, bytes, str]] = {
    "a sitemap of millions of empty entries, packed": (
        "sitemap",
        gzip.compress(b"<urlset>" + b"<url/>" * 4_000_000, mtime=0),
        f"{MOST_SITEMAP_ENTRIES + 1:,} entries",
    ),
    "the same of an index": (
        "sitemap",
        gzip.compress(b"<sitemapindex>" + b"<sitemap/>" * 900_000, mtime=0),
        f"{MOST_SITEMAP_ENTRIES + 1:,} entries",
    ),
    "a sitemap of other elements": (
        "sitemap",
        gzip.compress(b"<urlset>" + b"<x/>" * 6_000_000, mtime=0),
        "2,000,001 elements",
    ),
    "a deep sitemap": ("sitemap", b"<urlset>" + b"<a>" * 900_000, "elements within elements"),
    "an address without end": (
        "sitemap",
        b"<urlset><url><loc>https://a.example/" + b"a" * 4_000_000,
        "without entries",
    ),
    "a sitemap in empty members": ("sitemap", gzip.compress(b"", mtime=0) * 200_000, "over 10,000 pieces"),
    "a feed of empty items": ("feed", RSS + b"<item/>" * 90_000, "90,000 entries"),
    "a feed of empty entries": ("feed", b"<feed>" + b"<atom:entry />" * 60_000, "60,000 entries"),
    "a feed of other elements": ("feed", RSS + b"<item>" + b"<a/>" * 700_000, "700,003 tags"),
    "a feed of attributes": ("feed", RSS + b"<item><link " + b"a b " * 9_000 + b"/>", "18,000 attributes"),
    "a feed that begins with lines": ("feed", b"<?xml version='1.0'?>" + b"\n" * 40_000 + RSS, "40,000 lines before"),
    "the same in two bytes a letter": (
        "feed",
        ("<!---->" + "\n" * 9_000 + "<rss>").encode("utf-16"),
        "before",
    ),
    "a feed that begins with blanks": ("feed", b"<!-- " + b" " * 400_000 + b"-->" + RSS, "bytes before the first"),
    "a section of bold": ("section", b"<html><body>" + b"<b>" * 1_600_000, "tags"),
    "a section of attributes": ("section", b"<a " + b"b c d e f g h " * 90_000 + b">", "attributes"),
    "a deep section": ("section", b"<html><body>" + b"<b>" * 60_000, "too deep"),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_made_to_cost_is_refused_with_its_figure(name: str) -> None:
    kind, body, problem = LISTINGS[name]
    found: list[str] = []
    assert seconds_of(lambda: found.append(read_listing(kind, body, ADDRESS, POST, NOW).problem)) < 10
    assert problem in found[0]
    assert len(found[0]) < 200


PAGES = {
    "cells": (b"<table>" + b"<tr><td>x" * 550_000, "tags"),
    "paragraphs": (b"<article>" + b"<p>a" * 1_240_000, "tags"),
    "breaks": (b"<article><p>" + b"<br>" * 1_240_000, "tags"),
    "attributes in many tags": (b"<article>" + b"<p a b c d e f g h i j>x" * 90_000, "attributes"),
    "attributes in one tag": (b"<article><p " + b" ".join(b"a%d" % n for n in range(90_000)) + b">x", "attributes"),
    "depth": (b"<div>" * 60_000 + b"deep", "too deep"),
    "data of nothing": (
        b'<script type="application/ld+json">[' + b"{}," * 1_600_000 + b"{}]</script>",
        "no article text",
    ),
    "data without end": (b'<script type="application/ld+json">' + b"[" * 4_900_000 + b"</script>", "no article text"),
    "data closed by blanks": (b'<script type="application/ld+json">x]]>' + b" " * 60_000 + b"x</script>", "no article"),
    "names of classes": (b'<div class="' + b"a-b_c " * 800_000 + b'">x', "no article text"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_to_cost_is_no_article_and_says_why(name: str) -> None:
    body, problem = PAGES[name]

    def read() -> None:
        with pytest.raises(NotAnArticle, match=problem):
            read_page(b"<html><body>" + body, ADDRESS, NOW, POST)

    assert seconds_of(read) < 15


def test_a_page_under_the_limits_is_read() -> None:
    padding = "<nav>" + "<a href='/x'>y</a>" * (MOST_TAGS // 2 - 100) + "</nav>"
    article = read_page(page("Bridge").replace("<nav>", padding + "<nav>"), ADDRESS, NOW, POST)
    assert len(article.paragraphs) == 5


def test_a_feed_at_the_limit_is_read() -> None:
    items = b"".join(b"<item><link>/news/%d</link></item>" % n for n in range(MOST_FEED_ENTRIES))
    assert read_listing("feed", b"\n" * 9_000 + RSS + items, ADDRESS, POST, NOW).window == MOST_FEED_ENTRIES


@pytest.mark.parametrize("author", ["a" * 60_000 + "@", "a." * 60_000 + " (", "a@" * 60_000, "-@-." * 30_000])
def test_an_authors_address_costs_a_feed_nothing(author: str) -> None:
    """The library looks for an e-mail address in cubic time; nobody here asks for authors."""
    feed = RSS + f"<item><link>/a</link><author>{author}</author></item></channel></rss>".encode()
    assert seconds_of(lambda: read_listing("feed", feed, ADDRESS, POST, NOW)) < 2
    assert [link.url for link in read_listing("feed", feed, ADDRESS, POST, NOW).links] == ["https://varnholm.example/a"]


@pytest.mark.parametrize("body", [b"<NewsML>" + b"<a/>" * 400_000, b'[{"body_xhtml": "' + b"<b>" * 300_000 + b'"}]'])
def test_an_agency_file_of_too_many_tags_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableFiling, match="tags, more than"):
        parse(body, "wire.xml", received=NOW)
