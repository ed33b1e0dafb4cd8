"""Commands that move what is stored: out as rows, and whole from one database into another."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.keep import db
from cli.question_options import OutletOption
from jobs.context import open_context
from report.tables import note, progress, render
from storage.engine import shown

KindArgument = Annotated[str, typer.Argument(help="articles, versions, stories or pickups")]
FileArgument = Annotated[Path | None, typer.Argument(help="a file that does not exist yet; none: standard output")]
FormatOption = Annotated[str | None, typer.Option("--format", help="jsonl or parquet; by the file's name otherwise")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(export)
    db.command("copy")(copy)


def export(
    what: KindArgument,
    file: FileArgument = None,
    outlet: OutletOption = None,
    since: Annotated[str | None, typer.Option(help="only what was seen from this day or instant on, UTC")] = None,
    format_: FormatOption = None,
) -> None:
    """Write articles, versions, stories or pickups as JSON lines or Parquet; import reads all but the last."""
    from jobs.moving import export_job
    from storage.moving.exporting import EXPORTS, Narrowed

    if what not in EXPORTS:
        raise typer.BadParameter(f"{what!r} is not one of {', '.join(EXPORTS)}", param_hint="WHAT")
    format_ = format_ or ("parquet" if file is not None and file.suffix == ".parquet" else "jsonl")
    if format_ not in ("jsonl", "parquet"):
        raise typer.BadParameter(f"{format_!r} is neither jsonl nor parquet", param_hint="--format")
    context = open_context()
    narrowed = Narrowed(since=instant(since, "--since"), outlet=outlet)
    with progress("exporting", what) as advance:
        count = export_job.export(context, what, file, narrowed=narrowed, format_=format_, progress=advance)  # type: ignore[arg-type]  # checked above
    note(f"{count} {what} exported")


def instant(text: str | None, option: str) -> datetime | None:
    """A day or an ISO instant as typed, UTC unless it carries an offset."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no moment such as 2026-11-20 or 2026-11-20T08:00Z", param_hint=option
        ) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def copy(
    source: Annotated[str, typer.Argument(help="address of the database to copy: sqlite:/// or postgresql://")],
    target: Annotated[str, typer.Argument(help="address of an empty one, or of one a killed copy left")],
) -> None:
    """Copy a whole installation into another database, checked by counts and hashes. Stop the daemon first."""
    from jobs.moving import database_copy as moving

    source, target = _out_of_sight(source, target)
    with progress("copying", "rows") as advance:
        tables = moving.move(source, target, progress=lambda _table, rows: advance(rows))
    render(tables, ("table", "rows", "sha256"), "table", sys.stdout)
    note(f"{sum(table.rows for table in tables)} rows in {len(tables)} tables, the same on both sides")


_ADDRESSES = ("WIRETRAIL_COPY_SOURCE", "WIRETRAIL_COPY_TARGET")


def _out_of_sight(*addresses: str) -> tuple[str, ...]:
    """The addresses. Everybody on a machine may read its processes' arguments: where a password stands in them the
    program starts itself anew, with the addresses in its environment and what may be shown as its arguments."""
    told = tuple(os.environ.pop(name, "") for name in _ADDRESSES)
    if all(told):
        return told
    seen = tuple(map(shown, addresses))
    if seen == addresses:
        return addresses
    os.environ.update(zip(_ADDRESSES, addresses, strict=True))
    os.execv(sys.executable, [sys.executable, "-m", "cli", "db", "copy", *seen])  # noqa: S606  -- ourselves
    raise AssertionError("execv does not return")
