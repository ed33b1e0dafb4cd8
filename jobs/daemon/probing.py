"""What the doctor asks of other machines, when told to: some feeds, their hosts' robots.txt, and what time it is there.

A handful of requests under our name, once; nothing is stored. Redirects are told, not followed: the crawl, which
checks every hop, decides about those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from crawler.listings import read_listing
from crawler.middlewares.robots import Rules, read_rules
from news.articles import Feed, Outlet
from news.catalogue import Catalogue
from news.errors import WiretrailError

MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Probe:
    """How one feed answered. `trouble` is "" when it can be polled; `ahead_seconds` is their clock minus ours."""

    outlet: str
    url: str
    links: int = 0
    trouble: str = ""
    robots: str = ""
    ahead_seconds: float | None = None


def sample(catalogue: Catalogue, most: int) -> list[tuple[Outlet, Feed]]:
    """One feed of each of some outlets, spread over the catalogue."""
    outlets = [outlet for _, outlet in sorted(catalogue.outlets.items()) if outlet.feeds]
    step = max(1, len(outlets) // most)
    return [(outlet, outlet.feeds[0]) for outlet in outlets[::step][:most]]


def probe(feeds: list[tuple[Outlet, Feed]], agent: str, timeout_seconds: float) -> Iterator[Probe]:
    """Ask each feed's host for its robots.txt, and, when that allows it, for the feed."""
    with httpx.Client(timeout=timeout_seconds, headers={"User-Agent": agent}) as client:
        for outlet, feed in feeds:
            yield _probe(client, outlet, feed, agent)


def _probe(client: httpx.Client, outlet: Outlet, feed: Feed, agent: str) -> Probe:
    parts = urlsplit(feed.url)
    try:
        status, body, _ = _get(client, f"{parts.scheme}://{parts.netloc}/robots.txt")
        refusal = _refusal(status, body, feed.url, agent)
        if refusal:
            return Probe(outlet.id, feed.url, robots=refusal)
        status, body, date = _get(client, feed.url)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        return Probe(outlet.id, feed.url, trouble=f"{type(error).__name__}: {error}"[:200])
    if status != 200:
        return Probe(outlet.id, feed.url, trouble=f"answers {status}", ahead_seconds=_ahead(date))
    try:
        links = len(read_listing(feed.kind, body, feed.url, outlet, datetime.now(UTC)).links)
    except WiretrailError as error:
        return Probe(outlet.id, feed.url, trouble=str(error)[:200], ahead_seconds=_ahead(date))
    trouble = "" if links else "answers and lists nothing"
    return Probe(outlet.id, feed.url, links, trouble, ahead_seconds=_ahead(date))


def _get(client: httpx.Client, url: str) -> tuple[int, bytes, str]:
    """Status, body and Date; a longer body is cut, and then is no feed."""
    with client.stream("GET", url) as answer:
        body = bytearray()
        for chunk in answer.iter_bytes(65_536):
            body += chunk
            if len(body) > MOST_BYTES:
                break
        return answer.status_code, bytes(body[:MOST_BYTES]), answer.headers.get("Date", "")


def _refusal(status: int, body: bytes, url: str, agent: str) -> str:
    """Why robots.txt keeps us away (RFC 9309: 4xx allows, 5xx refuses); "" when it does not."""
    if status >= 500:
        return f"its robots.txt answers {status}, which refuses everything"
    rules = read_rules(body) if status == 200 else Rules()
    return "" if rules.allows(url, agent) else "its robots.txt disallows the feed"


def _ahead(date: str) -> float | None:
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no Date, or one without a zone
        return None
