"""Runs the readers of pages and feeds beside the crawl, where none of them can freeze it.

A page reader takes about 20 ms and now and then 300; a hostile page may take for ever. In worker processes the crawl
pays 6 ms per page instead of 90-146, and a reader over its time is ended by a watchdog that needs no cooperation. One
over its memory is ended by the crawl: ten kilobytes on the wire can be a million nodes.
With no workers the same functions run in place: the demo and spiders started by hand, where time limits do not hold.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, TypeVar

from news.articles import Agency
from news.errors import ReadingError

T = TypeVar("T")
WATCH_SECONDS = 0.1
_NOTHING = nullcontext()

# Set once per process: several hundred names of agencies need not travel with each page.
_agencies: tuple[Agency, ...] = ()
_silence: IO[str] | None = None


def known_agencies() -> tuple[Agency, ...]:
    """The agencies of the crawl this process reads for."""
    return _agencies


def _prepare(agencies: tuple[Agency, ...]) -> None:
    global _agencies  # noqa: PLW0603  -- a worker process has one crawl; see above
    _agencies = agencies


def _start_worker(agencies: tuple[Agency, ...], crawl: Connection, memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the crawl decides when to end us
    _prepare(agencies)
    if memory_mb:  # what outgrows it between two looks of the crawl finds no more memory
        resource.setrlimit(resource.RLIMIT_DATA, (2 * memory_mb * 1_000_000,) * 2)
    with suppress(OSError):  # the crawl is gone already: what follows ends us
        crawl.send(os.getpid())
    gc.freeze()  # catalogue, patterns and libraries stay for good: no collection needs to walk them again
    threading.Thread(target=_end_with, args=(crawl,), daemon=True).start()


def _end_with(crawl: Connection) -> None:
    """A worker whose crawl was killed would wait for its next page for ever; the pipe's other end dies with it."""
    with suppress(EOFError, OSError):
        crawl.recv_bytes()
    os._exit(1)


def _watched(seconds: float, function: Callable[..., T], *args: Any) -> T:
    """Run in a worker: the watchdog is a C thread, so it ends even a call that never returns to Python."""
    global _silence  # noqa: PLW0603  -- kept open: the watchdog writes its traceback there
    if _silence is None:
        _silence = Path(os.devnull).open("w")  # noqa: SIM115  -- stays open for as long as the process
    faulthandler.dump_traceback_later(seconds, exit=True, file=_silence)
    try:
        return function(*args)
    finally:
        faulthandler.cancel_dump_traceback_later()


@dataclass(slots=True)
class _Pool:
    """Some worker processes. `lifeline` ends them with us, and tells their numbers; `too_large`: we ended one."""

    executor: ProcessPoolExecutor
    lifeline: Connection
    reading: int = 0
    too_large: bool = False
    processes: set[int] = field(default_factory=set)


class _WorkerError(Exception):
    """A worker died. `why` in words, "" when nobody here knows; `certain` when it was at this and nothing else."""

    def __init__(self, why: str, *, certain: bool) -> None:
        super().__init__(why)
        self.why, self.certain = why, certain


class Readers:
    """`await readers.run(function, *args)`: in a worker process when there are any, else in place."""

    def __init__(
        self, agencies: Sequence[Agency], *, workers: int = 0, seconds: float = 20.0, memory_mb: int = 0
    ) -> None:
        self._agencies = tuple(agencies)
        self._workers = workers
        self._seconds = seconds
        self._memory_mb = memory_mb
        self._pool: _Pool | None = None
        self._watching: asyncio.Task[None] | None = None
        self._free = asyncio.Semaphore(max(workers, 1))
        self._alone = asyncio.Lock()
        if workers == 0:
            _prepare(self._agencies)

    async def run(self, function: Callable[..., T], *args: Any, within: AbstractContextManager[None] = _NOTHING) -> T:
        """What the function returns or raises. Raises ReadingError when a worker died or was ended over it.

        A pool breaks as a whole, so pages that were beside the guilty one are read again, one at a time. `within` is
        entered while it is read, and not while it waits for a free worker.
        """
        if self._workers == 0:
            with within:
                return function(*args)
        async with self._free:
            with within:
                return await self._beside(function, *args)

    async def _beside(self, function: Callable[..., T], *args: Any) -> T:
        try:
            return await self._in_pool(function, *args)
        except _WorkerError as ended:
            if ended.certain:
                raise ReadingError(ended.why) from None
        async with self._alone:
            try:
                return await self._in_pool(function, *args)
            except _WorkerError as ended:
                raise ReadingError(ended.why or "reading it ended its process") from None

    async def _in_pool(self, function: Callable[..., T], *args: Any) -> T:
        pool = self._pool or self._new_pool()
        pool.reading += 1
        alone, began = pool.reading == 1 == self._workers, time.monotonic()
        try:
            return await asyncio.wrap_future(pool.executor.submit(_watched, self._seconds, function, *args))
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = None
            pool.executor.shutdown(wait=False)
            why = f"reading it took over {self._memory_mb} MB of memory" if pool.too_large else ""
            if time.monotonic() - began >= self._seconds:
                why = f"reading it took over {self._seconds:g} s"
            raise _WorkerError(why, certain=bool(why) and alone) from None
        finally:
            pool.reading -= 1

    def _new_pool(self) -> _Pool:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(["crawler.pages", "crawler.listings"])
        theirs, lifeline = context.Pipe()
        executor = ProcessPoolExecutor(
            self._workers,
            mp_context=context,
            initializer=_start_worker,
            initargs=(self._agencies, theirs, self._memory_mb),
        )
        self._pool = _Pool(executor, lifeline)
        if self._memory_mb:
            self._watching = asyncio.get_running_loop().create_task(self._watch_memory(self._pool))
        return self._pool

    async def _watch_memory(self, pool: _Pool) -> None:
        """End a worker that has grown too large: told nothing, its reader would take the half it got for the whole."""
        while self._pool is pool:
            await asyncio.sleep(WATCH_SECONDS)
            with suppress(EOFError, OSError):
                while pool.lifeline.poll():
                    pool.processes.add(pool.lifeline.recv())
            large = [each for each in pool.processes if pool.reading and resident_mb(each) > self._memory_mb]
            pool.too_large = pool.too_large or bool(large)
            for process in large:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """End the workers. A reading under way is given up."""
        if self._watching is not None and not self._watching.done():
            self._watching.cancel()
        if self._pool is not None:
            self._pool.lifeline.close()
            self._pool.executor.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def resident_mb(process: int) -> float:
    """Memory a process holds; 0 for one that is gone, and where there is no /proc."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * resource.getpagesize() / 1_000_000
