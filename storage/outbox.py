"""The outbox: one email per local date, recipient and kind (daily, weekly), ever.

    (nothing) ─> composed ─> sending ─> sent          the server took it
                  ^    ^        ├────> uncertain      it may have: it went silent after the text was handed over
                  └try─┴ failed ┘                     it certainly did not: tried again later, more and more rarely

A try that comes to nothing before the text leaves no doubt, so `sending` begins just before the text.

A digest was mailed twice elsewhere after an SMTP server took it and then timed out (huginn issue 3295). So what may
have arrived is never sent again by itself: a row still in `sending` after a crash is reported as uncertain, and only
a person settles it. The email is composed once and kept, so that a retry sends the same bytes and Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from storage.clock import is_ahead, still_waits
from storage.inserting import insert_into
from storage.models import DigestRow

LONGEST_DELIVERY: Final = timedelta(minutes=10)
"""A delivery under way for longer than this has no process behind it any more."""
_RETRY_STEP: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A digest in the outbox. `message` is the whole email, RFC 5322."""

    id: int
    local_date: date
    recipient: str
    kind: str
    message_id: str
    state: str
    attempts: int
    error: str
    subject: str
    message: bytes


def put(
    session: Session,
    *,
    local_date: date,
    recipient: str,
    message_id: str,
    subject: str,
    message: bytes,
    now: datetime,
    kind: str = "daily",
) -> bool:
    """Keep a composed digest. False, and nothing is changed, when there is one for this date, recipient and kind."""
    row = insert_into(session, DigestRow).values(
        local_date=local_date,
        recipient=recipient,
        kind=kind,
        message_id=message_id,
        state="composed",
        composed_at=now,
        subject=subject,
        message=message,
    )
    return session.execute(row.on_conflict_do_nothing().returning(DigestRow.id)).first() is not None


def find(session: Session, local_date: date, recipient: str, kind: str = "daily") -> Outgoing | None:
    """The digest of a date for a recipient, in whatever state."""
    row = session.scalars(_named(local_date, recipient, kind)).first()
    return None if row is None else _outgoing(row)


def is_owed(
    session: Session, local_date: date, recipient: str, now: datetime | None = None, kind: str = "daily"
) -> bool:
    """Whether the digest is not composed yet, or composed and not on its way. With `now`: and a retry is due."""
    row = session.scalars(_named(local_date, recipient, kind)).first()
    return row is None or (row.state == "composed" and (now is None or _retry_due(row, now)))


def unsent(session: Session, *, since: date, before: date, now: datetime) -> list[Outgoing]:
    """Digests of those days that a server did not take and whose next try is due, the oldest first."""
    within = (DigestRow.state == "composed", DigestRow.local_date >= since, DigestRow.local_date < before)
    rows = session.scalars(select(DigestRow).where(*within).order_by(DigestRow.local_date, DigestRow.id))
    return [_outgoing(row) for row in rows if _retry_due(row, now)]


def claim_to_send(
    session: Session, local_date: date, recipient: str, now: datetime, kind: str = "daily"
) -> Outgoing | None:
    """Take the digest up: a try begins now. Commit before speaking to the server, and ask begin_text before the text.

    None when there is nothing to send now: none composed, sent already, on its way, uncertain, or tried so lately
    that the server should be left in peace.
    """
    row = session.scalars(_named(local_date, recipient, kind).with_for_update()).first()
    if row is None or row.state != "composed" or not _retry_due(row, now):
        return None
    row.sending_at, row.attempts = now, row.attempts + 1
    session.flush()
    return _outgoing(row)


def begin_text(session: Session, digest: Outgoing, now: datetime) -> bool:
    """The text is about to be handed over: from here on the digest is `sending`. Commit before the text.

    False when another try has begun since, or a person has settled it: then nothing may be sent.
    """
    ours = (DigestRow.id == digest.id, DigestRow.attempts == digest.attempts, DigestRow.state == "composed")
    moved = update(DigestRow).where(*ours).values(state="sending", sending_at=now).returning(DigestRow.id)
    return session.execute(moved, execution_options={"synchronize_session": False}).first() is not None


