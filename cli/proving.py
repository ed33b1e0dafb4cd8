"""`wiretrail evidence`: what is known of one pickup, as files that prove themselves whole."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from jobs.context import open_context
from report.tables import note
from storage.asking import details, object_pages
from storage.asking.evidence_rows import fetches, pickup_numbered
from storage.engine import reading


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(evidence)


def evidence(
    pickup: Annotated[str, typer.Argument(help="an article's address or id, or the number of a pickup")],
    out: Annotated[Path, typer.Option(help="folder for the files, new or empty")],
    story: Annotated[str | None, typer.Option(help="which story, when the article carries several")] = None,
) -> None:
    """Write the evidence of a pickup: shared passages, edits, credits, moments, hashes, requests, and a manifest."""
    from jobs.keeping import stored_name
    from jobs.matches.pairing import words_of
    from report.evidence_files import Case, files_of, write

    context = open_context()
    with reading(context.engine) as session:
        if pickup.isascii() and pickup.isdigit() and len(pickup) < 19:
            name, key = pickup_numbered(session, int(pickup))
        else:
            name, key = stored_name(pickup), story or ""
        both = details.side_by_side(session, name, key or None)[0]
        facts = object_pages.pickup_facts(session, name, both.pickup.story)
        case = Case(both, facts, fetches(session, name), context.now(), f"wiretrail {_version()}")
    write(out, files_of(case, words_of))
    note(f"evidence of {both.pickup.story} at {both.pickup.url} written to {out}")


def _version() -> str:
    try:
        return version("wiretrail")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "of a checkout"
