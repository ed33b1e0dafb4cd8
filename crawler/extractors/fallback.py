"""The text of pages that carry it only as data: JSON-LD articleBody, or the state a script builds the page from.

Some sites send an empty shell and the article as a JSON string of HTML (hankookilbo.com, Next.js). The longest such
string is parsed like a page of its own. Only asked when the page itself holds no text, or far less than its data.
"""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from crawler.extractors import hints, jsonld
from crawler.extractors.blocks import Block, Frame, Page, squeeze
from crawler.extractors.body import Body, choose
from crawler.extractors.decode import text_of
from crawler.extractors.jsonld import Node
from crawler.extractors.parse import read_page
from news.errors import NotAnArticle

_HTML_STRING = re.compile(r'"((?:[^"\\]|\\.){600,}+)"')
_PARAGRAPH_MARK = re.compile(r"\\u003c/?(?:p|div|br)\b|<\\?/?(?:p|br)\b", re.I)
_TEMPLATE = re.compile(r"<script[^>]{0,200}text/template[^>]{0,200}>", re.I)
_SCRIPT_END = re.compile(r"</script", re.I)
_TAG = re.compile(r"<[^<>]{0,400}>")
_BREAK = re.compile(r"<br\s?/?>|</p>|\n+", re.I)
_PUBLISHED_KEY = re.compile(
    r'"((?:first|display|web|news|article)?[_-]?(?:date)?[_-]?(?:publi[a-z]{2,12}|pub|deploy|release|reg)[_-]?(?:at|on|dt|date|time)?)'
    r'\\?"\s?:\s?\\?"([^"\\]{8,40})\\?"',
    re.I,
)
_BESIDE = 20_000
"""Characters around the text of a page state in which its own fields stand."""
MIN_CHARS, MIN_CHARS_OF_STATE = 400, 160
_ANY_SCRIPT = re.compile(r"<script[^>]{0,300}>", re.I)
_OPENING = re.compile(r"(?:^|=|\()\s*[{\[]")
_DECODER = json.JSONDecoder(strict=False)
_MOST_SCRIPTS, _MOST_VALUES, _DEEPEST = 60, 20, 14
"""Scripts of a page, values in one of them, and levels below a value that are looked at."""


def text_of_page(html: bytes | str, page: Page, node: Node, headline: str) -> tuple[Page, Body]:
    """The page and its text: as shown, or where that is nothing or far less, as its data hold it."""
    shown = choose(page, headline)
    size = sum(len(block.text) for block in shown.blocks)
    stated = paragraphs_of(node, 3 * size)
    if stated:
        return page, _body_of(stated, shown)
    if shown.blocks:
        return page, shown
    found = _page_of_state(html if isinstance(html, str) else text_of(html), page, headline)
    return found or (page, shown)


def paragraphs_of(node: Node, at_least: int) -> tuple[str, ...]:
    """The paragraphs of a JSON-LD articleBody longer than so many characters; one when it has no breaks, else none."""
    value = jsonld.text_raw(node, "articleBody")
    if len(value) < max(at_least, MIN_CHARS):
        return ()
    parts = (squeeze(_TAG.sub(" ", entities.unescape(part))) for part in _BREAK.split(value))
    found = tuple(part for part in parts if part)
    return found if sum(map(len, found)) >= max(at_least, MIN_CHARS) else ()


def _body_of(paragraphs: tuple[str, ...], shown: Body) -> Body:
    """A body of stated paragraphs, standing where the little that is shown stands."""
    frame = Frame("p", "", None, hints.PARAGRAPH, 0)
    blocks = tuple(Block(text, (text,), frame, shown.start + n, 0, False) for n, text in enumerate(paragraphs))
    return replace(shown, blocks=blocks, rule="json-ld articleBody: the page shows less")


