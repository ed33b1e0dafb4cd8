"""Scrapy's own users find what they expect in this checkout, without a database."""

from __future__ import annotations

import json
import os
from pathlib import Path

from scrapy.cmdline import execute

from tests import forked
from tests.crawler.site import Answer, Site, Unhurried, page, rss
from tests.forked import Done

QUICK = ("-s", "WIRETRAIL_ALLOW_LOOPBACK=1", "-s", "DOWNLOAD_DELAY=0")


def scrapy(*words: str) -> Done:
    return forked.run(execute, ("scrapy", *words), os.environ)


def articles(path: Path) -> dict[str, str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["canonical_url"]: row["headline"] for row in rows}


def test_scrapy_list_names_the_access_methods() -> None:
    assert scrapy("list").out.split() == ["feed", "page", "section", "sitemap"]


def test_scrapy_crawl_feed_gives_articles_one_at_a_time(site: Site, tmp_path: Path) -> None:
    unhurried = Unhurried(0.1)
    for letter in "abc":
        site[f"/news/2026-{letter}.html"] = unhurried
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{name}.html"), name, "") for name in ("a", "b", "c", "missing")])
    done = scrapy("crawl", "feed", "-a", f"url={site.url('/feed.xml')}", *QUICK, "-O", f"{tmp_path / 'out.jsonl'}")
    assert done.code == 0, done.err
    paths = [f"/news/2026-{letter}.html" for letter in "abc"]
    assert articles(tmp_path / "out.jsonl") == {site.url(path): f"Story at {path}" for path in paths}
    assert unhurried.most == {site.host: 1}, "without a delay"
    assert "2026-missing.html: gone: status 404" in done.err
    assert "Traceback" not in done.err


def test_scrapy_crawl_sitemap_follows_an_index(site: Site, tmp_path: Path) -> None:
    site["/index.xml"] = Answer(f"<sitemapindex><sitemap><loc>{site.url('/news.xml')}</loc></sitemap></sitemapindex>")
    site["/news.xml"] = Answer(f"<urlset><url><loc>{site.url('/news/2026-b.html')}</loc></url></urlset>")
    site["/news/2026-b.html"] = page("A story from the map", number=2)
    done = scrapy("crawl", "sitemap", "-a", f"url={site.url('/index.xml')}", *QUICK, "-O", f"{tmp_path / 'out.jsonl'}")
    assert articles(tmp_path / "out.jsonl") == {site.url("/news/2026-b.html"): "A story from the map"}, done.err


def test_scrapy_crawl_page_reads_one(site: Site, tmp_path: Path) -> None:
    site["/news/2026-c.html"] = page("A single story", number=3)
    done = scrapy(
        "crawl", "page", "-a", f"url={site.url('/news/2026-c.html')}", *QUICK, "-O", f"{tmp_path / 'out.jsonl'}"
    )
    assert articles(tmp_path / "out.jsonl") == {site.url("/news/2026-c.html"): "A single story"}, done.err


def test_loopback_is_refused_unless_said(site: Site, tmp_path: Path) -> None:
    done = scrapy("crawl", "page", "-a", f"url={site.url('/news/2026-c.html')}", "-O", f"{tmp_path / 'out.jsonl'}")
    assert "refused: 127.0.0.1 is not a public address" in done.err
    assert site.asked == []


def test_scrapy_shell_fetches_politely(site: Site) -> None:
    site["/news/2026-d.html"] = page("A story in the shell", number=4)
    done = scrapy("shell", site.url("/news/2026-d.html"), *QUICK, "-c", "response.css('h1::text').get()")
    assert done.out.strip().endswith("A story in the shell"), done.err
    assert site.paths() == ["/robots.txt", "/news/2026-d.html"]


def test_a_spider_without_an_address_says_what_to_give() -> None:
    done = scrapy("crawl", "feed")
    assert "scrapy crawl feed -a url=" in done.err
    assert "no_address" in done.err
    assert "Traceback" not in done.err
