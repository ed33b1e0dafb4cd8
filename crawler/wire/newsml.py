"""NewsML 1.2: AFP, SDA-ATS, ANP, Belga, ANA, TASS, EFE, Business Wire.

    <NewsML><NewsEnvelope>…</NewsEnvelope>
      <NewsItem><Identification><NewsIdentifier> ProviderId DateId NewsItemId RevisionId PublicIdentifier
                <NewsManagement> NewsItemType FirstCreated ThisRevisionCreated Status Urgency
                <NewsComponent><NewsLines> HeadLine SlugLine DateLine ByLine
                               <ContentItem><DataContent><nitf><body><body.content><p>      (AFP)
                               <NewsComponent>…<ContentItem><DataContent>…                   (ATS, ANA, Belga)

The text may stand one component down or three, as NITF, XHTML, escaped HTML or plain lines, and beside it
stand components for captions, style sheets and contacts, told apart by their Role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    whole_number,
)
from crawler.wire.notice_words import status_of_fields
from crawler.wire.raw_item import Reading
from crawler.wire.times import first_moment
from news.errors import NotAStory, UnreadableFiling

_MEDIA_TYPES = re.compile(r"photo|image|picture|graphic|video|audio|animation|sound|bulletin", re.IGNORECASE)
_TEXT_ROLES = frozenset({"", "body", "main", "text", "lead", "story", "maintext"})
_MOST_LANGUAGES = 50
_SIGNED = re.compile(r"[^\W\d_][^()\d/;]{2,60} \([a-z]{2,5}\)")
_DATE_ID = re.compile(r"(\d{8})(?:T\d{6}(?:Z|[+-]\d{4})?)?")


def read(root: Element, origin: str, received: datetime) -> list[Reading]:
    """Every text item of a NewsML 1.2 file. Raises NotAStory when it holds none, with what it holds instead."""
    items = list(every(root, "NewsItem"))
    if not items:
        raise UnreadableFiling(origin, "NewsML without a NewsItem")
    envelope = _envelope(root)
    readings = [reading for item in items for reading in _read_item(envelope, item, received)]
    if not readings:
        raise NotAStory(origin, _refusal(items[0]))
    return readings


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What holds for every item of a file, looked up once: a file may hold thousands."""

    senders: tuple[str, ...]
    sent: str


def _envelope(root: Element) -> _Envelope:
    parties = [party for one in every(root, "SentFrom") for party in children(one, "Party")]
    sent = text_of(child(root, "NewsEnvelope", "DateAndTime"))
    return _Envelope(tuple(attribute(party, "FormalName") for party in parties[:5]), sent)


def _refusal(item: Element) -> str:
    kind = attribute(next(every(item, "NewsItemType"), None), "FormalName").lower()
    media = [attribute(one, "FormalName") for name in ("MediaType", "Role") for one in every(item, name)]
    found = next((name for name in (kind, *media) if _MEDIA_TYPES.search(name)), "")
    if "audio" in kind or found.lower() in ("audio", "sound"):
        return "an audio item"
    if found:
        return f"a {found.lower()} item"
    if any(attribute(one, "FormalName").lower() == "tip" for one in every(item, "Role")):
        return "a tip to editors without text"
    return "a NewsML item without text of a story"


def _read_item(envelope: _Envelope, item: Element, received: datetime) -> Iterator[Reading]:
    if "audio" in attribute(next(every(item, "NewsItemType"), None), "FormalName").lower():
        return
    component = child(item, "NewsComponent")
    versions = _language_versions(component)
    status = attribute(child(item, "NewsManagement", "Status"), "FormalName")
    for version in versions:
        if not any(_texts(version)) and status_of_fields([status]) is None:
            continue
        language = _language(version) or attribute(item, "lang").lower()
        yield _reading(envelope, item, version, language, several=len(versions) > 1, received=received)


def _language_versions(component: Element | None) -> list[Element]:
    """Business Wire files one release in several languages, one component each (20130612006110)."""
    if component is None:
        return []
    below = [one for one in children(component, "NewsComponent") if child(one, "NewsLines", "HeadLine") is not None]
    texts = [one for one in below if _role(one) == "" and _body_holder(one) is not None]
    distinct = len({_language(one) for one in texts}) == len(texts)
    return texts if 1 < len(texts) <= _MOST_LANGUAGES and distinct else [component]


def _language(component: Element) -> str:
    return attribute(next(every(component, "Language"), None), "FormalName").lower()


