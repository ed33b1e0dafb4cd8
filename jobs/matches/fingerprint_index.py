"""Everything stored, as fingerprints: which versions and which takes share text with this one?

    files (jobs.matches.index_files) ─> what was written since, from the tables ─> a library
    ─> grows with each match run ─> written back once enough has come

Missing, damaged, of another matcher or of another history: made anew from the tables, 70 seconds a million texts.
The indexes may name rows that are gone since; whoever asks looks the rows up anyway and leaves those out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from jobs.context import Context, log
from jobs.matches import index_files
from jobs.matches.index_files import Stamp, Stored
from matcher import VERSION
from matcher.fingerprint import from_bytes
from matcher.index import Index
from matcher.text import Hashes
from storage.engine import display_name, reading, writing
from storage.matches import prints
from storage.matches.match_facts import Kind
from storage.matches.prints import Point, Print

UNWRITTEN_LEAST: Final = 2_000
UNWRITTEN_SHARE: Final = 0.02
"""Texts not in the files yet from which they are written: fewer are read from the tables as quickly."""
HOLLOW: Final = 0.25
"""Share of removed texts from which an index is written without them."""
SAMPLE: Final = 200
STANDING_SHARE: Final = 0.7
"""Share of a sample of texts that must still be there; below, an index is made anew without those that are gone."""
KEPT_CHANGES: Final = 50_000
"""Changes kept beyond what these files hold, for those of other machines."""


@dataclass(slots=True)
class Library:
    """The indexes of versions and of takes, up to date with the change `reached`; what of them stands in files."""

    folder: Path
    versions: Index
    takes: Index
    reached: Point
    stored: Stored | None
    unwritten: int = 0

    def of(self, kind: Kind) -> Index:
        """The index of versions or of takes."""
        return self.versions if kind == "version" else self.takes

    def add(self, kind: Kind, found: Iterable[tuple[int, Hashes, str]]) -> None:
        """Take in texts by row number, fingerprint and owner, in place of what these rows held before."""
        rows = list(found)
        index = self.of(kind)
        numbers = [number for number, _, _ in rows]
        index.remove(numbers)
        index.add_many(numbers, [fingerprints for _, fingerprints, _ in rows], [owner(name) for _, _, name in rows])
        self.unwritten += len(rows)

    def renew(self, session: Session, kind: Kind, rows: Collection[int]) -> None:
        """Hold of these rows what the tables say; some of them may be gone."""
        self.of(kind).remove(rows)
        self.add(kind, map(_read, prints.some(session, kind, rows)))

    def write(self, token: str) -> None:
        """Store the indexes in files. Raises OSError."""
        for index in (self.versions, self.takes):
            if index.hollow >= HOLLOW:
                index.compact()
        stamp = Stamp(VERSION, self.reached.number, self.reached.token)
        indexes = {"version": self.versions, "take": self.takes}
        self.stored = index_files.write(self.folder, stamp, indexes, self.stored, token)
        self.unwritten = 0

    @property
    def is_worth_writing(self) -> bool:
        """Has enough come that is not in the files?"""
        held = len(self.versions) + len(self.takes)
        return self.reached.number > 0 and self.unwritten >= max(UNWRITTEN_LEAST, UNWRITTEN_SHARE * held)


def owner(name: str) -> int:
    """A number for an outlet or a story, the same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def folder_of(context: Context) -> Path:
    """Where the indexes of this database are kept: two databases may share a home."""
    base = context.config.match.index or context.config.home / "index"
    return base / hashlib.sha256(display_name(context.engine).encode()).hexdigest()[:12]


def open_library(context: Context) -> Library:
    """The library, up to date with the tables."""
    folder = folder_of(context)
    stored = index_files.read(folder)
    with reading(context.engine) as session:
        library = _from_files(session, folder, stored) if stored else None
        if library is None:
            library = _from_tables(session, folder)
            if library.unwritten >= UNWRITTEN_LEAST:
                log.info("index.rebuilt", versions=len(library.versions), takes=len(library.takes))
    return library


def _from_files(session: Session, folder: Path, stored: Stored) -> Library | None:
    """What the files hold and what was written since; None when they are of another matcher or history, or hollow."""
    stamp, now = stored.stamp, prints.point(session)
    changed = prints.changed_since(session, Point(stamp.number, stamp.token))
    if stamp.matcher != VERSION or changed is None or not stored.indexes.keys() >= {"version", "take"}:
        return None
    library = Library(folder, stored.indexes["version"], stored.indexes["take"], now, stored)
    if not _stands(session, library.versions):
        return None
    for kind, rows in changed.items():
        library.renew(session, kind, rows)
    return library


def _stands(session: Session, versions: Index) -> bool:
    """Are most of the texts still there? Asked of a sample."""
    numbers = versions.numbers
    sample = set(numbers[:: max(1, len(numbers) // SAMPLE)].tolist())
    return len(prints.standing(session, sample)) >= STANDING_SHARE * len(sample)


def _from_tables(session: Session, folder: Path) -> Library:
    library = Library(folder, Index(), Index(), prints.point(session), None)
    kinds: tuple[Kind, ...] = ("version", "take")
    for kind in kinds:
        for part in prints.all_of(session, kind):
            library.add(kind, map(_read, part))
    return library


def _read(stored: Print) -> tuple[int, Hashes, str]:
    return stored.id, from_bytes(stored.fingerprint), stored.owner


def keep(context: Context, library: Library) -> None:
    """Write the library to its files if that is worth it. Where it cannot, the next run takes longer, no more."""
    if not library.is_worth_writing:
        return
    try:
        library.write(context.token())
    except OSError as error:
        log.warning("index.not_written", folder=str(library.folder), reason=error.strerror or str(error))
        return
    with writing(context.engine) as session:
        prints.forget_changes(session, library.reached.number - KEPT_CHANGES)
