"""The daemon as a process: it crawls, matches and writes the digest by itself, once; and stops when told to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.engine import open_engine, reading
from storage.models import DigestRow, LeaseRow, PageRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site
from tests.jobs.newsdesk import story
from tests.whole.program import Program

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEXT = story(1)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
        for number in range(5):
            site[f"/news/{number}-story.html"] = Answer(
                f"<html><head><title>Story {number}</title></head><body><article><h1>Story {number}</h1>"
                f"<p class=byline>AFP</p>{paragraphs}</article></body></html>",
                headers={"Content-Type": "text/html"},
                slow_seconds=0.2,
            )
        items = "".join(
            f"<item><title>Story {n}</title><link>{site.url(f'/news/{n}-story.html')}</link>"
            f"<pubDate>{format_datetime(START)}</pubDate></item>"
            for n in range(5)
        )
        feed = f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>"
        site["/feed.xml"] = Answer(feed, headers={"Content-Type": "application/rss+xml"})
        yield site


def program_of(site: Site, database_url: str, home: Path, *, days_per_minute: float) -> Program:
    catalogue = home / "catalogue.toml"
    catalogue.write_text("only = true\n" + outlet_row("local", site, ("feed", "/feed.xml")), encoding="utf-8")
    clock = {"START": START.isoformat(), "EPOCH": datetime.now(UTC).isoformat(), "RATE": str(days_per_minute * 1440)}
    crawl = {"CONTACT": "tests@localhost", "DELAY_SECONDS": "0", "ALLOW_LOOPBACK": "true", "EXTRACT_WORKERS": "0"}
    settings = {f"CLOCK__{name}": value for name, value in clock.items()}
    settings |= {f"CRAWL__{name}": value for name, value in crawl.items()}
    ticks = {f"{job}__TICK_SECONDS": "0.3" for job in ("CRAWL", "MATCH", "DIGEST")}
    return Program(home, database_url, {"CATALOGUE": str(catalogue)} | settings | ticks)


def wait_for(what: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.3)
    return False


def test_it_works_by_itself_and_stops_when_told(database_url: str, tmp_path: Path, site: Site) -> None:
    program = program_of(site, database_url, tmp_path, days_per_minute=1.5)
    engine = open_engine(database_url)

    def digests() -> list[tuple[str, str]]:
        with reading(engine) as session:
            query = select(DigestRow).order_by(DigestRow.local_date)
            return [(row.local_date.isoformat(), row.state) for row in session.scalars(query)]

    daemon = program.start("run")
    try:
        assert wait_for(lambda: ("2026-03-02", "written") in digests(), 120), digests()
        stop = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
        assert time.monotonic() - stop <= 10
    finally:
        daemon.kill()
        daemon.communicate()
    assert len(program.rows("pickups")) == 5
    assert len({day for day, _ in digests()}) == len(digests()), "one digest a day"
    assert (tmp_path / "digests" / "digest-2026-03-02.eml").exists()
    engine.dispose()


def test_stopped_in_the_middle_of_a_crawl_nothing_is_lost(sqlite_database: str, tmp_path: Path, site: Site) -> None:
    """Stopped while pages are under way: what was fetched is stored, what was not is still in the frontier."""
    program = program_of(site, sqlite_database, tmp_path, days_per_minute=0.001)
    engine = open_engine(sqlite_database)
    daemon = program.start("run")
    try:
        assert wait_for(lambda: any(path.startswith("/news/") for path in site.paths()), 60)
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(10) == 0
    finally:
        daemon.kill()
        daemon.communicate()
    with reading(engine) as session:
        assert session.scalar(select(func.count(PageRow.id))) == 5
        assert session.scalar(select(func.count()).where(PageRow.outcome == "new", PageRow.due_at.is_(None))) == 0
        now = START + timedelta(days=1)
        held = session.scalars(select(LeaseRow.name).where(LeaseRow.until > now, LeaseRow.token != "")).all()
    engine.dispose()
    assert held == []
    program.must("crawl")
    program.must("match")
    assert len(program.rows("pickups")) == 5
