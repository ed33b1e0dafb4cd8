"""The daemon's parent over many batches: how much does it grow? `soak [BATCHES] [loaded]`

The real daemon, with its metrics scraped, over a local site that always has something new. Each batch is a real crawl
in a process of its own, forked from one that has everything imported, because a child that loads the program by itself
takes seconds of CPU and 1,000 of them an hour; with `loaded` they do. What the daemon starts, watches and reaps is a
process either way. Exit 1 when the parent grew by more than 5 MB after its 100th batch (in shorter runs, its half).
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from benchmarks.children import start
from jobs.daemon.children import memory_mb
from scheduler import Daemon
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import ArticleRow, RunRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Asked, Site, page, rss
from tests.report.smtp_servers import free_port

MOST_GROWTH_MB = 5.0
SETTLED_AFTER = 100
TICK_SECONDS = 0.1
LOOK_SECONDS = 2.0
FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLIENT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    line.sendall(sys.argv[2].encode() + b"\\n")
    sys.exit(int(line.makefile().readline() or 1))
"""
"""What the daemon starts: asks for a batch, and ends as that ended."""


def main() -> None:
    """Run, print, judge; or be the daemon that is measured."""
    if sys.argv[1:2] == ["daemon"]:
        daemon(sys.argv[2])
        return
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Site() as site:
        _fill(site)
        sizes, child, articles = soak(Path(folder), site, batches, loaded="loaded" in sys.argv)
    settled = min(SETTLED_AFTER, batches // 2)
    before = next(size for done, size in sizes if done >= settled)
    print(f"batches {sizes[-1][0]}, articles {articles}, {time.monotonic() - began:.0f} s")
    print(f"parent {sizes[0][1]:.1f} MB at first, {before:.1f} after {settled}, ", end="")
    print(f"{sizes[-1][1]:.1f} at the end: grew {sizes[-1][1] - before:+.1f} MB; largest batch {child:.0f} MB")
    sys.exit(sizes[-1][1] - before > MOST_GROWTH_MB)


def _fill(site: Site) -> None:
    """A feed that lists one more page each time it is asked."""
    numbers = itertools.count(1)

    def feed(_: Asked) -> Answer:
        number = next(numbers)
        path = f"/news/{number}-story.html"
        site[path] = Answer(page(f"Story {number}"), headers={"Content-Type": "text/html"})
        return rss([(site.url(path), f"Story {number}", format_datetime(FIRST))])

    site["/feed.xml"] = feed


def soak(home: Path, site: Site, batches: int, *, loaded: bool) -> tuple[list[tuple[int, float]], float, int]:
    """(batches done, resident MB of the parent) at every look, the most a batch was seen to take, articles stored."""
    database = f"sqlite:///{home / 'soak.db'}"
    upgrade(database)
    (home / "catalogue.toml").write_text("only = true\n" + outlet_row("local", site, ("feed", "/feed.xml")))
    port = free_port()
    settings = _settings(home, database, port)
    line = home / "line"
    if not loaded:
        Thread(target=_batches, args=(line, settings, str(home / "child.log")), daemon=True).start()
    variables = os.environ | {f"WIRETRAIL_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "benchmarks.soak", "daemon", "" if loaded else str(line)]
    with (home / "daemon.log").open("w") as log:
        parent = subprocess.Popen(command, env=variables, stderr=log)
        try:
            return _watch(parent, database, batches, f"http://127.0.0.1:{port}/metrics")
        finally:
            parent.send_signal(signal.SIGTERM)
            parent.wait(20)
            _complain(home / "daemon.log")


def _settings(home: Path, database: str, port: int) -> dict[str, str]:
    settings = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml"), "LOG": "json"}
    # A minute in ten milliseconds, and polls every minute: there is always a batch to do.
    settings |= {"CLOCK__START": FIRST.isoformat(), "CLOCK__EPOCH": datetime.now(UTC).isoformat()}
    settings |= {"CLOCK__RATE": "6000", "CRAWL__POLL_LEAST_MINUTES": "1", "CRAWL__POLL_MOST_MINUTES": "1"}
    settings |= {"CRAWL__CONTACT": "desk@example.com", "CRAWL__ALLOW_LOOPBACK": "true", "CRAWL__DELAY_SECONDS": "0"}
    settings |= {"CRAWL__TICK_SECONDS": str(TICK_SECONDS), "CRAWL__DAILY_REQUESTS_PER_HOST": "0"}
    settings |= {"CRAWL__DAILY_POLLS_PER_FEED": "0", "CRAWL__EXTRACT_WORKERS": "0", "METRICS__PORT": str(port)}
    return settings | {f"{job}__TICK_SECONDS": "36000" for job in ("DIGEST", "MATCH", "KEEP")}


def daemon(line: str) -> None:
    """The process that is measured: what `wiretrail run` does, its children from elsewhere when a line is given."""
    from jobs.context import open_context, sync

    context = open_context()
    sync(context)
    made = Daemon(context, (sys.executable, "-S", "-E", "-c", CLIENT, line)) if line else Daemon(context)
    asyncio.run(made.run())


def _batches(path: Path, settings: dict[str, str], errors: str) -> None:
    """For each who asks: a real batch in a forked process, and how it ended."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        while True:
            line, _ = listener.accept()
            with line, suppress(OSError):
                job = line.makefile().readline().strip()
                batch = start(job, settings, errors)
                batch.join()
                line.sendall(f"{batch.exitcode}\n".encode())


def _watch(
    parent: subprocess.Popen[bytes], database: str, batches: int, metrics: str
) -> tuple[list[tuple[int, float]], float, int]:
    engine = open_engine(database)
    sizes: list[tuple[int, float]] = []
    child, articles = 0.0, 0
    while not sizes or sizes[-1][0] < batches:
        if parent.poll() is not None:
            raise SystemExit(f"the daemon ended with {parent.returncode}")
        time.sleep(LOOK_SECONDS)
        with reading(engine) as session:
            done = session.scalar(select(func.count(RunRow.id)).where(RunRow.job == "crawl", RunRow.outcome == "ok"))
            articles = session.scalar(select(func.count(ArticleRow.id))) or 0
        sizes.append((done or 0, _resident_mb(parent.pid)))
        with suppress(OSError), urllib.request.urlopen(metrics, timeout=10) as answer:
            answer.read()
        child = max(child, memory_mb(parent.pid) - memory_mb_alone(parent.pid))
        print(f"\r{done}/{batches} {sizes[-1][1]:.1f} MB", end="", file=sys.stderr, flush=True)
    engine.dispose()
    return sizes, child, articles


def memory_mb_alone(pid: int) -> float:
    """The parent's own share of what `memory_mb` counts."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def _complain(log: Path) -> None:
    """Faults of the daemon; the child that the end of the measure cut short is none."""
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"level": "error"' in line:
            print(line[:300])


if __name__ == "__main__":
    main()
