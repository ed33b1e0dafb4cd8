"""What goes wrong on purpose: one clear line that names the object, a non-zero exit, and nothing lost."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage import migrate
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site
from tests.jobs.newsdesk import article, story
from tests.whole.program import Program


@pytest.fixture
def program(sqlite_database: str, tmp_path: Path) -> Program:
    return Program(tmp_path, sqlite_database)


def refused(program: Program, *arguments: str) -> str:
    """The one line with which a command fails."""
    done = program.run(*arguments)
    assert done.code == 1, done.err
    assert done.out == ""
    lines = [line for line in done.err.splitlines() if line]
    assert len(lines) == 1, done.err
    assert lines[0].startswith("wiretrail: ")
    return lines[0]


def test_an_unknown_outlet(program: Program) -> None:
    assert "'globetimes'" in refused(program, "pickups", "--outlet", "globetimes")
    told = refused(program, "crawl", "--outlet", "globetimes")
    assert "globetimes" in told
    assert "global-times" in told, "and what may have been meant"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[crawl\n", "not valid TOML"),
        ('[crawl]\ncontact = 5\nspeed = "high"\n', "crawl."),
        ('[digest]\nzone = "Mars/Olympus"\n', "Mars/Olympus"),
        ("agencies = 3\n", "agencies"),
    ],
)
def test_an_unreadable_configuration(program: Program, content: str, named: str) -> None:
    (program.home / "wiretrail.toml").write_text(content, encoding="utf-8")
    told = refused(program, "pickups")
    assert "wiretrail.toml" in told
    assert named in told


def test_a_configuration_that_is_not_there(sqlite_database: str, tmp_path: Path) -> None:
    program = Program(tmp_path, sqlite_database, {"CONFIG": str(tmp_path / "none.toml")})
    assert "none.toml" in refused(program, "pickups")


def test_a_catalogue_with_a_bad_row(sqlite_database: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    row = '[[outlet]]\nid = "x"\nname = "X"\nhosts = ["x.example"]\ncountry = "GB"\nlanguage = "en"\n'
    path.write_text(row + 'zone = "Mars/Olympus"\n', encoding="utf-8")
    told = refused(Program(tmp_path, sqlite_database, {"CATALOGUE": str(path)}), "outlets")
    assert all(part in told for part in (str(path), "'x'", "zone", "Mars/Olympus"))


def test_a_database_that_is_not_upgraded(sqlite_url: str, tmp_path: Path) -> None:
    assert "wiretrail db upgrade" in refused(Program(tmp_path, sqlite_url), "pickups")


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    told = refused(Program(tmp_path, url), "pickups")
    assert "127.0.0.1:1" in told
    assert "secret" not in told


def test_a_mail_server_that_is_not_there(sqlite_database: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = {"SMTP__HOST": "127.0.0.1", "SMTP__PORT": str(port), "DIGEST__RECIPIENTS": '["a@example.org"]'}
        program = Program(tmp_path, sqlite_database, settings)
        day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
        done = program.run("digest", "--send", "--date", day)
    assert done.code == 1
    assert f"127.0.0.1:{port}" in done.err.splitlines()[-1]
    assert list((tmp_path / "digests").glob("*.eml")), "the digest itself is kept, and sent later"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "binary"), (b"<html><body></body></html>", "")],
)
def test_a_page_that_is_no_article(program: Program, content: bytes, reason: str) -> None:
    page = program.home / "page.html"
    page.write_bytes(content)
    told = refused(program, "extract", str(page), "--url", "https://outlet.example/1")
    assert "https://outlet.example/1" in told
    assert reason in told


def test_an_import_with_one_bad_row_stores_nothing(program: Program) -> None:
    good, bad = article("one", story(1), minutes=5), article("two", story(2), minutes=5) | {"url": "ftp://x/1"}
    path = program.home / "rows.jsonl"
    for last, named in (
        (json.dumps(bad), "ftp://x/1"),
        ("{not json", "not JSON"),
        ('{"url": "https://a.example/"}', "text"),
    ):
        path.write_text(json.dumps(good) + "\n" + last + "\n", encoding="utf-8")
        told = refused(program, "import", str(path))
        assert f"{path}, line 2" in told
        assert named in told
    assert program.rows("pairs") == []
    assert all(row["articles"] == 0 for row in program.rows("outlets"))


def test_a_wire_file_that_is_no_story(program: Program) -> None:
    path = program.home / "photo.bin"
    path.write_bytes(b"\x00\x01\x02 no story at all")
    done = program.run("wire", str(path))
    assert done.code == 1
    assert "photo.bin" in done.err


def test_a_feed_that_is_html(sqlite_url: str, tmp_path: Path) -> None:
    migrate.upgrade(sqlite_url)
    with Site() as site:
        page = Answer("<html><body><h1>Please accept</h1></body></html>", headers={"Content-Type": "text/html"})
        site["/feed.xml"] = page
        catalogue = tmp_path / "catalogue.toml"
        catalogue.write_text("only = true\n" + outlet_row("walled", site, ("feed", "/feed.xml")), encoding="utf-8")
        settings = {"CATALOGUE": str(catalogue), "CRAWL__CONTACT": "tests@localhost", "CRAWL__ALLOW_LOOPBACK": "true"}
        program = Program(tmp_path, sqlite_url, settings)
        program.must("crawl")
    (row,) = program.rows("health")
    assert row["failing_feeds"] == 1
    assert "HTML" in row["reason"]


def test_crawling_without_a_contact(program: Program) -> None:
    assert "crawl.contact" in refused(program, "crawl")
    assert "crawl.contact" in refused(program, "run")


def test_serving_on_a_port_that_is_taken(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = refused(program, "serve", "--port", port)
    assert f"127.0.0.1:{port}" in told
    assert "in use" in told


def test_a_database_that_may_only_be_read(postgres_database: str, tmp_path: Path) -> None:
    """A standby's own error is none of SQLAlchemy's OperationalErrors: it came with a traceback."""
    options = {"options": "-c default_transaction_read_only=on"}
    url = make_url(postgres_database).update_query_dict(options).render_as_string(hide_password=False)
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(article("one", story(1), minutes=5)) + "\n", encoding="utf-8")
    told = refused(Program(tmp_path, url), "import", str(path))
    assert "read-only transaction: it is a standby" in told


def test_a_database_that_refuses_everybody(postgres_database: str, tmp_path: Path) -> None:
    url = make_url(postgres_database).set(username="nobody").render_as_string(hide_password=False)
    told = refused(Program(tmp_path, url), "pickups")
    assert "nobody" in told
    assert "(database_url) cannot be reached" in told
