"""What storage.asking.object_pages answers, as frozen rows. Instants are aware UTC, shares 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from news.articles import Moment
from storage.answers import Pickup


@dataclass(frozen=True, slots=True)
class Take:
    """One take of a story as received. `status_at` is when the agency gave that status."""

    take: int
    take_id: str
    revision: int | None
    headline: str
    filed: Moment
    status: str
    status_at: datetime | None
    notice: str
    usage_terms: str
    words: int
    received_at: datetime
    received_from: str


@dataclass(frozen=True, slots=True)
class DrawnPickup:
    """A pickup with what is drawn of it beside its moments: which words of the take it used.

    `spans` as in the table pickups; `story_words` is the length of the take they refer to.
    """

    pickup: Pickup
    spans: tuple[Any, ...]
    story_words: int
    substantive_edits: int


@dataclass(frozen=True, slots=True)
class PickupFacts:
    """What stands around a pickup: every moment with its evidence, what was fetched, what a person said."""

    outlet_name: str
    outlet_zone: str
    certainty: str
    licence: str
    credit_text: str
    matcher_version: str
    story_headline: str
    story_status: str
    take: int
    takes: int
    filed: Moment
    received_at: datetime
    received_from: str
    version: int
    versions: int
    byline: str
    dateline: str
    language: str
    published: Moment
    modified: Moment
    listed: Moment
    found_in: str
    first_seen_at: datetime
    last_seen_at: datetime
    content_sha256: str
    story_sha256: str
    text_expired_at: datetime | None
    story_expired_at: datetime | None
    judgement: str
    judged_by: str
    judged_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How often an outlet credits an agency in one way (`what` is the credit), or uses it in one way (the class)."""

    agency: str
    what: str
    pickups: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week of an outlet, from Monday UTC: articles first seen, and those of them that carry a story."""

    monday: datetime
    articles: int
    agency_articles: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed and how its last poll went."""

    url: str
    kind: str
    active: bool
    polled: datetime | None
    found: datetime | None
    interval_minutes: float
    failures: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A page's address and how its last visit went. `due` is the next one."""

    outlet: str
    url: str
    outcome: str
    reason: str
    failures: int
    fetched: datetime | None
    due: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeState:
    """What one article did after a notice, as last checked."""

    outlet: str
    article: str
    url: str
    state: str
    since: datetime
    checked: datetime


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article a search found, as it stands."""

    outlet: str
    url: str
    headline: str
    first_seen: datetime
    words: int


@dataclass(frozen=True, slots=True)
class FoundStory:
    """A story a search found."""

    story: str
    agency: str
    headline: str
    slugline: str
    status: str
    seen: datetime
