"""What a site lists at a moment: RSS, Atom, news sitemaps, sitemap indexes and section pages, newest first.

A listing holds a window of the newest articles only, as real feeds do: whoever polls too rarely loses some.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from demo.layout import ListItem, section_html
from demo.shapes import Page, Site, SiteFeed

WINDOW = 30


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing ready to send. `changed` is the newest article's moment, None while there is none."""

    content_type: str
    body: bytes
    changed: datetime | None


def addresses(site: Site) -> dict[str, SiteFeed]:
    """Every path at which the site lists something: its feeds, an index's children, and its front page."""
    found = {"/": SiteFeed("/", "section", "section")}
    for feed in site.feeds:
        found[feed.path] = feed
        for child in feed.children:
            found[child] = SiteFeed(child, "sitemap", "sitemap")
    return found


def listing(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str, now: datetime) -> Listing:
    """The listing as it stands at `now`. `pages` are the site's, in any order; unlisted ones are the future's."""
    visible = [page for page in pages if page.versions[0].visible_from <= now and not _is_gone(page, now)]
    newest = sorted(visible, key=lambda page: (page.versions[0].visible_from, page.path), reverse=True)[:WINDOW]
    changed = newest[0].versions[0].visible_from if newest else None
    makers = {"rss": _rss, "atom": _atom, "sitemap": _sitemap, "index": _index, "section": _section}
    body = makers[feed.style](site, feed, newest, base).encode("utf-8")
    content_type = {
        "rss": "application/rss+xml; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
        "section": "text/html; charset=utf-8",
    }.get(feed.style, "application/xml")
    if feed.path.endswith(".gz"):
        return Listing("application/gzip", gzip.compress(body, mtime=0), changed)
    return Listing(content_type, body, changed)


def _is_gone(page: Page, now: datetime) -> bool:
    return page.gone_from is not None and page.gone_from <= now


def _address(page: Page, feed: SiteFeed, base: str) -> str:
    """The address as this listing gives it: the AMP twin, or with the feed's tracking parameters."""
    if feed.amp and page.twins:
        return base + page.twins[0].path
    joiner = "&" if "?" in page.path else "?"
    return f"{base}{page.path}{joiner}{feed.query}" if feed.query else base + page.path


def _local(site: Site, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(site.zone))


def _rss(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str) -> str:
    items = "\n".join(
        f"<item><title>{escape(page.headline)}</title><link>{escape(_address(page, feed, base))}</link>"
        f'<guid isPermaLink="false">{escape(site.id + page.path)}</guid>'
        f"<pubDate>{format_datetime(_local(site, page.published))}</pubDate>"
        f"<category>{escape(page.section)}</category><description>{escape(page.summary)}</description></item>"
        for page in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(site.name)}</title><link>{base}/</link><description>{escape(site.name)}</description>"
        f"<language>{site.language}</language><ttl>15</ttl>\n{items}\n</channel></rss>\n"
    )


def _atom(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str) -> str:
    entries = "\n".join(
        f"<entry><title>{escape(page.headline)}</title><id>tag:{site.id},2026:{escape(page.path)}</id>"
        f'<link rel="alternate" type="text/html" href={quoteattr(_address(page, feed, base))}/>'
        f"<published>{_local(site, page.published).isoformat()}</published>"
        f"<updated>{_local(site, page.published).isoformat()}</updated>"
        f"<summary>{escape(page.summary)}</summary></entry>"
        for page in pages
    )
    updated = f"<updated>{_local(site, pages[0].published).isoformat()}</updated>" if pages else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(site.name)}</title><id>{base}/</id>{updated}"
        f'<link rel="self" href="{base}{feed.path}"/>\n{entries}\n</feed>\n'
    )


def _sitemap(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str) -> str:
    rows = "\n".join(
        f"<url><loc>{escape(_address(page, feed, base))}</loc><news:news><news:publication>"
        f"<news:name>{escape(site.name)}</news:name><news:language>{page.language}</news:language></news:publication>"
        f"<news:publication_date>{_local(site, page.published).isoformat()}</news:publication_date>"
        f"<news:title>{escape(page.headline)}</news:title></news:news></url>"
        for page in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{rows}\n</urlset>\n'
    )


def _index(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str) -> str:
    stamp = f"<lastmod>{_local(site, pages[0].versions[0].visible_from).isoformat()}</lastmod>" if pages else ""
    rows = "".join(f"<sitemap><loc>{base}{child}</loc>{stamp}</sitemap>\n" for child in feed.children)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    )


def _section(site: Site, feed: SiteFeed, pages: Sequence[Page], base: str) -> str:  # noqa: ARG001  -- every maker has this signature; a section's links are relative
    return section_html(
        site.name, site.id, site.language, [ListItem(page.path, page.headline, page.summary) for page in pages]
    )
