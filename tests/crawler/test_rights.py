"""What sites say on text and data mining and on licences is kept as said, wherever it stands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.rights import ruled, signals
from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, page, rss

ADDRESS = "https://varnholm.example/news/2026-bridge.html"
RSL = 'rel="license" type="application/rsl+xml"'


def said(body: str = "<html></html>", **headers: str) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return signals(HtmlResponse(ADDRESS, headers=names, body=body.encode(), request=Request(ADDRESS)))


def test_nothing_said_is_nothing() -> None:
    assert said() == said("") == said("plain words") == ""


@pytest.mark.parametrize(
    "tag",
    [
        '<meta name="tdm-reservation" content="1">',
        "<META content='1' NAME='TDM-Reservation' />",
        "<meta name=tdm-reservation content=1>",
        '<meta data-x="a"\n name = "tdm-reservation"\n content = "1">',
    ],
)
def test_a_reservation_in_the_head_is_read_however_it_is_written(tag: str) -> None:
    assert said(f"<html><head>{tag}</head>") == "tdm-reservation: 1"


def test_headers_win_over_the_head() -> None:
    head = '<meta name="tdm-reservation" content="1">'
    assert said(head, tdm_reservation="0", tdm_policy="https://a.example/p") == (
        "tdm-reservation: 0; tdm-policy: https://a.example/p"
    )


def test_licences_are_kept_from_header_and_head() -> None:
    link = '<https://a.example/x>; rel="next", <https://a.example/rsl.xml>; rel="license"; type="application/rsl+xml"'
    assert said(Link=link) == "link header license: https://a.example/rsl.xml"
    assert said(f'<link {RSL} href="/rsl.xml">') == "link license: /rsl.xml"
    assert said('<link rel="license" href="https://creativecommons.org/by/4.0/">') == "", "a licence, but not RSL"


FILE = b"""[{"location": "/about$", "tdm-reservation": 0},
 {"location": "/news/*.html", "tdm-reservation": 1, "tdm-policy": "https://a.example/p"},
 {"location": "/", "tdm-reservation": 0}]"""


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/news/a/b.html", ["tdmrep.json tdm-reservation: 1", "tdmrep.json tdm-policy: https://a.example/p"]),
        ("/news/a.htm", ["tdmrep.json tdm-reservation: 0"]),
        ("/about", ["tdmrep.json tdm-reservation: 0"]),
        ("", ["tdmrep.json tdm-reservation: 0"]),
    ],
)
def test_the_first_rule_of_a_tdmrep_file_that_fits_counts(path: str, wanted: list[str]) -> None:
    assert ruled(FILE, "https://varnholm.example" + path) == wanted


@pytest.mark.parametrize("body", [None, b"", b"{}", b"[1, null]", b"[" * 70_000, b'[{"location": 3}]', b"<html>"])
def test_a_file_of_another_form_says_nothing(body: bytes | None) -> None:
    assert ruled(body, ADDRESS) == []


@given(st.text("ab*$/", min_size=1, max_size=12), st.text("ab/", max_size=12))
def test_locations_fit_as_their_regular_expression_would(location: str, path: str) -> None:
    import json
    import re

    pattern = ".*".join(re.escape(piece) for piece in location.removesuffix("$").split("*"))
    wanted = re.match(pattern + ("$" if location.endswith("$") else ""), "/" + path) is not None
    body = json.dumps([{"location": location, "tdm-reservation": 1}]).encode()
    assert bool(ruled(body, f"https://varnholm.example/{path}")) == wanted


def test_a_tdmrep_file_is_asked_for_once_a_day_and_kept_with_each_fetch(
    sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    site["/.well-known/tdmrep.json"] = Answer(
        '[{"location": "/news/", "tdm-reservation": 1}]', headers={"Content-Type": "application/json"}
    )
    site["/news/2026-a.html"] = page("A page", number=1)
    site["/feed.xml"] = rss([(site.url("/news/2026-a.html"), "A", "")])
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    for minutes in (0, 120):
        crawl_once(sqlite_database, tmp_path, row, minutes_later=minutes)
    assert site.times("/.well-known/tdmrep.json") == 1
    with closing(sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("select url, tdm from fetches order by id").fetchall()
    assert [tdm for url, tdm in found if url.endswith("a.html")] == ["tdmrep.json tdm-reservation: 1"] * 2
    assert [tdm for url, tdm in found if url.endswith("feed.xml")] == [""] * 2


def test_a_tdmrep_file_that_robots_txt_forbids_is_not_asked_for(
    sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    site["/.well-known/tdmrep.json"] = Answer("[]")
    site["/robots.txt"] = Answer("User-agent: *\nDisallow: /.well-known/\n")
    site["/feed.xml"] = rss([])
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert site.paths() == ["/robots.txt", "/feed.xml"]
