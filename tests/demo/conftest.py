"""One newsroom for all tests of the demo, and the means to ask its sites over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest

from demo.newsroom import build
from demo.server import Running, serve
from demo.shapes import Newsroom
from tests.patience import PATIENCE_SECONDS

START = datetime(2026, 11, 18, 5, 0, 33, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test sets."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire, body undecoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass(frozen=True)
class OnAir:
    """The newsroom on the air with a clock of our own."""

    newsroom: Newsroom
    running: Running
    clock: Clock
    ask: Callable[..., Reply] = field(repr=False)


@pytest.fixture(scope="session")
def newsroom() -> Newsroom:
    return build(START)


@pytest.fixture
def on_air(newsroom: Newsroom) -> Iterator[OnAir]:
    clock = Clock(newsroom.start)
    with serve(newsroom, clock) as running:

        def ask(site: str, path: str, method: str = "GET", **headers: str) -> Reply:
            with closing(HTTPConnection("127.0.0.1", running.ports[site], timeout=PATIENCE_SECONDS)) as connection:
                sent = {name.replace("_", "-"): value for name, value in headers.items()}
                connection.request(method, path, headers=sent)
                response = connection.getresponse()
                return Reply(response.status, dict(response.getheaders()), response.read())

        yield OnAir(newsroom, running, clock, ask)
