"""How far readers have read: what `--last-visit` shows is what came after.

By row numbers and not by times: an article seen before a reader's last look may be matched after it, and is new to
them all the same. A pickup keeps its number when its story gets another name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.inserting import insert_into
from storage.models import LookRow, NoticeRow, PickupRow, StoryRow

Counted = Literal["pickups", "stories", "notices"]
_TABLES: Final[dict[Counted, type[PickupRow] | type[StoryRow] | type[NoticeRow]]] = {
    "pickups": PickupRow,
    "stories": StoryRow,
    "notices": NoticeRow,
}


def newest(session: Session, counted: Counted) -> int:
    """The highest row number there is now; 0 for none."""
    return session.scalar(select(func.max(_TABLES[counted].id))) or 0


def last(session: Session, reader: str, question: str) -> int | None:
    """The highest row number there was when the reader last asked; None for a reader who never did."""
    row = session.get(LookRow, (reader, question))
    return None if row is None else row.newest


def note(session: Session, reader: str, question: str, *, newest: int, now: datetime) -> None:
    """Remember a look."""
    said = {"newest": newest, "looked_at": now}
    row = insert_into(session, LookRow).values(reader=reader, question=question, **said)
    session.execute(row.on_conflict_do_update(index_elements=["reader", "question"], set_=said))
