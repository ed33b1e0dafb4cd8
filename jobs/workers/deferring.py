"""Who does what is due: this machine's children, or any worker on the same database. The daemon's one seam.

    SQLite, or no workers wanted ─> AtHome: nothing is handed on, the daemon starts its children
    PostgreSQL and [workers] enabled ─> ToWorkers: jobs go into the queue, `wiretrail worker` takes them

A job is queued only while none like it waits (a queueing lock), so that a daemon that ticks faster than workers work
piles nothing up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from jobs import due
from jobs.context import Context
from jobs.workers.queueing import Work, open_app, procrastinate, shared_work
from news.errors import JobError
from storage.crawling import frontier
from storage.engine import reading


class Deferring(Protocol):
    """Where due work goes."""

    def hand_on(self, job: str) -> bool:
        """Give a due job to others; False when this machine is to do it."""


class AtHome:
    """Nothing is handed on."""

    def hand_on(self, job: str) -> bool:  # noqa: ARG002  -- the seam's signature
        """Every job is this machine's own."""
        return False


class ToWorkers:
    """Hands on what any machine can do."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._work = shared_work(context.config)
        self._app: Any = open_app(context)

    def hand_on(self, job: str) -> bool:
        """Queue the job, a crawl as often as there are batches of pages due, unless as many wait already."""
        work = self._work.get(job)
        if work is None:
            return False
        self.queue(work, [f"{job}:{number}" for number in range(self._batches() if job == "crawl" else 1)])
        return True

    def _batches(self) -> int:
        settings = self._context.config
        with reading(self._context.engine) as session:
            waiting = frontier.count_due(session, self._context.now(), due.limits_of(self._context))
        wanted = math.ceil(waiting / settings.crawl.pages_per_batch)
        return max(1, min(wanted, settings.workers.crawl_jobs))

    def queue(self, work: Work, locks: Sequence[str], arguments: Sequence[str] = ()) -> int:
        """Queue one job per queueing lock, and count those that did not wait already."""
        queued = 0
        with self._app.open():
            for lock in locks:
                alone = {"lock": lock} if work.alone else {}
                job = self._app.configure_task(work.name, queue=work.name, queueing_lock=lock, **alone)
                try:
                    job.defer(arguments=list(arguments))
                    queued += 1
                except procrastinate().exceptions.AlreadyEnqueued:
                    continue
        return queued


def deferring_of(context: Context) -> Deferring:
    """Where this installation's work goes. Raises JobError for workers without PostgreSQL or Procrastinate."""
    return ToWorkers(context) if context.config.workers.enabled else AtHome()


def left_to_us(job: str, is_due: Callable[[Context], bool]) -> Callable[[Context], bool]:
    """The daemon's question, where work is shared: whether a job is due and no worker was asked to do it."""

    def asked(context: Context) -> bool:
        return is_due(context) and not deferring_of(context).hand_on(job)

    return asked


def defer_backfill(context: Context, files: Sequence[Path], options: Sequence[str]) -> int:
    """Queue each archive as a job of its own; returns how many did not wait already. Raises JobError.

    Workers must see the files under the same names.
    """
    if not context.config.workers.enabled:
        raise JobError("workers.enabled is not set: without workers nobody would take the archives")
    to = ToWorkers(context)
    work = shared_work(context.config)["backfill"]
    return sum(to.queue(work, [f"backfill:{path.resolve()}"], [str(path.resolve()), *options]) for path in files)
