"""Random newsrooms: the same number from command, page, SQL, export and email? `agreement [WORLDS] [ADDRESS]`

Each world is lived through in an empty database: a SQLite file, or the PostgreSQL database at ADDRESS, which is emptied
for it. Prints the figures that differ and in how many worlds; exit 1 when one does.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog
from sqlalchemy import text

from storage import migrate
from storage.engine import open_engine
from storage.models import Base
from tests.agreement.doors import differences, every
from tests.agreement.living import World, fill

SHOWN = 5
FIRST_SEED = 1000


def main() -> None:
    """Run, print, judge."""
    structlog.configure(processors=[_drop])
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    address = sys.argv[2] if len(sys.argv) > 2 else ""
    began, wrong, figures = time.process_time(), 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        migrate.upgrade(address or f"sqlite:///{template}")
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            home = Path(folder) / str(seed)
            home.mkdir()
            found = _differences(_empty(home, template, address), seed)
            shutil.rmtree(home)
            wrong += bool(found)
            figures.update({line.split(" {")[0] for line in found})
            for line in found[: SHOWN if wrong <= SHOWN else 0]:
                print(f"world {seed}: {line[:400]}")
    for figure, worlds in figures.most_common(20):
        print(f"{worlds} worlds: {figure}")
    seconds = (time.process_time() - began) / max(count, 1)
    print(f"{count} worlds: {wrong} in which two doors differ; {seconds:.2f} CPU seconds each")
    sys.exit(bool(wrong))


def _empty(home: Path, template: Path, address: str) -> World:
    if not address:
        shutil.copy(template, home / "world.db")
        address = f"sqlite:///{home / 'world.db'}"
    engine = open_engine(address)
    if engine.dialect.name == "postgresql":
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        with engine.begin() as connection:
            connection.execute(text(f"truncate {names} restart identity cascade"))
    return World(engine, address, home)


def _differences(world: World, seed: int) -> list[str]:
    fill(world, seed)
    found = differences(every(world))
    world.engine.dispose()
    return found


def _drop(*_: object) -> dict[str, object]:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
