"""`wiretrail aside`: what failed and waits for its next time, and taking it up again before that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from cli.question_options import FormatOption
from jobs.context import open_context
from report.tables import note, render
from storage import asides
from storage.answers import columns_of
from storage.engine import reading, writing
from storage.set_aside import KINDS, SetAside

if TYPE_CHECKING:
    from storage.set_aside import Kind

ALL = "all"


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(aside)


def aside(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="a kind, to list only that; with --retry: all, a kind, or a kind and names"),
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="take it up again now")] = False,
    limit: Annotated[int, typer.Option(help="at most so many rows", min=1)] = 1000,
    format_: FormatOption = "table",
) -> None:
    """What failed and was set aside: why, since when, how often, and when it is tried again."""
    kind, *units = names or [ALL]
    if kind not in (*KINDS, ALL) or (units and (kind == ALL or not retry)):
        raise typer.BadParameter(f"give one of {', '.join(KINDS)}, and with --retry the names of some, or {ALL}")
    only = None if kind == ALL else cast("Kind", kind)
    context = open_context()
    if not retry:
        with reading(context.engine) as session:
            found = asides.listed(session, only, limit)
        render(found, columns_of(SetAside), format_, sys.stdout)
        return
    if not names:
        raise typer.BadParameter(f"--retry {ALL}, --retry KIND or --retry KIND NAME")
    with writing(context.engine) as session:
        for unit in units if only else ():
            asides.retry(session, cast("Kind", only), unit, context.now())
        taken = len(units) or asides.retry_all(session, context.now(), only)
    note(f"{taken} {'is' if taken == 1 else 'are'} tried again now")
