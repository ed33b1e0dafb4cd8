"""One row per run of a job: to see that it runs at all, and to tell a fall in copies from a fall in crawling.

A run knows its process. One that was killed cannot write down its own end: its parent does, or whoever starts the next
run on that machine (`close_dead`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.models import RunRow

WITHOUT_A_WORD: Final = "its process ended without a word"


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `ended_at` is None while it runs; `process` is machine:pid:start, "" for runs of older versions."""

    id: int
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    counts: Mapping[str, Any]
    error: str
    process: str = ""


def start_run(session: Session, job: str, now: datetime, process: str = "") -> int:
    """Note that a job began; returns the number to end it with."""
    row = RunRow(job=job, started_at=now, counts={}, process=process)
    session.add(row)
    session.flush()
    return row.id


def end_run(
    session: Session, run_id: int, now: datetime, *, outcome: str, counts: Mapping[str, Any], error: str = ""
) -> None:
    """Note how it ended ("ok" or "failed") and what it did."""
    ended = {"ended_at": now, "outcome": outcome, "counts": dict(counts), "error": error}
    session.execute(update(RunRow).where(RunRow.id == run_id).values(**ended))


def close_process(session: Session, process: str, now: datetime, why: str) -> int:
    """End what a process that is gone left running; returns how many runs that were."""
    return _close(session, now, why, RunRow.process == process)


def close_dead(session: Session, machine: str, alive: Callable[[str], bool], now: datetime) -> int:
    """End the runs of this machine whose process is gone; returns how many. Other machines judge theirs."""
    running = select(RunRow.process).where(RunRow.outcome == "running", RunRow.process.startswith(f"{machine}:"))
    dead = [process for process in session.scalars(running.distinct()) if not alive(process)]
    return _close(session, now, WITHOUT_A_WORD, RunRow.process.in_(dead)) if dead else 0


def _close(session: Session, now: datetime, why: str, which: Any) -> int:
    ours = update(RunRow).where(RunRow.outcome == "running", which).returning(RunRow.id)
    values = {"ended_at": now, "outcome": "failed", "error": why}
    return len(session.execute(ours.values(values), execution_options={"synchronize_session": False}).all())


def running(session: Session) -> list[Run]:
    """What runs now, as far as is known, the oldest first."""
    return [_run(row) for row in session.scalars(select(RunRow).where(RunRow.outcome == "running").order_by(RunRow.id))]


def last_runs(session: Session) -> list[Run]:
    """The newest run of every job, by the job's name."""
    newest = select(func.max(RunRow.id)).group_by(RunRow.job)
    return [_run(row) for row in session.scalars(select(RunRow).where(RunRow.id.in_(newest)).order_by(RunRow.job))]


def of_process(session: Session, process: str) -> Run | None:
    """The newest run of a process, among the newest thousand of all."""
    newest = select(func.max(RunRow.id)).scalar_subquery()
    query = select(RunRow).where(RunRow.process == process, RunRow.id > newest - 1000).order_by(RunRow.id.desc())
    row = session.scalars(query.limit(1)).first()
    return None if row is None else _run(row)


def last_succeeded(session: Session, job: str) -> datetime | None:
    """When the newest run of a job that ended well began; None when none did."""
    query = select(RunRow.started_at).where(RunRow.job == job, RunRow.outcome == "ok")
    return session.scalars(query.order_by(RunRow.started_at.desc()).limit(1)).first()


def last_started(session: Session) -> datetime | None:
    """When the newest run began; a moment to come says that the clock went back."""
    return session.scalars(select(RunRow.started_at).order_by(RunRow.id.desc()).limit(1)).first()


def first_started(session: Session) -> datetime | None:
    """When this installation first ran a job; None when it never did."""
    return session.scalars(select(RunRow.started_at).order_by(RunRow.id).limit(1)).first()


def _run(row: RunRow) -> Run:
    return Run(row.id, row.job, row.started_at, row.ended_at, row.outcome, row.counts, row.error, row.process)
