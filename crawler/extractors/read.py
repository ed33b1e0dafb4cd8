"""(html, url) -> Article: the flow of a page, on one page.

decode -> read_page: one parse, one walk -> blocks
  -> body.choose          the paragraphs
  -> metadata, authors    headline, byline, language, canonical address
  -> moments              published, modified
  -> walls                whether the page holds only the beginning
  -> credits              every agency named, wherever it stands
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from crawler.extractors import (
    authors,
    body,
    credit_forms,
    explaining,
    fallback,
    headline,
    jsonld,
    languages,
    metadata,
    moments,
    no_article,
    places,
    walls,
    zones,
)
from crawler.extractors import credits as credit_reader
from crawler.extractors.explaining import Finding, Reading
from crawler.extractors.parse import read_page
from news.articles import Agency, Article, Outlet
from news.catalogue import default_catalogue
from news.errors import NotAnArticle


def extract(
    html: bytes | str,
    url: str,
    *,
    fetched: datetime | None = None,
    outlet: Outlet | None = None,
    agencies: Sequence[Agency] | None = None,
) -> Article:
    """The article a page holds.

    `fetched` (aware) bounds the times; `outlet` and `agencies` come from the catalogue when not given.
    Raises NotAnArticle, with the address and a reason, for binary, empty or oversized input and for pages
    without running text.
    """
    with _collector_paused():
        return reading(html, url, fetched, outlet, agencies).article


def explain(
    html: bytes | str,
    url: str,
    *,
    fetched: datetime | None = None,
    outlet: Outlet | None = None,
    agencies: Sequence[Agency] | None = None,
) -> tuple[Finding, ...]:
    """Which rule and which words gave each field of extract()'s answer. Raises as extract() does."""
    with _collector_paused():
        return explaining.findings(reading(html, url, fetched, outlet, agencies))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No garbage collection within a page: it makes thousands of short-lived objects and no cycles, and looking for
    cycles among them costs a quarter of the time (8.9 instead of 12.3 ms a page, measured)."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _catalogue(
    url: str, outlet: Outlet | None, agencies: Sequence[Agency] | None
) -> tuple[Outlet | None, Sequence[Agency]]:
    if outlet is not None and agencies is not None:
        return outlet, agencies
    found = outlet if outlet is not None else default_catalogue().outlet_of(url)
    return found, (agencies if agencies is not None else _known_agencies())


@cache
def _known_agencies() -> tuple[Agency, ...]:
    return tuple(default_catalogue().agencies.values())


def reading(
    html: bytes | str,
    url: str,
    fetched: datetime | None = None,
    outlet: Outlet | None = None,
    agencies: Sequence[Agency] | None = None,
) -> Reading:
    """The article with what each of its fields was read from, and all that stood for choice."""
    outlet, agencies = _catalogue(url, outlet, agencies)
    page = read_page(html, url)
    node = jsonld.article_node(page.scripts)
    names = metadata.site_names(page, node, outlet)
    title = headline.headline(page, node, names)
    page, text = fallback.text_of_page(html, page, node, title.value)
    _refuse(url, page.title, text)
    language = languages.language(page, node, outlet, text.blocks)
    canonical = metadata.canonical(page, title.value)
    around = places.around(page, text)
    signed = authors.signed(page, node, around, names)
    clock = zones.Clock.of(outlet, url, metadata.locale(page) or language.value, fetched)
    published, modified = moments.published(page, node, around, clock)
    offer = walls.offer_within(text)
    cut = walls.cut_short(page, node, text, offer)
    text = walls.without_offer(text, offer)
    found = credit_reader.find(page, node, text, agencies, names)
    text = credit_reader.without_lines(text, found)
    article = Article(
        url=url,
        canonical_url=canonical.value,
        headline=title.value,
        paragraphs=tuple(block.text for block in text.blocks),
        byline=signed.byline,
        authors=signed.names,
        dateline=_dateline(found),
        language=language.value,
        published=published.moment,
        modified=modified.moment,
        credits=tuple(one.credit for one in found),
        truncated=bool(cut.value),
    )
    return Reading(article, page, text, title, signed, language, canonical, published, modified, cut, tuple(found))


def _refuse(url: str, title: str, text: body.Body) -> None:
    if not text.blocks:
        raise NotAnArticle(url, f"no article text in the page ({text.rule})")
    notice = no_article.reason_against(title, tuple(block.text for block in text.blocks))
    if notice:
        raise NotAnArticle(url, f"{notice}, not an article: {title}")


def _dateline(found: list[credit_reader.Found]) -> str:
    for one in found:
        if one.credit.kind in ("text", "joint") and one.credit.place in ("dateline", "line before", "byline"):
            place = credit_forms.place_of(one.credit.text)
            if place:
                return place
    return ""
