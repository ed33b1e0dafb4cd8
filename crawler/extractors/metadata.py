"""Headline and canonical address: what a page says about itself, believed with care.

The right headline is nearly always somewhere on the page; the work is choosing. og:title and <title> carry site
names, h1 may be the site's logo, JSON-LD may hold the search-engine variant.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from crawler.extractors import hints
from crawler.extractors.blocks import Block, Page, squeeze, text_key
from crawler.extractors.jsonld import Node, text
from news.addresses import site_of
from news.articles import Outlet
from news.canonical import claims_its_own

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«›/~*<]+\s+|\s*[|ㅣ：｜]\s*|\s+::\s+")
_LONGEST_TITLE = 500
_KICKER = re.compile(r":\s+|\s+[|\-–—]\s+")
_SECTION = re.compile(r"-[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,8}$")
"""A section's name glued on behind a hyphen, before the site's: "…-정치ㅣ한국일보" (hankookilbo.com)."""


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


_STATED = ("json-ld headline", "og:title", "twitter:title", "title element")


def headline(page: Page, node: Node, site_names: tuple[str, ...]) -> Said:
    """The headline without the site's name and without a kicker before it.

    JSON-LD and og:title are each right on about 90 of 119 pages with known headlines, on different ones. JSON-LD is
    believed first, but only when it names this address or shares words with another title, for nodes of other
    stories stand on many pages.
    """
    said = {
        "json-ld headline": squeeze(html.unescape(text(node, "headline"))),
        "og:title": meta(page, "og:title"),
        "twitter:title": meta(page, "twitter:title"),
        "title element": page.title,
    }
    said = {rule: value[:_LONGEST_TITLE] for rule, value in said.items()}
    tops = _tops(page)
    shown = _shown(page, tops)
    below = _below_top(page, tops)
    first = _shown_below(said, below) or ("og:title" if _for_search_engines(said, shown) else "")
    for rule in dict.fromkeys((first, *_STATED) if first else _STATED):
        value = said[rule]
        if not value or is_site_name(value, site_names):
            continue
        others = [other for name, other in said.items() if other and name != rule] + shown
        if rule == "json-ld headline" and not (_names_page(node, page) or any(_akin(value, one) for one in others)):
            continue
        if rule != "json-ld headline" and _cut_off(value, shown):
            continue
        best = _without_site(value, site_names, {text_key(other) for other in others})
        best = _without_kicker(best, said["og:title"], shown, below)
        return Said(best, rule if best == value else f"{rule}, site's name or kicker cut", value)
    return Said(shown[0], "h1", shown[0]) if shown else Said("", "no headline found")


def _headings(page: Page) -> list[Block]:
    return [b for b in page.blocks[:400] if b.flags & hints.HEADING and len(b.text) < 400]


def _tops(page: Page) -> list[Block]:
    """The blocks of the page's h1."""
    return [b for b in _headings(page) if b.frame.tag == "h1" or any(up.tag == "h1" for up in b.frame.ancestors())]


def _shown(page: Page, tops: Sequence[Block]) -> list[str]:
    """The headings a reader may take for the headline: h1, or every heading of a page without."""
    return [block.text for block in tops] or [block.text for block in _headings(page) if not block.frame.out][:5]


def _below_top(page: Page, tops: Sequence[Block]) -> list[str]:
    """The headings next below the h1."""
    return [block.text for block in _headings(page) if block.order > tops[-1].order][:3] if tops else []


def _shown_below(said: dict[str, str], below: Sequence[str]) -> str:
    """The title that stands as a heading below the h1, or "".

    Many German sites give their h1 to the search engines' title, small, at the end of the breadcrumbs; the headline
    that readers see is the h2 below it, a kicker before it or above it (stern.de, n-tv.de, kicker.de, t-online.de).
    """
    keys = [text_key(one) for one in (*below, *map(" ".join, pairwise(below)))]
    stated = {rule: text_key(said[rule]) for rule in _STATED}
    return next((rule for rule, key in stated.items() if len(key) >= 20 and any(k.endswith(key) for k in keys)), "")


