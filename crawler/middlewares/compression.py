"""Unpack compressed answers whole or not at all.

Scrapy keeps what it could unpack of a stream that was cut off: the article then looks shortened by the outlet, and a
version is stored that never existed. We ask for gzip and deflate, which every server has; its middleware is off.
"""

from __future__ import annotations

from collections.abc import Callable

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.outcomes import Refusal
from crawler.unpacking import gunzipped, inflated
from news.errors import UnpackingError

ACCEPTED = "gzip, deflate"
_GZIP = ("gzip", "x-gzip")
_PLAIN = ("", "identity")


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
    if encoding == "deflate":
        return _whole(inflated, body, most_bytes)
    known = encoding if encoding.isascii() and encoding.isalnum() else "unknown"
    raise Refusal("failed", f"the answer is compressed in a way we did not ask for ({known[:20]})")


def gunzip(body: bytes, most_bytes: int) -> bytes:
    """All members of a gzip stream. Raises Refusal."""
    return _whole(lambda *given: b"".join(gunzipped(*given)), body, most_bytes)


def _whole(unpack: Callable[[bytes, int], bytes], body: bytes, most_bytes: int) -> bytes:
    try:
        return unpack(body, most_bytes)
    except UnpackingError as error:
        large = "the answer is larger than the size limit"
        raise Refusal("failed", large if error.too_large else f"the compressed answer is damaged: {error}") from error
