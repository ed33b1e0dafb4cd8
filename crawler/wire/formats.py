"""The name of a file's format, for people: tables, lists of refused files. parse() decides for itself."""

from __future__ import annotations

import re

_FORMATS = (
    (b"<NewsML", "NewsML 1.2"),
    (b"http://iptc.org/std/nar/2006-10-01/", "NewsML-G2"),
    (b"<newsMessage", "NewsML-G2"),
    (b"<nitf", "NITF"),
    (b"wordpress.org/export", "WordPress RSS"),
    (b"<rss", "RSS"),
    (b"http://www.w3.org/2005/Atom", "Atom"),
    (b"<RBNews", "Ritzau XML"),
    (b"<release", "release XML"),
)
_DPA_HEAD = re.compile(rb"[A-Za-z]{2,4} ?\d{3,5} \d [A-Za-z]{1,4} \d{1,5}\s")
_REACH = 200_000


def format_of(data: bytes) -> str:
    """What a file looks like, by marks that only one format has; "binary" for what is no text at all."""
    opening = data[:_REACH].lstrip(b"\xef\xbb\xbf \r\n\t\x16")
    if opening.startswith(b"<"):
        return next((name for mark, name in _FORMATS if mark in opening), "other XML")
    if opening.startswith((b"{", b"[")):
        return _json(opening)
    if b"\x02" in opening[:400]:
        return "ANPA 1312" if b"\x13" in opening[:400] or b"\x14" in opening[:400] else "IPTC 7901"
    if b"   dpa " in opening[:100] or _DPA_HEAD.match(opening.lstrip(b"\x01")):
        return "IPTC 7901"
    return "binary" if b"\x00" in opening[:1000] else "plain text"


def _json(opening: bytes) -> str:
    if b'"uno"' in opening:
        return "AFP Core"
    if b'"uri"' in opening or b'"guid"' in opening:
        return "ninjs"
    return "JSON lines" if b'"agency"' in opening and b'"id"' in opening else "other JSON"
