"""Outlets take turns: one with thousands of hosts delays nobody, is bounded, and is asked by one batch at a time."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select, text, update

from news.visits import Batch, FoundLink
from storage.crawling import frontier
from storage.crawling.claims import SHARE_OF_ONE
from storage.crawling.hosts import MOST_HOSTS, Asked, Limits, note_requests
from storage.engine import open_engine, reading, writing
from storage.models import FeedRow, HostRow, PageRow
from tests.storage.makers import NOON, feed, later, outlet

GOOD = 12


def fill(engine: Engine, hosts: int, *, minutes: float = 0) -> None:
    """Twelve outlets with a feed, and one with a due page on each of so many hosts, as an older version left them."""
    good = [outlet(f"g{n}", feed(f"https://g{n}.example/rss")) for n in range(GOOD)]
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [*good, outlet("bad")], NOON)
        rows = [
            {
                "outlet_id": "bad",
                "url": f"https://h{n}.bad.example/1",
                "host": f"h{n}.bad.example",
                "found_at": later(minutes),
                "due_at": later(minutes),
                "listed_source": "",
                "listed_zone": "",
            }
            for n in range(hosts)
        ]
        session.execute(insert(PageRow), rows)


def claim(engine: Engine, token: str, *, now: datetime = NOON, hosts: int = 8, limits: Limits | None = None) -> Batch:
    with writing(engine) as session:
        return frontier.claim_batch(
            session,
            now=now,
            token=token,
            lease_until=now + timedelta(minutes=5),
            max_hosts=hosts,
            max_pages=50,
            limits=limits or Limits(),
        )


def release(engine: Engine, batch: Batch) -> None:
    with writing(engine) as session:
        frontier.release(session, batch.token)


def is_bad(host: str) -> bool:
    return host.endswith("bad.example")


@pytest.mark.parametrize("hosts", [1, 60, 900])
def test_an_outlet_with_many_hosts_delays_nobody(engine: Engine, hosts: int) -> None:
    """Its pages have waited for a day; each batch of eight takes one of them along, and two when nobody else waits."""
    fill(engine, hosts, minutes=-24 * 60)
    seen: list[str] = []
    for number in range(2):
        batch = claim(engine, f"t{number}")
        seen += batch.hosts
        with writing(engine) as session:
            session.execute(update(FeedRow).where(FeedRow.id.in_([f.id for f in batch.feeds])).values(due_at=later(60)))
            session.execute(update(PageRow).where(PageRow.id.in_([p.id for p in batch.pages])).values(due_at=None))
        release(engine, batch)
    assert sum(map(is_bad, seen)) == min(hosts, 4) - (hosts > 1), seen
    assert sum(not is_bad(host) for host in seen) == GOOD
    alone = claim(engine, "t9")
    assert len(alone.hosts) == min(max(hosts - 3, 0), 8 // SHARE_OF_ONE)


def test_hosts_of_an_outlet_are_asked_by_one_batch(engine: Engine) -> None:
    fill(engine, 30, minutes=-60)
    with writing(engine) as session:
        session.execute(update(FeedRow).values(due_at=later(600)))
    first = claim(engine, "a")
    assert len(first.hosts) == 8 // SHARE_OF_ONE
    with reading(engine) as session:
        assert frontier.count_due(session, NOON) == 0
    assert claim(engine, "b").hosts == ()
    release(engine, first)
    assert len(claim(engine, "b", now=later(1)).hosts) == 8 // SHARE_OF_ONE
    assert len(claim(engine, "c", now=later(6)).hosts) == 8 // SHARE_OF_ONE, "lapsed"


def test_two_claimants_at_once_never_share_an_outlet(database_url: str) -> None:
    engine = open_engine(database_url)
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [outlet(f"o{n}") for n in range(6)], NOON)
        for n in range(6):
            links = [FoundLink(f"https://h{k}.o{n}.example/1", f"h{k}.o{n}.example") for k in range(20)]
            frontier.add_links(session, f"o{n}", links, "", NOON)
    engine.dispose()
    batches: list[Batch] = []
    ready = threading.Barrier(4)

    def claimant(token: str) -> None:
        own = open_engine(database_url)
        ready.wait()
        batches.append(claim(own, token, hosts=12))
        own.dispose()

    threads = [threading.Thread(target=claimant, args=(token,)) for token in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [{host.split(".")[1] for host in batch.hosts} for batch in batches]
    assert sum(map(len, taken)) == len(set().union(*taken)) > 0


def test_an_outlets_hosts_share_a_budget(engine: Engine) -> None:
    fill(engine, 10, minutes=-60)
    limits = Limits(daily_requests=100, daily_of_outlet=5)
    batch = claim(engine, "a", limits=limits)
    bad = [host for host in batch.hosts if is_bad(host)]
    assert bad
    with writing(engine) as session:
        note_requests(session, [Asked(bad[0], NOON, requests=4)])
    release(engine, batch)
    assert any(map(is_bad, claim(engine, "b", now=later(1), limits=limits).hosts))
    with writing(engine) as session:
        note_requests(session, [Asked(bad[-1], later(1), requests=1)])
        frontier.release(session, "b")
    assert not any(map(is_bad, claim(engine, "c", now=later(2), limits=limits).hosts))
    with writing(engine) as session:
        frontier.release(session, "c")
    assert any(map(is_bad, claim(engine, "d", now=NOON + timedelta(hours=12), limits=limits).hosts)), "tomorrow"


def test_an_outlet_has_so_many_hosts_and_no_more(engine: Engine) -> None:
    with writing(engine) as session:
        one = outlet("bad", hosts=("bad.example", "zz.bad.example"))
        frontier.sync_catalogue(session, [], [one, outlet("good")], NOON)

        def add(outlet_id: str, *hosts: str) -> int:
            links = [FoundLink(f"https://{host}/{n}", host) for host in hosts for n in range(2)]
            return frontier.add_links(session, outlet_id, links, "", NOON)

        many = [f"h{n:04}.bad.example" for n in range(MOST_HOSTS + 300)]
        assert add("bad", *many) == 2 * MOST_HOSTS
        assert add("bad", *many[MOST_HOSTS:]) == 0
        assert add("bad", "bad.example", "zz.bad.example") == 4, "those the catalogue names"
        assert add("good", "good.example", "www.good.example") == 4
        more = [FoundLink(f"https://{many[3]}/more", many[3])]
        assert frontier.add_links(session, "bad", more, "", NOON) == 1, "a known host may have more pages"
        assert session.scalar(select(func.count()).select_from(HostRow)) == MOST_HOSTS + 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_due_every_batch_goes_round(shared_sqlite: Engine, seed: int) -> None:
    """Outlets of one to nine hosts: no outlet's second host goes before another's first."""
    with writing(shared_sqlite) as session:
        for table in ("fetches", "pages", "feeds", "leases", "hosts"):
            session.execute(text(f"delete from {table}"))
        frontier.sync_catalogue(session, [], [outlet(f"o{n}") for n in range(9)], NOON)
        for n in range(9):
            hosts = [f"h{k}.o{n}.example" for k in range(n + 1)]
            links = [FoundLink(f"https://{host}/1", host) for host in hosts]
            frontier.add_links(session, f"o{n}", links, "", later(-((n * 7 + seed * 5) % 9) * 30))
    batch = claim(shared_sqlite, f"s{seed}", hosts=16)
    assert len({host.split(".")[1] for host in batch.hosts[:9]}) == 9
    assert len(batch.hosts) == 16
