"""robots.txt by RFC 9309, one pace per host, Retry-After as a floor: what a crawl asks for, and what it leaves."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.exclusion import MOST_BYTES
from crawler.middlewares.robots import product_token, read_rules
from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, Unhurried, page, rss

TEXT = {"Content-Type": "text/plain"}
ALLOWING = {
    "missing": Answer("no", 404),
    "forbidden": Answer("no", 403),
    "gone": Answer("no", 410),
    "empty": Answer("", headers=TEXT),
    "html": Answer("<html><body>Disallow: /</body></html>"),
    "others": Answer("User-agent: OtherBot\nDisallow: /\n", headers=TEXT),
    "allow wins": Answer("User-agent: *\nDisallow: /news\nAllow: /news/2026\nAllow: /feed.xml\n", headers=TEXT),
    "own group": Answer("User-agent: *\nDisallow: /\n\nUser-agent: WireTrail\nDisallow: /private\n", headers=TEXT),
    "byte order mark": Answer("\ufeffUser-agent: wiretrail\nAllow: /\n\nUser-agent: *\nDisallow: /\n", headers=TEXT),
    "redirect": Answer(status=301, headers={"Location": "/robots-real.txt"}),
    "endless redirects": Answer(status=301, headers={"Location": "/chain/1"}),
}
REFUSING = {
    "all": (Answer("User-agent: *\nDisallow: /\n", headers=TEXT), "does not allow"),
    "by name": (Answer("User-agent: wiretrail\nDisallow: /\n", headers=TEXT), "does not allow"),
    "wildcard": (Answer("User-agent: *\nDisallow: /*.xml$\n", headers=TEXT), "does not allow"),
    "in the first 500 KiB": (
        Answer("User-agent: *\nDisallow: /\n#" + "x" * (MOST_BYTES + 300_000), headers=TEXT),
        "does not allow",
    ),
    "server error": (Answer("oops", 500), "status 500"),
    "unavailable": (Answer("oops", 503), "status 503"),
    "too many requests": (Answer("slow down", 429), "asked too often"),
    "hangs up": (Answer(raw=b""), "cannot be reached"),
    "slow": (Answer("", slow_seconds=4), "time limit"),
    "loop": (Answer(status=302, headers={"Location": "/robots.txt"}), "cannot be reached"),
}


@pytest.fixture(scope="module")
def polls(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> dict[str, tuple[str, str, list[str]]]:
    """Outcome, reason and requests of one feed behind each robots.txt, after one crawl of them all."""
    from contextlib import ExitStack

    folder = tmp_path_factory.mktemp("robots")
    database = folder / "robots.db"
    database.write_bytes(sqlite_template.read_bytes())
    answers = ALLOWING | {name: answer for name, (answer, _) in REFUSING.items()}
    with ExitStack() as stack:
        sites: dict[str, Site] = {}
        for name, answer in answers.items():
            site = sites[name] = stack.enter_context(Site())
            site["/robots.txt"] = answer
            site["/robots-real.txt"] = Answer("User-agent: *\nDisallow: /private\n", headers=TEXT)
            for number in range(1, 12):
                site[f"/chain/{number}"] = Answer(status=302, headers={"Location": f"/chain/{number + 1}"})
            site["/feed.xml"] = rss([])
        listed = [outlet_row(name.replace(" ", "-"), site, ("feed", "/feed.xml")) for name, site in sites.items()]
        crawl_once(f"sqlite:///{database}", folder, *listed, options={"timeout_seconds": 2.0})
        rows = sqlite3.connect(database).execute("select outlet_id, outcome, reason from feeds").fetchall()
        return {
            name.replace("-", " "): (outcome, reason, sites[name.replace("-", " ")].paths())
            for name, outcome, reason in rows
        }


@pytest.mark.parametrize("name", ALLOWING)
def test_a_file_that_allows_or_is_not_there_lets_us_in(name: str, polls: dict[str, tuple[str, str, list[str]]]) -> None:
    outcome, reason, paths = polls[name]
    assert (outcome, reason) == ("ok", "")
    assert paths[0] == "/robots.txt"
    assert paths[-1] == "/feed.xml"


@pytest.mark.parametrize("name", REFUSING)
def test_a_file_that_forbids_or_cannot_be_read_keeps_us_out(
    name: str, polls: dict[str, tuple[str, str, list[str]]]
) -> None:
    outcome, reason, paths = polls[name]
    assert outcome == "refused"
    assert REFUSING[name][1] in reason
    assert set(paths) == {"/robots.txt"}
    assert len(paths) == 1


def test_rules_after_500_kib_are_not_read() -> None:
    padding = b"#" + b"x" * MOST_BYTES + b"\n"
    assert read_rules(padding + b"User-agent: *\nDisallow: /\n").allows("http://a.example/x", "wiretrail")
    assert not read_rules(b"User-agent: *\nDisallow: /\n" + padding).allows("http://a.example/x", "wiretrail")


WORDS = [
    "User-agent",
    "Disallow",
    "Allow",
    "Crawl-delay",
    "License",
    ":",
    " ",
    "*",
    "/",
    "$",
    "%",
    "%zz",
    "\n",
    "wiretrail",
    "1e9",
]


@given(
    st.binary(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=60).map(lambda words: "".join(words).encode())
)
def test_no_file_breaks_the_reading_of_rules(body: bytes) -> None:
    rules = read_rules(body)
    assert rules.allows("https://varnholm.example/a%20b?c=%E2%82%AC", "wiretrail") in (True, False)
    assert rules.delay_seconds("wiretrail") >= 0


def test_rules_made_to_be_slow_are_not() -> None:
    hostile = b"User-agent: *\n" + b"".join(b"Disallow: /" + b"*a" * n + b"*b$\n" for n in range(1, 400))
    started = time.process_time()
    assert read_rules(hostile).allows("https://varnholm.example/" + "a" * 1900, "wiretrail")
    assert time.process_time() - started < 2


def test_licence_lines_are_noted() -> None:
    assert read_rules(b"License: https://a.example/rsl.xml\nUser-agent: *\nAllow: /\n").licences == (
        "https://a.example/rsl.xml",
    )


def test_the_product_token_is_the_first_word() -> None:
    assert product_token("wiretrail/0.1 (+mailto:desk@example.com)") == "wiretrail"
    assert product_token("") == "wiretrail"


def pages_of(database: str) -> list[tuple[str, str, str | None, str]]:
    return (
        sqlite3.connect(database.removeprefix("sqlite:///"))
        .execute("select url, outcome, due_at, fetched_at from pages order by url")
        .fetchall()
    )


def feed_of(site: Site, count: int) -> None:
    for number in range(count):
        site[f"/news/2026-{number}.html"] = page(f"Story number {number} of the bridge", number=number)
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{n}.html"), f"Story {n}", "") for n in range(count)])


def test_a_host_is_asked_at_its_pace_and_hosts_side_by_side(
    sqlite_database: str, new_site: Callable[[], Site], tmp_path: Path
) -> None:
    sites = [new_site(), new_site()]
    for site in sites:
        feed_of(site, 4)
    rows = [outlet_row(f"outlet-{n}", site, ("feed", "/feed.xml")) for n, site in enumerate(sites)]
    crawl_once(sqlite_database, tmp_path, *rows, options={"delay_seconds": 0.4})
    for site in sites:
        gaps = [later.at - earlier.at for earlier, later in pairwise(site.asked)]
        assert len(gaps) == 5
        assert min(gaps) >= 0.4 * 0.7 - 0.05, "the jitter takes at most 30 %"
    spans = [(site.asked[0].at, site.asked[-1].at) for site in sites]
    assert max(start for start, _ in spans) < min(end for _, end in spans), "one after the other instead of both"


def test_a_host_is_never_asked_twice_at_once(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 8)
    unhurried = Unhurried(0.05)
    for number in range(8):
        site[f"/news/2026-{number}.html"] = unhurried
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert unhurried.most == {site.host: 1}


def test_a_crawl_delay_is_kept(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 3)
    site["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 1\n", headers=TEXT)
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert all(later.at - earlier.at >= 0.95 for earlier, later in pairwise(site.asked[1:]))
    assert len(site.asked) == 5


def test_a_crawl_delay_of_an_hour_leaves_the_rest_to_later(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 3)
    site["/robots.txt"] = Answer("User-agent: *\nCrawl-delay: 3600\n", headers=TEXT)
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert site.paths() == ["/robots.txt", "/feed.xml"]
    for _, outcome, due_at, fetched_at in pages_of(sqlite_database):
        assert outcome == "refused"
        assert due_at is not None
        assert datetime.fromisoformat(due_at) - datetime.fromisoformat(fetched_at) >= timedelta(seconds=3590)


@pytest.mark.parametrize(
    ("status", "value", "least"),
    [(429, "3600", 3600), (503, "7200", 7200), (429, "date", 5000), (429, "", 300)],
    ids=["seconds", "unavailable", "date", "unsaid"],
)
def test_a_host_that_says_later_is_left_alone(
    status: int, value: str, least: float, sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    from email.utils import formatdate

    feed_of(site, 6)
    headers = {"Date": formatdate(1_800_000_000, usegmt=True)} if value == "date" else {}
    asked = formatdate(1_800_000_000 + 5400, usegmt=True) if value == "date" else value
    site["/news/2026-5.html"] = site["/news/2026-5.html"] = Answer(
        "later", status, headers | ({"Retry-After": asked} if asked else {})
    )
    for number in range(5):
        site[f"/news/2026-{number}.html"] = Answer("later", status, headers | ({"Retry-After": asked} if asked else {}))
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    assert sum(path.startswith("/news/") for path in site.paths()) == 1, "asked again after being told to wait"
    found = pages_of(sqlite_database)
    assert len(found) == 6
    for _, outcome, due_at, fetched_at in found:
        assert outcome in ("refused", "failed")
        assert due_at is not None
        wait = datetime.fromisoformat(due_at) - datetime.fromisoformat(fetched_at)
        assert wait >= timedelta(seconds=least - 10)


def test_we_say_who_we_are(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    feed_of(site, 1)
    crawl_once(sqlite_database, tmp_path, outlet_row("varnholm", site, ("feed", "/feed.xml")))
    agents: set[Any] = {asked.headers["User-Agent"] for asked in site.asked}
    assert len(agents) == 1
    assert agents.pop().startswith("wiretrail/")
    assert all("desk@example.com" in asked.headers["User-Agent"] for asked in site.asked)
    assert not any("Cookie" in asked.headers or "Referer" in asked.headers for asked in site.asked)


def test_what_a_host_asked_for_holds_for_the_crawls_after_it(sqlite_database: str, site: Site, tmp_path: Path) -> None:
    """robots.txt is read once a day, and "later" is kept although every crawl is a new process."""
    feed_of(site, 2)
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    for number in range(2):
        site[f"/news/2026-{number}.html"] = Answer("later", 429, {"Retry-After": "3600"})
    crawl_once(sqlite_database, tmp_path, row)
    asked = len(site.asked)
    assert site.times("/robots.txt") == 1
    crawl_once(sqlite_database, tmp_path, row, minutes_later=40)
    assert len(site.asked) == asked, "the feed is due, but its host wants to be left alone for an hour"
    crawl_once(sqlite_database, tmp_path, row, minutes_later=70)
    assert site.times("/feed.xml") == 2
    assert site.times("/robots.txt") == 1
    crawl_once(sqlite_database, tmp_path, row, minutes_later=25 * 60)
    assert site.times("/robots.txt") == 2


def test_a_host_on_the_stop_list_is_not_asked_even_by_redirect(
    sqlite_database: str, site: Site, tmp_path: Path
) -> None:
    site["/feed.xml"] = Answer(
        status=301, headers={"Location": site.url("/feed.xml").replace("127.0.0.1", "127.0.0.2")}
    )
    row = outlet_row("varnholm", site, ("feed", "/feed.xml"))
    crawl_once(sqlite_database, tmp_path, row, options={"never": ("127.0.0.2",)})
    reasons = sqlite3.connect(sqlite_database.removeprefix("sqlite:///")).execute("select reason from feeds").fetchall()
    assert reasons == [("127.0.0.2 is on the list of hosts never to ask",)]
