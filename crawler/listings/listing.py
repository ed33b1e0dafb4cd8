"""One door for the three readers, so that a worker process is sent a kind and bytes and nothing else."""

from __future__ import annotations

from datetime import datetime

from crawler.listings.feeds import read_feed
from crawler.listings.found_links import Listing, Source
from crawler.listings.sections import read_section
from crawler.listings.sitemaps import read_sitemap
from news.articles import FeedKind, Outlet

_READERS = {"feed": read_feed, "sitemap": read_sitemap, "section": read_section}


def read_listing(kind: FeedKind, body: bytes, url: str, outlet: Outlet | None, polled: datetime) -> Listing:
    """The pages a listing names. Never raises for what the body holds: a body that is no listing has a `problem`."""
    if not body.strip():
        return Listing(problem="the answer is empty")
    return _READERS[kind](body, Source(url, outlet, polled))
