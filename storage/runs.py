"""One row per run of a job: to see that it runs at all, and to tell a fall in copies from a fall in crawling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.models import RunRow


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `ended_at` is None while it runs, and for ever when its process was killed."""

    id: int
    job: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    counts: Mapping[str, Any]
    error: str


def start_run(session: Session, job: str, now: datetime) -> int:
    """Note that a job began; returns the number to end it with."""
    row = RunRow(job=job, started_at=now, counts={})
    session.add(row)
    session.flush()
    return row.id


def end_run(
    session: Session, run_id: int, now: datetime, *, outcome: str, counts: Mapping[str, Any], error: str = ""
) -> None:
    """Note how it ended ("ok" or "failed") and what it did."""
    ended = {"ended_at": now, "outcome": outcome, "counts": dict(counts), "error": error}
    session.execute(update(RunRow).where(RunRow.id == run_id).values(**ended))


def last_runs(session: Session) -> list[Run]:
    """The newest run of every job, by the job's name."""
    newest = select(func.max(RunRow.id)).group_by(RunRow.job)
    query = select(RunRow).where(RunRow.id.in_(newest)).order_by(RunRow.job)
    return [
        Run(row.id, row.job, row.started_at, row.ended_at, row.outcome, row.counts, row.error)
        for row in session.scalars(query)
    ]


def last_succeeded(session: Session, job: str) -> datetime | None:
    """When the newest run of a job that ended well began; None when none did."""
    query = select(RunRow.started_at).where(RunRow.job == job, RunRow.outcome == "ok")
    return session.scalars(query.order_by(RunRow.started_at.desc()).limit(1)).first()


def first_started(session: Session) -> datetime | None:
    """When this installation first ran a job; None when it never did."""
    return session.scalars(select(RunRow.started_at).order_by(RunRow.id).limit(1)).first()
