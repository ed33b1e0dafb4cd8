"""What the digest asks of the database, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.digest.digest_rows import Passage, Window
from storage.digest.notable_edits import passage
from storage.engine import writing
from storage.models import ArticleVersionRow, NoticeStateRow
from tests.report.newsday import DAY, Newsday, at, back, stated


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as opened:
        yield opened


@pytest.fixture
def desk(session: Session) -> Newsday:
    return Newsday(session)


def test_an_empty_database_gives_an_empty_day(desk: Newsday) -> None:
    facts = desk.facts()
    assert not any((facts.copies, facts.act_now, facts.top_stories, facts.edits, facts.moves, facts.possible))
    assert facts.numbers.median_delay_minutes is None
    assert facts.baseline_days == 0
    assert not facts.crawl_fell


def test_each_copy_is_in_exactly_one_day(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(1, 18))
    for hour in (-30, -25, -0.01, 0, 5, 23.99, 24, 30):
        desk.copy("post", ferry, at(hour), published=stated(at(hour)))
    days = [desk.facts(Window(at(0, day), at(0, day + 1))) for day in (18, 19, 20, 21)]
    assert [len(day.copies) for day in days] == [2, 1, 3, 2]
    assert (days[2].earlier[0].copies, days[1].earlier[0].copies) == (1, 2)


def test_a_new_version_of_an_article_is_no_new_copy(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(1, 19))
    url = "https://post.example/a"
    first = desk.version("post", url, at(10, 19))
    desk.pickup(first, ferry, use="verbatim")
    second = desk.version("post", url, at(10), headline="Second headline")
    desk.pickup(second, ferry, use="edited")
    assert desk.facts().copies == ()
    (before,) = desk.facts(back(DAY, 1)).copies
    assert (before.use, before.headline) == ("verbatim", f"Headline at {url}")


def test_a_copy_found_when_its_story_arrives_is_reported_then_and_as_late(desk: Newsday) -> None:
    late_story = desk.story("AFP:late", seen_at=at(9))
    desk.copy("post", late_story, at(20, 19))
    desk.copy("herald", late_story, at(11))
    facts = desk.facts()
    assert {copy.outlet_name for copy in facts.copies} == {"Post", "Herald"}
    assert [copy.outlet_name for copy in facts.late] == ["Post"]
    assert desk.facts(back(DAY, 1)).copies == ()


def test_an_article_out_before_the_day_and_found_in_it_is_late_once(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry", seen_at=at(1, 17))
    desk.copy("post", ferry, at(3), published=stated(at(22, 19)))
    desk.copy("herald", ferry, at(3), published=Moment())
    assert [copy.outlet_name for copy in desk.facts().late] == ["Post"]
    assert desk.facts(back(DAY, -1)).late == ()


def test_numbers_count_copies_stories_outlets_and_credit(desk: Newsday) -> None:
    ferry, rates = desk.story("AFP:ferry"), desk.story("AFP:rates")
    desk.copy("post", ferry, at(9), delay_minutes=10.0, credited="text")
    desk.copy("herald", ferry, at(9), delay_minutes=30.0, credited="joint")
    desk.copy("post", rates, at(9), delay_minutes=None, credited="photo")
    desk.copy("gazette", rates, at(9), delay_minutes=80.0, credited="none")
    numbers = desk.facts().numbers
    assert (numbers.copies, numbers.stories, numbers.outlets, numbers.credited) == (4, 2, 3, 2)
    assert numbers.median_delay_minutes == 30.0


def test_other_agencies_and_an_agencys_own_site_are_left_out(desk: Newsday) -> None:
    afp, dpa = desk.story("AFP:ferry"), desk.story("dpa:ferry")
    desk.outlet("afpsite", agency="AFP")
    for outlet in ("post", "afpsite"):
        desk.copy(outlet, afp, at(9))
    desk.copy("post", dpa, at(9))
    assert [copy.story for copy in desk.facts().copies] == ["AFP:ferry"]
    assert len(desk.facts(agencies=()).copies) == 2
    assert [copy.story for copy in desk.facts(agencies=("dpa",)).copies] == ["dpa:ferry"]


def test_a_persons_word_decides_what_counts(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry")
    rejected = desk.copy("post", ferry, at(9))
    confirmed = desk.copy("herald", ferry, at(9), certainty="possible")
    desk.copy("gazette", ferry, at(9), certainty="possible")
    desk.verdict(rejected, "reject")
    desk.verdict(confirmed, "confirm")
    facts = desk.facts()
    assert [(copy.outlet_name, copy.certainty) for copy in facts.copies] == [("Herald", "confirmed")]
    assert [link.outlet_name for link in facts.possible] == ["Gazette"]


def test_possible_links_are_the_ten_likeliest_of_all(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry")
    for number in range(14):
        desk.copy("post", ferry, at(9), certainty="possible", score=number / 100)
    facts = desk.facts()
    assert facts.possible_total == 14
    assert [link.score for link in facts.possible] == [n / 100 for n in range(13, 3, -1)]
    assert facts.numbers.copies == 0


def test_top_stories_are_those_with_most_copies_and_name_who_was_first_ever(desk: Newsday) -> None:
    ferry, rates = desk.story("AFP:ferry", seen_at=at(1, 19)), desk.story("AFP:rates", seen_at=at(1, 19))
    desk.copy("gazette", ferry, at(5, 19), delay_minutes=3.0)
    for outlet, use in (("post", "cut"), ("herald", "cut"), ("echo", "verbatim")):
        desk.copy(outlet, ferry, at(9), delay_minutes=90.0, use=use)
    desk.copy("post", rates, at(9), delay_minutes=None)
    top = desk.facts().top_stories
    assert [(story.story, story.copies) for story in top] == [("AFP:ferry", 3), ("AFP:rates", 1)]
    assert (top[0].first_outlet, top[0].first_delay_minutes) == ("Gazette", 3.0)
    assert top[0].uses == (("cut", 2), ("verbatim", 1))
    assert (top[1].first_outlet, top[1].first_delay_minutes) == ("Post", None)


def test_an_unlicensed_copy_is_one_whose_licence_somebody_called_none_that_day(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry")
    desk.licence("post", "none")
    desk.licence("herald", "licensed")
    desk.licence("echo", "licensed", last=date(2026, 10, 31))
    desk.licence("echo", "none", first=date(2026, 11, 1))
    desk.licence("gazette", "none", last=date(2026, 11, 1))
    for outlet in ("post", "herald", "echo", "gazette", "unheard"):
        desk.copy(outlet, ferry, at(9), use="verbatim")
    desk.copy("post", ferry, at(9), use="cut")
    facts = desk.facts()
    assert {(item.outlet, item.kinds) for item in facts.act_now} == {
        ("Post", ("unlicensed copy",)),
        ("Echo", ("unlicensed copy",)),
    }
    licences = {copy.outlet_name: copy.licence for copy in facts.copies if copy.use == "verbatim"}
    assert licences == {
        "Post": "none",
        "Herald": "licensed",
        "Echo": "none",
        "Gazette": "unknown",
        "Unheard": "unknown",
    }


def test_missing_and_wrong_credits_are_one_item_an_article_worst_first(desk: Newsday) -> None:
    ferry = desk.story("AFP:ferry")
    desk.licence("post", "none")
    desk.copy("post", ferry, at(9), use="verbatim", credited="none")
    desk.copy("herald", ferry, at(9), use="verbatim", credited="photo")
    desk.copy("echo", ferry, at(9), use="cut", credited="wrong", credit_text="(dpa)")
    desk.copy("gazette", ferry, at(9), use="cut", credited="none")
    desk.copy("star", ferry, at(9), use="verbatim", credited="joint")
    assert [(item.outlet, item.kinds) for item in desk.facts().act_now] == [
        ("Post", ("unlicensed copy", "credit missing")),
        ("Echo", ("wrong agency credited",)),
        ("Herald", ("credit missing",)),
    ]


def test_an_embargo_is_broken_by_evidence_and_not_by_a_clock_without_a_zone(desk: Newsday) -> None:
    story = desk.story("AFP:report", embargo_until=at(12))
    desk.copy("early", story, at(13), published=stated(at(11)))
    desk.copy("seen", story, at(11.5), published=Moment())
    desk.copy("unzoned", story, at(13), published=Moment(at(11), None, None, "visible text", "unknown"))
    desk.copy("bounded", story, at(13), published=Moment(at(11.8), at(11.8), at(12.8), "visible text", "unknown"))
    desk.copy("patient", story, at(13), published=stated(at(12)))
    broken = {item.outlet: item.minutes for item in desk.facts().act_now if "embargo broken" in item.kinds}
    assert broken == {"Early": 60.0, "Seen": pytest.approx(30.0)}


def test_a_correction_is_applied_by_the_later_take_and_nobody_is_blamed_unseen(desk: Newsday, session: Session) -> None:
    rates = desk.story("AFP:rates", seen_at=at(1, 19), takes=2)
    stays = desk.copy("stays", rates, at(10, 19))
    desk.copy("unseen", rates, at(10, 19))
    desk.copy("corrected", rates, at(10, 19), take=2)
    gone = desk.copy("gone", rates, at(10, 19))
    desk.notice(rates, "correction", at(2), take=2)
    for pickup in (stays, gone):
        session.get_one(ArticleVersionRow, pickup.version_id).last_seen_at = at(7.5)
    desk.page_gone(gone, at(9))
    facts = desk.facts()
    assert [(item.outlet, item.kinds, item.minutes) for item in facts.act_now] == [
        ("Stays", ("correction not applied",), 330.0)
    ]
    assert facts.act_now[0].seen_at == at(7.5)
    assert facts.health.notices_unchecked == 1


def test_a_correction_without_a_new_text_is_not_judged_by_a_text_that_changed_since(
    desk: Newsday, session: Session
) -> None:
    rates = desk.story("AFP:rates", seen_at=at(1, 19))
    stays = desk.copy("stays", rates, at(10, 19))
    session.get_one(ArticleVersionRow, stays.version_id).last_seen_at = at(4)
    changed = desk.version("changes", "https://changes.example/a", at(10, 19))
    desk.pickup(changed, rates)
    desk.pickup(desk.version("changes", "https://changes.example/a", at(3)), rates)
    desk.notice(rates, "correction", at(2), own=False)
    facts = desk.facts()
    assert [item.outlet for item in facts.act_now] == ["Stays"]
    assert facts.health.notices_unchecked == 1


def test_a_kill_is_applied_by_taking_the_text_away(desk: Newsday, session: Session) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 19))
    stays = desk.copy("stays", story, at(10, 19))
    session.get_one(ArticleVersionRow, stays.version_id).last_seen_at = at(6)
    first = desk.version("rewrites", "https://rewrites.example/a", at(10, 19))
    desk.pickup(first, story)
    desk.version("rewrites", "https://rewrites.example/a", at(5), headline="Withdrawn")
    desk.notice(story, "kill", at(2), own=False)
    assert [(item.outlet, item.kinds[0], item.minutes) for item in desk.facts().act_now] == [
        ("Stays", "kill not applied", 240.0)
    ]


@pytest.mark.parametrize(
    ("state", "items", "unchecked"), [("unchanged", 1, 0), ("unreachable", 0, 1), ("noted", 0, 0), ("removed", 0, 0)]
)
def test_a_recorded_state_wins(desk: Newsday, session: Session, state: str, items: int, unchecked: int) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 19))
    pickup = desk.copy("post", story, at(10, 19))
    session.get_one(ArticleVersionRow, pickup.version_id).last_seen_at = at(9)
    notice = desk.notice(story, "kill", at(2), own=False)
    session.add(
        NoticeStateRow(notice_id=notice.id, article_id=pickup.article_id, state=state, since=at(2), checked_at=at(8))
    )
    facts = desk.facts()
    assert (len(facts.act_now), facts.health.notices_unchecked) == (items, unchecked)
    assert [item.minutes for item in facts.act_now] == [360.0] * items


def test_a_closed_notice_is_open_in_the_days_before_it_closed(desk: Newsday, session: Session) -> None:
    story = desk.story("AFP:wrong", seen_at=at(1, 19))
    pickup = desk.copy("post", story, at(10, 19))
    session.get_one(ArticleVersionRow, pickup.version_id).last_seen_at = at(9)
    notice = desk.notice(story, "kill", at(2), own=False)
    notice.closed_at = at(3, 21)
    assert len(desk.facts().act_now) == 1
    assert desk.facts(back(DAY, -1)).act_now == ()
    assert desk.facts(back(DAY, 1)).act_now == ()


def test_edits_are_gathered_over_outlets_with_the_sentences_around_them(desk: Newsday) -> None:
    told = "Rates stay. The bank kept its main rate at 3.75 percent on Thursday. Nobody was surprised."
    printed = "The bank kept its main rate at 3.5 percent on Thursday. Nobody was surprised."
    rates = desk.story("AFP:rates", text=told)
    number = {
        "kind": "number",
        "substantive": True,
        "story_text": "3.75",
        "article_text": "3.5",
        "story_at": [told.index("3.75"), told.index("3.75") + 4],
        "article_at": [printed.index("3.5"), printed.index("3.5") + 3],
    }
    word = {"kind": "word", "substantive": False, "story_text": "surprised", "article_text": "startled"}
    cut = {"kind": "cut", "substantive": False, "story_text": "Rates stay.", "article_text": ""}
    for outlet in ("post", "herald"):
        version = desk.version(outlet, f"https://{outlet}.example/r", at(9), printed)
        desk.pickup(version, rates, edits=[word, number, cut])
    first, second = desk.facts().edits
    assert (first.kind, first.substantive, first.outlets) == ("number", True, ("Post", "Herald"))
    assert first.story_passage == Passage("The bank kept its main rate at ", "3.75", " percent on Thursday. ")
    assert first.article_passage == Passage("The bank kept its main rate at ", "3.5", " percent on Thursday. ")
    assert (second.kind, second.story_passage) == ("word", Passage("", "surprised", ""))


def test_another_form_of_the_credit_is_no_notable_edit(desk: Newsday) -> None:
    rates = desk.story("AFP:rates")
    forms = {"(AFP)": "Agence France-Presse", "AFP": "two pounds", "BONN (AFP": "", "": "-- AFP"}
    edits = [{"kind": "name", "substantive": True, "story_text": s, "article_text": a} for s, a in forms.items()]
    desk.copy("post", rates, at(9), edits=edits, credit_text="Agence France-Presse (AFP)")
    assert [edit.article_passage for edit in desk.facts().edits] == [Passage("", "two pounds", "")]


@pytest.mark.parametrize(
    ("source", "words", "expected"),
    [
        ("One. Two is here. Three.", "is", Passage("Two ", "is", " here. ")),
        ("One\nTwo is here\nThree", "is", Passage("Two ", "is", " here")),
        ("It fell 3.75 percent.", "fell", Passage("It ", "fell", " 3.75 percent.")),
        ("A. B is out. C.", "B is out.", Passage("", "B is out.", "")),
        ("船在沙洲。乘客都平安。天亮了。", "都", Passage("乘客", "都", "平安。")),
        ("Nothing of it", "absent", Passage("", "absent", "")),
    ],
)
def test_the_sentence_around_words(source: str, words: str, expected: Passage) -> None:
    start = source.find(words)
    assert passage(source, start, start + len(words), words) == expected


def test_where_words_were_put_into_a_sentence_it_is_shown_and_between_sentences_nothing() -> None:
    source = "The men met in Minsk. They left."
    assert passage(source, 12, 12, "") == Passage("The men met ", "", "in Minsk. ")
    assert passage(source, 22, 22, "") is None
    assert passage("x" * 5000, 2000, 2001, "x") == Passage("x" * 240, "x", "x" * 240)


def test_outlets_move_only_out_of_their_usual_range_and_a_broken_crawl_is_named(desk: Newsday) -> None:
    story = desk.story("AFP:ferry", seen_at=at(0, 1))
    usual = {"silent": 6, "quiet": 6, "steady": 4, "rising": 2, "weekly": 1, "waning": 8}
    for day in range(6, 20):
        for outlet, copies in usual.items():
            desk.requests(outlet, "ok", 10, at(8, day))
            for _ in range(copies if outlet != "weekly" or day % 7 == 0 else 0):
                desk.copy(outlet, story, at(9, day))
    for outlet, copies in (("steady", 5), ("rising", 9), ("waning", 2)):
        for _ in range(copies):
            desk.copy(outlet, story, at(9))
    for outlet in ("quiet", "steady", "rising", "weekly", "waning"):
        desk.requests(outlet, "ok", 11, at(8))
    desk.requests("silent", "failed", 12, at(8))
    facts = desk.facts()
    moves = {move.outlet: (move.trend, move.crawl_fell, move.pages_read, move.requests_failed) for move in facts.moves}
    assert moves == {
        "Silent": ("silent", True, 0, 12),
        "Quiet": ("silent", False, 11, 0),
        "Rising": ("rising", False, 11, 0),
        "Waning": ("falling", False, 11, 0),
    }
    assert facts.baseline_days == pytest.approx(13.625)
    assert not facts.crawl_fell


def test_nothing_moves_before_three_days_are_known(desk: Newsday) -> None:
    story = desk.story("AFP:ferry", seen_at=at(0, 1))
    for day in (18, 19):
        for _ in range(30):
            desk.copy("post", story, at(9, day))
    facts = desk.facts()
    assert facts.moves == ()
    assert sum(count for _, count in facts.baseline_hours) == 60


def test_health_tells_polled_refused_failed_and_stale_feeds_apart(desk: Newsday) -> None:
    desk.feed("post", "https://post.example/rss")
    desk.feed("herald", "https://herald.example/rss", outcome="refused", reason="robots.txt disallows it")
    desk.feed("echo", "https://echo.example/rss", outcome="failed", failures=7, reason="HTTP 500")
    desk.feed("gazette", "https://gazette.example/rss", found_at=at(0, 15))
    desk.feed("star", "https://star.example/rss", polled_at=at(1, 19))
    desk.feed("gone", "https://gone.example/rss", active=False, outcome="failed", failures=50)
    desk.feed("late", "https://late.example/rss", polled_at=at(7, 21))
    desk.requests("late", "ok", 1, at(4), "https://late.example/rss")
    health = desk.facts().health
    assert (health.feeds, health.feeds_polled) == (6, 5)
    assert (health.feeds_refused, health.feeds_failed, health.feeds_stale) == (1, 1, 1)
    assert {(t.outlet, t.state, t.reason) for t in health.troubles} == {
        ("Echo", "failed", "HTTP 500"),
        ("Herald", "refused", "robots.txt disallows it"),
        ("Gazette", "stale", ""),
        ("Star", "never polled", ""),
    }


def test_a_sitemap_index_is_as_fresh_as_its_freshest_child(desk: Newsday) -> None:
    index = desk.feed("post", "https://post.example/sitemap.xml", found_at=None)
    desk.feed("post", "https://post.example/2026-11.xml", parent_id=index.id, found_at=at(9))
    desk.feed("post", "https://post.example/2019-01.xml", parent_id=index.id, found_at=at(9, 1))
    health = desk.facts().health
    assert (health.feeds, health.feeds_stale) == (1, 0)


def test_requests_and_runs_of_the_window_are_counted_and_polls_are_no_pages(desk: Newsday) -> None:
    desk.feed("post", "https://post.example/rss")
    desk.requests("post", "ok", 3, at(4), "https://post.example/rss")
    for outcome, count in (("ok", 5), ("not modified", 4), ("not an article", 1), ("refused", 2), ("failed", 3)):
        desk.requests("post", outcome, count, at(4))
    desk.requests("post", "ok", 40, at(4, 19))
    desk.run("crawl", at(3))
    desk.run("crawl", at(4), "failed", "disk full")
    desk.run("match", at(5), "failed", "disk full")
    desk.run("crawl", at(6), "failed", "disk full")
    desk.run("crawl", at(7), "running")
    desk.run("crawl", at(3, 19), "failed")
    facts = desk.facts()
    health = facts.health
    assert (health.pages_read, health.pages_refused, health.pages_failed) == (10, 2, 3)
    assert health.usual_pages_read == 40
    assert facts.crawl_fell
    assert (facts.numbers.pages_read, facts.earlier[0].pages_read) == (10, 40)
    assert (health.runs, health.runs_failed, health.runs_unfinished) == (5, 3, 1)
    assert health.run_errors == ("crawl: disk full (2 times)", "match: disk full")


def test_a_window_needs_aware_instants_in_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        Window(at(1).replace(tzinfo=None), at(2))
    with pytest.raises(ValueError, match="before its start"):
        Window(at(2), at(1))
    assert Window(at(1), at(2)).holds(at(1))
    assert not Window(at(1), at(2)).holds(at(2))
