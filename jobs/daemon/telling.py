"""The daemon's own address on this machine: /metrics for Prometheus, /healthy for whoever restarts things.

Plain HTTP in a thread: whoever asks slowly, or asks nonsense, holds up nobody but himself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socket import AF_INET6, SHUT_RDWR
from threading import BoundedSemaphore, Thread, Timer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from config import MetricsConfig
from jobs.context import Context
from jobs.daemon.measuring import Watch, exposition, registry, unwell
from news.errors import JobError

SLOWEST_SECONDS = 10.0
MOST_AT_ONCE = 8


class Teller:
    """A running server. `close` ends it."""

    def __init__(self, settings: MetricsConfig, watch: Watch, context: Callable[[], Context]) -> None:
        """Listen. Raises JobError when the address or port cannot be had."""
        try:
            self._server = _server_class(settings.address)((settings.address, settings.port), _Handler)
        except OSError as error:
            raise JobError(f"metrics {settings.address}:{settings.port} cannot be served: {error.strerror}") from error
        self._server.registry = registry(watch, context)
        self._server.unwell = lambda: unwell(watch, context(), time.monotonic())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def open_teller(settings: MetricsConfig, watch: Watch, context: Callable[[], Context]) -> Teller | None:
    """The server as configured; None when it is off."""
    return Teller(settings, watch, context) if settings.port else None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registry: CollectorRegistry
    unwell: Callable[[], list[str]]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One thread a request, so many at once; more are turned away."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """In the thread: serve, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news."""


class _Server6(_Server):
    address_family = AF_INET6


def _server_class(address: str) -> type[_Server]:
    return _Server6 if ip_address(address).version == 6 else _Server


class _Handler(BaseHTTPRequestHandler):
    timeout = SLOWEST_SECONDS
    server: _Server

    def setup(self) -> None:
        """The whole request has a time: `timeout` alone begins anew with each byte that drips in."""
        super().setup()
        self._end = Timer(self.timeout, self._cut)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        """In time."""
        self._end.cancel()
        super().finish()

    def _cut(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    def do_GET(self) -> None:
        """Two addresses, and nothing else."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, CONTENT_TYPE_PLAIN_0_0_4, exposition(self.server.registry))
        elif path == "/healthy":
            reasons = self.server.unwell()
            body = json.dumps({"healthy": not reasons, "reasons": reasons}).encode()
            self._answer(503 if reasons else 200, "application/json", body)
        else:
            self._answer(404, "text/plain; charset=utf-8", b"/metrics or /healthy\n")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Not which Python this is."""
        return "wiretrail"

    def log_message(self, *_: Any) -> None:
        """Scrapes are no events."""
