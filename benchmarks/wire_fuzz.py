"""Mutated agency files against crawler.wire.parse(): no unhandled exception, no runaway memory, nothing fetched.

    .venv/bin/python -m benchmarks.wire_fuzz       20,000 mutants of the fixtures and of ../shared
    .venv/bin/python -m benchmarks.wire_fuzz --count 500 --seed 7

Every mutant may end as filings, NotAStory or UnreadableFiling; anything else is printed with its seed and fails
the run. A listener on loopback stands where the hostile documents' entities and DTDs point.
"""

from __future__ import annotations

import argparse
import random
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from crawler.wire import parse
from news.catalogue import default_catalogue
from news.errors import NotAStory, UnreadableFiling

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (ROOT / "tests/wire/data", ROOT.parent / "shared/data/wire")
RECEIVED = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
MEMORY_LIMIT_MB = 300
_SPICE = (
    *(b"\x00", b"\x01\x02\x03", b"\xff\xfe", b"&amp;", b"&#x0;", b"]]>", b"<![CDATA[", b"{", b"[", b'"', b"\\ud800"),
    *(b"9" * 400, b"T99:99:99Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31", "\u202e".encode(), b"<p>", b"</nitf>"),
)
_NITF = b"<nitf><body><body.content><p>&e;</p></body.content></body></nitf>"


def hostile(port: int) -> list[bytes]:
    """Documents that try to fetch, expand or nest without end."""
    there = f"http://127.0.0.1:{port}/x".encode()
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE nitf [<!ENTITY l0 "ha">' + laughs + b"]>"
    return [
        b'<!DOCTYPE nitf [<!ENTITY e SYSTEM "' + there + b'">]>' + _NITF,
        b'<!DOCTYPE nitf [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + _NITF,
        b'<!DOCTYPE NewsML SYSTEM "' + there + b'"><NewsML/>',
        b'<!DOCTYPE nitf [<!ENTITY % p SYSTEM "' + there + b'">%p;]><nitf/>',
        bomb + b"<nitf><head><title>&l9;</title></head></nitf>",
        bomb + b'<nitf a="&l9;"/>',
        b"<nitf>" + b"<block>" * 50_000,
        b'{"uri":"a","type":"text","body_html":"' + b"<div>" * 50_000 + b'"}',
        b"[" * 100_000,
        b'{"uno":' + b"[" * 5_000 + b"]" * 5_000 + b',"news":"a"}',
        b"ZCZC " + b"#:=^" * 100_000,
        b'{"agency":"AFP","id":"1","text":"' + b"(" * 200_000 + b'"}',
        b'{"agency":"AFP","id":"1","text":"' + b"PARIS, " * 100_000 + b'"}',
    ]


def _cut(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    del out[at : at + chance.randint(1, 200)]


def _double(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    out[at:at] = out[at : at + chance.randint(1, 200)] * chance.randint(1, 20)


def _overwrite(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    out[at] = chance.randrange(256)


def _spice(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    out[at:at] = chance.choice(_SPICE)


def _truncate(out: bytearray, at: int, _chance: random.Random, _: bytes) -> None:
    del out[at + 1 :]


def _cross(out: bytearray, at: int, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(max(1, len(other)))
    out[at : at + chance.randint(1, 200)] = other[start : start + chance.randint(1, 200)]


def _respell(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    """A letter for a letter, a digit for a digit: the document stays well formed and the readers behind are reached."""
    for n in range(at, min(len(out), at + 300)):
        if 97 <= out[n] <= 122 and chance.random() < 0.2:
            out[n] = chance.randrange(97, 123)
        elif 48 <= out[n] <= 57:
            out[n] = chance.randrange(48, 58)


def _replace(out: bytearray, at: int, chance: random.Random, _: bytes) -> None:
    out[:] = out.replace(bytes(out[at : at + 2]), chance.choice(_SPICE), 3)


WOUNDS = (_cut, _double, _overwrite, _spice, _truncate, _cross, _respell, _respell, _respell, _replace)


def mutate(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """One to four random wounds."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if out:
            chance.choice(WOUNDS)(out, chance.randrange(len(out)), chance, other)
    return bytes(out[:6_000_000])


def mutants(count: int, seed: int, files: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """`count` numbered mutants, each reproducible from the seed and its number."""
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        yield number, mutate(chance.choice(files), chance.choice(files), chance)


def outcome(data: bytes, name: str) -> str:
    """The kind of end a mutant came to; raises what parse() must not raise."""
    try:
        filings = parse(data, name, received=RECEIVED, agencies=default_catalogue().agencies)
    except NotAStory:
        return "not a story"
    except UnreadableFiling:
        return "unreadable"
    for filing in filings:
        "".join((filing.headline, filing.notice, *filing.paragraphs)).encode("utf-8")
    return "filings"


def main() -> int:
    """Run, print counts, speed and peak memory; 1 when anything escaped, was fetched, or memory ran over."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    files = [
        path.read_bytes()
        for folder in FOLDERS
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if not path.name.endswith(".expected.json")
    ]
    started, ends, slowest, escaped = time.perf_counter(), Counter[str](), 0.0, 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        bad = [(-n, data) for n, data in enumerate(hostile(listener.getsockname()[1]), start=1)]
        for number, data in chain(bad, mutants(given.count, given.seed, files)):
            before = time.perf_counter()
            try:
                ends[outcome(data, f"mutant {number}")] += 1
            except Exception as error:
                escaped += 1
                print(f"mutant {number}: {type(error).__name__}: {error}")
            slowest = max(slowest, time.perf_counter() - before)
        fetched = _was_asked(listener)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - started
    print(f"{sum(ends.values()) + escaped} inputs from {len(files)} files in {seconds:.0f} s: {dict(ends)}")
    print(f"escaped {escaped}, fetched {fetched}, slowest {slowest * 1000:.0f} ms, peak memory {peak:.0f} MB")
    return int(bool(escaped or fetched or peak > MEMORY_LIMIT_MB))


def _was_asked(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
