"""Every place where a page names an agency, and in which role: text, joint, generic, photo or quoted.

A credit is recognised by where it stands and by its shape: what remains of a line without the agency, dates,
clocks, labels and names must be nothing. "told AFP" is a quoted source, a caption's "(AFP)" a picture credit, and
neither is ever a text credit. The forms are those of real pages; each rule names the place it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.extractors import hints
from crawler.extractors.agency_names import Named, Names, names_of
from crawler.extractors.authors import METAS as AUTHOR_METAS
from crawler.extractors.blocks import Block, Page, squeeze
from crawler.extractors.body import Body
from crawler.extractors.credit_forms import (
    CONTRIBUTED,
    GENERIC,
    NOTICE,
    PHOTO,
    PICTURE_SOURCE,
    QUOTED,
    REPORTS,
    SITE_LINE,
    is_signature,
    may_sign_off,
    opening,
    own_parts,
    sign_off,
    tail,
)
from crawler.extractors.jsonld import Node, texts
from crawler.extractors.phrases import is_furniture
from news.articles import Agency, Credit, CreditKind

_STATED = ("author", "creator", "sourceOrganization", "creditText", "provider", "isBasedOn")
_SOURCE_METAS = (
    "source", "dc.source", "article:source", "syndication-source", "original-source", "page.content.source",
    "sourceorganization", "agency", "article:agency", "news_source",
)  # fmt: skip
_UNREAD = hints.COMMENT | hints.FOOTER | hints.NAVIGATION | hints.FORM
MAX_LINE = 160
_SHORTEST_PARAGRAPH = 20
"""Characters below which a last line is no sentence with a signature behind it."""
_LANGUAGE_OF = {"TR": "tr", "DE": "de", "IT": "it", "JP": "ja", "ES": "es", "PT": "pt", "SE": "sv", "DK": "da"}
"""The language of an agency's country, where it is hardly written elsewhere."""
_WHOLE = ("line of credit shape", "contribution note", "unnamed agencies")
"""Rules that judge a whole line."""


@dataclass(frozen=True, slots=True)
class Found:
    """A credit with the rule that took it, and the block it stood in (None for metadata)."""

    credit: Credit
    rule: str
    block: int | None = None


def find(page: Page, node: Node, body: Body, agencies: Sequence[Agency], site_names: tuple[str, ...]) -> list[Found]:
    """All credits of the page, text credits first, each agency once per kind and place."""
    names = names_of(agencies)
    found = [
        *_visible(page, body, names, site_names),
        *_stated(page, node, names, site_names),
        *_photos(page, body, names),
    ]
    found = [one for one in found if not _is_stray(one, page, body, names)]
    found += _quoted(body, names, {(one.block, one.credit.agency) for one in found})
    unique: dict[tuple[str, str, str], Found] = {}
    for one in found:
        unique.setdefault((one.credit.agency, one.credit.kind, one.credit.place), one)
    return list(unique.values())


def _is_stray(one: Found, page: Page, body: Body, names: Names) -> bool:
    """Whether two letters alone stand for a writer or a button rather than for an agency: nothing else on the page
    names that agency, and the page is none of its country."""
    letters = one.credit.text.strip(" ()[].-–—|/:")
    if one.credit.kind != "text" or len(letters) > 2 or letters == "AP" or not letters.isascii():
        return False
    host = (urlsplit(page.url).hostname or "").rpartition(".")[2]
    country = names.countries.get(one.credit.agency, "")
    if host == country.lower() or _LANGUAGE_OF.get(country) == page.language[:2].lower():
        return False
    mentions = (named for block in body.blocks for named in names.find(block.text) if block.order != one.block)
    return all(named.agency != one.credit.agency for named in mentions)


def without_lines(body: Body, found: Sequence[Found]) -> Body:
    """The body without the paragraphs that are nothing but a credit; as it is, when nothing would be left."""
    lines = {one.credit.text for one in found if one.rule in _WHOLE}
    kept = tuple(block for block in body.blocks if block.text not in lines)
    return replace(body, blocks=kept) if kept else body


def _credits(
    line: str, named: Sequence[Named], place: str, rule: str, joint: bool, block: int | None = None
) -> Iterator[Found]:
    """One credit per agency named in a line that has been judged a credit."""
    codes = list(dict.fromkeys(one.agency for one in named))
    kind: CreditKind = "joint" if joint or len(codes) > 1 else "text"
    for code in codes:
        yield Found(Credit(code, kind, place, line), rule, block)


