"""A unit of work that really ends its process: it is recorded, with why and its next time, and all others go on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

import config
from jobs import due
from jobs.context import Context
from scheduler import Daemon, ticks_of
from storage import set_aside
from storage.engine import reading
from storage.models import ArticleRow, FeedRow, PageRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Site, page, rss

PAGES = 12
DEATHS = {
    "memory": "hog = bytearray(b'x') * 700_000_000; time.sleep(600)",
    "deadline": "while True: pass",
    "segfault": "ctypes.string_at(0)",
    "exit": "os._exit(3)",
}
CRAWL = """
import ctypes, os, signal, sys, time
from cli import main
from crawler.middlewares import robots
from crawler.spiders import base
def deadly(real, which):
    def read(*args):
        if "{bad}" in str(args[which]):
            {death}
        return real(*args)
    return read
base.read_page, base.read_listing = deadly(base.read_page, 1), deadly(base.read_listing, 2)
robots.read_rules = deadly(robots.read_rules, 0)
main()
"""


def good_site(site: Site, name: str, *, bad: str = "") -> str:
    """An outlet of a dozen pages and one whose address or feed holds the word; its catalogue row."""
    items = []
    for number in range(PAGES + bool(bad)):
        path = f"/news/2026-{name}-{bad if number == PAGES // 2 and bad else 'story'}-{number}.html"
        site[path] = page(f"Story {number} of {name}", number=number + 100 * len(name))
        items.append((site.url(path), f"Story {number} of {name}", ""))
    site["/feed"] = rss(items)
    return outlet_row(name, site, ("feed", "/feed"))


@pytest.fixture
def context_of(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Context]:
    """An installation whose crawl reads in its own process: what ends the reader ends the crawl."""

    def made(*rows: str, **crawl: str) -> Context:
        (tmp_path / "catalogue.toml").write_text("only = true\n" + "\n".join(rows), encoding="utf-8")
        crawl |= {"contact": "desk@example.org", "allow_loopback": "true", "delay_seconds": "0", "extract_workers": "0"}
        for name, value in {
            "HOME": str(tmp_path),
            "DATABASE_URL": sqlite_database,
            "CATALOGUE": str(tmp_path / "catalogue.toml"),
            **{f"CRAWL__{name.upper()}": value for name, value in crawl.items()},
        }.items():
            monkeypatch.setenv(f"WIRETRAIL_{name}", value)
        return Context(config.read())

    return made


def crawl(context: Context, bad: str, death: str, *, batches: int) -> list[bool]:
    """Let the daemon's own code see so many batches through, or all that are due; whether each ended well."""
    daemon = Daemon(context, (sys.executable, "-c", CRAWL.format(bad=bad, death=DEATHS[death])))
    [tick] = [tick for tick in ticks_of(context) if tick.name == "crawl"]
    ended: list[bool] = []
    for _ in range(batches):
        if ended and not due.crawl(context):
            break
        failed = daemon.watch.batches["crawl", "failed"]
        asyncio.run(daemon.see_through(tick))
        ended.append(daemon.watch.batches["crawl", "failed"] == failed)
    return ended


def articles(context: Context) -> dict[str, int]:
    with reading(context.engine) as session:
        query = select(ArticleRow.outlet_id, func.count()).group_by(ArticleRow.outlet_id)
        return {outlet: count for outlet, count in session.execute(query)}  # noqa: C416  -- a Row is no tuple to mypy


@pytest.mark.parametrize(
    ("death", "reason"),
    [
        ("segfault", "its process was ended by SIGSEGV"),
        ("exit", "its process ended with 3"),
        ("memory", "MB of memory, of 400 it may take"),
    ],
)
def test_a_page_that_ends_the_crawl(
    context_of: Callable[..., Context], new_site: Callable[[], Site], death: str, reason: str
) -> None:
    rows = good_site(new_site(), "mixed", bad="deadly"), good_site(new_site(), "beside")
    context = context_of(*rows)
    assert crawl(context, "deadly", death, batches=3) in ([False, False, True], [False, False])
    assert articles(context) == {"mixed": PAGES, "beside": PAGES}
    bad = page_of(context, "deadly")
    with reading(context.engine) as session:
        others = session.scalars(select(PageRow.outcome).where(PageRow.id != bad.id).distinct()).all()
    assert others == ["ok"]
    assert (bad.failures, bad.outcome) == (2, "failed")
    assert reason in bad.reason
    assert bad.due_at is not None
    assert bad.due_at - context.now() > timedelta(minutes=10)


