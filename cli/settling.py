"""`wiretrail settle`: a person says whether a digest arrived that the mail server took without an answer."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated

import typer

from jobs.context import open_context
from report.tables import note, render
from storage import outbox
from storage.engine import reading, writing

COLUMNS = ("local_date", "kind", "recipient", "subject", "attempts", "error")


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(settle)


def settle(
    day: Annotated[str | None, typer.Argument(help="local date of the digest, as 2026-11-20")] = None,
    recipient: Annotated[str | None, typer.Argument(help="address it was sent to")] = None,
    arrived: Annotated[bool | None, typer.Option("--arrived/--lost", help="lost: it is sent again")] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="the weekly one")] = False,
) -> None:
    """List the digests that may or may not have arrived, or say of one whether it did."""
    context = open_context()
    if day is None:
        with reading(context.engine) as session:
            render(outbox.uncertain(session, context.now()), COLUMNS, "table", sys.stdout)
        return
    if recipient is None or arrived is None:
        raise typer.BadParameter("give the date, the address, and --arrived or --lost")
    try:
        local_date = date.fromisoformat(day)
    except ValueError as error:
        raise typer.BadParameter(f"{day!r} is no date such as 2026-11-20") from error
    kind = "weekly" if weekly else "daily"
    with writing(context.engine) as session:
        outbox.settle(session, local_date, recipient, context.now(), arrived=arrived, kind=kind)
    note(f"the {kind} digest of {day} to {recipient} {'arrived' if arrived else 'is sent again'}")
