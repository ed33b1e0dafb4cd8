"""Runs the readers of pages and feeds beside the crawl, where none of them can freeze it.

A page reader takes about 20 ms and now and then 300; a hostile page may take for ever. In worker processes the crawl
pays 6 ms per page instead of 90-146, and a reader over its time is ended by a watchdog that needs no cooperation.
With no workers the same functions run in place: the demo and spiders started by hand, where time limits do not hold.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, TypeVar

from news.articles import Agency
from news.errors import ReadingError

T = TypeVar("T")

# Set once per process: several hundred names of agencies need not travel with each page.
_agencies: tuple[Agency, ...] = ()
_silence: IO[str] | None = None


def known_agencies() -> tuple[Agency, ...]:
    """The agencies of the crawl this process reads for."""
    return _agencies


def _prepare(agencies: tuple[Agency, ...]) -> None:
    global _agencies  # noqa: PLW0603  -- a worker process has one crawl; see above
    _agencies = agencies


def _start_worker(agencies: tuple[Agency, ...], crawl: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the crawl decides when to end us
    _prepare(agencies)
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


class Readers:
    """`await readers.run(function, *args)`: in a worker process when there are any, else in place."""

    def __init__(self, agencies: Sequence[Agency], *, workers: int = 0, seconds: float = 20.0) -> None:
        self._agencies = tuple(agencies)
        self._workers = workers
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None
        self._lifeline: Connection | None = None
        self._free = asyncio.Semaphore(max(workers, 1))
        self._alone = asyncio.Lock()
        if workers == 0:
            _prepare(self._agencies)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """What the function returns or raises. Raises ReadingError when a worker died or was ended over it.

        A pool breaks as a whole, so pages that were beside the guilty one are read again, one at a time.
        """
        if self._workers == 0:
            return function(*args)
        try:
            async with self._free:
                return await self._in_pool(function, *args)
        except BrokenProcessPool:
            return await self._again(function, *args)

    async def _again(self, function: Callable[..., T], *args: Any) -> T:
        async with self._alone:
            try:
                return await self._in_pool(function, *args)
            except BrokenProcessPool:
                raise ReadingError(f"reading it took over {self._seconds:.0f} s or all memory") from None

    async def _in_pool(self, function: Callable[..., T], *args: Any) -> T:
        pool = self._pool or self._new_pool()
        try:
            return await asyncio.wrap_future(pool.submit(_watched, self._seconds, function, *args))
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = None
            pool.shutdown(wait=False)
            raise

    def _new_pool(self) -> ProcessPoolExecutor:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload(["crawler.pages", "crawler.listings"])
        theirs, self._lifeline = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self._workers, mp_context=context, initializer=_start_worker, initargs=(self._agencies, theirs)
        )
        return self._pool

    def close(self) -> None:
        """End the workers. A reading under way is given up."""
        if self._lifeline is not None:
            self._lifeline.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
