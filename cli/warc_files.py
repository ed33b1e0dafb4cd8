"""Commands over WARC files: archives of others read back, and our own kept pages read anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.moving import instant
from jobs.context import open_context
from report.tables import note, progress, render


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    app.command()(backfill)
    app.command()(reread)


def backfill(
    files: Annotated[list[Path], typer.Argument(help="WARC files, compressed or not")],
    hosts: Annotated[
        list[str] | None,
        typer.Option(help="only this host and those below it (repeatable); * for all; none: those of the catalogue"),
    ] = None,
    since: Annotated[str | None, typer.Option(help="only what was fetched from this day or instant on, UTC")] = None,
    workers: Annotated[int | None, typer.Option(help="processes that read pages; 0: this one", min=0)] = None,
    defer: Annotated[bool, typer.Option("--defer", help="queue each file for a worker instead")] = False,
) -> None:
    """Read pages of WARC archives (such as CC-NEWS) as if crawled then. Killed, it goes on where it was."""
    from jobs.archives.backfilling import Selection, backfill

    context = open_context()
    selection = Selection(tuple(host.lower() for host in hosts or ()), instant(since, "--since"))
    if defer:
        from jobs.workers.deferring import defer_backfill

        asked = [part for host in selection.hosts for part in ("--hosts", host)] + (["--since", since] if since else [])
        note(f"{defer_backfill(context, files, asked)} of {len(files)} archives queued")
        return
    workers = context.config.crawl.extract_workers if workers is None else workers
    for file in files:
        with context.run("backfill") as counts, progress("reading", file.name) as advance:
            done = backfill(context, file, selection, workers=workers, progress=advance)
            counts.update(records=done.records, articles=done.articles)
        note(f"{file}: {done.articles} articles of {done.records} pages")
        for reason, count in sorted(done.refused.items(), key=lambda item: -item[1]):
            note(f"  {count} refused: {reason}")


def reread(
    since: Annotated[str | None, typer.Option(help="only pages kept from this day on")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would change")] = False,
    workers: Annotated[int | None, typer.Option(help="processes that read pages; 0: this one", min=0)] = None,
) -> None:
    """Read kept pages anew with this program, and say which versions' texts it reads otherwise."""
    from jobs.archives import rereading

    context = open_context()
    workers = context.config.crawl.extract_workers if workers is None else workers
    with context.run("reread") as counts:
        done = rereading.reread(context, since=instant(since, "--since"), write=not dry_run, workers=workers)
        counts.update(read=done.read, changed=len(done.changed), refused=len(done.refused))
    render(done.changed, ("url", "version", "fields"), "table", sys.stdout)
    for sentence in done.refused:
        note(f"no article any more, left as it was: {sentence}")
    note(
        f"{done.read} versions read anew, {len(done.changed)} {'would change' if dry_run else 'changed'}, "
        f"{done.missing} kept pages missing or damaged"
    )
    if done.changed and not dry_run:
        note("they wait to be matched again: wiretrail match, or let the daemon")
