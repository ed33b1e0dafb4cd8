"""Bytes to a tree: the only place where raw input is touched.

The charset is taken from the byte-order mark, then UTF-8 if the bytes fit, then the page's own declaration, then
Windows-1252, which nothing contradicts. NUL and broken bytes never stop a page; binary, empty or enormous input is
refused.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

from lxml import etree

from crawler.limits import check_markup
from news.errors import NotAnArticle, TooMuchError

MAX_BYTES = 12_000_000
"""The largest page read; the largest seen among 720 news pages was 4 MB."""

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I
)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF")
# Browsers read these labels as the larger set (WHATWG Encoding), and pages rely on it: 0x92 is an apostrophe.
_WIDENED = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
_WIDENED |= {"gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932"}
_WIDENED |= {"iso-8859-9": "cp1254", "tis-620": "cp874", "x-sjis": "cp932", "windows-31j": "cp932"}


def text_of(html: bytes) -> str:
    """The bytes as text; a byte the charset does not know becomes U+FFFD.

    Bytes that are valid UTF-8 are UTF-8 whatever the page declares: winfuture.de says iso-8859-1 over UTF-8, and no
    other text fits UTF-8 by chance.
    """
    for mark, name in _BOMS:
        if html.startswith(mark):
            return html[len(mark) :].decode(name, "replace")
    try:
        return html.decode("utf-8")
    except UnicodeDecodeError:
        name = _declared(html)
    if name == "utf-8":
        # A page that says UTF-8 and is mostly Windows-1252 is read as that; a few cut characters are survived.
        damaged = html.decode("utf-8", "replace")
        return damaged if damaged.count("\ufffd") < 20 else html.decode("cp1252", "replace")
    return html.decode(name, "replace")


def _declared(html: bytes) -> str:
    """The codec of the charset the page declares, Windows-1252 when it declares none that exists."""
    declared = _DECLARED.search(html, 0, 8192)
    name = declared.group(1).decode("ascii").lower() if declared else ""
    try:
        return codecs.lookup(_WIDENED.get(name, name)).name if name else "cp1252"
    except LookupError:
        return "cp1252"  # "charset=none" and the like


def _is_utf8(html: bytes) -> bool:
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not html.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def decode(html: bytes | str, url: str) -> Any:
    """The root element of the page.

    Raises NotAnArticle for empty, binary or oversized input (crawler.limits) and for input without any element.
    """
    if len(html) > MAX_BYTES:
        raise NotAnArticle(url, f"page of {len(html)} bytes is over the limit of {MAX_BYTES}")
    if isinstance(html, bytes):
        if html.startswith(_MAGIC):
            raise NotAnArticle(url, "binary file, not HTML")
        # lxml reads bytes faster than text, so those that need no decoding are handed on as they are.
        data = html if html.isascii() or _is_utf8(html) else text_of(html).encode("utf-8", "replace")
    else:
        data = html.encode("utf-8", "replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in data:
        data = data.replace(b"\x00", b"")
    if not data.strip():
        raise NotAnArticle(url, "empty page")
    try:
        check_markup(data)
    except TooMuchError as error:
        raise NotAnArticle(url, f"a page of {error}") from error
    return _parse(data, url)


def _parse(data: bytes, url: str) -> Any:
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise NotAnArticle(url, f"not readable as HTML: {error}") from error
    if root is None:
        raise NotAnArticle(url, "no HTML element in the page")
    last = parser.error_log.last_error
    if last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        raise NotAnArticle(url, "a page of elements within elements, too deep to be read")
    return root
