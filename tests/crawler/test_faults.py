"""Every way a request can go wrong ends as one recorded outcome, a plain reason and a next time. One crawl of all."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.faults import LISTINGS, PAGES, Fault, redirect
from tests.crawler.site import Site, page, rss

Recorded = dict[str, tuple[str, str, str | None, str]]
"""By name: outcome, reason, when next, when asked."""


def build(site: Site) -> None:
    """A site with every fault, and a good page after every third: a host that only fails is left alone."""
    items = []
    for number, (name, fault) in enumerate(sorted(PAGES.items())):
        site[f"/news/2026-{name}.html"] = fault.reply
        items.append((site.url(f"/news/2026-{name}.html"), f"About {name}", ""))
        if number % 3 == 0:
            site[f"/news/2026-{name}-then-good.html"] = page(f"A good page after {name}", number=100 + number)
            items.append((site.url(f"/news/2026-{name}-then-good.html"), "Good", ""))
    site["/"] = page("The front page of the Varnholm Post", number=77)
    for path in ("/account/login?back=1", "/consent?return=/news", "/captcha/verify"):
        site[path] = page(f"Who are you, asks {path}", number=len(path))
    for number in range(1, 30):
        site[f"/chain/{number}"] = redirect(f"/chain/{number + 1}")
    site["/feeds/all"] = rss(items)


def rows_of(stack: ExitStack, site: Site) -> list[str]:
    """The catalogue of all faults: pages behind one feed, listings of one host, and hosts that ask to be left alone."""
    build(site)
    listed = [("feed", "/feeds/all")]
    rows = []
    for number, (name, fault) in enumerate(sorted(LISTINGS.items())):
        home = stack.enter_context(Site()) if fault.alone else site
        home[f"/feeds/{name}"] = fault.reply
        if fault.alone:
            rows.append(outlet_row(name, home, (fault.kind, f"/feeds/{name}")))
            continue
        listed.append((fault.kind, f"/feeds/{name}"))
        if number % 3 == 0:
            site[f"/feeds/{name}-then-good"] = rss([])
            listed.append(("feed", f"/feeds/{name}-then-good"))
    return [outlet_row("varnholm", site, *listed), *rows]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Recorded:
    """What is written down of each fault after one crawl of them all."""
    folder = tmp_path_factory.mktemp("faults")
    database = folder / "faults.db"
    database.write_bytes(sqlite_template.read_bytes())
    with ExitStack() as stack:
        rows = rows_of(stack, stack.enter_context(Site()))
        limits = {"max_bytes": 1_000_000, "timeout_seconds": 2.0}
        counts = crawl_once(f"sqlite:///{database}", folder, *rows, options=limits)
    assert counts["unanswered"] == counts["unsaved"] == 0
    with closing(sqlite3.connect(database)) as connection:
        pages = connection.execute("select url, outcome, reason, due_at, fetched_at from pages").fetchall()
        feeds = connection.execute("select url, outcome, reason, due_at, polled_at from feeds").fetchall()
    found = {url.rpartition("2026-")[2].removesuffix(".html"): tuple(rest) for url, *rest in pages}
    return found | {url.rpartition("/")[2]: tuple(rest) for url, *rest in feeds}


@pytest.mark.parametrize("name", PAGES | LISTINGS)
def test_each_fault_has_its_outcome_its_reason_and_a_next_time(name: str, recorded: Recorded) -> None:
    fault: Fault = (PAGES | LISTINGS)[name]
    outcome, reason, due_at, asked_at = recorded[name]
    assert outcome == fault.outcome, reason
    assert fault.reason in reason
    assert reason, "a fault must say what it was"
    assert len(reason) <= 300
    assert not set("\n<") & set(reason)
    assert due_at is not None
    assert due_at > asked_at, "asked again at once"


def test_the_pages_between_the_faults_are_read(recorded: Recorded) -> None:
    good = {name: rest[:2] for name, rest in recorded.items() if name.endswith("-then-good")}
    assert len(good) >= 20
    assert set(good.values()) == {("ok", "")}


def test_there_are_enough_faults() -> None:
    assert len(PAGES) + len(LISTINGS) >= 60
