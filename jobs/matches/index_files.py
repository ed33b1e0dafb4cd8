"""The matcher's indexes in files: written beside what stands, named by a stamp that is replaced last.

    folder/   <token>-<index>-texts.npy          the texts by slot, written anew each time (24 bytes a text)
              <token>-<index>-postings.npy ...   segments, written once, memory-mapped by whoever reads
              stamp.json                         which of them belong together, their sums, and up to which change

A crash at any point leaves the old stamp with its files, or the new one with its own. Whatever does not add up is
not believed: `read` gives None, and the caller makes the indexes anew from the tables.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from matcher.index import Index, Segment

STAMP: Final = "stamp.json"
_FORMAT: Final = 1
_ORPHAN_SECONDS: Final = 3600.0
"""A file no stamp names may be one another process is about to name; after an hour nobody is."""

_Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the files hold: indexes made by this matcher, of every change up to `number` of the history of `token`."""

    matcher: str
    number: int
    token: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Indexes as read or written, the files of each segment, and every file the stamp names."""

    stamp: Stamp
    indexes: Mapping[str, Index]
    files_of: Mapping[Segment, tuple[str, str]]
    named: frozenset[str]


def read(folder: Path) -> Stored | None:
    """What the folder holds; None when there is nothing, or something does not add up."""
    try:
        written = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if written["format"] != _FORMAT:
            return None
        files_of: dict[Segment, tuple[str, str]] = {}
        indexes = {name: _index(folder, files, files_of) for name, files in written["indexes"].items()}
        return Stored(Stamp(**written["stamp"]), indexes, files_of, frozenset(_named(written["indexes"])))
    except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError):
        return None


def _index(folder: Path, files: Mapping[str, Any], files_of: dict[Segment, tuple[str, str]]) -> Index:
    segments = []
    for postings, starts in files["segments"]:
        segment = Segment(_array(folder, postings, np.uint64), _array(folder, starts, np.uint32))
        files_of[segment] = postings["name"], starts["name"]
        segments.append(segment)
    texts = _array(folder, files["texts"], np.int64)
    if texts.ndim != 2 or len(texts) != 3:
        raise ValueError("texts by slot have three rows")
    return Index.of_stored(texts, segments)


def _array(folder: Path, file: Mapping[str, Any], kind: type[np.generic]) -> _Array:
    """A file's array, mapped, its sum compared. Raises ValueError when it is not the one the stamp names."""
    name = str(file["name"])
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no name of a file in the folder")
    mapped = np.load(folder / name, mmap_mode="r", allow_pickle=False)
    plain: _Array = np.asarray(mapped)
    if plain.dtype != kind or list(plain.shape) != file["shape"] or _sum(plain) != file["sum"]:
        raise ValueError(f"{name} is damaged")
    return plain


def _sum(array: _Array) -> int:
    """The sum of all entries modulo 2**64: a tenth of a second for the index of a million texts."""
    return int(np.add.reduce(array, axis=None, dtype=np.uint64))


def write(folder: Path, stamp: Stamp, indexes: Mapping[str, Index], known: Stored | None, token: str) -> Stored:
    """Store the indexes; segments that stand in the folder already are not written again. Raises OSError.

    `known` is what was read from the folder or last written to it; `token` is random, and names the new files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return _write(folder, stamp, indexes, known, token)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process writes into the folder at a time: each removes what the stamp before its own named."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(folder: Path, stamp: Stamp, indexes: Mapping[str, Index], known: Stored | None, token: str) -> Stored:
    files_of: dict[Segment, tuple[str, str]] = {}
    described = {
        name: _write_index(folder, f"{token}-{name}", index, known.files_of if known else {}, files_of)
        for name, index in indexes.items()
    }
    content = {"format": _FORMAT, "stamp": _fields(stamp), "indexes": described}
    temporary = folder / f"{token}-{STAMP}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        _sync(file.fileno())
    temporary.replace(folder / STAMP)
    _sync_folder(folder)
    named = frozenset(_named(described))
    _tidy(folder, named, known.named - named if known else frozenset())
    return Stored(stamp, indexes, files_of, named)


def _fields(stamp: Stamp) -> dict[str, Any]:
    return {"matcher": stamp.matcher, "number": stamp.number, "token": stamp.token}


def _write_index(
    folder: Path,
    prefix: str,
    index: Index,
    known: Mapping[Segment, tuple[str, str]],
    files_of: dict[Segment, tuple[str, str]],
) -> dict[str, Any]:
    texts, segments = index.stored()
    described = []
    for number, segment in enumerate(segments):
        standing = known.get(segment)
        if standing is not None and not all((folder / name).exists() for name in standing):
            standing = None  # another process wrote the index meanwhile, and removed what it did not name
        postings, starts = standing or (f"{prefix}-postings{number}.npy", f"{prefix}-starts{number}.npy")
        if standing is None:
            _write_array(folder / postings, segment.postings)
            _write_array(folder / starts, segment.starts)
        files_of[segment] = postings, starts
        described.append([_described(postings, segment.postings), _described(starts, segment.starts)])
    name = f"{prefix}-texts.npy"
    _write_array(folder / name, texts)
    return {"texts": _described(name, texts), "segments": described}


def _described(name: str, array: _Array) -> dict[str, Any]:
    return {"name": name, "shape": list(array.shape), "sum": _sum(array)}


def _write_array(path: Path, array: _Array) -> None:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        _sync(file.fileno())


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _named(described: Mapping[str, Any]) -> Iterator[str]:
    for files in described.values():
        yield files["texts"]["name"]
        for postings, starts in files["segments"]:
            yield from (postings["name"], starts["name"])


def _tidy(folder: Path, named: Collection[str], former: Collection[str]) -> None:
    """Remove what the former stamp named, and what a process that died never came to name.

    A process that has such a file mapped keeps it until it ends.
    """
    written = (folder / STAMP).stat().st_mtime
    for path in folder.iterdir():
        if path.name == STAMP or path.name in named:
            continue
        try:
            if path.name in former or path.stat().st_mtime < written - _ORPHAN_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue  # another process tidied it away
