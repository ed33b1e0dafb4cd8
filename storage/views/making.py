"""Makes the views, and gives them to the questions as something to select from.

Every number the commands, the pages and the email show comes from these views, so that they agree with each other
and with anybody's own SQL. Definitions are code, not history: each upgrade drops and makes them anew (alembic/env.py).
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, Subquery, Table, text

from storage import carried
from storage.dialects import for_dialect
from storage.packed import noting as packed_triggers
from storage.views.definitions import PICKUP_LIST as PICKUPS
from storage.views.definitions import VIEWS, View


def create_all(connection: Connection) -> None:
    """Make every view, in the order in which they build on each other, and what is kept for them."""
    carried.create(connection)
    packed_triggers.create(connection)
    _pack(connection)
    for view in VIEWS:
        # Plain text, not text(): a colon in the SQL is no parameter.
        connection.exec_driver_sql(f"create view {view.name} as\n{sql_of(view, connection.dialect.name)}")


def _pack(connection: Connection) -> None:
    from storage.packed import blocks as packed  # needs numpy, which whoever only asks a view does not

    packed.fill(connection)


def drop_all(connection: Connection) -> None:
    """Drop every view that exists, last made first, and the triggers."""
    for view in reversed(VIEWS):
        connection.execute(text(f"drop view if exists {view.name}"))
    packed_triggers.drop(connection)
    carried.drop(connection)


def sql_of(view: View, dialect: str) -> str:
    """The view's select for "sqlite" or "postgresql"."""
    return for_dialect(view.sql, dialect)


def with_rejected(dialect: str) -> Subquery:
    """The rows of pickup_list and beside them those a person rejected: for the pages on which that is taken back."""
    sql = sql_of(PICKUPS, dialect).replace("not in ('superseded', 'rejected')", "<> 'superseded'").strip()
    return text(sql).columns(*(Column(column.name, column.type) for column in PICKUPS.columns)).subquery()


def _table(view: View) -> Table:
    return Table(view.name, MetaData(), *(Column(column.name, column.type) for column in view.columns))


TABLES = {view.name: _table(view) for view in VIEWS}
PICKUP_LIST = TABLES["pickup_list"]
STORY_SUMMARY = TABLES["story_summary"]
OUTLET_SUMMARY = TABLES["outlet_summary"]
CREDIT_GAPS = TABLES["credit_gaps"]
OPEN_NOTICES = TABLES["open_notices"]
COMPLIANCE = TABLES["compliance"]
CRAWL_HEALTH = TABLES["crawl_health"]
