"""The spider of a batch: all due feeds and pages of some hosts, and then the pages those feeds have just listed.

One spider, because politeness is kept per crawl: two crawls of one host would double its rate. Not among the spiders
that `scrapy list` shows, because it is nothing without a database to claim from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler

from crawler.pipelines import Store, task_key
from crawler.reading import Readers
from crawler.spiders.base import TaskSpider
from crawler.wallclock import Clock
from news.catalogue import Catalogue
from news.visits import Batch, FeedTask, FetchResult, PageTask, PollResult

ClaimMore = Callable[[tuple[str, ...]], tuple[PageTask, ...]]


@dataclass(frozen=True)
class Orders:
    """What a batch spider is sent out with."""

    batch: Batch
    catalogue: Catalogue
    readers: Readers
    store: Store
    now: Clock
    claim_more: ClaimMore


class BatchSpider(TaskSpider):
    """Polls, stores, claims what was found, fetches, until a claim brings nothing new."""

    name = "batch"

    def __init__(self, orders: Orders, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.orders = orders
        self.catalogue, self.readers, self.store = orders.catalogue, orders.readers, orders.store
        self.now = orders.now
        self.unanswered = {task_key(task): task for task in self.tasks()}
        self.stopping = False
        self._claimed = {task.id for task in orders.batch.pages}
        self._claims_over = False
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

    async def stored(self, item: Any) -> None:
        """Signal handler, after the pipeline: when the last feed or the last task is done, claim more pages."""
        self.unanswered.pop(task_key(item.task), None)
        feeds_open = any(isinstance(task, FeedTask) for task in self.unanswered.values())
        if (isinstance(item, PollResult) and not feeds_open) or not self.unanswered:
            await self._claim()

    async def _claim(self) -> None:
        """Claim until there is something to wait for, or nothing new.

        A page due again at once (a fast clock, a policy of seconds) is fetched once more and then ends the claims:
        a batch must end, for its feeds are only polled in the next.
        """
        async with self._claiming:
            while not (self._claims_over or self.stopping):
                await self.store.flush()
                tasks = await self.store.in_thread(self.orders.claim_more, self.orders.batch.hosts)
                self._claims_over = all(task.id in self._claimed for task in tasks)
                self._claimed.update(task.id for task in tasks)
                for task in tasks:
                    await self._ask(task)
                if self.unanswered:
                    return

    async def _ask(self, task: PageTask) -> None:
        for made in self.asked(task):
            if isinstance(made, Request):
                self.unanswered[task_key(task)] = task
                self.store.taken.discard(task_key(task))
                self.crawler.engine.crawl(made)
            else:
                await self.store.put(made)
