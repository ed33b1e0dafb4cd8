"""What one reader asked for, in every figure; what a week adds; and what an old day says when asked today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.digest.digest_rows import DigestFacts, Window
from storage.engine import writing
from storage.models import ArticleVersionRow, NoticeRow, NoticeStateRow, OutletRow
from tests.report.newsday import DAY, Newsday, at

WEEK = Window(at(0, 16), at(0, 23))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as opened:
        yield opened


@pytest.fixture
def desk(session: Session) -> Newsday:
    return Newsday(session)


def busy(desk: Newsday) -> None:
    """Two outlets in two countries, each with copies, usual copies, requests, a feed, a link to confirm, a notice."""
    story = desk.story("AFP:ferry", seen_at=at(0, 1), takes=2)
    other = desk.story("dpa:rates", seen_at=at(0, 1))
    for outlet, country, daily, today in (("post", "FR", 6, 14), ("herald", "GB", 3, 1)):
        desk.session.get_one(OutletRow, desk.outlet(outlet)).country = country
        desk.licence(outlet, "none")
        desk.feed(outlet, f"https://{outlet}.example/rss", outcome="failed", failures=2, reason=f"HTTP 500 of {outlet}")
        for day in range(6, 20):
            desk.requests(outlet, "ok", daily, at(8, day))
            for _ in range(daily):
                desk.copy(outlet, story, at(9, day))
        desk.requests(outlet, "ok", today, at(8))
        desk.requests(outlet, "failed", 1, at(8))
        for _ in range(today):
            desk.copy(outlet, story, at(9), use="verbatim", delay_minutes=float(daily))
        desk.copy(outlet, story, at(9), certainty="possible")
        stays = desk.copy(outlet, story, at(10, 19), credited="text")
        desk.session.get_one(ArticleVersionRow, stays.version_id).last_seen_at = at(7.5)
        desk.copy(outlet, other, at(9))
    desk.notice(story, "correction", at(2), take=2)


def figures(facts: DigestFacts) -> set[str]:
    """Every outlet any part of the digest is about."""
    health = facts.health
    return {
        *(copy.outlet_name for copy in facts.copies),
        *(item.outlet for item in facts.act_now),
        *(story.first_outlet for story in facts.top_stories),
        *(move.outlet for move in facts.moves),
        *(link.outlet_name for link in facts.possible),
        *(trouble.outlet for trouble in health.troubles),
    }


def test_a_reader_of_one_outlet_or_country_sees_it_in_every_figure(desk: Newsday) -> None:
    busy(desk)
    everything, post, british = desk.facts(), desk.facts(outlets=("post",)), desk.facts(countries=("GB",))
    assert figures(everything) == {"Post", "Herald"}
    assert (figures(post), figures(british)) == ({"Post"}, {"Herald"})
    for count in ("copies", "pages_read", "requests_failed"):
        whole = getattr(everything.numbers, count)
        assert getattr(post.numbers, count) + getattr(british.numbers, count) == whole, count
    assert [facts.numbers.copies for facts in (everything, post, british)] == [15, 14, 1]
    assert [facts.earlier[0].copies for facts in (everything, post, british)] == [11, 7, 4]
    assert [facts.health.pages_read for facts in (everything, post, british)] == [15, 14, 1]
    assert (post.health.feeds, everything.health.feeds) == (1, 2)
    assert post.health.usual_pages_read == pytest.approx(6.15, 0.01)
    assert (post.possible_total, everything.possible_total) == (1, 2)
    assert sum(count for _, count in post.baseline_hours) == 6 * 14 + 1
    assert [(move.outlet, move.trend) for move in post.moves] == [("Post", "rising")]
    assert {kind for item in post.act_now for kind in item.kinds} == {"correction not applied", "unlicensed copy"}
    assert (post.numbers.median_delay_minutes, british.numbers.median_delay_minutes) == (6.0, 3.0)


def test_agencies_outlets_and_countries_narrow_together(desk: Newsday) -> None:
    busy(desk)
    assert {copy.agency for copy in desk.facts(agencies=()).copies} == {"AFP", "dpa"}
    assert [copy.agency for copy in desk.facts(agencies=("dpa",), outlets=("post",)).copies] == ["dpa"]
    nobody = desk.facts(outlets=("post",), countries=("GB",))
    assert figures(nobody) == set()
    assert (nobody.numbers.copies, nobody.health.feeds, nobody.health.pages_read) == (0, 0, 0)


def test_a_week_is_counted_beside_the_week_before(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(0, 1))
    for day, copies in ((3, 1), (9, 2), (12, 2), (15, 1), (16, 4), (19, 5), (22, 3)):
        for _ in range(copies):
            desk.copy("post", ferry, at(9, day))
    facts = desk.facts(WEEK)
    week_before = desk.facts(Window(at(0, 9), at(0, 16)))
    assert (facts.numbers.copies, week_before.numbers.copies) == (12, 5)
    assert facts.top_stories[0].copies == 12
    (move,) = facts.moves
    assert move.trend == "rising"
    assert move.usual_copies == pytest.approx(6 / 12.625 * 7)


def test_no_outlet_rises_in_a_week_before_a_week_is_known(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(0, 1))
    for day in (11, 12, 17):
        for _ in range(20):
            desk.copy("post", ferry, at(9, day))
    assert desk.facts(WEEK).moves == ()
    assert [move.trend for move in desk.facts(Window(at(0, 17), at(0, 18))).moves] == ["rising"]


def test_notices_closed_in_the_week_are_told_with_how_long_it_took(desk: Newsday) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 15))
    closings: dict[str, tuple[datetime, datetime | None]] = {
        "kill": (at(2, 17), at(7, 17)),
        "correction": (at(2, 14), at(3, 15)),
        "hold": (at(2, 18), None),
    }
    notices: dict[str, NoticeRow] = {}
    for kind, (opened_at, closed_at) in closings.items():
        notices[kind] = desk.notice(story, kind, opened_at, own=False)
        notices[kind].closed_at = closed_at
    for outlet in ("post", "post", "herald"):
        copy = desk.copy(outlet, story, at(1, 17))
        for notice in notices.values():
            row = {"state": "removed", "since": at(7, 17), "checked_at": at(7, 17)}
            desk.session.add(NoticeStateRow(notice_id=notice.id, article_id=copy.article_id, **row))
    (closed,) = desk.facts(WEEK).closed
    assert (closed.kind, closed.story, closed.articles, closed.outlets, closed.minutes) == (
        "kill",
        "AFP:wrong",
        3,
        2,
        300,
    )
    (narrowed,) = desk.facts(WEEK, outlets=("herald",)).closed
    assert (narrowed.articles, narrowed.outlets) == (1, 1)
    assert desk.facts(WEEK, outlets=("nobody",)).closed == ()


def test_a_credit_taken_away_later_needs_action_once(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(1, 18))
    seen = {"post": ("text", "none"), "herald": ("text", "joint"), "echo": ("none", "none"), "star": ("joint", "photo")}
    for outlet, (first, last) in seen.items():
        url = f"https://{outlet}.example/a"
        desk.pickup(desk.version(outlet, url, at(9, 19)), ferry, credited=first)
        desk.pickup(desk.version(outlet, url, at(9)), ferry, credited=last)
    within = "https://quick.example/a"
    for hour, credited in ((5, "text"), (6, "none"), (7, "none")):
        desk.pickup(desk.version("quick", within, at(hour)), ferry, credited=credited)
    desk.pickup(desk.version("back", "https://back.example/a", at(9, 19)), ferry, credited="text")
    for hour, credited in ((5, "none"), (6, "text")):
        desk.pickup(desk.version("back", "https://back.example/a", at(hour)), ferry, credited=credited)
    removed = {item.outlet: item.seen_at for item in desk.facts().act_now if item.kinds == ("credit removed",)}
    assert removed == {"Post": at(9), "Star": at(9), "Quick": at(7)}
    tomorrow = Window(DAY.end, DAY.end + timedelta(days=1))
    desk.pickup(desk.version("post", "https://post.example/a", at(9, 21)), ferry, credited="none")
    assert desk.facts(tomorrow).act_now == ()


def test_what_needs_action_is_judged_when_the_email_is_written(desk: Newsday, session: Session) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 19))
    complied, stays = desk.copy("complied", story, at(10, 19)), desk.copy("stays", story, at(10, 19))
    for pickup in (complied, stays):
        session.get_one(ArticleVersionRow, pickup.version_id).last_seen_at = at(22)
    desk.notice(story, "correction", at(20), own=False)
    desk.notice(story, "kill", at(26), own=False)
    for pickup, state, since in ((complied, "removed", at(29)), (stays, "unchanged", at(20))):
        notice_id = session.query(NoticeRow).filter_by(kind="correction").one().id
        row = {"state": state, "since": since, "checked_at": at(29)}
        session.add(NoticeStateRow(notice_id=notice_id, article_id=pickup.article_id, **row))
    at_midnight, at_seven = desk.facts(), desk.facts(as_of=at(31))
    assert {item.outlet: item.minutes for item in at_midnight.act_now} == {"Complied": 120.0, "Stays": 240.0}
    assert [(item.outlet, item.kinds[0], item.minutes) for item in at_seven.act_now] == [
        ("Stays", "correction not applied", 540.0)
    ]
    assert (at_midnight.health.notices_unchecked, at_seven.health.notices_unchecked) == (0, 2), (
        "the kill of two o'clock"
    )
    assert at_seven.as_of == at(31)
    assert at_seven.numbers == at_midnight.numbers


def test_a_text_changed_since_does_not_change_what_an_old_day_said(desk: Newsday, session: Session) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 19))
    first = desk.version("post", "https://post.example/a", at(10, 19))
    desk.pickup(first, story)
    first.last_seen_at = at(20)
    desk.notice(story, "kill", at(2), own=False)
    before = desk.facts()
    desk.version("post", "https://post.example/a", at(30), headline="Withdrawn")
    assert [item.outlet for item in before.act_now] == ["Post"]
    assert desk.facts().act_now == before.act_now
    assert desk.facts(as_of=at(31)).act_now == ()
