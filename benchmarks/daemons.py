"""Claimants on one database: no slot done twice, no host with two at once. `daemons [SLOTS] [PROCESSES] [DATABASE_URL]`

A slot is a due page. Each process does what a crawl child does: claims hosts, works through their pages, records each,
claims what is left of the same hosts, gives the hosts back. Without an address the database is a SQLite file made for
the occasion; a PostgreSQL database must be empty or of this program.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.queues import Queue
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from news.visits import Exchange, FetchResult, FoundLink, PageTask
from storage.crawling import frontier
from storage.engine import open_engine, reading, writing
from storage.migrate import upgrade
from storage.models import OutletRow, PageRow

PAGES_PER_HOST = 25
LEASE = timedelta(minutes=10)


@dataclass(frozen=True)
class Held:
    """One host in the hands of one claimant; times are the machine's monotonic seconds."""

    host: str
    token: str
    since: float
    until: float
    done: tuple[int, ...]


def main() -> None:
    """Run, print, and exit 1 when a slot was done twice or never, or a host was held by two at once."""
    slots = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[3] if len(sys.argv) > 3 else f"sqlite:///{Path(folder) / 'slots.db'}"
        upgrade(url)
        began = time.monotonic()
        fill(url, slots)
        ready = time.monotonic()
        held = compete(url, processes)
        seconds = time.monotonic() - ready
        left = unfinished(url)
    twice, together = faults(held)
    done = sum(len(one.done) for one in held)
    shares: Counter[str] = Counter()
    for one in held:
        shares[one.token.partition("-")[0]] += len(one.done)
    print(
        f"{slots} slots, {processes} processes ({', '.join(map(str, shares.values()))}): {done} done in {seconds:.1f} s"
    )
    print(
        f"done twice {twice}, never done {left}, hosts held by two at once {together} (filled in {ready - began:.1f} s)"
    )
    sys.exit(bool(twice or together or left or done != slots))


def fill(url: str, slots: int) -> None:
    """So many due pages, some to each host."""
    engine = open_engine(url)
    now = datetime.now(UTC)
    with writing(engine) as session:
        session.add(OutletRow(id="slots", name="Slots", hosts=[], country="", zone="", language=""))
        session.flush()
        links = [
            FoundLink(
                f"http://host-{number // PAGES_PER_HOST}.example/{number}", f"host-{number // PAGES_PER_HOST}.example"
            )
            for number in range(slots)
        ]
        frontier.add_links(session, "slots", links, "", now)
    engine.dispose()


def compete(url: str, processes: int) -> list[Held]:
    """Let claimants work until nothing is due; returns who held what, when."""
    context = multiprocessing.get_context("spawn")
    answers: Queue[list[Held]] = context.Queue()
    claimants = [context.Process(target=claimant, args=(url, f"{number}", answers)) for number in range(processes)]
    for process in claimants:
        process.start()
    held = [one for _ in claimants for one in answers.get(timeout=900)]
    for process in claimants:
        process.join()
    return held


def claimant(url: str, name: str, answers: Queue[list[Held]]) -> None:
    """One process: batch after batch, until three claims in a row bring nothing."""
    engine = open_engine(url)
    held: list[Held] = []
    idle = 0
    while idle < 3:
        token = f"{name}-{uuid4().hex[:8]}"
        now = datetime.now(UTC)
        with writing(engine) as session:
            batch = frontier.claim_batch(
                session, now=now, token=token, lease_until=now + LEASE, max_hosts=4, max_pages=60
            )
        since = time.monotonic()
        idle = 0 if batch.pages else idle + 1
        done: dict[str, list[int]] = defaultdict(list)
        tasks = batch.pages
        while tasks:
            for task in tasks:
                done[task.url.split("/")[2]].append(task.id)
            with writing(engine) as session:
                for task in tasks:
                    _record(session, task, now)
            with writing(engine) as session:
                tasks = frontier.claim_pages(
                    session, now=now, token=token, lease_until=now + LEASE, hosts=batch.hosts, max_pages=60
                )
        until = time.monotonic()
        with writing(engine) as session:
            frontier.release(session, token)
        held += [Held(host, token, since, until, tuple(done[host])) for host in batch.hosts]
        if idle:
            time.sleep(0.2)
    engine.dispose()
    answers.put(held)


def _record(session: Session, task: PageTask, now: datetime) -> None:
    exchange = Exchange(task.url, "ok", now, status=200)
    frontier.record_fetch(session, FetchResult(task, exchange), due_at=None, article_id=None)


def unfinished(url: str) -> int:
    """Slots still due."""
    engine = open_engine(url)
    with reading(engine) as session:
        left = session.scalar(select(func.count(PageRow.id)).where(PageRow.due_at.is_not(None))) or 0
    engine.dispose()
    return left


def faults(held: list[Held]) -> tuple[int, int]:
    """Slots done more than once, and times a host was taken while another still had it."""
    counts = Counter(id_ for one in held for id_ in one.done)
    hosts: dict[str, list[Held]] = defaultdict(list)
    for one in held:
        hosts[one.host].append(one)
    together = 0
    for visits in hosts.values():
        together += sum(b.since < a.until for a, b in pairwise(sorted(visits, key=lambda one: one.since)))
    return sum(count - 1 for count in counts.values()), together


if __name__ == "__main__":
    main()
