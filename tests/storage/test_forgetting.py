"""Rows of the work itself go when nobody needs them, and nothing else does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update

from config import KeepConfig
from news.visits import FoundLink
from storage import leases, outbox, runs, set_aside
from storage.columns import Base
from storage.crawling import frontier
from storage.crawling.hosts import MOST_ROBOTS_BYTES, Asked, keep_robots, known_robots, note_requests
from storage.engine import reading, writing
from storage.forgetting import BOUNDS, KEPT, days_kept, forget
from storage.models import DigestRow, FeedRow, HostRow, LeaseRow, PageRow, RobotsRow, RunRow, SetAsideRow
from tests.storage.makers import NOON, ZED, feed, outlet

DAY = timedelta(days=1)


def at(days: float) -> datetime:
    return NOON + days * DAY


def fill(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [outlet("o", feed("https://o.example/rss"))], NOON)


def forgotten(engine: Engine, table: str, days: float, most: int = 1000) -> int:
    with writing(engine) as session:
        return forget(session, BOUNDS[table], at(days), days_kept(BOUNDS[table], KeepConfig()), most)


def names(engine: Engine, column: Any) -> list[Any]:
    with reading(engine) as session:
        return sorted(session.scalars(select(column)))


@pytest.mark.parametrize("body", [b"", b"User-agent: *\nDisallow: /\n" * 9000, b"# " + b"x" * 510_000])
def test_a_robots_file_is_kept_packed_and_not_for_good(engine: Engine, body: bytes) -> None:
    with writing(engine) as session:
        keep_robots(session, "http://a.example", body, NOON, tdmrep=b"[" + b" " * 65_000 + b"]")
        assert known_robots(session, ["a.example"], NOON)["http://a.example"][0] == body
        kept = session.scalar(select(func.length(RobotsRow.body) + func.length(RobotsRow.tdmrep)))
        assert kept is not None
        assert kept < 8_000
    assert [forgotten(engine, "robots", day) for day in (1, 1.9, 2.1)] == [0, 0, 1]


def test_a_file_that_does_not_pack_is_not_kept(engine: Engine) -> None:
    with writing(engine) as session:
        keep_robots(session, "http://a.example", b"Disallow: /", NOON)
        keep_robots(session, "http://a.example", os.urandom(MOST_ROBOTS_BYTES + 1), NOON)
        keep_robots(session, "http://b.example", b"", NOON, tdmrep=os.urandom(MOST_ROBOTS_BYTES))
        assert known_robots(session, ["a.example", "b.example"], NOON) == {}, "read again by the next crawl"


def test_a_host_goes_when_nothing_is_wanted_of_it(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        asked = [Asked(host, NOON) for host in ("o.example", "old.example", "due.example", "new.example")]
        note_requests(session, asked)
        note_requests(session, [Asked("new.example", at(29))])
        frontier.add_links(session, "o", [FoundLink("https://due.example/1", "due.example")], "", NOON)
    assert forgotten(engine, "hosts", 29) == 0
    assert forgotten(engine, "hosts", 31.1) == 1
    assert names(engine, HostRow.host) == ["due.example", "new.example", "o.example"]


def test_leases_that_lapsed_go_and_those_held_stay(engine: Engine) -> None:
    with writing(engine) as session:
        for name, hours in (("host:a", 1), ("host:b", 24 * 3), ("job:match", 1)):
            leases.take(session, name, "t", NOON, NOON + timedelta(hours=hours))
        leases.take(session, "host:c", "t", NOON, at(1))
        leases.give_back(session, "host:c", "t")
    assert forgotten(engine, "leases", 2) == 2
    assert names(engine, LeaseRow.name) == ["host:b", "job:match"]


def test_of_runs_the_newest_of_each_job_and_end_stays(engine: Engine) -> None:
    with writing(engine) as session:
        for number, (job, outcome) in enumerate([("crawl", "ok"), ("crawl", "failed"), ("digest", "ok")] * 5):
            run = runs.start_run(session, job, at(number / 10))
            runs.end_run(session, run, at(number / 10), outcome=outcome, counts={})
        runs.start_run(session, "crawl", NOON)
        runs.start_run(session, "crawl", at(60))
    assert forgotten(engine, "runs", 61, most=5) == 5
    assert forgotten(engine, "runs", 61) == 12 - 5
    with reading(engine) as session:
        kept = session.execute(select(RunRow.job, RunRow.outcome).order_by(RunRow.id)).all()
        assert [tuple(row) for row in kept] == [
            ("crawl", "ok"),
            ("crawl", "failed"),
            ("digest", "ok"),
            ("crawl", "running"),
            ("crawl", "running"),
        ]
        assert runs.last_succeeded(session, "digest") == at(1.4)


def test_what_is_set_aside_goes_when_nobody_tries_it_again(engine: Engine) -> None:
    with writing(engine) as session:
        for name, day in (("old.xml", 0), ("new.xml", 25)):
            set_aside.fail(session, "file", name, "why", at(day))
    assert [forgotten(engine, "set_aside", day) for day in (29, 31)] == [0, 1]
    assert names(engine, SetAsideRow.name) == ["new.xml"]


def test_a_digest_stays_known_without_its_text(engine: Engine) -> None:
    def put(name: str) -> None:
        with writing(engine) as session:
            day = {"local_date": NOON.date(), "recipient": name, "message_id": name, "subject": "", "now": NOON}
            outbox.put(session, **day, message=b"text")  # type: ignore[arg-type]  # each its own

    for name in ("sent", "uncertain"):
        put(name)
        with writing(engine) as session:
            session.execute(update(DigestRow).where(DigestRow.recipient == name).values(state=name))
    assert [forgotten(engine, "digests", day) for day in (400, 402)] == [0, 1]
    assert names(engine, DigestRow.message) == [b"", b"text"]
    with reading(engine) as session:
        assert not outbox.is_owed(session, NOON.date(), "sent", at(402))


def pages() -> Iterator[dict[str, Any]]:
    base = {"outlet_id": "o", "host": "o.example", "found_at": NOON, "listed_source": "", "listed_zone": ""}
    for name, due_at, fetched_at in (
        ("gone", None, at(1)),
        ("never asked", None, None),
        ("due", at(900), at(1)),
        ("asked lately", None, at(300)),
    ):
        yield base | {"url": f"https://o.example/{name}", "due_at": due_at, "fetched_at": fetched_at}


def test_addresses_that_led_nowhere_go_after_a_year(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        session.execute(insert(PageRow), list(pages()))
    assert [forgotten(engine, "pages", day) for day in (364, 367)] == [0, 2]
    assert [url.rpartition("/")[2] for url in names(engine, PageRow.url)] == ["asked lately", "due"]


def test_sitemaps_of_an_index_that_is_polled_no_more_go(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        index = session.scalars(select(FeedRow)).one()
        child = {"outlet_id": "o", "host": "o.example", "kind": "sitemap", "due_at": NOON, "polled_at": NOON}
        session.execute(
            insert(FeedRow),
            [child | {"url": f"https://o.example/{n}.xml", "parent_id": index.id, "active": n > 1} for n in range(4)],
        )
    assert [forgotten(engine, "feeds", day) for day in (29, 31)] == [0, 2]
    assert len(names(engine, FeedRow.url)) == 3


def test_every_table_has_a_bound() -> None:
    """A new table is let go of here, or says what it grows with."""
    assert sorted([*BOUNDS, *KEPT]) == sorted(table.name for table in Base.metadata.sorted_tables)
    assert all(hasattr(KeepConfig(), bound.setting) for bound in BOUNDS.values() if bound.setting)
