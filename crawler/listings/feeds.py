"""RSS and Atom, through feedparser: real feeds break every rule, and it has met them all."""

from __future__ import annotations

import io
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from crawler.limits import check_feed
from crawler.listings.found_links import Listing, Source, distinct
from news.articles import Moment
from news.errors import TooMuchError
from news.visits import FoundLink

# It looks for e-mail addresses in cubic time (20,000 letters: 2 s, 40,000: 100), and nobody here asks for authors.
_FeedParserMixin._sync_author_detail = lambda *_: None
_HTML_HEAD = (b"<!doctype html", b"<html")


def read_feed(body: bytes, source: Source) -> Listing:
    """The items of a feed.

    The bytes go in as a stream: feedparser takes a string for an address or a file name, and a body that reads
    "/etc/passwd" would be opened. Sanitising is left out, which halves the time; nothing of the text is shown.
    """
    body = body.lstrip()
    try:
        check_feed(body)
        parsed: Any = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    except TooMuchError as error:
        return Listing(problem=f"a feed of {error}")
    except Exception as error:  # feedparser 6 has let out UnicodeDecodeError and KeyError for damaged declarations
        return Listing(problem=f"a feed too damaged to be read ({type(error).__name__})")
    entries = parsed.get("entries") or []
    if not entries and not parsed.get("version"):
        return Listing(problem=_what_it_is(body))
    links = [link for link in (_link(entry, source) for entry in entries) if link is not None]
    return Listing(links=distinct(links), window=len(entries))


def _what_it_is(body: bytes) -> str:
    head = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_HTML_HEAD) or b"<html" in head:
        return "an HTML page where a feed should be"
    return "not a feed of any known form"


def _link(entry: Any, source: Source) -> FoundLink | None:
    """FeedBurner hides the outlet's own address behind its counter and repeats it in `origLink`."""
    address = _text(entry, "feedburner_origlink") or _text(entry, "link") or _guid(entry)
    listed = _time(entry, source)
    return source.link(address, _text(entry, "title"), listed) if address else None


def _guid(entry: Any) -> str:
    identifier = _text(entry, "id")
    return identifier if identifier.startswith(("http://", "https://")) else ""


def _time(entry: Any, source: Source) -> Moment:
    for name in ("published", "created"):
        moment = source.moment(_text(entry, name), "feed")
        if moment.at or moment.earliest:
            return moment
    updated = source.moment(_text(entry, "updated"), "feed")
    if not (updated.at or updated.earliest):
        return Moment()
    # An update bounds the publication from above; it is no publication time.
    return Moment(None, None, updated.at or updated.latest, "feed", updated.zone)


def _text(entry: Any, name: str) -> str:
    value = dict.get(entry, name)  # feedparser's own look-up answers "updated" with "published", and warns
    return value.strip() if isinstance(value, str) else ""