def test_a_page_at_which_the_crawl_meets_its_deadline(
    context_of: Callable[..., Context], new_site: Callable[[], Site]
) -> None:
    """A busy machine may need some batches to come as far as to read it."""
    rows = good_site(new_site(), "mixed", bad="deadly"), good_site(new_site(), "beside")
    context = context_of(*rows, deadline_seconds="10")
    for _ in range(10):
        assert crawl(context, "deadly", "deadline", batches=1) == [False]
        with reading(context.engine) as session:
            found = session.scalars(select(PageRow.failures).where(PageRow.url.contains("deadly"))).first()
        if found:
            break
    bad = page_of(context, "deadly")
    assert (bad.failures, bad.reason) == (1, "stopped at its deadline of 10 s")


def page_of(context: Context, word: str) -> PageRow:
    with reading(context.engine) as session:
        return session.scalars(select(PageRow).where(PageRow.url.contains(word))).one()


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_a_listing_that_ends_the_crawl(
    context_of: Callable[..., Context], new_site: Callable[[], Site], kind: str
) -> None:
    bad = new_site()
    bad["/deadly"] = rss([])
    context = context_of(outlet_row("bad", bad, (kind, "/deadly")), good_site(new_site(), "beside"))
    assert crawl(context, "deadly", "segfault", batches=3)[:2] == [False, False]
    assert articles(context) == {"beside": PAGES}
    with reading(context.engine) as session:
        feed = session.scalars(select(FeedRow).where(FeedRow.url.contains("deadly"))).one()
    assert (feed.failures, feed.outcome, feed.reason) == (2, "failed", "its process was ended by SIGSEGV")
    assert feed.due_at - context.now() > timedelta(minutes=10)


def test_a_robots_file_that_ends_the_crawl(context_of: Callable[..., Context], new_site: Callable[[], Site]) -> None:
    """Nothing of its host is asked for until it is tried again, and then only the file."""
    bad = new_site()
    row = good_site(bad, "bad")
    bad["/robots.txt"] = "User-agent: *\nDisallow: /deadly\n"
    context = context_of(row, good_site(new_site(), "beside"))
    assert crawl(context, "deadly", "exit", batches=4)[:2] == [False, False]
    assert articles(context) == {"beside": PAGES}
    with reading(context.engine) as session:
        [robots] = set_aside.rows(session)
        feed = session.scalars(select(FeedRow).where(FeedRow.outlet_id == "bad")).one()
    assert (robots.kind, robots.name) == ("robots", bad.url("").rstrip("/"))
    assert (robots.reason, robots.failures) == ("its process ended with 3", 2)
    assert robots.next_at is not None
    assert timedelta(minutes=10) < robots.next_at - context.now() <= timedelta(minutes=15)
    assert "is set aside until" in feed.reason
    assert timedelta(minutes=10) < feed.due_at - context.now() < timedelta(minutes=20)
    assert {asked.path for asked in bad.asked} == {"/robots.txt"}


def test_a_robots_file_our_reader_fails_at(context_of: Callable[..., Context], new_site: Callable[[], Site]) -> None:
    """An error of our own is no permission, and no reason to stop: the file is read again later, and cleared."""
    bad = new_site()
    row = good_site(bad, "bad")
    bad["/robots.txt"] = "User-agent: *\nDisallow: /deadly\n"
    DEATHS["error"] = "raise RecursionError('too deep')"
    context = context_of(row, good_site(new_site(), "beside"))
    assert crawl(context, "deadly", "error", batches=2)[0]
    assert articles(context) == {"beside": PAGES}
    with reading(context.engine) as session:
        [robots] = set_aside.rows(session)
    assert (robots.reason, robots.failures) == ("our reader failed: RecursionError: too deep", 1)
