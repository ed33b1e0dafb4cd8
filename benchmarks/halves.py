"""Real articles matched whole, in halves, the second half first, and shuffled: the same tables? `halves [ARTICLES]`

The articles of ../shared/data (benchmarks.scale) on SQLite. Prints the CPU seconds of import and match, and the rows of
all tables that differ from those of one run over everything; exit 1 when any does.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from benchmarks.scale import context_at, write
from jobs import importing
from jobs.matches import matching
from storage import migrate
from tests.jobs.everything import differences, tables

DAYS = 1_000
SHOWN = 6


def main() -> None:
    """Match in every way, compare, judge."""
    structlog.configure(processors=[_drop])
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 4_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        migrate.upgrade(f"sqlite:///{home}/template.db")
        write(home / "rows.jsonl", articles)
        rows = (home / "rows.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        shuffled = random.Random(1).sample(rows, len(rows))
        half, third = len(rows) // 2, len(rows) // 3
        expected = matched(home, "whole", [rows])
        print(f"{len(expected['pickups'])} pickups")
        differing = 0
        for name, parts in (
            ("first half first", [rows[:half], rows[half:]]),
            ("second half first", [rows[half:], rows[:half]]),
            ("shuffled, in thirds", [shuffled[:third], shuffled[third : 2 * third], shuffled[2 * third :]]),
        ):
            found = differences(matched(home, name, parts), expected)
            differing += len(found)
            print(f"{name}: {len(found)} rows differ", *(row[:300] for row in found[:SHOWN]), sep="\n  ", flush=True)
    sys.exit(bool(differing))


def matched(home: Path, name: str, parts: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """The tables once all parts were imported and matched, one after the other."""
    folder = home / name
    folder.mkdir()
    shutil.copy(home / "template.db", folder / "test.db")
    began = time.process_time()
    for part in parts:
        # Each with a clock of its own: it stands nearly still, and moves in a quarter of an hour.
        context = context_at(f"sqlite:///{folder / 'test.db'}", folder, days=DAYS)
        (folder / "part.jsonl").write_text("".join(part), encoding="utf-8")
        importing.load(context, folder / "part.jsonl")
        matching.match(context)
    print(f"{name}: {time.process_time() - began:.1f} CPU seconds", flush=True)
    found = tables(context)
    context.engine.dispose()
    return found


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
