"""When the jobs run: the daemon.

    tick ─> is there anything to do? ─> a child process with a deadline, the same command a person can type

Ticks live in memory and are made anew at every start; everything that must survive is a row. The parent asks and
starts, it never crawls, parses or matches: whatever a page does, the process that answers signals stays small.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from apscheduler.schedulers.asyncio import AsyncIOScheduler

import config
from config import MetricsConfig
from jobs import due
from jobs.context import Context, log, sync
from jobs.daemon import ending
from jobs.daemon.children import memory_mb, stop
from jobs.daemon.ending import explain
from jobs.daemon.measuring import Watch
from jobs.daemon.telling import Teller, open_teller
from jobs.processes import process
from jobs.workers.deferring import left_to_us
from news.errors import JobError

MEMORY_WATCH_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
"""A database that is away is not asked for so long, doubled each time: wrong passwords are counted there."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One kind of work: how to ask whether there is any, and the command that does it."""

    name: str
    seconds: float
    deadline_seconds: float
    is_due: Callable[[Context], bool]
    command: tuple[str, ...]
    memory_mb: int = 0


def ticks_of(context: Context) -> tuple[Tick, ...]:
    """What the daemon does, at the configured rates."""
    config = context.config
    return (
        Tick(
            "crawl",
            config.crawl.tick_seconds,
            config.crawl.deadline_seconds,
            left_to_us("crawl", due.crawl),
            ("crawl",),
            config.crawl.memory_mb,
        ),
        Tick("wire", config.wire.tick_seconds, config.wire.deadline_seconds, due.wire, ("wire", "--drop")),
        Tick("poll", config.wire.afp.tick_seconds, config.wire.afp.deadline_seconds, due.poll, ("wire", "--poll")),
        Tick(
            "match",
            config.match.tick_seconds,
            config.match.deadline_seconds,
            left_to_us("match", due.match),
            ("match",),
        ),
        Tick("digest", config.digest.tick_seconds, config.digest.deadline_seconds, due.digest, ("digest", "--due")),
        Tick("prune", config.keep.tick_seconds, config.keep.deadline_seconds, due.prune, ("prune",)),
    )


