"""The headline: every title that data state or that stands as a heading, whole and without what sites add to it.

The right one is nearly always somewhere on the page; the work is choosing. og:title and <title> carry site names, h1
may
be the site's logo, JSON-LD may hold the search engines' variant, a kicker may stand in front.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from crawler.extractors import hints
from crawler.extractors.blocks import Block, Page, squeeze, text_key
from crawler.extractors.choosing import Candidate, best
from crawler.extractors.jsonld import Node, text, types_of
from crawler.extractors.metadata import Said, is_site_name, meta

_SEPARATOR = re.compile(r"\s+[|\-–—·•:»«›/~*<]+\s+|\s*[|ㅣ：｜]\s*|\s+::\s+|:\s+|\s+--\s+")
_TIGHT = re.compile(r"\s*(?:_+|-{1,2}|[–—])\s*(?=[^_–—-]{2,40}$)")
"""A mark without blanks around it parts only a site's name: "Quay stays closed_Harbour News"."""
_ADDED = re.compile(
    r"\s*[(\[](?:published|updated|opinion|video|photos?|aktualisiert|\d{4})\b[^()\[\]]{0,20}[)\]]$", re.I
)
_HEADLINE_CLASS = re.compile(r"headline|title|titel|titre|titulo|heading|überschrift")
_CUT_SHORT = re.compile(r"(?:…|\.\.\.)$")
_LONGEST = 400
_METAS = {
    "meta title": ("sailthru.title", "dc.title", "parsely-title", "article:title", "headline", "title", "dcterms.title",
                   "hdl", "analytics-title", "citation_title"),
}  # fmt: skip


@dataclass(slots=True)
class _Gathered:
    """The candidates by their words."""

    site_names: tuple[str, ...]
    by_key: dict[str, Candidate[str]] = field(default_factory=dict)
    parts: dict[str, list[tuple[str, str, tuple[str, ...]]]] = field(default_factory=dict)

    def add(self, value: str, words: str, *evidence: str) -> None:
        """Another place that has this title."""
        key = text_key(value)
        if key:
            one = self.by_key.setdefault(key, Candidate(value, words))
            one.evidence.update(evidence)

    def add_all(self, value: str, source: str, *evidence: str) -> None:
        """A title as it stands and without each part that a site may have added."""
        value = squeeze(html.unescape(value))[: _LONGEST * 2]
        if not value:
            return
        self.add(value, value, source, *evidence)
        if value not in self.parts:
            self.parts[value] = [*_parts(value, self.site_names)]
        for kept, without, cut in self.parts[value]:
            self.add(kept, value, f"{source} without {without}", *cut)


