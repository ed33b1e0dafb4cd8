"""What a view is made of: a name, a sentence, the answer whose fields it has, columns beside those, and its SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from storage.answers import columns_in_view
from storage.columns import Instant

_TYPES: Final[dict[Any, type[TypeEngine[Any]]]] = {
    str: Text,
    int: Integer,
    float: Float,
    bool: Boolean,
    datetime: Instant,
    date: Date,
    tuple: JSON,
}


@dataclass(frozen=True)
class View:
    """A view. `kind` is the answer it is made from, `more` (type, meaning) of columns only people's own SQL uses."""

    name: str
    comment: str
    kind: type[Any]
    sql: str
    more: dict[str, tuple[type[Any], str]]

    @property
    def table(self) -> Table:
        """Its columns as something to select from, each with its meaning."""
        return Table(self.name, MetaData(), *self._columns())

    def _columns(self) -> Iterator[Column[Any]]:
        for columns, kind, meaning in columns_in_view(cast(Any, self.kind)).values():
            for column, which in zip(
                columns, ("", "") if len(columns) == 1 else (", least", ", largest"), strict=False
            ):
                yield Column(column, _TYPES[kind](), comment=meaning + which)
        for name, (kind, meaning) in self.more.items():
            yield Column(name, _TYPES[kind](), comment=meaning)
