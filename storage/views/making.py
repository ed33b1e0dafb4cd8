"""The views as something to select from.

Every number the commands, the pages and the email show comes from these views, or from `carried` behind them, so that
they agree with each other and with anybody's own SQL.
"""

from __future__ import annotations

from sqlalchemy import Subquery, text

from storage.dialects import for_dialect
from storage.views.definitions import EVERY_PICKUP, VIEWS
from storage.views.definitions import PICKUP_LIST as PICKUPS


def every_pickup(dialect: str) -> Subquery:
    """The rows of pickup_list and beside them those that do not count: superseded, and rejected by a person."""
    types = {column.name: column.type for column in PICKUPS.table.columns}
    return text(for_dialect(EVERY_PICKUP, dialect)).columns(**types).subquery()


TABLES = {view.name: view.table for view in VIEWS}
PICKUP_LIST = TABLES["pickup_list"]
STORY_SUMMARY = TABLES["story_summary"]
OUTLET_SUMMARY = TABLES["outlet_summary"]
CREDIT_GAPS = TABLES["credit_gaps"]
OPEN_NOTICES = TABLES["open_notices"]
COMPLIANCE = TABLES["compliance"]
CRAWL_HEALTH = TABLES["crawl_health"]
