"""Packed columns hold what the rows say, after every kind of change and whenever they were packed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.articles import saving
from storage.dialects import for_dialect
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.matches.licences import Licence, set_licence
from storage.models import ArticleRow, ArticleVersionRow, OutletRow, PackedRow, PackedStaleRow, PickupRow, StoryRow
from storage.totals import packing as packed
from storage.totals.packing import NEVER, Reader
from storage.totals.staleness import BLOCK
from tests.storage import crowd, world
from tests.storage.makers import NOON, article, later


def said(session: Session, source: packed.Source) -> list[str]:
    """What the packed columns say, row by row."""
    reader = Reader(session)
    columns = reader.read(source, list(source.fields))
    shown: list[list[Any]] = []
    for name, (kind, _) in source.fields.items():
        values = columns[name].tolist()
        shown.append([reader.names(name)[code] for code in values] if kind == "name" else values)
    return sorted(map(repr, zip(*shown, strict=True)))


def wanted(session: Session, source: packed.Source) -> list[str]:
    """What the rows say."""
    fields = ", ".join(sql for _, sql in source.fields.values())
    query = for_dialect(f"select {fields} from ({source.rows}) everything", session.get_bind().dialect.name)
    rows = session.execute(text(query), {"first": 0, "last": 1 << 31}).all()
    return sorted(repr(tuple(float("nan") if value is None else value for value in row)) for row in rows)


def check(session: Session) -> None:
    session.flush()
    for source in packed.SOURCES.values():
        assert said(session, source) == wanted(session, source)


def stale(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(select(PackedStaleRow.source)))


CHANGES: dict[str, Callable[[Session], object]] = {
    "a verdict": lambda s: verdicts.judge(
        s, article=world.address("daily", "bridge"), story="ZED:bridge", judgement="reject", judged_by="", now=later(1)
    ),
    "a licence": lambda s: set_licence(s, Licence("gazette", "ZED", "gold", date(2026, 3, 1))),
    "an outlet moves": lambda s: s.execute(update(OutletRow).values(country="ZZ")),
    "a story's desk": lambda s: s.execute(update(StoryRow).values(slugline="DESK/of-ships")),
    "a story's language": lambda s: s.execute(update(StoryRow).values(language="pt")),
    "an article is another outlet's": lambda s: s.execute(update(ArticleRow).values(outlet_id="courier")),
    "a new text": lambda s: saving.save_article(
        s, article(world.address("daily", "bridge"), "Another text, longer."), "daily", seen_at=later(300)
    ),
    "another date": lambda s: s.execute(
        update(ArticleVersionRow).values(published_at=None, published_earliest=later(3))
    ),
    "another article": lambda s: saving.save_article(
        s, replace(article("https://daily.example/new", "A text."), language="xx"), "daily", seen_at=later(9)
    ),
    "an article goes": lambda s: s.execute(delete(ArticleRow).where(ArticleRow.outlet_id == "daily")),
    "pickups go": lambda s: s.execute(delete(PickupRow)),
    "a story goes": lambda s: s.execute(delete(StoryRow).where(StoryRow.key == "ZED:ferry")),
}


def test_after_each_change_they_say_what_the_rows_say(engine: Engine) -> None:
    with writing(engine) as session:
        world.fill(session)
        check(session)
    assert packed.refresh(engine) == 3
    for name, change in CHANGES.items():
        assert not stale(engine)
        with writing(engine) as session:
            change(session)
            check(session)
        assert stale(engine), name
        packed.refresh(engine)
        with reading(engine) as session:
            check(session)
    assert packed.refresh(engine) == 0


def test_what_changes_nothing_that_is_packed_leaves_them_as_they_are(engine: Engine) -> None:
    with writing(engine) as session:
        world.fill(session)
    packed.refresh(engine)
    with writing(engine) as session:
        session.execute(update(PickupRow).values(score=0.1, reasons=["another"]))
        session.execute(update(ArticleVersionRow).values(last_seen_at=later(500), headline="Another"))
        session.execute(update(ArticleRow).values(last_seen_at=later(500), outlet_id=ArticleRow.outlet_id))
        session.execute(update(StoryRow).values(headline="Another", agency=StoryRow.agency))
    assert not stale(engine)


@pytest.mark.parametrize("seed", range(2))
def test_some_blocks_packed_and_some_stale(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    with writing(engine) as session:
        crowd.fill(session, seed)
        # Numbers that fall into other blocks, one of them with nothing before it.
        for number, id_ in enumerate((BLOCK - 1, BLOCK, 3 * BLOCK, 2**31 - 1)):
            values = {"agency": f"A{number}", "origin": "filed", "seen_at": later(number), "filed": Moment()}
            session.add(StoryRow(id=id_, key=f"A{number}:1", **values))
    packed.refresh(engine)
    with reading(engine) as session:
        blocks = select(func.count(PackedRow.block.distinct())).where(PackedRow.source == "stories")
        assert session.scalar(blocks) == 4
        check(session)
    for _ in range(3):
        with writing(engine) as session:
            picked = chance.sample(list(session.scalars(select(StoryRow.id).order_by(StoryRow.id))), 2)
            session.execute(update(StoryRow).where(StoryRow.id.in_(picked)).values(language=f"l{chance.random()}"))
            check(session)
        with writing(engine) as session:
            packed.pack(session, at_most=1)
        with reading(engine) as session:
            check(session)


def test_more_names_than_a_byte_counts(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            StoryRow(key=f"A{n}:1", agency=f"A{n}", origin="filed", seen_at=NOON, id=n + 1, filed=Moment())
            for n in range(300)
        )
    packed.refresh(engine)
    with reading(engine) as session:
        columns = Reader(session).read(packed.STORIES, ["agency", "story_id"])
        assert columns["agency"].dtype == "uint16"
        check(session)


def test_a_writer_that_is_not_done_is_seen_by_the_next_packing(postgres_database: str) -> None:
    from storage.engine import open_engine

    engine = open_engine(postgres_database)
    with writing(engine) as session:
        world.fill(session)
    packed.refresh(engine)
    with writing(engine) as slow:
        slow.execute(update(StoryRow).where(StoryRow.key == "ZED:snow").values(language="pt"))
        with writing(engine) as session:
            session.execute(update(StoryRow).where(StoryRow.key == "ZED:ferry").values(language="fi"))
        packed.refresh(engine)
        assert not stale(engine)
    assert stale(engine) == {"stories"}
    with reading(engine) as session:
        check(session)
    engine.dispose()


def test_no_instant_is_no_instant(engine: Engine) -> None:
    with writing(engine) as session:
        world.fill(session)
        published = Reader(session).read(packed.CARRIED, ["used_at"])["used_at"]
        assert (published == NEVER).sum() == 2
