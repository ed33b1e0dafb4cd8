"""The shapes of a crawl: tasks that come out of the frontier, results that go back into it.

A batch is what one child process works through: all due feeds and pages of some hosts, so that a host is asked by
one process at a time. Spiders turn tasks into results; the pipeline hands results to storage; nobody else writes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from news.articles import Article, FeedKind, Moment

VisitOutcome = Literal["ok", "not modified", "not an article", "gone", "refused", "redirected", "failed"]


@dataclass(frozen=True, slots=True)
class FeedTask:
    """A feed, sitemap or section page to poll now. `conditional` is false for the daily check without validators."""

    id: int
    outlet_id: str
    url: str
    kind: FeedKind
    etag: str = ""
    last_modified: str = ""
    conditional: bool = True
    interval_minutes: float = 15.0
    failures: int = 0
    polled_at: datetime | None = None
    # The last poll that told us what it lists, and the hours its stories come at (crawler.habits), packed.
    read_at: datetime | None = None
    habits: bytes = b""


@dataclass(frozen=True, slots=True)
class PageTask:
    """An article page to fetch now, with what the feed said of it."""

    id: int
    outlet_id: str
    url: str
    etag: str = ""
    last_modified: str = ""
    visits: int = 0
    failures: int = 0
    found_at: datetime | None = None
    listed_headline: str = ""
    listed: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one child works through, claimed under one token."""

    token: str
    hosts: tuple[str, ...]
    feeds: tuple[FeedTask, ...]
    pages: tuple[PageTask, ...]


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A page a feed listed: its address without tracking parameters, host with port, headline and time if given."""

    url: str
    host: str
    headline: str = ""
    listed: Moment = field(default_factory=Moment)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP exchange and how it ended. `reason` is a plain sentence when `outcome` is not ok."""

    url: str
    outcome: VisitOutcome
    fetched_at: datetime
    status: int | None = None
    bytes: int = 0
    sha256: str = ""
    reason: str = ""
    tdm: str = ""
    # Whether the page asks search engines to leave it out; None when no page came.
    noindex: bool | None = None
    etag: str = ""
    last_modified: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    retry_after_seconds: float | None = None
    # How long the answer may be used without asking again (Cache-Control), and how long its host is to be left alone.
    fresh_seconds: float | None = None
    pause_seconds: float | None = None
    # The hosts asked, once for each request made, redirects and all; and whether the last of them gave no answer, or a
    # server's error.
    asked: tuple[str, ...] = ()
    host_failed: bool = False
    # Where the answer is kept as a WARC record, when pages are kept (crawler.kept_warc).
    kept_in: str | None = None
    kept_offset: int | None = None

    @property
    def postponed(self) -> bool:
        """Whether nothing was asked, because the host wants to be left alone for a while."""
        return self.status is None and self.outcome == "refused" and self.retry_after_seconds is not None


@dataclass(frozen=True, slots=True)
class PollResult:
    """What polling a feed gave. `window` is how many items the feed held, for the overflow guard."""

    task: FeedTask
    exchange: Exchange
    links: tuple[FoundLink, ...] = ()
    further_feeds: tuple[str, ...] = ()
    window: int = 0


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What fetching a page gave: the article, or why there is none."""

    task: PageTask
    exchange: Exchange
    article: Article | None = None


Result = PollResult | FetchResult
