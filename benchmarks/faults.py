"""The memory of a crawl child among all faults: bombs, floods, endless answers. `faults [ROUNDS]`

The sites of tests/crawler/faults.py, crawled by the program's own command with its own limits and one reader process;
memory is the proportional set size of child and reader together, at its highest. For real pages see whole_path.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.watching import watched
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import FetchRow
from tests.crawler.faults import LISTINGS, PAGES
from tests.crawler.site import Site
from tests.crawler.test_faults import rows_of

GOAL_MB = 250.0


def main() -> None:
    """Crawl, print, judge."""
    peaks = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            peaks.append(_peak(Path(folder), rows_of(stack, stack.enter_context(Site()))))
    print(f"{len(PAGES) + len(LISTINGS)} faults; a child and its reader at most {max(peaks):.0f} MB")
    sys.exit(max(peaks) > GOAL_MB)


def _peak(home: Path, rows: list[str]) -> float:
    database = f"sqlite:///{home / 'faults.db'}"
    upgrade(database)
    (home / "catalogue.toml").write_text("only = true\n" + "\n".join(rows), encoding="utf-8")
    settings = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml"), "LOG": "json"}
    crawl = {"CONTACT": "desk@example.com", "ALLOW_LOOPBACK": "true", "DELAY_SECONDS": "0", "TIMEOUT_SECONDS": "2"}
    took = watched(["crawl"], settings | {f"CRAWL__{name}": value for name, value in crawl.items()}, home / "log.txt")
    engine = open_engine(database)
    with reading(engine) as session:
        outcomes = dict(session.execute(select(FetchRow.outcome, func.count()).group_by(FetchRow.outcome)).all())
    engine.dispose()
    print(f"{took.seconds:.0f} s, {sum(took.cpu_seconds):.1f} CPU s, peak {took.peak_mb:.0f} MB, {outcomes}")
    if took.returned:
        print((home / "log.txt").read_text(encoding="utf-8")[-1000:])
    return took.peak_mb


if __name__ == "__main__":
    main()
