"""A server on loopback that speaks the shape of AFP's Core API, and misbehaves as a test tells it to."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

CLIENT, SECRET, USER, PASSWORD = "press-desk", "hush-hush", "ann@desk.example", "s3same&more"


@dataclass(frozen=True)
class Forced:
    """An answer given instead of the right one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class AfpServer:
    """`documents` are what it holds; `forced` are answers to the next searches, None for the right one.

    `before` is called with the number of each search before it is answered: documents may come and go meanwhile.
    """

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.forced: list[Forced | None] = []
        self.forced_tokens: list[Forced | None] = []
        self.before: Callable[[int], None] = lambda _: None
        self.searches: list[dict[str, Any]] = []
        self.grants: list[str] = []
        self.lifetime_seconds = 3600
        self.refreshes = True
        self._tokens: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                server._answer(self, self.rfile.read(length))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- the base class's name
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def forget_tokens(self) -> None:
        """Take back every token."""
        self._tokens.clear()

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        answer = self._token(handler, body) if handler.path == "/oauth/token" else self._search(handler, body)
        with suppress(OSError):  # whoever had enough has closed the connection
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.body)))
            handler.end_headers()
            handler.wfile.write(answer.body)

    def _token(self, handler: BaseHTTPRequestHandler, body: bytes) -> Forced:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.grants.append(form.get("grant_type", ""))
        forced = self.forced_tokens.pop(0) if self.forced_tokens else None
        if forced is not None:
            return forced
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = form.get("grant_type") == "password" and (form.get("username"), form.get("password")) == (
            USER,
            PASSWORD,
        )
        renewed = self.refreshes and form.get("refresh_token", "").startswith("refresh-")
        if handler.headers.get("Authorization") != basic or not (known or renewed):
            said = {"error": "invalid_grant", "error_description": f"Bad credentials for {form.get('password')}"}
            return Forced(401, json.dumps(said).encode())
        token = f"token-{len(self.grants)}"
        self._tokens.add(token)
        made = {"access_token": token, "token_type": "bearer", "expires_in": self.lifetime_seconds}
        return Forced(200, json.dumps(made | {"refresh_token": f"refresh-{token}"}).encode())

    def _search(self, handler: BaseHTTPRequestHandler, body: bytes) -> Forced:
        token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in self._tokens:
            said = {"error": {"error_type": "Authentication", "code": 401, "message": "Access token expired"}}
            return Forced(401, json.dumps(said).encode())
        question = json.loads(body)
        self.searches.append(question)
        self.before(len(self.searches))
        forced = self.forced.pop(0) if self.forced else None
        return forced or Forced(200, json.dumps({"response": {"docs": self._found(question)}}).encode())

    def _found(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        since = datetime.fromisoformat(question["dateRange"]["from"])
        found = [one for one in self.documents if datetime.fromisoformat(one["published"]) >= since]
        found.sort(key=lambda one: datetime.fromisoformat(one["published"]))
        return found[question["startat"] : question["startat"] + question["maxRows"]]
