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

from crawler.extractors import hints, jsonld
from crawler.extractors.blocks import Block, Frame, Page, squeeze
from crawler.extractors.body import Body, choose
from crawler.extractors.decode import text_of
from crawler.extractors.jsonld import Node
from crawler.extractors.page import read_page
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
MIN_CHARS = 400


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
    """The page inside the longest JSON string of HTML (or template) among the scripts, when it holds an article."""
    strings = (match for match in _HTML_STRING.finditer(html, 0, _last_quote(html)) if _PARAGRAPH_MARK.search(match[1]))
    longest = max(strings, key=lambda match: len(match[1]), default=None)
    text = _unquoted(longest[1]) if longest is not None else ""
    template = max(_templates(html), key=len, default="")
    text = max(text, template, key=len)
    if len(text) < MIN_CHARS:
        return None
    try:
        inner = read_page(text, page.url)
    except NotAnArticle:
        return None
    found = choose(inner, headline)
    if not found.blocks:
        return None
    times = _times_beside(html, longest) if longest is not None and text != template else []
    whole = replace(
        page, blocks=inner.blocks, frames=inner.frames, marks=inner.marks, images=inner.images, state_times=times
    )
    return whole, replace(found, rule="page state in a script")


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


def _templates(html: str) -> Iterator[str]:
    at = 0
    while (begin := _TEMPLATE.search(html, at)) and (end := _SCRIPT_END.search(html, begin.end())):
        yield html[begin.end() : end.start()]
        at = end.end()


def _times_beside(html: str, text: re.Match[str]) -> list[tuple[str, str]]:
    """What the state says beside the text about its publication, the nearest first: the object of another story that
    hangs on the same page stands farther away."""
    near = range(max(0, text.start() - _BESIDE), text.end() + _BESIDE)
    stated = _PUBLISHED_KEY.finditer(html, near.start, near.stop)
    found = [(max(text.start() - at.start(), at.start() - text.end()), at[1], at[2]) for at in stated]
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
