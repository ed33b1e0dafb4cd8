"""A database that is locked, full or read-only, from the start of crawl, match and digest and in their middle.

Each round does what the undisturbed one does, with one fault in each of its three jobs; where a job could not do its
work, it is started again when the fault is over, as the daemon does. Then the tables and the mail must be those of the
undisturbed round, and whatever failed must have said why in words, without a traceback.

A full and a read-only disk are a small tmpfs, which takes the right to mount; without it those rounds are left out.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.children import start
from benchmarks.kill import (
    JOBS,
    LATER,
    LEASES_LAPSE,
    MORNING,
    PAGES,
    Found,
    World,
    compare,
    count_mails,
    tables_of,
    world,
)
from tests.jobs import newsdesk

LOCKED_SECONDS = 40.0
MIDDLE_SECONDS = 20.0
DISK_BYTES = 24_000_000
WHEN = dict(zip(JOBS, (newsdesk.START, newsdesk.START + LATER * 2, MORNING), strict=True))

Fault = Callable[[Path], AbstractContextManager[None]]


@dataclass(frozen=True)
class Round:
    """One fault, where it strikes, and how long it lasts at most."""

    name: str
    fault: Fault
    middle: bool
    seconds: float
    needs_disk: bool = False


@dataclass
class Outcome:
    """What became of a job that met the fault: its exit code, and what it said last."""

    job: str
    code: int | None
    seconds: float
    said: str
    tracebacks: int


@dataclass
class Report:
    """All outcomes of a round, and what differs from the undisturbed one."""

    outcomes: list[Outcome] = field(default_factory=list)
    found: Found = field(default_factory=Found)


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Another process writes to the SQLite file and does not finish."""
    other = sqlite3.connect(home / "wiretrail.db", isolation_level=None, timeout=30)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


@contextmanager
def full(home: Path) -> Iterator[None]:
    """Not a byte is left on the disk."""
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (100_000, 4096, 1):
            _fill(file, size)
    try:
        yield
    finally:
        filler.unlink()


def _fill(file: Any, size: int) -> None:
    try:
        while file.write(b"x" * size):
            pass
    except OSError:
        return


@contextmanager
def read_only(home: Path) -> Iterator[None]:
    """The disk may only be read."""
    subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(home)], check=True)


ROUNDS = (
    Round("locked from the start", locked, middle=False, seconds=LOCKED_SECONDS),
    Round("locked in the middle", locked, middle=True, seconds=LOCKED_SECONDS),
    Round("full from the start", full, middle=False, seconds=MIDDLE_SECONDS, needs_disk=True),
    Round("full in the middle", full, middle=True, seconds=MIDDLE_SECONDS, needs_disk=True),
    Round("read-only from the start", read_only, middle=False, seconds=MIDDLE_SECONDS, needs_disk=True),
)


def main() -> None:
    """Run, print, and exit 1 when anything was lost, doubled or not said."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made:
        wanted = undisturbed(made)
        for plan in ROUNDS:
            if plan.needs_disk and not _may_mount(Path(folder)):
                print(f"{plan.name}: left out, nothing may be mounted here")
                continue
            faults += print_round(plan, disturbed(made, plan, wanted))
    sys.exit(faults > 0)


def undisturbed(made: World) -> dict[str, list[Any]]:
    with _home(made, disk=False) as home:
        for job in JOBS:
            began = time.monotonic()
            _child(made, job, home, WHEN[job], None)
            made.seconds[job] = time.monotonic() - began
        return tables_of(home, made.address(home))


def disturbed(made: World, plan: Round, wanted: dict[str, list[Any]]) -> Report:
    report = Report()
    with _home(made, disk=plan.needs_disk) as home:
        for job in JOBS:
            outcome = _child(made, job, home, WHEN[job], plan)
            report.outcomes.append(outcome)
            again = WHEN[job] + (LEASES_LAPSE if job == "digest" else LATER)
            last = _child(made, job, home, again, None)
            if last.code:
                report.found.failed_children.append(f"{job}, afterwards: {last.said}")
        compare(report.found, wanted, tables_of(home, made.address(home)))
        count_mails(made, report.found, home)
    return report


@contextmanager
def _home(made: World, *, disk: bool) -> Iterator[Path]:
    """A folder with the first database in it; on a small disk of its own where asked for."""
    home = made.folder / "round"
    home.mkdir()
    if disk:
        _mount(home)
    made.fresh(home)
    made.inbox.taken.clear()
    try:
        yield home
    finally:
        if disk:
            subprocess.run(["umount", "--lazy", str(home)], check=True)
        subprocess.run(["rm", "-r", str(home)], check=True)


def _mount(folder: Path) -> None:
    size = f"size={DISK_BYTES}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True, capture_output=True)


def _may_mount(folder: Path) -> bool:
    trial = folder / "trial"
    trial.mkdir()
    try:
        _mount(trial)
        subprocess.run(["umount", str(trial)], check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    finally:
        trial.rmdir()
    return True


def _child(made: World, job: str, home: Path, now: datetime, plan: Round | None) -> Outcome:
    """One job in a process of its own, with the fault around its start or in its middle."""
    errors = made.folder / f"{job}.txt"
    settings = made.settings(home, now)
    began = time.monotonic()
    if plan is None:
        child = start(job, settings, str(errors))
    elif plan.middle:
        progress = made.progress(job)
        child = start(job, settings, str(errors))
        _until_halfway(made, job, child, progress)
        with plan.fault(home):
            child.join(plan.seconds)
    else:
        with plan.fault(home):
            child = start(job, settings, str(errors))
            child.join(plan.seconds)
    child.join()
    lines = errors.read_text(encoding="utf-8", errors="replace").splitlines()
    said = next((line for line in reversed(lines) if line.strip()), "")
    tracebacks = sum(line.startswith("Traceback") for line in lines)
    return Outcome(job, child.exitcode, time.monotonic() - began, said, tracebacks)


def _until_halfway(made: World, job: str, child: Any, before: int) -> None:
    """Until a third of the pages or mails came; of a match, a third of its usual time."""
    wanted = {"crawl": PAGES // 3, "digest": 2}.get(job)
    if wanted is None:
        child.join(made.seconds[job] / 3)
    while wanted is not None and child.is_alive() and made.progress(job) < before + wanted:
        time.sleep(0.002)


def print_round(plan: Round, report: Report) -> int:
    bad = report.found.faults + sum(outcome.tracebacks for outcome in report.outcomes) + report.found.uncertain
    print(f"{plan.name}: {bad} faults")
    for outcome in report.outcomes:
        print(f"    {outcome.job}: exit {outcome.code} after {outcome.seconds:.0f} s: {outcome.said[:160]}")
    counts = {name: value for name, value in vars(report.found).items() if value and name != "kills"}
    print(f"    {counts or 'nothing lost, nothing twice, nothing uncertain'}", flush=True)
    return bad


if __name__ == "__main__":
    main()
