"""A web of many hosts on loopback, each a port that counts the requests under way, and programs set up to crawl it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from jobs.context import Context
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Asked, Site, rss
from tests.jobs import newsdesk
from tests.whole.program import Program


class Busy:
    """Counts requests under way at one site."""

    def __init__(self, seconds: float) -> None:
        self.now = self.most = 0
        self.seconds = seconds

    def answer(self, body: str) -> Any:
        """A reply that takes its time."""

        def reply(_asked: Asked) -> Answer:
            self.now += 1
            self.most = max(self.most, self.now)
            time.sleep(self.seconds)
            self.now -= 1
            return Answer(body)

        return reply


def fill(site: Site, number: int, pages: int, *, seconds: float) -> Busy:
    """A feed of so many pages; the first twenty carry stories that were filed, credited at every second host."""
    busy, items = Busy(seconds), []
    for page in range(pages):
        seed = page if page < 20 else 1_000 * (number + 1) + page
        paragraphs = "".join(f"<p>{line}</p>" for line in newsdesk.story(seed))
        head = f"<html><head><title>Story {page} told</title></head><body><article><h1>Story {page} told</h1>"
        credit = "<p class=byline>AFP</p>" if number % 2 and page < 20 else ""
        path = f"/news/{page}-story-{number}.html"
        site[path] = busy.answer(f"{head}{credit}{paragraphs}</article></body></html>")
        items.append((site.url(path), f"Story {page} told", format_datetime(newsdesk.START)))
    site["/feed.xml"] = rss(items)
    return busy


def program_of(home: Path, database: str, sites: list[Site], more: dict[str, str]) -> Program:
    """The program with these sites as its outlets, its clock set an hour after the world's start."""
    home.mkdir()
    rows = "".join(outlet_row(f"paper{n}", site, ("feed", "/feed.xml")) for n, site in enumerate(sites))
    (home / "outlets.toml").write_text(f"only = true\n{rows}", encoding="utf-8")
    settings = {
        "CATALOGUE": str(home / "outlets.toml"),
        "CRAWL__CONTACT": "desk@example.com",
        "CRAWL__DELAY_SECONDS": "0.02",
        "CRAWL__ALLOW_LOOPBACK": "true",
        "CRAWL__EXTRACT_WORKERS": "0",
        "CRAWL__DAILY_REQUESTS_PER_HOST": "0",
        "WORKERS__ENABLED": "true",
        "WORKERS__CRAWL_JOBS": "4",
        "WORKERS__HEARTBEAT_SECONDS": "0.3",
        "WORKERS__LOST_SECONDS": "2",
        "CLOCK__START": (newsdesk.START + timedelta(hours=1)).isoformat(),
        "CLOCK__EPOCH": datetime.now(UTC).isoformat(),
    }
    return Program(home, database, settings | more)


def files(program: Program, stories: int) -> Context:
    """A context over the program's database, with so many stories filed."""
    rows = [newsdesk.filing(newsdesk.story(n), minutes=-30, id=f"item-{n}") for n in range(stories)]
    context = newsdesk.context_of(program.database_url, program.home)
    newsdesk.load(context, rows)
    return context
