"""Who signed the article: names without "By", roles, addresses and the outlet's own name."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from crawler.extractors import hints
from crawler.extractors.body import Body
from crawler.extractors.jsonld import Node, texts
from crawler.extractors.page import Page, squeeze

_BY = re.compile(
    r"^(?:(?:written|reported|posted|published)\s+by|by|von|par|por|di|door|af|av|oleh|texte?\s*:|text\s*:|autore?\s*:|"
    r"auteur\s*:|authors?\s*:|written\s*:|reporter\s*:|écrit par|publié par|escrito por|una nota de|بقلم|كتب)\s+",
    re.I,
)
_SPLIT = re.compile(r"\s*(?:,|;|\||/|\s&\s|\sand\s|\sund\s|\set\s|\sy\s|\se\s|\sog\s|\sdan\s)\s*", re.I)
_NO_NAME = re.compile(r"https?:|www\.|@|\d{2}|\b(?:published|updated|posted|min read|minutes?)\b", re.I)
METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator",
    "og:article:author", "og:author", "cxenseparse:author", "article_author", "article:author_name", "dc.author",
    "articleauthor", "dc:creator", "author.name", "lrt_authors", "shareaholic:article_author_name", "creator",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signed:
    """The byline as displayed or stated, its names, and the rule that found it."""

    byline: str
    names: tuple[str, ...]
    rule: str


def signed(page: Page, node: Node, body: Body) -> Signed:
    """The authors: JSON-LD, then meta, then the elements marked as author near the body."""
    stated = texts(node.get("author")) or texts(node.get("creator"))
    names = _clean(stated)
    if names:
        return Signed(", ".join(stated), names, "json-ld author")
    for wanted in METAS:
        values = [squeeze(html.unescape(value)) for name, value in page.metas if name == wanted]
        names = _clean(values)
        if names:
            return Signed(", ".join(values), names, f"meta {wanted}")
    return _displayed(page, body)


def _displayed(page: Page, body: Body) -> Signed:
    for mark in page.marks:
        relevant = mark.itemprop == "author" or "author" in mark.hints or "byline" in mark.hints
        if relevant and mark.text and body.start - 15 <= mark.order <= body.end + 2 and len(mark.text) < 80:
            names = _clean([mark.text])
            if names:
                return Signed(mark.text, names, "marked author")
    for block in page.blocks[max(0, body.start - 15) : body.start]:
        if len(block.text) < 120 and (block.flags & hints.BYLINE or _BY.match(block.text)):
            names = _clean([block.text]) if _BY.match(block.text) else ()
            if names:
                return Signed(block.text, names, "byline")
    return Signed("", (), "no author found")


def _clean(values: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        for name in _SPLIT.split(_BY.sub("", value)):
            cleaned = _BY.sub("", name).strip(" .·-–—|")
            if cleaned and len(cleaned) < 60 and not _NO_NAME.search(cleaned):
                found[cleaned] = None
    return tuple(found)
