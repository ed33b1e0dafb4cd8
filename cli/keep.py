"""Commands that keep an installation: the schema, its health, people's verdicts, licences."""

from __future__ import annotations

import getpass
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

import config
from jobs.context import make_home, open_context
from report.tables import Format, note, progress, render

db = typer.Typer(help="The database's schema.", no_args_is_help=True)
licence = typer.Typer(help="Which outlet may use which agency. Unknown until said.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.add_typer(db, name="db")
    app.add_typer(licence, name="licence")
    for command in (status, doctor, settings, confirm, reject, prune, hold, release, holds, backup):
        app.command()(command)


@db.command("upgrade")
def upgrade() -> None:
    """Make or upgrade the database; an up-to-date one is left as it is."""
    from storage import migrate

    current = config.read()
    make_home(current)
    migrate.upgrade(current.database)
    note(f"database is at schema {migrate.newest_revision()}")


def status(
    format_: Annotated[Format, typer.Option("--format", help="table, csv, json, jsonl or md")] = "table",
) -> None:
    """How the work stands: due, running, failing; which silent outlets are quiet, and which we cannot read."""
    from jobs.daemon import standing

    render(standing.status(open_context()), ("what", "state", "detail"), format_, sys.stdout)


def doctor(
    network: Annotated[
        bool, typer.Option("--network", help="also ask some feeds, and the clock of their hosts")
    ] = False,
) -> None:
    """Check what can be checked: configuration, catalogue, database, mail server, robots, feeds, disk, clock."""
    from jobs.daemon import checking

    findings = checking.examine(config.read(), network=network)
    render(findings, ("what", "state", "detail"), "table", sys.stdout)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)


def settings(
    format_: Annotated[Format, typer.Option("--format", help="table, csv, json, jsonl or md")] = "table",
) -> None:
    """Print every setting, its default and its present value."""
    from jobs.settings_rows import settings as listed

    rows = listed(config.read())
    render(rows, ("setting", "default", "value", "meaning"), format_, sys.stdout)


Article = Annotated[str, typer.Argument(help="the article's address, or its imported id")]
Story = Annotated[str, typer.Argument(help="the story's name, such as AFP:<id>")]
By = Annotated[str, typer.Option("--by", help="who judged")]


def confirm(article: Article, story: Story, by: By = "", why: Annotated[str, typer.Option()] = "") -> None:
    """Say that an article does carry a story. Kept over every re-run."""
    from jobs import keeping

    keeping.judge(open_context(), article, story, "confirm", by or getpass.getuser(), why)
    note(f"{article} is confirmed to carry {story}")


def reject(article: Article, story: Story, by: By = "", why: Annotated[str, typer.Option()] = "") -> None:
    """Say that an article does not carry a story. Kept over every re-run."""
    from jobs import keeping

    keeping.judge(open_context(), article, story, "reject", by or getpass.getuser(), why)
    note(f"{article} is not linked to {story} any more")


def prune(
    insist: Annotated[bool, typer.Option("--insist", help="the clock is right, whatever ran before")] = False,
) -> None:
    """Let go of texts and requests older than [keep] says. The daemon does so daily."""
    from jobs import keeping
    from jobs.leasing import alone

    context = open_context()
    # Matching reads the texts that would go.
    with alone(context, "match", context.config.keep.deadline_seconds) as held:
        if not held:
            note("a match is running; prune when it is done")
            return
        with context.run("prune", insist=insist) as counts, progress("letting texts go"):
            done = keeping.prune(context, insist=insist)
            counts.update(done.as_dict())
    months = f" and {done.fetch_months} whole months of requests" if done.fetch_months else ""
    note(
        f"{done.texts} texts, {done.stories} inferred stories' texts, {done.fetches} requests{months}, "
        f"{done.rows} rows of the work itself and {done.files} files let go"
    )


def hold(article: Article, by: By = "", why: Annotated[str, typer.Option()] = "") -> None:
    """Keep an article's texts from expiring, as evidence, until released."""
    from jobs import keeping

    keeping.hold(open_context(), article, by or getpass.getuser(), why)
    note(f"{article} is held")


def release(article: Article) -> None:
    """End a hold: the article's texts expire as others do."""
    from jobs import keeping

    keeping.release(open_context(), article)
    note(f"{article} is not held any more")


def holds(format_: Annotated[Format, typer.Option("--format", help="table, csv, json, jsonl or md")] = "table") -> None:
    """List what is held: by whom, since when, why."""
    from jobs import keeping

    render(keeping.holds(open_context()), ("article", "held_by", "held_at", "reason"), format_, sys.stdout)


def backup(file: Annotated[Path, typer.Argument(help="a file that does not exist yet")]) -> None:
    """Copy the SQLite database while it is in use, and check the copy. PostgreSQL has pg_dump."""
    from jobs import keeping

    size = keeping.backup(open_context(), file)
    note(f"{file}: {size} bytes, checked")


@licence.command("set")
def set_licence(
    outlet: Annotated[str, typer.Argument(help="outlet id")],
    agency: Annotated[str, typer.Argument(help="agency code")],
    terms: Annotated[str, typer.Argument(help="licensed, none, or the contract's words")],
    since: Annotated[str | None, typer.Option("--from", help="first day, as 2026-01-01")] = None,
    until: Annotated[str | None, typer.Option("--to", help="last day")] = None,
) -> None:
    """Say what an outlet may use of an agency."""
    from jobs import keeping

    keeping.license_outlet(open_context(), outlet, agency, terms, _day(since), _day(until))
    note(f"{outlet} and {agency}: {terms}")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date such as 2026-01-01") from error
