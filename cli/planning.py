"""`wiretrail schedule`: the plan of the daemon, as rows."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.question_options import FormatOption, OutletOption
from jobs.context import open_context
from jobs.due import limits_of
from report.tables import render
from storage.crawling.plan import planned
from storage.engine import reading

COLUMNS = ("due_at", "what", "outlet", "url", "why", "signals")


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(schedule)


def schedule(
    outlet: OutletOption = None,
    limit: Annotated[int, typer.Option(help="at most so many rows", min=1)] = 30,
    format_: FormatOption = "table",
) -> None:
    """What is polled and visited next, why then, and what its site says on text and data mining."""
    context = open_context()
    with reading(context.engine) as session:
        rows = planned(session, context.now(), limits_of(context), outlet=outlet, limit=limit)
    render(rows, COLUMNS, format_, sys.stdout)
