"""Writes docs/schema.md from docstrings, column comments and views: `python -m storage.schema_doc`.

A test compares the file with what this makes, so that no table or column is without a meaning or with an old one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, LargeBinary, String
from sqlalchemy.types import TypeEngine

from storage.asking.worked_answers import ANSWERS
from storage.columns import Base, Instant
from storage.models import archive_table, erasures, kept, match_tables, news, quick_tables, wire
from storage.views.definitions import VIEWS, View

_MODULES: Final = (news, wire, match_tables, quick_tables, kept, archive_table, erasures)
_HEAD: Final = """# The database

Written by `python -m storage.schema_doc` from the models: do not edit.

The same tables and views on SQLite and PostgreSQL. Query the **views**: they join, leave out what a person rejected
and hold the current version of each article; every number in commands, pages and email comes from them. Tables are
for what views do not show, and may change with a version.

- **instant**: UTC. SQLite keeps it as text, `2026-03-09 12:00:00.000000`; PostgreSQL as `timestamp with time zone`.
- A **moment** is five columns with one prefix: `_at` (best instant, or null), `_earliest`, `_latest` (bounds, or null),
  `_source` (where the evidence stood) and `_zone` (stated, outlet or unknown).
- **json** columns hold lists; shares are 0..1; a name carries its unit (`delay_minutes`); an empty text means unknown.
- `certainty` decides what counts: `linked` and `confirmed` do, `possible` waits for a person.

Open it: `sqlite3 wiretrail.db`, `datasette wiretrail.db`, or `psql "$WIRETRAIL_DATABASE_URL"` (leave out `+psycopg`).
"""
_TYPES: Final[tuple[tuple[type[TypeEngine[Any]] | type[Instant], str], ...]] = (
    (Instant, "instant"),
    (Date, "day"),
    (Boolean, "true or false"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (Float, "number"),
    (Integer, "integer"),
    (String, "text"),
)


def document() -> str:
    """The whole of docs/schema.md. Raises ValueError for a table or column without a meaning."""
    parts = [_HEAD, "## Views\n", *map(_view, VIEWS), "## Ten answers in SQL\n", *_answers(), "## Tables\n", *_tables()]
    return "\n".join(parts)


def _view(view: View) -> str:
    rows = ((column.name, type_name(column.type), column.comment or "") for column in view.table.columns)
    return _section(view.name, view.comment, rows)


def _answers() -> Iterator[str]:
    for number, (question, sql) in enumerate(ANSWERS, start=1):
        yield f"{number}. {question}\n\n```sql{sql}```\n"


def _tables() -> Iterator[str]:
    for mapper in sorted(Base.registry.mappers, key=_place):
        row: Any = mapper.class_
        columns: Iterable[Column[Any]] = row.__table__.columns
        yield _section(row.__tablename__, _words(row.__doc__, row.__tablename__), map(_column, columns))


def _place(mapper: Any) -> tuple[int, int]:
    """The module's place in the way of the news, and the class's in its module."""
    row = mapper.class_
    module = sys.modules[row.__module__]
    return _MODULES.index(module), list(vars(module)).index(row.__name__)


def _column(column: Column[Any]) -> tuple[str, str, str]:
    named = f"{column.table.name}.{column.name}"
    comment = _words(column.comment, named)
    target = next((f" → {key.column.table.name}.{key.column.name}" for key in column.foreign_keys), "")
    return column.name, type_name(column.type) + (", or null" if column.nullable else ""), comment + target


def _words(text: str | None, of: str) -> str:
    if not text:
        raise ValueError(f"{of} has no meaning written down")
    return " ".join(text.split())


def type_name(kind: TypeEngine[Any]) -> str:
    """The name of a column's type for people."""
    inner = getattr(kind, "impl_instance", kind) if not isinstance(kind, Instant) else kind
    return next(name for known, name in _TYPES if isinstance(inner, known))


def _section(name: str, comment: str, rows: Iterable[tuple[str, str, str]]) -> str:
    table = [f"| `{column}` | {kind} | {meaning.replace('|', '/')} |" for column, kind, meaning in rows]
    return "\n".join([f"### {name}\n", comment, "", "| column | type | meaning |", "|---|---|---|", *table, ""])


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema.md")
    target.write_text(document(), encoding="utf-8")
