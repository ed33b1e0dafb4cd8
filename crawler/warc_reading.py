"""Pages out of WARC files: CC-NEWS, other crawls, and those this program keeps of its own (crawler.kept_warc).

    records by fastwarc ─> responses with status 200 and a page in them ─> Archived, in the file's order
                        └─ what cannot be read ─> Broken, and on with the next record that can

A damaged gzip member ends fastwarc's iteration; reading goes on at the next place that looks like a record's start.
A file cut off in its last record, as a killed writer leaves it, ends with that record left out.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from crawler.unpacking import MAGIC, gunzipped, inflated
from news.errors import ArchiveError, UnpackingError

_MAGICS: Final = (b"\x1f\x8b\x08", b"WARC/1.")
_LOOKED_AT: Final = 1 << 20
_PAGES: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Archived:
    """A page of an archive: where its record begins, the address it came from, when it was fetched, what came."""

    offset: int
    url: str
    fetched: datetime
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that gave no page although it should, and why."""

    offset: int
    reason: str


def pages(
    path: Path, *, start: int = 0, max_bytes: int, wanted: Callable[[str, datetime], bool] = lambda *_: True
) -> Iterator[Archived | Broken]:
    """The pages among a file's records from byte `start` on, a record's beginning.

    `wanted(url, fetched)` is asked before a body is read. Raises ArchiveError when the file cannot be opened, or
    without fastwarc.
    """
    _fastwarc()
    try:
        file = path.open("rb")
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}") from error
    with file:
        for record in _records(file, start):
            if isinstance(record, Broken):
                yield record
            else:
                yield from _page(record, max_bytes, wanted)


def _records(file: BinaryIO, start: int) -> Iterator[Any]:
    """fastwarc's records, each used before the next is asked for; Broken where reading had to begin anew."""
    while start >= 0:
        last = start
        try:
            for record in _responses(file, start):
                last = record.stream_pos
                yield record
            return
        except OSError as error:
            yield Broken(last, f"damaged record: {_plain(error)}")
        start = _next_start(file, last)


def _responses(file: BinaryIO, start: int) -> Iterator[Any]:
    """Raises OSError at a record that cannot be read."""
    archive_iterator, response = _fastwarc()
    file.seek(start)
    yield from archive_iterator(file, record_types=response, parse_http=False)


def _fastwarc() -> tuple[Any, Any]:
    """The reader and the type of responses. Raises ArchiveError with the way to get them."""
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError as error:
        raise ArchiveError("WARC files need fastwarc: pip install 'wiretrail[archives]'") from error
    return ArchiveIterator, WarcRecordType.response


def _next_start(file: BinaryIO, after: int) -> int:
    """The next byte after a record's where another may begin; -1 when there is none."""
    file.seek(after + 1)
    before, place = b"", after + 1
    while chunk := file.read(_LOOKED_AT):
        block = before + chunk
        found = [at for at in (block.find(magic) for magic in _MAGICS) if at >= 0]
        if found:
            return place - len(before) + min(found)
        before, place = block[-6:], place + len(chunk)
    return -1


def _page(record: Any, max_bytes: int, wanted: Callable[[str, datetime], bool]) -> Iterator[Archived | Broken]:
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    fetched = _date(record)
    if not url.startswith(("http://", "https://")):
        return
    if fetched is None:
        yield Broken(record.stream_pos, "no date")
    elif wanted(url, fetched):
        yield from _with_body(record, url, fetched, max_bytes)


def _date(record: Any) -> datetime | None:
    try:
        when = datetime.fromisoformat(record.headers.get("WARC-Date") or "")
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _with_body(record: Any, url: str, fetched: datetime, max_bytes: int) -> Iterator[Archived | Broken]:
    offset: int = record.stream_pos
    try:
        record.parse_http()
        headers = record.http_headers
        kind = headers.get("Content-Type") or ""
        if headers.status_code != 200 or not kind.lower().startswith(_PAGES):
            return
        declared = record.reader.read(max_bytes + 1)
        if len(declared) <= max_bytes and record.reader.read(1) == b"":
            body = _decoded(declared, headers, max_bytes)
            yield _judged(offset, url, fetched, kind, body, max_bytes, cut=_is_cut(record, declared))
        else:
            yield Broken(offset, "larger than the size limit")
    except UnpackingError as error:
        yield Broken(offset, "larger than the size limit" if error.too_large else f"damaged answer: {error}")
    except (OSError, ValueError, AttributeError, zlib.error) as error:
        yield Broken(offset, f"damaged answer: {_plain(error)}")


def _judged(
    offset: int, url: str, fetched: datetime, kind: str, body: bytes, max_bytes: int, *, cut: bool
) -> Archived | Broken:
    if cut:
        return Broken(offset, "cut off")
    if len(body) > max_bytes:
        return Broken(offset, "larger than the size limit")
    return Archived(offset, url, fetched, kind, body) if body else Broken(offset, "empty")


def _is_cut(record: Any, body: bytes) -> bool:
    """Whether the crawler or the file's end cut the body: fastwarc gives what there is, and no error."""
    return bool(record.headers.get("WARC-Truncated")) or len(body) < record.content_length


def _decoded(body: bytes, headers: Any, max_bytes: int) -> bytes:
    """The body without transfer and content encodings. Crawlers that decode often leave the header: bytes decide."""
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower() and _is_chunked(body):
        from fastwarc.stream_io import ChunkedReader

        body = ChunkedReader(io.BytesIO(body)).read(max_bytes + 1)
    encoding = (headers.get("Content-Encoding") or "").lower()
    if "gzip" in encoding and body.startswith(MAGIC):
        return b"".join(gunzipped(body, max_bytes))
    if "deflate" in encoding and body[:1] == b"\x78":
        return inflated(body, max_bytes)
    if encoding.strip() == "br" and not body.lstrip().startswith(b"<"):
        from fastwarc.stream_io import BrotliReader

        return bytes(BrotliReader(io.BytesIO(body)).read(max_bytes + 1))
    return body


def _is_chunked(body: bytes) -> bool:
    size = body[:18].partition(b"\r\n")[0].partition(b";")[0].strip()
    return bool(size) and all(letter in b"0123456789abcdefABCDEF" for letter in size)


def _plain(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
