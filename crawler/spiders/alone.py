"""Spiders started by hand: `scrapy crawl feed -a url=… -O articles.jsonl`. They need no database and no catalogue row.

They poll one listing, follow its pages and yield Articles. What failed is logged with its reason, and counted in
Scrapy's stats under `wiretrail/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from crawler.reader_pool import Readers
from crawler.spiders.base import TaskSpider
from news.articles import FeedKind
from news.catalogue import load_catalogue
from news.visits import FeedTask, FetchResult, PageTask, PollResult


class AloneSpider(TaskSpider):
    """Base of the spiders `scrapy list` shows. Arguments: `url`; `catalogue`, a TOML file; `most`, pages to read."""

    kind: FeedKind | None = None

    def __init__(self, url: str = "", catalogue: str = "", most: str = "100", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.most = int(most)
        self.catalogue = load_catalogue(Path(catalogue) if catalogue else None)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> AloneSpider:
        """Scrapy's constructor; the readers follow its settings."""
        spider: AloneSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.readers = Readers(
            tuple(spider.catalogue.agencies.values()),
            workers=crawler.settings.getint("WIRETRAIL_EXTRACT_WORKERS"),
            seconds=crawler.settings.getfloat("WIRETRAIL_EXTRACT_SECONDS"),
        )
        return spider

    def closed(self, reason: str) -> None:  # noqa: ARG002  -- Scrapy's hook
        """End the worker processes."""
        self.readers.close()

    def tasks(self) -> Iterator[FeedTask | PageTask]:
        """The one address given."""
        if not self.url:
            self.logger.error("no address: give one, as in scrapy crawl %s -a url=https://…", self.name)
            raise CloseSpider("no_address")
        outlet = self.catalogue.outlet_of(self.url)
        outlet_id = outlet.id if outlet else ""
        if self.kind is None:
            yield PageTask(0, outlet_id, self.url)
        else:
            yield FeedTask(0, outlet_id, self.url, self.kind)

    def deliver(self, result: PollResult | FetchResult) -> Iterator[Any]:
        """Pages of a listing are followed, Articles come out."""
        exchange = result.exchange
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"wiretrail/{exchange.outcome}")
        if exchange.reason:
            self.logger.warning("%s: %s: %s", exchange.url, exchange.outcome, exchange.reason)
        if isinstance(result, FetchResult):
            if result.article is not None:
                yield result.article
            return
        for child in result.further_feeds:
            yield from self.asked(replace(result.task, url=child))
        for number, link in enumerate(result.links[: self.most], start=1):
            yield from self.asked(
                PageTask(number, result.task.outlet_id, link.url, listed_headline=link.headline, listed=link.listed)
            )
