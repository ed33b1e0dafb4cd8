"""Makes what is derived from the tables and kept by no migration: the table `carried`, packed columns, views.

Definitions are code, not history: each upgrade drops and makes them anew (alembic/env.py).
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from storage import carried
from storage.dialects import for_dialect
from storage.totals import staleness as packed_triggers
from storage.views.definitions import VIEWS


def create_all(connection: Connection) -> None:
    """Make every view, in the order in which they build on each other, and what is kept for them."""
    carried.create(connection)
    packed_triggers.create(connection)
    _pack(connection)
    for view in VIEWS:
        # Plain text, not text(): a colon in the SQL is no parameter.
        connection.exec_driver_sql(f"create view {view.name} as\n{for_dialect(view.sql, connection.dialect.name)}")


def _pack(connection: Connection) -> None:
    from storage.totals import packing as packed  # needs numpy, which whoever only asks a view does not

    packed.fill(connection)


def drop_all(connection: Connection) -> None:
    """Drop every view that exists, last made first, and the triggers."""
    for view in reversed(VIEWS):
        connection.execute(text(f"drop view if exists {view.name}"))
    packed_triggers.drop(connection)
    carried.drop(connection)
