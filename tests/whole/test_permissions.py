"""What the program writes is its user's alone, whatever the umask it is started under; and what is not is told."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.jobs.newsdesk import article, filing, story
from tests.whole.program import Program


@pytest.fixture
def everybody() -> Iterator[Path]:
    """A folder that everybody may enter, as /srv is: a test's own lies below one that is closed."""
    before = os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
    os.umask(before)


def test_nothing_it_writes_is_open_to_others(everybody: Path) -> None:
    """Database with -wal and -shm, digests, exports, evidence, backups, by commands that begin under umask 022."""
    home = everybody / "share" / "wiretrail"
    program = Program(home, f"sqlite:///{home / 'news.db'}", {"DIGEST__OUT": str(everybody / "digests")})
    program.must("db", "upgrade")
    rows = everybody / "rows.jsonl"
    items = [filing(story(1), minutes=0, id="1"), article("post", story(1), minutes=60, credit="AFP")]
    rows.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    program.must("import", str(rows))
    with closing(sqlite3.connect(home / "news.db")) as held:  # so that -wal and -shm stay
        held.execute("select count(*) from articles").fetchone()
        program.must("match")
        program.must("digest", "--date", "2026-03-02")
        program.must("export", "articles", str(everybody / "articles.jsonl"))
        program.must("backup", str(everybody / "backup.db"))
        (pickup,) = program.rows("pickups")
        program.must("evidence", pickup["url"], "--out", str(everybody / "evidence"))
        written = [path for path in everybody.rglob("*") if path != rows]
        names = {path.name for path in written}
        assert {"news.db", "news.db-wal", "news.db-shm", "backup.db", "articles.jsonl", "digests", "evidence"} <= names
        assert [f"{path} {path.stat().st_mode:o}" for path in written if path.stat().st_mode & 0o077] == []
    assert "is its user's alone" in program.run("doctor").out


@pytest.mark.parametrize("opened", ["news.db", "digests", "index"])
def test_an_installation_that_is_open_is_told(everybody: Path, opened: str) -> None:
    home = everybody / "home"
    program = Program(home, f"sqlite:///{home / 'news.db'}")
    program.must("db", "upgrade")
    (home / "digests").mkdir(mode=0o700)
    (home / "index").mkdir(mode=0o700)
    (home / opened).chmod(0o755)
    assert "chmod" not in program.run("doctor").out, "below a closed folder nobody reaches it"
    home.chmod(0o755)
    told = program.run("doctor").out
    assert f"everybody on this machine may read {home / opened}" in told
    assert "chmod -R go-rwx" in told
