"""Hands results over to whoever keeps them: the crawl itself knows no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from news.visits import Exchange, FeedTask, FetchResult, PageTask, PollResult, Result

Files = tuple[bytes, bytes | None]
"""A host's robots.txt (empty when it has none) and its tdmrep.json."""
T = TypeVar("T")


@dataclass
class Tally:
    """What was stored, and what could not be."""

    polls: int = 0
    links: int = 0
    fetches: int = 0
    articles: int = 0
    changed: int = 0
    filings: int = 0
    not_modified: int = 0
    refused: int = 0
    failed: int = 0
    unsaved: int = 0


class Store(Protocol):
    """What a crawl asks of whoever keeps its results; jobs.storing.DatabaseStore is the one. Here so that the crawl
    and the database do not know each other.
    """

    @property
    def tally(self) -> Tally:
        """What was stored so far."""

    @property
    def robots(self) -> Mapping[str, Files]:
        """Hosts' files that other crawls read within the last day."""

    @property
    def taken(self) -> set[tuple[str, int]]:
        """Tasks whose results have been handed over."""

    @property
    def robots_aside(self) -> Mapping[str, datetime]:
        """Origins whose robots.txt could not be read, with when it is to be tried again."""

    def at_work(self, kind: str, name: str) -> AbstractContextManager[None]:
        """Have a unit of work in hand while the body runs: it is known when that ends the process."""

    async def set_aside(self, kind: str, name: str, reason: str, now: datetime) -> None:
        """Note that a unit without a result of its own failed: a robots.txt."""

    async def keep_robots(self, origin: str, files: Files | None, asked: Sequence[Exchange], now: datetime) -> None:
        """Note what was asked, and keep the files for the crawls of the next day: none, when they could not be read."""

    async def put(self, result: Result) -> None:
        """Take a result."""

    async def flush(self) -> None:
        """Write all that was taken so far. Never raises for the database: see `tally.unsaved`."""

    async def in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run database work in the store's thread, after what is being written."""

    def write_now(self, results: Sequence[Result]) -> None:
        """Write these at once and end, outside of any event loop."""


class StorePipeline:
    """Scrapy's item pipeline. Active only when the spider brings a `store`: by hand, nothing is written."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """Scrapy's constructor."""
        store = getattr(crawler.spider, "store", None)
        if store is None:
            raise NotConfigured("no database was handed over")
        return cls(store)

    async def process_item(self, item: Any) -> Any:
        """Store a result; anything else passes through."""
        if isinstance(item, PollResult | FetchResult):
            await self.store.put(item)
        return item

    async def close_spider(self) -> None:
        """Write what is left."""
        await self.store.flush()


def unit_of(task: FeedTask | PageTask) -> tuple[str, str]:
    """What a task's reading is called as a unit of work: its kind, and its address."""
    if isinstance(task, PageTask):
        return "page", task.url
    return "sitemap" if task.kind == "sitemap" else "feed", task.url


def task_key(task: FeedTask | PageTask) -> tuple[str, int]:
    """What tells tasks apart: feeds and pages are numbered each by themselves."""
    return type(task).__name__, task.id
