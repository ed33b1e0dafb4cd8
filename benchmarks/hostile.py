"""Good outlets beside a hostile one: what they get stored, and how late, with it and without it. `hostile [KINDS]`

Three outlets publish an article every three seconds for a minute; a daemon with its own limits (only polls are more
frequent) follows them for three minutes more, beside a fourth outlet of one kind. Five kinds go side by side, each
with a database and a daemon of its own, and a daemon without a hostile outlet beside them: all have the same load.
"""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.parse import urlsplit

from storage.migrate import upgrade
from tests.crawler.conftest import outlet_row
from tests.crawler.faults import HTML, XML, packed, redirect
from tests.crawler.site import Answer, Asked, Site, page, rss

PUBLISHING_SECONDS, EVERY_SECONDS, WATCHED_SECONDS = 60.0, 3.0, 180.0
GOAL = 0.95
SIDE_BY_SIDE = 5
_DECIMAL = "%Y-%m-%d %H:%M:%S.%f"
_STORED = "select canonical_url, first_seen_at from articles where outlet_id like 'good%'"
_RECORDED = (
    "select outcome, reason, count(*) from (select outcome, reason from feeds where outlet_id = 'bad' union all"
    " select outcome, reason from pages where outlet_id = 'bad') group by 1, 2 order by 3 desc"
)
Listed = tuple[str, str]


def crowd() -> str:
    """3,000 agents by 3,000 rules."""
    return "".join(f"user-agent: b{n:x}\n" for n in range(3000)) + "".join(f"allow: /{n:x}\n" for n in range(3000))


def pages(site: Site, reply: Any) -> list[Listed]:
    """Thirty pages that all answer so, behind a feed."""
    paths = [f"/news/2026-bad-page-{number}.html" for number in range(30)]
    for path in paths:
        site[path] = reply
    site["/feed"] = rss([(site.url(path), "Bad page of the harbour", "") for path in paths])
    return [("feed", "/feed")]


def listing(site: Site, kind: str, reply: Any) -> list[Listed]:
    """Three listings that answer so."""
    for number in range(3):
        site[f"/list-{number}"] = reply
    return [(kind, f"/list-{number}") for number in range(3)]


def robots(site: Site, reply: Any) -> list[Listed]:
    """A file of rules in front of good pages."""
    site["/robots.txt"] = reply
    return pages(site, page("Behind the rules"))


def endless(site: Site) -> list[Listed]:
    """An index of indexes of indexes."""
    numbers = count()

    def index(_: Asked) -> Answer:
        named = (site.url(f"/map-{next(numbers) % 5000}") for _ in range(10))
        return Answer(
            f"<sitemapindex>{''.join(f'<sitemap><loc>{each}</loc></sitemap>' for each in named)}</sitemapindex>",
            headers=XML,
        )

    for number in range(5000):
        site[f"/map-{number}"] = index
    return [("sitemap", "/map-0")]


def chain(site: Site) -> list[Listed]:
    """Redirects that go on and on, of pages and of the feed."""
    for number in range(3000):
        site[f"/chain/{number}"] = redirect(f"/chain/{number + 1}")
    site["/endless"] = redirect("/chain/0")
    return [*pages(site, redirect("/chain/1")), ("feed", "/endless")]


DRIPPING = Answer(page("Slowly"), headers=HTML, drip_seconds=3)
KINDS: dict[str, Callable[[Site], list[Listed]]] = {
    "robots.txt of 3,000 agents by 3,000 rules": lambda site: robots(site, Answer(crowd())),
    "robots.txt that drips": lambda site: robots(site, Answer("User-agent: *\nAllow: /\n", drip_seconds=3)),
    "page of a million cells": lambda site: pages(
        site, packed(gzip.compress(b"<table>" + b"<tr><td>x" * 550_000), "gzip")
    ),
    "page of data of nothing": lambda site: pages(
        site,
        packed(gzip.compress(b'<script type="application/ld+json">[' + b"{}," * 1_600_000 + b"{}]</script>"), "gzip"),
    ),
    "sitemap of eight million entries": lambda site: listing(
        site, "sitemap", Answer(gzip.compress(b"<urlset>" + b"<url/>" * 8_000_000), headers=XML)
    ),
    "feed of 690,000 items": lambda site: listing(
        site,
        "feed",
        packed(gzip.compress(b'<rss version="2.0"><channel>' + b"<item/>" * 690_000), "gzip"),
    ),
    "200,000 packed pieces": lambda site: pages(site, packed(gzip.compress(b"", mtime=0) * 200_000, "gzip")),
    "pages that drip": lambda site: pages(site, DRIPPING),
    "feeds that drip": lambda site: listing(site, "feed", DRIPPING),
    "endless redirects": chain,
    "headers that drip": lambda site: pages(site, dripping_head),
    "a header without end": lambda site: pages(site, Answer(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4_000_000)),
    "headers without end": lambda site: pages(site, Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 900_000)),
    "an index of endless indexes": endless,
    "answers just in time": lambda site: pages(site, Answer(page("In the last second"), slow_seconds=25)),
}


