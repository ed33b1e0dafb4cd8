"""The tables follow the catalogue whatever it said before, and what already says so is not written again."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, text

from news.articles import Agency, Feed, FeedKind, Outlet
from storage.crawling import frontier
from storage.engine import reading, writing
from storage.models import FeedRow, OutletHostRow, OutletRow
from tests.storage.makers import NOON, ZED, feed, later, outlet


@st.composite
def catalogues(draw: st.DrawFn) -> list[Outlet]:
    """Some of five outlets; hosts and feeds belong to one of them each, as the catalogue's reader sees to."""
    names = draw(st.lists(st.sampled_from("abcde"), unique=True, min_size=1))
    hosts = {f"h{n}.example": draw(st.sampled_from(names)) for n in draw(st.sets(st.integers(0, 5)))}
    feeds = {f"https://h{n}.example/rss": draw(st.sampled_from(names)) for n in draw(st.sets(st.integers(0, 5)))}
    kind: FeedKind = draw(st.sampled_from(["feed", "sitemap"]))
    return [
        outlet(
            name,
            *(Feed(url, kind) for url, owner in feeds.items() if owner == name),
            hosts=(f"{name}.example", *(host for host, owner in hosts.items() if owner == name)),
        )
        for name in names
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(catalogues(), min_size=1, max_size=4))
def test_the_tables_say_what_the_last_catalogue_says(shared_sqlite: Engine, said: list[list[Outlet]]) -> None:
    with writing(shared_sqlite) as session:
        for table in ("fetches", "pages", "feeds", "outlet_hosts", "outlets"):
            session.execute(text(f"delete from {table}"))
    for minutes, outlets in enumerate(said):
        with writing(shared_sqlite) as session:
            frontier.sync_catalogue(session, [ZED], outlets, later(minutes))
    last = said[-1]
    with reading(shared_sqlite) as session:
        feeds = session.execute(select(FeedRow.url, FeedRow.outlet_id, FeedRow.kind).where(FeedRow.active)).all()
        owners = dict(session.execute(select(OutletHostRow.host, OutletHostRow.outlet_id)).all())
        hosts = {row.id: row.hosts for row in session.scalars(select(OutletRow))}
    assert sorted(map(tuple, feeds)) == sorted((feed.url, one.id, feed.kind) for one in last for feed in one.feeds)
    for one in last:
        assert hosts[one.id] == list(one.hosts)
        assert {host for host, owner in owners.items() if owner == one.id} == set(one.hosts)


def test_what_is_so_already_is_not_written(engine: Engine) -> None:
    outlets = [outlet(f"o{n}", feed(f"https://o{n}.example/rss"), hosts=(f"O{n}.example",)) for n in range(40)]
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    def synced(agencies: list[Agency], wanted: list[Outlet]) -> list[str]:
        said.clear()
        with writing(engine) as session:
            frontier.sync_catalogue(session, agencies, wanted, NOON)
        return [statement for statement in said if not statement.startswith(("SELECT", "PRAGMA", "BEGIN"))]

    event.listen(engine, "before_cursor_execute", note)
    assert synced([ZED], outlets)
    assert len(said) < 30, "not one for each"
    assert synced([ZED], outlets) == []
    assert synced([ZED], outlets[:-1])
    with reading(engine) as session:
        assert [row.url for row in session.scalars(select(FeedRow).where(~FeedRow.active))] == [
            "https://o39.example/rss"
        ]
