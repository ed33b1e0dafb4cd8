"""Compressed bytes, piece by piece: what comes out is bounded, and what it costs grows with what goes in.

A gzip file may hold many members. Each one's end hands back all that stands behind it, so members are fed in small
pieces: 200,000 empty ones in 4 MB copied 400 GB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from news.errors import UnpackingError

MAGIC = b"\x1f\x8b"
MOST_MEMBERS = 10_000
"""Of files that name their tool, bgzip's have most: one for 64 kB."""
_AUTO, _RAW, _GZIP = 47, -15, 31
_FED_BYTES, _GIVEN_BYTES = 16 * 1024, 64 * 1024


def gunzipped(body: bytes, most_bytes: int) -> Iterator[bytes]:
    """What all members of a gzip file hold; padding after the last is ignored, as browsers do.

    Raises UnpackingError.
    """
    if not body.startswith(MAGIC):
        raise UnpackingError("it is not gzip")
    begin, left = 0, most_bytes
    for _ in range(MOST_MEMBERS):
        end = begin
        for end, piece in _stream(body, begin, _GZIP, left):  # noqa: B007  -- where the member ended, used after it
            left -= len(piece)
            yield piece
        if not body.startswith(MAGIC, end):
            return
        begin = end
    raise UnpackingError(f"it is packed in over {MOST_MEMBERS:,} pieces")


def inflated(body: bytes, most_bytes: int) -> bytes:
    """A stream called deflate: the standard means zlib, many servers send it bare. Raises UnpackingError."""
    wbits = _AUTO if body[:1] == b"\x78" else _RAW
    return b"".join(piece for _, piece in _stream(body, 0, wbits, most_bytes))


def _stream(body: bytes, at: int, wbits: int, left: int) -> Iterator[tuple[int, bytes]]:
    """One whole stream from byte `at` on, in pieces of 64 KiB at most, each with the place reading has come to."""
    unpacker = zlib.decompressobj(wbits=wbits)
    while not unpacker.eof:
        fed = body[at : at + _FED_BYTES]
        try:
            piece = unpacker.decompress(fed, _GIVEN_BYTES)
        except zlib.error:
            raise UnpackingError("it is damaged") from None
        at += len(fed) - len(unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail)
        left -= len(piece)
        if left < 0:
            raise UnpackingError("it unpacks to more than the size limit", too_large=True)
        if not fed and not piece and not unpacker.eof:
            raise UnpackingError("it ends too early")
        yield at, piece
