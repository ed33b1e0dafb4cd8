"""The command that takes something out for good: one article, or one person's name."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from cli.question_options import FormatOption
from jobs.context import Context, open_context
from report.tables import note, render


def add_to(app: typer.Typer) -> None:
    """Register the command of this module."""
    app.command()(erase)


def erase(
    article: Annotated[str, typer.Argument(help="the article's address, or its imported id")] = "",
    person: Annotated[str, typer.Option("--person", help="a person's name, taken out of every text")] = "",
    why: Annotated[str, typer.Option("--why", help="why, for the record")] = "",
    by: Annotated[str, typer.Option("--by", help="who asked for it")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="let what was erased come in again")] = False,
    list_: Annotated[bool, typer.Option("--list", help="what was erased: when, by whom, why")] = False,
    format_: FormatOption = "table",
) -> None:
    """Take an article, or a person's name, out of everything stored, and keep it out. There is no way back."""
    if list_ + bool(article) + bool(person) != 1:
        raise typer.BadParameter("give an article's address or id, or --person, or --list")
    from jobs import erasure

    context = open_context()
    who = by or getpass.getuser()
    if list_:
        columns = ("erased_at", "kind", "what", "erased_by", "reason", "counts", "lifted_at", "lifted_by")
        render(erasure.listed(context), columns, format_, sys.stdout)
    elif lift:
        erasure.lift(context, article or person, who)
        note("it may come in again")
    else:
        counts = _erase_alone(context, article, person, who, why)
        note("erased: " + ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number))


def _erase_alone(context: Context, article: str, person: str, by: str, why: str) -> dict[str, int]:
    """While nobody matches: matching reads the texts that go. Ends the command when somebody does."""
    from jobs import erasure
    from jobs.leasing import alone

    with alone(context, "match", context.config.keep.deadline_seconds) as held:
        if held and article:
            return erasure.erase_article(context, article, by, why)
        if held:
            return erasure.erase_person(context, person, by, why)
    note("a match is running; erase when it is done")
    raise typer.Exit(1)
