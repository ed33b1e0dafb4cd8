"""Keep the answers to requests for pages, as they came, where the configuration asks for it.

What cannot be kept is not kept: a full disk must not stop the crawl. The row of the fetch then names no file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response

from crawler.kept_warc import Exchanged, Keeper, Keeping
from crawler.wallclock import wall_clock
from news.visits import PageTask

_KEPT = (200, 404, 410)

log = logging.getLogger(__name__)


class KeepPages:
    """Downloader middleware, last to see an answer. Leaves file and offset in `request.meta["kept"]`."""

    def __init__(self, crawler: Crawler, keeping: Keeping) -> None:
        self._crawler = crawler
        self._keeper = Keeper(keeping, crawler.settings["USER_AGENT"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> KeepPages:
        """Scrapy's constructor."""
        keeping = crawler.settings.get("WIRETRAIL_KEEPING")
        if not isinstance(keeping, Keeping):
            raise NotConfigured("pages are not kept")
        return cls(crawler, keeping)

    def process_response(self, request: Request, response: Response) -> Response:
        """The answer itself, kept when it is that of a page."""
        task = request.meta.get("task")
        if isinstance(task, PageTask) and response.status in _KEPT:
            now = getattr(self._crawler.spider, "now", wall_clock)()
            exchanged = Exchanged(
                task.url,
                now,
                request.url,
                tuple(_pairs(request.headers)),
                response.url,
                response.status,
                tuple(_pairs(response.headers)),
                response.body,
            )
            try:
                request.meta["kept"] = self._keeper.keep(exchanged)
            except OSError as error:
                log.error("page.not_kept: %s: %s", response.url, error)
        return response


def _pairs(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    for name in headers:
        yield from ((bytes(name), bytes(value)) for value in headers.getlist(name))
