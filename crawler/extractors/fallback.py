"""The text of pages that carry it only as data: JSON-LD articleBody, or the state a script builds the page from.

Some sites send an empty shell and the article as a JSON string of HTML (hankookilbo.com, Next.js). The longest such
string is parsed like a page of its own. Only asked when the page itself holds no text, or far less than its data.
"""

from __future__ import annotations

import html as entities
import json
import re

from crawler.errors import NotAnArticle
from crawler.extractors import body, jsonld
from crawler.extractors.blocks import Page, squeeze
from crawler.extractors.jsonld import Node
from crawler.extractors.page import read_page

_HTML_STRING = re.compile(r'"((?:[^"\\]|\\.){600,})"')
_PARAGRAPH_MARK = re.compile(r"\\u003c/?(?:p|div|br)\b|<\\?/?(?:p|br)\b", re.I)
_TEMPLATE = re.compile(r"<script[^>]{0,200}text/template[^>]{0,200}>([^<]*(?:<(?!/script)[^<]*)*)</script", re.I)
_TAG = re.compile(r"<[^<>]{0,400}>")
_BREAK = re.compile(r"<br\s?/?>|</p>|\n+", re.I)
MIN_CHARS = 400


def paragraphs_of(node: Node, at_least: int) -> tuple[str, ...]:
    """The paragraphs of a JSON-LD articleBody that is longer than so many characters; one when it has no breaks."""
    value = jsonld.text_raw(node, "articleBody")
    if len(value) < max(at_least, MIN_CHARS):
        return ()
    parts = (squeeze(_TAG.sub(" ", entities.unescape(part))) for part in _BREAK.split(value))
    return tuple(part for part in parts if part)


def page_of_state(html: str, url: str, headline: str) -> tuple[Page, body.Body] | None:
    """The page inside the longest JSON string of HTML among the scripts, when it holds an article."""
    strings = (match[1] for match in _HTML_STRING.finditer(html) if _PARAGRAPH_MARK.search(match[1]))
    text = _unquoted(max(strings, key=len, default=""))
    template = max((match[1] for match in _TEMPLATE.finditer(html)), key=len, default="")
    text = max(text, template, key=len)
    if len(text) < MIN_CHARS:
        return None
    try:
        page = read_page(text, url)
    except NotAnArticle:
        return None
    found = body.choose(page, headline)
    return (page, found) if found.blocks else None


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
