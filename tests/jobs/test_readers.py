"""Several readers, each with their own zone, hour, language and choices: each gets each day and each week once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import config
from jobs import digesting, due
from jobs.context import Context
from jobs.readers import FILE_RECIPIENT, subscribers
from news.errors import JobError, MailRefused, MailUncertain
from report.periods import Period
from storage import runs, set_aside
from storage.digest.digest_rows import Scope
from storage.engine import reading, writing
from storage.models import DigestRow
from tests.jobs.newsdesk import article, filing, load, match, story
from tests.report.smtp_servers import Inbox, free_port, mail_server, scripted_server
from tests.whole.program import Program

MONDAY = datetime(2026, 3, 9, 12, tzinfo=UTC)
READERS = (
    {
        "name": "paris",
        "address": "paris@example.org",
        "language": "fr",
        "weekly": "monday",
        "outlets": ("post.example",),
    },
    {"name": "tokyo", "address": "tokyo@example.org", "zone": "Asia/Tokyo", "hour": 20, "countries": ("jp",)},
)


def settings(**digest: Any) -> config.Config:
    return config.Config(digest=config.DigestConfig(**digest))


def test_a_reader_has_their_own_choices_and_else_the_common_ones() -> None:
    plain, paris, tokyo = subscribers(settings(recipients=["desk@example.org"], readers=READERS, weekly="friday"))
    assert (plain.name, plain.recipient, plain.weekday, plain.scope) == ("", "desk@example.org", 4, Scope(("AFP",)))
    assert (paris.language, paris.weekday, paris.scope) == ("fr", 0, Scope(("AFP",), ("post.example",)))
    assert (tokyo.zone.key, tokyo.hour, tokyo.weekday, tokyo.scope) == (
        "Asia/Tokyo",
        20,
        4,
        Scope(("AFP",), (), ("JP",)),
    )
    (nobody,) = subscribers(settings())
    assert (nobody.recipient, nobody.weekday) == (FILE_RECIPIENT, None)


def test_each_reader_is_owed_their_own_day_and_week() -> None:
    paris, tokyo = subscribers(settings(readers=READERS))
    asked = [datetime(2026, 3, 9, hour, tzinfo=UTC) for hour in (5, 7, 10, 12)]
    assert [paris.day(now).day for now in asked] == [7, 8, 8, 8]
    assert [tokyo.day(now).day for now in asked] == [7, 7, 7, 8]
    assert [*paris.periods(asked[0])] == [Period("daily", date(2026, 3, 7)), Period("weekly", date(2026, 3, 1))]
    assert [*paris.periods(asked[1])] == [Period("daily", date(2026, 3, 8)), Period("weekly", date(2026, 3, 8))]
    assert [*tokyo.periods(asked[3])] == [Period("daily", date(2026, 3, 8))]


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        ({"readers": [READERS[0], READERS[0]]}, "name 'paris'"),
        ({"readers": READERS, "recipients": ["Tokyo@Example.org"]}, "address 'tokyo@example.org'"),
        ({"readers": [READERS[0] | {"zone": "Mars/Olympus"}]}, "Mars/Olympus"),
        ({"readers": [READERS[0] | {"address": "nobody"}]}, "no email address"),
        ({"readers": [READERS[0] | {"countries": ("FRA",)}]}, "ISO 3166"),
        ({"readers": [READERS[0] | {"name": "../x"}]}, "name"),
        ({"readers": [READERS[0] | {"language": "de"}]}, "'en' or 'fr'"),
        ({"readers": [READERS[0] | {"weekly": "someday"}]}, "weekly"),
        ({"readers": [READERS[0] | {"telephone": "1"}]}, "telephone"),
    ],
)
def test_choices_that_cannot_be_kept_are_refused_by_name(digest: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        config.DigestConfig(**digest)


def context_at(now: datetime, database_url: str, home: Path, port: int, timeout_seconds: float = 5) -> Context:
    return Context(
        config.Config(
            home=home,
            database_url=database_url,
            digest=config.DigestConfig.model_validate({"readers": READERS, "sender": "wiretrail@example.org"}),
            smtp=config.SmtpConfig(host="127.0.0.1", port=port, timeout_seconds=timeout_seconds),
            clock=config.ClockConfig(start=now, epoch=datetime.now(UTC), rate=1e-9),
        )
    )


def newsroom(context: Context) -> None:
    """One story at two outlets, in the week before that Monday; the installation has run for a month."""
    text = story(1)
    load(
        context,
        [
            filing(text, minutes=0, id="1"),
            *(article(name, text, minutes=60, credit="AFP") for name in ("post", "echo")),
        ],
    )
    match(context)
    with writing(context.engine) as session:
        runs.start_run(session, "crawl", context.now() - timedelta(days=30))


def delivered(inbox: Inbox) -> set[str]:
    """The Message-IDs of what arrived."""
    return {str(message_from_bytes(text, policy=default)["Message-ID"]) for _, _, text in inbox.taken}


def test_every_reader_gets_each_day_and_week_once_whatever_runs_again(database_url: str, tmp_path: Path) -> None:
    with mail_server() as (inbox, port):
        newsroom(context_at(MONDAY - timedelta(days=1), database_url, tmp_path, port))
        arrived: list[int] = []
        for hour in (0, 0, 1, 12, 24, 48):
            context = context_at(MONDAY + timedelta(hours=hour), database_url, tmp_path, port)
            assert due.digest(context) == (hour in (0, 24, 48) and len(arrived) != 1)
            digesting.deliver_due(context)
            arrived.append(len(inbox.taken))
            assert not due.digest(context)
    assert arrived == [3, 3, 3, 3, 5, 7], "two days and a week, then two days each morning"
    assert len(delivered(inbox)) == 7
    taken = [message_from_bytes(text, policy=default) for _, _, text in inbox.taken]
    assert [(m["To"], m["Content-Language"]) for m in taken[:2]] == [("paris@example.org", "fr")] * 2
    assert [str(m["Subject"]).split(",")[0] for m in taken[:2]] == ["Reprises AFP"] * 2
    assert "semaine 2–8 mars" in str(taken[1]["Subject"])
    files = {path.name for path in (tmp_path / "digests").glob("*.eml")}
    assert {"digest-paris-2026-03-08.eml", "digest-paris-week-2026-03-08.eml", "digest-tokyo-2026-03-08.eml"} <= files


def test_a_readers_copies_are_those_of_their_outlets(database_url: str, tmp_path: Path) -> None:
    context = context_at(MONDAY - timedelta(days=1), database_url, tmp_path, free_port())
    newsroom(context)
    day = context.now().date()
    rows = {}
    for reader in subscribers(context.config):
        digest = digesting.composed(context, reader, Period("daily", day))
        rows[reader.name] = [line.split(",")[5] for line in digest.files["pickups.csv"].splitlines()[1:]]
    assert rows == {"paris": ["post.example"], "tokyo": []}


def test_a_week_no_server_took_is_sent_later_and_once(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    context = context_at(MONDAY, database_url, tmp_path, port)
    newsroom(context)
    week = [(reader, Period("weekly", date(2026, 3, 8))) for reader in digesting.readers_named(context, "paris")]
    with pytest.raises(MailRefused):
        digesting.deliver(context, week)
    assert ("paris", "weekly") in {
        (reader.name, period.kind)
        for reader, period in due.owed(context_at(MONDAY + timedelta(hours=1), database_url, tmp_path, port))
    }
    with mail_server() as (inbox, port):
        for hours in (1, 2):
            later = context_at(MONDAY + timedelta(hours=hours), database_url, tmp_path, port)
            digesting.deliver(later, week)
    assert len(inbox.taken) == 1


def states(context: Context) -> dict[str, str]:
    with reading(context.engine) as session:
        rows = session.execute(select(DigestRow.recipient, DigestRow.state).where(DigestRow.kind == "daily"))
        return {row.recipient: row.state for row in rows}


def three(now: datetime, database_url: str, home: Path, port: int, second: str = "tokyo@example.org") -> Context:
    """Three readers who get the same day's digest, in this order."""
    context = context_at(now, database_url, home, port, timeout_seconds=0.4)
    digest = config.DigestConfig(recipients=("paris@example.org", second, "rome@example.org"))
    return Context(context.config.model_copy(update={"digest": digest}))


