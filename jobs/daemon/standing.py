"""How the work stands: what is due, what runs, what fails, and which silent outlets are quiet or our spider's fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from jobs.context import Context
from jobs.due import limits_of
from jobs.processes import is_alive, machine
from storage import asides, figures, outbox, runs, set_aside
from storage.crawling import silence
from storage.engine import reading
from storage.figures import Standing
from storage.runs import Run
from storage.set_aside import SetAside

IDLE = timedelta(hours=1)
"""Without a single run for so long, no daemon is at work: feeds alone come due more often."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about the work: well, worth a look, or bad."""

    what: str
    state: Literal["well", "look", "bad"]
    detail: str


def status(context: Context) -> list[Line]:
    """Everything in order: the work first, then what fails, then who is silent."""
    now = context.now()
    with reading(context.engine) as session:
        standing = figures.standing(session, now, limits_of(context))
        last, running = runs.last_runs(session), runs.running(session)
        unsure = outbox.uncertain(session, now)
        failing = figures.failures(session)
        silent = silence.silences(session, now)
        said, aside = asides.in_words(session), set_aside.rows(session)
    lines = [_due(standing), _running(running, standing), *_jobs(last, now), *_failing(failing), _digests(standing)]
    lines += [
        Line("digest", "look", f"of {d.local_date} to {d.recipient} may or may not have arrived: {d.error}")
        for d in unsure
    ]
    return lines + list(_aside(said, aside)) + list(_silent(silent))


def _aside(said: str, rows: list[SetAside]) -> Iterator[Line]:
    """How much of each kind is set aside; of what has no lines of its own above, the latest of each kind."""
    yield Line("set aside", "look" if said else "well", said or "nothing")
    for kind in dict.fromkeys(one.kind for one in rows):
        one = max((one for one in rows if one.kind == kind), key=lambda each: (each.last_at, each.name))
        times = f"{one.failures} times since {_clock(one.first_at)}, tried again {_clock(one.next_at)}"
        yield Line(f"set aside: {kind}", "look", f"{one.name}: {one.reason}; {times}")


def _due(standing: Standing) -> Line:
    waiting = f"; {standing.waiting_hosts} hosts are not to be asked now" if standing.waiting_hosts else ""
    return Line("due", "well", f"{standing.due['feed']} feeds, {standing.due['page']} pages{waiting}")


def _running(running: list[Run], standing: Standing) -> Line:
    """What runs; a run whose process is gone is named, because nothing has closed it yet."""
    dead = [run for run in running if run.process.startswith(f"{machine()}:") and not is_alive(run.process)]
    alive = [run for run in running if run not in dead]
    shown = ", ".join(f"{run.job} since {_clock(run.started_at)}" for run in alive) or "nothing"
    lost = f"; {', '.join(run.job for run in dead)} died, which the next run will note" if dead else ""
    return Line("running", "look" if dead else "well", f"{shown}; {standing.held_hosts} hosts are being asked{lost}")


def _jobs(last: list[Run], now: datetime) -> Iterator[Line]:
    newest = max((run.started_at for run in last), default=None)
    if newest is None:
        yield Line("daemon", "bad", "nothing has ever run here: start wiretrail run")
    elif now - newest > IDLE:
        yield Line("daemon", "bad", f"nothing has run since {_clock(newest)}: is wiretrail run at work?")
    for run in last:
        if run.outcome == "failed":
            yield Line(
                run.job, "bad", f"failed {_clock(run.ended_at or run.started_at)}: {run.error or 'no reason given'}"
            )


def _failing(failing: list[figures.Failing]) -> Iterator[Line]:
    if not failing:
        yield Line("failing", "well", "no feed, and no page that is still to be fetched")
    for group in failing:
        what = f"{group.count} {group.what}{'' if group.count == 1 else 's'}"
        yield Line("failing", "look", f"{what}: {group.reason}; such as {group.example}")


def _digests(standing: Standing) -> Line:
    counts = ", ".join(f"{count} {state}" for state, count in sorted(standing.digests.items())) or "none yet"
    stuck = standing.digests.get("uncertain", 0) or standing.digests.get("composed", 0)
    return Line("digests", "look" if stuck else "well", counts)


def _silent(silent: list[silence.Silence]) -> Iterator[Line]:
    for one in silent:
        since = f"no article since {_clock(one.since)}" if one.since else "no article ever"
        usual = f", usually {one.usual_per_day:.1f} a day" if one.usual_per_day else ""
        state: Literal["look", "bad"] = "bad" if one.state == "broken" else "look"
        yield Line(f"{one.state}: {one.outlet}", state, f"{since}{usual}; {one.why}")
    if not silent:
        yield Line("silent", "well", "no outlet for longer than chance allows")


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "never"
