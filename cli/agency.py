"""Commands for the agency's side: its files and its interface read, what of them was refused, and who is licensed.

A command imports its job when it is called, as in cli.work.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.keep import licence
from cli.question_options import FormatOption
from jobs.context import Context, open_context, sync
from report.tables import note, render
from storage.agency import refusals
from storage.engine import reading
from storage.matches import licences

if TYPE_CHECKING:
    from jobs.agency.receiving import Taken


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(wire)
    app.command()(refused)
    licence.command("list")(list_licences)


def wire(
    files: Annotated[list[Path] | None, typer.Argument(help="agency files, or folders of them")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="read the configured drop folders, and empty them")] = False,
    poll: Annotated[
        bool, typer.Option("--poll", help="ask AFP's Core API for what is new, as [wire.afp] says")
    ] = False,
    agency: Annotated[str, typer.Option(help="code of the agency whose files these are when they name none")] = "",
) -> None:
    """Read agency files (NewsML, NewsML-G2, NITF, ninjs, AFP Core, IPTC 7901, RSS) as filings."""
    if drop + poll + bool(files) != 1:
        raise typer.BadParameter("give files or folders, or --drop, or --poll")
    context = open_context()
    if files:
        from jobs.agency import receiving

        taken = receiving.wire(context, files, agency)
    else:
        taken = _poll(context) if poll else _drop(context)
    for sentence in taken.refused:
        note(f"refused: {sentence}")
    note(f"{taken.filings} filings ({taken.new_takes} new takes), {len(taken.refused)} refused")
    if files and taken.refused and not taken.filings:
        raise typer.Exit(1)


def _drop(context: Context) -> Taken:
    from jobs.agency import receiving

    with context.run("wire") as counts:
        taken = receiving.drop(context)
        counts.update(filings=taken.filings, new_takes=taken.new_takes, refused=len(taken.refused))
    return taken


def _poll(context: Context) -> Taken:
    from jobs.agency import polling
    from jobs.agency.receiving import Taken
    from jobs.leasing import alone

    with alone(context, "poll", context.config.wire.afp.deadline_seconds) as held:
        if not held:
            note("another process is polling")
            return Taken()
        with context.run("poll") as counts:
            taken = polling.poll(context)
            counts.update(filings=taken.filings, new_takes=taken.new_takes, refused=len(taken.refused))
    return taken


def refused(
    unreadable: Annotated[bool, typer.Option("--unreadable", help="only what somebody has to look at")] = False,
    limit: Annotated[int, typer.Option(help="at most so many rows", min=1)] = 100,
    format_: FormatOption = "table",
) -> None:
    """Files and documents agencies sent that are no stories, the latest first: what they are, and why."""
    with reading(open_context().engine) as session:
        rows = refusals.listed(session, kind="unreadable" if unreadable else None, limit=limit)
    columns = ("refused_at", "kind", "format", "reason", "origin", "bytes", "sha256")
    render(rows, columns[:5] if format_ == "table" else columns, format_, sys.stdout)


def list_licences(format_: FormatOption = "table") -> None:
    """What outlets may use, as commands and the configuration say."""
    context = open_context()
    sync(context)
    with reading(context.engine) as session:
        rows = licences.listed(session)
    render(rows, ("outlet", "agency", "terms", "valid_from", "valid_to", "said_in"), format_, sys.stdout)
