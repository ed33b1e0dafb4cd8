"""What a view is made of, and the columns several views share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, Integer, Text
from sqlalchemy.types import TypeEngine

from storage.columns import Instant


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
LICENCE = text_column("licence", "terms in force on the day of first use; unknown when nobody said")
PLACED_AT = instant_column("placed_at", "best known time, UTC: published, else its bounds, else first seen")
