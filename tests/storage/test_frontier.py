"""The frontier: what is due is claimed host by host, by one at a time, and nothing that was claimed is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from news.articles import Moment
from news.visits import Batch, Exchange, FetchResult, FoundLink, PollResult, VisitOutcome
from storage.crawling import frontier
from storage.engine import open_engine, reading, writing
from storage.models import FeedRow, FetchRow, OutletRow, PageRow
from tests.storage.makers import NOON, ZED, feed, later, outlet, stated


def fill(engine: Engine, hosts: int = 2, pages: int = 2) -> None:
    """So many outlets with a feed each, and pages found in it, all due at noon."""
    outlets = [outlet(f"o{n}", feed(f"https://o{n}.example/rss")) for n in range(hosts)]
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], outlets, NOON)
        for n in range(hosts):
            links = [FoundLink(f"https://o{n}.example/{page}", f"o{n}.example") for page in range(pages)]
            frontier.add_links(session, f"o{n}", links, f"https://o{n}.example/rss", NOON)


def claim(engine: Engine, token: str, now: datetime = NOON, hosts: int = 10, pages: int = 100) -> Batch:
    with writing(engine) as session:
        return frontier.claim_batch(
            session,
            now=now,
            token=token,
            lease_until=now + timedelta(minutes=5),
            max_hosts=hosts,
            max_pages=pages,
        )


def exchange(url: str, outcome: VisitOutcome = "ok", status: int | None = 200, minutes: float = 1) -> Exchange:
    return Exchange(url, outcome, later(minutes), status, 10, "ab", "" if outcome == "ok" else "it broke", etag='"e1"')


def test_a_batch_holds_whole_hosts(engine: Engine) -> None:
    fill(engine, hosts=3)
    batch = claim(engine, "a", hosts=2)
    assert batch.hosts == ("o0.example", "o1.example")
    assert [task.url for task in batch.feeds] == ["https://o0.example/rss", "https://o1.example/rss"]
    assert {task.url.split("/")[2] for task in batch.pages} == set(batch.hosts)
    assert len(batch.pages) == 4
    rest = claim(engine, "b")
    assert rest.hosts == ("o2.example",)


def test_nothing_due_gives_an_empty_batch(engine: Engine) -> None:
    assert claim(engine, "a") == Batch("a", (), (), ())


def test_a_held_host_is_passed_over_until_its_lease_lapses(engine: Engine) -> None:
    fill(engine)
    first = claim(engine, "a")
    assert claim(engine, "b", later(4)).hosts == ()
    with reading(engine) as session:
        assert frontier.count_due(session, later(4)) == 0
        assert frontier.count_due(session, later(5)) == 6
    again = claim(engine, "b", later(5))
    assert (again.feeds, again.pages) == (first.feeds, first.pages)


def test_an_overslept_token_neither_renews_nor_releases(engine: Engine) -> None:
    fill(engine)
    claim(engine, "a")
    claim(engine, "b", later(5))
    with writing(engine) as session:
        assert frontier.renew(session, "a", now=later(6), lease_until=later(30)) == 0
        frontier.release(session, "a")
        assert frontier.renew(session, "b", now=later(6), lease_until=later(30)) == 2
    assert claim(engine, "c", later(29)).hosts == ()


def test_released_work_is_free_at_once(engine: Engine) -> None:
    fill(engine)
    claim(engine, "a")
    with writing(engine) as session:
        frontier.release(session, "a")
    assert len(claim(engine, "b").pages) == 4


def test_pages_are_dealt_host_by_host(engine: Engine) -> None:
    fill(engine, hosts=2, pages=20)
    assert [task.url.split("/")[2] for task in claim(engine, "a", pages=4).pages] == [
        "o0.example",
        "o1.example",
        "o0.example",
        "o1.example",
    ]


def test_more_pages_of_a_held_host(engine: Engine) -> None:
    fill(engine, hosts=2, pages=3)
    first = claim(engine, "a", hosts=1, pages=2)
    with writing(engine) as session:

        def more(token: str, host: str, now: datetime) -> tuple[str, ...]:
            tasks = frontier.claim_pages(
                session, now=now, token=token, lease_until=later(9), hosts=[host], max_pages=10
            )
            return tuple(task.url for task in tasks)

        assert more("a", "o1.example", later(1)) == ()  # never its own
        assert more("b", "o0.example", later(1)) == ()
        assert more("a", "o0.example", later(6)) == ()  # no longer its own
        found = more("a", "o0.example", later(1))
    assert found == ("https://o0.example/2",)
    assert not {task.url for task in first.pages} & set(found)


def test_a_long_waiting_page_comes_before_a_fresh_feed(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [outlet("old"), outlet("new", feed("https://new.example/rss"))], NOON)
        frontier.add_links(session, "old", [FoundLink("https://old.example/1", "old.example")], "", later(-20))
    assert claim(engine, "a", hosts=1).hosts == ("old.example",)


def test_a_feed_comes_before_a_page_that_waited_little(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [outlet("old"), outlet("new", feed("https://new.example/rss"))], NOON)
        frontier.add_links(session, "old", [FoundLink("https://old.example/1", "old.example")], "", later(-10))
    assert claim(engine, "a", hosts=1).hosts == ("new.example",)


def test_a_poll_is_written_down(engine: Engine) -> None:
    fill(engine, hosts=1, pages=1)
    task = claim(engine, "a").feeds[0]
    links = (FoundLink("https://o0.example/0", "o0.example"), FoundLink("https://o0.example/new", "o0.example"))
    result = PollResult(task, exchange(task.url), links, ("https://o0.example/map.xml",), 2)
    with writing(engine) as session:
        assert frontier.record_poll(session, result, due_at=later(16), interval_minutes=15.5) == 1
        assert frontier.record_poll(session, result, due_at=later(16), interval_minutes=15.5) == 0
    with reading(engine) as session:
        row = session.get_one(FeedRow, task.id)
        assert (row.due_at, row.interval_minutes, row.polled_at) == (later(16), 15.5, later(1))
        assert (row.etag, row.failures, row.outcome, row.found_at) == ('"e1"', 0, "ok", later(1))
        assert (row.lease_token, row.unconditional_at) == (None, later(1))
        child = session.scalars(select(FeedRow).where(FeedRow.parent_id == task.id)).one()
        assert (child.kind, child.host, child.outlet_id) == ("sitemap", "o0.example", "o0")
        page = session.scalars(select(PageRow).where(PageRow.url == "https://o0.example/new")).one()
        assert (page.found_in, page.due_at) == (task.url, later(1))


@pytest.mark.parametrize("outcome", ["failed", "refused", "gone"])
def test_failed_polls_are_counted_and_keep_the_validators(engine: Engine, outcome: VisitOutcome) -> None:
    fill(engine, hosts=1)
    task = claim(engine, "a").feeds[0]
    with writing(engine) as session:
        frontier.record_poll(session, PollResult(task, exchange(task.url)), due_at=NOON, interval_minutes=15)
        bad = PollResult(task, replace(exchange(task.url, outcome, 503), etag=""))
        frontier.record_poll(session, bad, due_at=NOON, interval_minutes=15)
        frontier.record_poll(session, bad, due_at=NOON, interval_minutes=15)
        row = session.get_one(FeedRow, task.id)
        assert (row.failures, row.outcome, row.reason, row.etag) == (2, outcome, "it broke", '"e1"')
        assert session.scalar(select(func.count(FetchRow.id))) == 3


def test_validators_are_left_out_once_a_day(engine: Engine) -> None:
    fill(engine, hosts=1)
    first = claim(engine, "a").feeds[0]
    assert not first.conditional
    with writing(engine) as session:
        result = PollResult(first, replace(exchange(first.url), fetched_at=NOON))
        frontier.record_poll(session, result, due_at=later(1), interval_minutes=1)
        frontier.release(session, "a")
    second = claim(engine, "b", later(1)).feeds[0]
    assert second.conditional
    assert second.etag == '"e1"'
    with writing(engine) as session:
        frontier.release(session, "b")
    assert not claim(engine, "c", later(24 * 60)).feeds[0].conditional


def test_a_fetch_is_written_down(engine: Engine) -> None:
    fill(engine, hosts=1, pages=1)
    task = claim(engine, "a").pages[0]
    with writing(engine) as session:
        frontier.record_fetch(session, FetchResult(task, exchange(task.url)), due_at=later(60), article_id=None)
        row = session.get_one(PageRow, task.id)
        assert (row.visits, row.failures, row.due_at, row.etag, row.outcome) == (1, 0, later(60), '"e1"', "ok")
        bad = FetchResult(task, exchange(task.url, "gone", 410))
        frontier.record_fetch(session, bad, due_at=None, article_id=None)
        assert (row.visits, row.failures, row.due_at, row.reason) == (2, 1, None, "it broke")
        frontier.release(session, "a")
    assert claim(engine, "b", later(2)).pages == ()


def test_known_pages_learn_what_another_feed_states(engine: Engine) -> None:
    fill(engine, hosts=1, pages=1)
    url = "https://o0.example/0"
    with writing(engine) as session:
        frontier.add_links(session, "o0", [FoundLink(url, "o0.example", "A bridge", stated(-5))], "map", later(1))
        frontier.add_links(session, "o0", [FoundLink(url, "o0.example", "Another", stated(-9))], "map", later(2))
        row = session.scalars(select(PageRow).where(PageRow.url == url)).one()
        assert (row.listed_headline, row.listed, row.found_in) == ("A bridge", stated(-5), "https://o0.example/rss")


def test_addresses_no_database_can_index_are_left_out(engine: Engine) -> None:
    fill(engine, hosts=1, pages=0)
    bad = ["https://o0.example/" + "x" * 3000, "https://o0.example/\0", "https://o0.example/\ud800"]
    with writing(engine) as session:
        assert frontier.add_links(session, "o0", [FoundLink(url, "o0.example") for url in bad], "", NOON) == 0


def test_the_catalogue_is_followed(engine: Engine) -> None:
    one = outlet("one", feed("https://one.example/rss"), feed("https://one.example:443/b"))
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [one], NOON)
        frontier.sync_catalogue(session, [ZED], [one], later(5))
    task = claim(engine, "a").feeds[0]
    with writing(engine) as session:
        index = PollResult(task, exchange(task.url), further_feeds=("https://one.example/map.xml",))
        frontier.record_poll(session, index, due_at=later(9), interval_minutes=15)
        renamed = replace(one, name="The One", feeds=(one.feeds[1],))
        frontier.sync_catalogue(session, [ZED], [renamed], later(6))
        assert session.get_one(OutletRow, "one").name == "The One"
        rows = session.execute(select(FeedRow.url, FeedRow.active, FeedRow.host).order_by(FeedRow.url)).all()
        assert rows == [
            ("https://one.example/map.xml", False, "one.example"),
            ("https://one.example/rss", False, "one.example"),
            ("https://one.example:443/b", True, "one.example"),
        ]
        frontier.sync_catalogue(session, [ZED], [one], later(7))
        assert session.scalar(select(func.count(FeedRow.id)).where(FeedRow.active)) == 3


def test_two_claimants_never_get_one_host(database_url: str) -> None:
    engine = open_engine(database_url)
    fill(engine, hosts=24, pages=3)
    engine.dispose()
    batches: list[Batch] = []

    def claimant(name: str) -> None:
        own = open_engine(database_url)
        for turn in range(4):
            batches.append(claim(own, f"{name}{turn}", hosts=3, pages=50))
        own.dispose()

    threads = [threading.Thread(target=claimant, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hosts = [host for batch in batches for host in batch.hosts]
    assert len(hosts) == len(set(hosts)) == 24
    assert len({task.id for batch in batches for task in batch.pages}) == 72


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["claim", "die", "finish", "release"]), max_size=12), st.integers(0, 3))
def test_no_row_is_ever_lost(shared_sqlite: Engine, steps: list[str], seed: int) -> None:
    """Whatever happens to its claimants, in the end every page is fetched."""
    with writing(shared_sqlite) as session:
        for table in ("fetches", "pages", "feeds", "leases"):
            session.execute(text(f"delete from {table}"))
    fill(shared_sqlite, hosts=3, pages=2)
    clock, held = NOON, Batch("", (), (), ())
    for number, step in enumerate(steps):
        if step == "claim":
            clock += timedelta(minutes=seed)
            held = claim(shared_sqlite, f"t{number}", clock, hosts=1 + seed)
        elif step == "finish":
            finish(shared_sqlite, held)
        elif step == "release":
            with writing(shared_sqlite) as session:
                frontier.release(session, held.token)
        else:
            held = Batch("", (), (), ())
    finish(shared_sqlite, claim(shared_sqlite, "last", clock + timedelta(minutes=5)))
    with reading(shared_sqlite) as session:
        assert session.scalar(select(func.count(PageRow.id)).where(PageRow.due_at.is_not(None))) == 0
        assert session.scalar(select(func.count(PageRow.id))) == 6


def finish(engine: Engine, batch: Batch) -> None:
    with writing(engine) as session:
        for task in batch.pages:
            frontier.record_fetch(session, FetchResult(task, exchange(task.url)), due_at=None, article_id=None)
        frontier.release(session, batch.token)


def test_a_link_without_time_is_no_moment(engine: Engine) -> None:
    fill(engine, hosts=1, pages=1)
    assert claim(engine, "a").pages[0].listed == Moment()
