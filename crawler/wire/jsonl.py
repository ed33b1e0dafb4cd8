"""Our own lines: one JSON object per take, for feeds written by hand, by the demo, or by another system.

    {"agency", "id", "headline", "text" | "paragraphs", "story"?, "revision"?, "supersedes"?, "slugline"?, "dateline"?,
     "byline"?, "language"?, "urgency"?, "filed"|"published"?, "status"?, "notice"?, "embargo_until"?, "usage_terms"?}

`id` names the take; `story` its story, shared by all takes, and defaults to `id`. With `revision` and no
`story`, `id` names the story and the take is `id:revision`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.wire.agency_text import unwrap
from crawler.wire.fields import Json, as_list, as_number, as_object, as_text, pick
from crawler.wire.raw_item import Reading
from crawler.wire.times import first_moment, instant_or_earliest
from news.errors import UnreadableFiling


def is_item(value: object) -> bool:
    """Whether a JSON object is one of our lines: an agency with an id, and a text or a notice."""
    item = as_object(value)
    return {"agency", "id"} <= set(item) and bool({"text", "paragraphs", "headline", "notice"} & set(item))


def read(items: Sequence[Json], origin: str, received: datetime) -> list[Reading]:
    """All rows, or none: one row without agency or id refuses the file, naming the row."""
    for number, item in enumerate(items, start=1):
        if not as_text(item.get("agency")) or not as_text(item.get("id")):
            raise UnreadableFiling(origin, f"row {number} lacks an agency or an id")
    return [_reading(item, received) for item in items]


def _reading(item: Json, received: datetime) -> Reading:
    own, story = as_text(item.get("id")), as_text(item.get("story"))
    revision = as_number(item.get("revision"))
    numbered = not story and revision is not None
    text = item.get("text")
    blocks = as_list(item.get("paragraphs")) or (text.split("\n") if isinstance(text, str) else [])
    return Reading(
        agencies=(as_text(item.get("agency")),),
        story_id=story or own,
        take_id=f"{own}:{revision}" if numbered else own,
        headline=as_text(pick(item, "headline", "title")),
        paragraphs=tuple(line for block in blocks if isinstance(block, str) for line in unwrap(block)),
        filed=first_moment([item.get("filed"), item.get("published")], received),
        revision=revision,
        supersedes=as_text(item.get("supersedes")),
        slugline=as_text(item.get("slugline")),
        dateline=as_text(item.get("dateline")),
        byline=as_text(item.get("byline")),
        language=as_text(item.get("language")).lower(),
        urgency=as_number(item.get("urgency")),
        status=as_text(item.get("status")),
        notes=tuple(text for text in map(as_text, as_list(item.get("notice"))) if text),
        embargo_until=instant_or_earliest(item.get("embargo_until")),
        usage_terms=as_text(item.get("usage_terms")),
    )
