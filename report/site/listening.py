"""The pages on a port: who asks slowly, reads slowly or never ends holds up nobody but himself.

uvicorn waits for ever for the rest of a request and for a reader. So each connection is looked at once a second: the
step it is at (its head, its body, its reader) has a time, after which it is cut. When there are too many, the one
that has kept us waiting longest makes room for a new one; one that waits for us is never cut.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from news.errors import ListeningError


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a visitor may take for each step, and how many may be there; a reader takes `least_bytes` in time."""

    head_seconds: float = 10.0
    body_seconds: float = 20.0
    read_seconds: float = 15.0
    least_bytes: int = 16 * 1024
    connections: int = 256
    look_seconds: float = 1.0


LIMITS: Final = Limits()
_GOODBYE_SECONDS: Final = 5
_HEARD_SECONDS: Final = 0.05


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ListeningError in one line: taken, not ours, or no such host."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        made = socket.socket(family, kind)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(address)
            made.listen(LIMITS.connections)
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise ListeningError(
            f"cannot serve on {host}:{port}: {error.strerror}; another --port or --host may be free"
        ) from error
    return made


def serve(app: ASGIApp, listening: socket.socket, limits: Limits = LIMITS) -> None:
    """Answer until told to stop. Who asks is told by the connection itself: a header could be written by anybody."""
    server(app, limits).run(sockets=[listening])


def server(app: ASGIApp, limits: Limits) -> Server:
    """The server, not yet running."""

    class Limited(Connection):
        allowed = limits

    config = Config(
        app, http=Limited, ws="none", lifespan="off", log_level="warning", server_header=False, date_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_GOODBYE_SECONDS,
    )  # fmt: skip
    return Server(config)


class Connection(H11Protocol):
    """One visitor's connection, with the step it is at and since when."""

    allowed = LIMITS
    _step: tuple[object, str] = (None, "")
    _since = 0.0
    _unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to watch; when there are too many, cut one. Not at once: of a crowd, none has been heard yet."""
        super().connection_made(transport)
        self._look()
        if len(self.connections) > self.allowed.connections:
            self.loop.call_later(_HEARD_SECONDS, self._make_room)

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch no more."""
        self._timer.cancel()
        with suppress(RuntimeError):  # a loop that is closing
            super().connection_lost(exc)

    def _make_room(self) -> None:
        if len(self.connections) > self.allowed.connections:
            waiting = [each for each in self.connections if isinstance(each, Connection) and each._keeps_us_waiting()]
            oldest = min(waiting, key=lambda each: each._since, default=self)
            oldest.transport.abort()

    def _keeps_us_waiting(self) -> bool:
        return self._waits_for() != "us" and not self.transport.is_closing()

    def _waits_for(self) -> str:
        """Whom this connection waits for: its visitor's head or body, its reader, or us."""
        if self.transport.get_write_buffer_size():
            return "reader"
        if self.cycle is None or self.cycle.response_complete:
            return "head"
        return "body" if self.cycle.more_body else "us"

    def _look(self) -> None:
        """Cut the connection when its step has taken too long; else look again later."""
        loop: Any = self.loop
        step, unread, now = (self.cycle, self._waits_for()), self.transport.get_write_buffer_size(), loop.time()
        if step != self._step or self._unread - unread >= self.allowed.least_bytes:
            self._step, self._since, self._unread = step, now, unread
        times = {
            "head": self.allowed.head_seconds,
            "body": self.allowed.body_seconds,
            "reader": self.allowed.read_seconds,
        }
        if now - self._since > times.get(step[1], float("inf")):
            self.transport.abort()
        self._timer = loop.call_later(self.allowed.look_seconds, self._look)
