"""A cheap web server in a process of its own, on several loopback addresses, for benchmarks of the crawl.

It answers from memory over kept-alive connections, with a head that is made once: about a tenth of what a client pays.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection

Pages = Mapping[str, tuple[str, bytes]]
"""By path: content type and body."""


class _Answering(asyncio.Protocol):
    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        self._answers = answers
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a TCP connection's is one

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            self._transport.write(self._answers.get(path) or self._answers[b"missing"])


def _serve(pages: Pages, addresses: list[str], ready: Connection) -> None:
    answers = {path.encode(): _answer(200, *page) for path, page in pages.items()}
    answers[b"missing"] = _answer(404, "text/plain", b"nothing here")

    async def run() -> None:
        loop = asyncio.get_running_loop()
        first = await loop.create_server(lambda: _Answering(answers), addresses[0], 0)
        port = first.sockets[0].getsockname()[1]
        for address in addresses[1:]:
            await loop.create_server(lambda: _Answering(answers), address, port)
        ready.send(port)
        await asyncio.Event().wait()

    asyncio.run(run())


def _answer(status: int, kind: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@contextmanager
def served(pages: Pages, hosts: int) -> Iterator[list[str]]:
    """The hosts (with port) at which each of the pages stands, while it runs. Linux has all of 127.0.0.0/8."""
    addresses = [f"127.0.0.{number}" for number in range(1, hosts + 1)]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(dict(pages), addresses, theirs), daemon=True)
    process.start()
    try:
        port = ours.recv()
        yield [f"{address}:{port}" for address in addresses]
    finally:
        process.terminate()
        process.join()