def test_a_reader_the_server_refuses_is_set_aside_and_the_others_get_theirs(database_url: str, tmp_path: Path) -> None:
    with mail_server() as (inbox, port):
        inbox.refused = {"paris@example.org": "550 no such desk", "tokyo@example.org": "450 greylisted"}
        context = three(MONDAY, database_url, tmp_path, port)
        newsroom(context)
        with pytest.raises(MailRefused, match="550 no such desk"):
            digesting.deliver_due(context)
        assert states(context) == {
            "paris@example.org": "composed", "tokyo@example.org": "composed", "rome@example.org": "sent"
        }  # fmt: skip
        with reading(context.engine) as session:
            (refused,) = set_aside.rows(session, "digest")
        assert (refused.name, refused.failures) == ("2026-03-08 daily paris@example.org", 1)
        assert "550 no such desk" in refused.reason
        inbox.refused = {}
        for minutes, arrived in ((4, 1), (6, 2), (14, 2), (16, 3)):
            context = three(MONDAY + timedelta(minutes=minutes), database_url, tmp_path, port)
            assert due.digest(context) == (minutes in (6, 16)), "greylisted for 5 minutes, refused for 15"
            digesting.deliver_due(context)
            assert len(inbox.taken) == arrived
    with reading(context.engine) as session:
        assert set_aside.rows(session, "digest") == []


