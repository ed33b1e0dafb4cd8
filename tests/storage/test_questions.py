"""The questions, over a small invented world, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from jobs.matches.copy_origins import write_sources
from news.errors import UnknownObjectError
from storage.agency import filings
from storage.answers import Pickup, record
from storage.articles import saving
from storage.asking import details, questions
from storage.asking.questions import Filters
from storage.engine import reading, writing
from storage.matches import verdicts
from storage.models import ArticleRow, NoticeRow, NoticeStateRow, PickupRow
from tests.storage.makers import NOON, article, filing, later, stated
from tests.storage.world import address, fill, text_of

DOOR = [
    "story", "origin", "agency", "take", "article", "outlet", "url", "headline", "class", "share_of_article",
    "share_of_story", "credited", "published", "delay_minutes", "delay_bounds", "score", "reasons",
]  # fmt: skip


@pytest.fixture
def world(engine: Engine) -> Engine:
    with writing(engine) as session:
        fill(session)
    return engine


@pytest.fixture
def asking(world: Engine) -> Iterator[Session]:
    with reading(world) as session:
        yield session


def places(rows: list[Pickup]) -> list[str]:
    return [f"{row.outlet}/{row.story.removeprefix('ZED:')}" for row in rows]


def test_a_pickup_is_written_with_the_fields_of_its_door(asking: Session) -> None:
    first = record(questions.pickups(asking)[0])
    assert list(first)[: len(DOOR)] == DOOR
    assert {name: first[name] for name in DOOR} == {
        "story": "ZED:bridge",
        "origin": "filed",
        "agency": "ZED",
        "take": 1,
        "article": "https://courier.example/bridge",
        "outlet": "courier",
        "url": "https://courier.example/bridge",
        "headline": "bridge at courier",
        "class": "verbatim",
        "share_of_article": 0.9877,
        "share_of_story": 0.5,
        "credited": "text",
        "published": "2026-03-09T12:10:00Z",
        "delay_minutes": 10.0,
        "delay_bounds": None,
        "score": 0.9,
        "reasons": ["9 words in one passage"],
    }
    assert json.loads(json.dumps(first)) == first


def test_pickups_come_in_order_of_publication_and_only_the_sure_ones(asking: Session) -> None:
    rows = questions.pickups(asking)
    assert places(rows) == ["courier/bridge", "gazette/bridge", "daily/bridge", "daily/ferry", "courier/ferry"]
    assert record(rows[1])["published"] is None
    assert places(questions.pickups(asking, Filters(limit=2))) == ["courier/bridge", "gazette/bridge"]


def test_what_waits_for_a_person_is_listed_apart(asking: Session) -> None:
    assert places(questions.possible_pickups(asking)) == ["gazette/ferry"]
    assert len(questions.pickups(asking, Filters(certainty=("possible", "linked")))) == 6


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(agency="zed"), 5),
        (Filters(agency="YON"), 0),
        (Filters(outlet="daily"), 2),
        (Filters(country="yy"), 1),
        (Filters(language="EN"), 5),
        (Filters(language="e"), 0),
        (Filters(use="cut"), 1),
        (Filters(credited="photo"), 1),
        (Filters(licence="none"), 2),
        (Filters(licence="unknown"), 1),
        (Filters(licence="licensed", outlet="daily"), 0),
        (Filters(story="ZED:ferry"), 2),
        (Filters(since=later(35)), 4),
        (Filters(since=later(36), until=later(65)), 1),
        (Filters(until=later(65)), 3),
        (Filters(outlet="daily", story="ZED:bridge", credited="none"), 1),
        (Filters(outlet="'; drop table pickups; --"), 0),
    ],
)
def test_filters_narrow(asking: Session, filters: Filters, found: int) -> None:
    assert len(questions.pickups(asking, filters)) == found


def test_a_verdict_counts_at_once_and_outlives_the_matcher(world: Engine) -> None:
    with writing(world) as session:
        verdicts.judge(
            session,
            article=address("daily", "bridge"),
            story="ZED:bridge",
            judgement="reject",
            judged_by="ann",
            now=NOON,
            note="own reporting",
        )
        verdicts.judge(
            session,
            article=address("gazette", "ferry"),
            story="ZED:ferry",
            judgement="confirm",
            judged_by="ann",
            now=later(1),
        )
    with reading(world) as session:
        assert "daily/bridge" not in places(questions.pickups(session))
        assert "gazette/ferry" in places(questions.pickups(session))
        assert questions.possible_pickups(session) == []
        assert [(v.story, v.judgement, v.note) for v in verdicts.listed(session)] == [
            ("ZED:ferry", "confirm", ""),
            ("ZED:bridge", "reject", "own reporting"),
        ]
    with writing(world) as session:
        assert verdicts.withdraw(session, article=address("daily", "bridge"), story="ZED:bridge")
        assert not verdicts.withdraw(session, article=address("daily", "bridge"), story="ZED:bridge")
        assert "daily/bridge" in places(questions.pickups(session))


@pytest.mark.parametrize(("article_", "story"), [("nowhere", "ZED:bridge"), (address("daily", "bridge"), "ZED:x")])
def test_a_verdict_about_nothing_stored_is_refused(world: Engine, article_: str, story: str) -> None:
    with writing(world) as session, pytest.raises(UnknownObjectError):
        verdicts.judge(session, article=article_, story=story, judgement="reject", judged_by="", now=NOON)


def test_only_the_current_version_counts(world: Engine) -> None:
    with writing(world) as session:
        url = address("daily", "bridge")
        saving.save_article(session, article(url, "The text is gone."), "daily", seen_at=later(200))
        assert "daily/bridge" not in places(questions.pickups(session))


def test_stories_and_how_far_they_went(asking: Session) -> None:
    bridge, ferry, snow = questions.stories(asking)
    assert record(bridge) == {
        "story": "ZED:bridge",
        "origin": "filed",
        "agency": "ZED",
        "headline": "Portvale bridge opens, item 2",
        "slugline": "CITY-BRIDGE",
        "language": "",
        "status": "usable",
        "filed": "2026-03-09T12:00:00Z",
        "takes": 2,
        "pickups": 3,
        "possible": 0,
        "outlets": 3,
        "uncredited": 1,
        "first_outlet": "courier",
        "first_at": "2026-03-09T12:10:00Z",
        "first_delay_minutes": 10.0,
        "median_delay_minutes": 15.0,
    }
    assert (ferry.pickups, ferry.possible, ferry.median_delay_minutes) == (2, 1, 62.5)
    assert (snow.pickups, snow.first_outlet, snow.median_delay_minutes) == (0, None, None)
    assert [row.story for row in questions.stories(asking, untaken=True)] == ["ZED:snow"]
    assert [row.story for row in questions.stories(asking, Filters(outlet="gazette"))] == ["ZED:bridge"]
    assert [row.story for row in questions.stories(asking, Filters(since=later(5)))] == ["ZED:ferry", "ZED:snow"]


def test_outlets_and_their_share_of_agency_text(asking: Session) -> None:
    rows = {row.outlet: row for row in questions.outlets(asking)}
    courier = rows["courier"]
    assert (courier.articles, courier.words, courier.agency_articles, courier.agency_words) == (3, 23, 2, 18)
    assert courier.share_of_articles == pytest.approx(2 / 3)
    assert courier.share_of_words == pytest.approx(18 / 23)
    assert (courier.unlicensed, courier.licence_unknown, courier.median_delay_minutes) == (0, 0, 37.5)
    assert (rows["daily"].unlicensed, rows["daily"].uncredited, rows["gazette"].licence_unknown) == (2, 1, 1)
    assert (rows["zedwire"].articles, rows["zedwire"].share_of_words) == (0, None)


def test_shares_of_a_time_and_an_agency(asking: Session) -> None:
    rows = questions.agency_shares(asking, Filters(since=later(60)))
    assert [(row.outlet, row.pickups, row.articles, row.words) for row in rows] == [
        ("courier", 1, 2, 9),
        ("daily", 1, 1, 9),
    ]
    assert rows[0].share_of_articles == 0.5
    assert rows[1].share_of_words == pytest.approx(0.9)


def test_credit_gaps(asking: Session) -> None:
    rows = questions.credit_gaps(asking)
    assert [(row.outlet, row.gap, row.use) for row in rows] == [
        ("daily", "none", "cut"),
        ("gazette", "photo", "edited"),
    ]
    assert [row.outlet for row in questions.credit_gaps(asking, Filters(country="YY"))] == ["gazette"]
    assert [row.outlet for row in questions.credit_gaps(asking, Filters(credited="none"))] == ["daily"]


def test_licences_have_days(asking: Session) -> None:
    rows = questions.unlicensed(asking)
    assert [(row.outlet, row.licence, row.pickups, row.words) for row in rows] == [
        ("daily", "none", 2, 18),
        ("gazette", "unknown", 1, 9),
    ]


@pytest.mark.parametrize(
    ("hours", "licence"),
    [(-24 * 67 - 12, "licensed"), (-24 * 67 - 12.1, "unknown"), (11.9, "licensed"), (12.0, "unknown")],
)
def test_a_licence_holds_from_its_first_to_its_last_day_in_utc(world: Engine, hours: float, licence: str) -> None:
    from tests.storage.world import carry

    with writing(world) as session:
        carry(session, "courier", "snow", 1, stated(hours * 60))
        assert len(questions.pickups(session, Filters(story="ZED:snow"))) == 1
        found = [row.licence for row in questions.unlicensed(session, Filters(story="ZED:snow"))]
        assert found == ([] if licence == "licensed" else [licence])


def test_delays_by_group(asking: Session) -> None:
    rows = questions.delays(asking)
    assert [(row.group, row.pickups, row.median_minutes) for row in rows] == [("courier", 2, 37.5), ("daily", 2, 40.0)]
    assert [row.group for row in questions.delays(asking, by="desk")] == ["CITY", "SEA"]
    assert [(row.group, row.pickups) for row in questions.delays(asking, by="hour")] == [("12", 2), ("13", 2)]
    assert [row.three_quarters_minutes for row in questions.delays(asking, by="agency")] == [61.25]


def test_who_copied_from_whom(asking: Session) -> None:
    assert details.followers(asking) == []  # the same change in two stories is no trace


def test_a_copy_that_repeats_another_s_changes_follows_it(world: Engine) -> None:
    with writing(world) as session:
        edits = [{"kind": "added", "story_text": "", "article_text": "the shaky BRIDGE", "substantive": False}]
        session.execute(update(PickupRow).where(PickupRow.credited == "photo").values(edits=edits))
        stories = set(session.scalars(select(PickupRow.story_id)))
        write_sources(session, stories)
        assert details.followers(session, Filters(story="ZED:bridge")) == []  # nobody knows who came first
        url = address("gazette", "bridge")
        saving.save_article(session, text_of("gazette", "bridge", stated(55)), "gazette", seen_at=later(81))
        write_sources(session, stories)
        assert details.followers(session, Filters(outlet="daily")) == []
        [row] = details.followers(session, Filters(story="ZED:bridge"))
        assert details.followers(session, Filters(limit=1)) == details.followers(session)[:1] != []
        assert (row.article, row.earlier_outlet, row.shared_edits, row.example) == (url, "daily", 1, "the shaky bridge")


@pytest.fixture
def noticed(world: Engine) -> Engine:
    """The world after a kill of the bridge story."""
    with writing(world) as session:
        kill = replace(filing("k", "bridge", 100, status="killed", notice="It is not open."), paragraphs=())
        filings.save_filing(session, kill, received_at=later(101))
    return world


def state(session: Session, outlet: str, state_: str) -> None:
    article_id = session.query(ArticleRow.id).filter_by(canonical_url=address(outlet, "bridge")).scalar()
    notice_id = session.query(NoticeRow.id).scalar()
    row = NoticeStateRow(notice_id=notice_id, article_id=article_id, state=state_, since=NOON, checked_at=NOON)
    session.add(row)
    session.flush()


def test_where_a_notice_is_not_applied(noticed: Engine) -> None:
    with writing(noticed) as session:
        state(session, "courier", "removed")
        state(session, "daily", "unchanged")
        rows = questions.open_notices(session, later(160))
        assert [(row.outlet, row.state, row.open_minutes) for row in rows] == [
            ("daily", "unchanged", 60.0),
            ("gazette", "unchecked", 60.0),
        ]
        [notice] = questions.notices(session, later(160))
        assert (notice.kind, notice.articles, notice.not_applied, notice.open_minutes) == ("kill", 3, 2, 60.0)
        session.execute(update(NoticeRow).values(closed_at=later(130)))
        assert questions.open_notices(session, later(160)) == []
        assert questions.notices(session, later(160))[0].open_minutes == 30.0


def test_health_names_the_broken(asking: Session) -> None:
    rows = questions.health(asking)
    assert [row.outlet for row in rows] == ["courier", "daily", "gazette", "zedwire"]
    assert (rows[0].articles, rows[0].feeds, rows[0].last_article) == (3, 0, later(90))


def test_both_texts_side_by_side(asking: Session) -> None:
    [pair] = details.side_by_side(asking, address("daily", "bridge"))
    assert pair.pickup.story == "ZED:bridge"
    assert pair.story_paragraphs[-1] == "This is item 2."
    assert pair.article_paragraphs == ("daily tells of the bridge in exactly ten words here.",)
    assert pair.credits == (("ZED", "text", "dateline", "PORTVALE (Zed Wire)"),)
    assert record(pair)["pickup"]["class"] == "cut"
    with pytest.raises(UnknownObjectError, match="no pickup of ZED:snow"):
        details.side_by_side(asking, address("daily", "bridge"), "ZED:snow")


def test_everything_seen_at_an_address(noticed: Engine) -> None:
    with writing(noticed) as session:
        state(session, "daily", "unchanged")
        seen = details.seen_at(session, address("daily", "bridge"))
        assert [(row.what, row.detail) for row in seen] == [
            ("notice", "kill of ZED:bridge: unchanged"),
            ("version", "1: bridge at daily (10 words)"),
            ("pickup", "version 1: ZED:bridge take 2, cut, 90% of the article, linked"),
        ]
        with pytest.raises(UnknownObjectError, match="nothing is stored about"):
            details.seen_at(session, "https://nowhere.example/")


@pytest.mark.parametrize(
    "question",
    [
        questions.pickups,
        questions.possible_pickups,
        questions.stories,
        questions.outlets,
        questions.agency_shares,
        questions.credit_gaps,
        questions.unlicensed,
        questions.delays,
        questions.health,
        details.followers,
        verdicts.listed,
    ],
)
def test_every_question_answers_on_an_empty_database(engine: Engine, question: Any) -> None:
    with reading(engine) as session:
        assert question(session) == []
        assert questions.notices(session, NOON) == []
        assert questions.open_notices(session, NOON) == []