@dataclass(slots=True)
class Daemon:
    """Runs ticks until told to stop. At most one child of each kind of work runs at a time."""

    context: Context
    program: tuple[str, ...] = (sys.executable, "-m", "cli")
    children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    scheduler: AsyncIOScheduler = field(default_factory=lambda: AsyncIOScheduler(timezone="UTC"))
    watch: Watch = field(default_factory=Watch)
    teller: Teller | None = None
    reloading: asyncio.Task[None] | None = None
    away_for: str = ""
    """The job that found the database away."""
    quiet_until: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS

    async def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Serve until SIGTERM or SIGINT, or until `until` says so (asked twice a second while nothing runs)."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload_soon)
        await self._settle_dead()
        self._plan()
        self.teller = open_teller(self.context.config.metrics, self.watch, lambda: self.context)
        self.scheduler.start()
        log.info("daemon.started", database=due.database(self.context), home=str(self.context.config.home))
        while not self.stopping.is_set() and (self.running or not until()):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 0.5)
        self.stopping.set()
        self.scheduler.shutdown(wait=False)
        await asyncio.gather(*(stop(child) for child in list(self.children.values())))
        await asyncio.gather(*self.running.values())
        if self.teller is not None:
            await asyncio.to_thread(self.teller.close)
        log.info("daemon.stopped")

    async def _settle_dead(self) -> None:
        """A daemon that died left hosts leased: nothing would be due before those claims lapse."""
        try:
            await asyncio.to_thread(self.context.settle_dead)
        except Exception as error:
            log.error("run.not_closed", job="daemon", error=explain(error))

    def _plan(self) -> None:
        ticks = ticks_of(self.context)
        self.watch.intervals = {tick.name: tick.seconds for tick in ticks}
        for tick in ticks:
            # No grace limit: a tick that comes late because the machine slept is still wanted, once.
            options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None, "replace_existing": True}
            self.scheduler.add_job(self._tick, "interval", [tick], seconds=tick.seconds, id=tick.name, **options)

    def reload_soon(self) -> None:
        """SIGHUP arrived. One at a time: whoever sends it again while one is under way is answered by that one."""
        if self.reloading is None or self.reloading.done():
            self.reloading = asyncio.get_running_loop().create_task(self.reload())

    async def reload(self) -> None:
        """SIGHUP: read configuration and catalogue again. What cannot be used is reported, and the old ones stay.

        Children under way keep what they began with; each new one reads for itself.
        """
        try:
            context = await asyncio.to_thread(_context_anew)
        except Exception as error:
            log.error("reload.refused", error=explain(error))
            return
        before, self.context = self.context, context
        before.engine.dispose()
        self._plan()
        await self._move(before.config.metrics)
        log.info("daemon.reloaded", database=due.database(context))

    async def _move(self, before: MetricsConfig) -> None:
        """Answer where the configuration now says; when that cannot be had, nowhere."""
        settings = self.context.config.metrics
        if settings == before:
            return
        if self.teller is not None:
            await asyncio.to_thread(self.teller.close)
            self.teller = None
        try:
            self.teller = open_teller(settings, self.watch, lambda: self.context)
        except JobError as error:
            log.error("metrics.refused", error=str(error))

    async def _tick(self, tick: Tick) -> None:
        """Set the tick's work going, unless it is going already."""
        if tick.name not in self.running and not self.stopping.is_set():
            task = asyncio.get_running_loop().create_task(self._work(tick))
            self.running[tick.name] = task
            task.add_done_callback(lambda _: self.running.pop(tick.name, None))

    async def _work(self, tick: Tick) -> None:
        """When there is something to do, have it done."""
        if await self._is_due(tick) and not self.stopping.is_set():
            await self.see_through(tick)

    async def see_through(self, tick: Tick) -> None:
        """Start the child of a tick and wait for its end, which comes at its deadline or limit of memory at last."""
        child = await asyncio.create_subprocess_exec(
            *self.program, *tick.command, env=dict(os.environ), stdout=asyncio.subprocess.DEVNULL
        )
        name, reasons = process(child.pid), list[str]()
        self.children[tick.name] = child
        self.watch.running.add(tick.name)
        limit = asyncio.create_task(_limit_memory(child, tick, reasons))
        try:
            await asyncio.wait_for(child.wait(), tick.deadline_seconds)
        except TimeoutError:
            reasons.append(f"stopped at its deadline of {tick.deadline_seconds:g} s")
            log.error("child.deadline", job=tick.name, seconds=tick.deadline_seconds)
            await stop(child)
        finally:
            limit.cancel()
            self.children.pop(tick.name, None)
            self.watch.running.discard(tick.name)
        await self._note_end(tick, name, child.returncode or 0, reasons)

    async def _note_end(self, tick: Tick, name: str, code: int, reasons: list[str]) -> None:
        """Count what a child did, and write down how it ended where it could not do so itself."""
        stopping = self.stopping.is_set()
        why = "; ".join(reasons) or ("stopped with the daemon" if stopping else ending.in_words(code))
        failed = bool(code or reasons)
        self.watch.batches[tick.name, "failed" if failed else "ok"] += 1
        if failed and not stopping:
            log.error("child.failed", job=tick.name, code=code, why=why)
        blame = failed and not stopping
        run = await asyncio.to_thread(
            ending.close_or_say, self.context, tick.name, name, why, hurry=stopping, blame=blame
        )
        if run is not None:
            self.watch.add(tick.name, run.counts)

    async def _is_due(self, tick: Tick) -> bool:
        """Ask the database; one that is away is reported once, and asked again at every tick.

        It is back when the job that missed it finds it: another's question may need no database, as a drop folder's.
        """
        if time.monotonic() < self.quiet_until:
            return False
        try:
            found = await asyncio.to_thread(tick.is_due, self.context)
        except Exception as error:
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
            self.quiet_until = time.monotonic() + self.pause
            if not self.away_for:  # said once: a database away for a night would fill the log at every tick
                log.error("database.away", job=tick.name, error=explain(error))
                self.away_for = tick.name
            return False
        self.pause = FIRST_PAUSE_SECONDS
        self.watch.asked[tick.name] = time.monotonic()
        if self.away_for == tick.name:
            log.info("database.back", job=tick.name)
            self.away_for = ""
        return found


def _context_anew() -> Context:
    """The configuration as it is now, its catalogue in its database. Raises whatever is wrong with them."""
    context = Context(config.read())
    sync(context)
    return context


async def _limit_memory(child: asyncio.subprocess.Process, tick: Tick, reasons: list[str]) -> None:
    """End a child that takes more than its share, with all it started: a page must not take the machine down.

    Watched instead of limited by the kernel: a limit on address space also counts what is never touched, and a child
    that meets it dies in the middle of a write instead of handing its tasks back.
    """
    while tick.memory_mb and child.returncode is None:
        await asyncio.sleep(MEMORY_WATCH_SECONDS)
        used = await asyncio.to_thread(memory_mb, child.pid)
        if used > tick.memory_mb and child.returncode is None:
            reasons.append(f"stopped at {used:.0f} MB of memory, of {tick.memory_mb} it may take")
            log.error("child.memory", job=tick.name, used_mb=round(used), limit_mb=tick.memory_mb)
            await stop(child)


def run(context: Context, until: Callable[[], bool] = lambda: False) -> None:
    """Run the daemon in this process until it is told to stop."""
    asyncio.run(Daemon(context).run(until))
