"""Which format is this? By content alone: file names and media types of feeds cannot be trusted.

bytes ─ size cap ─> "<" ─ XML root ─> newsml, newsml_g2, nitf, rss, ritzau, release … or refused by what it is
                    "{[" ─ JSON ──> afp_core, ninjs, jsonl … or refused
                    else ─ text ──> iptc7901, plaintext
Reading(s) ─ finish ─> Filing(s)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from crawler.limits import check_markup
from crawler.wire import afp_core, iptc7901, jsonl, newsml, newsml_g2, ninjs, nitf, plaintext, releases, ritzau, rss
from crawler.wire.agency_text import decode, tidy
from crawler.wire.fields import Json, as_list, as_object, as_text
from crawler.wire.finish import finish
from crawler.wire.markup import Element, attribute, every, local, parse_xml
from crawler.wire.raw_item import Reading
from crawler.wire.sender import directory
from news.articles import Agency, Filing, as_utc
from news.errors import NotAStory, TooMuchError, UnreadableFiling, WireError

MAX_BYTES = 5_000_000

_BINARY = (
    (b"\xff\xd8\xff", "a picture file (JPEG)"),
    (b"\x89PNG", "a picture file (PNG)"),
    (b"GIF8", "a picture file (GIF)"),
    (b"II*\x00", "a picture file (TIFF)"),
    (b"MM\x00*", "a picture file (TIFF)"),
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "an archive (zip)"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"ID3", "an audio file (MP3)"),
    (b"RIFF", "an audio or video file (RIFF)"),
)
_XmlReader = Callable[[Element, str, datetime], list[Reading]]
_XML_READERS: Mapping[str, _XmlReader] = {
    "newsml": newsml.read,
    "newsmessage": newsml_g2.read,
    "newsitem": newsml_g2.read,
    "packageitem": newsml_g2.read,
    "conceptitem": newsml_g2.read,
    "knowledgeitem": newsml_g2.read,
    "planningitem": newsml_g2.read,
    "nitf": nitf.read,
    "rss": rss.read,
    "rdf": rss.read,
    "feed": rss.read,
    "rbnews": ritzau.read,
    "xmlnewsqueuedresponse": ritzau.read,
    "release": releases.read,
}


def parse(
    data: bytes, origin: str, *, received: datetime, agencies: Mapping[str, Agency] | None = None, agency: str = ""
) -> tuple[Filing, ...]:
    """Every filing of one agency file, in file order.

    `origin` names the file or address in filings and errors; `received` (aware) bounds times without a zone;
    `agencies` is the catalogue to look names up in, the shipped one by default; `agency` is whose an item is that
    names none. Raises NotAStory when the
    file holds no story, with its true reason, and UnreadableFiling when it cannot be read; nothing else.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFiling(origin, f"more than the {MAX_BYTES:,} bytes a feed file may have")
    if not data.strip():
        raise UnreadableFiling(origin, "an empty file")
    try:
        check_markup(data)
    except TooMuchError as error:
        raise UnreadableFiling(origin, f"a file of {error}") from error
    readings = _read(data, origin, as_utc(received), agency)
    known = directory(default_agencies() if agencies is None else agencies)
    filings: list[Filing] = []
    refusal: NotAStory | None = None
    for reading in readings:
        try:
            filings.append(finish(reading, origin, known, agency))
        except NotAStory as error:
            refusal = refusal or error
    if not filings:
        raise refusal or NotAStory(origin, "a file without items")
    return tuple(filings)


def default_agencies() -> Mapping[str, Agency]:
    """The shipped catalogue's agencies."""
    from news.catalogue import default_catalogue  # read only when the caller brings no catalogue of its own

    return default_catalogue().agencies


def _read(data: bytes, origin: str, received: datetime, agency: str) -> list[Reading]:
    binary = next((what for mark, what in _BINARY if data.startswith(mark)), "")
    if binary or data[4:8] == b"ftyp":
        raise NotAStory(origin, f"{binary or 'a video file'}, not a story")
    try:
        opening = decode(data[:64]).lstrip("\ufeff \t\r\n\x00")[:1]
        if opening == "<":
            return _read_xml(data, origin, received)
        if opening in ("{", "["):
            return _read_json(data, origin, received, agency)
        return _read_text(decode(data), origin, received)
    except WireError:
        raise
    except RecursionError as error:
        raise UnreadableFiling(origin, "nested too deeply") from error


