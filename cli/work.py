"""Commands that do something: each is one job of `jobs`, called with what was typed.

A command imports its job when it is called: the daemon starts a child every few seconds, and a match run has no use
for Scrapy, nor a digest for the extractors.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.context import open_context, require_contact, sync
from report.tables import note, progress, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.importing import Loaded
    from jobs.matches.rematching import PickupChange

Json = Annotated[bool, typer.Option("--json", help="print the outcome as one JSON object")]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (run, crawl, match, digest, extract):
        app.command()(command)
    app.command("import")(import_)


def run() -> None:
    """Run the daemon: crawl, match and send the digest on schedule, until SIGTERM or Ctrl-C."""
    import scheduler
    from jobs.workers.queueing import require_queue

    context = open_context()
    require_contact(context)
    sync(context)
    if context.config.workers.enabled:
        require_queue(context)
    scheduler.run(context)


def crawl(
    outlet: Annotated[list[str] | None, typer.Option(help="only this outlet, due or not (repeatable)")] = None,
    hosts: Annotated[int | None, typer.Option(help="most hosts in this batch", min=1)] = None,
) -> None:
    """Crawl what is due now: one batch of hosts, then stop."""
    from jobs import crawling

    context = open_context()
    if outlet:
        crawling.make_due(context, outlet)
    with progress("crawling"):
        counts = crawling.crawl(context, hosts=hosts)
    note(", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
    left = crawling.count_due(context)
    if left:
        note(f"{left} feeds and pages are still due; run again, or let the daemon")


def import_(
    file: Annotated[Path, typer.Argument(help="JSONL: one article, filing or saved page a line; or what export wrote")],
) -> None:
    """Import articles, agency items or saved pages from a JSONL file, or an export in JSONL or Parquet."""
    from jobs import importing

    context = open_context()
    with progress("importing", str(file)) as advance:
        loaded = importing.load(context, file, advance)
    _tell(loaded)


def _tell(loaded: Loaded) -> None:
    for sentence in loaded.refused or []:
        note(f"refused: {sentence}")
    note(
        f"{loaded.articles} articles ({loaded.new_versions} new versions), "
        f"{loaded.filings} filings ({loaded.new_takes} new takes), {len(loaded.refused or [])} refused"
    )
    if loaded.inferred:
        note(f"{loaded.inferred} takes of inferred stories left out: wiretrail match infers them anew")


def match(
    everything: Annotated[bool, typer.Option("--all", help="match everything anew, and say what changed")] = False,
    lines: Annotated[int, typer.Option(help="with --all: how many changes to list", min=0)] = 50,
) -> None:
    """Find which stories the new articles carry."""
    from jobs.leasing import alone
    from jobs.matches import matching, rematching

    context = open_context()
    with alone(context, "match", context.config.match.deadline_seconds) as lease:
        if lease is None:
            note("another process is matching; it will take these too")
            return
        with context.run("match") as counts, progress("matching") as advance:
            changes: list[PickupChange] = []
            if everything:
                done, changes = rematching.match_all(context, advance, lease)
            else:
                done = matching.match(context, lease=lease, progress=advance)
            counts.update(done.as_dict())
    note(
        f"{done.versions} versions and {done.takes} takes matched: {done.pickups_added} pickups added, "
        f"{done.pickups_changed} changed, {done.pickups_removed} removed, {done.stories_added} stories inferred"
    )
    if done.set_aside:
        note(f"{done.set_aside} set aside, because they failed: wiretrail aside lists them and takes them up again")
    if everything:
        _tell_changes(changes, lines)


def _tell_changes(changes: Sequence[PickupChange], lines: int) -> None:
    """What a run over everything changed: how much, then each pickup, up to so many."""
    counts = Counter(change.kind for change in changes)
    note(f"of all pickups {counts['appeared']} appeared, {counts['vanished']} vanished, {counts['changed']} changed")
    for change in changes[:lines]:
        sys.stdout.write(change.line() + "\n")
    if len(changes) > lines:
        note(f"and {len(changes) - lines} more: --lines {len(changes)} lists them all")


def digest(
    day: Annotated[str | None, typer.Option("--date", help="local date to report on, as 2026-11-20")] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="the seven days that end on that date")] = False,
    reader: Annotated[str | None, typer.Option(help="only this reader of the configuration, by name")] = None,
    out: Annotated[Path | None, typer.Option(help="write .eml, .html and .txt into this folder")] = None,
    send: Annotated[bool, typer.Option("--send", help="send by SMTP, once per date and recipient, ever")] = False,
    due: Annotated[bool, typer.Option("--due", help="do what the daemon would do now, and nothing else")] = False,
) -> None:
    """Compose the daily or weekly email: written to a folder, or sent."""
    from jobs import digesting

    context = open_context()
    if due:
        digesting.deliver_due(context)
        return
    when = _date(day) if day else None
    owed = [
        (one, digesting.period_of(context, one, when, weekly=weekly))
        for one in digesting.readers_named(context, reader)
    ]
    if send:
        with progress("sending", f"{len(owed)} digests"):
            digesting.deliver(context, owed)
        return
    # Plain recipients have no name and get the same email: one set of files.
    for one, period in {one.name: (one, period) for one, period in owed}.values():
        for path in digesting.write(context, one, period, out or context.config.digest_folder):
            note(f"written: {path}")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date such as 2026-11-20", param_hint="--date") from error


def extract(
    files: Annotated[list[Path] | None, typer.Argument(help="saved pages")] = None,
    url: Annotated[str | None, typer.Option(help="the address they came from")] = None,
    batch: Annotated[Path | None, typer.Option(help="JSONL rows of id, url, file and fetched instead")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="show which rule and words gave each field")] = False,
) -> None:
    """Read saved pages, and print each as one JSON object. Needs no database."""
    from config import read
    from jobs import reading

    catalogue = reading.catalogue_of(read())
    if batch is not None:
        for row in reading.batch(batch, catalogue):
            _print(row)
        return
    if not files or url is None:
        raise typer.BadParameter("give FILE… and --url URL, or --batch FILE.jsonl")
    for file in files:
        if explain:
            render(
                [*reading.findings(file, url, catalogue)], ("field", "value", "rule", "evidence"), "table", sys.stdout
            )
        else:
            _print({"id": file.name} | reading.page(file, url, catalogue))


def _print(row: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
