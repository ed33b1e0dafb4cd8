"""Who signed the article: names without "By", roles, addresses; the outlet's own name only when nobody else signs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.extractors import hints
from crawler.extractors.blocks import Mark, Page, squeeze, text_key
from crawler.extractors.body import Body
from crawler.extractors.jsonld import Node, texts

_BY = re.compile(
    r"^(?:(?:written|reported|posted|published)\s+by|by|von|par|por|di|door|af|av|oleh|texte?\s*:|text\s*:|autore?\s*:|"
    r"auteur\s*:|authors?\s*:|autor(?:en)?\s*:|written\s*:|reporter\s*:|écrit par|publié par|escrito por|una nota de|"
    r"بقلم|كتب)\s+",
    re.I,
)
_LABEL = re.compile(r"(?i:autorin/autor|autor(?:in|en)?|authors?|auteurs?|autore|redactor)\s*:?\s+(?=[^\W\d_a-z])")
_SPLIT = re.compile(r"\s*(?:,|;|\||/|\s&\s|\sand\s|\sund\s|\set\s|\sy\s|\se\s|\sog\s|\sdan\s)\s*", re.I)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{2}|\b(?:published|updated|posted|min read|minutes?|follow|email|twitter|facebook|admin)\b|"
    r"\b(?:anónimo|anonymous)\b|:$",
    re.I,
)
_ROLE = re.compile(r"\s+기자$|\s*\((?:www\.)?[\w.-]+\.[a-z]{2,6}\)$")
METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator",
    "og:article:author", "og:author", "cxenseparse:author", "article_author", "article:author_name", "dc.author",
    "articleauthor", "dc:creator", "author.name", "lrt_authors", "shareaholic:article_author_name", "creator",
)  # fmt: skip
_UNREAD = hints.COMMENT | hints.FOOTER | hints.NAVIGATION | hints.FURNITURE


@dataclass(frozen=True, slots=True)
class Signed:
    """The byline as displayed or stated, its names, and the rule that found it."""

    byline: str
    names: tuple[str, ...]
    rule: str


def signed(page: Page, node: Node, body: Body, site_names: tuple[str, ...]) -> Signed:
    """The authors: JSON-LD, then meta, then what stands around the body. The first that names more than the site."""
    weak: Signed | None = None
    for values, rule in _evidence(page, node, body):
        names = clean(values)
        if not names:
            continue
        byline = ", ".join(dict.fromkeys(values))
        people = tuple(name for name in names if not _is_site(name, site_names))
        if weak is not None and not rule.startswith(("meta", "itemprop")):
            people = tuple(name for name in people if _is_full_name(name))
        if people:
            # A site named as an author of its own stays ("A. Writer", "t-online"); one glued to a name does not.
            kept = tuple(name for name in names if name in people or (rule == "json-ld author" and name in values))
            return Signed(byline, kept, rule)
        weak = weak or Signed(byline, names, rule)
    return weak or Signed("", (), "no author found")


def _evidence(page: Page, node: Node, body: Body) -> Iterator[tuple[list[str], str]]:
    for key in ("author", "creator"):
        values = texts(node.get(key))
        yield values, f"json-ld {key}"
        if values:
            break
    for wanted in METAS:
        values = [squeeze(html.unescape(value)) for name, value in page.metas if name == wanted]
        yield values, f"meta {wanted}"
    stated = [mark for mark in page.marks if mark.itemprop == "author" and not mark.frame.out & _UNREAD]
    yield [mark.text for mark in stated if mark.text], "itemprop author"
    yield [mark.text for mark in _named_marks(page, body)][:3], "marked as author"
    for line in _around(page, body):
        yield [line], "byline"
    for block in page.blocks[body.end : body.end + 15]:
        label = _LABEL.match(block.text) if len(block.text) < 80 and not block.frame.out & _UNREAD else None
        if label is not None:
            yield [block.text[label.end() :]], "author below the text"


def _named_marks(page: Page, body: Body) -> Iterator[Mark]:
    """Inline elements near the body whose class says author; only those of the first line that has one."""
    first: int | None = None
    for mark in page.marks:
        near = body.start - 15 <= mark.order <= body.start + 1 or body.end <= mark.order <= body.end + 2
        if not near or mark.frame.out & _UNREAD or not 3 < len(mark.text) < 80:
            continue
        if ("author" in mark.hints or "byline" in mark.hints or "autor" in mark.hints) and first in (None, mark.order):
            first = mark.order
            yield mark


def _around(page: Page, body: Body) -> Iterator[str]:
    """Short lines above the text, and just below it, that say "By somebody" or stand in a byline element."""
    first = max(0, body.start - 15, body.top or 0)
    places = [*page.blocks[first : body.start + 1], *page.blocks[body.end : body.end + 2]]
    for block in places:
        if block.frame.out & _UNREAD or block.flags & (hints.FIGURE | hints.CAPTION):
            continue
        for line in block.lines:
            if len(line) < 120 and (_BY.match(line) or block.frame.own & hints.BYLINE):
                yield line


def _is_site(name: str, site_names: tuple[str, ...]) -> bool:
    """Whether a name is the outlet's: it is one of its names, or begins with one ("n-tv NACHRICHTEN")."""
    if "/" in name:
        return False  # "srf/hosb": a desk's initials, not the site
    joined = text_key(name).replace(" ", "")
    keys = [key.replace(" ", "") for key in site_names]
    return any(joined == key or (len(key) > 2 and joined.startswith(key)) for key in keys)


def _is_full_name(name: str) -> bool:
    """Whether a displayed name looks like a person's: two or more words with a capital each."""
    words = name.split()
    return 2 <= len(words) <= 5 and all(not word[0].islower() or word in ("de", "da", "van", "von") for word in words)


def clean(values: Iterable[str]) -> tuple[str, ...]:
    """The names in byline strings, in order, without "By", roles and addresses."""
    found: dict[str, None] = {}
    for value in values:
        if value.startswith(("http:", "https:", "@", "www.")):
            continue
        splitter = re.compile(r"\s*;\s*") if ";" in value else _SPLIT
        for name in splitter.split(_BY.sub("", value)):
            cleaned = _ROLE.sub("", _BY.sub("", name)).strip(" .·-–—|")
            if 1 < len(cleaned) < 60 and not _NO_NAME.search(cleaned):
                found[cleaned] = None
    return tuple(found)
