"""AFP's interface, polled: every document once, whatever the server does meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import config
from crawler.wire.afp_api import Access, CoreApi
from jobs import due
from jobs.agency import polling
from jobs.context import Context
from jobs.settings_rows import settings
from news import errors
from news.errors import ApiError, JobError
from storage.agency import interfaces, refusals
from storage.engine import reading, writing
from storage.models import InterfaceRow, StoryVersionRow
from tests.jobs.afp_server import CLIENT, PASSWORD, SECRET, USER, AfpServer, Forced
from tests.jobs.newsdesk import START, context_of

TEXT = "The mayor of Ulmen opened the new bridge over the river on Monday, {0} years after the old one was lost."


@pytest.fixture
def server() -> Any:
    with AfpServer() as running:
        yield running


def settings_of(server: AfpServer, **changes: Any) -> config.WireConfig:
    account = {"client": CLIENT, "client_secret": SECRET, "user": USER, "password": PASSWORD}
    made: dict[str, Any] = {"address": server.address, "rows": 3, "first_hours": 48} | account | changes
    return config.WireConfig(afp=config.AfpConfig(**made))


def context_for(server: AfpServer, database_url: str, home: Path, **changes: Any) -> Context:
    plain = context_of(database_url, home)
    return Context(plain.config.model_copy(update={"wire": settings_of(server, **changes)}))


@pytest.fixture
def context(server: AfpServer, sqlite_database: str, tmp_path: Path) -> Context:
    return context_for(server, sqlite_database, tmp_path)


def document(number: int, minutes: float, **more: Any) -> dict[str, Any]:
    uno = f"urn:newsml:afp.com:20260302T0{number % 10}0000Z:TX-ULM-{number:05}:1"
    published = (START + timedelta(minutes=minutes)).isoformat()
    made = {"uno": uno, "newsItemID": uno.rpartition(":")[0], "class": "text", "headline": f"Bridge {number}"}
    return made | {"news": [TEXT.format(number)], "lang": "en", "product": "news", "published": published} | more


def stored(context: Context) -> list[str]:
    with reading(context.engine) as session:
        return sorted(session.scalars(select(StoryVersionRow.headline)))


def row(context: Context) -> InterfaceRow:
    with reading(context.engine) as session:
        found = session.scalars(select(InterfaceRow)).one()
        session.expunge_all()
        return found


def test_pages_are_read_to_the_end_and_only_new_ones_after(server: AfpServer, context: Context) -> None:
    server.documents = [document(number, number * 10) for number in range(8)]
    done = polling.poll(context)
    assert (done.filings, done.new_takes, done.refused) == (8, 8, [])
    assert row(context).read_to == START + timedelta(minutes=70)
    again = polling.poll(context)
    assert (again.filings, again.new_takes) == (0, 0)
    server.documents.append(document(8, 80))
    assert polling.poll(context).new_takes == 1
    assert stored(context) == [f"Bridge {number}" for number in range(9)]
    assert server.grants == ["password"] * 3, "tokens are not kept"
    assert (row(context).outcome, row(context).failures) == ("ok", 0)


def test_what_is_asked_for(server: AfpServer, sqlite_database: str, tmp_path: Path) -> None:
    context = context_for(server, sqlite_database, tmp_path, languages=("en", "fr"), products=())
    polling.poll(context)
    asked = server.searches[0]
    assert asked["query"] == {"and": [{"name": "lang", "in": ["en", "fr"]}]}
    assert (asked["sortField"], asked["sortOrder"], asked["maxRows"], asked["startat"]) == ("published", "asc", 3, 0)
    first = context.now() - timedelta(hours=48)
    assert abs(datetime.fromisoformat(asked["dateRange"]["from"]) - first) < timedelta(seconds=2)


def test_a_token_that_expires_or_is_taken_back_while_paging_is_renewed(server: AfpServer, context: Context) -> None:
    server.documents = [document(number, number) for number in range(9)]
    server.before = lambda number: server.forget_tokens() if number in (1, 3) else None
    assert polling.poll(context).new_takes == 9
    assert server.grants == ["password", "refresh_token", "refresh_token"]
    server.refreshes = False
    server.documents += [document(number, number) for number in range(9, 15)]
    server.before = lambda number: server.forget_tokens() if number == 6 else None
    assert polling.poll(context).new_takes == 6
    assert server.grants[3:] == ["password", "refresh_token", "password"]


def test_an_expired_token_is_renewed_before_it_is_refused(server: AfpServer) -> None:
    now = [0.0]
    access = Access(server.address, CLIENT, SECRET, USER, PASSWORD)
    with CoreApi(access, seconds=lambda: now[0]) as api:
        api.search(START)
        now[0] = server.lifetime_seconds
        api.search(START)
    assert server.grants == ["password", "refresh_token"]


def test_documents_that_come_and_go_while_paging_shift_nothing(server: AfpServer, context: Context) -> None:
    """With rows counted, a document taken away on page one would hide one of page two."""
    server.documents = [document(number, number * 10) for number in range(9)]

    def meanwhile(number: int) -> None:
        if number == 2:
            del server.documents[0]
            server.documents.append(document(20, 5))
            server.documents.append(document(21, 95))

    server.before = meanwhile
    assert polling.poll(context).new_takes == 10
    assert stored(context) == sorted(f"Bridge {number}" for number in (*range(9), 21))
    assert polling.poll(context).new_takes == 0, "one that turned up before the overlap is lost"
    server.documents.append(document(22, 70))
    assert polling.poll(context).new_takes == 1, "and one within it is not"


def test_more_documents_of_one_second_than_a_page_holds(server: AfpServer, context: Context) -> None:
    server.documents = [document(number, 10) for number in range(8)] + [document(9, 11)]
    assert polling.poll(context).new_takes == 9


def test_a_long_backlog_is_worked_off_over_polls(server: AfpServer, sqlite_database: str, tmp_path: Path) -> None:
    context = context_for(server, sqlite_database, tmp_path, pages=1, overlap_minutes=600)
    server.documents = [document(number, number) for number in range(20)]
    polls = 0
    while len(stored(context)) < 20:
        polling.poll(context)
        polls += 1
        assert polls < 20, "the overlap must not be read for ever"


@pytest.mark.parametrize(
    ("answer", "reason", "wait_seconds"),
    [
        (Forced(429, b"{}", {"Retry-After": "600"}), "status 429: asked too often", 600),
        (Forced(503, b"<html>", {"Retry-After": "nonsense"}), "status 503: busy, or asked too often", 60),
        (Forced(500, b"{}"), "status 500: the server reports an error", 60),
        (Forced(403, b'{"error": {"code": 403, "message": "no right"}}'), "forbidden: .* .no right.", 60),
        (Forced(302, b"", {"Location": "http://127.0.0.1:1/"}), "status 302", 60),
        (Forced(200, b'{"response": {"docs": [{"uno'), "not JSON", 60),
        (Forced(200, b"[" * 100_000), "not JSON", 60),
        (Forced(200, b'{"response": []}'), "another shape", 60),
        (Forced(200, b'{"error": {"code": 500, "message": "index \x1b[31mdown"}}'), "not JSON|index", 60),
        (Forced(200, b" " * 20_000_001), "more than 20,000,000 bytes", 60),
    ],
    ids=["429", "503", "500", "403", "redirect", "cut", "deep", "shape", "error", "large"],
)
def test_a_failure_is_written_down_and_what_came_before_it_stays(
    server: AfpServer, context: Context, answer: Forced, reason: str, wait_seconds: int
) -> None:
    server.documents = [document(number, number * 10) for number in range(6)]
    server.forced = [None, answer]
    with pytest.raises(JobError, match=reason):
        polling.poll(context)
    assert stored(context) == ["Bridge 0", "Bridge 1", "Bridge 2"]
    kept = row(context)
    assert (kept.outcome, kept.failures) == ("failed", 1)
    assert kept.reason
    assert abs(kept.due_at - context.now() - timedelta(seconds=wait_seconds * 1e-9)) < timedelta(seconds=1)
    with writing(context.engine) as session:
        interfaces.end_poll(session, kept.name, now=kept.due_at, due_at=kept.due_at + timedelta(minutes=1), reason="x")
    assert not due.poll(context), "it is left alone"
    assert polling.poll(context).new_takes == 3
    assert row(context).failures == 0
    assert due.poll(context)


def test_waits_grow_and_a_server_s_own_word_counts() -> None:
    error = ApiError("a", "b")
    assert [polling.wait_after(error, failures) / timedelta(minutes=1) for failures in (0, 1, 3, 30)] == [1, 2, 8, 60]
    asked = ApiError("a", "b", retry_after_seconds=7)
    assert polling.wait_after(asked, 5) == timedelta(seconds=7)


def test_refused_credentials_are_named_and_never_shown(
    server: AfpServer, sqlite_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = context_for(server, sqlite_database, tmp_path, password="wrong-&-secret")
    with pytest.raises(JobError, match="access is not granted") as failure:
        polling.poll(context)
    said = f"{failure.value} {row(context).reason} {capsys.readouterr()} {polling.access_of(context.config)!r}"
    said += " ".join(f"{one.value} {one.default}" for one in settings(context.config))
    assert "wrong-&-secret" not in said
    assert SECRET not in said
    assert server.searches == []


def test_secrets_come_from_files(server: AfpServer, sqlite_database: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "secret").write_text(SECRET)
    files = {"password_file": tmp_path / "password", "client_secret_file": tmp_path / "secret"}
    context = context_for(server, sqlite_database, tmp_path, password="", client_secret="", **files)
    server.documents = [document(1, 1)]
    assert polling.poll(context).new_takes == 1
    (tmp_path / "password").unlink()
    with pytest.raises(errors.ConfigError, match=r"wire\.afp\.password_file"):
        polling.poll(context)


def test_a_password_goes_to_no_plain_address() -> None:
    for address in ("http://api.example", "ftp://a", "https://u:p@a", "https://a?b", "nonsense"):
        with pytest.raises(ValueError, match="no plain https address"):
            config.AfpConfig(address=address)


def test_no_server_is_a_reason_too(server: AfpServer, context: Context) -> None:
    access = replace(polling.access_of(context.config), address="http://127.0.0.1:1")
    with CoreApi(access) as api, pytest.raises(ApiError, match="cannot be asked: ConnectError"):
        api.search(START)


def test_a_bad_document_is_refused_alone_and_listed_once(server: AfpServer, context: Context) -> None:
    picture = {"uno": "urn:picture:1", "class": "photo", "headline": "h", "published": START.isoformat()}
    empty = document(2, 2, news=[])
    server.documents = [document(1, 1), picture, empty, {"published": START.isoformat()}, document(3, 3)]
    done = polling.poll(context)
    assert (done.new_takes, len(done.refused)) == (2, 3)
    polling.poll(context)
    with reading(context.engine) as session:
        reasons = sorted(each.reason for each in refusals.listed(session))
    assert reasons == [
        "JSON of an unknown kind, with the fields published",
        "a photo document, not a story",
        "an item without text of a story",
    ]


def test_documents_out_of_order_are_not_stepped_over(server: AfpServer, context: Context) -> None:
    mixed = [document(1, 30), document(2, 10)]
    server.forced = [Forced(200, json.dumps({"response": {"docs": mixed}}).encode())]
    with pytest.raises(JobError, match="do not come in the order"):
        polling.poll(context)
    assert stored(context) == []


def test_a_document_dated_tomorrow_hides_nothing(server: AfpServer, context: Context) -> None:
    server.documents = [document(1, 1), document(2, 60 * 24 * 30)]
    assert polling.poll(context).new_takes == 2
    server.documents.append(document(3, 20))
    assert polling.poll(context).new_takes == 1
    assert row(context).read_to == START + timedelta(minutes=20)


def test_without_an_account_nothing_is_asked(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    assert not due.poll(context)
    with pytest.raises(JobError, match=r"wire\.afp\.user is not set"):
        polling.poll(context)


def test_the_row_of_an_interface(server: AfpServer, database_url: str, tmp_path: Path) -> None:
    """Both databases, and a document received again as a file: one take."""
    context = context_for(server, database_url, tmp_path)
    server.documents = [document(1, 1)]
    assert due.poll(context)
    assert polling.poll(context).new_takes == 1
    assert due.poll(context)
    assert row(context).known == [[document(1, 1)["uno"], (START + timedelta(minutes=1)).isoformat()]]
    assert row(context).name == f"{server.address} news"
