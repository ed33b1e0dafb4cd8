"""kill -9 at random points of whatever a person starts by hand: nothing lost, nothing twice.

`kill_jobs [KILLS] [SEED] [sqlite, "db copy", "postgresql:prune" …]`

backfill, upgrade of an empty database and of an older one, backup, db copy, prune and match --all on SQLite and
PostgreSQL, and a worker. Each is run undisturbed once; then killed until so many kills have hit, each time on a fresh
copy, and started again as a person would. Then every table must be that of the undisturbed run, the database sound, no
file left that the undisturbed run does not leave, and the command that was started again must have ended well. A
backup that bears its name after a kill must be whole.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from alembic import command as alembic_command
from psycopg.sql import SQL, Identifier

import config
from benchmarks.children import command, kill
from jobs.context import Context
from jobs.moving.database_copy import move
from storage.migrate import alembic_config, upgrade
from tests import postgres
from tests.jobs import everything, newsdesk
from tests.scale import warcs

Tables = Mapping[str, list[str]]
OLDER = "0013"
PAGES = 36
ARCHIVES = 3
LONG_AFTER = timedelta(days=200)


@dataclass(frozen=True)
class Place:
    """Where a trial works: its folder, its database, and the time on its clock."""

    home: Path
    address: str
    now: datetime = newsdesk.START + timedelta(days=1)

    def settings(self) -> dict[str, str]:
        """The variables of its children."""
        return {
            "HOME": str(self.home),
            "DATABASE_URL": self.address,
            "CATALOGUE": str(self.home / "catalogue.toml"),
            "CLOCK__START": self.now.isoformat(),
            "CLOCK__EPOCH": datetime.now(UTC).isoformat(),
            "CLOCK__RATE": "1e-9",
            "CRAWL__CONTACT": "desk@example.com",
            "CRAWL__EXTRACT_WORKERS": "0",
            "WORKERS__ENABLED": str("postgresql" in self.address).lower(),
            "WORKERS__HEARTBEAT_SECONDS": "0.3",
            "WORKERS__LOST_SECONDS": "1.5",
        }


@dataclass(frozen=True)
class Trial:
    """A command, the database it begins with, and where its result stands."""

    name: str
    begins_with: str
    words: Callable[[Place], Sequence[str]]
    result: Callable[[Place], str] = lambda place: place.address
    after: timedelta = timedelta(0)
    again: bool = True
    """Whether the same command goes on; a backup is looked at, and made anew."""


@dataclass
class Found:
    """What came of a trial's kills."""

    kills: int = 0
    faults: list[str] = field(default_factory=list)


def _archives(place: Place) -> list[str]:
    return [str(path) for path in sorted(place.home.glob("*.warc.gz"))]


def _beside(place: Place) -> str:
    return f"sqlite:///{place.home / 'other.db'}"


SQLITE = (
    Trial("backfill", "empty", lambda place: ("backfill", "--hosts", "*", *_archives(place))),
    Trial("upgrade, nothing there", "nothing", lambda _: ("db", "upgrade")),
    Trial("upgrade, an older one", "older", lambda _: ("db", "upgrade")),
    Trial("backup", "filled", lambda place: ("backup", str(place.home / "other.db")), _beside, again=False),
    Trial("db copy", "filled", lambda place: ("db", "copy", place.address, _beside(place)), _beside),
    Trial("prune", "filled", lambda _: ("prune", "--insist"), after=LONG_AFTER),
    Trial("match --all", "filled", lambda _: ("match", "--all")),
)
POSTGRES = (
    *(trial for trial in SQLITE if trial.name not in ("backup", "db copy")),
    Trial("db copy", "nothing", lambda place: ("db", "copy", f"sqlite:///{place.home / 'filled.db'}", place.address)),
    Trial("worker", "queued", lambda _: ("worker", "--once")),
)


class World:
    """The databases that trials begin with, as SQLite files and as PostgreSQL templates."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        for number in range(ARCHIVES):
            pages = [
                warcs.record(warcs.address(page), warcs.story_page(page)) for page in range(number, PAGES, ARCHIVES)
            ]
            (folder / f"{number}.warc.gz").write_bytes(warcs.packed([warcs.info(), *pages]))
        (folder / "catalogue.toml").write_text("only = true\n", encoding="utf-8")
        for name in ("empty", "filled", "older"):
            self._make(name)

    def _make(self, name: str) -> None:
        address = f"sqlite:///{self.folder / name}.db"
        if name == "empty":
            upgrade(address)
        elif name == "filled":
            shutil.copy(self.folder / "empty.db", self.folder / "filled.db")
            self._fill(address)
        else:
            shutil.copy(self.folder / "filled.db", self.folder / f"{name}.db")
        copied = self.database(f"base_{name}")
        move(address, copied)
        if name == "older":
            for each in (address, copied):
                alembic_command.downgrade(alembic_config(each), OLDER)

    def _fill(self, address: str) -> None:
        context = everything.context_for(address, self.folder)
        everything.arrive(context, everything.inputs(), random.Random(1))
        rows = []
        for number in range(300, 314):
            text = newsdesk.story(number)
            rows.append(newsdesk.filing(text, minutes=number, id=f"N{number}"))
            rows += [
                newsdesk.article(outlet, text[first:], minutes=number + 30, credit="AFP", name=f"n{number}")
                for first, outlet in enumerate(("one", "two", "three"))
            ]
        newsdesk.load(context, rows)
        newsdesk.match(context)
        context.engine.dispose()

    def database(self, name: str, template: str = "template0") -> str:
        """A PostgreSQL database made anew."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(name)))
            made = SQL("create database {} template {} strategy file_copy")
            connection.execute(made.format(Identifier(name), Identifier(template)))
        return self.server.replace("/postgres?", f"/{name}?")

    @contextmanager
    def place(self, trial: Trial, kind: str) -> Iterator[Place]:
        """A fresh copy of what a trial begins with."""
        home = self.folder / "round"
        home.mkdir(mode=0o700)
        for path in (*self.folder.glob("*.warc.gz"), self.folder / "catalogue.toml"):
            shutil.copy(path, home)
        base = "empty" if trial.begins_with == "queued" else trial.begins_with
        if kind == "sqlite":
            address = f"sqlite:///{home / 'wiretrail.db'}"
            if base != "nothing":
                shutil.copy(self.folder / f"{base}.db", home / "wiretrail.db")
        else:
            shutil.copy(self.folder / "filled.db", home)
            address = self.database("round", f"base_{base}" if base != "nothing" else "template0")
        place = Place(home, address, newsdesk.START + timedelta(days=1) + trial.after)
        if trial.begins_with == "queued":
            queued = command(("backfill", "--defer", "--hosts", "*", *_archives(place)), place.settings(), _log(place))
            queued.join()
        yield place
        shutil.rmtree(home)


