"""The shapes news has outside the database: Article, Filing, Credit, Moment, and the catalogue's Agency and Outlet.

Every other module of the crawler turns something into one of these, and storage takes them as they are.
They are frozen, hold no behaviour beyond checking themselves, and import nothing of ours, so that
extractors, wire readers and storage can share them without knowing each other.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

CreditKind = Literal["text", "joint", "generic", "photo", "quoted"]
MomentSource = Literal[
    "json-ld",
    "meta",
    "time element",
    "visible text",
    "address",
    "feed",
    "sitemap",
    "filing",
    "import",
    "first listed",
    "first seen",
    "none",
]
MomentZone = Literal["stated", "outlet", "unknown"]
FilingStatus = Literal["usable", "corrected", "killed", "withheld", "embargoed"]
FeedKind = Literal["feed", "sitemap", "section"]


def as_utc(when: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive datetime: a wall clock is not an instant."""
    if when.tzinfo is None:
        raise ValueError(f"naive datetime {when.isoformat()} where an instant is needed")
    return when.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, as far as the evidence goes.

    `at` is the best single instant (aware, UTC) or None when the page states none. `earliest` and `latest`
    bound it whatever `at` says; a missing bound means nothing is known on that side. `source` says where the
    evidence stood and `zone` how its offset was known: written beside it, taken from the outlet, or not at all.
    """

    at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    source: MomentSource = "none"
    zone: MomentZone = "unknown"

    def __post_init__(self) -> None:
        for name in ("at", "earliest", "latest"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, as_utc(value))
        if self.earliest and self.latest and self.earliest > self.latest:
            raise ValueError(f"moment whose earliest {self.earliest} is after its latest {self.latest}")

    @property
    def day(self) -> date | None:
        """The calendar day the evidence states, on the clock it was written by, where there is no instant.

        Read back from the bounds: one local day (zone outlet; its midnight is 13 hours after 11:00 to 10:59 UTC), or
        a day or a time of day on all the world's clocks, UTC+14 to UTC-12 (zone unknown). None for any other bounds.
        """
        if self.at is not None or self.earliest is None or self.latest is None:
            return None
        hours = round((self.latest - self.earliest).total_seconds() / 3600, 3)
        if self.zone == "unknown" and hours in (26, 50):
            return (self.earliest + timedelta(hours=14)).date()
        if self.zone == "outlet" and hours in (23, 24, 25):
            return (self.earliest + timedelta(hours=13)).date()
        return None

    def __str__(self) -> str:
        """As ISO 8601: the instant, or the day when no more is stated, or ""."""
        known = self.at or self.day
        return known.isoformat().replace("+00:00", "Z") if known else ""


@dataclass(frozen=True, slots=True)
class Credit:
    """One place where a page names an agency.

    `agency` is the catalogue code ("AFP"), or "" for a generic credit ("Agencies"). `kind`: text (the agency
    wrote it), joint (with the outlet or another agency), generic, photo (a picture credit), quoted ("told AFP").
    `place` says where it stood: byline, dateline, line before, body start, body end, caption, body, json-ld,
    meta, box. `text` is the exact string as displayed.
    """

    agency: str
    kind: CreditKind
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    """A page read: what an outlet published, without its furniture. `paragraphs` are plain text, in order.

    `truncated` is true when the page holds only the beginning: a subscription wall, a teaser that breaks off.
    """

    url: str
    canonical_url: str
    headline: str
    paragraphs: tuple[str, ...]
    byline: str = ""
    authors: tuple[str, ...] = ()
    dateline: str = ""
    language: str = ""
    published: Moment = field(default_factory=Moment)
    modified: Moment = field(default_factory=Moment)
    credits: tuple[Credit, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Filing:
    """One agency item as received: a take of a story, or a notice about one.

    `story_id` is the agency's identity of the story without its revision; `take_id` that of this item.
    `supersedes` is the take_id it replaces, when the item says so. `notice` holds the editorial text of a
    correction or kill. `origin` names the file or address it came from.
    """

    agency: str
    story_id: str
    take_id: str
    headline: str
    paragraphs: tuple[str, ...]
    filed: Moment
    origin: str
    revision: int | None = None
    supersedes: str = ""
    slugline: str = ""
    dateline: str = ""
    byline: str = ""
    language: str = ""
    urgency: int | None = None
    status: FilingStatus = "usable"
    embargo_until: datetime | None = None
    notice: str = ""
    usage_terms: str = ""


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency as the catalogue knows it.

    `names` are the forms by which it is credited, in any language, matched by whole words and case-sensitively
    for forms of up to five letters ("AFP", "dpa"); `vetoes` are phrases that, near such a form, make it
    another body (Armed Forces of the Philippines).
    """

    code: str
    name: str
    country: str
    names: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """One address where an outlet lists its new pages. `kind` is the access method, hence the spider."""

    url: str
    kind: FeedKind


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publication: where it lives, which clock it keeps, which language it writes.

    `hosts` match exactly or as a parent domain (`example.com` covers `www.example.com`); a host may carry a
    port. `zone` is an IANA name. `agency` is set when the site is an agency's own: its pages are filings.
    """

    id: str
    name: str
    hosts: tuple[str, ...]
    country: str
    zone: str
    language: str
    feeds: tuple[Feed, ...] = ()
    agency: str = ""
