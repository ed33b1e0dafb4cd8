"""Which day's digest is owed, asked at any instant, in any zone, over every change of the clocks."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

import config
from jobs import due
from jobs.context import Context
from jobs.readers import FILE_RECIPIENT, digest_date
from storage import outbox, runs
from storage.engine import writing
from tests.jobs.newsdesk import START, context_of

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)


@pytest.mark.parametrize("change", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)])
def test_every_day_is_owed_once_and_in_order_over_clock_changes(change: date) -> None:
    for zone in ZONES:
        start = datetime.combine(change - timedelta(days=2), datetime.min.time(), UTC)
        asked = [digest_date(start + timedelta(minutes=30 * step), zone, 7) for step in range(5 * 48)]
        days = list(dict.fromkeys(asked))
        assert asked == sorted(asked), f"{zone} goes back"
        assert all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(days)), zone


def test_yesterday_is_owed_from_the_hour_on() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert digest_date(datetime(2026, 11, 21, 6, 59, tzinfo=paris), "Europe/Paris", 7) == date(2026, 11, 19)
    assert digest_date(datetime(2026, 11, 21, 7, 0, tzinfo=paris), "Europe/Paris", 7) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("zone", "lost", "around"),
    [
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Kwajalein", date(1993, 8, 21), datetime(1993, 8, 21, 12, tzinfo=UTC)),
    ],
)
def test_a_day_that_a_zone_never_had_is_not_owed(zone: str, lost: date, around: datetime) -> None:
    """Samoa went from 29 to 31 December 2011: the 29th is owed on the 31st, and nothing between."""
    asked = [digest_date(around + timedelta(minutes=15 * step), zone, 7) for step in range(-400, 400)]
    days = list(dict.fromkeys(asked))
    assert asked == sorted(asked)
    assert lost not in days
    assert {lost - timedelta(days=1), lost + timedelta(days=1)} <= set(days)


def test_what_a_server_did_not_take_for_a_day_is_tried_for_a_week(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    digest = config.DigestConfig(recipients=("ann@daily.example",))
    context = Context(context.config.model_copy(update={"digest": digest}))
    today = digest_date(context.now(), "Europe/Paris", 7)
    with writing(context.engine) as session:
        for days, recipient in ((0, "ann"), (1, "ann"), (7, "ann"), (8, "ann"), (2, "gone")):
            named = {"message_id": "<x@y>", "subject": "s", "now": START - timedelta(days=9)}
            day, address = today - timedelta(days=days), f"{recipient}@daily.example"
            outbox.put(session, local_date=day, recipient=address, message=b"m", **named)  # type: ignore[arg-type]  # each its own
    assert [today - kept.local_date for kept in due.unsent(context)] == [timedelta(days=7), timedelta(days=1)]
    with writing(context.engine) as session:
        assert outbox.claim_to_send(session, today - timedelta(days=1), "ann@daily.example", context.now()) is not None
    assert [kept.state for kept in due.unsent(context)] == ["composed"], "one is on its way"


def test_nothing_is_owed_for_days_before_the_first_run(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    assert not due.digest(context)
    with writing(context.engine) as session:
        runs.start_run(session, "crawl", context.now())
    assert not due.digest(context), "yesterday was over before anything ran"


def test_a_digest_is_owed_until_it_is_on_its_way(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    day = digest_date(context.now(), "Europe/Paris", 7)
    with writing(context.engine) as session:
        runs.start_run(session, "crawl", START - timedelta(days=3))
    assert due.digest(context)
    with writing(context.engine) as session:
        outbox.put(
            session,
            local_date=day,
            recipient=FILE_RECIPIENT,
            message_id="<x@y>",
            subject="s",
            message=b"m",
            now=context.now(),
        )
        kept = outbox.find(session, day, FILE_RECIPIENT)
        assert kept is not None
        outbox.mark_written(session, kept.id, context.now())
    assert not due.digest(context)


def test_a_half_written_file_waits(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("x")
    (tmp_path / ".hidden").write_text("x")
    now = (tmp_path / "a.xml").stat().st_mtime
    assert due.waiting(tmp_path, 2, now + 1) == []
    assert due.waiting(tmp_path, 2, now + 3) == [tmp_path / "a.xml"]
    assert due.waiting(tmp_path / "none", 2, now) == []
