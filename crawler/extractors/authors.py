"""Who signed the article: every name stated in the page's data or shown around its text, with the evidence for each.

A byline may stand in any class or none. What tells it apart from other short lines is where it stands, what it says,
where its link leads, a portrait of the same name, and that data and page agree.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.extractors import bylines, hints
from crawler.extractors.blocks import Mark, Page, squeeze, text_key
from crawler.extractors.choosing import Candidate, best
from crawler.extractors.jsonld import Node, texts, types_of
from crawler.extractors.places import Place

METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator",
    "og:article:author", "og:author", "cxenseparse:author", "article_author", "article:author_name", "dc.author",
    "articleauthor", "dc:creator", "author.name", "lrt_authors", "shareaholic:article_author_name", "creator",
    "citation_author", "twitter:creator:name", "article:author:name",
)  # fmt: skip
_SPLIT = re.compile(r"\s*(?:,|;|\||/|\s&\s|\sand\s|\sund\s|\set\s|\sy\s|\se\s|\sog\s|\sdan\s)\s*", re.I)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{2}|\b(?:published|updated|posted|min read|minutes?|follow|email|twitter|facebook|admin)\b|"
    r"\b(?:anónimo|anonymous)\b|:$",
    re.I,
)
_ROLE = re.compile(r"\s+기자$|\s*\((?:www\.)?[\w.-]+\.[a-z]{2,6}\)$")
_CLASS = re.compile(
    r"author|byline|autor|auteur|writer|contributor|verfasser|redakt|creator|posted-by|reporter|signature|firma"
)
_BIO_VERBS = [
    [verb]
    for verb in "is was has ist est es covers writes joined works holds began schreibt arbeitet worked "
    "specializes leads loves lives studied started brings graduated wurde spent".split()
]
_DATED = re.compile(r"(?:19|20)\d\d(?!\d)|\d\d?[:.h]\d\d(?!\d)|\d\d?[./]\d\d?[./]\d\d")
"""A date or clock, at a glance."""
_LONGEST = 140
_CARDS = hints.FURNITURE | hints.TEASER | hints.FORM
_UNREAD = hints.COMMENT | hints.FOOTER | hints.NAVIGATION
Authors = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """The byline as displayed or stated, its names, the rule that found it, and all that stood for choice."""

    byline: str
    names: Authors
    rule: str
    candidates: tuple[Candidate[Authors], ...] = ()


class _Gathered:
    """The candidates by their names in any order and case: whoever is named in two places has the evidence of both."""

    def __init__(self, site_names: Sequence[str]) -> None:
        self.by_key: dict[frozenset[str], Candidate[Authors]] = {}
        self.sites = [key.replace(" ", "") for key in site_names]

    def add(self, value: Authors, words: str, evidence: Iterable[str]) -> None:
        """Another place where these are named."""
        key = frozenset(map(text_key, value)) - {""}
        if not key:
            return
        one = self.by_key.get(key)
        if one is None:
            one = self.by_key[key] = Candidate(value, words)
            one.evidence.update(self._form(value))
        one.evidence.update(evidence)

    def _form(self, value: Authors) -> Iterator[str]:
        yield "one name" if len(value) == 1 else "two or three names" if len(value) < 4 else "many names"
        for name in value:
            yield from bylines.form(name)
        if any(self.is_site(name) for name in value):
            yield "the site's name"

    def is_site(self, name: str) -> bool:
        """Whether a name is the outlet's: it is one of its names, or begins with one ("n-tv NACHRICHTEN")."""
        if "/" in name:
            return False  # "srf/hosb": a desk's initials, not the site
        joined = text_key(name).replace(" ", "")
        return any(joined == key or (len(key) > 2 and joined.startswith(key)) for key in self.sites)


def signed(page: Page, node: Node, places: dict[int, Place], site_names: tuple[str, ...]) -> Signed:
    """The authors that the evidence speaks for most; none when it speaks for nobody."""
    gathered = _Gathered(site_names)
    _stated(page, node, gathered)
    _marked(page, places, gathered)
    _shown(page, places, gathered)
    found = tuple(gathered.by_key.values())
    _compare(found, page)
    chosen = best("authors", found)
    if chosen is None:
        return Signed("", (), "no author found", found)
    return Signed(chosen.words, chosen.value, chosen.rule, found)


