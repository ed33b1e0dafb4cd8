"""Fetched pages kept as WARC/1.1: what an outlet sent, when, and to which request, as evidence.

    a page's answer ─> response and request records, each a gzip member, with their hashes ─> appended to the file of
    the UTC day and machine under a lock ─> (file, offset), which goes into the row of the fetch

A body that was kept already on the same day is not written again: a revisit record points to it, so that every day
stands by itself and can be removed by itself. A writer killed in the middle leaves one torn member, which readers of
crawler.warc_reading step over.
"""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import os
import platform
import re
import struct
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Final

REVISIT_PROFILE: Final = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NAME: Final = re.compile(r"pages-(\d{8})-[\w.-]{1,80}\.warc\.gz")
_DROPPED: Final = frozenset({b"content-encoding", b"transfer-encoding", b"content-length"})

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One request and its answer, the body as decoded. `page` is the address we know it by, `at` when it came."""

    page: str
    at: datetime
    asked_url: str
    asked: Headers
    url: str
    status: int
    answered: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where pages are kept, and which bodies were kept already: (page, SHA-256) -> when."""

    folder: Path
    machine: str = field(default_factory=lambda: re.sub(r"[^\w.-]", "-", platform.node())[:80] or "machine")
    known: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


class Keeper:
    """Appends to the day's file. Raises OSError when that cannot be written."""

    def __init__(self, keeping: Keeping, software: str) -> None:
        self._keeping = keeping
        self._software = software
        self._known = dict(keeping.known)

    def keep(self, exchanged: Exchanged) -> Place:
        """Write one exchange; returns where its response or revisit record begins."""
        key = (exchanged.page, hashlib.sha256(exchanged.body).hexdigest())
        before = self._known.get(key)
        same = before if before is not None and before.date() == exchanged.at.date() else None
        place = self._append(exchanged.at.astimezone(UTC).date(), records(exchanged, same))
        if same is None:
            self._known[key] = exchanged.at
        return place

    def _append(self, day: date, made: Sequence[bytes]) -> Place:
        """All records in one write, under a lock that other children of this machine wait for."""
        self._keeping.folder.mkdir(parents=True, exist_ok=True)
        name = f"pages-{day:%Y%m%d}-{self._keeping.machine}.warc.gz"
        packed = b"".join(gzip.compress(one, 6, mtime=0) for one in made)
        descriptor = os.open(self._keeping.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            offset = os.lseek(descriptor, 0, os.SEEK_END)
            head = gzip.compress(_info(self._software), 6, mtime=0) if offset == 0 else b""
            _write_whole(descriptor, head + packed, offset)
        finally:
            os.close(descriptor)
        return Place(name, offset + len(head))


def erase(folder: Path, place: Place) -> bool:
    """Write a record of nothing over a response and its request: all other records stay where they are.

    False when the file is gone, or no record begins there.
    """
    path = folder / place.file
    if day_of(place.file) is None or not path.is_file():
        return False
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        length = _member_length(file, place.offset)
        length += _member_length(file, place.offset + length) if length else 0
        file.seek(place.offset)
        file.write(_nothing(length))
    return length > 0


def _member_length(file: IO[bytes], offset: int) -> int:
    """How many bytes the gzip member has that begins there; 0 for none."""
    unpacking, length = zlib.decompressobj(31), 0
    file.seek(offset)
    while not unpacking.eof:
        piece = file.read(1 << 16)
        if not piece:
            return 0
        try:
            unpacking.decompress(piece)
        except zlib.error:
            return 0
        length += len(piece) - len(unpacking.unused_data)
    return length


def _nothing(length: int) -> bytes:
    """A record without content as one gzip member of so many bytes: zeros, and an extra field (RFC 1952) for the rest.

    Readers of WARC files stop at a member that is no record. What is too short for one (none of ours) becomes zeros.
    """
    padding = max(length - 0xFFFF, 0)
    dated = [("WARC-Date", "1970-01-01T00:00:00Z")]
    erased = _record("metadata", _identity(), "application/octet-stream", bytes(padding), dated)
    packed = gzip.compress(erased, 0 if padding else 9, mtime=0)
    extra = length - len(packed) - 2
    if extra < 0:
        return bytes(length)
    return packed[:3] + b"\x04" + packed[4:10] + struct.pack("<H", extra) + bytes(extra) + packed[10:]


def _write_whole(descriptor: int, data: bytes, offset: int) -> None:
    """Everything or nothing, as far as this process decides: a full disk leaves no half record behind."""
    written = 0
    try:
        while written < len(data):
            written += os.write(descriptor, data[written:])
    except OSError:
        os.ftruncate(descriptor, offset)
        raise


def records(exchanged: Exchanged, same_as: datetime | None) -> list[bytes]:
    """The response (or revisit) and request records of an exchange, uncompressed."""
    head = f"HTTP/1.1 {exchanged.status} {_phrase(exchanged.status)}\r\n".encode()
    head += b"".join(b"%s: %s\r\n" % (name, _line(value)) for name, value in _sent(exchanged)) + b"\r\n"
    payload = _digest(exchanged.body)
    response_id = _identity()
    common = [("WARC-Target-URI", exchanged.url), ("WARC-Date", _instant(exchanged.at))]
    if same_as is None:
        kind, block = "response", head + exchanged.body
        extra = [("WARC-Payload-Digest", payload)]
    else:
        kind, block = "revisit", head
        extra = [
            ("WARC-Payload-Digest", payload),
            ("WARC-Profile", REVISIT_PROFILE),
            ("WARC-Refers-To-Target-URI", exchanged.url),
            ("WARC-Refers-To-Date", _instant(same_as)),
        ]
    answer = _record(kind, response_id, "application/http; msgtype=response", block, [*common, *extra])
    question = _request_block(exchanged)
    asked = [("WARC-Target-URI", exchanged.asked_url), common[1], ("WARC-Concurrent-To", response_id)]
    return [answer, _record("request", _identity(), "application/http; msgtype=request", question, asked)]


def _sent(exchanged: Exchanged) -> Iterator[tuple[bytes, bytes]]:
    """The answer's headers; those that no longer hold for the decoded body under another name, as CC-NEWS has them."""
    for name, value in exchanged.answered:
        yield (b"X-Crawler-" + name if name.lower() in _DROPPED else name), value
    yield b"Content-Length", str(len(exchanged.body)).encode()


def _request_block(exchanged: Exchanged) -> bytes:
    path = "/" + exchanged.asked_url.partition("://")[2].partition("/")[2]
    lines = [f"GET {path} HTTP/1.1".encode("ascii", "replace")]
    lines += [b"%s: %s" % (name, _line(value)) for name, value in exchanged.asked]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _record(kind: str, identity: str, content_type: str, block: bytes, extra: Sequence[tuple[str, str]]) -> bytes:
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {identity}",
        *(f"{name}: {value}" for name, value in extra),
        f"Content-Type: {content_type}",
        f"WARC-Block-Digest: {_digest(block)}",
        f"Content-Length: {len(block)}",
    ]
    return "\r\n".join(head).encode("utf-8", "replace") + b"\r\n\r\n" + block + b"\r\n\r\n"


def _info(software: str) -> bytes:
    block = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
    date_ = [("WARC-Date", _instant(datetime.now(UTC)))]
    return _record("warcinfo", _identity(), "application/warc-fields", block, date_)


def _digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode()


def _identity() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _line(value: bytes) -> bytes:
    """A header's value on one line: what a server sends must not make a header of ours."""
    return b" ".join(value.split())


def _phrase(status: int) -> str:
    return {200: "OK", 404: "Not Found", 410: "Gone"}.get(status, "-")


def day_of(name: str) -> date | None:
    """The day of a file of kept pages, by its name; None for any other file."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date() if found else None


def files(folder: Path) -> list[Path]:
    """The files of kept pages, the oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if day_of(path.name) is not None)
