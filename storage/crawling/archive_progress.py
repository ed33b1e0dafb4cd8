"""How far each archive has been read: one row per file and selection, moved on in the transaction that stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from news.errors import ArchiveBusyError
from storage.inserting import insert_into
from storage.models import ArchiveRow

MOST_REASONS: Final = 40


@dataclass(slots=True)
class Reading:
    """An archive being read: up to which byte its records are stored, and what came of them."""

    id: int
    offset: int
    finished: bool
    records: int = 0
    articles: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, reason: str) -> None:
        """Count a record that gave nothing. Reasons past the first forty are counted together."""
        known = reason if reason in self.refused or len(self.refused) < MOST_REASONS else "other"
        self.refused[known] = self.refused.get(known, 0) + 1


def begin(session: Session, sha256: str, selection: str, *, name: str, size: int, now: datetime) -> Reading:
    """The archive as it was left, or a row for one never read."""
    identity = {"sha256": sha256, "selection": selection}
    first = {"name": name, "bytes": size, "offset": 0, "records": 0, "articles": 0, "refused": {}, "started_at": now}
    session.execute(insert_into(session, ArchiveRow).values(**identity, **first).on_conflict_do_nothing())
    row = session.scalars(select(ArchiveRow).filter_by(**identity)).one()
    row.name = name
    return Reading(row.id, row.offset, row.finished_at is not None, row.records, row.articles, dict(row.refused))


def move_on(session: Session, reading: Reading, offset: int, *, finished_at: datetime | None) -> None:
    """Note that everything before `offset` is stored, with the counts. Raises ArchiveBusyError, and then nothing is."""
    ours = update(ArchiveRow).where(ArchiveRow.id == reading.id, ArchiveRow.offset == reading.offset)
    counts: Mapping[str, Any] = {
        "records": reading.records,
        "articles": reading.articles,
        "refused": reading.refused,
        "finished_at": finished_at,
    }
    moved = session.execute(ours.values(offset=offset, **counts), execution_options={"synchronize_session": False})
    if cast(CursorResult[Any], moved).rowcount != 1:
        raise ArchiveBusyError("another process reads this archive; wait for it, or end it and run again")
    reading.offset = offset
