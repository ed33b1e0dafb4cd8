"""Whichever door a number is taken from, it is the same number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs.matches.members import timing_of
from news.articles import Moment
from storage.agency import filings
from storage.articles import saving
from storage.crawling import frontier
from storage.engine import open_engine, writing
from storage.matches import match_facts
from storage.matches.licences import Licence, set_licence
from storage.models import PickupRow, StoryVersionRow
from tests.agreement.doors import differences, every
from tests.agreement.living import World, fill
from tests.storage.makers import NOON, ZED, article, filing, later, outlet, stated

SEEDS = range(4)
DAY = 24 * 60


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(open_engine(database_url), database_url, tmp_path)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_door_says_the_same(world: World, seed: int) -> None:
    fill(world, seed)
    found = differences(every(world))
    assert not found, "\n".join(found)


Case = Callable[[Session], None]


def _file(session: Session, take: int, minutes: float) -> None:
    item = replace(filing(f"bridge.{take}", "bridge", minutes), revision=take)
    filings.save_filing(session, item, received_at=later(minutes))


def _look(session: Session, name: str, minutes: float, *takes: int, **known: Any) -> None:
    """One look at an outlet's page, and the pickups of what it carries then, as the match job writes them."""
    page = article(f"https://{name}.example/a", f"As of {minutes} at {name} with {takes}.", **known)
    saved = saving.save_article(session, page, name, seen_at=later(minutes))
    for row in session.scalars(select(StoryVersionRow).where(StoryVersionRow.take.in_(takes))).all():
        (version,), (take,) = match_facts.versions(session, [saved.version_id]), match_facts.takes(session, [row.id])
        values: dict[str, Any] = dict.fromkeys(("share_of_article", "share_of_story", "score"), 0.9)
        values |= {"spans": [], "edits": [], "reasons": [], "matcher_version": "1", "covered_words": 9}
        values |= {"certainty": "linked", "use": "cut", "credited": "text"} | timing_of(version, take.filed, exact=True)
        keys = {"article_id": version.article_id, "version_id": version.id, "story_version_id": take.id}
        session.add(PickupRow(story_id=take.story_id, **keys, **values))
    session.flush()


def _lived(world: World, *cases: Case) -> dict[str, Any]:
    with writing(world.engine) as session:
        sites = [outlet(f"paper{number}") for number in range(3)]
        frontier.sync_catalogue(session, [ZED], sites, NOON)
        for case in cases:
            case(session)
    said = every(world)
    found = differences(said)
    assert not found, "\n".join(found)
    return said


def test_a_licence_is_asked_for_the_day_the_text_came(world: World) -> None:
    """An undated page of the 9th takes the text on the 10th, with a licence from the 10th; a dated page likewise."""
    tomorrow = NOON.date() + timedelta(days=1)

    def live(session: Session) -> None:
        _file(session, 1, -30)
        for name, published in (("paper0", Moment()), ("paper1", stated(-20)), ("paper2", Moment())):
            set_licence(session, Licence(name, "ZED", "licensed", tomorrow))
            _look(session, name, 0, *((1,) if name == "paper2" else ()), published=published)
            _look(session, name, DAY, 1, published=published)

    said = _lived(world, live)
    for door in ("command's sums", "page's sums", "summaries", "pickup_list", "export", "email"):
        unknown = {name: many for name, many in said[door]["licence unknown of outlet"].items() if many}
        assert unknown == {"paper2": 1}, door


@pytest.mark.parametrize("corrected", [1140.0, 90.0])
def test_a_correction_applied_later_is_no_first_use(world: World, corrected: float) -> None:
    """Published after 55 minutes; the correction, filed six hours later, applied after some hours."""

    def apply(session: Session) -> None:
        _file(session, 1, 0)
        _look(session, "paper0", 60, 1, published=stated(55))
        _look(session, "paper1", 300, 1, published=stated(290))
        _file(session, 2, 390)
        _look(session, "paper0", 400 + corrected, 2, published=stated(55), modified=stated(390 + corrected))

    said = _lived(world, apply)
    for door in ("command's sums", "page's sums", "summaries", "email"):
        assert said[door]["first outlet"] == {"ZED:bridge": "paper0"}, door
        assert said[door]["delay of first outlet"] == {"ZED:bridge": 55.0}, door
    for door in ("command's list", "page's list", "pickup_list", "export"):
        assert said[door]["delays of outlet"] == {"paper0": (55.0,), "paper1": (290.0,)}, door
        assert said[door]["updates of outlet"] == {"paper0": (corrected,), "paper1": ()}, door


def test_the_third_quartile_is_not_below_the_median(world: World) -> None:
    def publish(session: Session) -> None:
        _file(session, 1, 0)
        _look(session, "paper0", 60, 1, published=stated(23))
        session.flush()
        page = article("https://paper0.example/b", "Another of paper0.", published=stated(46))
        saved = saving.save_article(session, page, "paper0", seen_at=later(61))
        first = session.scalars(select(PickupRow)).one()
        columns = {c.name: getattr(first, c.name) for c in PickupRow.__table__.columns if c.name != "id"}
        own = {"article_id": saved.article_id, "version_id": saved.version_id, "delay_minutes": 46.0}
        session.add(PickupRow(**(columns | own)))

    said = _lived(world, publish)
    for door in ("command's sums", "page's sums", "summaries"):
        quartiles = [said[door][f"{name} of outlet"]["paper0"] for name in ("quarter", "median", "three quarters")]
        assert quartiles == [28.75, 34.5, 40.25], door
