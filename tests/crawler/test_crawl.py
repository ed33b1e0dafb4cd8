"""Whole batches over local sites into real databases: what is listed is fetched, read, stored once, asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Asked, Site, page, rss

NEWS = '<url><loc>{loc}</loc><news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication_date>{when}</news:publication_date><news:title>{title}</news:title></news:news></url>'
URLSET = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'
XML = {"Content-Type": "application/xml"}
HOUR_AGO = format_datetime(datetime.now(UTC) - timedelta(hours=1))


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_a_feed_a_sitemap_and_a_section_become_articles(engine: Engine, site: Site, tmp_path: Path) -> None:
    for number in range(1, 7):
        site[f"/news/2026-bridge-vote-{number}.html"] = page(f"The bridge vote of round {number}", number=number)
    listed = [(site.url(f"/news/2026-bridge-vote-{n}.html?utm_source=rss"), f"Vote {n}", HOUR_AGO) for n in (1, 2)]
    site["/feed.xml"] = rss(listed)
    site["/sitemap.xml"] = Answer(
        URLSET.format(
            "".join(
                NEWS.format(
                    loc=site.url(f"/news/2026-bridge-vote-{n}.html"),
                    when=datetime.now(UTC).isoformat(),
                    title=f"Map {n}",
                )
                for n in (3, 4)
            )
        ),
        headers=XML,
    )
    links = "".join(
        f'<li><a href="/news/2026-bridge-vote-{n}.html">The bridge vote of round {n}</a></li>' for n in (5, 6)
    )
    site["/world"] = f'<html><body><nav><a href="/about">About us all here</a></nav><ul>{links}</ul></body></html>'
    feeds = (("feed", "/feed.xml"), ("sitemap", "/sitemap.xml"), ("section", "/world"))
    counts = crawl_once(address(engine), tmp_path, outlet_row("varnholm", site, *feeds))
    assert (counts["polls"], counts["links"], counts["fetches"], counts["articles"]) == (3, 6, 6, 6)
    assert counts["unsaved"] == counts["unanswered"] == 0
    found = dict(
        rows(
            engine, "select a.canonical_url, v.headline from articles a join article_versions v on v.article_id = a.id"
        )
    )
    assert found == {site.url(f"/news/2026-bridge-vote-{n}.html"): f"The bridge vote of round {n}" for n in range(1, 7)}
    sources = dict(
        rows(
            engine,
            "select p.url, v.published_source from pages p join article_versions v on v.article_id = p.article_id",
        )
    )
    assert [sources[site.url(f"/news/2026-bridge-vote-{n}.html")] for n in (1, 3)] == ["feed", "sitemap"]


def test_what_has_not_changed_is_no_new_version_and_what_has_is(engine: Engine, site: Site, tmp_path: Path) -> None:
    site["/feed.xml"] = rss(
        [(site.url("/news/2026-still.html"), "Still", ""), (site.url("/news/2026-moving.html"), "Moving", "")]
    )
    site["/news/2026-still.html"] = page("A story that stays as it is", number=1)
    site["/news/2026-moving.html"] = page("A story that will be corrected", number=2)
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    first = crawl_once(address(engine), tmp_path, row)
    assert (first["articles"], first["changed"]) == (2, 2)
    site["/news/2026-moving.html"] = page("A story that was corrected", number=3)
    second = crawl_once(address(engine), tmp_path, row, minutes_later=60)
    assert (second["articles"], second["changed"]) == (2, 1)
    versions = dict(
        rows(
            engine,
            "select canonical_url, count(*) from articles a join article_versions v on article_id = a.id group by 1",
        )
    )
    assert versions == {site.url("/news/2026-still.html"): 1, site.url("/news/2026-moving.html"): 2}


def test_validators_are_sent_and_a_304_is_no_reading(engine: Engine, site: Site, tmp_path: Path) -> None:
    def cached(asked: Asked) -> Answer:
        if asked.headers.get("If-None-Match") == '"seven"':
            return Answer(status=304)
        return Answer(page("A story with an entity tag", number=7), headers={"ETag": '"seven"'})

    site["/feed.xml"] = rss([(site.url("/news/2026-cached.html"), "Cached", "")])
    site["/news/2026-cached.html"] = cached
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    crawl_once(address(engine), tmp_path, row)
    counts = crawl_once(address(engine), tmp_path, row, minutes_later=60)
    assert counts["not_modified"] == 1
    assert rows(engine, "select outcome, visits, failures from pages") == [("not modified", 2, 0)]
    assert rows(engine, "select count(*) from article_versions") == [(1,)]


def test_one_article_under_many_addresses_is_one_article(engine: Engine, site: Site, tmp_path: Path) -> None:
    canonical = f'<link rel="canonical" href="{site.url("/news/2026-one.html")}">'
    text_ = page("One story in many places", head=canonical, number=11)
    paths = (
        "/news/2026-one.html",
        "/news/2026-one.html?page=print-view",
        "/m/2026-one.html",
        "/world/2026-one.html",
        "/amp/2026-one.html",
    )
    for path in paths:
        site[path] = text_
    site["/moved/2026-one.html"] = Answer(status=301, headers={"Location": "/news/2026-one.html"})
    tracked = [site.url(f"/news/2026-one.html?utm_campaign={n}&fbclid=x{n}#top") for n in range(5)]
    listed = [*map(site.url, paths), site.url("/moved/2026-one.html"), *tracked]
    site["/feed.xml"] = rss([(url, "One story in many places", "") for url in listed])
    counts = crawl_once(address(engine), tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert counts["links"] == 6
    assert rows(engine, "select canonical_url from articles") == [(site.url("/news/2026-one.html"),)]
    assert rows(engine, "select count(*) from article_versions") == [(1,)]
    assert rows(engine, "select count(*) from pages where article_id is not null") == [(6,)]


def test_a_canonical_link_cannot_take_over_another_article(engine: Engine, site: Site, tmp_path: Path) -> None:
    heads = {
        "front": f'<link rel="canonical" href="{site.url("/")}">',
        "foreign": '<link rel="canonical" href="https://www.example.com/somebody-elses-story">',
        "broken": '<link rel="canonical" href="http://[oops">',
    }
    for name, head in heads.items():
        site[f"/news/2026-{name}.html"] = page(f"A story with a {name} canonical link", head=head, number=len(name))
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{name}.html"), name, "") for name in heads])
    crawl_once(address(engine), tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    stored = {url for (url,) in rows(engine, "select canonical_url from articles")}
    assert stored == {site.url(f"/news/2026-{name}.html") for name in heads}


def test_an_agencys_own_page_is_a_filing(engine: Engine, site: Site, tmp_path: Path) -> None:
    agency = '[[agency]]\ncode = "VPA"\nname = "Varnholm Press Agency"\ncountry = "SE"\nnames = ["VPA"]\n'
    site["/feed.xml"] = rss([(site.url("/story/2026-7"), "Bridge", HOUR_AGO)])
    site["/story/2026-7"] = page("Varnholm rebuilds its bridge", number=5)
    row = agency + outlet_row("vpa", site, ("feed", "/feed.xml"), more='agency = "VPA"')
    counts = crawl_once(address(engine), tmp_path, row)
    assert (counts["filings"], counts["articles"]) == (1, 0)
    site["/story/2026-7"] = page("CORRECTED-Varnholm rebuilds its bridge", number=6)
    counts = crawl_once(address(engine), tmp_path, row, minutes_later=60)
    assert counts["filings"] == 1
    assert rows(engine, "select agency, origin, status from stories") == [("VPA", "filed", "corrected")]
    assert rows(engine, "select take, headline from story_versions order by take") == [
        (1, "Varnholm rebuilds its bridge"),
        (2, "CORRECTED-Varnholm rebuilds its bridge"),
    ]


def test_pages_of_other_sites_in_a_feed_are_left_alone(engine: Engine, site: Site, tmp_path: Path) -> None:
    with Site() as stranger:
        stranger["/advertisement-2026.html"] = page("Buy a bridge of your own today")
        site["/feed.xml"] = rss(
            [(stranger.url("/advertisement-2026.html"), "Ad", ""), (site.url("/news/2026-own.html"), "Own", "")]
        )
        site["/news/2026-own.html"] = page("Our own story about the bridge")
        counts = crawl_once(address(engine), tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
        assert counts["links"] == counts["articles"] == 1
        assert stranger.asked == []


def test_an_index_brings_its_sitemaps(engine: Engine, site: Site, tmp_path: Path) -> None:
    today = datetime.now(UTC).date().isoformat()
    site["/index.xml"] = Answer(
        INDEX.format(
            f"<sitemap><loc>{site.url('/maps/news.xml')}</loc><lastmod>{today}</lastmod></sitemap>"
            f"<sitemap><loc>{site.url('/maps/2009.xml')}</loc><lastmod>2009-12-31</lastmod></sitemap>"
        ),
        headers=XML,
    )
    site["/maps/news.xml"] = Answer(
        URLSET.format(
            NEWS.format(loc=site.url("/news/2026-indexed.html"), when=f"{today}T00:00:00+02:00", title="Indexed")
        ),
        headers=XML,
    )
    site["/news/2026-indexed.html"] = page("A story found through an index")
    row = outlet_row("varnholm", site, ("sitemap", "/index.xml"))
    crawl_once(address(engine), tmp_path, row)
    counts = crawl_once(address(engine), tmp_path, row, minutes_later=1)
    assert counts["articles"] == 1
    assert site.times("/maps/2009.xml") == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer("<!doctype html><html><body>Please log in</body></html>"), "HTML page where a feed should be"),
        (Answer(""), "empty"),
        (Answer("/etc/passwd", headers={"Content-Type": "text/plain"}), "not a feed"),
        (Answer("oops", 503, headers={"Retry-After": "7200"}), "status 503"),
        (Answer(status=302, headers={"Location": "/feed.xml"}), "redirects to itself"),
    ],
)
def test_a_broken_feed_is_recorded_with_its_reason(
    answer: Answer, reason: str, sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    site["/feed.xml"] = answer
    counts = crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert (counts["polls"], counts["failed"], counts["links"]) == (1, 1, 0)
    import sqlite3

    found = (
        sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))
        .execute("select outcome, reason, failures from feeds")
        .fetchall()
    )
    assert [(outcome, failures) for outcome, _, failures in found] == [("failed", 1)]
    assert reason in found[0][1]
