"""The kinds of column the tables are made of: instants, clean text, moments; and the base that names constraints.

Kept apart from storage.models so that the tables read as tables.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, composite, mapped_column
from sqlalchemy.types import TypeDecorator

from news.articles import Moment
from news.names import (
    LONGEST_AGENCY_BYTES,
    LONGEST_HOST_BYTES,
    LONGEST_KEY_BYTES,
    LONGEST_NAME_BYTES,
    LONGEST_SLUGLINE_BYTES,
    bounded,
    clean,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases. SQLite keeps no zone, so it is dropped on the way in and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: a wall clock in the database is the bug this type exists for."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value.isoformat()} bound to an Instant column")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware UTC, whatever the driver gave."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text of any length. What outside sends is cleaned on the way in, so that one bad byte cannot undo a batch."""

    impl = Text
    cache_ok = True

    def stored(self, value: str) -> str:
        """The value without what a database would refuse."""
        return clean(value)

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """The value as it is stored."""
        return None if value is None else self.stored(value)


class Indexed(CleanText):
    """Text that stands in an index: at most so many bytes, on one line (news.names.bounded), also in questions."""

    cache_ok = True

    def __init__(self, most_bytes: int = LONGEST_NAME_BYTES) -> None:
        super().__init__()
        self.most_bytes = most_bytes

    def stored(self, value: str) -> str:
        """The value, or its beginning and its digest."""
        return bounded(value, self.most_bytes)


Address = Annotated[str, mapped_column(Indexed())]
"""An address, or a name of no known form, that is indexed alone."""
Key = Annotated[str, mapped_column(Indexed(LONGEST_KEY_BYTES))]
"""The public name of a story, a take or an agency's item."""
Host = Annotated[str, mapped_column(Indexed(LONGEST_HOST_BYTES))]
"""A host, or the id of an outlet, which may be one."""
AgencyCode = Annotated[str, mapped_column(Indexed(LONGEST_AGENCY_BYTES))]
Slugline = Annotated[str, mapped_column(Indexed(LONGEST_SLUGLINE_BYTES))]


class Base(DeclarativeBase):
    """Declarative base: constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON, str: CleanText}  # noqa: RUF012  -- SQLAlchemy's own class-level hook


def moment(prefix: str) -> Any:
    """The five columns of a Moment with one prefix, read and written as one Moment."""
    return composite(
        Moment,
        mapped_column(f"{prefix}_at", Instant, comment=f"{prefix}: best single instant, UTC; null when none is stated"),
        mapped_column(f"{prefix}_earliest", Instant, comment=f"{prefix}: not before, UTC"),
        mapped_column(f"{prefix}_latest", Instant, comment=f"{prefix}: not after, UTC"),
        mapped_column(f"{prefix}_source", String(20), nullable=False, comment=f"{prefix}: where the evidence stood"),
        mapped_column(
            f"{prefix}_zone", String(10), nullable=False, comment=f"{prefix}: offset stated, outlet's or unknown"
        ),
    )
