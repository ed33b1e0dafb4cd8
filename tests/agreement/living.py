"""A newsroom of chance as the program would have stored it: live pages, takes, notices, verdicts, licences, expiry.

What an article carries is thrown by dice; how that is written down is worked out by the program's own functions: when
a text appeared, how late it was, how it is credited, what was done about each notice.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

import config
from jobs.context import Context
from jobs.matches.members import credited_as, timing_of
from jobs.notices import noticing
from news.articles import Credit, Moment
from storage.agency import filings
from storage.articles import retention, saving
from storage.crawling import frontier
from storage.engine import writing
from storage.matches import match_facts
from storage.matches.licences import Licence, set_licence
from storage.models import ArticleRow, ArticleVersionRow, PageRow, PickupRow, StoryRow, StoryVersionRow, VerdictRow
from tests.jobs.newsdesk import story
from tests.storage.makers import CREDIT, NOON, ZED, article, filing, later, outlet, stated

DAY: Final = 24 * 60
END: Final = NOON + timedelta(days=6)
"""Everything has happened by then."""
PAPERS: Final = tuple(f"paper{number}" for number in range(5))
_CREDITS: Final = (
    (CREDIT,),
    (CREDIT,),
    (),
    (Credit("ZED", "photo", "caption", "Photo: Zed Wire"),),
    (Credit("OTH", "text", "byline", "Other Wire"),),
    (Credit("", "generic", "byline", "Agencies"),),
)


@dataclass(frozen=True)
class World:
    """A database that is filled, and the folder of the program that uses it."""

    engine: Engine
    url: str
    home: Path


def fill(world: World, seed: int) -> None:
    """Live through six days."""
    dice = random.Random(seed)
    with writing(world.engine) as session:
        sites = [outlet(name) for name in PAPERS] + [outlet("zedwire", agency="ZED")]
        frontier.sync_catalogue(session, [ZED], sites, NOON)
        for number in range(dice.randint(2, 5)):
            _story(session, dice, number)
        for name in dice.sample(PAPERS, 3):
            _licences(session, dice, name)
        for number in range(dice.randint(6, 14)):
            _article(session, dice, number)
        session.flush()
        _judge(session, dice)
        session.execute(update(ArticleVersionRow).values(matched_by="1"))
        if dice.random() < 0.5:
            retention.expire_texts(session, before=later(dice.randint(1, 3) * DAY), now=later(5 * DAY), most=4)
    noticing.look_after(context_at_the_end(world))


def context_at_the_end(world: World) -> Context:
    """The program over this world, its clock standing still at the end."""
    clock = config.ClockConfig(start=END, epoch=datetime.now(UTC), rate=1e-9)
    return Context(config.Config(home=world.home, database_url=world.url, clock=clock))


def _story(session: Session, dice: random.Random, number: int) -> None:
    """One to three takes; a later one may correct, and a notice may come alone."""
    name, minutes = f"story{number}", dice.choice([0, 30, 1.5 * DAY])
    text = story(number, 4)
    embargo = later(minutes + 120) if dice.random() < 0.2 else None
    status: Any = "embargoed" if embargo else "usable"
    for take in range(1, dice.randint(1, 3) + 1):
        item = filing(f"{name}.{take}", name, minutes, *text, language="en", slugline=f"DESK{number % 2}-{name}")
        item = replace(item, revision=take, status=status, embargo_until=embargo)
        filings.save_filing(session, item, received_at=later(minutes + 1))
        minutes += dice.choice([20, 300, DAY])
        text = [*text[1:], f"{text[0]} It was {take + 1} of them and not as many as stood here before."]
        status = "usable" if status == "embargoed" else dice.choice(["usable", "corrected"])
        embargo = None
    if dice.random() < 0.4:
        word = filing(f"{name}.n", name, minutes, f"{name} is withdrawn.", language="en")
        word = replace(word, status=dice.choice(["killed", "withheld", "corrected"]), notice=f"MIND {name}")
        filings.save_filing(session, word, received_at=later(minutes + 1))


def _licences(session: Session, dice: random.Random, name: str) -> None:
    for _ in range(dice.randint(1, 2)):
        first = dice.choice([None, NOON.date() + timedelta(days=dice.randint(-1, 4))])
        last = dice.choice([None, (first or NOON.date()) + timedelta(days=dice.randint(0, 3))])
        set_licence(session, Licence(name, "ZED", dice.choice(["none", "licensed", "gold"]), first, last))


def _article(session: Session, dice: random.Random, number: int) -> None:
    """A page looked at one to four times; each text of it carries nothing, a take of a story or two."""
    name = dice.choice([*PAPERS, *PAPERS, "zedwire"])
    url, minutes = f"https://{name}.example/{number}", dice.choice([10.0, 200.0, DAY, 1.5 * DAY])
    out = dice.choice([later(minutes - 7), later(minutes - 600), None])
    published = Moment() if out is None else dice.choice([stated((out - NOON) / timedelta(minutes=1)), _around(out)])
    page = PageRow(
        outlet_id=name, url=url, host=f"{name}.example", found_at=later(minutes), listed=Moment(), outcome="ok"
    )
    session.add(page)
    for version in range(dice.choice([1, 1, 2, 3])):
        taken = _taken(session, dice, minutes)
        text = [*(line for take in taken for line in take.paragraphs), f"Version {version} of {number} at {name}."]
        changed = dice.choice([Moment(), stated(minutes - 3)]) if version else Moment()
        read = replace(
            article(url, *text, language="en", headline=f"Headline {version} of {number}"),
            published=published,
            modified=changed,
            credits=dice.choice(_CREDITS),
        )
        saved = saving.save_article(session, read, name, seen_at=later(minutes))
        page.article_id, page.fetched_at = saved.article_id, later(minutes)
        for take in taken:
            _carry(session, dice, saved.version_id, take)
        minutes += dice.choice([45, 400, DAY])
    if dice.random() < 0.5:
        session.flush()
        again = replace(read)
        saving.save_article(session, again, name, seen_at=later(5 * DAY))
        page.fetched_at = later(5 * DAY)


def _around(when: datetime) -> Moment:
    """A day, as a page without a clock states it."""
    return Moment(None, when - timedelta(hours=5), when + timedelta(hours=5), "visible text", "outlet")


def _taken(session: Session, dice: random.Random, minutes: float) -> list[StoryVersionRow]:
    """The takes a text is made of: of those received by now, of at most two stories."""
    query = select(StoryVersionRow).where(StoryVersionRow.received_at <= later(minutes))
    rows = session.scalars(query.order_by(StoryVersionRow.id)).all()
    chosen = dice.sample(rows, min(len(rows), dice.choice([0, 1, 1, 1, 2])))
    return list({row.story_id: row for row in chosen}.values())


def _carry(session: Session, dice: random.Random, version_id: int, row: StoryVersionRow) -> None:
    """The pickup as the match job would write it of this version and this take."""
    session.flush()
    (version,) = match_facts.versions(session, [version_id])
    (take,) = match_facts.takes(session, [row.id])
    session.add(
        PickupRow(
            article_id=version.article_id,
            version_id=version_id,
            story_id=take.story_id,
            story_version_id=take.id,
            certainty=dice.choice(["linked", "linked", "linked", "possible"]),
            use=dice.choice(["verbatim", "cut", "edited"]),
            share_of_article=0.9,
            share_of_story=0.8,
            covered_words=dice.randint(5, 60),
            score=0.9,
            spans=[],
            edits=[],
            reasons=["shares words"],
            matcher_version="1",
            **credited_as("ZED", version.credits),
            **timing_of(version, take.filed, exact=True),
        )
    )
    session.flush()


def _judge(session: Session, dice: random.Random) -> None:
    urls = session.scalars(select(ArticleRow.canonical_url).order_by(ArticleRow.id)).all()
    keys = session.scalars(select(StoryRow.key).order_by(StoryRow.id)).all()
    pairs = [(url, key) for url in urls for key in keys]
    for url, key in dice.sample(pairs, min(len(pairs), 6)):
        said = dice.choice(["confirm", "reject"])
        session.add(VerdictRow(article_url=url, story_key=key, judgement=said, judged_at=END))
