"""NewsML-G2, items and packages: Reuters, dpa, AP, ANSA, STT, TT, BusinessDesk, GlobeNewswire.

    <newsMessage><header> sent sender
      <itemSet><newsItem guid version> itemMeta (itemClass provider versionCreated embargoed pubStatus signal edNote)
                                       contentMeta (urgency slugline headline dateline by language)
                                       contentSet/inlineXML (xhtml, nitf, ttnitf)
               <packageItem> itemRef…

Of a package only its text items are read; a package of references alone is a list of links, not a story.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree

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
    whole_number,
)
from crawler.wire.raw_item import Reading
from crawler.wire.sender import authority
from crawler.wire.times import first_moment, instant_or_earliest
from news.errors import NotAStory, UnreadableFiling

# TT ends its guid with the version and has no version attribute: urn:newsml:tt.se:20171220:TT:585167:0.
_VERSION_IN_GUID = re.compile(r"(urn:newsml:tt\.se:\d{8}:TT:\d{1,12}):(\d{1,4})")
_OTHER_ITEMS = {
    "conceptitem": "an event or concept",
    "planningitem": "a planning item",
    "knowledgeitem": "a list of concepts",
}
_REPLACES = re.compile(r"replac|previousversion|supersed", re.IGNORECASE)


def read(root: Element, origin: str, received: datetime) -> list[Reading]:
    """Every text item of a NewsML-G2 document. Raises NotAStory when it holds none."""
    items = [root] if local(root) == "newsitem" else list(every(root, "newsItem"))
    texts = [item for item in items if _class_of(item) == "text"]
    video = next((item for item in items if _class_of(item) == "video"), None)
    if texts and video is not None:
        raise NotAStory(origin, "a video package; its text is the script")
    if texts:
        header = next((one for one in root if local(one) == "header"), None)
        return [_reading(header, item, received) for item in texts]
    if items:
        raise NotAStory(origin, f"a {_class_of(items[0]) or 'classless'} item")
    packages = [root] if local(root) == "packageitem" else list(every(root, "packageItem"))
    if packages:
        links = sum(1 for package in packages for _ in every(package, "itemRef"))
        raise NotAStory(origin, f"a package of {links} references, a list of links without text")
    other = next((_OTHER_ITEMS[local(one)] for one in root.iter(etree.Element) if local(one) in _OTHER_ITEMS), "")
    if other:
        raise NotAStory(origin, f"{other}, not a news item")
    raise UnreadableFiling(origin, "NewsML-G2 without an item")


def _class_of(item: Element) -> str:
    meta = child(item, "itemMeta", "itemClass")
    return (attribute(meta, "qcode") or attribute(meta, "uri").replace("/", ":")).rpartition(":")[2].lower()


def _reading(header: Element | None, item: Element, received: datetime) -> Reading:
    meta, content = child(item, "itemMeta"), child(item, "contentMeta")
    guid, version = _identity(item)
    inline = child(item, "contentSet", "inlineXML")
    data = child(item, "contentSet", "inlineData")
    body = _body(inline)
    paragraphs = (
        paragraphs_of(body) if body is not None else escaped_paragraphs(data.text or "" if data is not None else "")
    )
    headline = (
        _headline(content) or text_of(next(every(inline, "hl1"), None)) or text_of(next(every(inline, "title"), None))
    )
    return Reading(
        agencies=_agencies(header, item),
        story_id=guid,
        take_id=f"{guid}:{version}" if guid and version is not None else guid,
        headline=headline,
        paragraphs=tuple(line for line in paragraphs if line != headline),
        filed=first_moment(_times(header, meta, content), received),
        revision=version,
        supersedes=_supersedes(item, meta, content),
        slugline=text_of(child(content, "slugline")) or text_of(child(meta, "slugline")),
        dateline=text_of(child(content, "dateline")),
        byline=_byline(content, inline),
        language=(attribute(child(content, "language"), "tag") or attribute(item, "lang")).lower(),
        urgency=whole_number(text_of(child(content, "urgency"))),
        status=attribute(child(meta, "pubStatus"), "qcode") or attribute(child(meta, "pubStatus"), "uri"),
        signals=tuple(attribute(one, "qcode") for one in children(meta, "signal")),
        notes=_notes(meta),
        embargo_until=instant_or_earliest(text_of(child(meta, "embargoed"))),
        usage_terms=_usage(item),
        table_words=sum(len(text_of(table).split()) for table in every(body, "table")),
    )


def _identity(item: Element) -> tuple[str, int | None]:
    guid = attribute(item, "guid")
    found = _VERSION_IN_GUID.fullmatch(guid)
    if found:
        return found.group(1), int(found.group(2))
    return guid, whole_number(attribute(item, "version"))


def _agencies(header: Element | None, item: Element) -> tuple[str, ...]:
    """Provider, then identifier, sender and holder: AP and Reuters carry third parties' texts as their own."""
    provider = child(item, "itemMeta", "provider")
    holder = child(item, "rightsInfo", "copyrightHolder")
    stated = (
        attribute(provider, "literal"),
        attribute(provider, "qcode"),
        text_of(child(provider, "name")),
        authority(attribute(item, "guid")),
        text_of(child(header, "sender")),
        attribute(holder, "literal"),
        text_of(child(holder, "name")),
    )
    return tuple(name for name in stated if name)