def _parts(value: str, site_names: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What remains of a title without a part of it, what that part may be, and the evidence of the cut."""
    added = _ADDED.search(value)
    if added is not None:
        yield value[: added.start()], "a remark", ()
    for cut in _SEPARATOR.finditer(value):
        front, back, mark = value[: cut.start()].strip(), value[cut.end() :].strip(), cut[0].strip()
        mark = mark if mark in "|:" else "-"
        for kept, lost, side in ((front, back, "end"), (back, front, "front")):
            if is_site_name(lost, site_names):
                yield kept, "the site's name", ("site's name cut",)
            else:
                long = "long " if len(lost) > max(20, len(kept) // 2) else ""
                yield kept, f"its {long}{side}", (f"{long}{side} cut at {mark}",)
    tight = _TIGHT.search(value)
    if tight is not None and is_site_name(value[tight.end() :], site_names):
        yield value[: tight.start()], "the site's name", ()


def headline(page: Page, node: Node, site_names: tuple[str, ...]) -> Said:
    """The title for which the evidence speaks most."""
    gathered = _Gathered(site_names)
    names_page = _names_page(node, page)
    gathered.add_all(text(node, "headline"), "json-ld headline", *(["json-ld of this page"] if names_page else []))
    gathered.add_all(text(node, "name"), "json-ld name")
    gathered.add_all(text(node, "alternativeHeadline"), "json-ld alternative")
    gathered.add_all(meta(page, "og:title"), "og:title")
    gathered.add_all(meta(page, "twitter:title"), "twitter:title")
    gathered.add_all(page.title, "title element")
    for rule, wanted in _METAS.items():
        gathered.add_all(meta(page, *wanted), rule)
    _shown(page, gathered)
    found = tuple(gathered.by_key.values())
    _compare(page, found, site_names)
    if types_of(node) & _NEWS:
        # Papers write the headline of their JSON-LD; elsewhere a plugin fills it with the search engines' title.
        for one in found:
            one.evidence.update([f"news: {name}" for name in one.evidence if name.startswith(_SOURCES)])
    chosen = best("headline", found)
    if chosen is None:
        return Said("", "no headline found", "", found)
    return Said(chosen.value, chosen.rule, chosen.words, found)


def _shown(page: Page, gathered: _Gathered) -> None:
    """The headings of the page: every h1, and the others around the first of them or before the text."""
    headings = [b for b in page.blocks[:400] if b.flags & hints.HEADING and len(b.text) < _LONGEST]
    tops = [b for b in headings if b.frame.tag == "h1" or any(up.tag == "h1" for up in b.frame.ancestors())]
    first = tops[0].order if tops else 0
    for number, block in enumerate(tops[:6]):
        alone = "the only h1" if len(tops) == 1 else "first of several h1" if not number else "further h1"
        gathered.add_all(block.text, "h1", alone, *_standing(page, block))
    near = [b for b in headings if b not in tops and (b.order > first or not tops)][:5]
    for number, block in enumerate(near):
        place = "heading below the h1" if tops else "heading of a page without h1"
        gathered.add(block.text, block.text, place, f"{place}, {min(number, 2)}", *_standing(page, block))
    for one, other in pairwise([*tops[:1], *near]):
        if other.order - one.order == 1:
            joined = f"{one.text} {other.text}"
            gathered.add(joined, joined, "two headings joined")


def _standing(page: Page, block: Block) -> Iterator[str]:
    """How a heading stands to the text below it, and what its class says."""
    below = page.blocks[block.order + 1 : block.order + 30]
    prose = next((n for n, one in enumerate(below) if one.prose and not one.frame.out), 99)
    yield (
        "text right below"
        if prose < 3
        else "text below"
        if prose < 10
        else "text far below"
        if prose < 99
        else "no text"
    )
    if block.frame.out:
        yield "in furniture"
    if block.frame.itemprop in ("headline", "name"):
        yield "itemprop headline"
    if _HEADLINE_CLASS.search(block.frame.hints):
        yield "class of a headline"
    if block.link_density > 0.8:
        yield "a link"


def _compare(page: Page, found: Sequence[Candidate[str]], site_names: tuple[str, ...]) -> None:
    """What the candidates say of each other, their form, and how they fit the address."""
    slug = set(text_key(unquote(urlsplit(page.url).path).replace("-", " ").replace("_", " ")).split())
    whole = [(text_key(one.value), one) for one in found]
    words_of = {key: set(key.split()) for key, _ in whole}
    stated = [key for key, one in whole if any(name in _STATED for name in one.evidence)]
    shown = [key for key, one in whole if any(name.startswith(("h1", "heading")) for name in one.evidence)]
    for key, one in whole:
        evidence = one.evidence
        sources = sum(any(name.startswith(rule) for name in evidence) for rule in _STATED)
        evidence.add(f"stated {min(sources, 4)} times")
        evidence.add("sources " + "".join([letter for name, letter in _LETTERS.items() if name in evidence]))
        if sources and ("h1" in evidence or "heading below the h1" in evidence):
            evidence.add("stated and shown")
        if sources and not any(_akin(words_of[key], words_of[other]) for other in (*stated, *shown) if other != key):
            evidence.add("akin to no other title")
            if "json-ld headline" in evidence and "json-ld of this page" not in evidence and shown:
                evidence.add("json-ld of another story")
        if {"h1 without its front", "og:title without its front", "og:title without its long front"} & evidence:
            ends = sum(other.endswith(key) for other in {*stated, *shown} if other != key)
            evidence.add("end of two that begin differently" if ends > 1 else "end of one")
        if "heading below the h1" in evidence and any(name.endswith("front") for name in evidence):
            evidence.add("a heading that ends a title")
        evidence.update(_beside(key, "stated", stated))
        evidence.update(_beside(key, "shown", shown))
        evidence.update(_form(one.value, key, site_names))
        words = [word for word in key.split() if len(word) > 3]
        if len(slug) > 3 and words:
            share = sum(word in slug for word in words) / len(words)
            evidence.add(
                "as in the address" if share > 0.8 else "half in the address" if share > 0.4 else "not in the address"
            )


def _akin(one: set[str], other: set[str]) -> bool:
    """Whether two titles share a third of the shorter one's words."""
    return len(one & other) * 3 >= min(len(one), len(other))


def _beside(key: str, where: str, others: Sequence[str]) -> Iterator[str]:
    """Whether a title is the beginning or the end of another, or the other of it."""
    others = [other for other in others if other != key and len(key) > 10 < len(other)]
    if any(other.startswith(key) for other in others):
        yield f"beginning of one {where}"
    if any(other.endswith(key) for other in others):
        yield f"end of one {where}"
    if any(key.startswith(other) for other in others):
        yield f"begins with one {where}"
    if any(key.endswith(other) for other in others):
        yield f"ends with one {where}"


def _form(value: str, key: str, site_names: tuple[str, ...]) -> Iterator[str]:
    if is_site_name(value, site_names):
        yield "the site's name"
    elif any(len(name) > 4 and name in key for name in site_names):
        yield "holds the site's name"
    if _CUT_SHORT.search(value):
        yield "breaks off"
    words = key.count(" ") + 1
    yield (
        "one word"
        if words == 1
        else "two words"
        if words == 2
        else "three words"
        if words == 3
        else "some words"
        if words < 25
        else "too many words"
    )
    if value.isupper():
        yield "all capitals"
    if "|" in value:
        yield "holds |"


_NEWS = {"newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle", "liveblogposting"}
_SOURCES = ("json-ld", "og:title", "title element", "h1", "heading", "stated", "front cut", "end cut", "sources")
_LETTERS = {
    "json-ld headline": "J", "og:title": "O", "title element": "T", "twitter:title": "X", "h1": "H", "heading "
    "below the h1": "B",
    "json-ld headline without the site's name": "j", "og:title without the site's name": "o",
    "title element without the site's name": "t", "h1 without its front": "h",
}  # fmt: skip
_STATED = ("json-ld headline", "json-ld name", "og:title", "twitter:title", "title element", "meta title")


def _names_page(node: Node, page: Page) -> bool:
    """Whether the JSON-LD node says that it stands for this very address."""
    path = urlsplit(page.url).path.rstrip("/")
    stated = [node.get("url"), node.get("@id"), node.get("mainEntityOfPage")]
    stated += [value.get("@id") or value.get("url") for value in stated if isinstance(value, dict)]
    return len(path) > 1 and any(isinstance(value, str) and path in value for value in stated)
