"""A crawl that is told to stop, or meets its deadline, keeps all it finished and leaves the rest to the frontier."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Asked, Site, page, rss


def feed_of(site: Site, count: int) -> None:
    for number in range(count):
        site[f"/news/2026-{number}.html"] = page(f"Story number {number} of the bridge", number=number)
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{n}.html"), f"Story {n}", "") for n in range(count)])


def fetched(database: str) -> tuple[int, int]:
    """How many pages have been fetched, and how many articles there are."""
    connection = sqlite3.connect(database.removeprefix("sqlite:///"))
    pages = connection.execute("select count(*) from pages where visits > 0").fetchone()[0]
    return pages, connection.execute("select count(*) from article_versions").fetchone()[0]


def test_sigterm_ends_a_crawl_and_loses_nothing(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 30)
    told: list[int] = []

    def telling(asked: Asked) -> Answer:
        """The child's process id stands in its User-Agent, so that the site can end it in the middle of its work."""
        if not told:
            child = int(asked.headers["User-Agent"].rpartition(" ")[2])
            told.append(child)
            threading.Timer(0.1, os.kill, (child, signal.SIGTERM)).start()
        return Answer(page(f"Story at {asked.path}", number=99))

    site["/news/2026-25.html"] = telling
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    counts = crawl_once(sqlite_database, tmp_path, row, options={"delay_seconds": 0.2, "user_agent": "wiretrail/0 pid"})
    assert counts["stopped"]
    asked = sum(path.startswith("/news/") for path in site.paths())
    pages, versions = fetched(sqlite_database)
    assert 3 <= counts["articles"] == pages == versions <= asked < 30
    assert counts["unanswered"] + pages == 30
    rest = crawl_once(sqlite_database, tmp_path, row)
    assert rest["fetches"] == 30 - pages
    assert fetched(sqlite_database) == (30, 30)


def test_a_deadline_is_a_stop(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 30)
    counts = crawl_once(
        sqlite_database,
        tmp_path,
        outlet_row("varnholm", site, ("feed", "/feed.xml")),
        options={"delay_seconds": 0.5, "deadline_seconds": 10.0},
    )
    assert counts["stopped"]
    assert 0 < counts["articles"] < 30
    assert fetched(sqlite_database) == (counts["articles"], counts["articles"])


def test_a_server_that_never_answers_does_not_hold_up_a_stop(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 3)
    site["/news/2026-2.html"] = Answer(page("Too late"), slow_seconds=3600)
    counts = crawl_once(
        sqlite_database,
        tmp_path,
        outlet_row("varnholm", site, ("feed", "/feed.xml")),
        options={"timeout_seconds": 3600.0, "deadline_seconds": 10.0},
    )
    assert counts["stopped"]
    assert counts["unanswered"] >= 1


def test_a_batch_does_not_wait_for_its_slowest_host_while_others_wait(
    sqlite_database: str, new_site: Callable[[], Site], tmp_path: Path
) -> None:
    """What the slow host was asked comes to its end; what it was not asked yet is left, and nothing of it failed."""
    slow, quick = new_site(), new_site()
    for site, pages in ((slow, 60), (quick, 3)):
        feed_of(site, pages)
    for number in range(60):
        path = f"/news/2026-{number}.html"
        slow[path] = Answer(page(f"Story {number} of the sound", number=number), slow_seconds=0.5)
    rows = [outlet_row(name, site, ("feed", "/feed.xml")) for name, site in (("slow", slow), ("quick", quick))]
    options = {"linger_seconds": 0.1, "timeout_seconds": 30.0}
    counts = crawl_once(sqlite_database, tmp_path, *rows, options=options, others_wait=7)
    assert counts["stopped"]
    assert counts["failed"] == counts["refused"] == counts["unsaved"] == 0
    asked = sum(path.startswith("/news/") for path in slow.paths())
    assert 0 < asked < 60
    assert (counts["articles"], counts["unanswered"]) == (asked + 3, 60 - asked)
    assert fetched(sqlite_database) == (asked + 3, asked + 3)


def test_pages_do_not_wait_for_another_hosts_feed(
    sqlite_database: str, new_site: Callable[[], Site], tmp_path: Path
) -> None:
    slow, quick = new_site(), new_site()
    feed_of(quick, 2)
    feed_of(slow, 2)
    feed, came = slow._replies["/feed.xml"], threading.Event()

    def when_the_other_is_read(asked: Asked) -> Answer:
        assert isinstance(feed, Answer)
        return feed if came.wait(60) else Answer("nobody came", 500)

    def last(asked: Asked) -> Answer:
        came.set()
        return Answer(page("The last story", number=9))

    slow["/feed.xml"], quick["/news/2026-1.html"] = when_the_other_is_read, last
    rows = [outlet_row(name, site, ("feed", "/feed.xml")) for name, site in (("slow", slow), ("quick", quick))]
    counts = crawl_once(sqlite_database, tmp_path, *rows, options={"timeout_seconds": 90.0})
    assert (counts["articles"], counts["failed"]) == (4, 0)
