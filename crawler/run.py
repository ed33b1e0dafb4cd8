"""Runs one batch in this process: `crawl(batch, ...) -> CrawlCounts`.

The process is a child with a deadline, made for this batch: Twisted's reactor starts once per process, and whatever a
page does to it ends with it. A stop (SIGTERM, SIGINT, the deadline) lets requests under way finish for some seconds,
stores every finished result and leaves the rest to the frontier.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.crawler import Crawler as ScrapyCrawler
from scrapy.settings import Settings

from crawler import settings as project_settings
from crawler.batch import BatchSpider, ClaimMore, Orders, OthersWait
from crawler.kept_warc import Keeping
from crawler.pipelines import Store
from crawler.reader_pool import Readers
from news.catalogue import Catalogue
from news.errors import CrawlError
from news.visits import Batch, Exchange, FeedTask, FetchResult, PollResult, Result

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_GIVEN_BACK_BYTES = 128 * 1024
GRACE_SECONDS = 3.0
"""How long requests under way may take after a stop: the daemon kills its children after six."""


LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """How to crawl. `contact` stands in the User-Agent, unless `user_agent` is given whole."""

    user_agent: str = ""
    contact: str = ""
    delay_seconds: float = 1.5
    timeout_seconds: float = 30.0
    max_bytes: int = 8 * 1024 * 1024
    allow_loopback: bool = False
    extract_workers: int = 0
    extract_seconds: float = 20.0
    reader_memory_mb: int = 0
    deadline_seconds: float = 600.0
    # A batch holds its hosts until it ends: after so long it waits for its slowest only while nobody waits for it.
    linger_seconds: float = 30.0
    never: tuple[str, ...] = ()
    keeping: Keeping | None = None


@dataclass(frozen=True, slots=True)
class CrawlCounts:
    """What a crawl came to. `changed` counts versions stored, `unanswered` tasks left to the next batch."""

    polls: int
    links: int
    fetches: int
    articles: int
    changed: int
    filings: int
    not_modified: int
    refused: int
    failed: int
    unsaved: int
    unanswered: int
    stopped: bool


def crawl(
    batch: Batch,
    *,
    catalogue: Catalogue,
    store: Store,
    options: CrawlOptions,
    now: Callable[[], datetime],
    claim_more: ClaimMore,
    others_wait: OthersWait = lambda _: False,
) -> CrawlCounts:
    """Poll the batch's feeds, fetch its pages and those its feeds list, and store every result.

    `claim_more(hosts)` and `others_wait(busy hosts)` are called between transactions, in a thread of their own. Raises
    CrawlError when the crawl could not run, or when results could not be stored: their tasks stay leased and come back
    when the lease lapses.
    """
    give_memory_back()
    readers = Readers(
        tuple(catalogue.agencies.values()),
        workers=options.extract_workers,
        seconds=options.extract_seconds,
        memory_mb=options.reader_memory_mb,
    )
    process = AsyncCrawlerProcess(settings_of(options))
    crawler = process.create_crawler(BatchSpider)
    orders = Orders(batch, catalogue, readers, store, now, claim_more, others_wait)
    running = process.crawl(crawler, orders=orders)
    stop = _Stop(process, crawler)
    try:
        stop.arm(options)
        process.start(stop_after_crawl=True, install_signal_handlers=False)
    finally:
        stop.disarm()
        readers.close()
    error = running.exception() if running.done() and not running.cancelled() else None
    return settle(crawler.spider, error, stopped=stop.stopped)


def give_memory_back() -> None:
    """Have glibc return what pages took to the system, in this process and its readers; others do so by themselves.

    Its thresholds grow with the largest block freed, so that after one page of 5 MB nothing smaller goes back: of
    real pages a child and its reader held 239 MB, with fixed thresholds 221.
    """
    for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
        os.environ.setdefault(name, str(_GIVEN_BACK_BYTES))
    with suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        for parameter in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
            library.mallopt(parameter, _GIVEN_BACK_BYTES)


def settings_of(options: CrawlOptions) -> Settings:
    """Scrapy's settings for these options, over the project's own."""
    settings = Settings()
    settings.setmodule(project_settings, priority="project")
    settings.setdict(
        {
            "USER_AGENT": user_agent_of(options),
            "DOWNLOAD_DELAY": options.delay_seconds,
            "DOWNLOAD_TIMEOUT": options.timeout_seconds,
            "DOWNLOAD_MAXSIZE": options.max_bytes,
            "WIRETRAIL_ALLOW_LOOPBACK": options.allow_loopback,
            "WIRETRAIL_NEVER": list(options.never),
            "WIRETRAIL_KEEPING": options.keeping,
            "LOG_INSTALL_ROOT_HANDLER": False,  # the job above has set up its log
            "ITEM_PIPELINES": {"crawler.pipelines.StorePipeline": 300},
        },
        priority="cmdline",
    )
    return settings


def user_agent_of(options: CrawlOptions) -> str:
    """One honest User-Agent: our name and version, and where to reach whoever runs this."""
    text = options.user_agent or project_settings.USER_AGENT
    if options.contact and not options.user_agent:
        text = f"{text.partition(' ')[0]} (+{options.contact})"
    return "".join(char if char.isprintable() and char.isascii() else "?" for char in text)


def _reactor() -> Any:
    """Twisted's reactor, which is a module, imported after Scrapy has chosen its kind."""
    from twisted.internet import reactor

    return reactor


