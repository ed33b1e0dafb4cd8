"""The rows that answer people's questions, frozen, and how a row is read and written down.

Command table, CSV, JSON, page and email all render these, and the views are made from them: each field's name, type and
meaning stands here once. Fields keep datetimes and full floats; `record` gives what leaves the program: instants as ISO
8601 with Z, numbers with four digits, `use` under its public name `class`.

A field is Annotated with its meaning where a view has it, then with the name of the view's column where that is
another, or the names of two of which it is the pair.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_type_hints

T = TypeVar("T")
_PUBLIC = {"use": "class"}
Story_ = Annotated[str, "public name of the story"]
Agency_ = Annotated[str, "agency code of the story"]
Article_ = Annotated[str, "id given with an imported row, else the article's address"]
Outlet_ = Annotated[str, "outlet id"]
Url_ = Annotated[str, "the article's one address"]
Use_ = Annotated[str, "how the story was used: verbatim, cut, edited, merged, partial, …"]
ShareOfArticle = Annotated[float, "0..1, words of the article that are story text"]
LicenceTerms = Annotated[str, "terms in force on the day of first use; unknown when nobody said"]


@dataclass(frozen=True, slots=True)
class Pickup:
    """An article judged to carry a story: a row of pickup_list. The first seventeen are the `pickups` door."""

    story: Story_
    origin: Annotated[str, "filed or inferred"]
    agency: Agency_
    take: Annotated[int, "take of the story, 1, 2, …"]
    article: Article_
    outlet: Outlet_
    url: Url_
    headline: Annotated[str, "headline of the article"]
    use: Use_
    share_of_article: ShareOfArticle
    share_of_story: Annotated[float, "0..1, words of the take that were used"]
    credited: Annotated[str, "text, joint, generic, photo, quoted, wrong or none"]
    published: Annotated[datetime | None, "published: best single instant, UTC", "published_at"]
    delay_minutes: Annotated[float | None, "first use: used_at minus used_take_filed_at, minutes"]
    delay_bounds: Annotated[
        tuple[float | None, float | None] | None,
        "first use: bounds of the delay, minutes",
        "delay_earliest",
        "delay_latest",
    ]
    score: Annotated[float, "0..1"]
    reasons: Annotated[tuple[str, ...], "sentences of evidence"]
    update_minutes: Annotated[
        float | None, "later update: updated_at minus filed_at, minutes; null while as first used"
    ]
    updated_at: Annotated[datetime | None, "later update: when the later take appeared in the article, UTC"]
    covered_words: Annotated[int, "words of the article in aligned passages"]
    licence: LicenceTerms
    outlet_name: Annotated[str, "outlet's display name"]
    country: Annotated[str, "outlet's country"]
    language: Annotated[str, "language of the article"]
    story_headline: Annotated[str, "headline of the story's newest take"]
    slugline: Annotated[str, "agency's keyword over the takes"]
    certainty: Annotated[str, "linked, possible, or confirmed by a person"]
    words: Annotated[int, "words of the article"]
    credit_text: Annotated[str, "exact string of the credit that counts"]
    filed_at: Annotated[datetime | None, "when the take it carries now was filed, UTC"]
    published_earliest: Annotated[datetime | None, "published: not before, UTC"]
    published_latest: Annotated[datetime | None, "published: not after, UTC"]
    published_source: Annotated[str, "published: where the evidence stood"]
    published_zone: Annotated[str, "published: offset stated, outlet's or unknown"]
    placed_at: Annotated[datetime, "best known time, UTC: published, else its bounds, else first seen"]
    undated: Annotated[bool, "true when nothing but our first sight dates the article"]
    first_seen_at: Annotated[datetime, "when the article was first seen, UTC"]
    matcher_version: Annotated[str, "matcher that judged it"]
    used_at: Annotated[
        datetime | None, "first use: when the story's text appeared in the article, UTC; null when unknown"
    ]
    used_by: Annotated[datetime, "first use: the latest instant the evidence allows, UTC"]
    used_take_filed_at: Annotated[datetime | None, "first use: when the take it carried then was filed, UTC"]
    sighted_at: Annotated[datetime, "when a version with the story's text was first seen, UTC"]
    known_at: Annotated[datetime, "when both that version and the story had been seen, UTC"]
    licence_day: Annotated[date, "day of first use, for which the licence is asked, UTC"]
    embargo_until: Annotated[datetime | None, "last embargo the agency put on the story, UTC"]
    pickup_id: Annotated[int, "row of pickups"]
    article_id: Annotated[int, "row of articles"]
    version_id: Annotated[int, "row of article_versions"]
    story_id: Annotated[int, "row of stories"]
    story_version_id: Annotated[int, "row of story_versions"]


@dataclass(frozen=True, slots=True)
class Story:
    """A story and how far it went: a row of story_summary. Delays in minutes."""

    story: Story_
    origin: Annotated[str, "filed or inferred"]
    agency: Agency_
    headline: Annotated[str, "headline of the newest take"]
    slugline: Annotated[str, "agency's keyword over the takes"]
    language: Annotated[str, "language it was filed in"]
    status: Annotated[str, "usable, corrected, killed, withheld or embargoed"]
    filed: Annotated[datetime | None, "when the first take was filed, UTC", "filed_at"]
    takes: Annotated[int, "takes known"]
    pickups: Annotated[int, "articles linked or confirmed"]
    possible: Annotated[int, "articles that wait for a person"]
    outlets: Annotated[int, "outlets that took it"]
    uncredited: Annotated[int, "pickups that name no agency"]
    first_outlet: Annotated[str | None, "outlet of the first use with a known time, else of the first we saw"]
    first_at: Annotated[datetime | None, "when the first outlet first used it, UTC; null when not known to the instant"]
    first_delay_minutes: Annotated[float | None, "its delay, minutes"]
    median_delay_minutes: Annotated[float | None, "median delay of the pickups whose delay is known, minutes"]


@dataclass(frozen=True, slots=True)
class OutletAnswer:
    """An outlet and how much of what it published is agency text: a row of outlet_summary."""

    outlet: Outlet_
    name: Annotated[str, "outlet's display name", "outlet_name"]
    country: Annotated[str, "outlet's country"]
    language: Annotated[str, "outlet's language"]
    articles: Annotated[int, "articles stored"]
    words: Annotated[int, "words of their current versions"]
    agency_articles: Annotated[int, "articles that carry at least one story"]
    share_of_articles: Annotated[float | None, "0..1, agency_articles of articles"]
    agency_words: Annotated[int, "words in aligned passages, no article counted over its length"]
    share_of_words: Annotated[float | None, "0..1, agency_words of words"]
    pickups: Annotated[int, "pickups linked or confirmed; an article merged from two stories counts twice"]
    stories: Annotated[int, "stories taken"]
    uncredited: Annotated[int, "pickups that name no agency"]
    unlicensed: Annotated[int, "pickups for which the licence table says none"]
    licence_unknown: Annotated[int, "pickups for which nobody said"]
    median_delay_minutes: Annotated[float | None, "median delay of the pickups whose delay is known, minutes"]


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
    """A pickup whose text credit does not name the agency: a row of credit_gaps."""

    story: Story_
    agency: Agency_
    article: Article_
    outlet: Outlet_
    url: Url_
    headline: Annotated[str, "headline of the article"]
    gap: Annotated[str, "none, wrong, photo, generic or quoted"]
    credit_text: Annotated[str, "exact string of the credit that counts"]
    use: Use_
    share_of_article: ShareOfArticle
    words: Annotated[int, "words of the article in aligned passages", "covered_words"]
    licence: LicenceTerms
    placed: Annotated[datetime, "best known time, UTC: published, else its bounds, else first seen", "placed_at"]


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
    """An article that has not applied a notice, and since how many minutes: a row of open_notices at one moment."""

    notice: Annotated[int, "row of notices"]
    kind: Annotated[str, "correction, kill, hold or embargo"]
    story: Story_
    agency: Agency_
    outlet: Outlet_
    article: Article_
    url: Url_
    state: Annotated[
        str,
        "unchanged, headline still wrong, noindexed (only hidden from search engines), unreachable, unchecked while "
        "nobody could tell, or broken (an embargo)",
    ]
    since: Annotated[datetime, "since when it is in that state, UTC"]
    open_minutes: float
    text: Annotated[str, "what the agency wrote"]
    evidence: Annotated[str, "words of the page that say so"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an article did about a notice: a row of compliance."""

    notice: Annotated[int, "row of notices"]
    kind: Annotated[str, "correction, kill, hold or embargo"]
    story: Story_
    agency: Agency_
    outlet: Outlet_
    article: Article_
    url: Url_
    state: Annotated[
        str, "unchanged, headline still wrong, silently changed, changed with a note, replaced, removed, …"
    ]
    opened: Annotated[datetime, "when the agency sent it, UTC", "opened_at"]
    since: Annotated[datetime, "when we first saw it so, or the article's own word, UTC"]
    checked: Annotated[datetime, "when somebody last looked, UTC", "checked_at"]
    minutes: Annotated[float | None, "from the notice until it complied; of a broken embargo how long before its end"]
    evidence: Annotated[str, "words of the page that say so"]


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
    """Whether an outlet is quiet or our spider broken: a row of crawl_health."""

    outlet: Outlet_
    name: Annotated[str, "outlet's display name", "outlet_name"]
    feeds: Annotated[int, "feeds polled"]
    failing_feeds: Annotated[int, "feeds whose last poll failed"]
    polled: Annotated[datetime | None, "last poll of any of its feeds, UTC", "polled_at"]
    found: Annotated[datetime | None, "when a feed last listed a page not seen before, UTC", "found_at"]
    pages: Annotated[int, "page addresses known"]
    unfetched_pages: Annotated[int, "pages never fetched yet"]
    failing_pages: Annotated[int, "pages whose last fetch failed"]
    refused_pages: Annotated[int, "pages refused by robots or by us"]
    fetched: Annotated[datetime | None, "last fetch of any of its pages, UTC", "fetched_at"]
    articles: Annotated[int, "articles stored"]
    last_article: Annotated[datetime | None, "when its newest article was first seen, UTC", "last_article_at"]
    reason: Annotated[str, "why its worst feed fails, in words"]


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


