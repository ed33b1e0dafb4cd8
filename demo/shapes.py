"""What the newsroom is made of, and the truth planted in it: frozen shapes without behaviour.

The truth is written down by whoever plants a copy, never measured afterwards, so that a check against it
cannot learn from the program it checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from news.articles import FeedKind

Use = Literal["verbatim", "cut", "edited", "merged", "brief"]
CreditUse = Literal["text", "joint", "photo", "quoted", "none"]
Timing = Literal["shown", "hidden", "open"]
ListingStyle = Literal["rss", "atom", "sitemap", "index", "section"]


@dataclass(frozen=True, slots=True)
class SiteFeed:
    """A listing a site offers: `query` goes behind its links, `amp` lists the AMP twins, `children` are an index's."""

    path: str
    kind: FeedKind
    style: ListingStyle
    query: str = ""
    amp: bool = False
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A publication of the newsroom. `robots` is the file's text, "" where the site has none (404).

    `agency` is the agency's code on its own site, else "". `shows_time` is False where no page states its time, or
    none that can be placed: `zone_known` is False where the catalogue is not told which clock the site keeps.
    """

    id: str
    name: str
    country: str
    zone: str
    language: str
    feeds: tuple[SiteFeed, ...]
    agency: str = ""
    robots: str = ""
    shows_time: bool = True
    zone_known: bool = True


@dataclass(frozen=True, slots=True)
class Version:
    """A page's HTML from a moment on. `@base@` stands for the site's address, `@clock@` for the page's clock."""

    visible_from: datetime
    html: str


@dataclass(frozen=True, slots=True)
class Twin:
    """The same article at another address: an AMP page, a print view."""

    path: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """An article's page. `path` is its canonical path with query. `expected` says in words what must be made of it.

    From `gone_from` on it is deleted at all its addresses, from `down_from` on the site only reports errors for it.
    """

    site: str
    path: str
    headline: str
    summary: str
    section: str
    language: str
    published: datetime
    versions: tuple[Version, ...]
    story: str | None
    expected: str
    paragraphs: tuple[str, ...]
    twins: tuple[Twin, ...] = ()
    gone_from: datetime | None = None
    down_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class WireFile:
    """A file the agency drops into its clients' folder at `moment`."""

    moment: datetime
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """A planted pickup. `story` is the agency's item number, `take` its take (None: the agency's item is never seen).

    `actual_minutes` counts from the take's filing to the article's publication (None: the story is never filed),
    `delay_minutes` is what must be reported of it, and `timing` why: shown (exactly that), hidden (the page states
    no time: there must be no delay), open (not judged: the page changed to a later take than it was published
    with, or the story is only inferred).
    `final` is False for a version that a later one of the same page replaces.
    """

    site: str
    path: str
    story: str
    agency: str
    take: int | None
    use: Use
    credit: CreditUse
    delay_minutes: int | None
    actual_minutes: int | None
    timing: Timing = "shown"
    final: bool = True

    @property
    def credited(self) -> bool:
        """Whether the page names the agency as an author of its text: a photo or a quoted source does not."""
        return self.credit in ("text", "joint")


@dataclass(frozen=True, slots=True)
class PlantedEdit:
    """A substantive change in a copied sentence. `old` is empty for an added phrase."""

    site: str
    path: str
    story: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction the agency filed. `complied` maps a page's path to the moment it changed; the others never did."""

    agency: str
    story: str
    take: int
    filed: datetime
    notice: str
    complied: Mapping[str, datetime]
    unchanged: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a page did about a notice of the agency, sent at `filed`: its state, and since when where that matters.

    `stated` where the page says itself when it changed; otherwise it can only be known between two visits.
    """

    kind: Literal["correction", "kill", "embargo"]
    story: str
    path: str
    filed: datetime
    state: Literal[
        "unchanged",
        "headline still wrong",
        "noindexed",
        "silently changed",
        "changed with a note",
        "removed",
        "unreachable",
        "broken",
    ]
    minutes: float | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What is planted. Paths are canonical paths with their query; no two sites share one."""

    copies: frozenset[Copy]
    never_linked: frozenset[str]
    uncredited: frozenset[str]
    edits: tuple[PlantedEdit, ...]
    corrections: tuple[Correction, ...]
    reactions: tuple[Reaction, ...]
    unused_stories: frozenset[str]
    late_stories: frozenset[str]
    shared_without_agency: tuple[tuple[str, str], ...]
    disallowed: frozenset[str]
    silent_updates: Mapping[str, datetime]
    twins: Mapping[str, str]
    traps: Mapping[str, str]
    sites: Mapping[str, str]
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The whole invented world from `start` to `end`."""

    start: datetime
    end: datetime
    sites: tuple[Site, ...]
    pages: tuple[Page, ...]
    wire_files: tuple[WireFile, ...]
    truth: Truth
