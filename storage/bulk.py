"""Many rows at once by PostgreSQL's own means: one statement with arrays, and COPY.

Written as VALUES, five hundred articles make a statement of 10,000 parameters, which driver and server each parse anew:
a third of an import's time went there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, DateTime, Table, text
from sqlalchemy.orm import Session

from storage.columns import CleanText, Instant
from storage.engine import as_json

Row = Mapping[str, Any]


def insert_or_leave(session: Session, table: Table, rows: Sequence[Row], returning: Sequence[str]) -> list[Any]:
    """Insert rows with the same columns, of text and instants only; those in conflict are left out of what returns."""
    rows = _with_defaults(table, rows)
    names = list(rows[0])
    arrays = ", ".join(f"cast(:{name} as {_array(table.columns[name].type)})" for name in names)
    statement = text(
        f"insert into {table.name} ({', '.join(names)}) select * from unnest({arrays}) "  # noqa: S608  -- names of our tables
        f"on conflict do nothing returning {', '.join(returning)}"
    )
    values = {name: [_value(table, name, row[name]) for row in rows] for name in names}
    return list(session.execute(statement, values))


def _with_defaults(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows with what SQLAlchemy would fill in by itself."""
    missing = [column for column in table.columns if column.name not in rows[0] and column.default is not None]
    given = {c.name: getattr(c.default, "arg", None) for c in missing if c.default is not None and c.default.is_scalar}
    return [given | dict(row) for row in rows]


def _array(kind: Any) -> str:
    return "timestamptz[]" if isinstance(kind, Instant | DateTime) else "text[]"


def next_ids(session: Session, table: Table, count: int) -> list[int]:
    """Row numbers nobody else gets."""
    query = text("select nextval(pg_get_serial_sequence(:name, 'id')) from generate_series(1, :count)")
    return list(session.scalars(query, {"name": table.name, "count": count}))


def copy_rows(session: Session, table: Table, rows: Sequence[Row]) -> None:
    """Write rows with the same columns by COPY, in this transaction."""
    rows = _with_defaults(table, rows)
    names = list(rows[0])
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"copy {table.name} ({', '.join(names)}) from stdin") as copy:
        for row in rows:
            copy.write_row([_value(table, name, row[name]) for name in names])


def _value(table: Table, name: str, value: Any) -> Any:
    """The value as a column of ours would bind it."""
    kind = table.columns[name].type
    if isinstance(kind, JSON):
        return as_json(value)
    return kind.stored(value) if isinstance(kind, CleanText) and isinstance(value, str) else value