def dripping_head(_: Asked) -> Answer:
    """A head of which nothing comes for long."""
    return Answer(raw=b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\n", slow_seconds=28)


@dataclass(frozen=True)
class Seen:
    """What became of the good outlets' articles (published, stored, how late) and of what the hostile one sent."""

    published: int
    late_seconds: list[float]
    recorded: list[tuple[str, str, int]]


class Publisher:
    """A good outlet: its feed lists what it has published so far."""

    def __init__(self, site: Site, number: int) -> None:
        self.at: dict[str, float] = {}
        self._site, self._number, self._began = site, number, time.time()
        site["/feed"] = self.feed

    def feed(self, _: Asked) -> Answer:
        """Everything up to now, newest first; each page is there once it is listed."""
        for place in range(int(min(time.time() - self._began, PUBLISHING_SECONDS) / EVERY_SECONDS)):
            path = f"/news/2026-story-{self._number}-{place}.html"
            if path not in self.at:
                self.at[path] = self._began + place * EVERY_SECONDS
                headline = f"Story {place} of house {self._number}"
                self._site[path] = page(headline, number=1000 * self._number + place)
        return rss([(self._site.url(path), "Story of the harbour", "") for path in reversed(self.at)])


def run(template: Path, kind: str, place: int) -> Seen:
    """One daemon beside one kind of outlet, "" for none."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder)
        sites = [stack.enter_context(Site(f"127.0.{place + 1}.{number + 1}")) for number in range(4)]
        outlets = [outlet_row(f"good{number}", site, ("feed", "/feed")) for number, site in enumerate(sites[1:], 1)]
        outlets += [outlet_row("bad", sites[0], *KINDS[kind](sites[0]))] if kind else []
        (home / "catalogue.toml").write_text("only = true\n" + "\n".join(outlets), encoding="utf-8")
        database = f"sqlite:///{shutil.copy(template, home / 'wiretrail.db')}"
        with (home / "log.txt").open("w") as log:
            command = [sys.executable, "-m", "cli", "run"]
            daemon = subprocess.Popen(command, env=os.environ | settings(home, database), stdout=log, stderr=log)
        publishers = [Publisher(site, number) for number, site in enumerate(sites[1:], 1)]
        threading.Event().wait(PUBLISHING_SECONDS + WATCHED_SECONDS)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(300)
        return told(home / "wiretrail.db", publishers)


def settings(home: Path, database: str) -> dict[str, str]:
    """The daemon's: its own limits and pace, with feeds asked every fifteen to thirty seconds."""
    crawl = {"CONTACT": "desk@example.com", "ALLOW_LOOPBACK": "true", "TICK_SECONDS": "1", "DAILY_POLLS_PER_FEED": "0"}
    crawl |= {"POLL_LEAST_MINUTES": "0.25", "POLL_MOST_MINUTES": "0.5"}
    made = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml"), "LOG": "json"}
    return {f"WIRETRAIL_{name}": value for name, value in made.items()} | {
        f"WIRETRAIL_CRAWL__{name}": value for name, value in crawl.items()
    }


def told(database: Path, publishers: list[Publisher]) -> Seen:
    """What the database says."""
    at = {path: moment for publisher in publishers for path, moment in publisher.at.items()}
    with closing(sqlite3.connect(database)) as connection:
        stored = connection.execute(_STORED).fetchall()
        recorded = connection.execute(_RECORDED).fetchall()
    late = [
        datetime.strptime(seen, _DECIMAL).replace(tzinfo=UTC).timestamp() - at[urlsplit(url).path]
        for url, seen in stored
    ]
    return Seen(round(PUBLISHING_SECONDS / EVERY_SECONDS) * len(publishers), sorted(late), recorded)


def main() -> None:
    """Run them all, print, judge."""
    wanted = [kind for kind in KINDS if not sys.argv[1:] or any(word in kind for word in sys.argv[1:])]
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        upgrade(f"sqlite:///{template}")
        shares = [
            share for start in range(0, len(wanted), SIDE_BY_SIDE) for share in group_of(template, wanted[start:])
        ]
    print(f"{len(wanted)} kinds, the least {min(shares):.0%} of what the good outlets get without")
    sys.exit(min(shares) < GOAL)


def group_of(template: Path, kinds: list[str]) -> list[float]:
    """The first kinds of these beside each other and one daemon without; prints, and gives the shares."""
    group = ["", *kinds[:SIDE_BY_SIDE]]
    with ThreadPoolExecutor(len(group)) as pool:
        alone, *seen = pool.map(partial(run, template), group, range(len(group)))
    print(f"{'(without)':44} {_figures(alone)}", flush=True)
    shares = [len(each.late_seconds) / max(len(alone.late_seconds), 1) for each in seen]
    for kind, each, share in zip(group[1:], seen, shares, strict=True):
        print(f"{kind:44} {_figures(each)}  {share:.0%}", flush=True)
        for outcome, reason, number in each.recorded[:3]:
            print(f"    {number:4} {outcome}: {reason}")
    return shares


def _figures(seen: Seen) -> str:
    late = seen.late_seconds or [0.0]
    slowest = late[min(len(late) - 1, int(0.95 * len(late)))]
    return f"{len(seen.late_seconds):3} of {seen.published} stored, {mean(late):5.1f} s late, p95 {slowest:5.1f} s"


if __name__ == "__main__":
    main()
