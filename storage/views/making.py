"""The views as something to select from.

Every number the commands, the pages and the email show comes from these views, or from `carried` behind them, so that
they agree with each other and with anybody's own SQL.
"""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Subquery, Table, text

from storage.dialects import for_dialect
from storage.views.definitions import PICKUP_LIST as PICKUPS
from storage.views.definitions import VIEWS, WITH_REJECTED, View


def with_rejected(dialect: str) -> Subquery:
    """The rows of pickup_list and beside them those a person rejected: for the pages on which that is taken back."""
    sql = for_dialect(WITH_REJECTED, dialect)
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
