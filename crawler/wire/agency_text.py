"""Plain text out of agency text: decoding, whitespace, and lines wrapped for a teleprinter joined again.

Agencies still break lines at some 65 characters and mark a new paragraph by an indent or an empty line
(Reuters inside XHTML, AAP with <br/>, dpa and Kyodo in IPTC 7901), so a line end alone means nothing.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# STT writes <endash>-</endash> as escaped text inside a paragraph (urn:newsml:stt.fi:20180401:101976596).
_STRAY_TAG = re.compile(r"</?[A-Za-z]{1,12}/?>")
# Ritzau escapes twice and leaves "Today&apos;s".
_ESCAPED = re.compile(r"&(?:amp|apos|quot|nbsp|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
# UTF-8 read as Windows-1252 on its way to us: "Â£4" at Ritzau, "Dellâ€™s" at Business Wire.
_WOUND = re.compile(r"[ÂÃ][\u00a0-\u00bf]|â[€„][\u0090-\u00bf\u0152-\u2122]")
_BULLET = re.compile(r"[*•●▪·]\s|[–—-]\s")
_WRAPPED_COLUMNS = 90
# The longest sample has 900 lines; a block of more than this is hostile and not worth its memory.
_MOST_LINES = 100_000
_SENTENCE_END = (".", "!", "?", ":", ";", '"', "”", "»", "-")


def words(text: str) -> frozenset[str]:
    """A set of words written on one line."""
    return frozenset(text.split())


def decode(data: bytes, declared: str = "") -> str:
    """Text of `data` by byte order mark, UTF-8, the declared charset, and Windows-1252, which reads anything.

    UTF-8 comes before the declaration because it proves itself, and declarations lie. ISO-8859-1 is read as
    Windows-1252, as every browser does: agencies send its quotes (0x92) under that name.
    """
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, errors="replace")
    for charset in ("utf-8", declared if declared.lower() not in {"iso-8859-1", "latin-1", "latin1"} else ""):
        try:
            return data.decode(charset) if charset else data.decode("cp1252")
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("cp1252", errors="replace")


def tidy(value: object) -> str:
    """One line of text without control characters, lone surrogates and double encoding; "" for anything but text."""
    if not isinstance(value, str):
        return ""
    text = _ESCAPED.sub(lambda found: html.unescape(found.group()), _STRAY_TAG.sub("", value))
    return _SPACES.sub(" ", _CONTROL.sub("", _WOUND.sub(_mend, text))).strip()


def _mend(wound: re.Match[str]) -> str:
    try:
        return wound.group().encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return wound.group()


def unwrap(block: str) -> list[str]:
    """The paragraphs of one block whose lines may be wrapped, in order.

    An empty line or a bullet opens a paragraph, and so does an indent where other lines stand flush left, as a
    teleprinter sets text; where every line is indented, a pretty printer did it and indents say nothing.
    """
    lines = block.expandtabs(8).splitlines()
    if not 2 <= len(lines) <= _MOST_LINES:
        return [line for line in (tidy(block),) if line]
    flush = any(line.strip() and _indent(line) == 0 for line in lines[1:])
    groups: list[list[str]] = [[lines[0]]]
    for before, line in pairwise(lines):
        if not line.strip() or (flush and _indent(line) >= 2) or _is_bullet(line, before):
            groups.append([])
        groups[-1].append(line)
    return [text for text in (tidy("\n".join(group)) for group in groups) if text]


def plain_paragraphs(raw: str) -> list[str]:
    """The paragraphs of a plain-text field: a line each, unless the lines are short and break in mid-sentence."""
    lines = [line.rstrip() for line in raw.splitlines() if line.strip()]
    ended = sum(line.endswith(_SENTENCE_END) for line in lines)
    if len(lines) > 1 and max(map(len, lines)) <= _WRAPPED_COLUMNS and 2 * ended < len(lines):
        return unwrap(raw)
    return [text for text in map(tidy, lines) if text]


def _is_bullet(line: str, before: str) -> bool:
    """A dash is a bullet only after a finished line: wrapped prose has lines that begin with one."""
    found = _BULLET.match(line.lstrip())
    last = before.rstrip()
    return found is not None and (found.group()[0] not in "–—-" or not last or last.endswith(_SENTENCE_END))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \u3000"))
