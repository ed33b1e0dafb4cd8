"""The parent: starts what is due, ends what takes too long or too much, and leaves nobody behind.

Its children are stand-ins here: they sleep, fail or swell; what real ones do is in tests/whole/test_daemon.py.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import config
from jobs.context import Context
from jobs.processes import process
from scheduler import Daemon, ticks_of
from tests.patience import PATIENCE_SECONDS

SLEEPER = "import os, pathlib, time; pathlib.Path({folder!r}, str(os.getpid())).touch(); time.sleep(3600)"
SWOLLEN = "import time; x = b'x' * 60_000_000; time.sleep(3600)"


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


@pytest.fixture
def context(sqlite_database: str, tmp_path: Path) -> Context:
    """A file lies in the drop folder, so there is always wire to read."""
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "item.xml").write_text("x")
    wire = config.WireConfig(drop=drop, settle_seconds=0, tick_seconds=0.1, deadline_seconds=1.0)
    return Context(config.Config(home=tmp_path, database_url=sqlite_database, wire=wire))


async def serve(made: Daemon, enough: Callable[[], bool]) -> None:
    """Run the daemon until it has done enough, then stop it as a signal would."""
    task = asyncio.create_task(made.run())
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and not enough():
        await asyncio.sleep(0.05)
    made.stopping.set()
    await asyncio.wait_for(task, PATIENCE_SECONDS)


def daemon(context: Context, script: str) -> Daemon:
    return Daemon(context, (sys.executable, "-S", "-E", "-c", script))


def test_a_child_at_its_deadline_is_ended_and_the_next_one_starts(context: Context, pids: Path) -> None:
    made = daemon(context, SLEEPER.format(folder=str(pids)))
    asyncio.run(serve(made, lambda: made.watch.batches["wire", "failed"] >= 2))
    started = [int(path.name) for path in pids.iterdir()]
    assert len(started) >= 2
    assert [pid for pid in started if process(pid)] == [], "somebody was left behind"
    assert made.watch.running == set()


def test_a_child_that_fails_is_started_again_and_counted(context: Context) -> None:
    made = daemon(context, "raise SystemExit(3)")
    asyncio.run(serve(made, lambda: made.watch.batches["wire", "failed"] >= 3))
    assert made.watch.batches["wire", "ok"] == 0
    assert "wire" in made.watch.asked


def test_at_most_one_child_of_a_kind_runs(context: Context, pids: Path) -> None:
    """The tick comes every tenth of a second, the child takes half of one."""
    script = (
        SLEEPER.format(folder=str(pids)).replace("3600", "0.5") + f"; os.unlink({str(pids)!r} + f'/{{os.getpid()}}')"
    )
    most = 0

    def enough() -> bool:
        nonlocal most
        most = max(most, len(list(pids.iterdir())))
        return made.watch.batches["wire", "ok"] >= 3

    made = daemon(context, script)
    asyncio.run(serve(made, enough))
    # A prune, which has never run here, goes beside it.
    assert 1 <= most <= 2


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_a_crawl_that_takes_too_much_memory_is_ended(context: Context) -> None:
    settings = context.config.model_copy(update={"crawl": config.CrawlConfig(memory_mb=40)})
    [crawl] = [tick for tick in ticks_of(Context(settings)) if tick.name == "crawl"]
    assert crawl.memory_mb == 40
    made = daemon(context, SWOLLEN)
    asyncio.run(made.see_through(crawl))
    assert made.watch.batches["crawl", "failed"] == 1


def test_the_clock_may_jump(context: Context, pids: Path) -> None:
    """Ticks are counted by a clock that nobody sets: a jump of the wall's by years starts nothing twice."""
    clock = config.ClockConfig(start="2040-01-01T00:00:00Z", epoch="2026-01-01T00:00:00Z", rate=1.0)  # type: ignore[arg-type]  # pydantic reads them
    made = daemon(context, SLEEPER.format(folder=str(pids)))
    jumped = Context(context.config.model_copy(update={"clock": clock}))

    def enough() -> bool:
        if len(list(pids.iterdir())) >= 2:
            made.context = jumped
        return made.watch.batches["wire", "failed"] >= 1

    asyncio.run(serve(made, enough))
    assert made.watch.batches["wire", "failed"] <= 2
