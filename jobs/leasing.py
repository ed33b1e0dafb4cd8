"""One process at a time for a job, over every daemon and person on one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.context import Context
from storage import leases
from storage.engine import writing


@contextmanager
def alone(context: Context, job: str, deadline_seconds: float) -> Iterator[bool]:
    """Hold the job's lease while the body runs; False when somebody else holds it."""
    name, token = f"job:{job}", context.token()
    with writing(context.engine) as session:
        held = leases.take(session, name, token, context.now(), context.ahead(deadline_seconds))
    try:
        with context.in_hand.leased(token):
            yield held
    finally:
        if held:
            with writing(context.engine) as session:
                leases.give_back(session, name, token)