def mark_sent(session: Session, digest_id: int, now: datetime) -> None:
    """The server took it."""
    _leave(session, digest_id, "sending", state="sent", sent_at=now, error="")


def mark_written(session: Session, digest_id: int, now: datetime) -> None:
    """It was written to a folder, because no recipient is configured."""
    _leave(session, digest_id, "composed", state="written", sent_at=now, error="")


def mark_failed(session: Session, digest: Outgoing, error: str) -> None:
    """The server certainly did not take it: unreachable, or it refused. It will be tried again."""
    ours = (DigestRow.id == digest.id, DigestRow.attempts == digest.attempts)  # another try may be further by now
    session.execute(
        update(DigestRow)
        .where(*ours, DigestRow.state.in_(("composed", "sending")))
        .values(state="composed", error=error)
    )


def mark_uncertain(session: Session, digest_id: int, error: str) -> None:
    """The server may have taken it: it went silent after the text was handed over. Never sent again by itself."""
    _leave(session, digest_id, "sending", state="uncertain", error=error)


def uncertain(session: Session, now: datetime) -> list[Outgoing]:
    """Digests that may or may not have arrived, oldest first: for a person to settle."""
    since = DigestRow.sending_at
    stuck = (DigestRow.state == "sending") & or_(since <= now - LONGEST_DELIVERY, is_ahead(since, now))
    query = select(DigestRow).where((DigestRow.state == "uncertain") | stuck)
    return [_outgoing(row) for row in session.scalars(query.order_by(DigestRow.local_date, DigestRow.recipient))]


def settle(
    session: Session, local_date: date, recipient: str, now: datetime, *, arrived: bool, kind: str = "daily"
) -> None:
    """A person says whether an uncertain digest arrived; if not, it is sent again.

    Raises UnknownObjectError when no digest of that date, recipient and kind is uncertain.
    """
    asked = (local_date, recipient, kind)
    if not any((row.local_date, row.recipient, row.kind) == asked for row in uncertain(session, now)):
        raise UnknownObjectError(f"no uncertain {kind} digest of {local_date} to {recipient}")
    values: dict[str, Any] = {"state": "sent", "sent_at": now} if arrived else {"state": "composed", "sending_at": None}
    session.execute(
        update(DigestRow)
        .where(DigestRow.local_date == local_date, DigestRow.recipient == recipient, DigestRow.kind == kind)
        .values(**values, error="")
    )


def _named(local_date: date, recipient: str, kind: str) -> Any:
    return select(DigestRow).where(
        DigestRow.local_date == local_date, DigestRow.recipient == recipient, DigestRow.kind == kind
    )


def _retry_due(row: DigestRow, now: datetime) -> bool:
    next_at = next_try(row)
    return next_at is None or not still_waits(next_at, now, since=row.sending_at)


def next_try(row: DigestRow) -> datetime | None:
    """When a composed digest may be handed over; None: now."""
    return row.sending_at + min(row.attempts * _RETRY_STEP, _LONGEST_WAIT) if row.sending_at else None


def name_of(local_date: date, recipient: str, kind: str) -> str:
    """What a digest is called as a unit of work that may be set aside."""
    return f"{local_date} {kind} {recipient}"


def _leave(session: Session, digest_id: int, before: str, **values: Any) -> None:
    """Move a digest on, if it is still where this process put it."""
    session.execute(update(DigestRow).where(DigestRow.id == digest_id, DigestRow.state == before).values(**values))


def _outgoing(row: DigestRow) -> Outgoing:
    return Outgoing(
        id=row.id,
        local_date=row.local_date,
        recipient=row.recipient,
        kind=row.kind,
        message_id=row.message_id,
        state=row.state,
        attempts=row.attempts,
        error=row.error,
        subject=row.subject,
        message=row.message,
    )
