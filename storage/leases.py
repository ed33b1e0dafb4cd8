"""Who may do something now: a row held by a token until a time, then anybody's.

One conditional upsert decides, so that of two programs that ask at once exactly one is told yes. A holder that was
stopped for longer than its lease finds another token in the row and can neither renew nor give back what is not its.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from storage.clock import is_over
from storage.inserting import changed_by, insert_into
from storage.models import LeaseRow


def take(session: Session, name: str, token: str, now: datetime, until: datetime) -> bool:
    """Hold `name` until `until`, if nobody else holds it at `now`. Taking again what one holds prolongs it."""
    insert = insert_into(session, LeaseRow).values(name=name, token=token, taken_at=now, until=until)
    free = or_(is_over(LeaseRow.until, now, since=LeaseRow.taken_at), LeaseRow.token == token)
    held = {"token": token, "taken_at": now, "until": until}
    upsert = insert.on_conflict_do_update(index_elements=["name"], set_=held, where=free)
    return session.execute(upsert.returning(LeaseRow.name)).first() is not None


def renew(session: Session, name: str, token: str, now: datetime, until: datetime) -> bool:
    """Hold on until `until`. False when the lease lapsed before `now` or is another's: stop what it protects."""
    ours = update(LeaseRow).where(LeaseRow.name == name, LeaseRow.token == token, LeaseRow.until > now)
    return changed_by(session, ours.values(until=until)) > 0


def give_back(session: Session, name: str, token: str) -> bool:
    """Let others have it from now on. False when it was no longer ours; then nothing changes."""
    ours = update(LeaseRow).where(LeaseRow.name == name, LeaseRow.token == token)
    return changed_by(session, ours.values(token="", until=LONG_AGO)) > 0


LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
