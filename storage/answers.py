"""The rows that answer people's questions, frozen, and how a row is written down.

Command table, CSV, JSON, page and email all render these. Fields keep datetimes and full floats; `record` gives what
leaves the program: instants as ISO 8601 with Z, numbers with four digits, `use` under its public name `class`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

_PUBLIC = {"use": "class"}


@dataclass(frozen=True, slots=True)
class Pickup:
    """An article judged to carry a story: the fields of the `pickups` door, in its order."""

    story: str
    origin: str
    agency: str
    take: int
    article: str
    outlet: str
    url: str
    headline: str
    use: str
    share_of_article: float
    share_of_story: float
    credited: str
    published: datetime | None
    delay_minutes: float | None
    delay_bounds: tuple[float | None, float | None] | None
    score: float
    reasons: tuple[str, ...]
    update_minutes: float | None
    updated_at: datetime | None
    covered_words: int
    licence: str


@dataclass(frozen=True, slots=True)
class Story:
    """A story and how far it went. Delays in minutes."""

    story: str
    origin: str
    agency: str
    headline: str
    slugline: str
    language: str
    status: str
    filed: datetime | None
    takes: int
    pickups: int
    possible: int
    outlets: int
    uncredited: int
    first_outlet: str | None
    first_at: datetime | None
    first_delay_minutes: float | None
    median_delay_minutes: float | None


@dataclass(frozen=True, slots=True)
class OutletAnswer:
    """An outlet and how much of what it published is agency text. Shares 0..1, None without articles."""

    outlet: str
    name: str
    country: str
    language: str
    articles: int
    words: int
    agency_articles: int
    share_of_articles: float | None
    agency_words: int
    share_of_words: float | None
    pickups: int
    stories: int
    uncredited: int
    unlicensed: int
    licence_unknown: int
    median_delay_minutes: float | None


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """How much of an outlet's articles of a time is text of one agency. Shares 0..1."""

    outlet: str
    agency: str
    pickups: int
    stories: int
    words: int
    articles: int
    share_of_articles: float
    share_of_words: float


@dataclass(frozen=True, slots=True)
class CreditGap:
    """A pickup whose text credit does not name the agency. `gap`: none, wrong, photo, generic or quoted."""

    story: str
    agency: str
    article: str
    outlet: str
    url: str
    headline: str
    gap: str
    credit_text: str
    use: str
    share_of_article: float
    words: int
    licence: str
    placed: datetime


@dataclass(frozen=True, slots=True)
class Unlicensed:
    """Copies without a licence, by outlet and agency. `licence`: none, or unknown when nobody said."""

    outlet: str
    name: str
    agency: str
    licence: str
    pickups: int
    words: int
    uncredited: int


@dataclass(frozen=True, slots=True)
class Delays:
    """How long after filing a group of pickups was first used, minutes. Quartiles interpolated (storage.quantiles)."""

    group: str
    pickups: int
    least_minutes: float
    quarter_minutes: float
    median_minutes: float
    three_quarters_minutes: float


@dataclass(frozen=True, slots=True)
class Follower:
    """A copy that repeats changes an earlier copy of the same story made: it may have been copied from there."""

    story: str
    article: str
    outlet: str
    published: datetime | None
    earlier_article: str
    earlier_outlet: str
    shared_edits: int
    example: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice, and at how many articles that carried its story it is not applied yet."""

    notice: int
    kind: str
    story: str
    agency: str
    text: str
    opened: datetime
    closed: datetime | None
    articles: int
    not_applied: int
    open_minutes: float


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """An article that carried a story and has not applied a notice about it, and since how many minutes."""

    notice: int
    kind: str
    story: str
    agency: str
    outlet: str
    article: str
    url: str
    state: str
    since: datetime
    open_minutes: float
    text: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an article did about a notice. `minutes` until it complied; of a broken embargo how long before its end."""

    notice: int
    kind: str
    story: str
    agency: str
    outlet: str
    article: str
    url: str
    state: str
    opened: datetime
    since: datetime
    checked: datetime
    minutes: float | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Compliance:
    """How an outlet deals with notices: of all that concerned it, how many it applied, how, and how soon."""

    outlet: str
    name: str
    notices: int
    applied: int
    with_note: int
    silently: int
    removed: int
    open: int
    median_minutes: float | None
    slowest_minutes: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an outlet is quiet or our spider broken."""

    outlet: str
    name: str
    feeds: int
    failing_feeds: int
    polled: datetime | None
    found: datetime | None
    pages: int
    unfetched_pages: int
    failing_pages: int
    refused_pages: int
    fetched: datetime | None
    articles: int
    last_article: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that happened at an address. `what`: found, fetched, version, pickup or notice."""

    at: datetime
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A pickup with both texts. Spans and edits as in the table pickups."""

    pickup: Pickup
    story_headline: str
    story_paragraphs: tuple[str, ...]
    article_paragraphs: tuple[str, ...]
    spans: tuple[Any, ...]
    edits: tuple[Any, ...]
    credits: tuple[tuple[str, str, str, str], ...]  # agency, kind, place, exact text


def record(row: Any) -> dict[str, Any]:
    """An answer as plain JSON values under its public names, in the order of its fields."""
    return {_PUBLIC.get(field.name, field.name): _plain(getattr(row, field.name)) for field in fields(row)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Pickup):
        return record(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
