"""What one outlet's sitemaps and redirects name never takes another outlet's, and nothing grows without end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from news.visits import Exchange, FeedTask, PollResult
from storage.crawling import frontier
from storage.engine import reading, writing
from storage.models import FeedRow
from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.faults import redirect
from tests.crawler.site import Answer, Asked, Site, page, rss
from tests.storage.makers import NOON, ZED, feed, later, outlet

XML = {"Content-Type": "application/xml"}
Sites = Callable[[], Site]


def index(*addresses: str) -> Answer:
    named = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return Answer(f"<sitemapindex>{named}</sitemapindex>", headers=XML)


def urlset(*addresses: str) -> Answer:
    return Answer(
        f"<urlset>{''.join(f'<url><loc>{address}</loc></url>' for address in addresses)}</urlset>", headers=XML
    )


def rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def crawl(engine: Engine, folder: Path, *outlets: str, minutes: int = 0) -> None:
    address = engine.url.render_as_string(hide_password=False)
    crawl_once(address, folder, *outlets, minutes_later=minutes)


@pytest.fixture
def pair(new_site: Sites) -> tuple[Site, Site]:
    """Two outlets' sites; the second has an article, and a sitemap with it that its own index does not name yet."""
    one, other = new_site(), new_site()
    other["/news/2026-bridge-vote.html"] = page("The bridge vote of the other house")
    other["/map.xml"] = urlset(other.url("/news/2026-bridge-vote.html"))
    other["/index.xml"] = index()
    return one, other


def test_another_outlets_sitemap_is_not_taken(engine: Engine, tmp_path: Path, pair: tuple[Site, Site]) -> None:
    one, other = pair
    one["/index.xml"] = index(other.url("/map.xml"), one.url("/own.xml"))
    one["/own.xml"] = urlset()
    outlets = [outlet_row(name, site, ("sitemap", "/index.xml")) for name, site in (("one", one), ("other", other))]
    crawl(engine, tmp_path, *outlets)
    ((outcome, reason),) = rows(engine, f"select outcome, reason from feeds where url = '{one.url('/index.xml')}'")
    assert (outcome, reason) == ("ok", "names 1 sitemaps of other outlets or sites, which are not followed")
    assert rows(engine, "select outlet_id from feeds where parent_id is not null") == [("one",)]
    other["/index.xml"] = index(other.url("/map.xml"))
    for minutes in (2000, 4000):
        crawl(engine, tmp_path, *outlets, minutes=minutes)
    assert rows(engine, "select outlet_id from articles") == [("other",)]


def test_a_sitemap_that_was_taken_comes_home(engine: Engine) -> None:
    """As databases hold it that an earlier version wrote."""
    one, other = (
        outlet("one", feed("https://one.example/index.xml")),
        outlet("other", feed("https://other.example/i.xml")),
    )
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [one, other], NOON)
        first, second = session.scalars(select(FeedRow).order_by(FeedRow.url))
        lost = FeedRow(outlet_id="one", url="https://other.example/map.xml", host="other.example", kind="sitemap")
        lost.parent_id, lost.due_at = first.id, NOON
        session.add(lost)
        session.flush()
        poll(session, second, "https://other.example/map.xml")
        session.expire_all()
        assert (lost.outlet_id, lost.parent_id) == ("other", second.id)


def poll(session: Any, row: FeedRow, *further: str, minutes: int = 1, outcome: Any = "ok") -> None:
    task = FeedTask(row.id, row.outlet_id, row.url, "sitemap")
    exchange = Exchange(row.url, outcome, later(minutes), 200)
    frontier.record_poll(
        session, PollResult(task, exchange, further_feeds=further), due_at=later(minutes + 9), interval_minutes=15
    )
    session.flush()
    session.expire_all()


def named(session: Any, *names: object) -> tuple[str, ...]:
    return tuple(f"https://one.example/{name}.xml" for name in names)


def test_the_children_of_an_index_are_those_it_names_now(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [outlet("one", feed("https://one.example/rss"))], NOON)
        top = session.scalars(select(FeedRow)).one()

        def children() -> set[str]:
            query = select(FeedRow).where(FeedRow.parent_id.is_not(None))
            return {row.url.rpartition("/")[2][:-4] for row in session.scalars(query)}

        poll(session, top, *named(session, "a", "b"))
        kept = session.scalars(select(FeedRow.id).where(FeedRow.url.endswith("b.xml"))).one()
        session.get_one(FeedRow, kept - 1).found_at = later(3)
        poll(session, top, *named(session, "b", "c"), minutes=2)
        assert children() == {"b", "c"}
        assert session.scalars(select(FeedRow.id).where(FeedRow.url.endswith("b.xml"))).one() == kept
        assert top.found_at == later(3)
        for outcome in ("failed", "not modified", "refused"):
            poll(session, top, minutes=3, outcome=outcome)
            assert children() == {"b", "c"}
        poll(session, session.get_one(FeedRow, kept), *named(session, "d"), minutes=4)
        deep = session.scalars(select(FeedRow).where(FeedRow.url.endswith("d.xml"))).one()
        poll(session, deep, *named(session, "e"), minutes=5)
        assert children() == {"b", "c", "d"}
        assert "an index within an index" in deep.reason
        poll(session, top, minutes=6)
        assert children() == set()


