"""One page to one Article, as a plain function that a worker process can run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crawler.extractors import extract
from crawler.reading import known_agencies
from news.addresses import is_front, normalise, same_site
from news.articles import Article, Moment, Outlet


def read_page(html: bytes | str, url: str, fetched: datetime, outlet: Outlet | None) -> Article:
    """The article of a page, under its one address. Raises ExtractionError's children."""
    article = extract(html, url, fetched=fetched, outlet=outlet, agencies=known_agencies())
    return replace(article, canonical_url=one_address(article.canonical_url, url))


def one_address(canonical: str, url: str) -> str:
    """The address that stands for all of an article's: its canonical link, when that can be one, else its own.

    A canonical on another site may claim to be anybody's article, and one that names the front page would make all
    of an outlet's articles one.
    """
    own = normalise(url) or url
    claimed = normalise(canonical)
    if not claimed or not same_site(claimed, own):
        return own
    return own if is_front(claimed) else claimed


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
