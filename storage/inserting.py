"""Insert-or-leave and insert-or-update: one statement on both databases, so that two processes cannot both be first.

And how many rows an update changed.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.columns import Base


def insert_into(session: Session, row: type[Base]) -> postgresql.Insert:
    """An insert with on_conflict_do_nothing and on_conflict_do_update, which both dialects spell alike."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(postgresql.Insert, sqlite.insert(row))
    return postgresql.insert(row)


def moment_values(prefix: str, moment: Moment) -> dict[str, Any]:
    """A moment as its five columns, for statements that do not go through the ORM."""
    return {
        f"{prefix}_at": moment.at,
        f"{prefix}_earliest": moment.earliest,
        f"{prefix}_latest": moment.latest,
        f"{prefix}_source": moment.source,
        f"{prefix}_zone": moment.zone,
    }


def changed_by(session: Session, statement: Update) -> int:
    """How many rows an update changes. What the session has loaded of them is not brought up to date."""
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount
