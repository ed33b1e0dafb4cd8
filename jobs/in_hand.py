"""What a process has begun and not ended, in a small file: so that whoever finds the process dead knows what it was at.

    begin: a line ─> the work ─> end: a line          killed between them: the line stands ─> taken_over: the units

A file and not rows: a line costs some microseconds and waits for nobody, while a row would wait, before every page, for
a match that is just writing. It outlives the process, which is all it is for; that a machine lost its power is no
unit's fault. The file also names the leases the process held, so that they can be given back at once.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import logging
import os
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, unquote

from sqlalchemy import Engine

from storage import set_aside
from storage.crawling import frontier
from storage.engine import writing
from storage.set_aside import KINDS, Kind

FOREIGN_SECONDS: Final = 24 * 3600.0
"""A file of another machine's process, untouched for so long, is of one that is gone: each container has a new name."""
_LEASE: Final = "lease"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """What a process that is gone had in hand, in the order begun, and the tokens of the leases it held."""

    process: str
    units: tuple[tuple[Kind, str], ...]
    leases: tuple[str, ...]


@dataclass(slots=True)
class InHand:
    """The file of this process. Made at the first line; what cannot be written is said once and stops nothing."""

    folder: Path
    process: str
    _open: set[int] = field(default_factory=set)
    _number: int = 0
    _file: int | None = None
    _turn: Lock = field(default_factory=Lock)

    @contextmanager
    def at_work(self, kind: Kind, name: str) -> Iterator[None]:
        """Have a unit in hand while the body runs. Its own error ends that; to be given up does not.

        What is cancelled is cancelled because the process is being ended, perhaps for what this unit did to it: then
        its parent judges.
        """
        number = self.begin(kind, name)
        try:
            yield
        except (CancelledError, GeneratorExit):
            raise
        except BaseException:
            self.end(number)
            raise
        self.end(number)

    @contextmanager
    def leased(self, token: str) -> Iterator[None]:
        """Say that leases are held under a token: given back when this process dies."""
        number = self.begin(_LEASE, token)
        try:
            yield
        finally:
            self.end(number)

    def begin(self, kind: str, name: str) -> int:
        """Note that work on a unit begins; returns the number to end it with."""
        with self._turn:
            self._number += 1
            self._open.add(self._number)
            self._write([self._number, kind, name])
            return self._number

    def end(self, number: int) -> None:
        """It is done, well or not: the process outlived it."""
        with self._turn, suppress(OSError):
            self._open.discard(number)
            if self._open:
                self._write([number])
            elif self._file is not None:
                os.ftruncate(self._file, 0)

    def _write(self, line: list[Any]) -> None:
        """Append a line in one call, so that a kill leaves whole lines and perhaps one torn at the end."""
        try:
            if self._file is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC
                self._file = os.open(self.folder / quote(self.process, safe=""), mode, 0o600)
                atexit.register(self.close)
            if self._file >= 0:
                os.write(self._file, json.dumps(line).encode() + b"\n")
        except OSError as error:
            log.warning("hands.not_written: %s: %s", self.folder, error.strerror)
            self._file = -1 if self._file is None else self._file

    def close(self) -> None:
        """The process ends in order: nothing was in hand, unless something was given up."""
        if self._file is not None and self._file >= 0 and not self._open:
            with suppress(OSError):
                (self.folder / quote(self.process, safe="")).unlink(missing_ok=True)


def dead(folder: Path, machine: str, alive: Callable[[str], bool], wall: float | None = None) -> list[str]:
    """The processes that left a file here and are gone. Of another machine's only age can tell."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        process = unquote(path.name)
        if process.startswith(f"{machine}:"):
            gone = not alive(process)
        else:
            gone = (time.time() if wall is None else wall) - path.stat().st_mtime > FOREIGN_SECONDS
        found += [process] * gone
    return found


@contextmanager
def taken_over(folder: Path, process: str) -> Iterator[Left | None]:
    """What a dead process had in hand; when the body ends well, its file goes. None: nothing, or another is at it."""
    path = folder / quote(process, safe="")
    try:
        file = path.open("rb")
    except OSError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        yield _read(process, file.read()) if path.exists() else None
        with suppress(OSError):  # on a disk that is read-only now: taken over again later
            path.unlink(missing_ok=True)


def _read(process: str, written: bytes) -> Left:
    """The lines begun and not ended. A torn last line was no work yet."""
    begun: dict[int, tuple[str, str]] = {}
    for line in written.splitlines():
        with suppress(ValueError, TypeError):
            number, *what = json.loads(line)
            if what:
                begun[number] = (what[0], what[1])
            else:
                begun.pop(number, None)
    units = tuple((kind, name) for each, name in begun.values() for kind in KINDS if kind == each)
    return Left(process, units, tuple(name for kind, name in begun.values() if kind == _LEASE))


def take_over(
    engine: Engine, folder: Path, process: str, why: str, now: datetime, *, blame: bool = True
) -> tuple[tuple[Kind, str], ...]:
    """Count what a dead process had in hand as failed, unless nobody is to blame, and give back its leases.

    Returns the units. Raises the database's errors; then everything is still there for whoever comes next.
    """
    with taken_over(folder, process) as left:
        if left is None or not (left.units or left.leases):
            return ()
        units = tuple(dict.fromkeys(left.units)) if blame else ()
        with writing(engine) as session:
            for kind, name in units:
                set_aside.fail(session, kind, name, why, now, killed=True)
            for token in left.leases:
                frontier.release(session, token)
    for kind, name in units:
        log.warning("unit.set_aside: %s %s: %s", kind, name, why)
    return units
