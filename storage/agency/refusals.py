"""Files that agencies sent and that are no stories: what they were, and why. One row a content.

By content and not by name: a feed repeats its names, and a folder read twice must not fill the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from news.names import clean
from storage.inserting import insert_into
from storage.models import RefusedFileRow

Kind = Literal["no story", "unreadable"]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A refused file. `kind` "unreadable" asks for a look: it is damaged, or in a form nobody here knows."""

    sha256: str
    origin: str
    refused_at: datetime
    format: str
    kind: str
    reason: str
    bytes: int


def refuse(session: Session, file: RefusedFile) -> bool:
    """Write a refusal down; False when this content was refused before: then it keeps its first time and origin."""
    said = {"format": file.format, "kind": file.kind, "reason": clean(file.reason)}
    row = insert_into(session, RefusedFileRow).values(
        sha256=file.sha256, origin=clean(file.origin), refused_at=file.refused_at, bytes=file.bytes, **said
    )
    made = session.scalar(row.on_conflict_do_nothing().returning(RefusedFileRow.sha256))
    if made is not None:
        return True
    before = session.get_one(RefusedFileRow, file.sha256)
    for name, value in said.items():  # a later version of the program may know better what it is
        setattr(before, name, value)
    if (file.refused_at, file.origin) < (before.refused_at, before.origin):
        before.refused_at, before.origin = file.refused_at, clean(file.origin)
    session.flush()
    return False


def accept(session: Session, sha256: str) -> None:
    """This content became filings: it is refused no more."""
    session.execute(delete(RefusedFileRow).where(RefusedFileRow.sha256 == sha256))


def listed(session: Session, *, kind: Kind | None = None, limit: int = 1000) -> list[RefusedFile]:
    """What was refused, the latest first."""
    query = select(RefusedFileRow).order_by(RefusedFileRow.refused_at.desc(), RefusedFileRow.sha256).limit(limit)
    if kind is not None:
        query = query.where(RefusedFileRow.kind == kind)
    return [
        RefusedFile(row.sha256, row.origin, row.refused_at, row.format, row.kind, row.reason, row.bytes)
        for row in session.scalars(query)
    ]
