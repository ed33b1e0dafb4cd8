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
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from crawler.wire import MAX_BYTES, parse
from crawler.wire.formats import format_of
from jobs.context import Context, log
from jobs.daemon import due
from news.articles import Filing
from news.errors import JobError, NotAStory, UnreadableFiling, WireError
from storage.agency.filings import save_filing
from storage.agency.refusals import RefusedFile, accept, refuse
from storage.engine import writing

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


def wire(context: Context, paths: Iterable[Path]) -> Taken:
    """Read agency files, and all files of folders. What is no story is refused with its reason; the rest is stored.

    Raises JobError for a path that does not exist or cannot be read.
    """
    taken = Taken()
    for path in _files(paths):
        try:
            item = read_file(context, path)
        except OSError as error:
            raise JobError(f"{path} cannot be read: {error.strerror}") from error
        keep(context, item, taken)
    return taken


def drop(context: Context) -> Taken:
    """Read what lies in the drop folder, and move it: to done/, or to refused/ when it is no story.

    A file that is still being written, that cannot be opened or that another process took stays for the next time,
    and keeps none of the others waiting.
    """
    taken = Taken()
    settings = context.config.wire
    files = due.waiting(settings.drop, settings.settle_seconds, time.time()) if settings.drop else []
    for path in files:
        try:
            _take(context, path, settings.settle_seconds * PATIENCE, taken)
        except OSError as error:
            log.warning("wire.left", file=str(path), reason=str(error))
    return taken


def _take(context: Context, path: Path, patience_seconds: float, taken: Taken) -> None:
    before = path.stat()
    item = read_file(context, path)
    rested = time.time() - before.st_mtime
    if isinstance(item.refusal, UnreadableFiling) and rested < patience_seconds:
        return
    if has_changed(path, before):
        return
    keep(context, item, taken)
    _move(path, path.parent / ("refused" if item.refusal else "done"))


def has_changed(path: Path, before: os.stat_result) -> bool:
    """Whether somebody wrote to a file since it was looked at: then what was read of it is not to be stored."""
    after = path.stat()
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def _move(path: Path, folder: Path) -> None:
    """Into the folder, over the same file but never over another that has its name."""
    folder.mkdir(exist_ok=True)
    names = itertools.chain([path.name], (f"{path.stem}.{number}{path.suffix}" for number in itertools.count(2)))
    with suppress(FileNotFoundError):  # another daemon on this folder stored and moved it first
        path.replace(next(folder / name for name in names if _is_free(folder / name, path)))


def _is_free(target: Path, path: Path) -> bool:
    return not target.exists() or filecmp.cmp(target, path, shallow=False)


def read_file(context: Context, path: Path) -> Item:
    """Read one file; no more of it is held than a feed file may have. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
        if len(data) <= MAX_BYTES:
            return read(context, data, str(path))
        file.seek(0)
        digest = file_digest(file, "sha256").hexdigest()
        return read(context, data, str(path), digest=digest, size=file.tell())


def read(context: Context, data: bytes, origin: str, *, digest: str = "", size: int = 0) -> Item:
    """Read bytes; `digest` and `size` are those of the whole where `data` is only its beginning."""
    digest, size = digest or sha256(data).hexdigest(), size or len(data)
    form = format_of(data)
    try:
        filings = parse(data, origin, received=context.now(), agencies=context.catalogue.agencies)
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


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise JobError(f"{path} does not exist")
        yield from sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