def _read_xml(data: bytes, origin: str, received: datetime) -> list[Reading]:
    root = parse_xml(data, origin)
    name = local(root)
    reader = _XML_READERS.get(name)
    if reader is not None:
        return reader(root, origin, received)
    reason = _known_refusal(root, name)
    if reason:
        raise NotAStory(origin, reason)
    raise UnreadableFiling(origin, f"XML of an unknown kind, <{name[:40]}>")


def _known_refusal(root: Element, name: str) -> str:
    """What other XML of agencies is: NTB's calendar, a fixture list, a poll answer, a Canadian Press picture."""
    if any((one.text or "").strip() == "newscalendar" for one in every(root, "service")):
        return "a calendar of events"
    if name == "response" and next(every(root, "Fixture_List"), None) is not None:
        return "a list of sports fixtures"
    if name == "results" and next(every(root, "pollToken"), None) is not None:
        return "a list of identifiers without text"
    if name == "html":
        return "a web page, not a feed file"
    if name == "publish":
        kind = next((attribute(one, "type") for one in every(root, "ContentItem")), "")
        return "a photo item, not a story" if "Photo" in kind else f"a publishing order for {kind or 'nothing'}"
    return ""


def _read_json(data: bytes, origin: str, received: datetime, agency: str) -> list[Reading]:
    items = _objects(decode(data), origin)
    if agency:  # our own lines are known by naming one
        others = (afp_core.is_item, ninjs.is_item)
        items = [item if any(knows(item) for knows in others) else _named(item, agency) for item in items]
    for knows, read in ((afp_core.is_item, afp_core.read), (jsonl.is_item, jsonl.read), (ninjs.is_item, ninjs.read)):
        if items and knows(items[0]):
            return read(items, origin, received)
    raise _json_refusal(items, origin)


def _named(item: Json, agency: str) -> Json:
    return {**item, "agency": as_text(item.get("agency")) or agency}


def _json_refusal(items: Sequence[Json], origin: str) -> WireError:
    first = items[0] if items else {}
    if {"startDate", "endDate"} <= set(first):
        return NotAStory(origin, "a calendar of events")
    media = str(first.get("MediaType", "")).lower()
    if media:
        return NotAStory(origin, f"a search answer of a picture library: {media} items")
    fields = ", ".join(tidy(name)[:30] for name in list(first)[:6])
    return UnreadableFiling(
        origin, f"JSON of an unknown kind, with the fields {fields}" if fields else "JSON without items"
    )


def _objects(text: str, origin: str) -> list[Json]:
    """The items of a JSON document, of one wrapped in an API's answer, or of JSON lines."""
    try:
        return _unwrapped(json.loads(text))
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise UnreadableFiling(origin, f"JSON that is not well formed: {str(error)[:120]}") from error
    rows: list[Json] = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UnreadableFiling(origin, f"JSON line {number} is not well formed: {str(error)[:120]}") from error
        rows.append(as_object(row))
    return rows


def _unwrapped(value: object) -> list[Json]:
    """Items under the wrappers seen: AFP response.docs, AP data.item, data.items[].item, BBC item, Superdesk _items."""
    if isinstance(value, list):
        return [as_object(one) for one in value]
    document = as_object(value)
    for path in (("response", "docs"), ("data", "items"), ("data", "item"), ("APIResponse", "Items")):
        inner = as_object(document.get(path[0])).get(path[1])
        if inner:
            return [as_object(as_object(one).get("item", one)) for one in as_list(inner)]
    for name in ("item", "items", "_items", "docs"):
        if isinstance(document.get(name), list):
            return [as_object(one) for one in as_list(document[name])]
    return [document]


def _read_text(raw: str, origin: str, received: datetime) -> list[Reading]:
    if iptc7901.is_dpa(raw):
        return [iptc7901.read_dpa(raw, received)]
    if iptc7901.is_anpa(raw):
        return [iptc7901.read_anpa(raw, received)]
    return plaintext.read(raw, origin, received)
