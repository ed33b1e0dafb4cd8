"""What a site says on text and data mining and on licences, as received: recorded with each fetch, judged by people.

TDMRep stands in headers, in the page's head and in /.well-known/tdmrep.json; RSL as `License:` in robots.txt, as a
`Link` header and as a `link` in the page's head, each with rel "license" and type application/rsl+xml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapy.http import Response

TDMREP_PATH = "/.well-known/tdmrep.json"
MOST_TDMREP_BYTES = 64 * 1024
_MOST_RULES = 500
_LONGEST = 500
_MOST_LICENCES = 5
_HEAD_BYTES = 64 * 1024
_RSL = "application/rsl+xml"
_NAMES = ("tdm-reservation", "tdm-policy")
_TAG = re.compile(r"<(?:meta|link)\s[^<>]{1,1500}>", re.I)
_ATTRIBUTE = re.compile(
    r"""\b(name|content|rel|type|href)\s{0,9}=\s{0,9}(?:"([^"<>]{0,500})"|'([^'<>]{0,500})'|([^\s"'<>]{1,500}))""", re.I
)
_LINK = re.compile(r"<([^<>]{1,500})>([^<>]{0,300})")


def signals(response: Response) -> str:
    """All that was said of this answer, in one line; "" when nothing was. Headers win over the page's head."""
    request = response.request
    said = [f"{name}: {value}" for name in _NAMES if (value := _header(response, name))]
    tags = list(_tags(response))
    said += [] if said else _metas(tags)
    if request is not None:
        said += ruled(request.meta.get("tdmrep"), response.url)
        said += [f"robots.txt license: {licence}" for licence in request.meta.get("licences", ())]
    header = [url for url, rest in _LINK.findall(_header(response, "Link", 4000)) if _is_rsl(rest)]
    said += [f"link header license: {url}" for url in header[:_MOST_LICENCES]]
    links = [tag["href"] for tag in tags if tag.get("href") and _is_rsl(f"{tag.get('rel', '')} {tag.get('type', '')}")]
    return "; ".join([*said, *(f"link license: {url}" for url in links[:_MOST_LICENCES])])


def ruled(tdmrep: bytes | None, url: str) -> list[str]:
    """What the first rule of a tdmrep.json that fits the address says of it. Nothing for a file of another form."""
    if not tdmrep:
        return []
    try:
        rules: Any = json.loads(tdmrep[:MOST_TDMREP_BYTES])
    except (ValueError, RecursionError):
        return []
    path = urlsplit(url).path or "/"
    for rule in rules[:_MOST_RULES] if isinstance(rules, list) else ():
        if isinstance(rule, dict) and _fits(rule.get("location"), path):
            said = [(name, rule[name]) for name in _NAMES if isinstance(rule.get(name), str | int)]
            return [f"tdmrep.json {name}: {_plain(str(value))}" for name, value in said]
    return []


def _fits(location: object, path: str) -> bool:
    """Whether a location, in which `*` stands for anything and a last `$` for the end, fits a path from its start.

    Piece by piece from the left: a regular expression of many stars would take exponential time.
    """
    if not isinstance(location, str) or not location:
        return False
    whole = location.endswith("$")
    first, *others = location.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in others[:-1] if whole else others:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    if not whole:
        return True
    return path.endswith(others[-1]) and len(path) - len(others[-1]) >= at if others else at == len(path)


def _tags(response: Response) -> Iterator[dict[str, str]]:
    if response.body[:1000].lstrip()[:1] != b"<":
        return
    for tag in _TAG.findall(response.body[:_HEAD_BYTES].decode("latin-1")):
        yield {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}


def _metas(tags: list[dict[str, str]]) -> list[str]:
    named = [(tag.get("name", "").lower(), tag.get("content", "")) for tag in tags]
    return [f"{name}: {_plain(value)}" for name, value in named if name in _NAMES and value]


def _is_rsl(text: str) -> bool:
    lower = text.lower()
    return _RSL in lower and "license" in lower


def _header(response: Response, name: str, longest: int = _LONGEST) -> str:
    raw: Any = response.headers.get(name)
    return _plain(bytes(raw or b"").decode("latin-1"), longest)


def _plain(text: str, longest: int = _LONGEST) -> str:
    return "".join(char for char in text if char.isprintable())[:longest]
