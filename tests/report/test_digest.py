"""The daily email's content: what it says on a plain day, an empty one and a hostile one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from lxml import html as lxml_html

from news.errors import DigestLanguageError
from report.charts import BAR, HEIGHT_PIXELS, USUAL
from report.digest import MOST_HTML_BYTES, Reader, compose
from report.periods import Period, week_before
from storage.digest.digest_rows import DigestFacts, Health, Numbers, Scope
from tests.report.hostile import everything_says
from tests.report.invented import PARIS, PERIOD, READER, copy, plain_day, utc

NOTHING = Numbers(0, 0, 0, 0, None, 0, 0)
IDLE = Health(0, 0, 0, 0, 0, 0, 0, 0, None, 0, 0, 0, (), (), 0)


def columns(line: str) -> int:
    """Display columns, counted here by the Unicode tables and not by the code under test."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    return len(line) + wide - sum(unicodedata.combining(c) > 0 for c in line)


def test_the_subject_says_it_all() -> None:
    day = plain_day()
    assert compose(day, READER, PERIOD).subject == "AFP pickup, Fri 20 Nov: 96 copies of 3 stories · 3 need action"
    one = replace(day, act_now=day.act_now[:1], numbers=Numbers(1, 1, 1, 1, None, 5000, 0))
    assert compose(one, READER, PERIOD).subject == "AFP pickup, Fri 20 Nov: 1 copy of 1 story · 1 needs action"


def test_the_sections_come_in_the_order_of_their_use() -> None:
    text = compose(plain_day(), READER, PERIOD).text
    order = ["ACT NOW", "NUMBERS", "TOP STORIES", "NOTABLE EDITS", "OUTLETS", "TO CONFIRM", "LATE", "HEALTH", "Window:"]
    places = [text.index(title) for title in order]
    assert places == sorted(places)
    page = compose(plain_day(), READER, PERIOD).html
    places = [
        page.index(title) for title in ("Act now", "Numbers", "Top stories", "Notable edits", "Health", "Window:")
    ]
    assert places == sorted(places)


def test_nothing_to_do_says_what_that_rests_on() -> None:
    day = replace(plain_day(), act_now=())
    assert "Nothing needs action. 9,812 pages checked." in compose(day, READER, PERIOD).text
    assert compose(day, READER, PERIOD).subject.endswith("· nothing needs action")


def empty_day(polled: int) -> DigestFacts:
    idle = replace(IDLE, feeds=81, feeds_polled=polled)
    return DigestFacts(
        window=PERIOD.window(PARIS),
        as_of=utc(21, 6),
        scope=Scope(),
        act_now=(),
        closed=(),
        numbers=NOTHING,
        earlier=(NOTHING, NOTHING),
        copies=(),
        top_stories=(),
        edits=(),
        edits_total=0,
        moves=(),
        possible=(),
        possible_total=0,
        health=idle,
        matcher_versions=(),
        baseline_days=0.0,
        baseline_hours=(),
    )


def test_a_day_on_which_nothing_was_read_is_no_all_clear() -> None:
    digest = compose(empty_day(polled=3), READER, PERIOD)
    assert digest.subject == "Agency pickup, Fri 20 Nov: 0 copies of 0 stories · nothing was read"
    assert "this is no all-clear" in " ".join(digest.text.split())
    assert "this is no all-clear" in digest.html
    assert found(digest.html, "//*[@role='img']") == []
    assert [*digest.files] == ["pickups.csv"]
    assert digest.files["pickups.csv"].count("\n") == 1


def test_who_only_imports_is_not_told_of_a_crawl() -> None:
    digest = compose(empty_day(polled=0), READER, PERIOD)
    assert digest.subject == "Agency pickup, Fri 20 Nov: 0 copies of 0 stories · nothing needs action"
    assert "No outlet is crawled" in digest.text


def test_a_fall_in_crawling_is_said_before_a_fall_in_copies_is_believed() -> None:
    day = plain_day()
    fell = replace(day, health=replace(day.health, pages_read=3000))
    digest = compose(fell, READER, PERIOD)
    assert digest.subject.endswith("crawl was down")
    assert "Only 3,000 pages read, where 9,700 are usual" in " ".join(digest.text.split())
    usual = " ".join(compose(day, READER, PERIOD).text.split())
    assert "the crawl does not explain a change in copies" in usual
    assert "Sørfjord Blad · 0 copies, usually 12; 3 pages read, usually 180" in usual
    assert "our crawl fell, the outlet may not have" in usual


def test_who_was_first_is_said_with_the_delay_as_far_as_it_is_known() -> None:
    day = plain_day()
    for delay, said in (
        (-335.0, "Post, 5h 35m before the filing we hold ·"),
        (0.0, "Post, after 0 min ·"),
        (None, "Post ·"),
    ):
        first = replace(day.top_stories[0], first_delay_minutes=delay)
        digest = compose(replace(day, top_stories=(first,)), READER, PERIOD)
        assert f"First known: Riverton {said}" in " ".join(digest.text.split())


def test_no_wording_accuses() -> None:
    digest = compose(everything_says("plain words"), READER, PERIOD)
    for word in ("steal", "stole", "theft", "pirat", "illegal", "infring", "violat", "plagiar", "breach", "offend"):
        assert word not in digest.text.lower()
        assert word not in digest.html.lower()


def test_text_lines_keep_to_72_columns() -> None:
    for digest in (compose(plain_day(), READER, PERIOD), compose(everything_says("北港日报渡轮" * 40), READER, PERIOD)):
        long = [line for line in digest.text.splitlines() if columns(line) > 72]
        assert [line for line in long if not line.strip().startswith("https://")] == []


