"""Unpack compressed answers whole or not at all.

Scrapy keeps what it could unpack of a stream that was cut off: the article then looks shortened by the outlet, and a
version is stored that never existed. We ask for gzip and deflate, which every server has; its middleware is off.
"""

from __future__ import annotations

import zlib

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.outcomes import Refusal

ACCEPTED = "gzip, deflate"
_GZIP = ("gzip", "x-gzip")
_PLAIN = ("", "identity")
_MAGIC = b"\x1f\x8b"
_AUTO, _RAW = 47, -15


class Unpack:
    """Downloader middleware: from here on an answer is what the server means, in full."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Unpack:
        """Scrapy's constructor."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Say what we can unpack. robots.txt is asked for unpacked: of its packed bytes no 500 KiB can be told."""
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002  -- Scrapy's interface
        """The answer unpacked. Raises Refusal when it is damaged or unpacks to more than an answer may hold."""
        encoding = (response.headers.get("Content-Encoding") or b"").decode("latin-1").strip().lower()
        if encoding in _PLAIN or not response.body:
            return response
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        # Not response.replace(): it would guess the charset of the packed bytes, which takes 3 ms a page.
        return type(response)(
            response.url,
            status=response.status,
            headers=headers,
            body=unpacked(response.body, encoding, self.most_bytes),
            flags=response.flags,
            request=response.request,
            certificate=response.certificate,
            ip_address=response.ip_address,
            protocol=response.protocol,
        )


def unpacked(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body without its content encoding. Raises Refusal for damage, bombs, and encodings we did not ask for."""
    if encoding in _GZIP:
        return gunzip(body, most_bytes)
    if encoding == "deflate":  # the standard means zlib, many servers send the bare stream
        return _stream(body, _AUTO if body[:1] == b"\x78" else _RAW, most_bytes)[0]
    known = encoding if encoding.isascii() and encoding.isalnum() else "unknown"
    raise Refusal("failed", f"the answer is compressed in a way we did not ask for ({known[:20]})")


def gunzip(body: bytes, most_bytes: int) -> bytes:
    """All members of a gzip stream; padding after the last is ignored, as browsers do. Raises Refusal."""
    parts: list[bytes] = []
    left = most_bytes
    while body.startswith(_MAGIC):
        part, body = _stream(body, 31, left)
        left -= len(part)
        parts.append(part)
    if not parts:
        raise Refusal("failed", "the compressed answer is damaged: it is not gzip")
    return b"".join(parts)


def _stream(body: bytes, wbits: int, most_bytes: int) -> tuple[bytes, bytes]:
    """One whole stream unpacked, and what stands after it."""
    unpacker = zlib.decompressobj(wbits=wbits)
    try:
        part = unpacker.decompress(body, most_bytes + 1)
    except zlib.error:
        raise Refusal("failed", "the compressed answer is damaged") from None
    if len(part) > most_bytes:
        raise Refusal("failed", "the answer is larger than the size limit")
    if not unpacker.eof:
        raise Refusal("failed", "the compressed answer is damaged: it ends too early")
    return part, unpacker.unused_data
