"""Over real HTTP: everything appears when its time has come and not before, and conditional requests hold."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from demo.listed_pages import WINDOW
from demo.server import serve
from demo.shapes import Newsroom

from .conftest import Clock, OnAir

MINUTE = timedelta(minutes=1)
SILENT = "/sports/cycling/okonjo-wins-queen-stage/articleshow/106220011.cms"


def test_every_page_comes_at_its_moment_and_not_before(on_air: OnAir) -> None:
    for page in on_air.newsroom.pages:
        for path in (page.path, *(twin.path for twin in page.twins)):
            on_air.clock.moment = page.versions[0].visible_from - MINUTE
            assert on_air.ask(page.site, path).status == 404, path
            on_air.clock.moment += MINUTE
            reply = on_air.ask(page.site, path)
            assert reply.status == 200, path
            assert page.site in on_air.running.base_urls
            assert "@base@" not in reply.text
            assert "@clock@" not in reply.text


def test_a_version_replaces_the_one_before_it(on_air: OnAir) -> None:
    page = next(page for page in on_air.newsroom.pages if page.path == SILENT)
    on_air.clock.moment = page.versions[1].visible_from - MINUTE
    assert "1 minute 12 seconds" in on_air.ask(page.site, SILENT).text
    on_air.clock.moment += MINUTE
    assert "1 minute 21 seconds" in on_air.ask(page.site, SILENT).text


def listed_addresses(on_air: OnAir, site_id: str) -> list[str]:
    """Every address the site's listings give, following an index to its children."""
    site = next(site for site in on_air.newsroom.sites if site.id == site_id)
    base = on_air.running.base_urls[site_id]
    found: list[str] = []
    for feed in site.feeds:
        for path in feed.children or (feed.path,):
            body = on_air.ask(site_id, path).body
            text = (gzip.decompress(body) if path.endswith(".gz") else body).decode()
            if feed.style == "section":
                found += [base + link.replace("&amp;", "&") for link in re.findall(r'<h3><a href="([^"]+)"', text)]
            else:
                root = ElementTree.fromstring(text)
                found += [loc.text or "" for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
                found += [link.text or "" for item in root.iter("item") for link in item.iter("link")]
                atom = "{http://www.w3.org/2005/Atom}"
                found += [link.get("href") or "" for e in root.iter(f"{atom}entry") for link in e.iter(f"{atom}link")]
    return found


def test_every_visible_article_is_listed_and_every_listed_address_answers(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.start + timedelta(hours=30)
    for site in on_air.newsroom.sites:
        base = on_air.running.base_urls[site.id]
        listed = listed_addresses(on_air, site.id)
        visible = [p.path for p in on_air.newsroom.pages if p.site == site.id and p.published <= on_air.clock.moment]
        plain = {re.sub(r"[?&]utm_.*", "", address.removeprefix(base)) for address in listed}
        assert set(visible) <= plain, site.id
        for address in listed:
            assert on_air.ask(site.id, address.removeprefix(base)).status == 200, address


def test_listings_are_empty_before_anything_happened(on_air: OnAir) -> None:
    assert [listed_addresses(on_air, site.id) for site in on_air.newsroom.sites] == [[]] * 14


def test_a_listing_is_a_window_of_the_newest(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end
    for site in on_air.newsroom.sites:
        for feed in site.feeds:
            if feed.style == "rss":
                items = list(ElementTree.fromstring(on_air.ask(site.id, feed.path).text).iter("item"))
                dates = [parsedate_to_datetime(item.findtext("pubDate") or "") for item in items]
                assert 0 < len(items) <= WINDOW
                assert dates == sorted(dates, reverse=True)


def test_news_sitemaps_hold_publication_dates(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end
    page = next(page for page in on_air.newsroom.pages if page.site == "mindanao-dispatch")
    root = ElementTree.fromstring(on_air.ask("mindanao-dispatch", "/news-sitemap.xml").text)
    dates = [e.text or "" for e in root.iter("{http://www.google.com/schemas/sitemap-news/0.9}publication_date")]
    assert page.published in [datetime.fromisoformat(date).astimezone(UTC) for date in dates]


def test_an_article_answers_under_several_addresses_and_names_one(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end
    path = "/world/ferry-runs-aground-off-maravia-41822"
    canonical = f'<link rel="canonical" href="{on_air.running.base_urls["harbour-herald"]}{path}">'
    for address in (path, f"{path}?utm_source=rss&utm_medium=feed", f"{path}/amp"):
        assert canonical in on_air.ask("harbour-herald", address).text, address
    assert on_air.ask("gulf-review", "/en/article.php?id=5512&utm_source=x").text.count("Rautalampi") >= 2
    assert on_air.ask("gulf-review", "/en/article.php?id=1").status == 404


def test_etag_and_last_modified_save_the_body(on_air: OnAir) -> None:
    page = next(page for page in on_air.newsroom.pages if page.path == SILENT)
    on_air.clock.moment = page.published + MINUTE
    first = on_air.ask(page.site, SILENT)
    by_tag = on_air.ask(page.site, SILENT, If_None_Match=f'"other", W/{first.headers["ETag"]}')
    by_date = on_air.ask(page.site, SILENT, If_Modified_Since=first.headers["Last-Modified"])
    assert (by_tag.status, by_tag.body, by_date.status, by_date.body) == (304, b"", 304, b"")
    stale = on_air.ask(page.site, SILENT, If_None_Match='"other"', If_Modified_Since=first.headers["Last-Modified"])
    assert stale.status == 200
    on_air.clock.moment = page.versions[1].visible_from
    assert on_air.ask(page.site, SILENT, If_None_Match=first.headers["ETag"]).status == 200
    assert on_air.ask(page.site, SILENT, If_Modified_Since=first.headers["Last-Modified"]).status == 200


@pytest.mark.parametrize("date", ["yesterday", "Wed, 18 Nov 2026 25:00:00 GMT", "Wed, 18 Nov 2026 10:00:00", ""])
def test_an_unusable_date_is_no_condition(on_air: OnAir, date: str) -> None:
    on_air.clock.moment = on_air.newsroom.end
    assert on_air.ask("delta-standard", SILENT, If_Modified_Since=date).status == 200


def test_feeds_answer_304_until_something_new_appears(on_air: OnAir) -> None:
    pages = sorted((p for p in on_air.newsroom.pages if p.site == "delta-standard"), key=lambda p: p.published)
    on_air.clock.moment = pages[0].published
    first = on_air.ask("delta-standard", "/rssfeeds/world.cms")
    assert on_air.ask("delta-standard", "/rssfeeds/world.cms", If_None_Match=first.headers["ETag"]).status == 304
    on_air.clock.moment = pages[1].published
    assert on_air.ask("delta-standard", "/rssfeeds/world.cms", If_None_Match=first.headers["ETag"]).status == 200


def test_the_page_clock_ticks_and_carries_no_validators(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end.replace(hour=9, minute=3)
    one = on_air.ask("gulf-review", "/en/article.php?id=5512")
    on_air.clock.moment += MINUTE
    other = on_air.ask("gulf-review", "/en/article.php?id=5512")
    assert "Last Updated : GMT 09:03:00" in one.text
    assert one.text.replace("09:03:00", "09:04:00") == other.text
    assert not {"ETag", "Last-Modified"} & set(one.headers)


def test_head_has_the_headers_of_get_and_no_body(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end
    get, head = (on_air.ask("delta-standard", SILENT, method) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert {**get.headers, "Date": ""} == {**head.headers, "Date": ""}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(on_air: OnAir, method: str) -> None:
    assert on_air.ask("afp", "/", method).status == 501


def test_gzip_on_request_only(on_air: OnAir) -> None:
    on_air.clock.moment = on_air.newsroom.end
    plain = on_air.ask("delta-standard", SILENT)
    packed = on_air.ask("delta-standard", SILENT, Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in plain.headers
    child = on_air.ask("baltic-telegraph", "/sitemaps/news-1.xml.gz", Accept_Encoding="gzip")
    assert "Content-Encoding" not in child.headers


def test_robots(on_air: OnAir) -> None:
    herald = on_air.ask("harbour-herald", "/robots.txt").text
    assert "Crawl-delay: 0.1" in herald
    assert "Disallow: /subscriber/" in herald
    assert on_air.ask("savanna-monitor", "/robots.txt").status == 404
    base = on_air.running.base_urls["baltic-telegraph"]
    assert f"Sitemap: {base}/sitemaps/index.xml" in on_air.ask("baltic-telegraph", "/robots.txt").text


def test_date_header_is_the_simulated_time(on_air: OnAir) -> None:
    on_air.clock.moment = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert on_air.ask("afp", "/").headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"


def test_visits_are_counted(on_air: OnAir) -> None:
    on_air.ask("afp", "/nowhere?x=1")
    on_air.ask("afp", "/nowhere?x=1")
    on_air.ask("afp", "/robots.txt")
    assert on_air.running.visits.counts() == {("afp", "/nowhere?x=1", 404): 2, ("afp", "/robots.txt", 200): 1}


def test_a_taken_port_is_named(on_air: OnAir, newsroom: Newsroom) -> None:
    taken = on_air.running.ports["al-sahil"]
    with (
        pytest.raises(OSError, match=f"port {taken} for al-sahil"),
        serve(newsroom, Clock(newsroom.start), {"al-sahil": taken}),
    ):
        raise AssertionError("two servers on one port")


def test_chosen_ports_are_kept(newsroom: Newsroom) -> None:
    with serve(newsroom, Clock(newsroom.start)) as first:
        ports = dict(first.ports)
    with serve(newsroom, Clock(newsroom.start), ports) as second:
        assert dict(second.ports) == ports
