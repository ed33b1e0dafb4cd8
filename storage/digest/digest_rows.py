"""What the daily email is made of, as frozen rows: storage.digest.facts fills them, report.digest words them.

They stand apart from the queries so that a digest can be composed and tested from invented facts, without a database.
A copy here is a pickup judged linked or confirmed, counted once per article and story, as it stood at the window's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from storage.answers import Pickup

ActKind = Literal[
    "kill not applied",
    "correction not applied",
    "hold not applied",
    "embargo broken",
    "unlicensed copy",
    "wrong agency credited",
    "credit removed",
    "credit missing",
]
Trend = Literal["rising", "falling", "silent"]
FeedState = Literal["refused", "failed", "never polled", "stale"]


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` (included) to `end` (not included), aware instants. Empty is allowed: Samoa had no 30 Dec 2011."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs aware instants")
        if self.end < self.start:
            raise ValueError(f"a window that ends at {self.end} before its start {self.start}")

    def holds(self, instant: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.start <= instant < self.end

    @property
    def days(self) -> float:
        """Its length. A day of the clock change lasts 23 or 25 hours."""
        return (self.end - self.start) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one reader is told of: agencies by code, outlets by id, outlets' countries by ISO 3166. Empty means all.

    It narrows every figure of a digest: copies, what is usual, what needs action, and the crawl of those outlets.
    """

    agencies: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


EVERYTHING: Final = Scope()
LEAST_DAYS: Final = 3.0
"""Days of history without which nobody is said to rise or fall."""


@dataclass(frozen=True, slots=True)
class ActItem:
    """One article that needs somebody's action, for one or more reasons, worst first.

    `minutes`: for a notice, from its sending to our last look at the unchanged page; for an embargo, how long
    before its end the text was out; else None. `seen_at`: when that state was last seen.
    """

    kinds: tuple[ActKind, ...]
    agency: str
    story: str
    story_headline: str
    outlet: str
    url: str
    headline: str
    share_of_story: float
    credited: str
    credit_text: str
    licence: str
    minutes: float | None
    seen_at: datetime
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The counts of one window. `credited` copies name the agency as author of the text (text or joint credit)."""

    copies: int
    stories: int
    outlets: int
    credited: int
    median_delay_minutes: float | None
    pages_read: int
    requests_failed: int


@dataclass(frozen=True, slots=True)
class TopStory:
    """A story by its copies in the window. The first outlet is the first ever known, by delay where one is known."""

    story: str
    agency: str
    origin: str
    headline: str
    copies: int
    first_outlet: str
    first_delay_minutes: float | None
    uses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence with the words that differ, as printed; `changed` is empty where the other side has words more."""

    before: str
    changed: str
    after: str


@dataclass(frozen=True, slots=True)
class NotableEdit:
    """One change of the agency's text, with every outlet that made it.

    A side is None where it holds nothing of the change: a sentence of the outlet's own, or one it left out.
    """

    story: str
    story_headline: str
    kind: str
    substantive: bool
    story_passage: Passage | None
    article_passage: Passage | None
    outlets: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class OutletMove:
    """An outlet whose copies left their usual range. `usual` figures are means per day over the baseline.

    `crawl_fell`: fewer than half of its usual pages were read, or more requests failed than succeeded, so that a
    fall says nothing about the outlet.
    """

    outlet_id: str
    outlet: str
    trend: Trend
    copies: int
    usual_copies: float
    pages_read: int
    usual_pages_read: float
    requests_failed: int
    crawl_fell: bool


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """A feed that did not give what it should. `reason`: what its server or our client said, empty where nobody did.

    `found_at`: when it last listed a page not seen before; None for never.
    """

    outlet: str
    url: str
    state: FeedState
    reason: str
    failures: int
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClosedNotice:
    """A correction, kill or hold that the last outlet has applied. `articles` carried the story; minutes since sent."""

    kind: str
    story: str
    story_headline: str
    notice: str
    articles: int
    outlets: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Health:
    """How well we looked. Feeds count once each; pages and requests are counted per request in the window.

    `feeds_stale`: polled, but nothing new listed for three days. `runs_unfinished` were started in the window
    and never ended: a crash, or still running. `notices_unchecked`: articles not looked at since a notice.
    `set_aside`: units of work that wait for their next time now; `asides`: the latest that are no feed and no page.
    """

    feeds: int
    feeds_polled: int
    feeds_refused: int
    feeds_failed: int
    feeds_stale: int
    pages_read: int
    pages_refused: int
    pages_failed: int
    usual_pages_read: float | None
    runs: int
    runs_failed: int
    runs_unfinished: int
    run_errors: tuple[str, ...]
    troubles: tuple[FeedTrouble, ...]
    notices_unchecked: int
    set_aside: int = 0
    asides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """Everything one digest says. `baseline_days` is 0 when there is no history to compare with.

    `as_of`: the instant that what needs action is judged at, the end of the window or later; everything else is of
    the window. `earlier`: the numbers of the windows to compare with, the nearest first.
    `baseline_hours`: (instant of a UTC quarter of an hour, copies that became known in it) over the baseline.
    """

    window: Window
    as_of: datetime
    scope: Scope
    act_now: tuple[ActItem, ...]
    closed: tuple[ClosedNotice, ...]
    numbers: Numbers
    earlier: tuple[Numbers, ...]
    copies: tuple[Pickup, ...]
    top_stories: tuple[TopStory, ...]
    edits: tuple[NotableEdit, ...]
    edits_total: int
    moves: tuple[OutletMove, ...]
    possible: tuple[Pickup, ...]
    possible_total: int
    health: Health
    matcher_versions: tuple[str, ...]
    baseline_days: float
    baseline_hours: tuple[tuple[datetime, int], ...]

    @property
    def late(self) -> tuple[Pickup, ...]:
        """The copies whose article was out before the window: they could not be in an earlier digest."""
        return tuple(copy for copy in self.copies if self.is_late(copy))

    def is_late(self, copy: Pickup) -> bool:
        """Whether a copy was out, by our own sight or its own word, before the window began."""
        out_by = copy.published_latest or copy.published
        return copy.sighted_at < self.window.start or (out_by is not None and out_by < self.window.start)

    @property
    def crawls(self) -> bool:
        """Whether this installation crawls at all: one that only imports is not warned that nothing was read."""
        health = self.health
        return health.feeds_polled > 0 or health.pages_read > 0 or health.usual_pages_read is not None

    @property
    def crawl_fell(self) -> bool:
        """Whether so much less was read than usual that the counts of copies must not be compared."""
        if self.health.usual_pages_read is None:
            return self.crawls and self.health.pages_read == 0
        return self.health.pages_read < self.health.usual_pages_read / 2