def test_a_digest_that_cannot_be_composed_is_set_aside_and_the_others_get_theirs(
    database_url: str, tmp_path: Path
) -> None:
    """An address the configuration takes and no header may carry: the readers after it got nothing, every day."""
    with mail_server() as (inbox, port):
        context = three(MONDAY, database_url, tmp_path, port, second="déjà@example.org")
        newsroom(context)
        with pytest.raises(JobError, match=r"déjà@example\.org cannot be composed: MailAddressError"):
            digesting.deliver_due(context)
        assert sorted(to for _, (to,), _ in inbox.taken) == ["paris@example.org", "rome@example.org"]
        assert not due.digest(three(MONDAY + timedelta(minutes=14), database_url, tmp_path, port, "déjà@example.org"))
        assert due.digest(three(MONDAY + timedelta(minutes=15), database_url, tmp_path, port, "déjà@example.org"))
    with reading(context.engine) as session:
        assert [row.name for row in set_aside.rows(session, "digest")] == ["2026-03-08 daily déjà@example.org"]


def test_a_server_that_greets_for_ever_leaves_all_for_later(database_url: str, tmp_path: Path) -> None:
    """It hung, with the digest in state sending: nobody could say whether it had arrived."""
    with scripted_server({}, drips_after="CONNECT") as port:
        context = three(MONDAY, database_url, tmp_path, port)
        newsroom(context)
        with pytest.raises(MailRefused, match="no end of the conversation"):
            digesting.deliver_due(context)
    assert set(states(context).values()) == {"composed"}
    with reading(context.engine) as session:
        assert sorted(session.scalars(select(DigestRow.attempts))) == [0, 0, 1], "each would have waited as long"
    with mail_server() as (inbox, port):
        later = three(MONDAY + timedelta(minutes=6), database_url, tmp_path, port)
        digesting.deliver_due(later)
        assert len(inbox.taken) == 3
    assert set(states(later).values()) == {"sent"}


def test_a_reader_nobody_configured_is_named(database_url: str, tmp_path: Path) -> None:
    context = context_at(MONDAY, database_url, tmp_path, free_port())
    with pytest.raises(JobError, match=r"'rome'.*paris, tokyo"):
        digesting.readers_named(context, "rome")


def test_a_person_settles_what_may_have_arrived(sqlite_database: str, tmp_path: Path) -> None:
    with scripted_server({}, silent_after="TEXT") as port:
        context = context_at(MONDAY, sqlite_database, tmp_path, port, timeout_seconds=0.5)
        newsroom(context)
        week = [(reader, Period("weekly", date(2026, 3, 8))) for reader in digesting.readers_named(context, "paris")]
        with pytest.raises(MailUncertain):
            digesting.deliver(context, week)
    program = Program(tmp_path, sqlite_database)
    listed = program.run("settle")
    assert "paris@example.org" in listed.out
    assert program.run("settle", "2026-03-08", "paris@example.org", "--lost").code == 1, (
        "the daily one is not uncertain"
    )
    assert program.run("settle", "2026-03-08", "paris@example.org", "--lost", "--weekly").code == 0
    with mail_server() as (inbox, port):
        digesting.deliver(context_at(MONDAY + timedelta(hours=1), sqlite_database, tmp_path, port), week)
    assert len(inbox.taken) == 1
    assert "paris" not in program.run("settle").out
