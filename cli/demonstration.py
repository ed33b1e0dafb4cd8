"""`wiretrail demo`: the daemon at work on a newsroom that runs on this machine.

The newsroom is the only thing that is not real. The database, the crawl over HTTP, the match, the digest and the clock
setting are those of any installation, reached through a configuration file that is left behind to be read; what the
daemon found is then compared with what was planted.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

import config
import scheduler
from cli.question_commands import OUTCOME_COLUMNS, PICKUP_COLUMNS, STORY_COLUMNS
from demo.catalogue_file import catalogue_toml
from demo.check import Finding, check
from demo.newsroom import build
from demo.server import Running, serve
from demo.shapes import Newsroom
from jobs import due
from jobs.context import Context, at_rate, open_context, sync
from news.errors import JobError
from report.tables import note, render
from storage import migrate
from storage.agency import compliance
from storage.answers import Pickup, record
from storage.asking import details, questions
from storage.engine import reading, shown

START = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
"""The newsroom's first morning: a Monday, in winter time, so that no clock changes in between."""
AFTERWARDS = timedelta(hours=4)
"""The clock stands still so long after the last page: by then every feed was polled and every page seen once more."""
MARKER = "wiretrail.toml"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="made anew: database, digests, configuration, wire files")] = Path(
        "demo-out"
    ),
    seconds: Annotated[float, typer.Option(help="how long the newsroom's days may take", min=20)] = 50.0,
) -> None:
    """Run the daemon over an invented newsroom, and check what it found against what was planted."""
    home = _fresh(folder)
    newsroom = build(START)
    rate = (newsroom.end - START) / timedelta(seconds=seconds)
    epoch = datetime.now(UTC) + timedelta(seconds=1)
    clock = config.ClockConfig(start=START, epoch=epoch, rate=rate, end=newsroom.end + AFTERWARDS)
    with serve(newsroom, lambda: at_rate(clock, datetime.now(UTC))) as running:
        _write_configuration(home, newsroom, running, clock)
        os.environ["WIRETRAIL_CONFIG"] = str(home / MARKER)
        context = open_context()
        migrate.upgrade(context.config.database)
        sync(context)
        note(
            f"a newsroom of {len(newsroom.sites)} sites is on the air; "
            f"{(newsroom.end - START) / timedelta(days=1):.1f} days will pass in {seconds:.0f} seconds"
        )
        with _agency_files(context, newsroom):
            scheduler.run(context, until=_Settled(context, newsroom.end + AFTERWARDS))
        _say_where(context, running)
    findings = _report(context, newsroom)
    raise typer.Exit(1 if any(finding.severity == "error" for finding in findings) else 0)


def _fresh(folder: Path) -> Path:
    """An empty folder. One that holds anything but an earlier demo is left alone."""
    home = folder.resolve()
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).exists() or "demo" not in (home / MARKER).read_text(encoding="utf-8")[:80]:
            raise JobError(f"folder {folder} is not empty and holds no earlier demo; name another with --folder")
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    return home


def _write_configuration(home: Path, newsroom: Newsroom, running: Running, clock: config.ClockConfig) -> None:
    """The files an operator would write: nothing here is known to the program as a demo."""
    (home / "wire").mkdir()
    (home / "catalogue.toml").write_text(catalogue_toml(newsroom, running.base_urls), encoding="utf-8")
    (home / MARKER).write_text(
        f"""# wiretrail demo: an ordinary configuration over a newsroom on this machine.
home = {_text(home)}
catalogue = {_text(home / "catalogue.toml")}

[crawl]
contact = "demo@localhost"
delay_seconds = 0.0
timeout_seconds = 5.0
allow_loopback = true
extract_workers = 0
tick_seconds = 0.3
deadline_seconds = 60.0
poll_most_minutes = 60.0
daily_polls_per_feed = 0.0

[wire]
drop = {_text(home / "wire")}
settle_seconds = 0.0
tick_seconds = 0.3

[match]
tick_seconds = 0.5

[digest]
zone = "Europe/Paris"
hour = 7
tick_seconds = 0.5

[clock]
start = {clock.start.isoformat() if clock.start else ""}
epoch = {clock.epoch.isoformat() if clock.epoch else ""}
rate = {clock.rate}
end = {clock.end.isoformat() if clock.end else ""}
""",
        encoding="utf-8",
    )


def _text(path: Path) -> str:
    """A TOML basic string."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _agency_files(context: Context, newsroom: Newsroom) -> Iterator[None]:
    """The agency at work: each of its files appears in the drop folder when its moment has come."""
    over = threading.Event()
    folder = context.config.wire.drop
    waiting = list(newsroom.wire_files)

    def deliver() -> None:
        while waiting and not over.wait(0.05):
            while waiting and waiting[0].moment <= context.now() and folder is not None:
                file = waiting.pop(0)
                part = folder / f".{file.name}"
                part.write_bytes(file.content)
                part.replace(folder / file.name)

    thread = threading.Thread(target=deliver, name="agency", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class _Settled:
    """Whether the newsroom's days are over and everything that was due in them is done."""

    context: Context
    end: datetime

    def __call__(self) -> bool:
        """Asked by the daemon while none of its children runs."""
        if self.context.now() < self.end:
            return False
        return not any(question(self.context) for question in (due.wire, due.crawl, due.match, due.digest))


def _report(context: Context, newsroom: Newsroom) -> list[Finding]:
    """Print stories and pickups, and compare them with the truth."""
    with reading(context.engine) as session:
        stories = questions.stories(session, questions.Filters())
        pickups = questions.pickups(session, questions.Filters())
        edits = [edit for pickup in pickups for edit in _edits(session, pickup)]
        reactions = [record(outcome) for outcome in compliance.outcomes(session)]
    render([record(story) for story in stories], STORY_COLUMNS, "table", sys.stdout)
    render([record(pickup) for pickup in pickups], PICKUP_COLUMNS, "table", sys.stdout)
    render(reactions, OUTCOME_COLUMNS, "table", sys.stdout)
    findings = check(newsroom.truth, [record(pickup) for pickup in pickups], edits, reactions)
    for finding in findings:
        note(f"{finding.severity}: {finding.where}: {finding.what}")
    final = sum(copy.final for copy in newsroom.truth.copies)
    errors = sum(finding.severity == "error" for finding in findings)
    note(f"{len(pickups)} pickups found, {final} planted; {errors} differences from what was planted")
    return findings


def _edits(session: Session, pickup: Pickup) -> Iterator[dict[str, Any]]:
    """The edits of a pickup as the check reads them."""
    for side in details.side_by_side(session, pickup.article, pickup.story):
        for edit in side.edits:
            yield {
                "url": pickup.url,
                "kind": edit["kind"],
                "old": edit["story_text"],
                "new": edit["article_text"],
                "substantive": edit["substantive"],
            }


def _say_where(context: Context, running: Running) -> None:
    """Where to look next."""
    home = context.config.home
    note(f"database   {shown(context.config.database)}")
    note(f"digests    {context.config.digest_folder}")
    note(f"wire files {home / 'wire'}")
    note(f"pages      were served at {', '.join(_shown(list(running.base_urls.values())))}")
    note(f"ask more   WIRETRAIL_CONFIG={home / MARKER} .venv/bin/wiretrail pickups")


def _shown(addresses: Sequence[str]) -> Sequence[str]:
    return [*addresses[:2], f"… {addresses[-1]}"] if len(addresses) > 3 else addresses
