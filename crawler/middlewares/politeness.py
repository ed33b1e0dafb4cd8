"""One pace per host: every request goes into its host's slot, and a host that says "later" is left alone.

Scrapy repeats a 429 within a fifth of a second whatever Retry-After says; here the host's remaining requests of the
crawl are refused with the time that is left, and their rows get it as the earliest next visit.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from time import monotonic
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure
from twisted.web._newclient import HTTPClientParser

from crawler.middlewares.pace import Pace
from crawler.middlewares.safety import SafeAddresses
from crawler.outcomes import LONGEST_WAIT_SECONDS, Refusal, is_host_fault, retry_after
from crawler.wallclock import clock_of
from news.addresses import host_of, site_of
from news.catalogue import Catalogue

DEFAULT_PAUSE_SECONDS = 300.0
MOST_HEAD_BYTES = 256 * 1024
_BUSY = (429, 503)
CIRCUIT_FAILURES = 5
CIRCUIT_PAUSE_SECONDS = 900.0


class NotAskedError(IgnoreRequest):
    """Raised for a request whose turn came after the crawl began to give its slowest hosts back."""


class ShortHeadProtocol(_LenientHTTP11ClientProtocol):
    """Gives up on an answer whose headers do not end: Twisted limits a line of them, but not their number.

    And on a connection over which more may come than the answer: a 204 that announces a body is followed by it, and
    what asks next over the same connection would take that for its own answer.
    """

    head_bytes = 0

    def request(self, request: Any) -> Any:
        """Name what Twisted only hangs up on: one line of the head over its limit."""
        answer = super().request(request)
        parser: Any = self._parser
        if parser is not None:
            parser.lineLengthExceeded = self._refuse_line
        return answer

    def _refuse_line(self, _line: bytes) -> None:
        reason = f"one of the answer's headers is longer than {HTTPClientParser.MAX_LENGTH:,} bytes"
        self._giveUp(Failure(Refusal("failed", reason)))  # type: ignore[no-untyped-call]  # Twisted has no types here

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  -- Twisted's interface
        """Count until the body begins; its first piece may come in the last one counted."""
        if self._in_head():
            self.head_bytes += len(data)
            if self.head_bytes > MOST_HEAD_BYTES:
                refusal = Refusal("failed", "the answer's headers are larger than the size limit")
                self._giveUp(Failure(refusal))  # type: ignore[no-untyped-call]  # Twisted has no types here
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted has no types here
        if not self._in_head():
            self.head_bytes = 0

    def _finishResponse_WAITING(self, rest: bytes) -> None:  # noqa: N802  -- Twisted's interface
        """Where the headers announce what will not be read, treat the connection as one the server closes."""
        if self._parser is not None and _announces_more(self._parser):
            self._parser.connHeaders.addRawHeader(b"connection", b"close")
        super()._finishResponse_WAITING(rest)

    def _in_head(self) -> bool:
        return self._parser is not None and self._parser.state in ("STATUS", "HEADER")


def _announces_more(parser: Any) -> bool:
    """Whether an answer that ends with its headers (RFC 9112, 6.3) announces a body."""
    if parser.response.code not in parser.NO_BODY_CODES:
        return False
    sizes = parser.connHeaders.getRawHeaders(b"content-length", [])
    return any(size.strip() != b"0" for size in sizes) or parser.connHeaders.hasHeader(b"transfer-encoding")


class ShortHeadFactory(_LenientHTTP11ClientFactory):
    """Makes them, where Scrapy makes its own."""

    def buildProtocol(self, addr: Any) -> ShortHeadProtocol:  # noqa: ARG002, N802  -- Twisted's interface
        """A connection's protocol."""
        return ShortHeadProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted has no types here


