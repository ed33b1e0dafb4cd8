"""WARC files as crawlers write them, byte by byte, so that the reader is not tested against its own writer."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.crawler.site import LINES, page

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def record(
    url: str,
    body: bytes | str,
    *,
    fetched: datetime = T0,
    status: str = "200 OK",
    kind: str = "response",
    headers: Iterable[str] = (),
    content_type: str = "text/html; charset=utf-8",
) -> bytes:
    """One record, uncompressed, in the shape of CC-NEWS."""
    payload = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers]
    block = "\r\n".join(lines).encode() + b"\r\n\r\n" + payload
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Date: {fetched.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"WARC-Target-URI: {url}",
        f"WARC-Record-ID: <urn:uuid:{abs(hash((url, fetched))):032x}>",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def info() -> bytes:
    """The record an archive begins with."""
    block = b"software: some-crawler/1.0\r\nformat: WARC File Format 1.0\r\n"
    head = f"WARC/1.0\r\nWARC-Type: warcinfo\r\nWARC-Date: 2026-03-02T08:00:00Z\r\nContent-Length: {len(block)}\r\n\r\n"
    return head.encode() + block + b"\r\n\r\n"


def packed(records: Iterable[bytes]) -> bytes:
    """Each record a gzip member of its own."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def story_page(number: int) -> str:
    """An article page whose text is its own."""
    lines = tuple(f"{line} ({number * 7 + place})" for place, line in enumerate(LINES))
    return page(f"Council votes on item {number}", number=number, lines=lines)


def address(number: int, host: str = "post.example") -> str:
    """The address of a page."""
    return f"https://{host}/news/2026/item-{number}.html"