def columns_of(kind: type[Any]) -> tuple[str, ...]:
    """The public column names of a kind of answer."""
    return tuple(_PUBLIC.get(field.name, field.name) for field in fields(kind))


@cache
def columns_in_view(kind: Any) -> dict[str, tuple[tuple[str, ...], Any, str]]:
    """Of each field a view has: its columns there, the type of one and its meaning."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if isinstance(meta := getattr(hint, "__metadata__", None), tuple):
            columns = meta[1:] or (_PUBLIC.get(name, name),)
            found[name] = (columns, _plain_type(hint.__origin__, pair=len(columns) > 1), meta[0])
    return found


def _plain_type(hint: Any, *, pair: bool) -> Any:
    """`datetime` of `datetime | None`, `float` of a pair of them."""
    inner = next((one for one in get_args(hint) if one is not type(None)), hint) if not isinstance(hint, type) else hint
    if getattr(inner, "__origin__", None) is tuple or getattr(hint, "__origin__", None) is tuple:
        return float if pair else tuple
    return inner


def answer(kind: type[T], row: Any, **known: Any) -> T:
    """A row of a view as an answer; `known` are the fields the view has not, or not as wanted."""
    mapping, described = row._mapping, cast(Any, kind)
    values = {name: _value(mapping, columns) for name, (columns, _, _) in columns_in_view(described).items()}
    return kind(**(values | known))


def _value(mapping: Any, columns: tuple[str, ...]) -> Any:
    if len(columns) == 1:
        value = mapping[columns[0]]
        return tuple(value) if isinstance(value, list) else value
    pair = tuple(mapping[column] for column in columns)
    return None if pair == (None, None) else pair


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