class PoliteHandler(HTTP11DownloadHandler):
    """Scrapy's handler, one request at a time for each host, with a look at the answer before the next goes out.

    Scrapy's slots promise neither. To them a request is under way only once its task has begun: without a delay all
    that waits goes out at once, with a short one two go when the machine is busy elsewhere for as long just then (3 of
    240 requests of a process stopped for 3 ms again and again). And middlewares see an answer only after the slot.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawl = crawler
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pace = Pace(crawler.settings.getfloat("DOWNLOAD_DELAY"))
        self._pool._factory = ShortHeadFactory
        # A kept connection that the server closed meanwhile fails at once; Twisted then asks once over a new one.
        self._pool.retryAutomatically = True

    async def download_request(self, request: Request) -> Response:
        """Waits for the host's turn, and its outlet's and machine's. Raises Refusal while the host is paused."""
        host = host_of(request.url)
        async with self._turns[host]:
            await self._pace.wait(host, self._outlet_of(request.url), self._machine_of(request.url))
            return await self._ask(request)

    def _outlet_of(self, url: str) -> str:
        catalogue: Catalogue | None = getattr(self._crawl.spider, "catalogue", None)
        outlet = catalogue.outlet_of(url) if catalogue is not None else None
        return outlet.id if outlet is not None else site_of(url)

    def _machine_of(self, url: str) -> str:
        addresses = self._crawl.get_downloader_middleware(SafeAddresses)
        return addresses.machine_of(url) if addresses is not None else host_of(url)

    async def _ask(self, request: Request) -> Response:
        if getattr(self._crawl.spider, "giving_back", False):
            raise NotAskedError("given back to the frontier")
        politeness = self._crawl.get_downloader_middleware(Politeness)
        if politeness is None:
            return await super().download_request(request)
        politeness.check(request)
        host = host_of(request.url)
        request.meta["asked"] = (*request.meta.get("asked", ()), host)
        try:
            response = await super().download_request(request)
        except Exception as error:
            politeness.count(request, failed=is_host_fault(error))
            raise
        politeness.count(request, failed=response.status >= 500)
        politeness.note(request, response)
        return response


class Politeness:
    """Downloader middleware: slots by host with port, and pauses as the hosts ask for."""

    def __init__(self, crawler: Crawler, seconds: Callable[[], float] = monotonic) -> None:
        self._crawler = crawler
        self._seconds = seconds
        self._paused_until: dict[str, float] = {}
        self._pause_after_each: dict[str, float] = {}
        self._failures: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises Refusal while the host is paused. Each hop gets its own slot: Scrapy would keep the first host's."""
        request.meta["download_slot"] = host_of(request.url)
        self.check(request)

    def check(self, request: Request) -> None:
        """Raises Refusal while the host is paused."""
        host = host_of(request.url)
        left = self._paused_until.get(host, 0.0) - self._seconds()
        if left <= 0:
            return
        if self._failures.get(host, 0) >= CIRCUIT_FAILURES:
            reason = f"{host} failed {self._failures[host]} times in a row and is left alone for a while"
            raise Refusal("refused", reason, retry_after_seconds=left)
        raise Refusal("refused", f"{host} asked us to wait {left:.0f} s more", retry_after_seconds=left)

    def count(self, request: Request, *, failed: bool) -> None:
        """Count a host's failures in a row, and leave it alone after five: it is down, or wants nothing of us.

        Over crawls the host's row counts on, and the pauses grow.
        """
        host = host_of(request.url)
        self._failures[host] = self._failures.get(host, 0) + 1 if failed else 0
        if self._failures[host] >= CIRCUIT_FAILURES:
            self._paused_until[host] = self._seconds() + CIRCUIT_PAUSE_SECONDS

    def pause_after_each(self, host: str, delay_seconds: float) -> None:
        """Keep a delay too long for waiting: one request, then the host's others go back to their rows."""
        self._pause_after_each[host] = min(delay_seconds, LONGEST_WAIT_SECONDS)

    def note(self, request: Request, response: Response) -> None:
        """Pause the host when it asks for it, now or by its robots.txt."""
        host = host_of(request.url)
        if host in self._pause_after_each and not request.meta.get("is_robots"):
            self._pause(request, self._pause_after_each[host])
        if response.status in _BUSY:
            asked = retry_after(response, clock_of(self._crawler)())
            if asked is None and response.status == 429:
                asked = DEFAULT_PAUSE_SECONDS
            if asked:
                self._pause(request, asked)

    def _pause(self, request: Request, seconds: float) -> None:
        """For this crawl here; for those after it by the host's row, which the request's result takes along."""
        self._paused_until[host_of(request.url)] = self._seconds() + seconds
        request.meta["pause_seconds"] = max(seconds, request.meta.get("pause_seconds", 0.0))
