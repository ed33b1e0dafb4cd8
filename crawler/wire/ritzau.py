"""Ritzau's own XML: RBNews alone, or many of them in an XMLNewsQueuedResponse.

    <RBNews> NewsID HistID PublishDate version headline subtitle town origin strapline content (escaped HTML)
             Annuleret Korrektion Replaces replacedID Priority byLine TilRedaktionen

PublishDate is a Danish wall clock without a zone, so it gives bounds.
"""

from __future__ import annotations

from datetime import datetime

from crawler.wire.markup import Element, child, escaped_paragraphs, every, local, text_of, whole_number
from crawler.wire.raw_item import Reading
from crawler.wire.times import first_moment
from news.errors import NotAStory


def read(root: Element, origin: str, received: datetime) -> list[Reading]:
    """Ritzau's own items of a queue answer, or the one item; press releases it only passes on are left out."""
    items = [root] if local(root) == "rbnews" else list(every(root, "RBNews"))
    if not items:
        raise NotAStory(origin, "an empty answer of Ritzau's queue")
    own = [item for item in items if "PRESSEMEDDELELSE" not in text_of(child(item, "strapline")).upper()]
    if not own:
        raise NotAStory(origin, "a press release passed on by Ritzau, not its own story")
    return [_reading(item, received) for item in own]


def _reading(item: Element, received: datetime) -> Reading:
    def field(name: str) -> str:
        return text_of(child(item, name))

    news_id, history = field("NewsID"), field("HistID")
    content = child(item, "content")
    return Reading(
        agencies=("Ritzau",),
        story_id=f"ritzau:{history or news_id}",
        take_id=f"ritzau:{news_id}",
        headline=field("headline"),
        paragraphs=tuple(escaped_paragraphs(content.text or "")) if content is not None else (),
        filed=first_moment([field("PublishDate")], received),
        revision=whole_number(field("version")),
        supersedes=f"ritzau:{field('replacedID')}" if field("replacedID") else "",
        slugline=field("strapline"),
        dateline=field("town"),
        byline=field("byLine"),
        language="da",
        urgency=whole_number(field("Priority")),
        status="canceled" if field("Annuleret") == "true" else "usable",
        signals=("correction",) if field("Korrektion") == "true" else (),
        notes=(field("TilRedaktionen"),) if field("TilRedaktionen") else (),
    )