def test_the_html_fetches_nothing_and_runs_nothing() -> None:
    digest = compose(plain_day(), READER, PERIOD)
    assert found(digest.html, "//script | //link | //iframe | //object | //form | //base") == []
    assert found(digest.html, "//img | //svg") == []
    assert [label[-1] for label in found(digest.html, "//*[@role='img']/@aria-label")] == [".", "."]
    assert "url(" not in digest.html
    assert "@import" not in digest.html
    assert len(digest.html.encode()) < 40_000


def test_styles_are_in_the_tags_and_the_dark_rules_remain() -> None:
    page = compose(plain_day(), READER, PERIOD).html
    (style,) = found(page, "//style/text()")
    assert "prefers-color-scheme: dark" in style
    assert style.strip().startswith("@media")
    assert all({"style", "height", "width"} & set(cell.attrib) for cell in found(page, "//td[normalize-space()]"))


def test_a_column_is_as_high_as_its_count_and_crossed_by_the_usual() -> None:
    page = compose(plain_day(), READER, PERIOD).html
    times, uses = found(page, "//*[@role='img']")
    columns = times.xpath("./table/tr[1]/td | ./table/tbody/tr[1]/td")
    assert len(columns) == 24
    assert {sum(int(cell) for cell in column.xpath(".//td/@height")) for column in columns} == {HEIGHT_PIXELS}
    colours = {colour for column in columns for colour in column.xpath(".//td/@bgcolor")}
    assert colours == {BAR, USUAL}
    assert uses.xpath(".//td[@bgcolor]/@width")[0] == "100%"


def test_hours_are_the_readers() -> None:
    day = replace(plain_day(), copies=(replace(copy(1), known_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC)),))
    paris = compose(day, READER, PERIOD)
    tokyo = compose(day, Reader("a@example.org", ZoneInfo("Asia/Tokyo")), PERIOD)
    assert "most from 23:00 to 24:00" in paris.html
    assert "most from 07:00 to 08:00" in tokyo.html


def test_a_language_that_is_not_written_is_refused_by_name() -> None:
    with pytest.raises(DigestLanguageError, match="'xx'"):
        compose(plain_day(), replace(READER, language="xx"), PERIOD)


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        "https://x.example/\nX",
        "https://",
        "http://[",
        "ftp://x/y",
    ):
        assert found(compose(everything_says("words", url), READER, PERIOD).html, "//a/@href") == []


def found(page: str, xpath: str) -> list[Any]:
    result = lxml_html.document_fromstring(page).xpath(xpath)
    assert isinstance(result, list)
    return result


@pytest.mark.parametrize("letter", ["&", "<", "字", "\U0001f600", "a"])
def test_the_longest_texts_stay_under_100_kilobytes(letter: str) -> None:
    """Gmail cuts a message off at 102 kB, and with it the health section."""
    long = everything_says(letter * 5000, "https://x.example/" + "%41" * 150)
    many = replace(
        long,
        act_now=long.act_now * 300,
        copies=long.copies * 50,
        top_stories=long.top_stories * 10,
        edits=long.edits * 10,
        moves=long.moves * 10,
        possible=long.possible * 10,
    )
    digest = compose(many, READER, PERIOD)
    assert len(digest.html.encode()) < MOST_HTML_BYTES
    assert "Window:" in digest.html
    assert "more that need action" in digest.html
    assert "more that need action" in digest.text


def test_more_than_fits_is_in_the_csv() -> None:
    digest = compose(plain_day(200), READER, PERIOD)
    assert digest.files["pickups.csv"].count("\n") == 201


def test_every_zone_has_whole_days_without_gap_over_both_clock_changes() -> None:
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for first in (date(2026, 3, 1), date(2026, 10, 1)):
            days = [Period("daily", first + timedelta(days=n)).window(zone) for n in range(45)]
            assert all(one.end == other.start for one, other in pairwise(days)), name


def test_days_of_the_clock_change_have_23_and_25_hours() -> None:
    spring, autumn = Period("daily", date(2026, 3, 29)), Period("daily", date(2026, 10, 25))
    assert spring.window(PARIS).days * 24 == pytest.approx(23)
    assert autumn.window(PARIS).days * 24 == pytest.approx(25)
    before, week = (period.window(PARIS) for period in autumn.earlier())
    assert before.end == autumn.window(PARIS).start
    assert week.start == datetime(2026, 10, 17, 22, tzinfo=UTC)
    assert Period("weekly", date(2026, 10, 25)).window(PARIS).days * 24 == pytest.approx(169)


def test_a_day_that_samoa_left_out_is_empty_and_lost_nothing() -> None:
    apia = ZoneInfo("Pacific/Apia")
    before, skipped, after = (Period("daily", date(2011, 12, day)).window(apia) for day in (29, 30, 31))
    assert skipped.start == skipped.end == before.end == after.start


def test_a_week_is_owed_from_its_weekday_on_until_the_next() -> None:
    mondays = [week_before(date(2026, 11, day), 0) for day in range(14, 24)]
    assert [week.last.day for week in mondays] == [8, 15, 15, 15, 15, 15, 15, 15, 22, 22]
    assert {(week.last.weekday(), (week.last - week.first).days) for week in mondays} == {(6, 6)}
    assert week_before(date(2026, 11, 19), 4).last == date(2026, 11, 19), "Friday's week ends on Thursday"
