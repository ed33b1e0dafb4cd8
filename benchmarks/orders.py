"""Everything the program takes in, shuffled and twice, many times over: the same tables each time? `orders [HOW MANY]`

Filings, takes, notices, articles and imports of several stories, a few at a time with a match after each few, on
SQLite. Prints the orders that ended in other tables, with their rows; exit 1 when there is one.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import structlog

from jobs.context import Context
from storage import migrate
from tests.jobs.everything import arrive, context_for, differences, inputs, tables, take
from tests.jobs.newsdesk import match

SHOWN = 10


def main() -> None:
    """Run, print, judge."""
    structlog.configure(processors=[_drop])
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    began, other = time.process_time(), 0
    with tempfile.TemporaryDirectory() as folder:
        migrate.upgrade(f"sqlite:///{folder}/template.db")
        at_once = _fresh(Path(folder), "at once")
        take(at_once, inputs())
        match(at_once)
        expected = tables(at_once)
        for seed in range(count):
            found = differences(_shuffled(Path(folder), seed), expected)
            other += bool(found)
            for row in found[:SHOWN]:
                print(f"order {seed}: {row[:300]}")
    seconds = (time.process_time() - began) / max(count, 1)
    print(
        f"{count} orders of {2 * len(inputs())} inputs: {other} ended in other tables; {seconds:.1f} CPU seconds each"
    )
    sys.exit(bool(other))


def _shuffled(folder: Path, seed: int) -> dict[str, list[str]]:
    draw = random.Random(seed)
    order = inputs() * 2
    draw.shuffle(order)
    context = _fresh(folder, str(seed))
    arrive(context, order, draw)
    found = tables(context)
    context.engine.dispose()
    shutil.rmtree(context.config.home)
    return found


def _fresh(folder: Path, name: str) -> Context:
    home = folder / name
    home.mkdir()
    shutil.copy(folder / "template.db", home / "test.db")
    return context_for(f"sqlite:///{home / 'test.db'}", home)


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
