"""Makes the views, and gives them to the questions as something to select from.

Every number the commands, the pages and the email show comes from these views, so that they agree with each other
and with anybody's own SQL. Definitions are code, not history: each upgrade drops and makes them anew (alembic/env.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Column, Connection, MetaData, Subquery, Table, bindparam, text

from storage import carried
from storage.view_definitions import PICKUP_LIST as PICKUPS
from storage.view_definitions import VIEWS, View
from storage.view_shapes import for_dialect

_ONLY = re.compile(r"only\(([a-z_.]+)\)")


def create_all(connection: Connection) -> None:
    """Make every view, in the order in which they build on each other, and what is kept for them."""
    carried.create(connection)
    for view in VIEWS:
        # Plain text, not text(): a colon in the SQL is no parameter.
        connection.exec_driver_sql(f"create view {view.name} as\n{sql_of(view, connection.dialect.name)}")


def drop_all(connection: Connection) -> None:
    """Drop every view that exists, last made first, and the triggers."""
    for view in reversed(VIEWS):
        connection.execute(text(f"drop view if exists {view.name}"))
    carried.drop(connection)


def sql_of(view: View, dialect: str, only: str = "true") -> str:
    """The view's select for "sqlite" or "postgresql"; `only` stands for each only(x), x written as \\1."""
    return _ONLY.sub(only, for_dialect(view.sql, dialect))


def scoped(view: View, dialect: str, ids: Collection[int] | Collection[str]) -> Subquery:
    """The rows of a summary for these stories or outlets (at least one), from the same SQL, in time that grows with
    them only."""
    sql = sql_of(view, dialect, r"\1 in :scope").strip()
    typed = text(sql).bindparams(bindparam("scope", list(ids), expanding=True))
    return typed.columns(*(Column(column.name, column.type) for column in view.columns)).subquery()


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
