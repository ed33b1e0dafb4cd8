"""One page to one Article, as a plain function that a worker process can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crawler.extractors import extract
from crawler.reader_pool import known_agencies
from news.addresses import normalise
from news.articles import Agency, Article, Moment, Outlet


def read_page(
    html: bytes | str,
    url: str,
    fetched: datetime | None,
    outlet: Outlet | None,
    agencies: Sequence[Agency] | None = None,
) -> Article:
    """The article of a page, its own address and the one it claims in one spelling each; `agencies`: those of this
    process. Crawl, backfill and import come through here. Raises ExtractionError's children."""
    known = known_agencies() if agencies is None else agencies
    article = extract(html, url, fetched=fetched, outlet=outlet, agencies=known)
    own = normalise(url) or url
    return replace(article, url=own, canonical_url=normalise(article.canonical_url) or own)


def completed(article: Article, headline: str, listed: Moment) -> Article:
    """The article with what its listing knew and its page does not say: a headline, a time, or since when it is there.

    A page without any date was published after the poll that did not list it, and before the one that did.
    """
    if not article.headline and headline:
        article = replace(article, headline=headline)
    published = article.published
    if published.at is None and listed.at is not None and _fits(listed.at, published):
        return replace(article, published=listed)
    if published.at is None and published.earliest is None and listed.source == "first listed":
        return replace(article, published=listed)
    return article


def _fits(at: datetime, page: Moment) -> bool:
    """A listed time outside the bounds the page gives is of another event, such as a migration of the archive."""
    return not ((page.earliest and at < page.earliest) or (page.latest and at > page.latest))
