"""XML and HTML as trees read by local name, with nothing fetched and nothing expanded.

Agencies disagree on namespaces, prefixes and even letter case (`Header/Sent` in BusinessDesk's NewsML-G2), so
every look-up here compares local names. Entities stay unresolved, DTDs unread, the network closed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from crawler.wire.agency_text import decode, plain_paragraphs, tidy, unwrap, words
from news.errors import UnreadableFiling

Element = etree._Element

_XML = "http://www.w3.org/XML/1998/namespace"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BREAK = "\x1e"
_BLOCKS = words(
    "p div section article main blockquote pre li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr block body.content "
    "hl1 hl2 citat mellis ingress brodtext text tr table note abstract lead"
)
# Furniture and captions; TTNITF (tt.se) names its headline, dateline, byline and picture in Swedish.
_SKIPPED = words(
    "head title style script figure figcaption img media picture iframe noscript header footer nav "
    "rubrik dat byline bild body.head body.end tagline"
)
# dpa and TT mark in classes what their XHTML has no element for.
_SKIPPED_CLASSES = words("dat vignette byline caption notepad np-public np-nonpublic mw_contactinfo bwbodyimg")
_TABLES = frozenset({"table"})
_MARKUP = re.compile(r"<(?:p|br|div|h\d|ul|table)\b", re.IGNORECASE)
_NAMED = re.compile(r"&[A-Za-z]{2,8};")
_XML_NAMES = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
# libxml2 compares every attribute of a tag with every other: 400,000 of them took minutes. In HTML a picture
# may stand inside its tag as data, so such a tag is dropped and the text kept.
_ENDLESS_TAG = re.compile(rb"<[A-Za-z_][^<]{250000}")
_LONG_HTML_TAG = re.compile(rb"<[A-Za-z_][^<>]{20000,}>?")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,40})""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")


def parse_xml(data: bytes, origin: str) -> Element:
    """The root of an XML document. Raises UnreadableFiling for anything that is not well formed.

    Recovery is off on purpose: a half-written file must not become half a filing. A document whose bytes do
    not fit its declared encoding, or that uses HTML's entities undeclared, is read once more through decode().
    """
    stripped = data.lstrip()
    if _ENDLESS_TAG.search(stripped):
        raise UnreadableFiling(origin, "a tag of more than 250,000 bytes")
    try:
        return etree.fromstring(stripped, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        text = _NAMED.sub(_named, _DECLARATION.sub("", decode(stripped, _declared(stripped))))
        try:
            return etree.fromstring(text.encode("utf-8", errors="replace"), _parser(encoding="utf-8"))
        except (etree.XMLSyntaxError, ValueError):
            raise UnreadableFiling(origin, f"XML that is not well formed: {str(error)[:120]}") from error


def parse_fragment(text: str) -> Element | None:
    """A tree of an HTML fragment as agencies put into a field; None when nothing is left of it."""
    cleaned = text.replace("\x00", "").strip()
    raw = _LONG_HTML_TAG.sub(b"", cleaned.encode("utf-8", errors="replace"))
    if not raw:
        return None
    try:
        parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8")
        return lxml_html.fromstring(b"<div>" + raw + b"</div>", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _parser(encoding: str | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False, encoding=encoding
    )


def _declared(data: bytes) -> str:
    found = _DECLARED.match(data[:300])
    return found.group(1).decode("ascii") if found else ""


def local(element: Element) -> str:
    """Lower-case name without namespace; "" for comments, processing instructions and entity references."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def children(element: Element | None, name: str) -> list[Element]:
    """Direct children of that local name."""
    return [] if element is None else [child for child in element if local(child) == name.lower()]


def child(element: Element | None, *path: str) -> Element | None:
    """The first element down a path of local names, or None."""
    for name in path:
        found = children(element, name)
        if not found:
            return None
        element = found[0]
    return element


def every(element: Element | None, name: str) -> Iterator[Element]:
    """Descendants of that local name, in document order."""
    if element is not None:
        yield from (found for found in element.iter(etree.Element) if local(found) == name.lower())


def attribute(element: Element | None, name: str) -> str:
    """An attribute's value, plain or in XML's own namespaces (xml:lang, xsi:type); "" when absent."""
    if element is None:
        return ""
    found = (element.get(form) for form in (name, f"{{{_XML}}}{name}", f"{{{_XSI}}}{name}"))
    return next((tidy(value) for value in found if value is not None), "")


def whole_number(text: str) -> int | None:
    """Plain digits as a number, None for anything else and for absurd lengths."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 16 else None


def text_of(element: Element | None) -> str:
    """All text below an element on one line."""
    if element is None:
        return ""
    pieces: list[str] = []
    _gather(element, pieces, frozenset())
    return tidy("".join(pieces).replace(_BREAK, " "))


def paragraphs_of(element: Element | None, *, tables: bool = False) -> list[str]:
    """The text below an element as paragraphs, without captions and furniture; table rows only when asked."""
    if element is None:
        return []
    pieces: list[str] = []
    _gather(element, pieces, _SKIPPED if tables else _SKIPPED | _TABLES, top=True)
    return [text for block in "".join(pieces).split(_BREAK) for text in unwrap(block)]


def escaped_paragraphs(raw: str) -> list[str]:
    """The paragraphs of a field that holds HTML as text (CDATA, escaped), or plain lines."""
    return paragraphs_of(parse_fragment(raw)) if _MARKUP.search(raw) else plain_paragraphs(html.unescape(raw))


def _gather(element: Element, pieces: list[str], skipped: frozenset[str], *, top: bool = False) -> None:
    name = local(element)
    if not name:
        pieces.append(_character(element.text) if element.tag is etree.Entity else "")
        return
    if not top and (name in skipped or (skipped and _is_furniture(element))):
        pieces.append(_BREAK)
        return
    if name == "br":
        pieces.append("\n")
        return
    edge = _BREAK if name in _BLOCKS else " " if name in {"td", "th"} else ""
    pieces.append(edge)
    pieces.append(_between_tags(element.text))
    for below in element:
        _gather(below, pieces, skipped)
        pieces.append(_between_tags(below.tail))
    pieces.append(edge)


def _character(reference: str | None) -> str:
    """What HTML means by `&aacute;`, in a document whose DTD we do not read; nothing for a document's own entities."""
    meant = html.unescape(reference or "")
    return "" if meant.startswith("&") and len(meant) > 1 else meant


def _named(found: re.Match[str]) -> str:
    return found.group() if found.group() in _XML_NAMES else html.unescape(found.group())


def _between_tags(text: str | None) -> str:
    """Text as it stands, but mere layout between two tags is one space: its line ends open no paragraph."""
    return text if text and not text.isspace() else " " * bool(text)


def _is_furniture(element: Element) -> bool:
    marks = f"{element.get('class') or ''} {element.get('id') or ''}".split()
    return not _SKIPPED_CLASSES.isdisjoint(marks)
