"""A whole installation from one database into another, SQLite or PostgreSQL on either side.

    one moment of the source ─> table by table, parents first ─> rows by primary key, some thousands to a transaction
    ─> sequences set ─> every table counted and hashed on both sides

What stands in the target already must be the beginning of what the source holds: that makes a move that was killed go
on where it stopped, and refuses a target that holds anything else, without a mark that could be lost or wrong.
JSON is moved as the text it is stored as, so that both sides hold the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    MetaData,
    Select,
    String,
    Table,
    Text,
    cast,
    collate,
    func,
    insert,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import Session

from news.errors import MoveError
from storage.columns import Base, CleanText
from storage.crawling.partitions import make_months, months_of_rows
from storage.engine import display_name, reading
from storage.models import CarriedRow, PackedNameRow, PackedRow, PackedStaleRow
from storage.totals import packing as packed

AT_ONCE: Final = 5_000
DERIVED: Final = frozenset({CarriedRow.__tablename__})
"""Tables the database keeps by itself from others: they fill as those are moved, and are only compared."""

PACKED: Final = frozenset(row.__tablename__ for row in (PackedRow, PackedNameRow, PackedStaleRow))
"""Tables each database fills in its own time."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that is the same on both sides: its rows, and the hash of them all in order of their key."""

    table: str
    rows: int
    sha256: str


def move_all(
    source: Engine, target: Engine, *, progress: Progress = lambda *_: None, at_once: int = AT_ONCE
) -> list[Moved]:
    """Make the target, upgraded and empty or left over from a killed move, hold exactly what the source holds.

    The SQLite engine of a target must not check foreign keys (they are checked at the end). Raises MoveError.
    """
    tables = [table for table in Base.metadata.sorted_tables if table.name not in PACKED]
    with reading(source) as session:
        for table in tables:
            _require_beginning(session, target, table)
        make_months(target, months_of_rows(session))
        for table in tables:
            if table.name not in DERIVED:
                _move_table(session, target, table, progress, at_once)
        found = [_compared(session, target, table) for table in tables]
    with target.begin() as connection:
        _finish(connection, tables)
    packed.refresh(target)
    return found


def _require_beginning(session: Session, target: Engine, table: Table) -> None:
    """Raise MoveError unless the target's rows are the source's first ones."""
    if table.name in DERIVED:
        return
    last = _last_key(target, table)
    if last is None:
        return
    with reading(target) as there:
        if _hashed(session, table, last) != _hashed(there, table, None):
            raise MoveError(
                f"database {display_name(target)} holds other data in {table.name}: copy into an empty one, and stop "
                f"whatever writes to either while it is copied"
            )


def _last_key(target: Engine, table: Table) -> tuple[Any, ...] | None:
    keys = _keys(table, target.dialect.name)
    query = select(*table.primary_key.columns).order_by(*(key.desc() for key in keys)).limit(1)
    with reading(target) as session:
        row = session.execute(query).first()
    return tuple(row) if row is not None else None


def _move_table(session: Session, target: Engine, table: Table, progress: Progress, at_once: int) -> None:
    last = _last_key(target, table)
    # Rows that name others of their own table must come with them, in one statement.
    limit = None if any(key.column.table is table for key in table.foreign_keys) else at_once
    while True:
        query = _ordered(session, table, after=last)
        rows = [tuple(row) for row in session.execute(query.limit(limit))]
        if not rows:
            return
        with target.begin() as connection:
            _write(connection, table, rows)
        last = tuple(rows[-1][_place(table, key)] for key in table.primary_key.columns)
        progress(table.name, len(rows))


def _place(table: Table, column: Column[Any]) -> int:
    return list(table.columns).index(column)


def _write(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    write = _write_postgresql if connection.dialect.name == "postgresql" else _write_sqlite
    try:
        write(connection, table, rows)
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise MoveError(
            f"rows of {table.name} cannot be written to {display_name(connection.engine)}: {reason}"
        ) from error


def _write_postgresql(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    quoted = ", ".join(f'"{column.name}"' for column in table.columns)
    cursor = connection.connection.cursor()
    with cursor.copy(f'copy "{table.name}" ({quoted}) from stdin') as copy:
        for row in rows:
            copy.write_row(row)


def _write_sqlite(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    raw = Table(table.name, MetaData(), *(_bare(column) for column in table.columns))
    names = [column.name for column in table.columns]
    connection.execute(insert(raw), [dict(zip(names, row, strict=True)) for row in rows])


def _bare(column: Column[Any]) -> Column[Any]:
    """The column as the rows carry it: JSON as its text, text as it is."""
    plain = isinstance(column.type, JSON | CleanText | String)
    return Column(column.name, Text() if plain else column.type)


def _ordered(
    session: Session, table: Table, *, after: Sequence[Any] | None = None, up_to: Sequence[Any] | None = None
) -> Select[Any]:
    dialect = session.get_bind().dialect.name
    keys = _keys(table, dialect)
    query = select(*(_as_stored(column, dialect) for column in table.columns)).order_by(*keys)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    if up_to is not None:
        query = query.where(tuple_(*keys) <= tuple_(*up_to))
    return query


def _keys(table: Table, dialect: str) -> list[Any]:
    """The primary key, in an order both databases have: that of the bytes."""
    return [
        collate(key, "C") if dialect == "postgresql" and isinstance(key.type, String | CleanText) else key
        for key in table.primary_key.columns
    ]


def _as_stored(column: Column[Any], dialect: str) -> Any:
    if not isinstance(column.type, JSON):
        return column
    as_text = cast(column, Text) if dialect == "postgresql" else type_coerce(column, Text)
    return as_text.label(column.name)


def _hashed(session: Session, table: Table, up_to: Sequence[Any] | None) -> tuple[int, str]:
    """How many rows there are and the hash of all their values, in order of the key."""
    digest, count = hashlib.sha256(), 0
    for row in _streamed(session, _ordered(session, table, up_to=up_to)):
        digest.update(json.dumps([_plain(value) for value in row], ensure_ascii=False).encode("utf-8", "surrogatepass"))
        count += 1
    return count, digest.hexdigest()


def _streamed(session: Session, query: Select[Any]) -> Iterator[Any]:
    """The rows, some thousands in memory at a time on both databases."""
    return iter(session.execute(query.execution_options(stream_results=True, yield_per=AT_ONCE)))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(value).hexdigest()
    return value


def _compared(session: Session, target: Engine, table: Table) -> Moved:
    """Raises MoveError when the two sides differ."""
    with reading(target) as there:
        (rows, sha256), found = _hashed(session, table, None), _hashed(there, table, None)
    if (rows, sha256) != found:
        raise MoveError(
            f"{table.name} differs after the copy: {rows} rows here, {found[0]} in {display_name(target)}; "
            "was it written to meanwhile? Copy again into an empty database"
        )
    return Moved(table.name, rows, sha256)


def _finish(connection: Connection, tables: Sequence[Table]) -> None:
    """Number new rows after the moved ones; on SQLite, where nothing checked them, look at the foreign keys."""
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("pragma foreign_key_check")).first()
        if broken is not None:
            raise MoveError(f"{broken[0]} names rows of {broken[2]} that are not there, in the source too")
        return
    for table in tables:
        key = next(iter(table.primary_key.columns))
        # Only keys that PostgreSQL numbers itself have a sequence.
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, key.name)))
        if sequence:
            last = func.coalesce(func.max(key), 1)
            connection.execute(select(func.setval(sequence, last, func.max(key).is_not(None))))
