"""A web site on loopback that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

TDMREP = "/.well-known/tdmrep.json"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True)
class Answer:
    """What to send. `raw` is written to the socket as it is, `slow_seconds` passes before anything is sent, and
    `drip_seconds` before each twentieth of the body."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    slow_seconds: float = 0.0
    drip_seconds: float = 0.0


Reply = Answer | str | Callable[[Asked], Answer]


class Unhurried:
    """A reply that takes its time, and notes how many requests of a host were under way at once.

    A request is over before its answer is sent, so that one that follows the answer is never taken for a second.
    """

    def __init__(self, seconds: float) -> None:
        self.most: dict[str, int] = {}
        self.crowded: list[Asked] = []
        self._seconds = seconds
        self._under_way: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        host = asked.headers["Host"]
        with self._lock:
            now = self._under_way[host] = self._under_way.get(host, 0) + 1
            self.most[host] = max(self.most.get(host, 0), now)
            if now > 1:
                self.crowded.append(asked)
        time.sleep(self._seconds)
        with self._lock:
            self._under_way[host] -= 1
        return Answer(page(f"Story at {asked.path}"))


class Site:
    """`site["/path"] = Answer(...)`, then ask `site.url("/path")`. Unknown paths are 404; robots.txt too.

    `address` is one of loopback's: a site for itself on a machine for itself.
    """

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.asked: list[Asked] = []
        self._replies: dict[str, Reply] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site._serve(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- the base class's name
                pass

        self._server = ThreadingHTTPServer((address, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __setitem__(self, path: str, reply: Reply) -> None:
        self._replies[path] = reply

    @property
    def host(self) -> str:
        """Host with port."""
        return f"{self.address}:{self._server.server_address[1]}"

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"http://{self.host}{path}"

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [asked.path for asked in self.asked]

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return self.paths().count(path)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        asked = Asked(handler.path, dict(handler.headers.items()), time.monotonic())
        if (
            handler.path != TDMREP or TDMREP in self._replies
        ):  # asked for once a day and host, and missing nearly always
            self.asked.append(asked)
        reply = self._replies.get(handler.path, Answer("nothing here", 404))
        if callable(reply):
            reply = reply(asked)
        answer = (
            Answer(reply, headers={"Content-Type": "text/html; charset=utf-8"}) if isinstance(reply, str) else reply
        )
        time.sleep(answer.slow_seconds)
        with suppress(BrokenPipeError, ConnectionResetError):  # the crawler had enough, as it should
            _send(handler, answer)


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.raw is not None:
        handler.wfile.write(answer.raw)
        handler.wfile.flush()
        with suppress(OSError):  # the other side had enough first
            handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True
        return
    body = answer.body.encode() if isinstance(answer.body, str) else answer.body
    handler.send_response(answer.status)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), **answer.headers}
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    step = max(1, len(body) // 20) if answer.drip_seconds else max(1, len(body))
    for start in range(0, len(body), step):
        time.sleep(answer.drip_seconds)
        handler.wfile.write(body[start : start + step])


LINES = (
    "The council of Varnholm voted on Tuesday to rebuild the harbour bridge that the ice broke in two last winter.",
    "Engineers had asked for a tunnel instead, saying that the currents of the sound would wear out any pillar.",
    "Ferries will carry the traffic until the work is finished, which the mayor expects in the spring after next.",
    "Fishermen protested outside the town hall, since the piers will close the shortest way to their grounds.",
    "The ministry promised to pay half of the cost, and will send two of its own surveyors before the month is out.",
)


def page(
    headline: str,
    *,
    number: int = 0,
    head: str = "",
    first: str = "",
    lines: tuple[str, ...] = LINES,
    language: str = "en",
) -> str:
    """An article page. `number` makes its text its own."""
    body = "".join(
        f"<p>{line} It was item {number} of the agenda, and the vote was {number + 3} to two.</p>" for line in lines
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{headline}</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{headline}</h1>{first}{body}</article></body></html>"
    )


def rss(items: list[tuple[str, str, str]], *, channel: str = "Varnholm Post") -> Answer:
    """An RSS feed of (address, headline, pubDate)."""
    entries = "".join(
        f"<item><title>{headline}</title><link>{link}</link>{f'<pubDate>{when}</pubDate>' if when else ''}</item>"
        for link, headline, when in items
    )
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0">'
    text = f"{head}<channel><title>{channel}</title>{entries}</channel></rss>"
    return Answer(text, headers={"Content-Type": "application/rss+xml"})
