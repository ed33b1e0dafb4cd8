"""Shared work: queued once, taken by any worker, returned when its worker is lost; the same answers as one machine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

import config
from jobs.context import Context
from jobs.workers import deferring, working
from jobs.workers.deferring import AtHome, ToWorkers, deferring_of
from jobs.workers.queueing import SCHEMA, Work, open_app, shared_work
from news.errors import JobError
from storage.engine import reading, writing
from storage.leases import LONG_AGO
from storage.models import FetchRow, LeaseRow, PageRow
from tests.crawler.site import Site
from tests.jobs import newsdesk
from tests.patience import PATIENCE_SECONDS
from tests.scale.fleet import ending_idle, left, start_worker
from tests.scale.web import files, fill, program_of

SHARED = config.WorkersConfig(enabled=True, crawl_jobs=3, heartbeat_seconds=0.3, lost_seconds=1.5)


@pytest.fixture
def context(postgres_database: str, tmp_path: Path) -> Iterator[Context]:
    made = Context(config.Config(home=tmp_path, database_url=postgres_database, workers=SHARED))
    yield made
    made.engine.dispose()


def jobs(context: Context) -> list[tuple[str, str, int]]:
    return [(job.job, job.status, job.tries) for job in working.queued(context)]


def test_without_workers_everything_stays_at_home(sqlite_database: str, tmp_path: Path) -> None:
    plain = Context(config.Config(home=tmp_path, database_url=sqlite_database))
    assert isinstance(deferring_of(plain), AtHome)
    assert not deferring_of(plain).hand_on("crawl")
    assert deferring.left_to_us("match", lambda _: True)(plain)
    with pytest.raises(JobError, match="workers share a PostgreSQL database"):
        deferring_of(Context(config.Config(home=tmp_path, database_url=sqlite_database, workers=SHARED)))
    with pytest.raises(JobError, match=r"workers\.enabled is not set"):
        deferring.defer_backfill(plain, [tmp_path], [])
    plain.engine.dispose()


def test_due_work_is_queued_once_and_not_done_here(context: Context) -> None:
    for _ in range(3):
        assert not deferring.left_to_us("match", lambda _: True)(context)
        assert deferring_of(context).hand_on("crawl")
    assert deferring.left_to_us("digest", lambda _: True)(context)  # mail stays where the mail server is
    assert sorted(jobs(context)) == [("crawl", "todo", 0), ("match", "todo", 0)]


def test_as_many_crawls_wait_as_there_are_batches(context: Context) -> None:
    newsdesk.load(context, [newsdesk.article("paper", newsdesk.story(1), minutes=0)])
    with writing(context.engine) as session:
        for number in range(500):
            url = f"https://paper.example/{number}"
            row = {"outlet_id": "paper.example", "url": url, "host": "paper.example", "found_at": newsdesk.START}
            session.add(PageRow(**row, due_at=newsdesk.START, listed_source="none", listed_zone="unknown"))
    deferring_of(context).hand_on("crawl")
    assert jobs(context) == [("crawl", "todo", 0)] * 3  # 500 pages are three batches of 200


def test_the_queue_stands_beside_our_tables(context: Context) -> None:
    deferring_of(context)
    query = text("select table_schema from information_schema.tables where table_name = 'procrastinate_jobs'")
    with reading(context.engine) as session:
        assert session.scalars(query).all() == [SCHEMA]


def test_a_job_of_a_silent_worker_is_returned(context: Context) -> None:
    to = ToWorkers(context)
    to.hand_on("match")
    app = open_app(context)

    async def lose() -> int:
        async with app.open_async():
            ours = await app.job_manager.register_worker()
            assert (await app.job_manager.fetch_job(queues=["match"], worker_id=ours)) is not None
            assert await working.return_lost(app, 30) == 0
            return await working.return_lost(app, 0)

    assert asyncio.run(lose()) == 1
    assert jobs(context) == [("match", "todo", 1)]


def test_a_lost_job_that_waits_again_already_is_dropped(context: Context) -> None:
    to = ToWorkers(context)
    to.hand_on("match")
    app = open_app(context)

    async def lose() -> None:
        async with app.open_async():
            ours = await app.job_manager.register_worker()
            await app.job_manager.fetch_job(queues=["match"], worker_id=ours)
            await asyncio.to_thread(to.hand_on, "match")
            await working.return_lost(app, 0)

    asyncio.run(lose())
    assert jobs(context) == [("match", "todo", 0)]


def test_a_waiting_job_is_cancelled(context: Context) -> None:
    deferring_of(context).hand_on("match")
    number = working.queued(context)[0].id
    working.cancel(context, number)
    assert jobs(context) == [("match", "cancelled", 0)]
    with pytest.raises(JobError, match="neither waits nor is being done"):
        working.cancel(context, number)


def test_archives_are_queued_one_by_one(context: Context, tmp_path: Path) -> None:
    files = [tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"]
    assert deferring.defer_backfill(context, files, ["--hosts", "*"]) == 2
    assert deferring.defer_backfill(context, files[:1], ["--hosts", "*"]) == 0
    assert [job.arguments for job in working.queued(context)] == [f"{file} --hosts *" for file in files]


DOES = """
import pathlib, sys, time
from tests.patience import PATIENCE_SECONDS
home = pathlib.Path(sys.argv[1])
(home / "done.txt").open("a").write(" ".join(sys.argv[2:]) + "\\n")
if "match" in sys.argv:
    sys.exit(3)
