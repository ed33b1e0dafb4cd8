"""No password is shown: not of a good address, not of a mistyped one, wherever it may come to light."""

from __future__ import annotations

import io
import logging
import socket
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from jobs.context import log, set_up_log
from news.errors import DatabaseUnreachableError
from news.hiding import hidden
from storage.engine import display_name, open_engine, shown
from tests.whole.program import Program

SECRET = "s3cretword"

MISTYPED = (
    f"postgresql://ann:{SECRET}@db.example:54x2/news",
    f"postgresql://ann:{SECRET}@db.example:99999/news",
    f"postgresql://ann:{SECRET}",
    f"ann:{SECRET}@db.example/news",
    f"postgresql//ann:{SECRET}@db.example/news",
    f"postgres ://ann:{SECRET}@db.example/news",
    f"mysql://ann:{SECRET}@db.example/news",
    f"sqlite://ann:{SECRET}@db.example/news",
    f"postgresql://ann:p@{SECRET}@db.example/news",
    f"postgresql://db.example:{SECRET}/news",
    f"://ann:{SECRET}@db.example",
)
UNREACHABLE = (
    f"postgresql://ann:{SECRET}@127.0.0.1:1/news",
    f"postgres://ann:a/b?{SECRET}#c@127.0.0.1:1/news",
    f"postgresql://127.0.0.1:1/news?user=ann&password={SECRET}",
    f"postgresql://127.0.0.1:1/news?passwrod={SECRET}",
    f"postgresql+psycopg2://ann:{SECRET}@127.0.0.1:1/news?sslpassword={SECRET}",
)


@pytest.mark.parametrize("address", [*MISTYPED, *UNREACHABLE])
@pytest.mark.parametrize("command", ["pickups", "doctor", "settings", "status", "run"])
def test_no_command_prints_a_password(tmp_path: Path, address: str, command: str) -> None:
    done = Program(tmp_path, address, {"CRAWL__CONTACT": "desk@example.org"}).run(command)
    assert SECRET not in done.out + done.err
    assert "Traceback" not in done.err
    if command in ("pickups", "status", "run"):
        (line,) = done.err.splitlines()
        assert "database_url" in line, "the setting at fault is named"


@pytest.mark.parametrize("address", MISTYPED)
def test_a_mistyped_address_is_named_by_its_setting_and_not_repeated(address: str) -> None:
    with pytest.raises(DatabaseUnreachableError, match=r"^TARGET cannot be used: it") as caught:
        open_engine(address, named="TARGET")
    assert SECRET not in str(caught.value)
    assert SECRET not in shown(address)


def test_an_address_is_shown_whole_but_for_its_password() -> None:
    url = "postgresql://ann:secret@db.example:5433/news?sslpassword=x1&application_name=desk"
    assert shown(url) == "postgresql://ann:***@db.example:5433/news?application_name=desk&sslpassword=***"
    engine = open_engine("postgresql://ann@db.example/news?password=secret")
    assert display_name(engine) == "postgresql+psycopg://ann@db.example/news?password=***"
    assert shown("sqlite:////srv/news.db") == "sqlite:////srv/news.db"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no secret here: a@b.example, 12:30", "no secret here: a@b.example, 12:30"),
        ("smtp://desk:p/w@d@mail.example:25 is down", "smtp://desk:***@mail.example:25 is down"),
        ("https://ann:pw@api.example/x?a=b", "https://ann:***@api.example/x?a=b"),
        ("http://proxy:hunter2@10.0.0.1:3128", "http://proxy:***@10.0.0.1:3128"),
        ("https://api.example/x?api_key=12&page=2", "https://api.example/x?api_key=***&page=2"),
        ("https://hooks.chat.example/services/T1/B2/abc", "https://hooks.chat.example/***"),
        ("https://chat.example/api/webhooks/12/abc", "https://chat.example/api/webhooks/***"),
        ("host=db password='a b' user=ann", "host=db password=*** user=ann"),
        ("https://outlet.example:8080/a/@desk", "https://outlet.example:8080/a/@desk"),
    ],
)
def test_where_secrets_stand_in_text(text: str, expected: str) -> None:
    assert hidden(text) == expected


def test_a_known_secret_is_found_in_every_form_a_server_repeats() -> None:
    for said in ("a/b c", "a%2Fb%20c", "a%2Fb+c", "YS9iIGM="):
        assert hidden(f"535 no: {said}!", "a/b c") == "535 no: ***!"
    assert hidden("an ox", "an", "") == "an ox", "what stands in many words is left"


def test_the_log_holds_no_password() -> None:
    """Of our own events, of a library's words, and in a traceback."""
    told = io.StringIO()
    with redirect_stderr(told):
        set_up_log("json")
        log.error("database.away", error=f"postgresql://ann:{SECRET}@db/news")
        try:
            raise ValueError(f"https://ann:{SECRET}@api.example/")
        except ValueError:
            logging.getLogger("somebody").exception("connecting to ?password=%s", SECRET)
    set_up_log("text")
    assert told.getvalue().count("***") >= 3
    assert SECRET not in told.getvalue()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP__HOST", f"smtp://desk:{SECRET}@mail.example"),
        ("SMTP__HOST", f"desk:{SECRET}@mail.example"),
        ("SMTP__HOST", f"mail.example {SECRET}"),
        ("SMTP__PORT", SECRET),
        ("SMTP", SECRET),
        ("SMTP", f'{{"host": "a b", "password": "{SECRET}"}}'),
        ("WIRE__AFP__ADDRESS", f"https://ann:{SECRET}@api.example"),
        ("SERVE__ADDRESS", f"https://ann:{SECRET}@pages.example"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    done = Program(tmp_path, "", {name: value}).run("settings")
    (line,) = done.err.splitlines()
    assert done.code == 1
    assert name.split("__")[0].lower() in line
    assert SECRET not in line


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_a_password_leaves_the_list_of_processes(tmp_path: Path) -> None:
    """`db copy` takes addresses as arguments, which everybody on the machine may read."""
    program = Program(tmp_path, "")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"postgresql://ann:{SECRET}@127.0.0.1:{server.getsockname()[1]}/news"
        child = program.start("db", "copy", address, f"sqlite:///{tmp_path / 'copy.db'}")
        connection, _ = server.accept()
        seen = Path(f"/proc/{child.pid}/cmdline").read_bytes()
        connection.close()
        _, said = child.communicate()
    assert b"ann:***@127.0.0.1" in seen
    assert SECRET.encode() not in seen
    assert SECRET not in said
    assert "(SOURCE) cannot be reached" in said
