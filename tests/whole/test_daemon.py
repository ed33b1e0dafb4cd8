"""The daemon as a process: it crawls, matches and writes the digest by itself, once; and stops when told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, make_url, select

from storage.engine import open_engine, reading
from storage.models import DigestRow, LeaseRow, PageRow, RunRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site, Unhurried, page, rss
from tests.jobs.newsdesk import story
from tests.patience import PATIENCE_SECONDS, wait_for
from tests.report.smtp_servers import free_port
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


def program_of(site: Site, database_url: str, home: Path, *, days_per_minute: float, whole: bool = False) -> Program:
    """Crawls, as often as it is due; the `whole` program also matches and writes digests."""
    catalogue = home / "catalogue.toml"
    catalogue.write_text("only = true\n" + outlet_row("local", site, ("feed", "/feed.xml")), encoding="utf-8")
    clock = {"START": START.isoformat(), "EPOCH": datetime.now(UTC).isoformat(), "RATE": str(days_per_minute * 1440)}
    crawl = {"CONTACT": "tests@localhost", "DELAY_SECONDS": "0", "ALLOW_LOOPBACK": "true", "EXTRACT_WORKERS": "0"}
    settings = {f"CLOCK__{name}": value for name, value in clock.items()}
    settings |= {f"CRAWL__{name}": value for name, value in crawl.items()}
    # Every child costs two CPU seconds: those that a test says nothing of do not start.
    others = "0.3" if whole else "3600"
    ticks = {"CRAWL__TICK_SECONDS": "0.3", "MATCH__TICK_SECONDS": others, "DIGEST__TICK_SECONDS": others}
    return Program(home, database_url, {"CATALOGUE": str(catalogue)} | settings | ticks)


def test_it_works_by_itself_and_stops_when_told(database_url: str, tmp_path: Path, site: Site) -> None:
    program = program_of(site, database_url, tmp_path, days_per_minute=1.0, whole=True)
    engine = open_engine(database_url)

    def digests() -> list[tuple[str, str]]:
        with reading(engine) as session:
            query = select(DigestRow).order_by(DigestRow.local_date)
            return [(row.local_date.isoformat(), row.state) for row in session.scalars(query)]

    daemon = program.start("run")
    try:
        assert wait_for(lambda: any(state == "written" for _, state in digests())), digests()
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_SECONDS) == 0
    finally:
        daemon.kill()
        daemon.communicate()
    assert len(program.rows("pickups")) == 5
    assert len({day for day, _ in digests()}) == len(digests()), "one digest a day"
    written = [day for day, state in digests() if state == "written"]
    assert all((tmp_path / "digests" / f"digest-{day}.eml").exists() for day in written)
    engine.dispose()


def test_stopped_in_the_middle_of_a_crawl_nothing_is_lost(sqlite_database: str, tmp_path: Path, site: Site) -> None:
    """Stopped while pages are under way: what was fetched is stored, what was not is still in the frontier."""
    program = program_of(site, sqlite_database, tmp_path, days_per_minute=0.001)
    engine = open_engine(sqlite_database)
    daemon = program.start("run")
    try:
        assert wait_for(lambda: any(path.startswith("/news/") for path in site.paths()))
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(PATIENCE_SECONDS) == 0
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


def said(daemon: subprocess.Popen[str]) -> str:
    """What a stopped daemon wrote to its log."""
    return daemon.communicate(timeout=PATIENCE_SECONDS)[1]


def test_it_waits_for_the_database_and_reads_its_configuration_again(
    postgres_database: str, postgres_server: str, tmp_path: Path, site: Site
) -> None:
    """A database away is said once and waited for; SIGHUP brings a feed the catalogue did not have before."""
    program = program_of(site, postgres_database, tmp_path, days_per_minute=1.0, whole=True)
    name = make_url(postgres_database).database
    daemon = program.start("run")
    try:
        assert wait_for(lambda: site.times("/feed.xml") > 0)
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" allow_connections false'.encode())
            connection.execute(
                f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'".encode()
            )
            time.sleep(4)
            polled = site.times("/feed.xml")
            connection.execute(f'alter database "{name}" allow_connections true'.encode())
        assert wait_for(lambda: site.times("/feed.xml") > polled), "it did not go on"
        rows = outlet_row("local", site, ("feed", "/feed.xml"), ("feed", "/second.xml"))
        (tmp_path / "catalogue.toml").write_text("only = true\n" + rows, encoding="utf-8")
        daemon.send_signal(signal.SIGHUP)
        assert wait_for(lambda: site.times("/second.xml") > 0), "it did not read its catalogue again"
        (tmp_path / "catalogue.toml").write_text("only = perhaps", encoding="utf-8")
        daemon.send_signal(signal.SIGHUP)
        time.sleep(2)
        assert daemon.poll() is None, "a catalogue that cannot be used ended it"
        daemon.send_signal(signal.SIGTERM)
        log = said(daemon)
        assert daemon.returncode == 0
    finally:
        daemon.kill()
        daemon.communicate()
    assert log.count("database.away") == log.count("database.back") == 1, log
    assert log.count("daemon.reloaded") == 1
    assert log.count("reload.refused") == 1


def test_two_daemons_share_the_work_and_never_a_host(database_url: str, tmp_path: Path) -> None:
    """Two daemons on one database: each page is fetched once, and no host has two requests under way."""
    slowly = Unhurried(0.15)
    with ExitStack() as stack:
        sites = [stack.enter_context(Site()) for _ in range(4)]
        for each in sites:
            for number in range(8):
                each[f"/news/{number}-story.html"] = slowly
            each["/feed.xml"] = rss([(each.url(f"/news/{n}-story.html"), f"Story {n}", "") for n in range(8)])
        homes = [tmp_path / "one", tmp_path / "two"]
        programs = []
        for home in homes:
            home.mkdir()
            program = program_of(sites[0], database_url, home, days_per_minute=0.0007)
            rows = [outlet_row(f"outlet-{n}", each, ("feed", "/feed.xml")) for n, each in enumerate(sites)]
            (home / "catalogue.toml").write_text("only = true\n" + "\n".join(rows), encoding="utf-8")
            settings = program.settings | {"CRAWL__HOSTS_PER_BATCH": "1"}
            programs.append(Program(home, database_url, settings))
        daemons = [program.start("run") for program in programs]
        try:
            pages = [f"/news/{number}-story.html" for number in range(8)]
            assert wait_for(lambda: all(path in each.paths() for each in sites for path in pages))
        finally:
            for daemon in daemons:
                daemon.send_signal(signal.SIGTERM)
            codes = [daemon.wait(PATIENCE_SECONDS) for daemon in daemons]
            for daemon in daemons:
                daemon.communicate()
        asked = [each.times(path) for each in sites for path in pages]
    assert codes == [0, 0]
    assert asked == [1] * 32
    assert set(slowly.most.values()) == {1}, slowly.crowded


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_SECONDS) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the children of a process are read from /proc")
def test_a_killed_child_is_reaped_and_its_run_closed(sqlite_database: str, tmp_path: Path, site: Site) -> None:
    """kill -9 in the middle of a crawl: the parent writes down why it ended, counts it, and goes on until Ctrl-C."""
    for number in range(5):
        site[f"/news/{number}-story.html"] = Answer(page("Slow"), slow_seconds=25)
    port = free_port()
    program = program_of(site, sqlite_database, tmp_path, days_per_minute=0.01)
    more = {"METRICS__PORT": str(port), "LOG": "json"}
    daemon = Program(tmp_path, sqlite_database, program.settings | more).start("run")
    engine = open_engine(sqlite_database)

    def crawls() -> list[tuple[str, str]]:
        with reading(engine) as session:
            rows = session.scalars(select(RunRow).where(RunRow.job == "crawl").order_by(RunRow.id))
            return [(row.outcome, row.error) for row in rows]

    try:
        assert wait_for(lambda: any(path.startswith("/news/") for path in site.paths()))
        assert crawls() == [("running", "")]
        for child in children_of(daemon.pid):
            os.kill(child, signal.SIGKILL)
        killed = ("failed", "its process was ended by SIGKILL (by a person, or for want of memory)")
        assert wait_for(lambda: crawls()[0] == killed), crawls()
        assert metrics(port)['wiretrail_batches_total{job="crawl",outcome="failed"}'] == 1
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthy", timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200
        daemon.send_signal(signal.SIGINT)
        log = said(daemon)
    finally:
        daemon.kill()
        daemon.communicate()
    engine.dispose()
    assert daemon.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events.count("child.failed") == 1
    assert events[-1] == "daemon.stopped"
