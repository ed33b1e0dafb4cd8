"""Leases: one holder at a time, and a holder that overslept can do nothing more."""

from __future__ import annotations

import threading

from sqlalchemy import Engine

from storage import leases
from storage.engine import open_engine, writing
from storage.models import LeaseRow
from tests.storage.makers import NOON, later


def test_one_token_at_a_time(engine: Engine) -> None:
    with writing(engine) as session:
        assert leases.take(session, "job:match", "a", NOON, later(5))
        assert not leases.take(session, "job:match", "b", later(4), later(9))
        assert leases.take(session, "job:match", "a", later(4), later(6))
        assert leases.take(session, "job:crawl", "b", later(4), later(9))


def test_a_lapsed_lease_is_anybodys(engine: Engine) -> None:
    with writing(engine) as session:
        leases.take(session, "job:match", "a", NOON, later(5))
        assert leases.take(session, "job:match", "b", later(5), later(9))
        assert not leases.renew(session, "job:match", "a", later(5), later(20))
        assert not leases.give_back(session, "job:match", "a")
        assert session.get_one(LeaseRow, "job:match").token == "b"


def test_a_lease_that_lapsed_is_not_renewed_but_taken_again(engine: Engine) -> None:
    with writing(engine) as session:
        leases.take(session, "job:match", "a", NOON, later(5))
        assert leases.renew(session, "job:match", "a", later(4), later(8))
        assert not leases.renew(session, "job:match", "a", later(8), later(12))
        assert leases.take(session, "job:match", "a", later(8), later(12))


def test_what_is_given_back_is_free_at_once(engine: Engine) -> None:
    with writing(engine) as session:
        leases.take(session, "job:match", "a", NOON, later(5))
        assert leases.give_back(session, "job:match", "a")
        assert leases.take(session, "job:match", "b", NOON, later(5))


def test_two_daemons_never_get_one_slot(database_url: str) -> None:
    """APScheduler's own store let 17 of 33 slots run twice with two daemons; the lease none."""
    won: list[tuple[int, str]] = []

    def daemon(token: str) -> None:
        engine = open_engine(database_url)
        for slot in range(40):
            with writing(engine) as session:
                if leases.take(session, f"slot:{slot}", token, NOON, later(5)):
                    won.append((slot, token))
        engine.dispose()

    threads = [threading.Thread(target=daemon, args=(token,)) for token in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slot for slot, _ in won) == list(range(40))
