"""The wire job: agencies' files into filings, by hand, from the drop folder, or an interface (jobs.agency.polling).

    bytes ─> crawler.wire.parse ─> all filings of the file, in one transaction ─> then the file is moved to done/
                  └─ no story, or unreadable ─> storage.agency.refusals, with its reason ─> refused/

A file is moved only after what it holds is stored: killed between the two, it is read again, which changes nothing.
"""

from __future__ import annotations

import filecmp
import itertools
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import Final

from sqlalchemy.orm import Session

from crawler.wire import MAX_BYTES, parse
from crawler.wire.formats import format_of
from jobs import due
from jobs.context import Context, log
from news.articles import Filing
from news.errors import JobError, NotAStory, UnreadableFiling, WireError
from news.names import LONGEST_NAME_BYTES, bounded
from storage import set_aside
from storage.agency.filings import save_filing
from storage.agency.refusals import RefusedFile, accept, refuse
from storage.engine import is_away, reading, writing

PATIENCE: Final = 15
"""Times the settling time that an unreadable file may rest in the drop folder before it is refused: whoever writes it
may only have stopped for breath, and what is no story for good does not need the wait."""


@dataclass(slots=True)
class Taken:
    """What a wire job did. `refused` holds one sentence for each file or document that is no story."""

    filings: int = 0
    new_takes: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Item:
    """A file or document, read: its filings, or why there are none."""

    origin: str
    sha256: str
    bytes: int
    format: str
    filings: tuple[Filing, ...] = ()
    refusal: WireError | None = None


def wire(context: Context, paths: Iterable[Path], agency: str = "") -> Taken:
    """Read agency files, and all files of folders. What is no story is refused with its reason; the rest is stored.

    `agency` is whose a file is that names none. What cannot be read or stored keeps no other file from it. Raises
    JobError for a path that does not exist, and for an agency the catalogue does not know.
    """
    _check_known(context, [agency] if agency else [])
    taken = Taken()
    for path in _files(paths):
        try:
            with context.unit("file", str(path)):
                keep(context, read_file(context, path, agency), taken)
        except OSError as error:
            taken.refused.append(f"{path} cannot be read: {error.strerror}")
        except Exception as error:
            taken.refused.append(f"{path} cannot be stored: {_reason(error)}")
    return taken


def drop(context: Context) -> Taken:
    """Read what lies in the drop folders, and move it: to done/, or to refused/ when it is no story.

    A file that is still being written, that cannot be opened or that another process took stays for the next time; one
    that fails otherwise is set aside. Neither keeps any of the others waiting. Raises JobError for a configured agency
    the catalogue does not know, and the database's errors when that is away: no file is to blame.
    """
    settings = context.config.wire
    _check_known(context, settings.folders)
    taken = Taken()
    with reading(context.engine) as session:
        held, failed = set_aside.held(session, "file", context.now()), set_aside.known(session, "file")
    for folder, agency in settings.watched():
        _note_folders(context, folder)
        for path in due.waiting(folder, settings.settle_seconds, time.time()):
            name = set_aside.name_of(str(path))
            if name not in held and _try(context, path, agency, taken) and name in failed:
                _clear(context, name)
    watched = {folder for folder, _ in settings.watched()}
    _clear(context, *(name for name in failed if Path(name).parent in watched and not os.path.lexists(name)))
    return taken


def _check_known(context: Context, agencies: Iterable[str]) -> None:
    for agency in agencies:
        if agency not in context.catalogue.agencies:
            way_out = "give the code of an agency of the catalogue, or add an [[agency]] with that code"
            raise JobError(f"agency {agency!r} (wire.folders, --agency) is not known: {way_out}")


def _try(context: Context, path: Path, agency: str, taken: Taken) -> bool:
    """Take one file; whether it has been dealt with. What it raises is its own affair, unless the database is away."""
    shown = bounded(str(path), LONGEST_NAME_BYTES)
    try:
        with context.in_hand.at_work("file", str(path)):
            return _take(context, path, agency, taken)
    except OSError as error:
        log.warning("wire.left", file=shown, reason=str(error))
    except Exception as error:
        reason = _reason(error)
        log.error("wire.set_aside", file=shown, reason=reason)
        with writing(context.engine) as session:
            set_aside.fail(session, "file", str(path), reason, context.now())
        taken.refused.append(f"{shown}: set aside: {reason}")
    return False


def _reason(error: Exception) -> str:
    """Why a file could not be taken. Raises the error again when the database is away: no file is to blame."""
    if is_away(error):
        raise error
    return f"{type(error).__name__}: {error}".partition("\n")[0][:300]


def _note_folders(context: Context, folder: Path) -> None:
    """Say once of each folder inside a drop folder that nobody looks into it."""
    ours = {watched for watched, _ in context.config.wire.watched()} | {folder / "done", folder / "refused"}
    found = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()] if folder.is_dir() else []
    for path in sorted(path for path in found if path not in ours and not path.name.startswith(".")):
        origin = bounded(str(path), LONGEST_NAME_BYTES)
        digest, reason = sha256(f"a folder {origin}".encode()).hexdigest(), "a folder, which is not looked into"
        with writing(context.engine) as session:
            new = refuse(session, RefusedFile(digest, origin, context.now(), "a folder", "no story", reason, 0))
        if new:
            log.warning("wire.refused", file=origin, reason=reason)


def _clear(context: Context, *names: str) -> None:
    """Set aside no more: they were read, or somebody took them away."""
    if names:
        with writing(context.engine) as session:
            set_aside.clear(session, "file", names)


