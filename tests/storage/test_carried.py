"""The table carried says, after every kind of change and whoever makes it, what its statement would say anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.orm import Session

from storage import carried, derived
from storage.articles import saving
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.matches.licences import Licence, set_licence
from storage.models import ArticleRow, CarriedRow, LicenceRow, OutletRow, PickupRow, StoryRow, VerdictRow
from tests.storage import crowd, world
from tests.storage.makers import article, later, stated
from tests.storage.world import address


def check(session: Session) -> int:
    """How many rows there are, when all are right."""
    session.flush()
    wanted = session.execute(text(carried.expected(session.get_bind().dialect.name))).all()
    names = ", ".join(column.name for column in CarriedRow.__table__.columns)
    found = session.execute(text(f"select {names} from carried order by pickup_id")).all()
    assert [tuple(row) for row in found] == [tuple(row) for row in wanted]
    return len(found)


@pytest.mark.parametrize("seed", range(3))
def test_after_everything_that_happens_it_is_right(engine: Engine, seed: int) -> None:
    with writing(engine) as session:
        crowd.fill(session, seed)
        assert check(session) > 20


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as session:
        world.fill(session)
    return engine


def test_each_change_is_followed(filled: Engine) -> None:
    url = address("daily", "bridge")
    with writing(filled) as session:
        assert check(session) == 6
        for judgement in ("reject", "confirm"):
            verdicts.judge(session, article=url, story="ZED:bridge", judgement=judgement, judged_by="", now=later(1))
            assert check(session) == 6
        session.execute(update(VerdictRow).values(story_key="ZED:ferry"))
        check(session)
        session.execute(delete(VerdictRow))
        check(session)
        set_licence(session, Licence("gazette", "ZED", "gold", date(2026, 3, 1)))
        check(session)
        moved = update(LicenceRow).where(LicenceRow.outlet_id == "gazette")
        session.execute(moved.values(outlet_id="courier", valid_from=date(2025, 1, 1), valid_to=None))
        check(session)
        session.execute(delete(LicenceRow))
        check(session)
        session.execute(update(OutletRow).values(country="ZZ", agency="ZED"))
        check(session)
        session.execute(update(ArticleRow).where(ArticleRow.canonical_url == url).values(outlet_id="courier"))
        check(session)
        session.execute(update(StoryRow).values(slugline="DESK/of-ships"))
        assert set(session.scalars(text("select desk from carried"))) == {"DESK"}
        dated = replace(world.text_of("gazette", "ferry", stated(3)), language="pt")
        saving.save_article(session, dated, "gazette", seen_at=later(81))
        check(session)
        saving.save_article(session, article(url, "Another text."), "courier", seen_at=later(300))
        assert check(session) == 6
        assert "superseded" in set(session.scalars(text("select certainty from carried")))


def test_a_pickup_that_goes_takes_its_row_along(filled: Engine) -> None:
    with writing(filled) as session:
        session.execute(delete(PickupRow).where(PickupRow.certainty == "possible"))
        assert check(session) == 5
        session.execute(delete(ArticleRow).where(ArticleRow.outlet_id == "daily"))
        assert check(session) == 3


def test_a_database_that_had_pickups_before_is_filled(filled: Engine) -> None:
    with filled.begin() as connection:
        derived.drop_all(connection)
        connection.execute(text("delete from carried"))
        derived.create_all(connection)
    with reading(filled) as session:
        assert check(session) == 6
        assert session.scalar(select(PickupRow.id).limit(1)) is not None
