"""A copy of a SQLite database while it is in use: whole, of one moment, and looked through before it counts."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from news.errors import BackupError
from storage.engine import display_name

PAGES_AT_ONCE = 2_000
"""Copied between two looks at the lock: writers wait for some milliseconds, not for the whole copy."""


def back_up(engine: Engine, target: Path) -> int:
    """Copy the database to a file that does not exist yet; returns its bytes.

    Raises BackupError for PostgreSQL, which has its own means, for a target that exists or cannot be written, and
    for a copy that is not sound; then no file is left behind.
    """
    if engine.dialect.name != "sqlite":
        raise BackupError(f"{display_name(engine)} is PostgreSQL: back it up with pg_dump")
    if target.exists():
        raise BackupError(f"backup {target} exists already; it is not overwritten")
    part = target.with_name(target.name + ".part")
    try:
        _copy(Path(engine.url.database or ""), part)
        with part.open("rb") as copy:
            os.fsync(copy.fileno())  # else a machine that loses its power may keep the name and not the bytes
        part.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"backup {target} failed: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database, closing(sqlite3.connect(part)) as copy:
        database.backup(copy, pages=PAGES_AT_ONCE)
        copy.execute("pragma journal_mode = delete")
        found = copy.execute("pragma integrity_check(3)").fetchall()
    if found != [("ok",)]:
        raise sqlite3.DatabaseError(f"the copy is not sound: {found[0][0]}")
