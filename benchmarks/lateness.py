"""Many outlets, some of them down: how soon does the program start, and how late are the others polled? `lateness`

    lateness [OUTLETS] [DOWN] [HOURS] [CRAWLS]

A catalogue of 10,000 outlets with a feed each. First the real `wiretrail run` until it says that it has started, on an
empty database and once more. Then HOURS simulated hours on the real frontier (SQLite) and the real store of results,
with no outlet down and with DOWN of them: the daemon asks every 15 s, and CRAWLS crawls go on beside each other, as on
workers. What is made up is how long a batch takes: 3 s to begin, then 16 requests at a time; an outlet takes half a
second for its feed and 10 s for its pages (five at the usual pace), one that is down 30 s until its time is over.
Lateness is from the moment a poll was due until its batch began. The first hour spreads the feeds and is not counted.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

from sqlalchemy import select

import config
from jobs.context import Context, sync
from jobs.crawling import hosts_of, policy_of
from jobs.due import limits_of
from jobs.storing import DatabaseStore
from news.visits import Batch, Exchange, FeedTask, PollResult
from storage.crawling import frontier
from storage.engine import writing
from storage.migrate import upgrade
from storage.models import FeedRow

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
TICK, BEGINNING, FEED, PAGES, TIMEOUT = 15.0, 3.0, 0.5, 10.0, 30.0
AT_ONCE = 16
ROW = """[[outlet]]
id = "o{n}.example"
name = "Outlet {n}"
hosts = ["o{n}.example"]
country = "FR"
zone = "Europe/Paris"
language = "en"
feeds = [{{kind = "feed", url = "https://o{n}.example/rss.xml"}}]
"""


def main() -> None:
    """Start twice, simulate twice."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, usual in (("outlets", 10_000), ("down", 200), ("hours", 6), ("crawls", 4)):
        parser.add_argument(name, type=int, nargs="?", default=usual)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows = "".join(ROW.format(n=number) for number in range(options.outlets))
        (home / "catalogue.toml").write_text("only = true\n" + rows, encoding="utf-8")
        for which in ("first", "second"):
            wall, cpu = started(home)
            print(f"{which} start with {options.outlets} outlets: {wall:.1f} s, {cpu:.2f} s of CPU", flush=True)
        for down in (0, options.down):
            report(down, simulated(home, options.outlets, down, options.hours, options.crawls))


