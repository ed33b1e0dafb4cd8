"""JSON-LD read tolerantly: the node of the article itself, and nothing of its pictures, publisher or neighbours.

Sites write JSON-LD by hand: raw line breaks inside strings, CDATA marks, HTML comments, trailing commas. What the
strict reader refuses is repaired once; what still fails is ignored, never an error of the page.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.limits import MOST_DATA_NODES

Node = dict[str, Any]

ARTICLE_TYPES = (
    "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle", "backgroundnewsarticle",
    "liveblogposting", "article", "blogposting", "reviewnewsarticle", "scholarlyarticle", "techarticle",
    "advertisercontentarticle", "socialmediaposting", "report", "review", "webpage", "creativework", "recipe",
    "videoobject",
)  # fmt: skip
"""Types that can stand for the article, the most telling first."""
STRONG_TYPES = frozenset(ARTICLE_TYPES[: ARTICLE_TYPES.index("report")])
_MAX_DEPTH = 8
_WRAPPERS = re.compile(r"^\s*(?:<!--|/\*\s*)?\s*(?:<!\[CDATA\[)?(?:\s*\*/)?|(?:/\*\s*)?\]\]>\s*(?:\*/)?$|-->$")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")


def load(script: str) -> Any:
    """The JSON value of a script element, or None when it cannot be read, or holds more than is read."""
    if script.count("{") + script.count("[") > MOST_DATA_NODES:
        return None
    # Only the opening marks are looked for in a script without closing ones: the search through all of it takes longer
    # than reading the JSON.
    closed = "]]>" in script or "-->" in script
    text = _WRAPPERS.sub("", script.strip(), 0 if closed else 1).strip().rstrip(";")
    for attempt in _attempts(text):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _attempts(text: str) -> Iterator[str]:
    yield text
    yield _TRAILING_COMMA.sub("", text)


def types_of(node: Node) -> set[str]:
    """The schema.org types of a node, in lower case without prefix."""
    value = node.get("@type", node.get("type"))
    names = value if isinstance(value, list) else [value]
    return {name.rpartition("/")[2].rpartition(":")[2].lower() for name in names if isinstance(name, str)}


def nodes(value: Any, depth: int = 0) -> Iterator[Node]:
    """Every top-level node: list items, members of @graph and main entities, not what hangs below an article."""
    if depth > _MAX_DEPTH:
        return
    below = value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield value
        below = [value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in value]
    for item in below:
        yield from nodes(item, depth + 1)


def article_node(scripts: list[str]) -> Node:
    """The node that stands for the article, empty when the page has none.

    Of several, the strongest type wins, then the one that says most (a list page names many, with little each).
    """
    found = [node for script in scripts for node in nodes(load(script))]
    return max((node for node in found if _rank(node) is not None), key=lambda node: _rank(node) or (0, 0), default={})


def _rank(node: Node) -> tuple[int, int] | None:
    """How well a node stands for the article: by its type, then by how much it says. None when it is no article."""
    kinds = types_of(node)
    places = [ARTICLE_TYPES.index(kind) for kind in kinds if kind in ARTICLE_TYPES]
    if not places:
        return None
    said = sum(key in node for key in ("headline", "datePublished", "author", "articleBody"))
    return (0 if kinds & STRONG_TYPES else -min(places), said)


def texts(value: Any, depth: int = 0) -> list[str]:
    """The names a value stands for: a string, a node with a name, or a list of either."""
    if depth > 3:
        return []
    if isinstance(value, str):
        cleaned = " ".join(html.unescape(value).split())
        return [cleaned] if cleaned else []
    if isinstance(value, list):
        return [text for item in value[:40] for text in texts(item, depth + 1)]
    if isinstance(value, dict):
        named = value.get("name") or value.get("@value") or ""
        if not named and (value.get("givenName") or value.get("familyName")):
            named = f"{value.get('givenName', '')} {value.get('familyName', '')}"
        return texts(named, depth + 1)
    return []


def text(node: Node, key: str) -> str:
    """The first string under a key, or ""."""
    found = texts(node.get(key))
    return found[0] if found else ""


def text_raw(node: Node, key: str) -> str:
    """The string under a key with its line breaks, or ""."""
    value = node.get(key)
    return value if isinstance(value, str) else ""
