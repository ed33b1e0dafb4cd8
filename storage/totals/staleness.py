"""The triggers that note which blocks of storage.totals.packing no longer hold what the rows say.

Apart from the packing, because whoever makes the views needs no numpy.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from storage import triggers
from storage.triggers import Trigger

BLOCK: Final = 4096
"""Rows packed together: few enough to read again at once, many enough that a million are few blocks."""

_CARRIED: Final = (
    "article_id", "story_id", "outlet", "agency", "country", "language", "desk", "certainty", "class", "credited",
    "gap", "licence", "covered_words", "words", "delay_minutes", "undated", "placed_at", "used_at",
    "sighted_at",
)  # fmt: skip
_VERSION: Final = ("article_id", "current", "words", "published_at", "published_earliest", "published_latest")
# (source, table, the row's number, columns that are packed). An article counts by its present version.
_WATCHED: Final = (
    ("carried", "carried", "pickup_id", _CARRIED),
    ("articles", "article_versions", "article_id", _VERSION),
    ("stories", "stories", "id", ("agency", "language", "filed_at", "seen_at")),
)


def create(connection: Connection) -> None:
    """Make the triggers."""
    triggers.create(connection, _triggers(connection.dialect.name))


def drop(connection: Connection) -> None:
    """Drop the triggers."""
    triggers.drop(connection, _triggers(connection.dialect.name))


def _triggers(dialect: str) -> list[Trigger]:
    found = [Trigger("packed_articles_moved", "articles", "update of outlet_id, first_seen_at",
        (_note("articles", "new.id"),), _changed(("outlet_id", "first_seen_at"), dialect))]  # fmt: skip
    for source, table, key, columns in _WATCHED:
        new, old = _note(source, f"new.{key}"), _note(source, f"old.{key}")
        changed = f"update of {', '.join(columns)}"
        found += [
            Trigger(f"packed_{source}_added", table, "insert", (new,)),
            Trigger(f"packed_{source}_changed", table, changed, (new,), _changed(columns, dialect)),
            Trigger(f"packed_{source}_removed", table, "delete", (old,)),
        ]
    return found


def _note(source: str, key: str) -> str:
    return f"insert into packed_stale (source, block) values ('{source}', {key} / {BLOCK})"  # noqa: S608  -- our own names


def _changed(columns: tuple[str, ...], dialect: str) -> str:
    differs = "is not" if dialect == "sqlite" else "is distinct from"
    return " or ".join(f"old.{name} {differs} new.{name}" for name in columns)
