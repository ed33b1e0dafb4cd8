"""What every spider does: tasks become requests, and each task becomes exactly one result, whatever happens.

    task -> request -> middlewares -> response -> readers (beside the crawl) -> PollResult or FetchResult -> deliver()
                            └─ failure ------------------ errback ----------------^

`deliver` is where the spiders differ: a batch hands results to the pipeline, a spider started by hand follows what it
found and gives Articles to Scrapy's own feed export.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.listings import Listing, read_listing
from crawler.middlewares.conditional import conditional
from crawler.outcomes import LONGEST_REASON, answered, decoded, failed
from crawler.pages import completed, read_page
from crawler.pipelines import unit_of
from crawler.reader_pool import Readers
from crawler.wallclock import Clock, wall_clock
from news.addresses import is_front, same_site
from news.articles import Article, Outlet
from news.catalogue import Catalogue
from news.errors import ExtractionError, WiretrailError
from news.visits import Exchange, FeedTask, FetchResult, FoundLink, PageTask, PollResult

_LOST = "\ufffd"
FEED_PRIORITY, NEW_PAGE_PRIORITY, KNOWN_PAGE_PRIORITY = 20, 10, 0
_NO_TEXT = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/pdf",
    "application/zip",
    "application/octet-stream",
    "application/json",
    "application/javascript",
    "application/rss+xml",
    "application/atom+xml",
    "text/css",
    "text/javascript",
)
# Where a redirect leads to a wall instead of a page: a word of the path, or the first label of the host.
_WALL = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|signin|consent|cookie-?wall|privacy-?gate|captcha|challenge|verify-human|subscribe|"
    r"paywall)(?:[/._-]|$)",
    re.I,
)


class TaskSpider(Spider):
    """Base of all spiders here. `now`, `catalogue` and `readers` come from whoever starts the crawl."""

    now: Clock = staticmethod(wall_clock)
    catalogue: Catalogue
    readers: Readers

    def tasks(self) -> Iterator[FeedTask | PageTask]:
        """What to ask for at the start."""
        raise NotImplementedError

    def deliver(self, result: PollResult | FetchResult) -> Iterator[Any]:
        """What Scrapy gets for a result: items and requests."""
        raise NotImplementedError

    def at_work(self, kind: str, name: str) -> AbstractContextManager[None]:  # noqa: ARG002  -- for who keeps a record
        """Have a unit of work in hand while the body runs. Nobody asks a spider started by hand."""
        return nullcontext()

    async def before_reading(self, task: FeedTask | PageTask) -> None:
        """Whatever is to be done first."""

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's entry."""
        for task in self.tasks():
            for made in self.asked(task):
                yield made

    def asked(self, task: FeedTask | PageTask) -> list[Any]:
        """The request of a task, or its result when the address cannot even be asked for."""
        try:
            return [self._request(task)]
        except ValueError as error:
            exchange = Exchange(task.url, "failed", self.now(), reason=f"not a usable address: {error}")
            return list(self.deliver(_result(task, exchange)))

    def _request(self, task: FeedTask | PageTask) -> Request:
        outlet = self.outlet_of(task)
        meta: dict[str, Any] = {"task": task, "outlet": outlet}
        if isinstance(task, FeedTask):
            callback, priority = self.polled, FEED_PRIORITY
        else:
            meta["stay_on"] = outlet.hosts if outlet else ()
            callback, priority = self.fetched, (KNOWN_PAGE_PRIORITY if task.visits else NEW_PAGE_PRIORITY)
        return Request(task.url, callback=callback, errback=self.missed, meta=meta, priority=priority, dont_filter=True)

    def outlet_of(self, task: FeedTask | PageTask) -> Outlet | None:
        """The outlet a task belongs to, by its id, else by its address."""
        return self.catalogue.outlets.get(task.outlet_id) or self.catalogue.outlet_of(task.url)

    async def missed(self, failure: Failure) -> AsyncIterator[Any]:
        """Errback: no response came."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        task = request.meta["task"]
        for one in self.deliver(_result(task, failed(failure.value or failure, task.url, self.now(), request))):
            yield one

    async def polled(self, response: Response) -> AsyncIterator[Any]:
        """Callback of a feed, a section or a sitemap."""
        task: FeedTask = response.meta["task"]
        exchange, listing = await self._listing(task, response)
        children, note = self._our_children(task, listing)
        exchange = replace(exchange, reason=exchange.reason or note)
        links = self._ours(task, listing)
        result = PollResult(task, exchange, links=links, further_feeds=children, window=listing.window)
        for one in self.deliver(result):
            yield one

    async def _listing(self, task: FeedTask, response: Response) -> tuple[Exchange, Listing]:
        exchange = _judged(answered(response, task.url, self.now()), task)
        if exchange.outcome != "ok":
            return exchange, Listing()
        await self.before_reading(task)
        try:
            listing: Listing = await self.readers.run(
                read_listing,
                *(task.kind, response.body, response.url, self.outlet_of(task), exchange.fetched_at),
                within=self.at_work(*unit_of(task)),
            )
        except Exception as error:  # a reader's own fault must not lose the task
            listing = Listing(problem=_unexpected(error))
        if listing.problem:
            # Validators of a body we could not use would hide the repaired one behind a 304.
            exchange = replace(exchange, outcome="failed", reason=listing.problem, etag="", last_modified="")
        return exchange, listing

    def _is_ours(self, task: FeedTask | PageTask, url: str) -> bool:
        """Whether an address is of the task's outlet, and no other has the nearer host; without one, its site's."""
        outlet, owner = self.outlet_of(task), self.catalogue.outlet_of(url)
        if outlet is None or owner is None:
            return outlet is None and owner is None and same_site(url, task.url)
        return owner.id == outlet.id

    def _ours(self, task: FeedTask, listing: Listing) -> tuple[FoundLink, ...]:
        """Links that stay with the outlet: advertisements in feeds lead elsewhere (news-crawl issue 58)."""
        kept = tuple(link for link in listing.links if self._is_ours(task, link.url))
        if len(kept) < len(listing.links):
            self.logger.info("%s lists %d pages of other sites", task.url, len(listing.links) - len(kept))
        return kept

    def _our_children(self, task: FeedTask, listing: Listing) -> tuple[tuple[str, ...], str]:
        """Sitemaps an index names that are the outlet's own, or lie beside the index on nobody's host; and what to say.

        Another outlet's would be polled as ours, and its pages, which are not ours, found by nobody.
        """
        owners = {url: self.catalogue.outlet_of(url) for url in listing.further}
        kept = tuple(
            url
            for url, owner in owners.items()
            if self._is_ours(task, url) or (owner is None and same_site(url, task.url))
        )
        others = len(listing.further) - len(kept)
        return kept, f"names {others} sitemaps of other outlets or sites, which are not followed" if others else ""

    async def fetched(self, response: Response) -> AsyncIterator[Any]:
        """Callback of a page."""
        task: PageTask = response.meta["task"]
        exchange = _judged(answered(response, task.url, self.now()), task)
        result = FetchResult(task, exchange)
        if exchange.outcome == "ok":
            result = await self._article(task, exchange, response)
        for one in self.deliver(result):
            yield one

    async def _article(self, task: PageTask, exchange: Exchange, response: Response) -> FetchResult:
        if is_front(response.url) and not is_front(task.url):
            reason = "redirects to the front page, as sites do with articles they took away"
            return FetchResult(task, replace(exchange, outcome="redirected", reason=reason))
        wall = _wall(task.url, response.url)
        if wall:
            reason = f"redirects to a login, consent or robot wall ({wall})"
            return FetchResult(task, replace(exchange, outcome="refused", reason=reason[:LONGEST_REASON]))
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        if kind.startswith(_NO_TEXT):
            reason = f"not an HTML page but {kind.partition(';')[0][:60]}"
            return FetchResult(task, replace(exchange, outcome="not an article", reason=reason))
        html = decoded(kind, response.body)
        await self.before_reading(task)
        try:
            article = await self.readers.run(
                read_page,
                *(html, response.url, exchange.fetched_at, self.outlet_of(task)),
                within=self.at_work(*unit_of(task)),
            )
        except ExtractionError as error:
            reason = error.reason[:LONGEST_REASON]
            return FetchResult(task, replace(exchange, outcome="not an article", reason=reason))
        except Exception as error:  # a reader's own fault must not lose the task
            return FetchResult(task, replace(exchange, outcome="failed", reason=_unexpected(error)))
        exchange = replace(exchange, reason=_damage(article))
        return FetchResult(task, exchange, completed(article, task.listed_headline, task.listed))


def _wall(asked: str, answered_by: str) -> str:
    """The path or host of a wall a redirect ended at; "" for none, or when the page was asked for by that name."""
    there, here = urlsplit(answered_by), urlsplit(asked)
    for found, before in ((there.path, here.path), ((there.hostname or "").split(".")[0], here.hostname or "")):
        if found != before and _WALL.search(found) and not _WALL.search(before):
            return found
    return ""


def _damage(article: Article) -> str:
    """What to say of a page whose bytes do not fit any charset it may have; "" of all others."""
    lost = article.headline.count(_LOST) + sum(paragraph.count(_LOST) for paragraph in article.paragraphs)
    return f"{lost} characters cannot be read: the page's charset is not what it says" if lost else ""


def _result(task: FeedTask | PageTask, exchange: Exchange) -> PollResult | FetchResult:
    return PollResult(task, exchange) if isinstance(task, FeedTask) else FetchResult(task, exchange)


def _judged(exchange: Exchange, task: FeedTask | PageTask) -> Exchange:
    """A 304 to a request without validators is a fault of the server, and no news."""
    if exchange.outcome == "not modified" and not conditional(task):
        return replace(exchange, outcome="failed", reason="status 304 to a request that carried no validators")
    return exchange


def _unexpected(error: Exception) -> str:
    text = str(error) if isinstance(error, WiretrailError) else f"our reader failed: {type(error).__name__}: {error}"
    return text[:LONGEST_REASON]
