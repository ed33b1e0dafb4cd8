"""The nightly prune also clears our own folders, and touches nothing that is not ours."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from jobs import keeping
from jobs.context import Context


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Old and new files in the drop folders and among the digests; everything was written just now."""
    drop, other = tmp_path / "drop", tmp_path / "other"
    for folder in (drop / "done", drop / "refused", other / "done", tmp_path / "digests"):
        folder.mkdir(parents=True)
    for path in (drop / "done" / "a.xml", drop / "refused" / "b.xml", other / "done" / "c.xml"):
        path.write_text("x")
        os.utime(path, (0, 0))
    (drop / "waiting.xml").write_text("x")
    (drop / "done" / "link.xml").symlink_to(drop / "waiting.xml")
    (drop / "done" / "folder").mkdir()
    for name in ("digest-2026-01-01.eml", "digest-ann-week-2026-01-01.html", "notes-2026-01-01.txt", "digest-old.txt"):
        (tmp_path / "digests" / name).write_text("x")
    return tmp_path


def pruned(home: Path, database_url: str, days: float, **keep: Any) -> set[str]:
    """What is left after a prune so many days from now."""
    clock = config.ClockConfig(start=datetime.now(UTC) + timedelta(days=days), epoch=datetime.now(UTC), rate=1e-9)
    wire = config.WireConfig(drop=home / "drop", folders={"AFP": home / "other"})
    settings = config.Config(
        home=home, database_url=database_url, clock=clock, wire=wire, keep=config.KeepConfig(**keep)
    )
    keeping.prune(Context(settings))
    return {path.name for path in home.rglob("*") if path.is_symlink() or (path.is_file() and path.suffix != ".db")}


KEPT = {"waiting.xml", "link.xml", "notes-2026-01-01.txt", "digest-old.txt"}
READ = {"a.xml", "b.xml", "c.xml"}
DIGESTS = {"digest-2026-01-01.eml", "digest-ann-week-2026-01-01.html"}


def ours(left: set[str]) -> set[str]:
    return left & (KEPT | READ | DIGESTS)


def test_old_files_of_ours_go_and_no_others(home: Path, sqlite_database: str) -> None:
    digests = (datetime.now(UTC).date() - datetime(2026, 1, 1, tzinfo=UTC).date()).days
    left = pruned(home, sqlite_database, 0, digest_days=digests + 10)
    assert ours(left) == KEPT | READ | DIGESTS, "whatever date a file came with, it was moved there today"
    assert ours(pruned(home, sqlite_database, 20, digest_days=digests + 10)) == KEPT | READ
    assert ours(pruned(home, sqlite_database, 91)) == KEPT


def test_whoever_wants_them_keeps_them(home: Path, sqlite_database: str) -> None:
    assert ours(pruned(home, sqlite_database, 3000, wire_days=0, digest_days=0)) == KEPT | READ | DIGESTS
