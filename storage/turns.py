"""Who writes next, where one transaction must wait for another whatever rows they touch.

PostgreSQL's advisory locks, all numbers in one place: two that were chosen apart were once the same. SQLite has one
writing transaction at a time anyway.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session


class Turn(IntEnum):
    """What is done by one transaction at a time. The numbers stay: an older program may run beside this one."""

    UPGRADE = 5_417_263
    QUEUE = 5_417_264
    MATCH = 5_417_265
    """Whoever matches, joins stories or prunes."""
    PACK = 5_417_266


def take_turn(session: Session | Connection, turn: Turn) -> None:
    """Wait until no other transaction has this turn; it ends with this one."""
    connection = session.connection() if isinstance(session, Session) else session
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(turn))))