def _stated(page: Page, node: Node, gathered: _Gathered) -> None:
    """What JSON-LD and metas say."""
    for key in ("author", "creator"):
        values = texts(node.get(key))
        extra = [f"json-ld {key}"]
        stated = node.get(key)
        kinds = {
            kind
            for one in (stated if isinstance(stated, list) else [stated])
            if isinstance(one, dict)
            for kind in types_of(one)
        }
        extra += [f"json-ld {kind}" for kind in kinds & {"person", "organization", "newsmediaorganization"}]
        gathered.add(clean(values), ", ".join(dict.fromkeys(values)), extra)
    for wanted in METAS:
        values = [squeeze(html.unescape(value)) for name, value in page.metas if name == wanted]
        if values:
            rule = f"meta {wanted}" if wanted in METAS[:5] else "meta of another name"
            gathered.add(clean(values), ", ".join(dict.fromkeys(values)), [rule, "stated in a meta"])


def _marked(page: Page, places: dict[int, Place], gathered: _Gathered) -> None:
    """Inline elements that say by itemprop, class or link that they hold an author: each, and all of one place."""
    runs: list[list[tuple[Mark, str]]] = []
    last = -9
    for mark in page.marks:
        kind = _kind(mark)
        if not kind or not 2 < len(mark.text) < 100:
            continue
        place = places.get(mark.order)
        if mark.frame.out & (hints.COMMENT if kind == "itemprop author" else _UNREAD):
            continue
        evidence = {kind, f"{kind} {place.where}" if place is not None else f"{kind} elsewhere"}
        if place is not None:
            evidence.update(place.evidence)
        elif mark.frame.out:
            evidence.add("in furniture")
        gathered.add(bylines.names_in(mark.text), mark.text, evidence)
        if mark.order - last <= 3 and runs and _kind(runs[-1][-1][0]) == kind:
            runs[-1].append((mark, kind))
        else:
            runs.append([(mark, kind)])
        last = mark.order
    for run in runs:
        together = tuple(dict.fromkeys(name for mark, _ in run for name in bylines.names_in(mark.text)))
        place = places.get(run[0][0].order)
        if len({text_key(name) for name in together}) > 1:
            evidence = {f"several by {run[0][1]}"}
            if place is not None:
                evidence.update(place.evidence)
            gathered.add(together, ", ".join(dict.fromkeys(mark.text for mark, _ in run)), evidence)


def _kind(mark: Mark) -> str:
    if mark.itemprop in ("author", "creator"):
        return "itemprop author"
    if "link-to-author" in mark.hints:
        return "link to an author"
    return "inline class" if _CLASS.search(mark.hints) else ""


def _shown(page: Page, places: dict[int, Place], gathered: _Gathered) -> None:
    """Every short line near the text that may hold names."""
    pictured = {text_key(alt) for alt in page.pictured}
    dated = {
        order for order, place in places.items() if len(place.block.text) < 200 and _DATED.search(place.block.text)
    }
    above = ""
    for place in places.values():
        block = place.block
        beside = ["date beside"] if dated & {block.order - 1, block.order + 1, block.order + 2} else []
        if not block.frame.out & _CARDS or _CLASS.search(block.frame.hints):
            for number, line in enumerate(block.lines):
                label = block.lines[number - 1] if number else above
                _add_line(gathered, place, line, label, pictured, beside)
        above = block.lines[-1]


def _add_line(gathered: _Gathered, place: Place, line: str, label: str, pictured: set[str], beside: list[str]) -> None:
    """The names of one line, all together and the first alone."""
    if len(line) > _LONGEST or bylines.says_other(line) or (len(line) > 70 and not bylines.says_by(line)):
        return
    value = bylines.names_in(line)
    if value:
        evidence = [*_about(place, line, value, label, pictured), *beside]
        gathered.add(value, line, evidence)
        if len(value) > 1:
            gathered.add(value[:1], line, [*evidence, "first of several in a line"])


def _about(place: Place, line: str, value: Authors, label: str, pictured: set[str]) -> Iterator[str]:
    """The evidence of one line."""
    yield from place.evidence
    yield "shown in a line"
    for one in (_said(line, label), _classed(place)):
        if one:
            yield one
            yield f"{one} {place.where}"
    if all(text_key(name) in pictured for name in value):
        yield "portrait"
    if _DATED.search(line):
        yield "date in the line"
    joined = sum(len(name) for name in value)
    if joined >= len(line) - 3:
        yield "nothing but names"
    elif joined * 3 < len(line):
        yield "many other words"
    if place.block.link_density > 0.8:
        yield "linked line"


def _said(line: str, label: str) -> str:
    """What the line, or the one above it, says of the names."""
    if bylines.says_by(line):
        return "says by"
    if bylines.is_label(label):
        return "label above"
    return "another's label above" if bylines.says_other(label) else ""


def _classed(place: Place) -> str:
    """Whether the element of the line or one close around it says by its class that it is a byline."""
    own, *around = [frame.hints for frame in list(place.block.frame.ancestors())[:4]]
    if _CLASS.search(own):
        return "class of the line"
    return "class around" if any(_CLASS.search(one) for one in around) else ""


def _compare(found: Sequence[Candidate[Authors]], page: Page) -> None:
    """What the candidates say of each other, and how often each is shown on the page."""
    often = Counter([block.text for block in page.blocks if len(block.text) < 60])
    title = f" {text_key(page.title)} "
    links = {
        text_key(mark.text)
        for mark in page.marks
        if "link-to-author" in mark.hints and not mark.frame.out & hints.COMMENT
    }
    running = " ".join([block.text for block in page.blocks if len(block.text) > 60]).casefold()
    keys = [frozenset(map(text_key, one.value)) for one in found]
    several = [key for key in keys if len(key) > 1]
    for one, key in zip(found, keys, strict=True):
        evidence = one.evidence
        stated = any(name.startswith(("json-ld", "meta", "itemprop")) for name in evidence)
        if stated and "shown in a line" in evidence:
            evidence.add("stated and shown")
        if any(key < other for other in several):
            evidence.add("part of another")
        if len(key) > 1 and any(key > other for other in keys):
            evidence.add("more than another")
        if len(key) == 1 and often[one.value[0]] > 2:
            evidence.add("shown three times")
        if all(f" {name} " in title for name in key):
            evidence.add("in the title element")
        if links and len(links) < 3 and key <= links:
            evidence.add("one of few links to authors")
        if "shown in a line" in evidence and len(one.value) == 1:
            evidence.update(_named_in(running, one.value[0].casefold()))


def _named_in(running: str, name: str) -> Iterator[str]:
    """What the running text of the page says of somebody: a biography ("... is a reporter"), or as one of the story."""
    last, seen, at = name.rpartition(" ")[2], 0, running.find(name)
    while at >= 0 and seen < 5:
        if running[at + len(name) : at + len(name) + 14].split(" ", 2)[1:2] in _BIO_VERBS:
            yield "biography"
            return
        seen, at = seen + 1, running.find(name, at + len(name))
    if seen:
        yield "named in running text"
    if last != name and running.count(f" {last}") > seen:
        yield "last name in running text"


def clean(values: Iterable[str]) -> Authors:
    """The names in stated bylines, in order, without "By", roles and addresses."""
    found: dict[str, None] = {}
    for value in values:
        if value.startswith(("http:", "https:", "@", "www.")):
            continue
        splitter = re.compile(r"\s*;\s*") if ";" in value else _SPLIT
        for name in splitter.split(bylines.BY.sub("", value, count=1)):
            cleaned = _ROLE.sub("", bylines.BY.sub("", name, count=1)).strip(" .·-–—|")
            if 1 < len(cleaned) < 60 and not _NO_NAME.search(cleaned):
                found[cleaned] = None
    return tuple(found)
