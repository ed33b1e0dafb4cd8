"""Commands of installations with more than one machine: do shared work, look at the queue, take a job out of it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.question_options import FormatOption
from jobs.context import open_context, require_contact, sync
from report.tables import note, render


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (worker, jobs, cancel):
        app.command()(command)


def worker(
    only: Annotated[list[str] | None, typer.Option(help="only crawl, match or backfill (repeatable)")] = None,
    concurrency: Annotated[int, typer.Option(help="jobs done at once", min=1)] = 1,
    once: Annotated[bool, typer.Option("--once", help="stop when nothing waits")] = False,
) -> None:
    """Take shared jobs from the queue on PostgreSQL, until SIGTERM or Ctrl-C."""
    from jobs.workers.working import work

    context = open_context()
    require_contact(context)
    sync(context)
    work(context, only or (), concurrency=concurrency, once=once)


def jobs(format_: FormatOption = "table") -> None:
    """List what waits for workers, is being done or failed."""
    from jobs.workers.working import queued

    render(queued(open_context()), ("id", "job", "status", "tries", "arguments"), format_, sys.stdout)


def cancel(job: Annotated[int, typer.Argument(help="its number, as jobs lists it")]) -> None:
    """Take a job out of the queue; one being done is ended."""
    from jobs.workers import working

    working.cancel(open_context(), job)
    note(f"job {job} is cancelled")