def _page_of_state(html: str, page: Page, headline: str) -> tuple[Page, Body] | None:
    """The page inside the longest text among the scripts: a JSON string of HTML, a template, a list of paragraphs."""
    strings = (match for match in _HTML_STRING.finditer(html, 0, _last_quote(html)) if _PARAGRAPH_MARK.search(match[1]))
    longest = max(strings, key=lambda match: len(match[1]), default=None)
    template = max(_scripts(html, _TEMPLATE), key=len, default="")
    quoted = _unquoted(longest[1]) if longest is not None else ""
    listed = _listed(html)
    text = max(quoted, template, listed, key=len)
    if len(text) < MIN_CHARS_OF_STATE:
        return None
    try:
        inner = read_page(text, page.url)
    except NotAnArticle:
        return None
    found = choose(inner, headline)
    if not found.blocks:
        return None
    place = longest.span() if longest is not None and text == quoted else _span(html, found) if text == listed else None
    times = _times_beside(html, *place) if place is not None else []
    whole = replace(
        page, blocks=inner.blocks, frames=inner.frames, marks=inner.marks, images=inner.images, state_times=times
    )
    return whole, replace(found, rule="page state in a script")


def _listed(html: str) -> str:
    """The longest list of paragraphs, or text with blank lines, in the JSON of any script, as HTML."""
    found: list[str] = []
    for script in islice(_scripts(html, _ANY_SCRIPT), _MOST_SCRIPTS):
        for opening in islice(_OPENING.finditer(script), _MOST_VALUES):
            try:
                value, _ = _DECODER.raw_decode(script, opening.end() - 1)
            except (ValueError, RecursionError):
                continue
            found += _texts_in(value, 0)
    return max(found, key=len, default="")


def _last_quote(html: str) -> int:
    """The place behind the last quote that can end a string; one that never ends is sought from each quote to there."""
    end = len(html)
    while (at := html.rfind('"', 0, end)) >= 0:
        end = at
        while end and html[end - 1] == "\\":
            end -= 1
        if (at - end) % 2 == 0:
            return at + 1
    return 0


def _scripts(html: str, opening: re.Pattern[str]) -> Iterator[str]:
    """What stands in the script elements that open so."""
    at = 0
    while (begin := opening.search(html, at)) and (end := _SCRIPT_END.search(html, begin.end())):
        yield html[begin.end() : end.start()]
        at = end.end()


def _texts_in(value: Any, depth: int) -> Iterator[str]:
    """Every text of several paragraphs below a JSON value, each as HTML."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        parts = value.split("\n\n") if "\n\n" in value and len(value) >= MIN_CHARS_OF_STATE else []
    else:
        items = value if isinstance(value, list) else []
        parts = [text for text in map(_paragraph, items) if text]
    prose = [part for part in parts if hints.is_prose(part, len(part), 0)]
    if len(prose) >= 2:
        yield "".join(f"<p>{part}</p>" for part in parts)
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in below:
        yield from _texts_in(item, depth + 1)


def _paragraph(item: Any, depth: int = 0) -> str:
    """The text of one item of a list of paragraphs: a string, or a node with its text under one of the usual names."""
    if isinstance(item, str):
        return item if " " in item else ""
    if isinstance(item, dict) and depth < _DEEPEST:
        for key in ("content", "text", "html", "value", "body", "paragraph", "children"):
            inner = item.get(key)
            if isinstance(inner, str):
                return inner
            if isinstance(inner, list):
                return "".join(one if isinstance(one, str) else _paragraph(one, depth + 1) for one in inner)
    return ""


def _span(html: str, found: Body) -> tuple[int, int] | None:
    """Where the paragraphs stand in the script, by how the first and the last begin."""
    first, last = (html.find(json.dumps(block.text[:30])[1:-1]) for block in (found.blocks[0], found.blocks[-1]))
    return (first, max(first, last)) if first >= 0 else None


def _times_beside(html: str, start: int, end: int) -> list[tuple[str, str]]:
    """What the state says beside the text about its publication, the nearest first: the object of another story that
    hangs on the same page stands farther away."""
    stated = _PUBLISHED_KEY.finditer(html, max(0, start - _BESIDE), end + _BESIDE)
    found = [(max(start - at.start(), at.start() - end), at[1], at[2]) for at in stated]
    return [(key, value) for distance, key, value in sorted(found)[:3] if distance > 0]


def _unquoted(string: str) -> str:
    """The value of a JSON string, itself perhaps a JSON string again (Next.js pushes strings of JSON)."""
    for _ in range(2):
        if "\\" not in string:
            break
        try:
            string = json.loads(f'"{string}"', strict=False)
        except ValueError:
            break
    return string
