"""Invented facts for the report tests: one plain day at eight made-up outlets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from report.digest import Reader, day_windows
from storage.digest_shapes import (
    ActItem,
    Copy,
    DigestFacts,
    FeedTrouble,
    Health,
    NotableEdit,
    Numbers,
    OutletMove,
    Passage,
    PossibleLink,
    TopStory,
)

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 20)
READER = Reader("desk@example.org", PARIS)
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
USES = ("verbatim", "cut", "edited", "verbatim", "merged", "cut", "partial", "verbatim")
STORIES = (
    ("AFP:ferry", "Ferry with 214 aboard refloated off Port Asker after night on sandbank"),
    ("AFP:rates", "Lakeland central bank keeps rate at 3.75 percent, hints at cut in spring"),
    ("AFP~9c1f02", "Two climbers found alive on Mount Orrin after four days"),
)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def copy(number: int) -> Copy:
    """The copy of one outlet; stories and classes go round."""
    key, headline = STORIES[number % 3]
    known_at = utc(20, (number * 5) % 22, number % 60)
    return Copy(
        pickup_id=number,
        story_id=number % 3,
        story=key,
        origin="inferred" if "~" in key else "filed",
        agency="AFP",
        take=1,
        story_headline=headline,
        embargo_until=None,
        article_id=100 + number,
        outlet_id=f"outlet{number % 8}",
        outlet=OUTLETS[number % 8],
        url=f"https://outlet{number % 8}.example/2026/{number}",
        headline=headline.replace("refloated", "freed"),
        known_at=known_at,
        first_seen_at=known_at,
        published_at=known_at - timedelta(minutes=9) if number % 5 else utc(19, 12),
        not_after=known_at,
        certainty="linked",
        use=USES[number % 8],
        share_of_article=0.97,
        share_of_story=0.88,
        credited="text" if number % 4 else "none",
        credit_text="(AFP)" if number % 4 else "",
        delay_minutes=12.0 + number,
        delay_earliest=12.0 + number,
        delay_latest=13.0 + number,
        score=0.93,
        matcher_version="1",
        licence="unknown",
        late=number % 5 == 0,
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
    OutletMove("faro", "El Faro", "rising", 21, 6.2, 240, 231.0, 2, False),
    OutletMove("nordlys", "Nordlys Avis", "silent", 0, 11.5, 3, 180.0, 96, True),
    OutletMove("kap", "Kap Tribune", "falling", 2, 13.0, 198, 201.5, 0, False),
)
POSSIBLE = (
    PossibleLink(
        "AFP~9c1f02",
        STORIES[2][1],
        "The Harbour Gazette",
        "https://harbour.example/orrin",
        "How two climbers survived four nights on Orrin",
        0.21,
        0.18,
        ("shares one passage of 43 words, 26 of them quoted",),
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
    run_errors=("crawl: nordlys.example did not answer",),
    troubles=(
        FeedTrouble(
            "Nordlys Avis", "https://nordlys.example/rss", "failed", "nordlys.example did not answer in 30 s", 12
        ),
        FeedTrouble("El Faro", "https://faro.example/sitemap.xml", "refused", "robots.txt disallows it", 0),
    ),
    notices_unchecked=2,
)


def plain_day(copies: int = 24) -> DigestFacts:
    """A day with something in every section."""
    window, _, _ = day_windows(DAY, PARIS)
    hours = tuple((utc(1 + day, hour), 1 + (hour in (8, 9, 17)) * 2) for day in range(19) for hour in range(6, 22))
    return DigestFacts(
        window=window,
        agencies=("AFP",),
        act_now=ACT_NOW,
        numbers=Numbers(412, 96, 38, 371, 25.0, 9812, 31),
        day_before=Numbers(398, 91, 37, 360, 31.5, 9700, 12),
        week_before=Numbers(455, 102, 41, 401, 22.0, 9655, 40),
        copies=tuple(copy(number) for number in range(1, copies + 1)),
        top_stories=tuple(
            TopStory(key, "AFP", "inferred" if "~" in key else "filed", headline, 31 - 9 * n, OUTLETS[n], 4.0 + n, uses)
            for n, ((key, headline), uses) in enumerate(
                zip(
                    STORIES,
                    ((("verbatim", 20), ("cut", 11)), (("cut", 15), ("edited", 7)), (("partial", 13),)),
                    strict=True,
                )
            )
        ),
        edits=EDITS,
        moves=MOVES,
        possible=POSSIBLE,
        possible_total=14,
        health=HEALTH,
        matcher_versions=("1",),
        baseline_days=19.0,
        baseline_hours=hours,
    )
