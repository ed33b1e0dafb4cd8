"""The short way to a summary gives what the view gives; and the views what the pickups they sum up give."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from storage import questions
from storage.engine import reading, writing
from storage.questions import Filters
from storage.views import PICKUP_LIST
from tests.storage import crowd, world

SEEDS = range(6)


@pytest.fixture(params=["empty", "world", *SEEDS])
def filled(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    with writing(engine) as session:
        if request.param == "world":
            world.fill(session)
        elif request.param != "empty":
            crowd.fill(session, request.param)
    return engine


@pytest.mark.parametrize("untaken", [False, True])
@pytest.mark.parametrize(
    "filters",
    [Filters(), Filters(agency="zed"), Filters(outlet="paper1"), Filters(credited="none"), Filters(language="en")],
)
def test_the_first_stories_are_the_first_of_all(filled: Engine, filters: Filters, untaken: bool) -> None:
    with reading(filled) as session:
        whole = questions.stories(session, filters, untaken=untaken)
        for limit in (1, 3, len(whole) + 1):
            asked = replace(filters, limit=limit)
            assert questions.stories(session, asked, untaken=untaken) == whole[:limit]


def test_a_story_alone_is_its_row_in_the_list(filled: Engine) -> None:
    with reading(filled) as session:
        for story in questions.stories(session):
            asked = Filters(story=story.story)
            assert questions.stories(session, asked) == [story]
            assert questions.stories(session, asked, untaken=True) == ([] if story.pickups else [story])
        assert questions.stories(session, Filters(story="ZED:nowhere")) == []


def test_the_first_outlets_are_the_first_of_all(filled: Engine) -> None:
    with reading(filled) as session:
        for country in (None, "yy"):
            whole = questions.outlets(session, Filters(country=country))
            for limit in (1, 3, len(whole) + 1):
                assert questions.outlets(session, Filters(country=country, limit=limit)) == whole[:limit]
        for outlet in questions.outlets(session):
            assert questions.outlets(session, Filters(outlet=outlet.outlet)) == [outlet]
        assert questions.outlets(session, Filters(outlet="nobody")) == []


def test_outlets_sum_up_what_the_pickups_say(filled: Engine) -> None:
    with reading(filled) as session:
        own: dict[str, list[Any]] = defaultdict(list)
        counted = PICKUP_LIST.c.certainty.in_(questions.COUNTED)
        for pickup in session.execute(select(PICKUP_LIST).where(counted)):
            own[pickup.outlet].append(pickup)
        for outlet in questions.outlets(session):
            rows = own[outlet.outlet]
            assert outlet.pickups == len(rows)
            assert outlet.stories == len({row.story for row in rows})
            assert outlet.agency_articles == len({row.url for row in rows})
            assert outlet.uncredited == sum(row.credited == "none" for row in rows)
            assert outlet.unlicensed == sum(row.licence == "none" for row in rows)
            assert outlet.licence_unknown == sum(row.licence == "unknown" for row in rows)
            known = [row.delay_minutes for row in rows if row.delay_minutes is not None]
            assert outlet.median_delay_minutes == (statistics.median(known) if known else None)
            assert outlet.agency_words == _agency_words(rows)


def _agency_words(rows: list[Any]) -> int:
    """No article is counted over its length."""
    covered: dict[str, int] = defaultdict(int)
    for row in rows:
        covered[row.url] += row.covered_words
    return sum(min(covered[url], next(row.words for row in rows if row.url == url)) for url in covered)
