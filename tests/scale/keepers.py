"""What several processes do at once in a test of kept pages: apart, so that they load little."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from crawler.kept_warc import Exchanged, Keeper, Keeping

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def exchanged(number: int, body: bytes = b"<html>one</html>", at: datetime = T0) -> Exchanged:
    url = f"https://post.example/{number}?q=é"
    headers = ((b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip"), (b"X-Odd", b"a\r\nWARC-Type: resource"))
    return Exchanged(url, at, url, ((b"User-Agent", b"wiretrail/0"),), url, 200, headers, body)


def keep_many(folder: Path, child: int) -> None:
    keeper = Keeper(Keeping(folder, "m"), "w")
    for number in range(30):
        keeper.keep(exchanged(child * 100 + number, b"%d " % number * 2_000))
