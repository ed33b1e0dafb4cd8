"""The outbox: whatever crashes, times out or runs twice, one email per date and recipient."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from news.errors import UnknownObjectError
from storage import outbox, runs
from storage.engine import open_engine, reading, writing
from storage.models import DigestRow
from tests.storage.makers import NOON, later

DAY = date(2026, 3, 8)
ANN = "ann@daily.example"


def put(engine: Engine, recipient: str = ANN, message: bytes = b"Subject: x\r\n\r\nbody", kind: str = "daily") -> bool:
    with writing(engine) as session:
        return outbox.put(
            session,
            local_date=DAY,
            recipient=recipient,
            kind=kind,
            message_id="<1@x>",
            subject="x",
            message=message,
            now=NOON,
        )


def claim(engine: Engine, minutes: float = 0) -> outbox.Outgoing | None:
    with writing(engine) as session:
        return outbox.claim_to_send(session, DAY, ANN, later(minutes))


def begin_text(engine: Engine, taken: outbox.Outgoing, minutes: float = 0) -> bool:
    with writing(engine) as session:
        return outbox.begin_text(session, taken, later(minutes))


def begun(engine: Engine, minutes: float = 0) -> outbox.Outgoing:
    """Taken up, and the server wants its text."""
    taken = claim(engine, minutes)
    assert taken is not None
    assert begin_text(engine, taken, minutes)
    return taken


def state(engine: Engine) -> str:
    with reading(engine) as session:
        row = outbox.find(session, DAY, ANN)
        return row.state if row else "nothing"


def owed(engine: Engine, minutes: float | None = None) -> bool:
    with reading(engine) as session:
        return outbox.is_owed(session, DAY, ANN, None if minutes is None else later(minutes))


def test_a_week_is_another_digest_than_its_last_day(engine: Engine) -> None:
    assert put(engine)
    assert put(engine, message=b"week", kind="weekly")
    assert not put(engine, message=b"again", kind="weekly")
    with writing(engine) as session:
        taken = outbox.claim_to_send(session, DAY, ANN, NOON, "weekly")
        assert taken is not None
        assert (taken.kind, taken.message) == ("weekly", b"week")
        assert outbox.begin_text(session, taken, NOON)
        outbox.mark_sent(session, taken.id, NOON)
    with reading(engine) as session:
        assert not outbox.is_owed(session, DAY, ANN, kind="weekly")
    assert owed(engine), "the day's own is still to be sent"


def test_a_digest_is_composed_once(engine: Engine) -> None:
    assert owed(engine)
    assert put(engine)
    assert not put(engine, message=b"another")
    assert put(engine, "bob@daily.example")
    with reading(engine) as session:
        row = outbox.find(session, DAY, ANN)
        assert row is not None
        assert (row.message, row.state, row.message_id) == (b"Subject: x\r\n\r\nbody", "composed", "<1@x>")


def test_what_was_sent_is_never_sent_again(engine: Engine) -> None:
    put(engine)
    taken = begun(engine)
    assert (taken.attempts, state(engine)) == (1, "sending")
    assert claim(engine) is None
    assert not owed(engine)
    with writing(engine) as session:
        outbox.mark_sent(session, taken.id, later(1))
    assert claim(engine, 600) is None
    assert state(engine) == "sent"
    assert not put(engine)


def test_a_server_that_is_down_gets_it_later_and_is_left_in_peace_between(engine: Engine) -> None:
    put(engine)
    for attempt, wait in ((1, 5), (2, 10), (3, 15)):
        taken = claim(engine, attempt * 60)
        assert taken is not None
        assert taken.attempts == attempt
        with writing(engine) as session:
            outbox.mark_failed(session, taken, "connection refused")
        assert not owed(engine, attempt * 60 + wait - 1)
        assert claim(engine, attempt * 60 + wait - 1) is None
        assert owed(engine, attempt * 60 + wait)
    with reading(engine) as session:
        row = outbox.find(session, DAY, ANN)
        assert row is not None
        assert row.error == "connection refused"


def test_a_try_that_dies_before_the_text_is_repeated(engine: Engine) -> None:
    """The server greeted for ever, or the process was killed while it did: nothing can have arrived."""
    put(engine)
    assert claim(engine) is not None
    assert state(engine) == "composed"
    assert claim(engine, 4) is None, "the server is left in peace"
    assert claim(engine, 5) is not None
    with reading(engine) as session:
        assert outbox.uncertain(session, later(600)) == []


def test_of_two_tries_at_once_only_the_later_hands_over_the_text(engine: Engine) -> None:
    """The first one's server dripped for so long that another daemon took the digest up again."""
    put(engine)
    slow, quick = claim(engine), claim(engine, 5)
    assert slow is not None
    assert quick is not None
    assert not begin_text(engine, slow, 6)
    assert begin_text(engine, quick, 6)
    assert not begin_text(engine, quick, 7), "once"
    with writing(engine) as session:
        outbox.mark_failed(session, slow, "no end of the conversation")
    assert state(engine) == "sending", "the slow one's failure says nothing of the quick one's delivery"
    with writing(engine) as session:
        outbox.mark_failed(session, quick, "refused with 552")
    assert state(engine) == "composed"


