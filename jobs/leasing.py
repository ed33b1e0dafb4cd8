"""One process at a time for a job, over every daemon and person on one database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jobs.context import Context
from news.errors import JobError
from storage import leases
from storage.engine import writing


@dataclass(frozen=True, slots=True)
class Lease:
    """A job's lease, held."""

    context: Context
    job: str
    token: str
    seconds: float

    def renew(self, session: Session) -> None:
        """Hold it for as long again, from now. Raises JobError when it lapsed and another process has it."""
        until = self.context.ahead(self.seconds)
        if not leases.take(session, f"job:{self.job}", self.token, self.context.now(), until):
            raise JobError(f"another process does {self.job} by now: this one was halted for too long, and stops")


def _take(lease: Lease) -> bool:
    context = lease.context
    with writing(context.engine) as session:
        return leases.take(session, f"job:{lease.job}", lease.token, context.now(), context.ahead(lease.seconds))


@contextmanager
def alone(context: Context, job: str, deadline_seconds: float) -> Iterator[Lease | None]:
    """Hold the job's lease while the body runs; None when somebody else holds it."""
    lease = Lease(context, job, context.token(), deadline_seconds)
    held = _take(lease)
    if not held:
        context.settle_dead()  # whoever holds it may have been killed on this machine
        held = _take(lease)
    try:
        with context.in_hand.leased(lease.token):
            yield lease if held else None
    finally:
        if held:
            with writing(context.engine) as session:
                leases.give_back(session, f"job:{job}", lease.token)
