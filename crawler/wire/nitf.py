"""NITF: AAP, AP, PA, NTB.

    <nitf><head><title>, <docdata management-status> doc-id ed-msg du-key urgency date.issue date.release doc.copyright
          <body><body.head> hedline/hl1 byline dateline distributor
                <body.content> p, block, table, pre

A NITF that is only a rendition of an AP item (doc-id without id-string) has no identity of its own.
"""

from __future__ import annotations

from datetime import datetime

from crawler.wire.agencies import authority
from crawler.wire.markup import Element, attribute, child, children, every, paragraphs_of, text_of
from crawler.wire.reading import Reading
from crawler.wire.times import first_moment, instant_or_earliest


def read(root: Element, origin: str, received: datetime) -> list[Reading]:  # noqa: ARG001  -- every format has this signature
    """The one item of a NITF document."""
    head, docdata = child(root, "head"), child(root, "head", "docdata")
    body_head, content = child(root, "body", "body.head"), child(root, "body", "body.content")
    story_id, version = _identity(docdata)
    issued = attribute(child(docdata, "date.issue"), "norm")
    headline = text_of(child(body_head, "hedline", "hl1")) or text_of(child(head, "title"))
    reading = Reading(
        agencies=_agencies(docdata, body_head),
        story_id=story_id,
        take_id=f"{story_id}:{version}" if story_id and version is not None else story_id,
        headline=headline,
        paragraphs=tuple(line for line in paragraphs_of(content) if line != headline),
        filed=first_moment([issued, attribute(child(docdata, "date.release"), "norm")], received),
        revision=version,
        slugline=attribute(child(docdata, "du-key"), "key") or _meta(head, "anpa-keyword"),
        dateline=text_of(child(body_head, "dateline")),
        byline=text_of(child(body_head, "byline")),
        language=(attribute(root, "baselang") or attribute(root, "lang")).lower(),
        urgency=_number(attribute(child(docdata, "urgency"), "ed-urg")),
        status=attribute(docdata, "management-status"),
        signals=_signals(docdata),
        notes=tuple(attribute(one, "info") for one in children(docdata, "ed-msg")),
        embargo_until=_embargo(docdata, issued),
        usage_terms=_rights(docdata),
        table_words=sum(len(text_of(table).split()) for table in every(content, "table")),
    )
    return [reading]


def _identity(docdata: Element | None) -> tuple[str, int | None]:
    """doc-id with its registrar; NTB's copies of Ritzau end it with the version, as du-key states too."""
    doc_id = child(docdata, "doc-id")
    number = attribute(doc_id, "id-string")
    version = _number(attribute(child(docdata, "du-key"), "version"))
    registrar = attribute(doc_id, "regsrc")
    if not number:
        return "", version
    return f"{registrar}:{number}" if registrar else number, version


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else None


def _agencies(docdata: Element | None, body_head: Element | None) -> tuple[str, ...]:
    """Whose text it is before who passes it on: AAP distributes AFP's under AFP's copyright (AFP.121974877.6504909)."""
    doc_id = child(docdata, "doc-id")
    stated = (
        attribute(child(docdata, "doc.copyright"), "holder"),
        attribute(doc_id, "regsrc"),
        text_of(child(body_head, "distributor")),
        attribute(child(docdata, "del-list", "from-src"), "src-name"),
        attribute(child(docdata, "doc.rights"), "owner"),
        authority(attribute(doc_id, "id-string")),
    )
    return tuple(name for name in stated if name)


def _meta(head: Element | None, name: str) -> str:
    return next((attribute(one, "content") for one in children(head, "meta") if attribute(one, "name") == name), "")


def _signals(docdata: Element | None) -> tuple[str, ...]:
    """`<correction info>` marks a correction; an empty element says nothing."""
    found = [attribute(one, "info") or attribute(one, "id-string") for one in children(docdata, "correction")]
    return ("correction", *found) if any(found) else ()


def _embargo(docdata: Element | None, issued: str) -> datetime | None:
    """date.release after date.issue holds the text back until then; agencies usually repeat the issue time there."""
    release, issue = attribute(child(docdata, "date.release"), "norm"), instant_or_earliest(issued)
    lifts = instant_or_earliest(release)
    return lifts if lifts and issue and lifts > issue else None


def _rights(docdata: Element | None) -> str:
    rights = child(docdata, "doc.rights")
    return attribute(rights, "type") or attribute(rights, "limitations")