def test_a_server_that_took_it_and_went_silent_does_not_get_it_twice(engine: Engine) -> None:
    put(engine)
    taken = begun(engine)
    with writing(engine) as session:
        outbox.mark_uncertain(session, taken.id, "timed out after the text")
    assert claim(engine, 6000) is None
    assert not owed(engine)
    with reading(engine) as session:
        assert [(row.recipient, row.error) for row in outbox.uncertain(session, NOON)] == [
            (ANN, "timed out after the text")
        ]


def test_a_delivery_whose_process_died_is_reported_and_not_repeated(engine: Engine) -> None:
    put(engine)
    begun(engine)
    assert claim(engine, 6000) is None
    with reading(engine) as session:
        assert outbox.uncertain(session, later(9)) == []
        assert [row.state for row in outbox.uncertain(session, later(10))] == ["sending"]


@pytest.mark.parametrize(("arrived", "after"), [(True, "sent"), (False, "composed")])
def test_a_person_settles_what_is_uncertain(engine: Engine, arrived: bool, after: str) -> None:
    put(engine)
    begun(engine)
    with writing(engine) as session:
        with pytest.raises(UnknownObjectError, match="no uncertain daily digest"):
            outbox.settle(session, DAY, ANN, later(5), arrived=arrived)
        outbox.settle(session, DAY, ANN, later(20), arrived=arrived)
    assert state(engine) == after
    assert (claim(engine, 21) is None) == arrived


def test_a_digest_without_recipients_is_written_once(engine: Engine) -> None:
    put(engine)
    with writing(engine) as session:
        row = outbox.find(session, DAY, ANN)
        assert row is not None
        outbox.mark_written(session, row.id, NOON)
    assert state(engine) == "written"
    assert not owed(engine)


def test_of_two_daemons_one_sends(database_url: str) -> None:
    engine = open_engine(database_url)
    put(engine)
    engine.dispose()
    taken: list[outbox.Outgoing | None] = []

    def daemon() -> None:
        own = open_engine(database_url)
        taken.append(claim(own))
        own.dispose()

    threads = [threading.Thread(target=daemon) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row is not None for row in taken) == [False, False, False, True]


STEPS = st.sampled_from(["compose", "deliver", "refuse", "time out", "crash early", "crash before", "crash after"])


@settings(max_examples=40)
@given(st.lists(STEPS, max_size=12))
def test_nothing_arrives_twice(shared_sqlite: Engine, steps: list[str]) -> None:
    """A server model counts arrivals while processes crash around every step."""
    day, arrivals, clock = DAY, 0, NOON
    with writing(shared_sqlite) as session:
        session.execute(delete(DigestRow))
    put(shared_sqlite)
    for step in steps:
        clock += timedelta(hours=2)
        if step == "compose":
            put(shared_sqlite)
            continue
        with writing(shared_sqlite) as session:
            taken = outbox.claim_to_send(session, day, ANN, clock)
        if taken is None or step == "crash early":
            continue
        with writing(shared_sqlite) as session:
            assert outbox.begin_text(session, taken, clock)
        arrivals += step in ("deliver", "time out", "crash after")
        if step.startswith("crash"):
            continue
        with writing(shared_sqlite) as session:
            if step == "deliver":
                outbox.mark_sent(session, taken.id, clock)
            elif step == "refuse":
                outbox.mark_failed(session, taken, "why")
            else:
                outbox.mark_uncertain(session, taken.id, "why")
    assert arrivals <= 1


def test_runs_are_written_down(engine: Engine) -> None:
    with writing(engine) as session:
        first = runs.start_run(session, "crawl", NOON)
        runs.end_run(session, first, later(1), outcome="ok", counts={"pages": 3})
        runs.end_run(
            session, runs.start_run(session, "crawl", later(2)), later(3), outcome="failed", counts={}, error="x"
        )
        runs.start_run(session, "match", later(4))
    with reading(engine) as session:
        crawl, match = runs.last_runs(session)
        assert (crawl.job, crawl.outcome, crawl.error, crawl.ended_at) == ("crawl", "failed", "x", later(3))
        assert (match.outcome, match.ended_at, match.counts) == ("running", None, {})