def main() -> None:
    """Run, print a row a trial, and exit 1 when anything was lost, doubled or left behind."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    only = set(sys.argv[3:])
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        made = World(Path(folder), postgres.start_server())
        for kind, trials in (("sqlite", SQLITE), ("postgresql", POSTGRES)):
            for trial in trials:
                if not only or only & {kind, trial.name, f"{kind}:{trial.name}"}:
                    faults += _report(made, trial, kind, kills, random.Random(seed))
    sys.exit(faults > 0)


def _report(made: World, trial: Trial, kind: str, kills: int, chance: random.Random) -> int:
    began = time.monotonic()
    found = measure(made, trial, kind, kills, chance)
    seconds = time.monotonic() - began
    print(f"{kind:10} {trial.name:23} {found.kills:3} kills, {len(found.faults)} faults, {seconds:.0f} s")
    print("".join(f"    {fault[:400]}\n" for fault in found.faults[:4]), end="", flush=True)
    return len(found.faults)


def measure(made: World, trial: Trial, kind: str, kills: int, chance: random.Random) -> Found:
    """Undisturbed once, for the tables, the files and the time; then killed."""
    found = Found()
    with made.place(trial, kind) as place:
        seconds = _whole(place, trial, found)
        wanted, files = tables_of(trial.result(place)), _files(place)
    while found.kills < kills and len(found.faults) < 5:
        with made.place(trial, kind) as place:
            child = command(trial.words(place), place.settings(), _log(place))
            began = time.monotonic()
            child.join(chance.uniform(0.0, seconds))
            if not kill(child):
                seconds = min(seconds, time.monotonic() - began)  # the machine has become quicker
                continue
            found.kills += 1
            _judge(place, trial, found, wanted, files)
    return found


def _judge(place: Place, trial: Trial, found: Found, wanted: Tables, files: set[str]) -> None:
    """Start again, and compare."""
    number, whole = f"kill {found.kills}", place.home / "other.db"
    if not trial.again and whole.exists():
        found.faults += [f"{number}: {line}" for line in everything.differences(wanted, tables_of(trial.result(place)))]
        whole.unlink()
    _whole(place, trial, found)
    try:
        found.faults += [f"{number}: {line}" for line in everything.differences(wanted, tables_of(trial.result(place)))]
    except Exception as error:
        found.faults.append(f"{number}: {error}")
    left = _files(place) - files
    if left:
        found.faults.append(f"{number}: left behind: {', '.join(sorted(left))}")


def _whole(place: Place, trial: Trial, found: Found) -> float:
    """The command to its end; a worker until its queue is empty, which takes the time after which one is lost.

    Returns the seconds it took once it had begun.
    """
    for _ in range(60):
        child = command(trial.words(place), place.settings(), _log(place))
        began = time.monotonic()
        child.join()
        seconds = time.monotonic() - began
        said = Path(_log(place)).read_text(encoding="utf-8", errors="replace")
        if child.exitcode or "Traceback" in said:
            found.faults.append(f"kill {found.kills}: exit {child.exitcode}: {said[-350:]}")
            return seconds
        if trial.begins_with != "queued" or not _waiting(place):
            return seconds
        time.sleep(0.5)
    found.faults.append(f"kill {found.kills}: jobs stay in the queue")
    return 0.0


def _waiting(place: Place) -> int:
    with psycopg.connect(place.address) as connection:
        query = "select count(*) from wiretrail_jobs.procrastinate_jobs where status in ('todo', 'doing')"
        row = connection.execute(query).fetchone()
    return row[0] if row else 0


def _log(place: Place) -> str:
    return str(place.home / "stderr.txt")


def _files(place: Place) -> set[str]:
    """What lies in the home, but for the index, whose names are of the run, and what a forked child that ended well had
    in hand: nothing, in a file that it leaves because it ends without Python's own end."""
    paths = [path.relative_to(place.home) for path in place.home.rglob("*") if path.is_file() and path.stat().st_size]
    return {str(path) for path in paths if path.parts[0] != "index" and path.suffix not in (".db-wal", ".db-shm")}


def tables_of(address: str) -> Tables:
    """Every table's rows. Raises AssertionError for a file that is not sound."""
    if address.startswith("sqlite"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)], "not sound"
            assert database.execute("pragma foreign_key_check").fetchall() == [], "rows name others that are not there"
    context = Context(config.Config(home=Path(tempfile.gettempdir()), database_url=address))
    try:
        return everything.tables(context)
    finally:
        context.engine.dispose()


if __name__ == "__main__":
    main()
