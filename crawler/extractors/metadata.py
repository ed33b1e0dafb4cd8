"""Headline, language and canonical address: what a page says about itself, believed with care.

The right headline is nearly always somewhere on the page; the work is choosing. og:title and <title> carry site
names, h1 may be the site's logo, JSON-LD may hold the search-engine variant.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

import tldextract

from crawler.extractors import hints
from crawler.extractors.jsonld import Node, text
from crawler.extractors.page import Page, squeeze, text_key

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«›/~]+\s+|\s*\|\s*|\s+::\s+")
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class Said:
    """A value with the rule that chose it and the words on the page."""

    value: str
    rule: str
    evidence: str = ""


def meta(page: Page, *names: str) -> str:
    """The first meta element with one of the names, in the order of the names."""
    for wanted in names:
        for name, value in page.metas:
            if name == wanted:
                return squeeze(html.unescape(value))
    return ""


def headline(page: Page, node: Node, site_names: tuple[str, ...]) -> Said:
    """The headline as readers see it, without the site's name."""
    said = {
        "json-ld headline": squeeze(html.unescape(text(node, "headline") or text(node, "name"))),
        "og:title": meta(page, "og:title"),
        "twitter:title": meta(page, "twitter:title"),
        "title element": page.title,
    }
    tops = [b.text for b in page.blocks if b.frame.tag == "h1" and not b.frame.out & ~hints.HIDDEN]
    shown = {text_key(top) for top in tops} | {text_key(b.text) for b in page.blocks[:200] if b.flags & hints.HEADING}
    for rule in ("json-ld headline", "og:title", "twitter:title", "title element"):
        for candidate in _variants(said[rule], site_names):
            if text_key(candidate) in shown and text_key(candidate):
                return Said(candidate, f"{rule}, shown as a heading", said[rule])
    for rule in ("json-ld headline", "og:title", "twitter:title", "title element"):
        if said[rule]:
            return Said(_variants(said[rule], site_names)[-1], rule, said[rule])
    return Said(tops[0], "h1", tops[0]) if tops else Said("", "no headline found")


def _variants(title: str, site_names: tuple[str, ...]) -> list[str]:
    """The title as it stands, then without a trailing or leading part that is the site's name."""
    if not title:
        return []
    found = [title]
    parts = list(_SEPARATOR.finditer(title))
    for cut in reversed(parts):
        rest = title[cut.end() :]
        if is_site_name(rest, site_names):
            found.append(title[: cut.start()].strip())
    for cut in parts:
        first = title[: cut.start()]
        if is_site_name(first, site_names):
            found.append(title[cut.end() :].strip())
    return [variant for variant in found if variant]


def is_site_name(part: str, site_names: tuple[str, ...]) -> bool:
    """Whether a part of a title is the site's name; blanks do not count (globaltimes.cn, "Global Times")."""
    joined = text_key(part).replace(" ", "")
    return bool(joined) and any(joined == name.replace(" ", "") for name in site_names)


def site_names(page: Page, node: Node) -> tuple[str, ...]:
    """The names under which the site may sign a title, as keys."""
    names = [meta(page, "og:site_name", "application-name", "twitter:site")]
    publisher = node.get("publisher")
    names.append(text({"p": publisher}, "p") if publisher else "")
    host = urlsplit(page.url).hostname or ""
    parts = _SUFFIXES(host)
    names += [host, host.removeprefix("www."), parts.domain, parts.domain.replace("-", " ")]
    return tuple({text_key(name) for name in names if name} - {""})


def language(page: Page, node: Node) -> Said:
    """Two-letter language of the article: the element's own word, then meta, then JSON-LD."""
    for rule, value in (
        ("html lang", page.language),
        ("json-ld inLanguage", text(node, "inLanguage")),
        ("meta", meta(page, "og:locale", "language", "content-language", "dc.language")),
    ):
        code = re.match(r"[A-Za-z]{2,3}(?=$|[-_ ,;])", value.strip())
        if code:
            return Said(code[0].lower(), rule, value)
    return Said("", "no language stated")


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """The registrable domain of a host (bbc.co.uk for www.bbc.co.uk); the host itself for addresses and bare names."""
    parts = _SUFFIXES(host)
    return ".".join((parts.domain, parts.suffix)) if parts.domain and parts.suffix else host


def canonical(page: Page) -> Said:
    """The page's canonical address when it stays on the same registrable domain, else its own address.

    A canonical on another domain is input from strangers: it may claim to be anybody's article.
    """
    for rule, value in (("link canonical", page.canonical), ("og:url", meta(page, "og:url"))):
        if not value:
            continue
        try:
            address = urljoin(page.url, value)
            there, here = urlsplit(address), urlsplit(page.url)
            same = registrable(there.hostname or "") == registrable(here.hostname or "")
        except ValueError:
            continue
        if there.scheme in ("http", "https") and same and there.path.strip("/"):
            return Said(address, rule, value)
    return Said(page.url, "own address")


def headings(page: Page) -> Iterator[str]:
    """The texts of the page's h1 elements."""
    for block in page.blocks:
        if block.frame.tag == "h1":
            yield block.text