def _take(context: Context, path: Path, agency: str, taken: Taken) -> bool:
    before = path.lstat()
    item = read_file(context, path, agency) if S_ISREG(before.st_mode) else _link(path, before)
    if item.refusal is None and before.st_nlink > 1:
        item = replace(item, filings=(), refusal=UnreadableFiling(item.origin, "a file with a second name elsewhere"))
    # A delivery that links the file here and then takes its first name away changes it last when it is done.
    rested = time.time() - (before.st_mtime if before.st_nlink == 1 else before.st_ctime)
    patience_seconds = context.config.wire.settle_seconds * PATIENCE
    if isinstance(item.refusal, UnreadableFiling) and item.bytes <= MAX_BYTES and rested < patience_seconds:
        return False
    if has_changed(path, before):
        return False
    keep(context, item, taken)
    _move(path, path.parent / ("refused" if item.refusal else "done"))
    return True


def _link(path: Path, seen: os.stat_result) -> Item:
    """What is no file: to follow it would read, or wait for, something outside of the folder."""
    origin = bounded(str(path), LONGEST_NAME_BYTES)
    what = "a link" if S_ISLNK(seen.st_mode) else "a pipe, socket or device"
    reason = f"{what}, which is not followed"
    return Item(origin, sha256(f"{what} {origin}".encode()).hexdigest(), 0, what, refusal=NotAStory(origin, reason))


def has_changed(path: Path, before: os.stat_result) -> bool:
    """Whether somebody wrote to a file since it was looked at: then what was read of it is not to be stored."""
    after = path.lstat()
    return _identity(before) != _identity(after)


def _identity(seen: os.stat_result) -> tuple[int, ...]:
    return seen.st_ino, seen.st_mode, seen.st_size, seen.st_mtime_ns


def _move(path: Path, folder: Path) -> None:
    """Into the folder, over the same file but never over another that has its name."""
    folder.mkdir(exist_ok=True)
    names = itertools.chain([path.name], (f"{path.stem}.{number}{path.suffix}" for number in itertools.count(2)))
    with suppress(FileNotFoundError):  # another daemon on this folder stored and moved it first
        path.replace(next(folder / name for name in names if _is_free(folder / name, path)))


def _is_free(target: Path, path: Path) -> bool:
    """Nothing there, or the same; of what is no file or too large to be one of an agency, nobody looks."""
    if not os.path.lexists(target):
        return True
    there, here = target.lstat(), path.lstat()
    alike = S_ISREG(there.st_mode) and S_ISREG(here.st_mode) and there.st_size == here.st_size <= MAX_BYTES
    return alike and filecmp.cmp(target, path, shallow=False)


def read_file(context: Context, path: Path, agency: str = "") -> Item:
    """Read one file; of one larger than a feed file may be only the beginning. Raises OSError.

    One that turned into a link after it was looked at is not followed, and nobody waits for a pipe's other end.
    """
    origin = bounded(str(path), LONGEST_NAME_BYTES)
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        os.set_blocking(file.fileno(), True)
        data, size = file.read(MAX_BYTES + 1), os.fstat(file.fileno()).st_size
    if len(data) <= MAX_BYTES:
        return read(context, data, origin, agency=agency)
    # To hash all of it takes as long as somebody wants: its beginning and its size tell it well enough from others.
    digest = sha256(b"%d bytes, beginning with " % size + data).hexdigest()
    return read(context, data, origin, digest=digest, size=size)


def read(context: Context, data: bytes, origin: str, *, agency: str = "", digest: str = "", size: int = 0) -> Item:
    """Read bytes; where `data` is only the beginning, `digest` stands for all and `size` is the whole's."""
    digest, size = digest or sha256(data).hexdigest(), size or len(data)
    form = format_of(data)
    try:
        filings = parse(data, origin, received=context.now(), agencies=context.catalogue.agencies, agency=agency)
    except WireError as error:
        return Item(origin, digest, size, form, refusal=error)
    except Exception as error:  # our own reader's fault must not keep the files behind this one waiting
        log.exception("wire.reader_failed", file=origin)
        failed = UnreadableFiling(origin, f"our reader failed: {type(error).__name__}: {error}"[:300])
        return Item(origin, digest, size, form, refusal=failed)
    return Item(origin, digest, size, form, filings)


def keep(context: Context, item: Item, taken: Taken) -> None:
    """Store what was read, whole or not at all."""
    with writing(context.engine) as session:
        store(session, item, context.now(), taken)
    if item.refusal is None:
        log.info("wire.read", file=item.origin, filings=len(item.filings))
    else:
        log.warning("wire.refused", file=item.origin, reason=item.refusal.reason)


def store(session: Session, item: Item, now: datetime, taken: Taken) -> None:
    """Store an item's filings, or the reason there are none, in a transaction of the caller's."""
    if item.refusal is not None:
        kind = "no story" if isinstance(item.refusal, NotAStory) else "unreadable"
        refuse(
            session,
            RefusedFile(item.sha256, item.origin, now, item.format, kind, item.refusal.reason, item.bytes),
        )
        taken.refused.append(str(item.refusal))
        return
    for filing in item.filings:
        saved = save_filing(session, filing, received_at=now)
        taken.filings += 1
        taken.new_takes += saved.new
    accept(session, item.sha256)


def store_or_refuse(session: Session, item: Item, now: datetime, taken: Taken) -> Item:
    """Store an item among others of one transaction; one that fails is refused with its reason, and only that one.

    Returns the item as it was taken. Raises the database's error when that is away.
    """
    before = taken.filings, taken.new_takes
    try:
        with session.begin_nested():
            store(session, item, now, taken)
        return item
    except Exception as error:
        reason = f"it could not be stored: {_reason(error)}"
        taken.filings, taken.new_takes = before
        item = replace(item, filings=(), refusal=UnreadableFiling(item.origin, reason))
        store(session, item, now, taken)
        return item


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise JobError(f"{path} does not exist")
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
