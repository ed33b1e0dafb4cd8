"""Build the newsroom: one agency, thirteen outlets, some two and a half days of news, and the truth about it.

    stories/*.toml (what the agency files) ─┐
                                            ├─> desk (demo.printing) ─> pages, wire files ─> Newsroom
    outlets/*.toml (who prints what, how) ──┘                        └> truth (demo.planting)

Deterministic: the same start and seed give the same bytes. Nothing here crawls, matches or looks at a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo.planting import plant
from demo.printing import Desk, Printed
from demo.shapes import Newsroom, Site, SiteFeed, WireFile
from demo.stories import Story, load_stories, read_toml
from demo.wirefiles import wire_file

OUTLETS = Path(__file__).parent / "outlets"
# After the last article there is still a morning with a digest, and time for revisits.
AFTERMATH = timedelta(hours=8)


def build(start: datetime, seed: int = 7) -> Newsroom:
    """The newsroom whose first story is filed an hour after `start` (aware; its seconds are dropped).

    `seed` moves every publication by a few minutes and chooses the furniture. Raises ValueError for a naive
    start, and for content that contradicts itself.
    """
    if start.tzinfo is None:
        raise ValueError(f"naive start {start.isoformat()}")
    start = start.astimezone(UTC).replace(second=0, microsecond=0)
    stories = load_stories(start)
    tables = [read_toml(path) for path in sorted(OUTLETS.glob("*.toml"))]
    sites = tuple(_site(table) for table in tables)
    printed: list[Printed] = []
    for table, site in zip(tables, sites, strict=True):
        printed.extend(Desk(table, site, stories, start, seed).printed())
    pages = tuple(article.page for article in printed)
    return Newsroom(
        start=start,
        end=max(page.published for page in pages) + AFTERMATH,
        sites=sites,
        pages=pages,
        wire_files=_wire_files(stories),
        truth=plant(sites, stories, printed),
    )


def _site(table: dict[str, Any]) -> Site:
    feeds = tuple(
        SiteFeed(
            path=row["path"],
            kind=row["kind"],
            style=row["style"],
            query=row.get("query", ""),
            amp=row.get("amp", False),
            children=tuple(row.get("children", ())),
        )
        for row in table["feed"]
    )
    return Site(
        id=table["id"],
        name=table["name"],
        country=table["country"],
        zone=table["zone"],
        language=table["language"],
        feeds=feeds,
        agency=table.get("agency", ""),
        robots=table["robots"].strip(),
        shows_time=table.get("shows_time", True),
        zone_known=table.get("zone_known", True),
    )


def _wire_files(stories: dict[str, Story]) -> tuple[WireFile, ...]:
    filed = [story for story in stories.values() if story.door == "wire"]
    files = [wire_file(story, take, "wir/ed") for story in filed for take in story.takes]
    return tuple(sorted(files, key=lambda file: (file.moment, file.name)))
