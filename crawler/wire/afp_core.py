"""AFP Core API documents, alone, in a list, or in the API's answer {"response": {"docs": […]}}.

    {"uno", "newsItemID", "revision", "published", "created", "embargoed", "status", "signal", "advisory",
     "urgency", "slug": […], "headline", "news": [paragraphs], "lang", "product"|"class", "country", "href"}

Any field may be a string or a list. `uno` names the version, `newsItemID` the story; both give the same ids as
AFP's NewsML, so that an item received both ways is one take.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from crawler.wire.agency_text import plain_paragraphs
from crawler.wire.fields import Json, as_list, as_number, as_object, as_text, pick
from crawler.wire.raw_item import Reading
from crawler.wire.times import first_moment, instant_or_earliest
from news.errors import NotAStory

_MEDIA = re.compile(r"photo|picture|image|video|graphic|audio|live")
# urn:newsml:afp.com:20140829T135002Z:TX-PAR-FXW86:1, as in AFP's NewsML: the day is the identity, the instant is not.
_URN = re.compile(r"(urn:newsml:[\w.-]{2,40}:\d{8})(?:T\d{6}Z?)?:([^:]{2,80})(?::(\d{1,4}))?")


def is_item(value: object) -> bool:
    """Whether a JSON object is a document of AFP's Core API."""
    item = as_object(value)
    return "uno" in item and bool({"news", "headline", "newsItemID", "product", "published"} & set(item))


def read(items: Sequence[Json], origin: str, received: datetime) -> list[Reading]:
    """Every text document. Raises NotAStory when there is none."""
    texts = [item for item in items if not _MEDIA.search(_kind(item))]
    if not texts:
        kind = _kind(items[0])
        raise NotAStory(origin, f"a {kind} document, not a story")
    return [_reading(item, received) for item in texts]


def _kind(item: Json) -> str:
    return next((name for name in (as_text(item.get("class")), as_text(item.get("product"))) if name), "").lower()


def _reading(item: Json, received: datetime) -> Reading:
    uno = as_text(item.get("uno"))
    story_id, counted = stable_id(as_text(item.get("newsItemID")) or uno)
    own = as_number(item.get("revision"))
    revision = own if own is not None else counted
    same, number = stable_id(uno)
    take_id = f"{story_id}:{number}" if same == story_id and number is not None else uno
    return Reading(
        agencies=(as_text(item.get("provider")), as_text(item.get("source")), "AFP"),
        story_id=story_id,
        take_id=take_id or (f"{story_id}:{revision}" if revision is not None else story_id),
        headline=as_text(pick(item, "headline", "title")),
        paragraphs=tuple(_paragraphs(item.get("news"))),
        filed=first_moment([as_text(item.get(name)) for name in ("published", "created")], received),
        revision=revision,
        supersedes=as_text(pick(item, "supersedes", "replaces")),
        slugline="-".join(text for text in map(as_text, as_list(item.get("slug"))) if text),
        dateline=as_text(item.get("dateline")),
        byline=", ".join(text for text in map(as_text, as_list(pick(item, "byline", "creator"))) if text),
        language=as_text(item.get("lang")).lower(),
        urgency=as_number(item.get("urgency")),
        status=as_text(item.get("status")),
        signals=tuple(text for name in ("signal", "genre") for text in map(as_text, as_list(item.get(name)))),
        notes=tuple(text for text in map(as_text, as_list(item.get("advisory"))) if text),
        embargo_until=instant_or_earliest(as_text(item.get("embargoed"))),
        usage_terms=as_text(pick(item, "usage", "usageterms", "copyright")),
    )


def stable_id(identifier: str) -> tuple[str, int | None]:
    """(identity of the story, revision) from an AFP urn; another identifier stays as it is, less a `:1` at its end."""
    found = _URN.fullmatch(identifier)
    if found:
        return f"{found.group(1)}:{found.group(2)}", int(found.group(3)) if found.group(3) else None
    head, colon, tail = identifier.rpartition(":")
    short = tail.isdecimal() and tail.isascii() and len(tail) < 4
    return (head, int(tail)) if colon and head and short else (identifier, None)


def _paragraphs(news: object) -> list[str]:
    """Paragraphs as a list, or one string with line ends between them."""
    blocks = [text for text in as_list(news) if isinstance(text, str)]
    return [line for text in blocks for line in plain_paragraphs(text)]
