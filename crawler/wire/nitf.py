"""NITF: AAP, AP, PA, NTB.

    <nitf><head><title>, <docdata management-status> doc-id ed-msg du-key urgency date.issue date.release doc.copyright
          <body><body.head> hedline/hl1 byline dateline distributor
                <body.content> p, block, table, pre

A NITF that is only a rendition of an AP item (doc-id without id-string) has no identity of its own.
"""

from __future__ import annotations

import re
from datetime import datetime

from crawler.wire.markup import Element, attribute, child, children, every, paragraphs_of, text_of, whole_number
from crawler.wire.raw_item import Reading
from crawler.wire.sender import authority
from crawler.wire.times import first_moment, instant_or_earliest

_VERSION_IN_ID = re.compile(r"(.{1,80}\b\d{8}:[A-Z]{2,5}:\d{1,9}):(\d{1,3})")


def read(root: Element, origin: str, received: datetime) -> list[Reading]:  # noqa: ARG001  -- every format has this signature
    """The one item of a NITF document."""
    head, docdata = child(root, "head"), child(root, "head", "docdata")
    body_head, content = child(root, "body", "body.head"), child(root, "body", "body.content")
    story_id, take_id, version = _identity(docdata)
    issued = attribute(child(docdata, "date.issue"), "norm")
    headline = text_of(child(body_head, "hedline", "hl1")) or text_of(child(head, "title"))
    corrections = _corrections(docdata)
    reading = Reading(
        agencies=_agencies(docdata, body_head),
        story_id=story_id,
        take_id=take_id,
        headline=headline,
        paragraphs=tuple(line for line in paragraphs_of(content) if line != headline),
        filed=first_moment([issued, attribute(child(docdata, "date.release"), "norm")], received),
        revision=version,
        slugline=_slugline(head, docdata),
        dateline=text_of(child(body_head, "dateline")),
        byline=text_of(child(body_head, "byline")),
        language=(attribute(root, "baselang") or attribute(root, "lang")).lower(),
        urgency=whole_number(attribute(child(docdata, "urgency"), "ed-urg")),
        status=attribute(docdata, "management-status"),
        signals=("correction",) if corrections else (),
        notes=tuple(attribute(one, "info") for one in children(docdata, "ed-msg")) + corrections,
        embargo_until=_embargo(docdata, issued),
        usage_terms=_rights(docdata),
        table_words=sum(len(text_of(table).split()) for table in every(content, "table")),
    )
    return [reading]


def _identity(docdata: Element | None) -> tuple[str, str, int | None]:
    """(story, take, revision): doc-id with its registrar, and du-key's version where the id holds none.

    NTB passes Ritzau's and TT's items on under ids that end with the version: 20160512:RTZ:8883:0.
    """
    doc_id = child(docdata, "doc-id")
    number, registrar = attribute(doc_id, "id-string"), attribute(doc_id, "regsrc")
    version = whole_number(attribute(child(docdata, "du-key"), "version"))
    if not number:
        return "", "", version
    named = f"{registrar}:{number}" if registrar else number
    found = _VERSION_IN_ID.fullmatch(named)
    if found:
        return found.group(1), named, version if version is not None else int(found.group(2))
    return named, f"{named}:{version}" if version is not None else named, version


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


def _slugline(head: Element | None, docdata: Element | None) -> str:
    """du-key, AAP's anpa-keyword, or the key list (PA, EFE)."""
    keys = [attribute(one, "key") for one in children(child(docdata, "key-list"), "keyword")]
    du_key = attribute(child(docdata, "du-key"), "key")
    return du_key or _meta(head, "anpa-keyword") or "-".join(key for key in keys[:10] if key)


def _meta(head: Element | None, name: str) -> str:
    return next((attribute(one, "content") for one in children(head, "meta") if attribute(one, "name") == name), "")


def _corrections(docdata: Element | None) -> tuple[str, ...]:
    """What `<correction info>` says was wrong; an empty element says nothing."""
    found = [attribute(one, "info") or attribute(one, "id-string") for one in children(docdata, "correction")]
    return tuple(text for text in found if text)


def _embargo(docdata: Element | None, issued: str) -> datetime | None:
    """date.release after date.issue holds the text back until then; agencies usually repeat the issue time there."""
    release, issue = attribute(child(docdata, "date.release"), "norm"), instant_or_earliest(issued)
    lifts = instant_or_earliest(release)
    return lifts if lifts and issue and lifts > issue else None


def _rights(docdata: Element | None) -> str:
    rights = child(docdata, "doc.rights")
    return attribute(rights, "type") or attribute(rights, "limitations")
