"""The doctor finds what is wrong before it goes wrong, and names the way out."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import config
from jobs.daemon.checking import Finding, examine
from storage import runs
from storage.agency import interfaces
from storage.engine import open_engine, writing
from tests.report.smtp_servers import free_port, mail_server, scripted_server

CATALOGUE = """only = true
[[outlet]]
id = "local"
name = "Local"
hosts = ["{host}"]
country = "SE"
zone = "Europe/Stockholm"
language = "en"
feeds = [{{kind = "feed", url = "http://{host}/feed.xml"}}]
"""
FEED = "<rss version='2.0'><channel><title>t</title>{items}</channel></rss>"
ITEM = "<item><title>A bridge opens</title><link>http://{host}/news/1</link></item>"


def look(settings: config.Config, what: str, *, network: bool = False) -> Finding:
    found = [finding for finding in examine(settings, network=network) if finding.what == what]
    assert len(found) == 1, found
    return found[0]


def settings_of(database_url: str, home: Path, **more: object) -> config.Config:
    values: dict[str, object] = {"home": home, "database_url": database_url} | more
    return config.Config(**values)  # type: ignore[arg-type]  # sections by name


def test_a_sound_installation_is_well(database_url: str, tmp_path: Path) -> None:
    settings = settings_of(database_url, tmp_path, crawl=config.CrawlConfig(contact="desk@example.com"))
    states = {finding.what: finding.state for finding in examine(settings)}
    assert states.pop("mail") == "look", "no recipients"
    assert set(states.values()) == {"well"}, states


def test_it_says_how_the_last_poll_of_the_interface_ended(database_url: str, tmp_path: Path) -> None:
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    settings = settings_of(database_url, tmp_path, wire=config.WireConfig(afp=config.AfpConfig(user="desk")))
    assert look(settings, "interface").detail.endswith(": new")
    name = settings.wire.afp.name
    with writing(open_engine(database_url)) as session:
        for _ in range(2):
            interfaces.end_poll(session, name, now=noon, due_at=noon + timedelta(hours=1), reason="HTTP 401: no token")
    found = look(settings, "interface")
    assert found.state == "bad"
    assert found.detail.endswith("failed 2 times in a row, asked again at 2026-03-02 13:00 UTC: HTTP 401: no token")
    with writing(open_engine(database_url)) as session:
        interfaces.end_poll(session, name, now=noon, due_at=noon)
        interfaces.advance(session, name, interfaces.Progress(noon, {}), noon)
    assert look(settings, "interface").detail.endswith("read to 2026-03-02 12:00 UTC")


def test_without_a_database_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    settings = settings_of("postgresql://nobody@127.0.0.1:9/none", tmp_path)
    found = {finding.what: finding for finding in examine(settings)}
    assert found["database"].state == "bad"
    assert "cannot be reached" in found["database"].detail
    assert found["robots"].detail == found["frontier"].detail == "not known without a database"
    assert found["disk"].state == "well"


def mail_settings(port: int, **more: object) -> dict[str, object]:
    smtp = {"host": "127.0.0.1", "port": port, "timeout_seconds": 5.0} | more
    return {"digest": config.DigestConfig(recipients=("a@example.com",)), "smtp": config.SmtpConfig(**smtp)}  # type: ignore[arg-type]  # as above


def test_the_mail_server_is_greeted_and_gets_nothing(sqlite_database: str, tmp_path: Path) -> None:
    with mail_server() as (inbox, port):
        found = look(settings_of(sqlite_database, tmp_path, **mail_settings(port)), "mail")
        assert found.state == "well"
        assert "answers without TLS; 1 recipients" in found.detail
        assert inbox.taken == []


@pytest.mark.parametrize(
    ("script", "more", "why"),
    [
        ({"EHLO": "554 go away", "HELO": "554 go away"}, {}, "refused with 554 go away"),
        ({}, {"security": "starttls"}, "STARTTLS"),
        ({"EHLO": "250-local\r\n250 AUTH PLAIN", "AUTH": "535 no"}, {"user": "desk", "password": "x"}, "535 no"),
    ],
)
def test_a_delivery_that_would_fail_is_found(
    sqlite_database: str, tmp_path: Path, script: dict[str, str], more: dict[str, object], why: str
) -> None:
    with scripted_server(script) as port:
        found = look(settings_of(sqlite_database, tmp_path, **mail_settings(port, **more)), "mail")
    assert found.state == "bad"
    assert why in found.detail


def test_no_mail_server_is_found(sqlite_database: str, tmp_path: Path) -> None:
    found = look(settings_of(sqlite_database, tmp_path, **mail_settings(free_port())), "mail")
    assert found.state == "bad"
    assert "cannot connect" in found.detail


def test_a_clock_that_went_back_is_found(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(database_url)
    with writing(engine) as session:
        runs.start_run(session, "crawl", datetime.now(UTC) + timedelta(hours=3))
    engine.dispose()
    found = look(settings_of(database_url, tmp_path), "clock")
    assert found.state == "bad"
    assert "it went back" in found.detail


@contextmanager
def host(answers: dict[str, tuple[int, str]], *, date: str = "") -> Iterator[str]:
    """A local host with its own idea of what time it is."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, ""))
            self.send_response_only(status)
            self.send_header("Date", date or self.date_time_string())
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  -- the base class's name
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def network(database: str, home: Path, name: str) -> dict[str, Finding]:
    catalogue = home / "catalogue.toml"
    catalogue.write_text(CATALOGUE.format(host=name), encoding="utf-8")
    crawl = config.CrawlConfig(contact="desk@example.com", timeout_seconds=5.0)
    settings = settings_of(database, home, catalogue=catalogue, crawl=crawl)
    return {finding.what: finding for finding in examine(settings, network=True)}


