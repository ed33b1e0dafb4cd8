"""Feeds, sitemaps and section pages: what they list, and what hostile ones get."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.limits import MOST_UNPACKED_BYTES
from crawler.listings import Listing, read_listing
from crawler.listings.found_links import MOST_LINKS
from crawler.listings.sections import looks_like_article
from news.articles import FeedKind, Outlet

BASE = "https://www.varnholm.example/feed.xml"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POST = Outlet("post", "Varnholm Post", ("varnholm.example",), "SE", "Europe/Stockholm", "en")
REAL_FEEDS = Path(__file__).parents[3] / "shared" / "data" / "feeds"


def read(kind: FeedKind, text: str | bytes, outlet: Outlet | None = POST) -> Listing:
    return read_listing(kind, text.encode() if isinstance(text, str) else text, BASE, outlet, NOON)


def item(link: str, title: str = "A headline", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def rss(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>{"".join(items)}</channel></rss>'


def urlset(*urls: str, names: str = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"') -> str:
    return f'<?xml version="1.0"?><urlset {names}>{"".join(urls)}</urlset>'


def test_an_rss_item_gives_address_headline_and_instant() -> None:
    listing = read(
        "feed",
        rss(
            item(
                "/a?utm_source=rss",
                "Bridge &amp;amp; <b>tunnel</b>\n talks",
                "<pubDate>Fri, 20 Nov 2026 09:30:00 +0200</pubDate>",
            )
        ),
    )
    (link,) = listing.links
    assert (link.url, link.host) == ("https://www.varnholm.example/a", "www.varnholm.example")
    assert link.headline == "Bridge & tunnel talks"
    assert (link.listed.at, link.listed.source, link.listed.zone) == (
        datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
        "feed",
        "stated",
    )
    assert listing.window == 1


def test_a_time_without_zone_is_the_outlets_or_only_bounded() -> None:
    feed = rss(item("/a", more="<pubDate>20 Nov 2026 09:30:00</pubDate>"))
    listed = read("feed", feed).links[0].listed
    assert (listed.at, listed.zone) == (datetime(2026, 11, 20, 8, 30, tzinfo=UTC), "outlet")
    unknown = read("feed", feed, outlet=None).links[0].listed
    assert unknown.at is None
    assert (unknown.earliest, unknown.latest) == (
        datetime(2026, 11, 19, 19, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 21, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize("when", ["Tue, 01 Jan 2030 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "0"])
def test_an_impossible_time_is_none(when: str) -> None:
    listed = read("feed", rss(item("/a", more=f"<pubDate>{when}</pubDate>"))).links[0].listed
    assert (listed.at, listed.earliest, listed.source) == (None, None, "none")


def test_an_atom_update_only_bounds_the_publication() -> None:
    entry = '<entry><title>T</title><link href="/a"/>{}</entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title>{entry}</feed>'
    updated = read("feed", atom.format("<updated>2026-11-20T08:00:00Z</updated>")).links[0].listed
    assert (updated.at, updated.latest) == (None, datetime(2026, 11, 20, 8, tzinfo=UTC))
    both = "<published>2026-11-20T07:00:00Z</published><updated>2026-11-20T08:00:00Z</updated>"
    assert read("feed", atom.format(both)).links[0].listed.at == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_feedburner_gives_the_outlets_own_address() -> None:
    names = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    hidden = item(
        "http://feedproxy.google.com/~r/x/1",
        more="<feedburner:origLink>https://www.varnholm.example/a</feedburner:origLink>",
    )
    listing = read("feed", rss(hidden).replace("<rss ", f"<rss {names} "))
    assert [link.url for link in listing.links] == ["https://www.varnholm.example/a"]


def test_a_feed_with_ten_thousand_items_is_read_in_time() -> None:
    feed = rss(*(item(f"/news/{n}", f"Headline {n}") for n in range(12_000)))
    started = time.process_time()
    listing = read("feed", feed)
    assert time.process_time() - started < 10
    assert (len(listing.links), listing.window) == (MOST_LINKS, 12_000)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!DOCTYPE html><html><body><p>Log in</p></body></html>", "HTML page where a feed"),
        (b"\xef\xbb\xbf\n<html><head></head></html>", "HTML page where a feed"),
        (b"/etc/passwd", "not a feed"),
        (b"https://www.varnholm.example/", "not a feed"),
        (b'{"items": []}', "not a feed"),
        (bytes(range(256)) * 40, "not a feed"),
        (gzip.compress(b"<rss/>", mtime=0), "not a feed"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, problem: str) -> None:
    listing = read("feed", body)
    assert problem in listing.problem
    assert listing.links == ()


def test_entity_bombs_and_external_entities_come_to_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("varnholm-secret", encoding="utf-8")
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'
    stealing = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
    started = time.process_time()
    lists: list[tuple[FeedKind, Callable[[str], str]]] = [
        ("feed", lambda word: rss(item("/a", word))),
        ("sitemap", lambda word: urlset(f"<url><loc>/{word}</loc></url>")),
    ]
    for kind, body in lists:
        listing = read(kind, bomb + body("&l11;").removeprefix('<?xml version="1.0"?>'))
        assert all(len(link.headline) + len(link.url) < 2000 for link in listing.links)
    for kind, body in lists:
        assert "secret" not in repr(read(kind, stealing + body("&s;").removeprefix('<?xml version="1.0"?>')))
    assert time.process_time() - started < 5


def test_a_news_sitemap_keeps_title_and_time_and_the_newest_first() -> None:
    news = (
        "<news:news><news:publication><news:name>P</news:name></news:publication>"
        "<news:publication_date>{}</news:publication_date><news:title>{}</news:title></news:news>"
    )
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://news" xmlns:image="http://image"'
    old, new = news.format("2026-11-20T06:00:00+01:00", "Old one"), news.format("2026-11-20T09:00:00+01:00", "New one")
    image = "<image:image><image:loc>/picture.jpg</image:loc><image:title>No headline</image:title></image:image>"
    listing = read(
        "sitemap", urlset(f"<url><loc>/old</loc>{old}</url>", f"<url>{image}<loc>/new</loc>{new}</url>", names=names)
    )
    assert [(link.url.rpartition("/")[2], link.headline) for link in listing.links] == [
        ("new", "New one"),
        ("old", "Old one"),
    ]
    assert listing.links[0].listed.at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert listing.links[0].listed.source == "sitemap"


def test_an_archive_sitemap_gives_only_what_is_fresh() -> None:
    def url(days: int) -> str:
        return f"<url><loc>/{days}</loc><lastmod>{(NOON - timedelta(days=days)).date()}</lastmod></url>"

    listing = read("sitemap", urlset(*(url(days) for days in (400, 3, 30, 1)), "<url><loc>/undated</loc></url>"))
    assert [link.url.rpartition("/")[2] for link in listing.links] == ["1", "3", "undated"]
    assert listing.links[0].listed.at is None
    assert listing.links[0].listed.latest is not None


def test_an_index_names_its_fresh_children_news_first() -> None:
    children = "".join(
        f"<sitemap><loc>/{name}.xml</loc>{mod}</sitemap>"
        for name, mod in (
            ("2009", "<lastmod>2009-01-01</lastmod>"),
            ("2026-10", ""),
            ("2026-11", ""),
            ("news", ""),
            ("2025", ""),
        )
    )
    listing = read(
        "sitemap", f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>'
    )
    assert [url.rpartition("/")[2] for url in listing.further] == ["news.xml", "2026-11.xml", "2026-10.xml", "2025.xml"]


def test_gzipped_sitemaps_are_read_and_bombs_and_wrecks_are_not() -> None:
    packed = gzip.compress(urlset("<url><loc>/a</loc></url>").encode(), mtime=0)
    assert [link.url for link in read("sitemap", packed).links] == ["https://www.varnholm.example/a"]
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = (
        b"".join(bomb.compress(b"<!--" + b" " * 1_000_000) for _ in range(MOST_UNPACKED_BYTES // 1_000_000 + 5))
        + bomb.flush()
    )
    assert "more than 50 MB" in read("sitemap", data).problem
    assert "damaged" in read("sitemap", b"\x1f\x8b" + b"x" * 50).problem
    assert "HTML page" in read("sitemap", "<html><body>no</body></html>").problem
    assert "without entries" in read("sitemap", urlset()).problem
    assert "not a sitemap" in read("sitemap", "User-agent: *").problem


ARTICLES = [
    ("https://a.example/news/2026/11/20/council-votes-for-bridge", "Council votes for a new bridge"),
    ("https://a.example/content/921136.shtml", "Kerry to meet Putin in Sochi"),
    ("https://a.example/actualite-104166-sotchi-russie-afp", "John Kerry en Russie"),
    ("https://a.example/world-news/council-votes-for-bridge-762229", "Council votes for bridge"),
    ("https://a.example/story?id=102239253", "The council of Varnholm votes"),
    ("https://a.example/articles/-/3178894", "港の橋を再建へ、議会が賛成多数で可決"),
    ("https://a.example/article/4080069", "مجلس المدينة يصوت على الجسر الجديد"),
]
OTHERS = [
    ("https://a.example/", "The council of Varnholm votes"),
    ("https://a.example/world", "World"),
    ("https://a.example/tag/bridge-2026", "All stories about the bridge"),
    ("https://a.example/authors/anna-of-varnholm-7", "All stories by Anna of Varnholm"),
    ("https://a.example/category/international/europe/", "Europe"),
    ("https://a.example/privacy/policy-2026.html", "How we use your data today"),
    ("https://a.example/2026/11/20/photo.jpg", "A picture of the old bridge"),
    ("https://a.example/subscribe/now-2026", "Subscribe now for one euro"),
    ("https://a.example/news", "Read all of our news here"),
]


@pytest.mark.parametrize(("url", "anchor"), ARTICLES)
def test_links_to_articles_are_seen(url: str, anchor: str) -> None:
    assert looks_like_article(url, anchor)


@pytest.mark.parametrize(("url", "anchor"), OTHERS)
def test_navigation_is_passed_over(url: str, anchor: str) -> None:
    assert not looks_like_article(url, anchor)


def test_a_section_gives_its_own_articles_once() -> None:
    page = (
        '<html><body><a href="/news/2026-bridge-vote.html"><img alt="x"></a>'
        '<a href="/news/2026-bridge-vote.html">Council votes for the bridge</a>'
        '<a href="/news/2026-picture-story.html"><img alt="The ferry in the ice of winter"></a>'
        '<a href="https://elsewhere.example/news/2026-other.html">A story on another site altogether</a>'
        '<a href="javascript:void(0)">Do not click on this one</a>'
        '<a href="http://[oops">Broken address of a story</a></body></html>'
    )
    listing = read("section", page)
    assert [(link.url.rpartition("/")[2], link.headline) for link in listing.links] == [
        ("2026-bridge-vote.html", "Council votes for the bridge"),
        ("2026-picture-story.html", "The ferry in the ice of winter"),
    ]
    assert "without links" in read("section", "<html><body><a href='/about'>About</a></body></html>").problem
    assert read("section", b"\x89PNG\r\n\x1a\n1234").problem


@given(st.sampled_from(["feed", "sitemap", "section"]), st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_no_body_raises(kind: FeedKind, body: bytes) -> None:
    listing = read(kind, body)
    assert listing.problem or listing.links or listing.further or listing.window >= 0


@pytest.mark.skipif(not REAL_FEEDS.is_dir(), reason="the real feeds of ../shared are not there")
def test_real_feeds_give_a_headline_and_a_time_for_every_item() -> None:
    polls = [path for path in sorted(REAL_FEEDS.glob("*.xml.gz")) if "__" in path.name]
    assert polls
    for path in polls:
        polled = datetime.strptime(path.name.split("__")[1][:17], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
        listing = read_listing("feed", gzip.decompress(path.read_bytes()), BASE, None, polled)
        assert listing.problem == "", path.name
        assert len(listing.links) >= 0.9 * listing.window > 0, path.name
        assert all(link.headline and link.listed.at for link in listing.links), path.name
