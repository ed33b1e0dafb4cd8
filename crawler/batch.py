"""The spider of a batch: all due feeds and pages of some hosts, and then the pages those feeds have just listed.

One spider, because politeness is kept per crawl: two crawls of one host would double its rate. Not among the spiders
that `scrapy list` shows, because it is nothing without a database to claim from.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.middlewares.politeness import NotAskedError
from crawler.pipelines import Store, task_key
from crawler.reader_pool import Readers
from crawler.spiders.base import TaskSpider
from crawler.wallclock import Clock
from news.addresses import host_of
from news.catalogue import Catalogue
from news.visits import Batch, FeedTask, FetchResult, PageTask, PollResult

ClaimMore = Callable[[tuple[str, ...]], tuple[PageTask, ...]]
OthersWait = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True)
class Orders:
    """What a batch spider is sent out with."""

    batch: Batch
    catalogue: Catalogue
    readers: Readers
    store: Store
    now: Clock
    claim_more: ClaimMore
    others_wait: OthersWait = lambda _: False


class BatchSpider(TaskSpider):
    """Polls, stores, claims what was found, fetches, until a claim brings nothing new."""

    name = "batch"

    def __init__(self, orders: Orders, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.orders = orders
        self.catalogue, self.readers, self.store = orders.catalogue, orders.readers, orders.store
        self.now = orders.now
        self.unanswered = {task_key(task): task for task in self.tasks()}
        self.stopping = self.giving_back = False
        self._claimed = {task.id for task in orders.batch.pages}
        self._claims_over: set[str] = set()
        self._claiming = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> BatchSpider:
        """Scrapy's constructor."""
        spider: BatchSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stored, signal=signals.item_scraped)
        return spider

    def at_work(self, kind: str, name: str) -> AbstractContextManager[None]:
        """Whoever finds this process dead knows by the store what it was at."""
        return self.store.at_work(kind, name)

    async def before_reading(self, task: FeedTask | PageTask) -> None:
        """What failed before may have ended its process: what came so far is stored before it does so again."""
        if task.failures:
            await self.store.flush()

    def tasks(self) -> Iterator[FeedTask | PageTask]:
        """The batch's own; Scrapy orders them by priority: feeds, new pages, known pages."""
        yield from self.orders.batch.feeds
        yield from self.orders.batch.pages

    def deliver(self, result: PollResult | FetchResult) -> Iterator[Any]:
        """Results are the items of this spider."""
        yield result

    def open_hosts(self) -> tuple[str, ...]:
        """The hosts that still have tasks."""
        return tuple({host_of(task.url) for task in self.unanswered.values()})

    async def lingers(self) -> bool:
        """Whether half of the hosts or more are done, and something waits elsewhere for a crawl to begin."""
        hosts = self.open_hosts()
        few = 2 * len(hosts) <= len(self.orders.batch.hosts)
        return few and await self.store.in_thread(self.orders.others_wait, hosts)

    async def missed(self, failure: Failure) -> AsyncIterator[Any]:
        """Errback. What was given back before it was asked has no result: it stays with the frontier."""
        if isinstance(failure.value, NotAskedError):
            return
        async for one in super().missed(failure):
            yield one

    async def stored(self, item: Any) -> None:
        """Signal handler, after the pipeline: when the last feed or the last task of a host is done, claim more of it.

        Of each host by itself: the pages of one must not wait for another's feed that drips.
        """
        self.unanswered.pop(task_key(item.task), None)
        host = host_of(item.task.url)
        left = [task for task in self.unanswered.values() if host_of(task.url) == host]
        feeds_open = any(isinstance(task, FeedTask) for task in left)
        if (isinstance(item, PollResult) and not feeds_open) or not left:
            await self._claim(host)

    async def _claim(self, host: str) -> None:
        """Claim until there is something to wait for, or nothing new.

        A page due again at once (a fast clock, a policy of seconds) is fetched once more and then ends the claims:
        a batch must end, for its feeds are only polled in the next.
        """
        async with self._claiming:
            while host not in self._claims_over and not self.stopping:
                await self.store.flush()
                tasks = await self.store.in_thread(self.orders.claim_more, (host,))
                if all(task.id in self._claimed for task in tasks):
                    self._claims_over.add(host)
                self._claimed.update(task.id for task in tasks)
                for task in tasks:
                    await self._ask(task)
                if any(host_of(task.url) == host for task in self.unanswered.values()):
                    return

    async def _ask(self, task: PageTask) -> None:
        for made in self.asked(task):
            if isinstance(made, Request):
                self.unanswered[task_key(task)] = task
                self.store.taken.discard(task_key(task))
                self.crawler.engine.crawl(made)
            else:
                await self.store.put(made)
