"""A worker: takes shared jobs from the queue, does each as a child process, and returns those of lost workers.

    queue ─> wiretrail crawl, match or backfill with a deadline ─> done, or tried again some seconds later
    every few seconds: jobs whose worker gave no sign of life ─> back into the queue

The child is what a person can type, so that a page that takes a process down leaves the worker standing. What two
machines must not do at once is decided in the database by leases, not here: a worker that was only cut off may come
back and finds its hosts taken.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from jobs.context import Context, log
from jobs.daemon import ending
from jobs.daemon.children import stop
from jobs.processes import process
from jobs.workers.queueing import MOST_TRIES, Work, open_app, procrastinate, shared_work
from news.errors import JobError

WAIT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Queued:
    """A job as it stands in the queue."""

    id: int
    job: str
    status: str
    tries: int
    arguments: str


def work(
    context: Context,
    names: Sequence[str] = (),
    *,
    concurrency: int = 1,
    once: bool = False,
    program: tuple[str, ...] = (),
) -> None:
    """Work until SIGTERM or SIGINT, or with `once` until the queue is empty. Raises JobError."""
    known = shared_work(context.config)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise JobError(f"no shared job {unknown[0]!r}: there are {', '.join(known)}")
    app = open_app(context)
    for each in known.values():
        _add_task(context, app, each, program or (sys.executable, "-m", "cli"))
    asyncio.run(_serve(context, app, list(names or known), concurrency, once=once))


def _add_task(context: Context, app: Any, each: Work, program: tuple[str, ...]) -> None:
    library = procrastinate()

    async def task(job: Any, arguments: Sequence[str] = ()) -> None:
        try:
            await _child(context, (*program, *each.command, *arguments), each)
        except asyncio.CancelledError:
            if job.abort_reason() is library.job_context.AbortReason.USER_REQUEST:
                raise library.exceptions.JobAborted from None
            raise

    retry = library.RetryStrategy(max_attempts=MOST_TRIES, wait=WAIT_SECONDS)
    app.task(task, name=each.name, pass_context=True, retry=retry)


async def _child(context: Context, command: Sequence[str], each: Work) -> None:
    """Run a command to its end. Raises JobError when it fails, and ends it when cancelled or over its deadline.

    What it had in hand when it failed is set aside; when it was cancelled, nothing is to blame.
    """
    child = await asyncio.create_subprocess_exec(*command, env=dict(os.environ), stdout=asyncio.subprocess.DEVNULL)
    name, why = process(child.pid), ""
    try:
        code = await asyncio.wait_for(child.wait(), each.deadline_seconds)
        why = ending.in_words(code) if code else ""
    except TimeoutError:
        why = f"stopped at its deadline of {each.deadline_seconds:g} s"
        raise JobError(f"{each.name} took over {each.deadline_seconds:.0f} s") from None
    finally:
        await stop(child)
        why, blame = why or "stopped with its worker", bool(why)
        await asyncio.to_thread(ending.close_or_say, context, each.name, name, why, blame=blame)
    if code:
        raise JobError(f"{each.name} ended with code {code}")


async def _serve(context: Context, app: Any, queues: list[str], concurrency: int, *, once: bool) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    settings = context.config.workers
    async with app.open_async():
        returning = asyncio.create_task(
            _forever(settings.heartbeat_seconds, lambda: return_lost(app, settings.lost_seconds))
        )
        log.info("worker.started", jobs=queues)
        while not stopping.is_set():
            await _run(app, queues, concurrency, settings, stopping, once=once)
            if once:
                stopping.set()
        returning.cancel()
    log.info("worker.stopped")


async def _run(
    app: Any, queues: list[str], concurrency: int, settings: Any, stopping: asyncio.Event, *, once: bool
) -> None:
    """Procrastinate's worker until it ends. One that was given up for lost ends with an error and is begun anew."""
    worker = asyncio.create_task(
        app.run_worker_async(
            queues=queues,
            concurrency=concurrency,
            wait=not once,
            fetch_job_polling_interval=settings.heartbeat_seconds,
            abort_job_polling_interval=settings.heartbeat_seconds,
            update_heartbeat_interval=settings.heartbeat_seconds,
            stalled_worker_timeout=settings.lost_seconds,
            shutdown_graceful_timeout=0.5,
            install_signal_handlers=False,
            delete_jobs="successful",
        )
    )
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    worker.cancel()
    try:
        with suppress(asyncio.CancelledError):
            await worker
    except Exception as error:
        log.error("worker.broken", error=str(error).splitlines()[0] if str(error) else repr(error))
        await asyncio.sleep(1.0)


async def _forever(seconds: float, step: Callable[[], Awaitable[int]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await step()
        except Exception as error:  # the database away: asked again at the next turn
            log.warning("worker.returning", error=str(error).splitlines()[0] if str(error) else repr(error))


async def return_lost(app: Any, lost_seconds: float) -> int:
    """Put the jobs of workers without a sign of life back into the queue; returns how many."""
    library = procrastinate()
    lost = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=lost_seconds))
    for job in lost:
        try:
            await app.job_manager.retry_job(job)
            log.warning("worker.job_returned", job=job.task_name, id=job.id)
        except library.exceptions.ConnectorException:
            # One like it waits already, or another worker was quicker.
            with suppress(library.exceptions.ConnectorException):
                await app.job_manager.finish_job_by_id_async(job.id, library.jobs.Status.FAILED, delete_job=True)
    return len(lost)


def queued(context: Context) -> list[Queued]:
    """What waits, is done now, or failed, the oldest first."""
    app = open_app(context)
    with app.open():
        return [
            Queued(job.id, job.task_name, job.status, job.attempts, " ".join(job.task_kwargs.get("arguments", ())))
            for job in sorted(app.job_manager.list_jobs(), key=lambda job: job.id)
        ]


def cancel(context: Context, number: int) -> None:
    """Take a job out of the queue, or end it where it is done now. Raises JobError when there is none such."""
    app = open_app(context)
    with app.open():
        if not app.job_manager.cancel_job_by_id(number, abort=True):
            raise JobError(f"job {number} neither waits nor is being done; `wiretrail jobs` lists them")
