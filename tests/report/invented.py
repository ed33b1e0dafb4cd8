"""Invented facts for the report tests: one plain day at eight made-up outlets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from report.digest import Reader
from report.periods import Period
from storage.answers import Pickup
from storage.digest.digest_rows import (
    ActItem,
    ClosedNotice,
    DigestFacts,
    FeedTrouble,
    Health,
    NotableEdit,
    Numbers,
    OutletMove,
    Passage,
    Scope,
    TopStory,
)

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 20)
PERIOD = Period("daily", DAY)
WEEK = Period("weekly", date(2026, 11, 22))
READER = Reader("desk@example.org", PARIS)
LECTEUR = Reader("bureau@example.org", PARIS, "fr")
OUTLETS = (
    "Riverton Post",
    "Il Corriere del Lago",
    "Nordlys Avis",
    "The Harbour Gazette",
    "Al-Manara",
    "北港日报",
    "Kap Tribune",
    "El Faro",
)
HOURS = (5, 6, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 11, 12, 12, 13, 14, 15, 16, 17, 17, 18, 20, 22)
USES = ("verbatim", "cut", "edited", "verbatim", "merged", "cut", "partial", "verbatim")
STORIES = (
    ("AFP:ferry", "Ferry with 214 aboard refloated off Port Asker after night on sandbank"),
    ("AFP:rates", "Lakeland central bank keeps rate at 3.75 percent, hints at cut in spring"),
    ("AFP~9c1f02", "Two climbers found alive on Mount Orrin after four days"),
)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def copy(number: int) -> Pickup:
    """The copy of one outlet; stories and classes go round."""
    place = (0, 1, 0, 2, 0, 1)[number % 6]
    key, headline = STORIES[place]
    known_at = utc(20, HOURS[number % 24], number % 60)
    out = known_at - timedelta(minutes=9) if number % 13 else utc(19, 21, number % 60)
    return Pickup(
        story=key,
        origin="inferred" if "~" in key else "filed",
        agency="AFP",
        take=1,
        article=f"https://outlet{number % 8}.example/2026/{number}",
        outlet=f"outlet{number % 8}",
        url=f"https://outlet{number % 8}.example/2026/{number}",
        headline=headline.replace("refloated", "freed"),
        use=USES[number % 8],
        share_of_article=0.97,
        share_of_story=0.88,
        credited="text" if number % 11 else "none",
        published=out,
        delay_minutes=4.0 + number,
        delay_bounds=(4.0 + number, 5.0 + number),
        score=0.93,
        reasons=("shares one passage of 43 words, 26 of them quoted",),
        update_minutes=None,
        updated_at=None,
        covered_words=300,
        licence="unknown",
        outlet_name=OUTLETS[number % 8],
        country="XX",
        language="en",
        story_headline=headline,
        slugline="",
        certainty="linked",
        words=310,
        credit_text="(AFP)" if number % 11 else "",
        filed_at=None,
        published_earliest=None,
        published_latest=None,
        published_source="json-ld",
        published_zone="stated",
        placed_at=out,
        undated=False,
        first_seen_at=known_at,
        matcher_version="1",
        used_at=out,
        used_by=known_at,
        used_take_filed_at=None,
        sighted_at=known_at,
        known_at=known_at,
        licence_day=out.date(),
        embargo_until=None,
        pickup_id=number,
        article_id=100 + number,
        version_id=100 + number,
        story_id=place,
        story_version_id=place,
    )


def act_item(**changes: object) -> ActItem:
    """A correction one outlet has not applied."""
    item = ActItem(
        kinds=("correction not applied",),
        agency="AFP",
        story="AFP:rates",
        story_headline=STORIES[1][1],
        outlet="Kap Tribune",
        url="https://kap.example/rates",
        headline="Central bank holds at 3.5 percent",
        share_of_story=0.91,
        credited="text",
        credit_text="AFP",
        licence="",
        minutes=312.0,
        seen_at=utc(20, 14, 5),
        notice="CORRECTION: the rate is 3.75 percent, not 3.5 percent as sent",
    )
    return replace(item, **changes)  # type: ignore[arg-type]  # the tests name fields of ActItem


ACT_NOW = (
    act_item(),
    act_item(
        kinds=("unlicensed copy", "credit missing"),
        outlet="El Faro",
        url="https://faro.example/ferry",
        story="AFP:ferry",
        story_headline=STORIES[0][1],
        headline="Ferry with 214 aboard freed from sandbank",
        share_of_story=0.985,
        credited="none",
        credit_text="",
        licence="none",
        minutes=None,
        notice="",
    ),
    act_item(
        kinds=("wrong agency credited",),
        outlet="北港日报",
        url="https://beigang.example/ferry",
        story="AFP:ferry",
        story_headline=STORIES[0][1],
        headline="载有214人的渡轮在沙洲搁浅一夜后脱险，乘客全部平安抵达阿斯克港",
        credited="wrong",
        credit_text="据路透社",
        minutes=None,
        notice="",
    ),
)
EDITS = (
    NotableEdit(
        "AFP:rates",
        STORIES[1][1],
        "number",
        True,
        Passage("The bank kept its main rate at ", "3.75", " percent on Thursday, as 31 of 34 economists expected."),
        Passage("The bank kept its main rate at ", "3.5", " percent on Thursday, as 31 of 34 economists expected."),
        ("Kap Tribune", "El Faro", "Nordlys Avis", "Riverton Post"),
        "https://kap.example/rates",
    ),
    NotableEdit(
        "AFP:ferry",
        STORIES[0][1],
        "added",
        True,
        None,
        Passage("", "وقال مسؤول محلي إن الشركة تجاهلت تحذيرات سابقة", ""),
        ("Al-Manara",),
        "https://manara.example/ferry",
    ),
)
MOVES = (
    OutletMove("monte", "Monte Diario", "rising", 21, 6.2, 240, 231.0, 2, False),
    OutletMove("fjord", "Sørfjord Blad", "silent", 0, 11.5, 3, 180.0, 96, True),
    OutletMove("weald", "The Weald Echo", "falling", 2, 13.0, 198, 201.5, 0, False),
)
POSSIBLE = (
    replace(
        copy(3),
        story="AFP~9c1f02",
        story_headline=STORIES[2][1],
        outlet_name="The Harbour Gazette",
        url="https://harbour.example/orrin",
        headline="How two climbers survived four nights on Orrin",
        score=0.21,
        share_of_article=0.18,
    ),
)
HEALTH = Health(
    feeds=54,
    feeds_polled=53,
    feeds_refused=1,
    feeds_failed=2,
    feeds_stale=1,
    pages_read=9812,
    pages_refused=14,
    pages_failed=31,
    usual_pages_read=9700.0,
    runs=288,
    runs_failed=1,
    runs_unfinished=0,
    run_errors=("crawl: fjord.example did not answer",),
    troubles=(
        FeedTrouble("Sørfjord Blad", "https://fjord.example/rss", "failed", "fjord.example did not answer in 30 s", 12),
        FeedTrouble("Monte Diario", "https://monte.example/sitemap.xml", "refused", "robots.txt disallows it", 0),
    ),
    notices_unchecked=2,
)


def plain_day(copies: int = 96) -> DigestFacts:
    """A day with something in every section, whose counts agree with each other."""
    window = PERIOD.window(PARIS)
    taken = tuple(copy(number) for number in range(1, copies + 1))
    usual = tuple(
        (utc(1 + day, hour), max(1, HOURS.count(hour) * 4 - hour % 3)) for day in range(19) for hour in {*HOURS}
    )
    return DigestFacts(
        window=window,
        as_of=utc(21, 6),
        scope=Scope(agencies=("AFP",)),
        act_now=ACT_NOW,
        closed=(),
        numbers=Numbers(
            copies,
            len({one.story for one in taken}),
            len({one.outlet for one in taken}),
            sum(one.credited == "text" for one in taken),
            median(one.delay_minutes or 0 for one in taken),
            9812,
            31,
        ),
        earlier=(Numbers(91, 4, 8, 81, 61.0, 9700, 12), Numbers(104, 3, 8, 97, 44.0, 9655, 40)),
        copies=taken,
        top_stories=tuple(
            TopStory(key, "AFP", "inferred" if "~" in key else "filed", headline, len(own), OUTLETS[n], 4.0 + n, uses)
            for n, (key, headline) in enumerate(STORIES)
            if (own := [one for one in taken if one.story == key])
            and (uses := tuple(Counter(one.use for one in own).most_common()))
        ),
        edits=EDITS,
        edits_total=len(EDITS),
        moves=MOVES,
        possible=POSSIBLE,
        possible_total=14,
        health=HEALTH,
        matcher_versions=("1",),
        baseline_days=19.0,
        baseline_hours=tuple(sorted(usual)),
    )


def plain_week() -> DigestFacts:
    """The week around that day: a week before it, and two notices closed in it."""
    day = plain_day(160)
    window = WEEK.window(PARIS)
    taken = tuple(
        replace(one, known_at=utc(16 + number % 7, HOURS[number % 24], number % 60))
        for number, one in enumerate(day.copies)
    )
    return replace(
        day,
        window=window,
        as_of=utc(23, 6),
        closed=(
            ClosedNotice("correction", "AFP:rates", STORIES[1][1], "the rate is 3.75 percent", 5, 4, 312.0),
            ClosedNotice("kill", "AFP:dam", "Dam gives way above Port Asker", "kill: no dam gave way", 1, 1, 41.0),
        ),
        earlier=(Numbers(141, 19, 8, 120, 58.0, 67_000, 85),),
        copies=taken,
        moves=MOVES[:1],
        numbers=replace(day.numbers, pages_read=67_900, requests_failed=210),
        health=replace(day.health, pages_read=67_900, usual_pages_read=67_200.0),
        baseline_days=28.0,
    )