def _times(header: Element | None, meta: Element | None, content: Element | None) -> list[object]:
    return [
        text_of(child(meta, "versionCreated")),
        text_of(child(content, "contentModified")),
        text_of(child(content, "contentCreated")),
        text_of(child(meta, "firstCreated")),
        text_of(child(header, "sent")),
    ]


def _headline(content: Element | None) -> str:
    """The main headline, not a sub-headline (ANSA gives both, told apart by their role)."""
    found = children(content, "headline")
    main = [one for one in found if "sub" not in attribute(one, "role").lower()]
    return text_of((main or found)[0]) if found else ""


def _byline(content: Element | None, inline: Element | None) -> str:
    """The `by` field, NITF's byline, or TTNITF's; Reuters video fills it with a placeholder."""
    stated = text_of(child(content, "by"))
    if stated and "No-Data-Available" not in stated:
        return stated
    return (
        text_of(next(every(inline, "BYLINE"), None))
        if any(local(one) == "text" for one in every(inline, "TEXT"))
        else ""
    )


def _notes(meta: Element | None) -> tuple[str, ...]:
    """Public and private editor's notes; dpa's notepad repeats its parts and lists contacts, so it is left out."""
    notes = [one for one in children(meta, "edNote") if "notepad" not in attribute(one, "role")]
    return tuple(text_of(one) for one in notes if "closingline" not in attribute(one, "role"))


def _usage(item: Element) -> str:
    terms = [text_of(one) for one in children(child(item, "rightsInfo"), "usageTerms")]
    rights = [text_of(one) for one in children(child(item, "rightsInfo"), "copyrightNotice")]
    return next((text for text in (*terms, *rights) if text), "")


def _supersedes(item: Element, meta: Element | None, content: Element | None) -> str:
    """The take replaced, when a link or TT's `refuno` says which."""
    for link in children(meta, "link"):
        target = attribute(link, "residref")
        if target and _REPLACES.search(attribute(link, "rel")):
            version = attribute(link, "version")
            return f"{target}:{version}" if version else target
    replaced = [text_of(one) for one in children(content, "altId") if attribute(one, "type").endswith("refuno")]
    own = attribute(item, "guid")
    return f"urn:newsml:tt.se:{replaced[0]}" if replaced and own.startswith("urn:newsml:tt.se:") else ""


def _body(inline: Element | None) -> Element | None:
    """Where the story's text stands: NITF's body.content, dpa's main section, a body, else the whole inline part."""
    if inline is None:
        return None
    nitf = next(every(inline, "body.content"), None)
    main = next((one for one in every(inline, "section") if "main" in attribute(one, "class").split()), None)
    html = next(every(inline, "body"), None)
    return next((one for one in (nitf, main, html) if one is not None), inline)
