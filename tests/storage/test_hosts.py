"""Budgets, stop lists and waits of hosts: what a claim leaves where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from news.visits import Batch, Exchange, FetchResult, FoundLink
from storage.crawling import frontier
from storage.crawling.hosts import Asked, Limits, keep_robots, known_robots, note_requests
from storage.crawling.plan import planned
from storage.engine import reading, writing
from storage.models import FetchRow, OutletRow

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def fill(engine: Engine, *hosts: str, pages: int = 5) -> None:
    with writing(engine) as session:
        session.add(OutletRow(id="o", name="o", hosts=[], country="", zone="", language=""))
        session.flush()
        links = [FoundLink(f"http://{host}/{number}", host) for host in hosts for number in range(pages)]
        frontier.add_links(session, "o", links, "", NOON)


def claimed(engine: Engine, limits: Limits, now: datetime = NOON) -> Batch:
    with writing(engine) as session:
        until = now + timedelta(minutes=10)
        batch = frontier.claim_batch(
            session, now=now, token="t", lease_until=until, max_hosts=9, max_pages=99, limits=limits
        )
        frontier.release(session, "t")
    return batch


def due(engine: Engine, limits: Limits, now: datetime = NOON) -> int:
    with reading(engine) as session:
        return frontier.count_due(session, now, limits)


def test_a_host_gets_so_many_requests_a_day_and_the_rest_tomorrow(engine: Engine) -> None:
    fill(engine, "a.example", "b.example")
    limits = Limits(daily_requests=3)
    batch = claimed(engine, limits)
    assert sorted(page.url for page in batch.pages) == [f"http://{h}.example/{n}" for h in "ab" for n in range(3)]
    with writing(engine) as session:
        for page in batch.pages:
            exchange = Exchange(page.url, "ok", NOON, status=200)
            frontier.record_fetch(session, FetchResult(page, exchange), due_at=None, article_id=None)
    assert claimed(engine, limits).pages == ()
    assert due(engine, limits) == 0
    tomorrow = NOON + timedelta(hours=12)
    assert len(claimed(engine, limits, tomorrow).pages) == 4
    assert len(claimed(engine, Limits()).pages) == 4, "without a budget at once"


def test_a_host_on_the_stop_list_is_left_alone_with_all_below_it(engine: Engine) -> None:
    fill(engine, "a.example", "www.a.example:8080", "nota.example", "a.example:81", "a.example.org", pages=1)
    limits = Limits(never=("A.example",))
    assert sorted(claimed(engine, limits).hosts) == ["a.example.org", "nota.example"]
    assert due(engine, limits) == 2


def test_a_host_that_wants_to_be_left_alone_is(engine: Engine) -> None:
    fill(engine, "a.example", "b.example", pages=1)
    with writing(engine) as session:
        note_requests(session, [Asked("a.example", NOON, pause_seconds=600)])
        note_requests(session, [Asked("a.example", NOON)])
    assert claimed(engine, Limits()).hosts == ("b.example",)
    assert set(claimed(engine, Limits(), NOON + timedelta(seconds=601)).hosts) == {"a.example", "b.example"}


def test_robots_files_are_kept_for_a_day(engine: Engine) -> None:
    with writing(engine) as session:
        keep_robots(session, "http://a.example", b"old", NOON - timedelta(hours=1))
        keep_robots(session, "http://a.example", b"User-agent: *\n", NOON)
        keep_robots(session, "https://b.example:8443", b"", NOON, tdmrep=b"[]")
    with reading(engine) as session:
        hosts = ["a.example", "b.example:8443", "c.example"]
        assert known_robots(session, hosts, NOON + timedelta(hours=23)) == {
            "http://a.example": (b"User-agent: *\n", None),
            "https://b.example:8443": (b"", b"[]"),
        }
        assert known_robots(session, hosts, NOON + timedelta(hours=25)) == {}
        assert known_robots(session, hosts, NOON - timedelta(hours=2)) == {}, "read in the future: the clock went back"


def test_the_plan_says_what_is_next_and_why(engine: Engine) -> None:
    fill(engine, "a.example", "b.example", pages=1)
    with writing(engine) as session:
        note_requests(session, [Asked("a.example", NOON, pause_seconds=600)])
    with reading(engine) as session:
        rows = planned(session, NOON, Limits(never=("b.example",)), outlet=None, limit=9)
        assert [(row.what, row.url) for row in rows] == [
            ("visit", "http://a.example/0"),
            ("visit", "http://b.example/0"),
        ]
        assert rows[0].why == "a.example wants to be left alone until 2026-03-02 12:10 UTC"
        assert rows[1].why.startswith("b.example is on the list")
        later = planned(session, NOON + timedelta(minutes=11), Limits(), outlet="o", limit=1)
        assert [row.why for row in later] == ["not fetched yet"]
        assert planned(session, NOON, Limits(), outlet="other", limit=9) == []


def test_the_plan_shows_what_the_last_answer_said_on_rights(engine: Engine) -> None:
    fill(engine, "a.example", "b.example", pages=1)
    with writing(engine) as session:
        for url, said in (("a", ""), ("a", "header tdm-reservation: 1"), ("b", "header tdm-reservation: 1"), ("b", "")):
            session.add(FetchRow(outlet_id="o", url=f"http://{url}.example/0", fetched_at=NOON, outcome="ok", tdm=said))
            session.flush()
    with reading(engine) as session:
        rows = planned(session, NOON, Limits(), outlet=None, limit=9)
    assert [row.signals for row in rows] == ["header tdm-reservation: 1", ""], "b's last answer took it back"