def _visible(page: Page, body: Body, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    yield from _before(page, body, names, site_names)
    yield from _openings(body, names)
    yield from _tails(page, body, names, site_names)


def _before(page: Page, body: Body, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    """Lines between the headline and the body, and byline elements close by."""
    images = set(page.images)
    for block in page.blocks[max(0, body.start - 14) : body.start + 1]:
        flags = block.frame.out & _UNREAD or block.flags & (hints.FIGURE | hints.CAPTION)
        if flags or (block.link_density > 0.8 and not block.flags & (hints.BYLINE | hints.CREDIT)):
            continue
        for number, line in enumerate(block.lines):
            if len(line) > MAX_LINE or _is_picture_line(line, not number and block.order in images):
                continue
            place = "byline" if block.flags & (hints.BYLINE | hints.CREDIT) else "line before"
            yield from _line(line, place, names, site_names, block.order)


def _line(line: str, place: str, names: Names, site_names: tuple[str, ...], order: int) -> Iterator[Found]:
    named = names.find(line)
    if named and is_signature(line, named):
        yield from _credits(line, named, place, "line of credit shape", own_parts(line, named, site_names), order)
    elif not named and GENERIC.fullmatch(line.strip(" ()[].-–—:")):
        yield Found(Credit("", "generic", place, line), "unnamed agencies", order)


def _openings(body: Body, names: Names) -> Iterator[Found]:
    """A dateline with the agency at the start of one of the first paragraphs."""
    for block in body.blocks[:3]:
        head = block.text[:160]
        named = names.find(head)
        end = opening(head, named)
        if end:
            inside = [one for one in named if one.start < end]
            text = head[:end].strip(" \t-–—:|_")
            yield from _credits(text, inside, "dateline", "dateline opening the text", False, block.order)
            return


def _tails(page: Page, body: Body, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    """Signatures at the end of the last paragraphs, and lines and boxes just after them."""
    for block in body.blocks[:-1]:
        yield from _signed_off(block, names)
    last = body.blocks[-3:]
    for block in last:
        yield from _ending(block, block is last[-1], names, site_names)
    for block in _below(page, body):
        note = _contribution(block, names)
        if note:
            yield from note
            continue
        if len(block.text) <= MAX_LINE and not PHOTO.occurs(block.text):
            yield from _line(block.text, "body end", names, site_names, block.order)
        if NOTICE.occurs(block.text):
            named = names.find(block.text[:600])
            yield from _credits(block.text[:300], named, "box", "notice after the body", False, block.order)


def _below(page: Page, body: Body) -> Iterator[Block]:
    """What stands right below the text and is still about it: not the site's foot, nothing under "More stories"."""
    for block in page.blocks[body.end : body.end + 8]:
        if block.flags & hints.HEADING and is_furniture(block.text):
            return
        if block.frame.out & _UNREAD or block.flags & (hints.FIGURE | hints.CAPTION) or block.link_density > 0.7:
            continue
        if not SITE_LINE.occurs(block.text):
            yield block


def _signed_off(block: Block, names: Names) -> Iterator[Found]:
    """The agency that signs an item in a column of several (philstar.com writes its news in brief so)."""
    if len(block.text) <= 80 or not may_sign_off(block.text[-60:]):
        return
    named = names.find(block.text)
    signature = sign_off(block.text, named)
    if signature:
        yield from _credits(signature.strip(), named[-1:], "body end", "signature ending an item", False, block.order)


def _contribution(block: Block, names: Names) -> list[Found]:
    """Agencies in a note on who contributed: "Additional reporting from PA", "(Con información de EFE)"."""
    if len(block.text) >= 400 or not CONTRIBUTED.occurs(block.text):
        return []
    return list(
        _credits(block.text, names.find(block.text), "body end", "contribution note", joint=True, block=block.order)
    )


def _ending(block: Block, is_last: bool, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    found = _contribution(block, names)
    if block.link_density > 0.5:
        return  # a list of links names whose stories they are: "It's Complicated [Bloomberg]" (dealbreaker.com)
    if not found and len(block.text) <= 80:
        found = list(_line(block.text, "body end", names, site_names, block.order))
    yield from found
    if found or not is_last or len(block.text) <= _SHORTEST_PARAGRAPH:
        return
    end = block.text[-80:]
    named = names.find(end) or names.find_lower(end)
    signature = tail(end, named)
    if signature and not (signature[0] == "[" and block.link_chars):
        inside = [one for one in named if one.start >= len(end) - len(signature)]
        yield from _credits(signature.strip(), inside, "body end", "signature ending the text", False, block.order)


def _stated(page: Page, node: Node, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    """Author and source fields of JSON-LD and meta elements."""
    for key in _STATED:
        for value in texts(node.get(key)):
            yield from _field(value, "json-ld", f"json-ld {key}", names, site_names)
    for name, value in page.metas:
        if name in AUTHOR_METAS or name in _SOURCE_METAS:
            yield from _field(squeeze(value), "meta", f"meta {name}", names, site_names)


def _field(value: str, place: str, rule: str, names: Names, site_names: tuple[str, ...]) -> Iterator[Found]:
    named = names.find(value) if len(value) <= MAX_LINE else []
    if named and is_signature(value, named):
        yield from _credits(value, named, place, rule, own_parts(value, named, site_names))
    elif not named and GENERIC.fullmatch(value.strip()):
        yield Found(Credit("", "generic", place, value), rule)


def _photos(page: Page, body: Body, names: Names) -> Iterator[Found]:
    """Picture credits: in captions, and in lines beside the text that say so themselves ("Photo: AFP", "— AFP pic")."""
    text = {block.order for block in body.blocks}
    images = set(page.images)
    near = range(body.start - 14, body.end + 4)
    for block in page.blocks:
        if block.frame.out & _UNREAD or block.order in text or len(block.text) > 800:
            continue
        if block.flags & (hints.FIGURE | hints.CAPTION) or (
            block.order in near and len(block.text) < 200 and _is_picture_line(block.text, block.order in images)
        ):
            for one in names.find(block.text[-200:]):
                yield Found(Credit(one.agency, "photo", "caption", block.text[-200:]), "caption", block.order)


def _is_picture_line(line: str, below_picture: bool) -> bool:
    return PHOTO.occurs(line) or (below_picture and PICTURE_SOURCE.match(line) is not None)


def _quoted(body: Body, names: Names, credited: set[tuple[int | None, str]]) -> Iterator[Found]:
    """Agencies named as somebody's listener or source: a lead to an uncredited copy, never a credit."""
    for block in body.blocks:
        seen = {agency for order, agency in credited if order == block.order}
        for one in names.find(block.text):
            if one.agency in seen:
                continue
            if QUOTED.search(block.text, max(0, one.start - 40), one.start) or REPORTS.match(block.text, one.end):
                seen.add(one.agency)
                around = block.text[max(0, one.start - 60) : one.end + 20]
                yield Found(Credit(one.agency, "quoted", "body", around), "quoted source", block.order)