@pytest.mark.parametrize(
    ("answers", "state", "why"),
    [
        ({"/feed.xml": (200, "feed")}, "well", "local: 1 links"),
        ({"/feed.xml": (200, FEED.format(items=""))}, "look", "lists nothing"),
        ({"/feed.xml": (403, "")}, "look", "answers 403"),
        ({"/feed.xml": (200, "<html>We care about cookies</html>")}, "look", "local: "),
        ({"/feed.xml": (200, "feed"), "/robots.txt": (503, "")}, "look", "refuses everything"),
        (
            {"/feed.xml": (200, "feed"), "/robots.txt": (200, "User-agent: *\nDisallow: /")},
            "look",
            "disallows the feed",
        ),
    ],
)
def test_feeds_are_asked_when_told_to(
    sqlite_database: str, tmp_path: Path, answers: dict[str, tuple[int, str]], state: str, why: str
) -> None:
    served = dict(answers)
    with host(served) as name:
        if served["/feed.xml"][1] == "feed":
            served["/feed.xml"] = (200, FEED.format(items=ITEM.format(host=name)))
        found = network(sqlite_database, tmp_path, name)["feed"]
    assert found.state == state, found
    assert why in found.detail


def test_a_wrong_clock_shows_by_those_of_others(sqlite_database: str, tmp_path: Path) -> None:
    with host({}, date="Sat, 01 Jan 2022 00:00:00 GMT") as name:
        found = network(sqlite_database, tmp_path, name)["their clocks"]
    assert found.state == "bad"
    assert "ahead of those of 1 hosts" in found.detail
    with host({}) as name:
        assert network(sqlite_database, tmp_path, name)["their clocks"].state == "well"


def test_a_host_that_is_not_there_is_told(sqlite_database: str, tmp_path: Path) -> None:
    found = network(sqlite_database, tmp_path, f"127.0.0.1:{free_port()}")
    assert "ConnectError" in found["feed"].detail
    assert found["their clocks"].detail == "no host said what time it is"
