"""Canonical addresses: believed where they are the page's own in another dress, never where they are of many pages."""

from __future__ import annotations

import pytest

from news.canonical import claims_its_own

SITE = "https://www.daily.example"
QUAY = "Quay stays closed after the storm"

OWN = [
    ("/news/quay-stays-closed.html", "/amp/news/quay-stays-closed.html"),
    ("/news/quay-stays-closed.html", "/news/quay-stays-closed.amp.html"),
    ("/news/quay-stays-closed", "/news/quay-stays-closed/amp/"),
    ("/news/quay", "/news/quay?outputType=amp"),
    ("/news/quay", "/news/quay/print"),
    ("/news/2026-one.html", "/world/2026-one.html"),
    ("/news/2026-one.html", "/news/2026-one.html?page=print-view"),
    ("/news/quay-1001", "/news/quay-1001?utm_source=feed&ref=home"),
    ("/news/quay-1001", "/news/quay-1001?cmp=newsletter"),
    ("/article.php?id=123", "/article.php?id=123&from=rss"),
    ("/2026/11/29/quay-stays-closed/", "/?p=88123"),
    ("/news/world-67123456", "/news/world/67123456/amp"),
    ("/ports/quay-stays-closed-7712345.html", "/short/7712345"),
    ("/story/7712345/", "/story/7712345/quay-stays-closed-after-storm/"),
    ("https://daily.example/news/quay", "https://m.daily.example/news/quay"),
    ("http://www.daily.example/news/quay", "/news/quay"),
    ("/2026/11/le-quai-reste-ferme-apres-la-tempete", "/go/xYz"),
    ("/harbour/quay-stays-closed-after-storm/", "/articles/quay-stays-closed-after-storm-id119898"),
    ("/article/quay-news-idUSKBN1XT00W", "/article/quay-news/shares-soft-as-doubts-creep-idUSKBN1XT00W"),
    ("/%D8%A7%D9%84%D8%B1%D8%B5%D9%8A%D9%81-%D9%85%D8%BA%D9%84%D9%82", "/m/الرصيف-مغلق"),
]
MANY = [
    ("/", "/news/quay-1001"),
    ("/news/", "/news/quay-1001"),
    ("/tag/ports", "/news/quay-1001"),
    ("/2026/11/29", "/2026/11/29/quay-stays-closed"),
    ("/news/latest-news-from-varnholm", "/news/quay-1001"),
    ("/news/bank-1002", "/news/quay-1001"),
    ("/bank-leaves-key-rate-unchanged", "/news/quay-1001"),
    ("/section-12345/", "/section-12345/quay-stays-closed"),
    ("/weather-for-the-day-1001", "/weather-for-the-day-1002"),
    ("/covid19updates2021", "/covid19updates2021/quay-stays-closed"),
    ("/a", "/a?id=1"),
    ("/index.php", "/index.php?aid=7"),
    ("/show-article", "/show-article?id=17"),
    ("/read-the-whole-story", "/read-the-whole-story?story=9"),
    ("/article.php", "/article.php?whatever=seventeen"),
    ("/long-read-1", "/long-read-1?page=2"),
    ("/long-read-about-quays", "/long-read-about-quays/2"),
    ("/long-read-about-quays", "/long-read-about-quays/page-3"),
    ("/gallery-of-the-storm", "/gallery-of-the-storm?slide=3"),
    ("/en/news/", "/en/news/?item=77"),
    ("https://www.weekly.example/news/quay-1001", "/news/quay-1001"),
    ("https://daily.evil.example/news/quay-1001", "/news/quay-1001"),
    ("", "/news/quay-1001"),
    ("javascript:void(0)", "/news/quay-1001"),
    ("http://[oops", "/news/quay-1001"),
]


@pytest.mark.parametrize(("claimed", "url"), OWN)
def test_another_dress_of_the_page_is_its_article(claimed: str, url: str) -> None:
    headline = "Le quai reste fermé après la tempête" if "quai" in claimed else QUAY
    there, here = (each if "://" in each else SITE + each for each in (claimed, url))
    assert claims_its_own(there, here, headline)


@pytest.mark.parametrize(("claimed", "url"), MANY)
def test_an_address_of_many_pages_is_nobodys_article(claimed: str, url: str) -> None:
    there = SITE + claimed if claimed.startswith("/") else claimed
    assert not claims_its_own(there, SITE + url, QUAY)
