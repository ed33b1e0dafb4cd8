"""The command line: the same jobs the daemon runs, by hand, and the questions people ask of the database.

    cli.work      doing: run, crawl, import, match, digest, extract, demo
    cli.question_commands   asking: pickups, stories, outlets, pairs, why, …
    cli.planning  asking what comes next: schedule
    cli.agency    the agency's side: wire, refused, licence list
    cli.keep      keeping: db, doctor, verdicts, licences
    cli.erase   taking out for good: erase
    cli.moving    moving: export, db copy
    cli.warc_files  WARC files: backfill, reread
    cli.workers   several machines: worker, jobs, cancel

Answers go to standard output, everything else to standard error. Whatever goes wrong on purpose ends as one line that
names the object, and exit code 1; 2 is a command that was not understood.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy.exc import DBAPIError

from cli import (
    agency,
    demonstration,
    erase,
    keep,
    moving,
    planning,
    proving,
    question_commands,
    serving,
    setting_aside,
    settling,
    warc_files,
    work,
    workers,
)
from news.errors import WiretrailError
from news.hiding import hidden
from storage.engine import explain, is_away

app = typer.Typer(
    name="wiretrail",
    help="Follows a news agency's stories through the outlets that republish them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
work.add_to(app)
question_commands.add_to(app)
planning.add_to(app)
agency.add_to(app)
keep.add_to(app)
erase.add_to(app)
moving.add_to(app)
warc_files.add_to(app)
workers.add_to(app)
proving.add_to(app)
settling.add_to(app)
setting_aside.add_to(app)
serving.add_to(app)
demonstration.add_to(app)


def main() -> None:
    """The `wiretrail` command. What it and its children write is their user's alone: texts of others, and of people."""
    os.umask(0o077)
    with told():
        app()


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong inside on purpose ends the process as one line and an exit code."""
    try:
        yield
    except WiretrailError as error:
        _end(str(error))
    except DBAPIError as error:
        if not is_away(error):
            raise
        _end(f"database: {explain(error)}")
    except BrokenPipeError:
        # The reader went away (`wiretrail pickups | head`): no error, and no second one while closing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _end(why: str) -> None:
    print(f"wiretrail: {hidden(why)}", file=sys.stderr)  # noqa: T201  -- the one place that reports to a terminal
    sys.exit(1)
