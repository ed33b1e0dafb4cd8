"""Real pages through the whole path: served on loopback, crawled by the command, stored, matched, asked about.

The pages are not ours to publish, so this reads them from beside the checkout and skips where they are not.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import func, select

from storage.engine import open_engine, reading
from storage.models import ArticleRow, ArticleVersionRow, FetchRow, LeaseRow, PageRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site
from tests.jobs.newsdesk import START
from tests.whole.program import SHARED, Program

PAGES = 220
FEEDS = 4


@pytest.fixture
def pages() -> list[bytes]:
    index = SHARED / "data" / "pages.jsonl.gz"
    if not index.exists():
        pytest.skip("no real pages beside this checkout (../shared/data)")
    rows = [json.loads(line) for line in gzip.decompress(index.read_bytes()).decode().splitlines()]
    chosen = rows[:: max(1, len(rows) // PAGES)][:PAGES]
    return [gzip.decompress((SHARED / "data" / row["file"]).read_bytes()) for row in chosen]


@pytest.fixture
def site(pages: list[bytes]) -> Iterator[Site]:
    with Site() as site:
        for number, page in enumerate(pages):
            site[f"/news/page-{number}.html"] = Answer(page, headers={"Content-Type": "text/html"})
        for feed in range(FEEDS):
            numbers = range(feed, len(pages), FEEDS)
            site[f"/feed-{feed}.xml"] = Answer(_feed(site, numbers), headers={"Content-Type": "application/rss+xml"})
        yield site


def _feed(site: Site, numbers: range) -> str:
    items = "".join(
        f"<item><title>{escape(f'Page {n}')}</title><link>{site.url(f'/news/page-{n}.html')}</link>"
        f"<pubDate>{format_datetime(START)}</pubDate></item>"
        for n in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>All</title>{items}</channel></rss>'


def test_two_hundred_real_pages(database_url: str, tmp_path: Path, site: Site, pages: list[bytes]) -> None:
    catalogue = tmp_path / "catalogue.toml"
    feeds = [("feed", f"/feed-{number}.xml") for number in range(FEEDS)]
    catalogue.write_text("only = true\n" + outlet_row("local", site, *feeds), encoding="utf-8")
    program = Program(
        tmp_path,
        database_url,
        {
            "CATALOGUE": str(catalogue),
            "CRAWL__CONTACT": "tests@localhost",
            "CRAWL__DELAY_SECONDS": "0",
            "CRAWL__ALLOW_LOOPBACK": "true",
            "CRAWL__PAGES_PER_BATCH": "300",
        },
    )
    program.must("crawl")
    program.must("match")
    engine = open_engine(database_url)
    with reading(engine) as session:
        outcomes = Counter(dict(session.execute(select(PageRow.outcome, func.count()).group_by(PageRow.outcome)).all()))
        reasons = session.scalars(select(PageRow.reason).where(PageRow.outcome != "ok")).all()
        stored = session.scalar(select(func.count(ArticleRow.id)))
        unmatched = session.scalar(select(func.count()).where(ArticleVersionRow.matched_by == ""))
        fetched = session.scalar(select(func.count(FetchRow.id)).where(FetchRow.status == 200))
        held = session.scalar(select(func.count()).where(LeaseRow.name.startswith("host:"), LeaseRow.token != ""))
    engine.dispose()
    assert sum(outcomes.values()) == len(pages), "each page is a row, and has an outcome"
    assert outcomes["new"] == 0
    assert all(reasons), "what was not stored says why"
    assert fetched == len(pages) + FEEDS
    # Some of the pages are listings, videos and live pages, which hold no article.
    assert outcomes["ok"] >= 0.9 * len(pages)
    assert outcomes["ok"] - 5 <= (stored or 0) <= outcomes["ok"], "one article a page, but for pages saved twice"
    assert (unmatched, held) == (0, 0)
    assert all(row["url"].startswith(site.url("/news/")) for row in program.rows("pickups"))
