"""A small world for tests of the jobs: invented stories, copies of them, and the tables as comparable rows."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

import config
from jobs import importing
from jobs.context import Context
from jobs.matches import matching
from storage.engine import reading
from storage.models import ArticleRow, ArticleVersionRow, PickupRow, StoryRow, StoryVersionRow

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WORDS = """harbour council minister bridge tunnel ferry vote budget strike court judge river storm flood school
teacher hospital doctor nurse farmer harvest wheat price market bank interest loan factory worker union export
import customs border village mayor police fire rescue search winter summer record champion match goal league
coach injury festival music film actor museum painting ancient ruin excavation island volcano earthquake signal
satellite launch engine battery solar wind turbine grid power outage water reservoir drought forest timber
wildlife parrot whale fishing quota treaty summit envoy talks truce ceasefire refugee camp aid convoy medicine
vaccine virus study research university professor student laboratory discovery fossil glacier ice climate carbon
target law bill parliament opposition election ballot turnout candidate coalition protest march speech statement
announced confirmed denied warned promised refused accepted delayed opened closed damaged repaired inspected
measured doubled halved recovered collapsed agreed disputed welcomed criticised rejected approved postponed
northern southern eastern western central coastal rural urban regional national early late quiet sudden heavy
light narrow wide steep hidden public private former senior local foreign annual weekly nearby distant""".split()


def story(seed: int, paragraphs: int = 9) -> list[str]:
    """An invented story: the same for the same seed, sharing no run of four words with another."""
    draw = random.Random(seed)
    return [" ".join(_sentence(draw) for _ in range(draw.randint(2, 3))) for _ in range(paragraphs)]


def _sentence(draw: random.Random) -> str:
    words = [draw.choice(WORDS) for _ in range(draw.randint(11, 19))]
    return " ".join(words).capitalize() + "."


def after(minutes: float) -> str:
    """An instant some minutes after the world's start, as a row states it."""
    return (START + timedelta(minutes=minutes)).isoformat()


def article(outlet: str, text: Sequence[str], *, minutes: float, credit: str = "", **more: Any) -> dict[str, Any]:
    """An import row of an article."""
    name = more.pop("name", "story")
    url = f"https://{outlet}.example/{name}"
    row = {
        "url": url,
        "outlet": f"{outlet}.example",
        "headline": f"{outlet} reports on {name}",
        "text": "\n".join(text),
    }
    return row | {"published": after(minutes), "credit": credit} | more


def filing(text: Sequence[str], *, minutes: float, id: str, agency: str = "AFP") -> dict[str, Any]:  # noqa: A002  -- the row's own name
    """An import row of an agency's item."""
    row = {"url": f"https://agency.example/{id}", "id": id, "agency": agency, "headline": f"Item {id}"}
    return row | {"text": "\n".join(text), "published": after(minutes)}


def context_of(database_url: str, home: Path) -> Context:
    """A context over a test database, its clock standing still at a day after the start."""
    clock = config.ClockConfig(start=START + timedelta(days=1), epoch=datetime.now(UTC), rate=1e-12)
    return Context(config.Config(home=home, database_url=database_url, clock=clock))


def load(context: Context, rows: Iterable[dict[str, Any]]) -> importing.Loaded:
    """Import rows through the real door."""
    path = context.config.home / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return importing.load(context, path)


def match(context: Context) -> matching.Counts:
    """One match run."""
    return matching.match(context)


def pickups(context: Context) -> list[dict[str, Any]]:
    """All pickups as comparable rows: no row numbers, and in an order of their own."""
    query = (
        select(PickupRow, ArticleRow.canonical_url, ArticleVersionRow.number, StoryRow, StoryVersionRow.take)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
    )
    rows = []
    with reading(context.engine) as session:
        for row, url, version, story_row, take in session.execute(query):
            names = [column.name for column in PickupRow.__table__.columns if not column.name.endswith("id")]
            shown = {name: getattr(row, name) for name in names}
            rows.append(
                shown
                | {"url": url, "version": version, "story": story_row.key, "origin": story_row.origin, "take": take}
            )
    return sorted(rows, key=lambda row: (row["story"], row["url"], row["version"]))


def stories(context: Context) -> list[dict[str, Any]]:
    """All stories with their takes as comparable rows."""
    query = select(StoryRow, StoryVersionRow).join(StoryVersionRow, StoryVersionRow.story_id == StoryRow.id)
    with reading(context.engine) as session:
        rows = [
            {
                "key": row.key,
                "origin": row.origin,
                "headline": row.headline,
                "filed": row.filed,
                "take": take.take,
                "paragraphs": take.paragraphs,
            }
            for row, take in session.execute(query)
        ]
    return sorted(rows, key=lambda row: (row["key"], row["take"]))
