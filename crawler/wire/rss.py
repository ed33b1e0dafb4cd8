"""An agency's plain RSS 2.0 or Atom feed: each entry is a take of a story.

The agency is who publishes the channel. A WordPress export is a site's archive with its attachments, not a feed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from crawler.wire.markup import (
    Element,
    attribute,
    child,
    children,
    escaped_paragraphs,
    every,
    local,
    paragraphs_of,
    text_of,
)
from crawler.wire.raw_item import Reading
from crawler.wire.sender import authority
from crawler.wire.times import first_moment
from news.errors import NotAStory

_FEED_WORDS = re.compile(
    r"(?:\s*[-–|:]\s*)?\b(?:news ?feed|rss(?: feed)?|feed|top stories|latest news)\b.*$", re.IGNORECASE
)


def read(root: Element, origin: str, received: datetime) -> list[Reading]:
    """Every entry with a text. Raises NotAStory for exports and for feeds without one."""
    if any(local(one) == "wxr_version" or local(one) == "post_type" for one in root.iter()):
        raise NotAStory(origin, "a WordPress export of a site, not an agency's feed")
    channel = root if local(root) == "feed" else child(root, "channel")
    entries = list(every(root, "entry" if local(root) == "feed" else "item"))
    publisher = _publisher(channel)
    readings = [_reading(publisher, entry, received) for entry in entries]
    if not any(reading.paragraphs for reading in readings):
        raise NotAStory(origin, "a feed without entries that carry text")
    return [reading for reading in readings if reading.paragraphs]


@dataclass(frozen=True, slots=True)
class _Publisher:
    """What the channel says of every entry, looked up once: a feed may hold thousands."""

    names: tuple[str, ...]
    language: str
    rights: str


def _publisher(channel: Element | None) -> _Publisher:
    rights = text_of(child(channel, "copyright")) or text_of(child(channel, "rights"))
    title = _FEED_WORDS.sub("", text_of(child(channel, "title")))
    author = text_of(child(channel, "author", "name"))
    language = text_of(child(channel, "language")) or attribute(channel, "lang")
    return _Publisher((authority(_link(channel)), title, author, rights), language, rights)


def _reading(publisher: _Publisher, entry: Element, received: datetime) -> Reading:
    identifier = text_of(child(entry, "guid")) or text_of(child(entry, "id")) or _link(entry)
    headline = text_of(child(entry, "title"))
    return Reading(
        agencies=tuple(name for name in (_source(entry), *publisher.names) if name),
        story_id=identifier,
        take_id=identifier,
        headline=headline,
        paragraphs=tuple(line for line in _paragraphs(entry) if line != headline),
        filed=first_moment(
            [text_of(child(entry, name)) for name in ("updated", "pubDate", "published", "date")], received
        ),
        byline=text_of(child(entry, "creator")) or text_of(child(entry, "author", "name")),
        language=publisher.language,
        usage_terms=publisher.rights,
    )


def _source(entry: Element) -> str:
    """The feed an entry was taken from, in RSS as text, in Atom with a title."""
    return text_of(child(entry, "source", "title")) or text_of(child(entry, "source"))


def _link(element: Element | None) -> str:
    links = children(element, "link")
    return next((text for one in links for text in (text_of(one), attribute(one, "href")) if text), "")


def _paragraphs(entry: Element) -> list[str]:
    """The fullest of the places a feed puts its text; content:encoded is usually longer than the description."""
    names = ("encoded", "content", "description", "summary")
    found = [_from(one) for name in names for one in children(entry, name)]
    return max(found, key=lambda lines: sum(map(len, lines)), default=[])


def _from(element: Element) -> list[str]:
    if any(local(one) for one in element):
        return paragraphs_of(element)
    return escaped_paragraphs(element.text or "")