def _for_search_engines(said: dict[str, str], shown: list[str]) -> bool:
    """Whether JSON-LD and <title> share one wording while og:title and the h1 share another, the one readers see."""
    stated, visible = text_key(said["json-ld headline"]), text_key(said["og:title"])
    keys = {text_key(one) for one in shown}
    return stated not in keys and visible in keys and text_key(said["title element"]).startswith(stated or " ")


def _akin(one: str, other: str) -> bool:
    """Whether two titles share a third of the shorter one's words."""
    a, b = set(text_key(one).split()), set(text_key(other).split())
    return bool(a & b) and len(a & b) * 3 >= min(len(a), len(b))


def _without_kicker(value: str, other: str, shown: Sequence[str], below: Sequence[str]) -> str:
    """The value without the words in front: when og:title is its end ("Olympia: Team wins", "Team wins", n-tv.de),
    when both parts are headings of their own (t-online.de), or when the h1 ends the same behind quite other words
    ("Day of joy - Team wins", srf.ch)."""
    long, short = text_key(value), text_key(other)
    if len(short) >= 20 and len(long) > len(short) and long.endswith(short):
        return other
    cut = _KICKER.search(value)
    rest = text_key(value[cut.end() :]) if cut is not None else ""
    if cut is None or len(rest) * 2 < len(long):
        return value
    kicker = text_key(value[: cut.start()])
    if {kicker, rest} <= {text_key(one) for one in below}:
        return value[cut.end() :].strip()
    front = set(kicker.split())
    for one in shown:
        key = text_key(one)
        if key.endswith(rest) and len(key) > len(rest) and not front & set(key[: -len(rest)].split()):
            return value[cut.end() :].strip()
    return value


def _names_page(node: Node, page: Page) -> bool:
    """Whether the JSON-LD node says that it stands for this very address."""
    path = urlsplit(page.url).path.rstrip("/")
    stated = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    stated += [value.get("@id") or value.get("url") for value in stated if isinstance(value, dict)]
    return len(path) > 1 and any(isinstance(value, str) and path in value for value in stated)


def _cut_off(title: str, shown: Iterable[str]) -> bool:
    """Whether a stated title is only the beginning of one that is shown (a quote mark ended the attribute)."""
    start = title.rstrip(" .…")
    return len(start) > 10 and any(len(one) > len(start) + 3 and one.startswith(start) for one in shown)


def _without_site(title: str, site_names: tuple[str, ...], others: set[str]) -> str:
    """The title cut where the rest is the site's name, or where what remains is a title stated elsewhere."""
    cuts = list(_SEPARATOR.finditer(title))
    for cut in cuts:
        start = title[: cut.start()].strip()
        if len(start) > 15 and text_key(start) in others:
            return start
    for cut in cuts:
        if is_site_name(title[cut.end() :], site_names) and cut.start() > 3:
            return _SECTION.sub("", title[: cut.start()].strip())
    for cut in cuts:
        if is_site_name(title[: cut.start()], site_names):
            return title[cut.end() :].strip()
    return title


def is_site_name(part: str, site_names: tuple[str, ...]) -> bool:
    """Whether a part of a title is the site's name; blanks do not count (globaltimes.cn, "Global Times")."""
    joined = text_key(part).replace(" ", "")
    return bool(joined) and any(joined == name.replace(" ", "") for name in site_names)


def site_names(page: Page, node: Node, outlet: Outlet | None = None) -> tuple[str, ...]:
    """The names under which the site may sign a title, as keys."""
    names = [outlet.name if outlet is not None else "", meta(page, "og:site_name", "application-name", "twitter:site")]
    publisher = node.get("publisher")
    names.append(text({"p": publisher}, "p") if publisher else "")
    host = urlsplit(page.url).hostname or ""
    label = site_of(page.url).partition(".")[0]
    names += [host, host.removeprefix("www."), label, label.replace("-", " ")]
    return tuple({text_key(name) for name in names if name} - {""})


def canonical(page: Page, headline: str) -> Said:
    """The page's canonical address when that can be this article's (news.canonical), else its own address."""
    for rule, value in (("link canonical", page.canonical), ("og:url", meta(page, "og:url"))):
        if not value:
            continue
        try:
            address = urljoin(page.url, value)
        except ValueError:
            continue
        if claims_its_own(address, page.url, headline):
            return Said(address, rule, value)
    return Said(page.url, "own address")
