"""Section pages: the links of an HTML page that look like articles of the same outlet.

There is no mark that says "article", so a link is judged by two things that articles have and navigation lacks: an
anchor that reads like a headline, and an address with a date, a number, or a headline's words in it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.extractors.decode import decode
from crawler.listings.found_links import Listing, Source, distinct, plain
from news.addresses import covers, same_site
from news.articles import Moment
from news.errors import NotAnArticle
from news.visits import FoundLink

MOST_ANCHORS = 5_000
_NEVER = re.compile(
    r"/(?:tags?|topics?|themes?|category|categories|authors?|auteurs?|autor|writers?|contributors?|login|signin|register|"
    r"subscribe|subscription|abonnement|newsletters?|privacy|terms|legal|cookies?|contact|about|advertis\w*|jobs|careers|"
    r"search|recherche|feed|rss|wp-admin|cart|shop|help|faq|live-tv|podcasts?|games?|horoscopes?|weather)(?:/|$)|"
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|xml|rss|css|js|ics|apk)$",
    re.I,
)
_DATE = re.compile(r"/(?:19|20)\d{2}[/_-]?(?:0?[1-9]|1[0-2])(?:[/_-]|\d|$)")
_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
_WORD = re.compile(r"\w+")
# Scripts without spaces between words: there, characters are counted.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def read_section(body: bytes, source: Source) -> Listing:
    """Links to articles, in the page's order. The window is unknown: such pages mix news with what never changes."""
    try:
        root: Any = decode(body, source.url)
    except NotAnArticle as error:
        return Listing(problem=error.reason)
    links = [link for link in (_link(anchor, source) for anchor in _anchors(root)) if link is not None]
    if not links:
        return Listing(problem="a section page without links to articles")
    return Listing(links=distinct(links))


def _anchors(root: Any) -> list[Any]:
    return [anchor for anchor, _ in zip(root.iter("a"), range(MOST_ANCHORS), strict=False)]


def _link(anchor: Any, source: Source) -> FoundLink | None:
    address = anchor.get("href") or ""
    if not address or address.startswith(("#", "javascript:", "mailto:", "tel:")):
        return None
    headline = _headline(anchor)
    link = source.link(address, headline, Moment())
    if link is None or not _is_ours(link.url, source) or not looks_like_article(link.url, headline):
        return None
    return link


def _headline(anchor: Any) -> str:
    """The anchor's own words, else its title, else its picture's description."""
    text = plain("".join(anchor.itertext()))
    if text:
        return text
    image = anchor.find(".//img")
    return plain(anchor.get("title") or (image.get("alt") if image is not None else "") or "")


def _is_ours(url: str, source: Source) -> bool:
    if source.outlet is not None:
        return covers(source.outlet.hosts, url)
    return same_site(url, source.url)


def looks_like_article(url: str, headline: str) -> bool:
    """Whether address and anchor together look like an article."""
    parts = urlsplit(url)
    if _NEVER.search(parts.path) or parts.path.strip("/") == "":
        return False
    words = _length(headline)
    return (words >= 4 and _address_score(parts.path, parts.query) >= 1) or (
        words >= 2 and _address_score(parts.path, parts.query) >= 2
    )


def _length(headline: str) -> int:
    unspaced = len(_UNSPACED.findall(headline))
    return unspaced // 3 if unspaced >= 8 else len(_WORD.findall(headline))


def _address_score(path: str, query: str) -> int:
    """How much an address looks like one article's: a date, an own number, a headline's words, a page's ending."""
    last = unquote(path.rstrip("/").rpartition("/")[2])
    words = re.split(r"[-_ .+]", last)
    score: int = bool(_DATE.search(path)) + bool(_NUMBER.search(last) or _NUMBER.search(query))
    score += sum(word.isalpha() for word in words) >= 3
    score += last.endswith((".html", ".htm", ".shtml", ".php", ".aspx"))
    return score + (path.strip("/").count("/") >= 1 and any(char.isdigit() for char in last))
