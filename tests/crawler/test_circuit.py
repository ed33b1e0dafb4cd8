"""A host that only fails is left alone; every request counts, redirects and all; an undated page has its bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from storage.crawling.hosts import CIRCUIT_FAILURES, LONGEST_CIRCUIT, Asked, circuit_pause, note_requests
from storage.engine import reading, writing
from storage.models import HostRow
from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, page, rss

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def asked_of(database: str, query: str) -> list[Any]:
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


def test_a_host_that_only_fails_is_left_alone(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    for number in range(12):
        site[f"/news/2026-{number}.html"] = Answer("oops", 500)
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{number}.html"), "x", "") for number in range(12)])
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert sum(path.startswith("/news/") for path in site.paths()) == CIRCUIT_FAILURES
    reasons = [reason for (reason,) in asked_of(sqlite_database, "select reason from pages where outcome = 'refused'")]
    assert len(reasons) == 12 - CIRCUIT_FAILURES
    assert all("failed 5 times in a row and is left alone" in reason for reason in reasons)
    asked = len(site.asked)
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")), minutes_later=12)
    assert len(site.asked) == asked, "the next crawl must leave it alone too"
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")), minutes_later=240)
    assert len(site.asked) > asked


def test_one_answer_closes_the_circuit(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    replies = {number: Answer("oops", 500) for number in range(12)}
    for number in range(12):
        site[f"/news/2026-{number:02}.html"] = replies[number] if number % 4 else page(f"Good {number}", number=number)
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{number:02}.html"), "x", "") for number in range(12)])
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert sum(path.startswith("/news/") for path in site.paths()) == 12


def test_the_pauses_of_a_host_that_stays_down_grow_and_end(engine: Engine) -> None:
    now, pauses = NOON, []
    for _ in range(40):
        with writing(engine) as session:
            note_requests(session, [Asked("a.example", now, failed=True)])
        with reading(engine) as session:
            row = session.get(HostRow, "a.example")
            assert row is not None
            pauses.append((row.wait_until - now) if row.wait_until and row.wait_until > now else timedelta(0))
        now += timedelta(hours=7)
    assert pauses == sorted(pauses)
    assert pauses[CIRCUIT_FAILURES - 2] == timedelta(0) < pauses[CIRCUIT_FAILURES - 1]
    assert pauses[-1] == LONGEST_CIRCUIT == circuit_pause(10**9)
    with writing(engine) as session:
        note_requests(session, [Asked("a.example", now, failed=True), Asked("a.example", now)])
    with reading(engine) as session:
        row = session.get(HostRow, "a.example")
        assert row is not None
        assert row.failures == 0


def test_every_hop_counts_for_the_host_it_asked(
    sqlite_database: str, new_site: Callable[[], Site], tmp_path: Path
) -> None:
    site, other = new_site(), new_site()
    site["/feed.xml"] = Answer(status=301, headers={"Location": "/moved.xml"})
    site["/moved.xml"] = Answer(status=301, headers={"Location": other.url("/feed.xml")})
    other["/feed.xml"] = rss([])
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    made = dict(asked_of(sqlite_database, "select host, requests from hosts"))
    unseen = 1  # tdmrep.json, which a site does not remember when it has none
    assert made == {site.host: len(site.asked) + unseen, other.host: len(other.asked) + unseen}


@pytest.mark.parametrize("kind", ["feed", "section"])
def test_an_undated_page_was_published_after_the_poll_that_did_not_list_it(
    kind: str, sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    """Almaghrib Today's pages state no time at all: the poll before is the only lower bound there is."""
    links = [f"/news/2026-the-council-voted-{number}.html" for number in range(3)]
    for number, link in enumerate(links):
        site[link] = page(f"The council of Varnholm voted, part {number}", number=number)

    def listing(count: int) -> Answer:
        headline = "The council voted on the bridge"
        if kind == "feed":
            return rss([(site.url(link), headline, "") for link in links[:count]])
        return Answer("".join(f"<p><a href='{link}'>{headline}</a></p>" for link in links[:count]))

    row = outlet_row("varnholm", site, (kind, "/list"))
    for count, minutes in ((2, 0), (3, 1500)):
        site["/list"] = listing(count)
        crawl_once(sqlite_database, tmp_path, row, minutes_later=minutes)
    query = (
        "select a.canonical_url, v.published_at, v.published_earliest, v.published_source from article_versions v "
        "join articles a on a.id = v.article_id order by a.canonical_url"
    )
    found = asked_of(sqlite_database, query)
    assert [at for _, at, _, _ in found] == [None] * 3
    assert [earliest for _, _, earliest, _ in found[:2]] == [None] * 2, "who knows how long they had been there"
    polled = asked_of(sqlite_database, "select min(fetched_at) from fetches where url like '%/list'")[0][0]
    wanted = (polled, "first listed") if kind == "feed" else (None, found[0][3])
    assert found[2][2:] == wanted, "a section page may show at last what was there for days"
