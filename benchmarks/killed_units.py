"""Daemons, crawls, readers killed at random: who is blamed? `killed_units [KILLS] [SEED] [DATABASE_URL]`

Two daemons on one database crawl four invented outlets of thirty pages while processes of theirs are ended by SIGKILL,
SIGSEGV or SIGABRT, or stopped for a while. No page is at fault. After the last kill one daemon goes on until all is
stored: then every page must be there, asked for about once, and nothing may be set aside or leased. The database is a
SQLite file unless an empty PostgreSQL database is named.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

from sqlalchemy import func, select

from storage import asides
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import ArticleRow, LeaseRow, PageRow, RunRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Site, page, rss
from tests.whole.program import Program

OUTLETS, PAGES = 4, 30
DAEMONS = 2
LONGEST_SECONDS = 300.0
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)


def main() -> None:
    """Run, print, and exit 1 when a page is missing, or anything is still set aside, leased or running."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    draw = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = sys.argv[3] if len(sys.argv) > 3 else f"sqlite:///{Path(folder) / 'killed.db'}"
        upgrade(url)
        sites = [stack.enter_context(Site()) for _ in range(OUTLETS)]
        program = installation(Path(folder), url, sites)
        counts = disturb(program, draw, kills)
        seconds = finish(program, url)
        wrong = report(url, sites, counts, seconds)
    sys.exit(wrong)


def installation(home: Path, url: str, sites: list[Site]) -> Program:
    """A catalogue of the sites, crawled in small batches."""
    rows = []
    for number, site in enumerate(sites):
        items = []
        for each in range(PAGES):
            path = f"/news/2026-story-{number}-{each}.html"
            site[path] = page(f"Story {each} of outlet {number}", number=number * PAGES + each)
            items.append((site.url(path), f"Story {each}", ""))
        site["/feed"] = rss(items)
        rows.append(outlet_row(f"outlet{number}", site, ("feed", "/feed")))
    (home / "catalogue.toml").write_text("only = true\n" + "\n".join(rows), encoding="utf-8")
    settings = {"CATALOGUE": str(home / "catalogue.toml"), "CRAWL__CONTACT": "desk@example.org"}
    settings |= {"CRAWL__ALLOW_LOOPBACK": "true", "CRAWL__DELAY_SECONDS": "0.2", "CRAWL__TICK_SECONDS": "1"}
    settings |= {"CRAWL__HOSTS_PER_BATCH": "2", "CRAWL__PAGES_PER_BATCH": "15"}
    return Program(home, url, settings)


def start(program: Program) -> subprocess.Popen[bytes]:
    """A daemon. What it says is of no interest here."""
    command = [sys.executable, "-m", "cli", "run"]
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, env=program.environment(), stdout=silent, stderr=silent)


def disturb(program: Program, draw: random.Random, kills: int) -> Counter[str]:
    """Keep daemons running and end processes of theirs; how often each kind was ended how."""
    counts: Counter[str] = Counter()
    daemons: list[subprocess.Popen[bytes]] = []
    while sum(counts.values()) < kills:
        daemons = [each for each in daemons if each.poll() is None]
        daemons += [start(program) for _ in range(DAEMONS - len(daemons))]
        time.sleep(draw.uniform(1.0, 5.0))
        daemon, what = draw.choice(daemons), draw.choice(("daemon", "crawl", "crawl", "reader", "reader"))
        victims = {"daemon": [daemon.pid], "crawl": children(daemon.pid), "reader": readers(daemon.pid)}[what]
        if victims:
            number = draw.choice(SIGNALS)
            with suppress(ProcessLookupError):
                os.kill(draw.choice(victims), number)
                counts[f"{what} {number.name}"] += 1
    for each in daemons:
        each.terminate()
    for each in daemons:
        each.wait()
    return counts


def children(process: int) -> list[int]:
    """The processes one has started and that still run."""
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def readers(daemon: int) -> list[int]:
    """What its crawls have started: the server of forks, and below it the readers."""
    below = [each for child in children(daemon) for each in children(child)]
    return below + [each for one in below for each in children(one)]


def finish(program: Program, url: str) -> float:
    """Let one daemon work until every page is stored; how long that took."""
    engine, began = open_engine(url), time.monotonic()
    daemon = start(program)
    while time.monotonic() - began < LONGEST_SECONDS:
        time.sleep(1.0)
        with reading(engine) as session:
            stored = session.scalar(select(func.count(ArticleRow.id))) or 0
            running = session.scalar(select(func.count(RunRow.id)).where(RunRow.outcome == "running")) or 0
        if stored == OUTLETS * PAGES and not running:
            break
    daemon.terminate()
    daemon.wait()
    engine.dispose()
    return time.monotonic() - began


def report(url: str, sites: list[Site], counts: Counter[str], seconds: float) -> bool:
    """Print what came of it; whether anything is wrong."""
    engine = open_engine(url)
    with reading(engine) as session:
        stored = session.scalar(select(func.count(ArticleRow.id))) or 0
        waiting = session.scalar(select(func.count(PageRow.id)).where(PageRow.outcome != "ok")) or 0
        aside = asides.listed(session)
        leased = session.scalars(select(LeaseRow.name).where(LeaseRow.token != "")).all()
        running = session.scalar(select(func.count(RunRow.id)).where(RunRow.outcome == "running"))
    engine.dispose()
    asked = Counter((site.host, one.path) for site in sites for one in site.asked if one.path.startswith("/news"))
    print(f"{sum(counts.values())} kills: {', '.join(f'{kind} {count}' for kind, count in sorted(counts.items()))}")
    print(
        f"{stored} of {OUTLETS * PAGES} pages stored {seconds:.0f} s after the last, {waiting} not read well;", end=" "
    )
    print(f"requests of one page: {dict(sorted(Counter(asked.values()).items()))}")
    print(f"set aside {[(one.kind, one.failures) for one in aside]}, leased {leased}, runs left running {running}")
    return bool(stored != OUTLETS * PAGES or waiting or aside or leased or running)


if __name__ == "__main__":
    main()