def _reading(
    envelope: _Envelope, item: Element, component: Element, language: str, *, several: bool, received: datetime
) -> Reading:
    story_id, revision, supersedes = _identity(item)
    if several:
        story_id, supersedes = f"{story_id}:{language}", supersedes and f"{supersedes}:{language}"
    slugline, writer = _slugline(component, item)
    management = child(item, "NewsManagement")
    texts = list(_texts(component))
    return Reading(
        agencies=_agencies(envelope, item),
        story_id=story_id,
        take_id=f"{story_id}:{revision}" if story_id and revision is not None else story_id,
        headline=_line(component, item, "HeadLine"),
        paragraphs=tuple(line for text in texts for line in text),
        filed=first_moment([text_of(child(management, "ThisRevisionCreated")), envelope.sent], received),
        revision=revision,
        supersedes=supersedes,
        slugline=text_of(child(item, "Identification", "NameLabel")) or slugline,
        dateline=_line(component, item, "DateLine"),
        byline=_line(component, item, "ByLine") or writer,
        language=language,
        urgency=whole_number(attribute(child(management, "Urgency"), "FormalName")),
        status=attribute(child(management, "Status"), "FormalName"),
        signals=tuple(attribute(one, "FormalName") for one in children(management, "Instruction")),
        usage_terms=text_of(next(every(item, "UsageType"), None)) or _line(component, item, "CopyrightLine"),
    )


def _identity(item: Element) -> tuple[str, int | None, str]:
    """(story id, revision, take superseded). AFP's DateId is an instant: its day counts."""
    identifier = child(item, "Identification", "NewsIdentifier")
    provider = text_of(child(identifier, "ProviderId"))
    number = text_of(child(identifier, "NewsItemId"))
    day = _DATE_ID.match(text_of(child(identifier, "DateId")))
    revision_id = child(identifier, "RevisionId")
    revision = whole_number(text_of(revision_id))
    if not number:
        return "", revision, ""
    # ANP repeats its version inside the item number: ANPX-101218-041-v2.
    number = re.sub(r"-v\d{1,3}$", "", number)
    story_id = ":".join(part for part in ("urn:newsml", provider, day.group(1) if day else "", number) if part)
    previous = whole_number(attribute(revision_id, "PreviousRevision"))
    return story_id, revision, f"{story_id}:{previous}" if previous else ""


def _agencies(envelope: _Envelope, item: Element) -> tuple[str, ...]:
    metadata = list(every(item, "AdministrativeMetadata"))
    providers = [attribute(party, "FormalName") for one in metadata for party in _parties(one, "Provider")]
    provider = text_of(next(every(item, "ProviderId"), None))
    credit = text_of(next(every(item, "CreditLine"), None))
    # A release's Source is the company that issued it, so it speaks only where nothing else does.
    sources = [attribute(party, "FormalName") for one in metadata for party in _parties(one, "Source")]
    stated = [name for name in (*envelope.senders, *providers, provider, credit) if name]
    return tuple(stated or sources)


def _parties(metadata: Element, name: str) -> list[Element]:
    return [party for one in children(metadata, name) for party in children(one, "Party")]


def _line(component: Element, item: Element, name: str) -> str:
    """A news line of the component, else the first such line anywhere in the item that is not a picture's."""
    own = child(component, "NewsLines", name)
    if own is not None:
        return text_of(own)
    for one in every(item, "NewsComponent"):
        line = child(one, "NewsLines", name)
        if line is not None and _role(one) in _TEXT_ROLES | {"tip"}:
            return text_of(line)
    return ""


def _slugline(component: Element, item: Element) -> tuple[str, str]:
    """(slugline, writer). ANP signs in the slugline's field, "Jan Jansen (iwi)", and has KeywordLine besides."""
    stated = _line(component, item, "SlugLine")
    if _SIGNED.fullmatch(stated):
        return _line(component, item, "KeywordLine"), stated.rpartition("(")[0].strip()
    return stated, ""


def _role(component: Element) -> str:
    return attribute(child(component, "Role"), "FormalName").lower()


def _body_holder(component: Element) -> Element | None:
    """The first ContentItem below that carries inline text of the story."""
    return next(_content_items(component), None)


def _content_items(component: Element) -> Iterator[Element]:
    if _role(component) not in _TEXT_ROLES:
        return
    for item in children(component, "ContentItem"):
        media = attribute(child(item, "MediaType"), "FormalName").lower()
        mime = attribute(child(item, "MimeType"), "FormalName").lower()
        if media in ("", "text", "complextext") and "css" not in mime and child(item, "DataContent") is not None:
            yield item
    for below in children(component, "NewsComponent"):
        yield from _content_items(below)


def _texts(component: Element) -> Iterator[list[str]]:
    for item in _content_items(component):
        yield content_paragraphs(child(item, "DataContent"))


def content_paragraphs(content: Element | None) -> list[str]:
    """A DataContent's paragraphs: an element tree, or HTML in CDATA (ANA, Solita), or wrapped plain lines (Belga)."""
    if content is None:
        return []
    body = next(every(content, "body.content"), None)
    if body is not None or any(local(one) for one in content):
        return paragraphs_of(content if body is None else body)
    raw = content.text or ""
    return escaped_paragraphs(raw)