if "slow" in sys.argv:
    time.sleep(3600)
"""


def test_a_worker_runs_commands_and_tries_failed_ones_again_later(context: Context, tmp_path: Path) -> None:
    (tmp_path / "does.py").write_text(DOES, encoding="utf-8")
    to = ToWorkers(context)
    to.hand_on("match")
    to.queue(Work("backfill", (), 1.0), ["b"], ["a file"])
    working.work(context, once=True, program=(sys.executable, str(tmp_path / "does.py"), str(tmp_path)))
    assert sorted((tmp_path / "done.txt").read_text().splitlines()) == ["backfill a file", "match"]
    assert jobs(context) == [("match", "todo", 1)]  # it waits some seconds; what succeeded is gone
    with pytest.raises(JobError, match="no shared job 'digest'"):
        working.work(context, ["digest"])


def test_a_job_being_done_is_cancelled_with_its_child(context: Context, tmp_path: Path) -> None:
    (tmp_path / "does.py").write_text(DOES, encoding="utf-8")
    ToWorkers(context).queue(Work("backfill", (), 1.0), ["b"], ["slow"])

    async def cancel_soon() -> None:
        while not (tmp_path / "done.txt").exists():
            await asyncio.sleep(0.05)
        await asyncio.to_thread(working.cancel, context, working.queued(context)[0].id)

    program = (sys.executable, str(tmp_path / "does.py"), str(tmp_path))

    async def both() -> None:
        stop = asyncio.create_task(cancel_soon())
        await asyncio.to_thread(_work_once, context, program)
        await stop

    asyncio.run(both())
    assert [status for _, status, _ in jobs(context)] == ["aborted"]


def _work_once(context: Context, program: tuple[str, ...]) -> None:
    """A worker in a thread: signal handlers belong to the main one."""
    app = open_app(context)
    for each in shared_work(context.config).values():
        working._add_task(context, app, each, program)

    async def serve() -> None:
        async with app.open_async():
            await working._run(app, ["backfill"], 1, context.config.workers, asyncio.Event(), once=True)

    asyncio.run(serve())


PAGES = 4


def test_four_workers_one_killed_one_cut_off(postgres_database: str, sqlite_database: str, tmp_path: Path) -> None:
    """Every page stored once, no host asked by two at once, the same pickups as one machine."""
    with ExitStack() as stack:
        sites = [stack.enter_context(Site()) for _ in range(4)]
        busy = [fill(site, number, PAGES, seconds=0.15) for number, site in enumerate(sites)]
        alone = program_of(tmp_path / "alone", sqlite_database, sites, {})
        database = ending_idle(postgres_database, seconds=4)
        many = program_of(tmp_path / "many", database, sites, {"CRAWL__HOSTS_PER_BATCH": "1"})
        wanted_context = files(alone, PAGES)
        alone.must("crawl")
        wanted = newsdesk.pickups(_matched(wanted_context))
        for site in sites:
            site.asked.clear()
        context = files(many, PAGES)
        shared = replace(
            context, config=context.config.model_copy(update={"workers": SHARED.model_copy(update={"crawl_jobs": 4})})
        )
        workers = [start_worker(many) for _ in range(4)]
        try:
            _work_with_losses(shared, sites, workers)
        finally:
            for worker in workers:
                with suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
        assert newsdesk.pickups(_matched(context)) == wanted
        assert [one.most for one in busy] == [1] * 4
        with reading(context.engine) as session:
            fetched = Counter(session.scalars(select(FetchRow.url).where(FetchRow.url.contains("/news/"))))
        assert len(fetched) == PAGES * 4
        assert set(fetched.values()) == {1}


def _matched(context: Context) -> Context:
    newsdesk.match(context)
    return context


def _work_with_losses(context: Context, sites: list[Site], workers: list[subprocess.Popen[bytes]]) -> None:
    """Queue until everything is fetched; two workers are lost while they fetch, and their leases lapse."""
    to, lost_at, lapsed = ToWorkers(context), 0.0, False
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left(context, PAGES * 4) or not lapsed:
        assert time.monotonic() < deadline, "not done in time"
        to.hand_on("crawl")
        if not lost_at and sum(len(site.asked) > 2 for site in sites) >= 3:
            os.killpg(workers[0].pid, signal.SIGKILL)
            os.killpg(workers[1].pid, signal.SIGSTOP)
            lost_at = time.monotonic()
        if lost_at and not lapsed and time.monotonic() - _last_asked(sites) > QUIET_SECONDS:
            _lapse(context)
            lapsed = True
        time.sleep(0.2)


QUIET_SECONDS = 4.0
"""Longer than any pause between two requests of a living crawl: whoever still holds a host is gone."""


def _lapse(context: Context) -> None:
    """Let the time pass after which leases of the lost lapse: eleven minutes."""
    with writing(context.engine) as session:
        session.execute(update(LeaseRow).where(LeaseRow.name.startswith("host:")).values(until=LONG_AGO))
        session.execute(update(PageRow).values(lease_until=None))


def _last_asked(sites: list[Site]) -> float:
    return max((site.asked[-1].at for site in sites if site.asked), default=time.monotonic())