class _Stop:
    """Ends a crawl early: by signal or by deadline, gently first."""

    def __init__(self, process: AsyncCrawlerProcess, crawler: ScrapyCrawler) -> None:
        self.stopped = False
        self._process, self._crawler = process, crawler
        self._before: dict[int, Any] = {}
        self._calls: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []

    def arm(self, options: CrawlOptions) -> None:
        """Signals are only taken in the main thread, where Python delivers them."""
        deadline_seconds = options.deadline_seconds
        soft = max(deadline_seconds - 2 * GRACE_SECONDS, deadline_seconds / 2)
        self._calls.append(_reactor().callLater(soft, self.begin))
        self._look_later(options.linger_seconds, options.timeout_seconds + GRACE_SECONDS)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, lambda *_: _reactor().callFromThread(self.begin))

    def disarm(self) -> None:
        """Put the signals back as they were."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for call in self._calls:
            if call.active():
                call.cancel()

    def _look_later(self, seconds: float, grace_seconds: float) -> None:
        def look() -> None:
            self._tasks.append(asyncio.get_event_loop().create_task(self._look(grace_seconds)))

        self._calls.append(_reactor().callLater(seconds, look))

    async def _look(self, grace_seconds: float) -> None:
        """End a batch of which only slow hosts are left while others wait. What they are at may come to its end."""
        spider = self._crawler.spider
        if isinstance(spider, BatchSpider) and not self.stopped:
            if await spider.lingers():
                spider.giving_back = True
                self.begin(grace_seconds)
            else:
                self._look_later(LOOK_SECONDS, grace_seconds)

    def begin(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Ask for nothing new; after the grace, stop whatever is still under way."""
        if self.stopped:
            return
        self.stopped = True
        if self._crawler.spider is not None:
            self._crawler.spider.stopping = True  # type: ignore[attr-defined]  # a BatchSpider
        self._tasks.append(asyncio.get_event_loop().create_task(self._process.stop()))
        _reactor().callLater(grace_seconds, self._end)

    def _end(self) -> None:
        with suppress(RuntimeError):  # already stopped
            _reactor().stop()


def settle(spider: object, error: BaseException | None, *, stopped: bool) -> CrawlCounts:
    """Store what is left of a batch, give tasks that got lost their result, and count. Raises CrawlError.

    After a stop, what is unanswered is not lost: it stays with the frontier.
    """
    if not isinstance(spider, BatchSpider):
        raise CrawlError(f"the crawl could not run: {error}") from error
    # A stop may come between a result's being taken and its being ticked off.
    left = [task for key, task in spider.unanswered.items() if key not in spider.store.taken]
    spider.store.write_now([] if stopped else [_lost(task, spider.now()) for task in left])
    if error is not None:
        raise CrawlError(f"the crawl could not run: {error}") from error
    tally = spider.store.tally
    if tally.unsaved:
        raise CrawlError(f"{tally.unsaved} results could not be stored; their pages are asked again later")
    return CrawlCounts(**vars(tally), unanswered=len(left) if stopped else 0, stopped=stopped)


def _lost(task: Any, now: datetime) -> Result:
    """Neither callback nor errback was called: that is our fault, and it gets a name instead of silence."""
    exchange = Exchange(task.url, "failed", now, reason="the request ended without an answer or an error")
    return PollResult(task, exchange) if isinstance(task, FeedTask) else FetchResult(task, exchange)
