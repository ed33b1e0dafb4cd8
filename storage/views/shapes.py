"""What a view is made of, and the columns several views share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Float, Integer, Text
from sqlalchemy.types import TypeEngine

from storage.columns import Instant

_UTC_DAY: Final = re.compile(r"utc_day\(([a-z_.]+)\)")
_UTC_HOUR: Final = re.compile(r"utc_hour\(([a-z_.]+)\)")
_DESK_OF: Final = re.compile(r"desk_of\(([a-z_.]+)\)")
_MICROS: Final = re.compile(r"micros\(([a-z_.]+)\)")
_SAID: Final = {
    "sqlite": (
        (_UTC_DAY, r"date(\1)"),
        (_UTC_HOUR, r"strftime('%H', \1)"),
        # Without the fraction: strftime rounds to milliseconds.
        (
            _MICROS,
            r"(cast(strftime('%s', substr(\1, 1, 19)) as integer) * 1000000 + cast(substr(\1, 21, 6) as integer))",
        ),
        (_DESK_OF, r"trim(substr(replace(\1, '/', '-') || '-', 1, instr(replace(\1, '/', '-') || '-', '-') - 1))"),
    ),
    "postgresql": (
        (_UTC_DAY, r"cast((\1 at time zone 'UTC') as date)"),
        (_UTC_HOUR, r"to_char(\1 at time zone 'UTC', 'HH24')"),
        (_MICROS, r"cast(extract(epoch from \1) * 1000000 as bigint)"),
        (_DESK_OF, r"trim(split_part(replace(\1, '/', '-'), '-', 1))"),
    ),
}


def for_dialect(sql: str, dialect: str) -> str:
    """SQL with what "sqlite" and "postgresql" do not say alike written out.

    utc_day(x), utc_hour(x) and micros(x) (since 1970) of an instant, desk_of(x) of a slugline: its first word.
    """
    for name, said in _SAID[dialect]:
        sql = name.sub(said, sql)
    return sql


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One column of a view: its name, how it is read back, and what it means."""

    name: str
    type: TypeEngine[Any]
    comment: str


@dataclass(frozen=True, slots=True)
class View:
    """A view: a sentence about it, its columns in the order of its SQL, and that SQL."""

    name: str
    comment: str
    columns: tuple[ViewColumn, ...]
    sql: str


def text_column(name: str, comment: str) -> ViewColumn:
    """A column of text."""
    return ViewColumn(name, Text(), comment)


def count_column(name: str, comment: str) -> ViewColumn:
    """A column of whole numbers."""
    return ViewColumn(name, Integer(), comment)


def number_column(name: str, comment: str) -> ViewColumn:
    """A column of numbers."""
    return ViewColumn(name, Float(), comment)


def instant_column(name: str, comment: str) -> ViewColumn:
    """A column of instants, UTC."""
    return ViewColumn(name, Instant(), comment)


STORY = text_column("story", "public name of the story")
AGENCY = text_column("agency", "agency code of the story")
OUTLET = text_column("outlet", "outlet id")
OUTLET_NAME = text_column("outlet_name", "outlet's display name")
ARTICLE = text_column("article", "id given with an imported row, else the article's address")
URL = text_column("url", "the article's one address")
USE = text_column("class", "how the story was used: verbatim, cut, edited, merged, partial, …")
LICENCE = text_column("licence", "terms in force on the day of publication; unknown when nobody said")
PLACED_AT = instant_column("placed_at", "best known time, UTC: published, else its bounds, else first seen")
