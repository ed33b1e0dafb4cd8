"""The clock of a crawl. A batch brings its own (the demo's runs fast); a spider started by hand has only the wall's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from scrapy.crawler import Crawler

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Aware UTC. Used where nobody above hands a clock in: `scrapy crawl` and `scrapy shell` by hand."""
    return datetime.now(UTC)


def clock_of(crawler: Crawler) -> Clock:
    """The spider's own `now`, else the wall clock (scrapy shell opens a spider that has none)."""
    clock: Clock = getattr(crawler.spider, "now", wall_clock)
    return clock
