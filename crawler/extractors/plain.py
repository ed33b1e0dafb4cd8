"""Articles that come as text rather than as a page: rows of a corpus or an export, read by the same rules as pages.

A row has no layout, so credits can stand in four places only: the author field, the credit field, a dateline opening
the text (or a line of its own there), and a signature ending it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.extractors import credit_forms, dates
from crawler.extractors.agency_names import Named, Names, names_of
from crawler.extractors.zones import Clock
from news.articles import Agency, Article, Credit, Moment, Outlet

MAX_LINE = 160


def read_plain(
    *,
    url: str,
    headline: str,
    text: str,
    published: str = "",
    author: str = "",
    credit: str = "",
    language: str = "",
    outlet: Outlet | None = None,
    agencies: Sequence[Agency] = (),
    fetched: datetime | None = None,
) -> Article:
    """The Article a row describes; `text` has its paragraphs on lines of their own.

    A `published` without an offset is read on the outlet's clock, or bounded by all the world's when that is unknown.
    """
    names = names_of(agencies)
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    found = [*_field(author, "byline", names), *_field(credit, "line before", names)]
    paragraphs, opening = _opened(paragraphs, names)
    paragraphs, ending = _ended(paragraphs, names)
    found += [*opening, *ending]
    dateline = next((c.text for c in found if c.place in ("dateline", "line before")), "")
    return Article(
        url=url,
        canonical_url=url,
        headline=" ".join(headline.split()),
        paragraphs=tuple(paragraphs),
        byline=" ".join(author.split()),
        dateline=credit_forms.place_of(dateline),
        language=language or (outlet.language if outlet is not None else ""),
        published=moment_of(published, url, outlet, language, fetched),
        credits=tuple({(c.agency, c.kind, c.place): c for c in found}.values()),
    )


def moment_of(written: str, url: str, outlet: Outlet | None, language: str, fetched: datetime | None) -> Moment:
    """The moment a row states. Raises ValueError when there is text that is no date."""
    if not written.strip():
        return Moment(latest=fetched)
    wall = dates.parse_iso(written) or dates.parse(written)
    if wall is None:
        raise ValueError(f"{written[:60]!r} is no date")
    return Clock.of(outlet, url, language, None).moment(wall, "import") or Moment(latest=fetched)


def _credited(line: str, named: Sequence[Named], place: str) -> list[Credit]:
    codes = dict.fromkeys(one.agency for one in named)
    return [Credit(code, "joint" if len(codes) > 1 else "text", place, line) for code in codes]


def _field(value: str, place: str, names: Names) -> list[Credit]:
    """Credits in a field that names people and agencies: all it may hold beside them is places and labels."""
    line = " ".join(value.split())
    if not line or len(line) > MAX_LINE:
        return []
    named = names.find(line)
    if named and credit_forms.is_signature(line, named):
        return _credited(line, named, place)
    generic = not named and credit_forms.GENERIC.fullmatch(line.strip(" ()[].-–—:"))
    return [Credit("", "generic", place, line)] if generic else []


def _opened(paragraphs: list[str], names: Names) -> tuple[list[str], list[Credit]]:
    """A credit opening the text; when it is a line of its own, the text starts after it."""
    if not paragraphs:
        return paragraphs, []
    alone = _field(paragraphs[0], "line before", names) if len(paragraphs) > 1 else []
    if alone:
        return paragraphs[1:], alone
    head = paragraphs[0][:MAX_LINE]
    named = names.find(head)
    end = credit_forms.opening(head, named)
    if not end:
        return paragraphs, []
    line = head[:end].strip(" \t-–—:|_")
    return paragraphs, _credited(line, [one for one in named if one.start < end], "dateline")


def _ended(paragraphs: list[str], names: Names) -> tuple[list[str], list[Credit]]:
    """A credit ending the text, as a line of its own or a signature of the last paragraph."""
    if len(paragraphs) < 2:
        return paragraphs, []
    last = paragraphs[-1]
    if credit_forms.CONTRIBUTED.occurs(last) and len(last) < 400:
        return paragraphs, [Credit(c.agency, "joint", "body end", last) for c in _credited(last, names.find(last), "")]
    alone = _field(last, "body end", names) if len(last) <= 80 else []
    if alone:
        return paragraphs[:-1], alone
    named = names.find(last[-80:])
    signature = credit_forms.tail(last[-80:], named)
    return paragraphs, _credited(signature.strip(), named[-1:], "body end") if signature else []