def test_a_poll_of_a_child_let_go_meanwhile_writes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [outlet("one", feed("https://one.example/rss"))], NOON)
        top = session.scalars(select(FeedRow)).one()
        poll(session, top, *named(session, "a"))
        gone = session.scalars(select(FeedRow).where(FeedRow.parent_id == top.id)).one()
        late = FeedTask(gone.id, "one", gone.url, "sitemap")
        poll(session, top, *named(session, "b"), minutes=2)
        exchange = Exchange(late.url, "failed", later(3), 500, reason="it broke")
        frontier.record_poll(session, PollResult(late, exchange), due_at=later(900), interval_minutes=15)
        session.flush()
        assert session.scalars(select(FeedRow.reason)).all() == ["", ""]


@pytest.mark.parametrize("shape", ["indexes", "one at a time", "itself"])
def test_an_index_of_endless_indexes_stays_small(engine: Engine, tmp_path: Path, site: Site, shape: str) -> None:
    numbers = count()

    def endless(asked: Asked) -> Answer:
        if shape == "itself":
            return index(site.url("/index.xml"), site.url(asked.path))
        return index(*(site.url(f"/s{next(numbers)}.xml") for _ in range(40 if shape == "indexes" else 1)))

    for path in ("/index.xml", *(f"/s{number}.xml" for number in range(4000))):
        site[path] = endless
    for turn in range(5):
        crawl(engine, tmp_path, outlet_row("one", site, ("sitemap", "/index.xml")), minutes=turn * 2000)
    assert rows(engine, "select count(*) from feeds")[0][0] <= 111
    assert rows(engine, "select count(*) from feeds where outcome = 'failed'") == [(0,)]


@pytest.mark.parametrize("kind", ["feed", "sitemap", "section"])
def test_a_listing_that_redirects_to_another_outlet_is_refused(
    engine: Engine, tmp_path: Path, pair: tuple[Site, Site], kind: str
) -> None:
    one, other = pair
    one["/list"] = redirect("/next")
    one["/next"] = redirect(other.url("/stolen"))
    other["/stolen"] = rss([(other.url("/news/2026-bridge-vote.html"), "Stolen", "")])
    crawl(engine, tmp_path, outlet_row("one", one, (kind, "/list")), outlet_row("other", other))
    assert rows(engine, "select outcome, reason from feeds") == [("refused", "redirects to another outlet, other")]
    assert other.paths() == []


def test_links_to_another_outlet_of_the_domain_are_that_ones(engine: Engine, tmp_path: Path, new_site: Sites) -> None:
    """The nearer host counts: one outlet has the machine, the other a port of it."""
    one, other = new_site(), new_site()
    other["/news/2026-a.html"] = page("The other's")
    one["/news/2026-b.html"] = page("Its own", number=4)
    one["/news/2026-c.html"] = redirect(other.url("/news/2026-a.html"))
    links = [one.url("/news/2026-b.html"), other.url("/news/2026-a.html"), one.url("/news/2026-c.html")]
    one["/feed"] = rss([(link, "Headline", "") for link in links])
    whole = outlet_row("one", one, ("feed", "/feed")).replace(f'["{one.host}"]', '["127.0.0.1"]')
    crawl(engine, tmp_path, whole, outlet_row("other", other))
    outcomes = dict(rows(engine, "select url, outcome || ': ' || reason from pages"))
    assert outcomes == {links[0]: "ok: ", links[2]: "redirected: redirects to another outlet, other"}
    with reading(engine) as session:
        assert session.scalars(select(FeedRow.outcome)).one() == "ok"


def test_a_redirect_with_a_secret_writes_none_down(engine: Engine, tmp_path: Path, site: Site) -> None:
    target = f"http://reader:geheim@{site.host}/news/2026-b.html"
    site["/feed"], site["/list"] = rss([(site.url("/news/2026-a.html"), "A", "")]), redirect(target)
    site["/news/2026-a.html"], site["/news/2026-b.html"] = redirect(target), page("Not for us")
    crawl(engine, tmp_path, outlet_row("one", site, ("feed", "/feed"), ("section", "/list")))
    reason = "redirects to an address with a user name or a password in it"
    assert rows(engine, "select outcome, reason from pages") == [("failed", reason)]
    assert (("failed", reason)) in rows(engine, "select outcome, reason from feeds")
    assert "geheim" not in repr(rows(engine, "select * from fetches"))
    assert "geheim" not in (tmp_path / "stderr.txt").read_text(encoding="utf-8")
    assert "/news/2026-b.html" not in site.paths()
