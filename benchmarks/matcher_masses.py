"""What does the five-hundredth copy of a story cost, and are all of them linked?

    python -m benchmarks.matcher_masses [--copies 500] [--step 50]

One invented story, filed by the agency, and again never filed, so that it is inferred from its copies. Outlets take it
by and by, each cutting or changing something, every second one without a credit, beside as many articles of their own.
After each step the job matches what came, as the daemon would. Prints CPU milliseconds per new article and how many
copies are linked. SQLite in a temporary folder.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import config
from jobs.context import Context
from jobs.matches import matching
from news.articles import Article, Credit, Filing, Moment
from storage import migrate
from storage.agency.filings import save_filing
from storage.articles.saving_many import Look, save_articles
from storage.crawling.outlet_rows import outlet_for_host
from storage.engine import reading, writing
from storage.models import PickupRow

_SYLLABLES = ("ba", "cor", "del", "fin", "gro", "hal", "jun", "kes", "lor", "mun", "nar", "pol", "rif", "tuv", "wex")


def prose(paragraphs: int, chance: random.Random) -> list[str]:
    """Invented paragraphs of sixty words."""
    return [
        " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(60))
        for _ in range(paragraphs)
    ]


def changed(story: list[str], chance: random.Random) -> list[str]:
    """The story as an outlet prints it: cut from the end, a word in fifty replaced."""
    kept = story[: chance.randint(3, len(story))]
    return [
        " ".join("".join(chance.choices(_SYLLABLES, k=2)) if chance.random() < 0.02 else word for word in line.split())
        for line in kept
    ]


def look(context: Context, session: Any, number: int, name: str, paragraphs: list[str], credited: bool) -> Look:
    """An article of outlet `number`, as the crawler would save it."""
    host = f"outlet{number}.example"
    outlet = outlet_for_host(session, host)
    url = f"https://{host}/{name}"
    credits_ = (Credit("AFP", "text", "first line", "(AFP)"),) if credited else ()
    now = context.now()
    out = Moment(now, now, now)
    article = Article(url, url, f"Headline {name}", tuple(paragraphs), published=out, credits=credits_)
    return Look(article, outlet, now)


def step(context: Context, numbers: range, story: list[str], chance: random.Random) -> float:
    """Copies and other articles of these outlets arrive and are matched -> CPU milliseconds per article."""
    with writing(context.engine) as session:
        copies = [look(context, session, n, "copy", changed(story, chance), n % 2 == 0) for n in numbers]
        others = [look(context, session, n, "own", prose(8, chance), False) for n in numbers]
        save_articles(session, [*copies, *others])
    began = time.process_time()
    matching.match(context)
    return 1000 * (time.process_time() - began) / (2 * len(numbers))


def run(filed: bool, most: int, size: int) -> None:
    """All copies of one story, step by step."""
    chance = random.Random(1)
    story = prose(9, chance)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/masses.db"
        migrate.upgrade(url)
        context = Context(config.Config(home=Path(folder), database_url=url))
        if filed:
            now = context.now()
            item = Filing("AFP", "1", "1", "Headline", tuple(story), Moment(now, now, now), "benchmark")
            with writing(context.engine) as session:
                save_filing(session, item, received_at=now)
        for first in range(0, most, size):
            spent = step(context, range(first, first + size), story, chance)
            with reading(context.engine) as session:
                linked = session.scalar(select(func.count()).where(PickupRow.certainty == "linked"))
            print(f"{first + size:6} copies: {linked} linked, {spent:.1f} ms per new article")
        context.engine.dispose()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--copies", type=int, default=500)
    options.add_argument("--step", type=int, default=50)
    given = options.parse_args()
    for filed in (True, False):
        print("filed" if filed else "inferred from its copies")
        run(filed, given.copies, given.step)


if __name__ == "__main__":
    main()
