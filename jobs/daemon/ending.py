"""What the parent writes down when a child is gone: how its run ended, if the child could not say so itself."""

from __future__ import annotations

import signal

from jobs import in_hand
from jobs.context import Context, log
from storage import runs
from storage.engine import explain as explain
from storage.engine import open_engine, writing
from storage.runs import Run

HURRY_SECONDS = 0.5
"""How long a locked SQLite file is waited for, four times, while the daemon stops."""


def close(context: Context, process: str, why: str, *, hurry: bool = False, blame: bool = False) -> Run | None:
    """End what a child that is gone left running; returns its run, None when it began none.

    With `blame`, it did not end in order, and what it had in hand is set aside. What cannot be written now, the next
    run on this machine writes. Raises the database's errors.
    """
    if not process:
        return None
    engine = open_engine(context.config.database, turn_seconds=HURRY_SECONDS) if hurry else context.engine
    in_hand.take_over(engine, context.hands, process, why, context.now(), blame=blame)
    with writing(engine) as session:
        runs.close_process(session, process, context.now(), why)
        return runs.of_process(session, process)


def close_or_say(context: Context, job: str, process: str, why: str, **how: bool) -> Run | None:
    """As close; what the database does not take now is logged, and nothing is raised."""
    try:
        return close(context, process, why, **how)
    except Exception as error:
        log.error("run.not_closed", job=job, error=explain(error))
        return None


def in_words(code: int) -> str:
    """How a child ended that was not stopped by us: -9 is a kill, by a person or for want of memory."""
    if code >= 0:
        return f"its process ended with {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = " (by a person, or for want of memory)" if -code == signal.SIGKILL else ""
    return f"its process was ended by {name}{hint}"
