"""Bytes to a tree: the only place where raw input is touched.

The charset is taken from the byte-order mark, then UTF-8 if the bytes fit but for a few, then the page's own
declaration, then Windows-1252, which nothing contradicts. NUL and broken bytes never stop a page; binary, empty or
enormous input is refused.
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
_ESCAPE = b"\x1b$"
"""Opens Japanese in ISO-2022-JP, which is written in ASCII."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF")
# Browsers read a label as the largest set of its family (WHATWG Encoding), and pages rely on it: 0x92 is an apostrophe.
# Labels that Python knows under the same meaning are not listed.
_CODECS = {
    codec: labels.split()
    for codec, labels in {
        "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-sig utf8mb4 utf-7",
        "cp1252": "iso-8859-1 latin-1 latin1 l1 us-ascii ascii iso8859-1 iso88591 iso_8859-1 x-cp1252 ansi_x3.4-1968 "
        "ibm819 cp819 windows-1252 iso-ir-100",
        "cp1254": "iso-8859-9 iso8859-9 iso88599 iso_8859-9 latin5 l5 x-cp1254",
        "cp874": "windows-874 dos-874 tis-620 iso-8859-11 iso8859-11 iso885911",
        "gb18030": "gb2312 gbk x-gbk gb_2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 hz-gb-2312",
        "big5hkscs": "big5 big5-hkscs x-x-big5 cn-big5 csbig5 big5-tw",
        "cp949": "euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean cseuckr windows-949 ms949 "
        "iso-ir-149 uhc",
        "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji ms932 windows-31j csshiftjis",
        "euc_jp": "euc-jp x-euc-jp x-euc cseucpkdfmtjapanese",
        "iso2022_jp": "iso-2022-jp csiso2022jp",
        "iso8859-8": "iso-8859-8-i logical visual csiso88598i hebrew iso-8859-8-e",
        "iso8859-6": "asmo-708 ecma-114 iso-8859-6-i iso-8859-6-e arabic",
        "koi8-r": "koi koi8 koi8_r cskoi8r",
        "koi8-u": "koi8-ru",
        "mac-roman": "macintosh x-mac-roman mac",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    }.items()
}
_CODEC_OF = {label: codec for codec, labels in _CODECS.items() for label in labels}
_CODEC_OF |= {f"x-cp{number}": f"cp{number}" for number in range(1250, 1259)}
_ODD = "\ufffdÿþðÞÐ¤¦¬×÷\x81"
"""What broken bytes become in Windows-1252 more often than anybody writes it."""
_TEXT_CODEC = re.compile(r"utf-|cp\d|iso8859|koi8|mac|gb|big5|euc|shift|iso2022_jp|tis|ptcp|kz")
"""Python also has codecs that are no charsets; "punycode" takes quadratic time."""


def codec_of(label: str) -> str | None:
    """The Python codec for a charset's label, as browsers understand it; None for what is no charset."""
    name = label.strip().lower()
    if name in _CODEC_OF:
        return _CODEC_OF[name]
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None  # "charset=none" and the like
    codec = _CODEC_OF.get(codec, codec)
    return codec if _TEXT_CODEC.match(codec) else None


def text_of(html: bytes) -> str:
    """The bytes as text; a byte the charset does not know becomes U+FFFD.

    Bytes that are valid UTF-8, but for a few, are UTF-8 whatever the page declares: winfuture.de says iso-8859-1 over
    UTF-8, comments come in another charset, and no other text fits UTF-8 by chance. Bytes that do not fit are not
    UTF-8 whatever the page says.
    """
    for mark, name in _BOMS:
        if html.startswith(mark):
            return html[len(mark) :].decode(name, "replace")
    if _ESCAPE in html and codec_of(_label(html)) == "iso2022_jp":
        return html.decode("iso2022_jp", "replace")
    text = html.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    codec = codec_of(_label(html))
    if codec is not None and codec.startswith("utf-16"):
        codec = "utf-8"  # who can read the declaration has read no UTF-16
    if lost and (codec or "utf-8") == "utf-8":
        codec = "cp1252" if _other_letters(text) < lost and _is_western(html, lost) else "utf-8"
    if not lost or codec == "utf-8" or _other_letters(text) > 8 * lost:
        return text
    return html.decode(codec or "cp1252", "replace")


def _is_western(html: bytes, lost: int) -> bool:
    """Do the bytes that are no UTF-8 make marks and letters that Western texts have? Else they are damage."""
    text = html.decode("cp1252", "replace")
    return 2 * sum(text.count(odd) for odd in _ODD) < lost


def _label(html: bytes) -> str:
    """The charset that the page declares, as written, or ""."""
    declared = _DECLARED.search(html, 0, 8192)
    return declared.group(1).decode("ascii") if declared else ""


def _other_letters(text: str) -> int:
    """How many characters are neither ASCII nor damage."""
    return len(text) - text.count("\ufffd") - len(text.encode("ascii", "ignore"))


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
        plain = (html.isascii() or _is_utf8(html)) and _ESCAPE not in html
        data = html if plain else text_of(html).encode("utf-8", "replace")
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
