"""What is summed up from packed columns is what the views give, and what the pickups they sum up give."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, select

from news.terms import COUNTED
from storage.asking import questions
from storage.asking.questions import Filters, Grouping
from storage.engine import reading, writing
from storage.totals import packing as packed
from storage.views.making import OUTLET_SUMMARY, PICKUP_LIST, STORY_SUMMARY
from tests.storage import crowd, world
from tests.storage.makers import later

SEEDS = range(3)
NARROWED = (
    Filters(), Filters(agency="zed"), Filters(outlet="paper1"), Filters(credited="none"), Filters(language="en"),
    Filters(since=later(10), until=later(20)), Filters(certainty=("possible",)), Filters(licence="unknown", use="cut"),
    Filters(story="ZED:story1"), Filters(country="XX", newer_than=9), Filters(outlet="nobody"),
)  # fmt: skip


@pytest.fixture(params=["empty", "world", *SEEDS])
def filled(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    with writing(engine) as session:
        if request.param == "world":
            world.fill(session)
        elif request.param != "empty":
            crowd.fill(session, request.param)
    if request.param == 0:
        packed.refresh(engine)
    return engine


def test_the_first_of_a_list_are_the_first_of_all(filled: Engine) -> None:
    with reading(filled) as session:
        for filters in NARROWED:
            for ask in (questions.stories, questions.outlets, questions.pickups, questions.credit_gaps):
                whole = ask(session, filters)
                for limit in (1, 3, len(whole) + 1):
                    assert ask(session, replace(filters, limit=limit)) == whole[:limit]
            untaken = questions.stories(session, filters, untaken=True)
            assert questions.stories(session, replace(filters, limit=2), untaken=True) == untaken[:2]


def test_stories_and_outlets_are_the_rows_of_their_views(filled: Engine) -> None:
    shapes: tuple[tuple[Any, Any, str, dict[str, str]], ...] = (
        (questions.stories, STORY_SUMMARY, "story", {"filed": "filed_at"}),
        (questions.outlets, OUTLET_SUMMARY, "outlet", {"name": "outlet_name"}),
    )
    with reading(filled) as session:
        for ask, view, key, called in shapes:
            rows = {row[key]: row for row in session.execute(select(view)).mappings()}
            found = ask(session)
            assert {getattr(one, key) for one in found} == set(rows)
            for one in found:
                names = type(one).__dataclass_fields__
                said = {name: rows[getattr(one, key)][called.get(name, name)] for name in names}
                assert one == type(one)(**said)


def test_a_story_or_outlet_alone_is_its_row_in_the_list(filled: Engine) -> None:
    with reading(filled) as session:
        for story in questions.stories(session):
            asked = Filters(story=story.story)
            assert questions.stories(session, asked) == [story]
            assert questions.stories(session, asked, untaken=True) == ([] if story.pickups else [story])
        assert questions.stories(session, Filters(story="ZED:nowhere")) == []
        for outlet in questions.outlets(session):
            assert questions.outlets(session, Filters(outlet=outlet.outlet)) == [outlet]
        assert questions.outlets(session, Filters(outlet="nobody")) == []


def test_outlets_sum_up_what_the_pickups_say(filled: Engine) -> None:
    with reading(filled) as session:
        own: dict[str, list[Any]] = defaultdict(list)
        counted = PICKUP_LIST.c.certainty.in_(COUNTED)
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


def test_groups_sum_up_what_the_pickups_say(filled: Engine) -> None:
    groupings: dict[Grouping, Callable[[Any], str]] = {
        "outlet": lambda row: row.outlet,
        "agency": lambda row: row.agency,
        "desk": lambda row: row.slugline.replace("/", "-").split("-")[0].strip(),
        "hour": lambda row: f"{row.placed_at:%H}",
    }
    with reading(filled) as session:
        for filters in NARROWED:
            ids = {(row.url, row.story) for row in questions.pickups(session, filters)}
            rows = [row for row in session.execute(select(PICKUP_LIST)) if (row.url, row.story) in ids]
            for by, group in groupings.items():
                found = {one.group: one for one in questions.delays(session, filters, by=by)}
                known = [row for row in rows if row.delay_minutes is not None]
                assert found.keys() == {group(row) for row in known}
                for name, one in found.items():
                    ours = sorted(row.delay_minutes for row in known if group(row) == name)
                    middle = statistics.median(ours)
                    assert (one.pickups, one.least_minutes, one.median_minutes) == (len(ours), ours[0], middle)
                    assert one.quarter_minutes == pytest.approx(np.quantile(ours, 0.25))
                    assert one.three_quarters_minutes == pytest.approx(np.quantile(ours, 0.75))
            for share in questions.agency_shares(session, filters):
                ours = [row for row in rows if (row.outlet, row.agency) == (share.outlet, share.agency)]
                assert (share.pickups, share.stories) == (len(ours), len({row.story for row in ours}))
                assert share.words == sum(row.covered_words for row in ours)
                assert share.share_of_articles == len({row.url for row in ours}) / share.articles
            for gone in questions.unlicensed(session, filters):
                key = gone.outlet, gone.agency, gone.licence
                ours = [row for row in rows if (row.outlet, row.agency, row.licence) == key]
                words = sum(row.covered_words for row in ours)
                assert (gone.pickups, gone.words) == (len(ours), words)
                assert gone.uncredited == sum(row.credited == "none" for row in ours)
