"""A database full of chance: outlets, stories, versions, pickups, verdicts and licences in every combination."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.agency import filings
from storage.articles import saving
from storage.crawling import frontier
from storage.matches.licences import Licence, set_licence
from storage.models import PickupRow, StoryRow, StoryVersionRow, VerdictRow
from tests.storage.makers import NOON, ZED, article, filing, later, outlet, stated

OUTLETS = tuple(f"paper{number}" for number in range(5))


def fill(session: Session, seed: int, articles: int = 30, stories: int = 7) -> None:
    """As many articles, each with one to three versions, most carrying one or two of the stories."""
    chance = random.Random(seed)
    frontier.sync_catalogue(session, [ZED], [outlet(name) for name in OUTLETS], NOON)
    for number in range(stories):
        filings.save_filing(session, filing("1", f"story{number}", chance.choice([0, 0, number])), received_at=NOON)
    for name in chance.sample(OUTLETS[1:], 2):
        since, until = chance.choice([(None, None), (date(2026, 3, 9), None), (None, date(2026, 3, 8))])
        set_licence(session, Licence(name, "ZED", chance.choice(["none", "licensed"]), since, until))
    for number in range(articles):
        _article(session, chance, number)
    session.flush()
    _judge(session, chance)


def _article(session: Session, chance: random.Random, number: int) -> None:
    name = chance.choice(OUTLETS[:-1])
    for version in range(chance.choice([1, 1, 2, 3])):
        when = chance.choice([stated(number), Moment(), Moment(earliest=later(3), latest=later(9), source="feed")])
        text = article(f"https://{name}.example/{number}", f"Text {number} as of {version} with some words.")
        look = saving.save_article(session, replace(text, published=when), name, seen_at=later(100 + version))
        takes = session.execute(select(StoryVersionRow.id, StoryVersionRow.story_id)).all()
        for take_id, story_id in chance.sample(takes, chance.choice([0, 1, 1, 2])):
            session.add(_pickup(chance, look, take_id, story_id))


def _pickup(chance: random.Random, look: saving.Saved, take_id: int, story_id: int) -> PickupRow:
    values: dict[str, Any] = {name: chance.random() for name in ("share_of_article", "share_of_story", "score")}
    return PickupRow(
        article_id=look.article_id,
        version_id=look.version_id,
        story_id=story_id,
        story_version_id=take_id,
        certainty=chance.choice(["linked", "linked", "possible"]),
        use=chance.choice(["verbatim", "cut"]),
        covered_words=chance.randrange(8),
        credited=chance.choice(["text", "none", "photo"]),
        delay_minutes=chance.choice([None, 5.0, float(chance.randrange(90))]),
        spans=[],
        edits=[],
        reasons=[],
        matcher_version="1",
        **values,
    )


def _judge(session: Session, chance: random.Random) -> None:
    """Some verdicts on what is there, on superseded versions too, and one on an article that is gone."""
    addresses = sorted({f"https://{name}.example/{number}" for name in OUTLETS for number in range(30)})
    keys = list(session.scalars(select(StoryRow.key).order_by(StoryRow.id)))
    pairs = [(url, key) for url in addresses for key in keys]
    for url, key in chance.sample(pairs, 150):
        judgement = chance.choice(["confirm", "reject"])
        session.add(VerdictRow(article_url=url, story_key=key, judgement=judgement, judged_at=later(200)))