def started(home: Path) -> tuple[float, float]:
    """Seconds of the wall and of CPU until the daemon says that it runs."""
    database = f"sqlite:///{home / 'start.db'}"
    upgrade(database)
    settings = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml")}
    settings |= {f"{job}__TICK_SECONDS": "36000" for job in ("CRAWL", "MATCH", "DIGEST", "KEEP")}
    settings |= {"CRAWL__CONTACT": "desk@example.com"}
    variables = os.environ | {f"WIRETRAIL_{name}": value for name, value in settings.items()}
    began = time.monotonic()
    command = [sys.executable, "-m", "cli", "run"]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as daemon:
        if daemon.stderr is None or not any("daemon.started" in line for line in daemon.stderr):
            raise SystemExit("the daemon did not start")
        wall = time.monotonic() - began
        ticks = Path(f"/proc/{daemon.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        daemon.send_signal(signal.SIGTERM)
    return wall, (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


class Clocked(Context):
    """A context whose clock is set."""

    at = BEGIN

    def now(self) -> datetime:
        """As set."""
        return Clocked.at


def simulated(home: Path, outlets: int, down: int, hours: int, crawls: int) -> tuple[list[float], int, int]:
    """Lateness of every poll of those that are up, minutes; polls of those that are down; batches."""
    Clocked.at = BEGIN
    database = f"sqlite:///{home / f'down{down}.db'}"
    upgrade(database)
    context = Clocked(config.Config(home=home, database_url=database, catalogue=home / "catalogue.toml"))
    sync(context)
    spread(context, random.Random(1))
    dead = {f"o{number * (outlets // max(down, 1))}.example" for number in range(down)}
    free = [crawl * TICK / crawls for crawl in range(crawls)]
    late, of_dead, batches = list[float](), 0, 0
    while (at := heapq.heappop(free)) < hours * 3600:
        Clocked.at = BEGIN + timedelta(seconds=at)
        batch, due = claimed(context, f"t{batches}")
        if at >= 3600:
            late += [
                (Clocked.at - due[task.id]).total_seconds() / 60 for task in batch.feeds if task.outlet_id not in dead
            ]
            of_dead += sum(task.outlet_id in dead for task in batch.feeds)
        ended = at + (BEGINNING + taken(batch, dead) if batch.feeds else 0.0)
        store(context, batch, dead)
        batches += bool(batch.feeds)
        heapq.heappush(free, (ended // TICK + 1) * TICK)
    return late, of_dead, batches


def spread(context: Context, chance: random.Random) -> None:
    """Feeds of all paces, log-normal as in benchmarks.polling, that were polled before and are due over an hour."""
    with writing(context.engine) as session:
        for feed in session.query(FeedRow).order_by(FeedRow.id):
            feed.interval_minutes = min(max(chance.lognormvariate(4.0, 0.8), 5.0), 1440.0)
            feed.due_at = BEGIN + timedelta(minutes=chance.uniform(0, 60))
            feed.polled_at = feed.read_at = BEGIN - timedelta(hours=1)


def claimed(context: Context, token: str) -> tuple[Batch, dict[int, datetime]]:
    """A batch as the crawl job claims it, and when its feeds were due."""
    now = context.now()
    with writing(context.engine) as session:
        batch = frontier.claim_batch(
            session,
            now=now,
            token=token,
            lease_until=now + timedelta(seconds=660),
            max_hosts=hosts_of(context, session),
            max_pages=200,
            limits=limits_of(context),
        )
        due = dict(session.execute(select(FeedRow.id, FeedRow.due_at).where(FeedRow.lease_token == token)).all())
    return batch, due


def taken(batch: Batch, dead: set[str]) -> float:
    """Seconds a batch takes: hosts in order, so many at a time."""
    slots = [0.0] * AT_ONCE
    for host in batch.hosts:
        heapq.heapreplace(slots, slots[0] + (TIMEOUT if host in dead else FEED + PAGES))
    return max(slots)


def store(context: Context, batch: Batch, dead: set[str]) -> None:
    """Write down what the polls gave, as a crawl does: nothing new, or no answer."""
    if not batch.feeds:
        return
    made = DatabaseStore.of_batch(
        context.engine, batch, catalogue=context.catalogue, policy=policy_of(context), now=context.now()
    )
    made.write_now([poll(task, context.now(), down=task.outlet_id in dead) for task in batch.feeds])
    with writing(context.engine) as session:
        frontier.release(session, batch.token)


def poll(task: FeedTask, now: datetime, *, down: bool) -> PollResult:
    """A poll that found nothing new, or no host."""
    asked = (task.outlet_id,)
    if down:
        return PollResult(task, Exchange(task.url, "failed", now, reason="time limit", asked=asked, host_failed=True))
    return PollResult(task, Exchange(task.url, "not modified", now, status=304, asked=asked), window=30)


def report(down: int, outcome: tuple[list[float], int, int]) -> None:
    """One line of figures."""
    late, of_dead, batches = sorted(outcome[0]), outcome[1], outcome[2]
    print(
        f"{down} down: {len(late)} polls of the others in {batches} batches, late by {fmean(late):.2f} min on average, "
        f"median {late[len(late) // 2]:.2f}, p95 {late[int(0.95 * len(late))]:.2f}, at most {late[-1]:.1f}; "
        f"{of_dead} polls of those down",
        flush=True,
    )


if __name__ == "__main__":
    main()
