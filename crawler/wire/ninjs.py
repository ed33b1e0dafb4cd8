"""ninjs 1 to 3, alone or wrapped: AAP and other Superdesk sites, AP's Media API, PA, Business Wire.

    {"uri"|"guid", "type", "version", "versioncreated"|"versionCreated", "pubstatus"|"pubStatus", "embargoed",
     "headline" | "headlines": [{"role", "value"}], "body_text" | "body_html" | "body_xhtml" | "bodies": […],
     "slugline", "byline"|"by", "located", "urgency", "language", "source", "usageterms", "ednote", "signals"}

AP's API delivers metadata whose text lies behind a link: without its text an item is no filing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.wire.agency_text import plain_paragraphs, tidy
from crawler.wire.fields import Json, as_list, as_number, as_object, as_text, pick
from crawler.wire.markup import every, paragraphs_of, parse_fragment, text_of
from crawler.wire.raw_item import Reading
from crawler.wire.sender import authority
from crawler.wire.times import first_moment, instant_or_earliest
from news.errors import NotAStory

_TEXT_TYPES = frozenset({"", "text", "composite", "article", "story"})
_MAIN_ROLES = ("main", "headline", "")


def is_item(value: object) -> bool:
    """Whether a JSON object is a ninjs item: an identifier beside at least one of the fields only ninjs has."""
    item = as_object(value)
    names = {key.lower() for key in item}
    return bool(names & {"uri", "guid"}) and bool(
        names
        & {"type", "versioncreated", "headline", "headlines", "eventdetails", "pubstatus", "body_text", "body_html"}
    )


def read(items: Sequence[Json], origin: str, received: datetime) -> list[Reading]:
    """Every text item. Raises NotAStory when there is none, with what the first one is."""
    refused: list[str] = []
    readings: list[Reading] = []
    for item in items:
        reason = _refusal(item)
        if reason:
            refused.append(reason)
        else:
            readings.append(_reading(item, received))
    if readings:
        return readings
    raise NotAStory(origin, refused[0] if refused else "a list without items")


def _refusal(item: Json) -> str:
    kind = as_text(pick(item, "type")).lower()
    if pick(item, "eventDetails") or kind == "event":
        return "an event, not a story"
    if kind not in _TEXT_TYPES:
        return f"a {kind} item, not a story" if kind[:1] not in "aeiou" else f"an {kind} item, not a story"
    if not _paragraphs(item)[0] and pick(item, "renditions"):
        return "a reference to a text behind a link, without the text"
    return ""


def _reading(item: Json, received: datetime) -> Reading:
    story_id = _story_id(item)
    version = as_number(pick(item, "version"))
    paragraphs, table_words = _paragraphs(item)
    return Reading(
        agencies=_agencies(item, story_id),
        story_id=story_id,
        take_id=f"{story_id}:{version}" if version is not None else story_id,
        headline=_headline(item),
        paragraphs=tuple(paragraphs),
        filed=first_moment(
            [pick(item, "versionCreated"), pick(item, "firstPublished"), pick(item, "firstCreated")], received
        ),
        revision=version,
        slugline=as_text(pick(item, "slugline")),
        dateline="",
        byline=as_text(pick(item, "byline", "by"))
        or as_text([as_object(one).get("by") for one in as_list(pick(item, "bylines"))]),
        language=as_text(pick(item, "language")).lower(),
        urgency=as_number(pick(item, "urgency")),
        status=as_text(pick(item, "pubStatus")),
        signals=tuple(as_text(one) for one in as_list(pick(item, "signals"))),
        notes=tuple(as_text(one) for one in as_list(pick(item, "ednote"))),
        embargo_until=instant_or_earliest(pick(item, "embargoed")),
        usage_terms=as_text(pick(item, "usageterms")) or as_text(pick(item, "copyrightnotice")),
        table_words=table_words,
    )


def _story_id(item: Json) -> str:
    """AP's uri carries the query of the call that fetched it; its itemid is the identity."""
    own = as_text(as_object(pick(item, "altids")).get("itemid"))
    return own or as_text(pick(item, "guid", "uri"))


def _agencies(item: Json, story_id: str) -> tuple[str, ...]:
    stated = (
        as_text(pick(item, "source")),
        as_text(pick(item, "provider")),
        as_text(pick(item, "copyrightholder")),
        as_text(pick(item, "infosource", "infosources")),
        authority(as_text(pick(item, "uri", "guid"))),
        authority(story_id),
    )
    return tuple(name for name in stated if name)


def _headline(item: Json) -> str:
    plain = as_text(pick(item, "headline"))
    entries = [as_object(one) for one in as_list(pick(item, "headlines"))]
    main = [as_text(one.get("value")) for role in _MAIN_ROLES for one in entries if as_text(one.get("role")) == role]
    return plain or next((text for text in main if text), "") or as_text(pick(item, "title"))


def _paragraphs(item: Json) -> tuple[list[str], int]:
    """The text as paragraphs, and the words of its tables. Markup is preferred: it knows where paragraphs end."""
    bodies = [as_object(one) for one in as_list(pick(item, "bodies"))]
    marked = [one for one in bodies if "text/plain" not in as_text(pick(one, "contentType"))]
    plain = [one for one in bodies if one not in marked]
    sources = [pick(item, "body_html"), pick(item, "body_xhtml"), *(one.get("value") for one in marked)]
    for source in sources:
        found, table_words = _from_markup(source)
        if found or table_words:
            return found, table_words
    for source in (pick(item, "body_text"), *(one.get("value") for one in plain)):
        if isinstance(source, str) and tidy(source):
            return plain_paragraphs(source), 0
    return [], 0


def _from_markup(source: object) -> tuple[list[str], int]:
    tree = parse_fragment(_without_declaration(source)) if isinstance(source, str) else None
    if tree is None:
        return [], 0
    content = next(every(tree, "body.content"), tree)
    table_words = sum(len(text_of(table).split()) for table in every(tree, "table"))
    return paragraphs_of(content), table_words


def _without_declaration(source: str) -> str:
    return source.partition("?>")[2] if source.lstrip().startswith("<?xml") else source
