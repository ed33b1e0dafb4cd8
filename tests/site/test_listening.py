"""The pages on a real port: visitors who never end, read slowly or come in crowds, and the others beside them."""

from __future__ import annotations

import http.client
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from matcher import text
from news.errors import ListeningError
from report.site.app import make_app
from report.site.listening import Limits, listen, server
from report.site.verdict_form import Judging
from tests.patience import PATIENCE_SECONDS
from tests.site.browser import NOW

HASTY = Limits(head_seconds=0.5, body_seconds=0.5, read_seconds=0.5, connections=20, look_seconds=0.05)
HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "


@contextmanager
def served(app: ASGIApp, limits: Limits = HASTY) -> Iterator[int]:
    listening = listen("127.0.0.1", 0)
    running = server(app, limits)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture
def port(filled: Engine) -> Iterator[int]:
    with served(make_app(filled, lambda: NOW, read_words=text.read, judging=Judging(b"key"))) as found:
        yield found


def ask(port: int, path: str = "/style.css") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def crowd(stack: ExitStack, port: int, count: int, said: bytes) -> list[socket.socket]:
    sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)]
    for each in sockets:
        each.sendall(said)
    return sockets


def is_cut(visitor: socket.socket) -> bool:
    """Waits for the end of a connection, for as long as it takes a busy machine."""
    visitor.settimeout(60)
    try:
        while visitor.recv(65536):
            pass
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "said",
    [
        b"",
        HALF,
        b"POST /verdict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\na=",
        b"GET /style.css HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\nx",
        b"GET /style.css HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["silence", "half a head", "half a form", "a body nobody wants", "half a chunk"],
)
def test_what_never_ends_is_cut_and_others_are_served(port: int, said: bytes) -> None:
    with ExitStack() as stack:
        sockets = crowd(stack, port, 60, said)
        assert ask(port) == 200
        assert all(is_cut(each) for each in sockets)


def test_a_head_that_drips_is_cut_all_the_same(port: int) -> None:
    """Each byte comes in time; the whole head does not."""
    with socket.create_connection(("127.0.0.1", port)) as visitor:
        visitor.sendall(HALF)
        dripped = 0
        while not select.select([visitor], [], [], 0.05)[0]:
            visitor.sendall(b"x")
            dripped += 1
            assert dripped < 2000
        assert is_cut(visitor)


def big(_request: Request) -> Response:
    return PlainTextResponse("x" * 50_000_000)


def small(_request: Request) -> Response:
    return PlainTextResponse("fine")


def slow(_request: Request) -> Response:
    time.sleep(1.5)
    return PlainTextResponse("at last")


APP = Starlette(routes=[Route("/", big), Route("/style.css", small), Route("/slow", slow)])


def test_who_does_not_read_is_cut_and_who_reads_gets_all() -> None:
    with served(APP) as port, ExitStack() as stack:
        sockets = crowd(stack, port, 5, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(port) == 200
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/")
        assert len(connection.getresponse().read()) == 50_000_000
        connection.close()
        assert all(is_cut(each) for each in sockets)


def test_who_waits_for_us_is_never_cut() -> None:
    """Three times the time a visitor has, and a crowd beyond the bound meanwhile."""
    with served(APP) as port, ExitStack() as stack:
        with socket.create_connection(("127.0.0.1", port)) as visitor:
            visitor.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            crowd(stack, port, 60, HALF)
            visitor.settimeout(60)
            answer = b""
            while part := visitor.recv(65536):
                answer += part
        assert answer.endswith(b"at last")


def test_a_crowd_makes_room_for_who_comes_last() -> None:
    """With times of an hour only the bound on connections is left."""
    limits = replace(HASTY, head_seconds=3600, body_seconds=3600, read_seconds=3600)
    with served(APP, limits) as port, ExitStack() as stack:
        sockets = crowd(stack, port, 100, HALF)
        assert ask(port) == 200
        assert all(is_cut(each) for each in sockets[:80]), "the longest waiting first"


def test_a_connection_is_used_again(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for _ in range(3):
        connection.request("GET", "/style.css")
        assert connection.getresponse().read()
    connection.close()


def test_a_taken_port_is_one_line() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(ListeningError, match="in use") as caught:
        listen("127.0.0.1", taken.getsockname()[1])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_ours_is_one_line(host: str) -> None:
    with pytest.raises(ListeningError, match=host):
        listen(host, 0)
