"""Crawl, match and digest children killed at random: nothing lost, nothing twice. `kill [RUNS] [SEED]`

Each round copies one database, kills each of the three jobs once (SIGKILL) and lets the next child finish, as the
daemon does when the lease has lapsed. Then the tables must be those of a round nobody disturbed, each page fetched
and recorded once, and a real mail server must have each digest at most once. A digest that was being handed over when
its process died may or may not have arrived: it is reported as uncertain, never sent again by itself.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.children import start
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import ArticleRow, ArticleVersionRow, DigestRow, FeedRow, FetchRow, LeaseRow, PageRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site
from tests.jobs import newsdesk
from tests.report.smtp_servers import Inbox, mail_server

PAGES = 24
RECIPIENTS = tuple(f"desk-{number}@example.com" for number in range(6))
LATER = timedelta(minutes=5)  # when the killed child's lease has lapsed, and before any page is due again
MORNING = newsdesk.START + timedelta(days=1)
LEASES_LAPSE = timedelta(minutes=20)
JOBS = ("crawl", "match", "digest")
AIMED = 0.6
"""How many of the kills wait for a number of requests or mails first: most of a child's time goes elsewhere."""


@dataclass
class World:
    """A site, a mail server, and the database every round begins with."""

    folder: Path
    site: Site
    inbox: Inbox
    port: int
    seconds: dict[str, float] = field(default_factory=dict)
    server_database: str = ""
    """The address on a server, where the rounds are not on a SQLite file each."""

    def address(self, home: Path) -> str:
        """The database of a round."""
        return self.server_database or f"sqlite:///{home / 'wiretrail.db'}"

    def fresh(self, home: Path) -> None:
        """The first database again."""
        shutil.copy(self.folder / "template.db", home / "wiretrail.db")

    def settings(self, home: Path, now: datetime) -> dict[str, str]:
        """The variables of a child whose clock shows `now`."""
        return {
            "HOME": str(home),
            "DATABASE_URL": self.address(home),
            "CATALOGUE": str(self.folder / "catalogue.toml"),
            "CLOCK__START": now.isoformat(),
            "CLOCK__EPOCH": datetime.now(UTC).isoformat(),
            "CRAWL__CONTACT": "desk@example.com",
            "CRAWL__DELAY_SECONDS": "0.005",
            "CRAWL__ALLOW_LOOPBACK": "true",
            "CRAWL__EXTRACT_WORKERS": "0",
            "CRAWL__DEADLINE_SECONDS": "60",
            "MATCH__DEADLINE_SECONDS": "60",
            "DIGEST__RECIPIENTS": str(list(RECIPIENTS)).replace("'", '"'),
            "SMTP__HOST": "127.0.0.1",
            "SMTP__PORT": str(self.port),
        }

    def progress(self, job: str) -> int:
        """Requests or mails that came so far."""
        return len(self.inbox.taken) if job == "digest" else len(self.site.asked)


@dataclass
class Found:
    """What came of all rounds. Every figure but `kills` and `uncertain` must end at 0."""

    kills: Counter[str] = field(default_factory=Counter)
    lost_frontier_rows: int = 0
    lost_articles: int = 0
    doubled_pickups: int = 0
    different_tables: int = 0
    doubled_fetches: int = 0
    doubled_mails: int = 0
    lost_mails: int = 0
    uncertain: int = 0
    failed_children: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How much is wrong."""
        names = ("frontier_rows", "articles", "mails")
        lost = sum(int(getattr(self, f"lost_{name}")) for name in names)
        doubled = self.doubled_pickups + self.doubled_fetches + self.doubled_mails
        return lost + doubled + self.different_tables + len(self.failed_children)


def main() -> None:
    """Run, print, and exit 1 when anything was lost or doubled."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made:
        found = measure(made, runs, random.Random(seed))
    print(f"runs {found.kills.total()} ({', '.join(f'{job} {found.kills[job]}' for job in JOBS)}), seed {seed}")
    for name, value in vars(found).items():
        if name not in ("kills", "failed_children"):
            print(f"{name.replace('_', ' '):20} {value}")
    print("\n".join(found.failed_children))
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(found.faults > 0)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """The small local site, the mail server, the first database."""
    with Site() as site, mail_server() as (inbox, port):
        _fill(site)
        row = outlet_row("local", site, ("feed", "/feed.xml"))
        (folder / "catalogue.toml").write_text("only = true\n" + row, encoding="utf-8")
        database = f"sqlite:///{folder / 'template.db'}"
        upgrade(database)
        context = newsdesk.context_of(database, folder)
        newsdesk.load(
            context, [newsdesk.filing(newsdesk.story(n), minutes=-30, id=f"item-{n}") for n in range(0, PAGES, 2)]
        )
        context.engine.dispose()
        yield World(folder, site, inbox, port)


def _fill(site: Site) -> None:
    """Pages that carry invented stories, one in three without a credit; half of the stories were filed."""
    items = []
    for number in range(PAGES):
        paragraphs = "".join(f"<p>{text}</p>" for text in newsdesk.story(number))
        credit = "" if number % 3 == 0 else "<p class=byline>AFP</p>"
        head = f"<html><head><title>Story {number}</title></head><body><article><h1>Story {number}</h1>"
        site[f"/news/{number}-story.html"] = Answer(
            f"{head}{credit}{paragraphs}</article></body></html>", headers={"Content-Type": "text/html"}
        )
        link = site.url(f"/news/{number}-story.html")
        # Spread over days: a feed of twenty stories in one minute is due again before the killed child's lease lapses.
        date = format_datetime(newsdesk.START - timedelta(hours=6 * (number + 1)))
        items.append(f"<item><title>Story {number}</title><link>{link}</link><pubDate>{date}</pubDate></item>")
    feed = f"<rss version='2.0'><channel><title>t</title>{''.join(items)}</channel></rss>"
    site["/feed.xml"] = Answer(feed, headers={"Content-Type": "application/rss+xml"})


def measure(made: World, runs: int, chance: random.Random) -> Found:
    """Undisturbed once, for the tables and the time each job takes; then killed until `runs` kills have hit."""
    found = Found()
    wanted = _round(made, found, None)
    while found.kills.total() < runs and len(found.failed_children) < 5:
        tables = _round(made, found, chance)
        compare(found, wanted, tables)
        print(f"\r{found.kills.total()}/{runs}, faults {found.faults}", end="", file=sys.stderr, flush=True)
    return found


def _round(made: World, found: Found, chance: random.Random | None) -> dict[str, list[Any]]:
    home = made.folder / "round"
    home.mkdir()
    made.fresh(home)
    made.inbox.taken.clear()
    for job, now in (("crawl", newsdesk.START), ("match", newsdesk.START + LATER * 2), ("digest", MORNING)):
        if chance is None:
            began = time.monotonic()
            whole(made, found, job, home, now)
            made.seconds[job] = time.monotonic() - began
            continue
        _killed(made, found, job, home, now, chance)
        whole(made, found, job, home, now + (LEASES_LAPSE if job == "digest" else LATER))
    tables = tables_of(home, made.address(home))
    count_mails(made, found, home)
    shutil.rmtree(home)
    return tables


def whole(made: World, found: Found, job: str, home: Path, now: datetime) -> None:
    errors = home / "stderr.txt"
    child = start(job, made.settings(home, now), str(errors))
    child.join()
    if child.exitcode:
        found.failed_children.append(f"{job}: {errors.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _killed(made: World, found: Found, job: str, home: Path, now: datetime, chance: random.Random) -> None:
    begun = made.progress(job)
    child = start(job, made.settings(home, now), str(home / "stderr.txt"))
    most = {"crawl": PAGES, "digest": len(RECIPIENTS)}.get(job)
    if most is not None and chance.random() < AIMED:
        wanted = begun + chance.randint(0, most)
        while child.is_alive() and made.progress(job) < wanted:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.05))
    else:
        child.join(chance.uniform(0.0, made.seconds[job]))
    if child.is_alive():
        child.kill()
        found.kills[job] += 1
    child.join()


def tables_of(home: Path, address: str) -> dict[str, list[Any]]:
    """What must not depend on a kill."""
    context = newsdesk.context_of(address, home)
    version = select(ArticleRow.canonical_url, ArticleVersionRow.number, ArticleVersionRow.content_sha256)
    after = newsdesk.START + timedelta(days=3)
    held = select(LeaseRow.name).where(LeaseRow.until > after)
    fetches = select(FetchRow.url, FetchRow.outcome, func.count()).group_by(FetchRow.url, FetchRow.outcome)
    with reading(context.engine) as session:
        tables: dict[str, list[Any]] = {
            "feeds": sorted(map(tuple, session.execute(select(FeedRow.url, FeedRow.outcome)))),
            "pages": sorted(map(tuple, session.execute(select(PageRow.url, PageRow.outcome, PageRow.visits)))),
            "articles": sorted(map(tuple, session.execute(version.join(ArticleVersionRow)))),
            "fetches": sorted(map(tuple, session.execute(fetches))),
            "leases": sorted(session.scalars(held)),
        }
    tables["pickups"], tables["stories"] = newsdesk.pickups(context), newsdesk.stories(context)
    context.engine.dispose()
    return tables


def compare(found: Found, wanted: dict[str, list[Any]], tables: dict[str, list[Any]]) -> None:
    found.lost_frontier_rows += len(set(wanted["pages"] + wanted["feeds"]) - set(tables["pages"] + tables["feeds"]))
    found.lost_articles += len(set(wanted["articles"]) - set(tables["articles"]))
    found.doubled_fetches += sum(count - 1 for *_, count in tables["fetches"])
    carried = Counter((row["url"], row["version"], row["story"]) for row in tables["pickups"])
    found.doubled_pickups += carried.total() - len(carried)
    different = [name for name in wanted if tables[name] != wanted[name]]
    found.different_tables += len(different)
    for name in different:
        extra = [row for row in tables[name] if row not in wanted[name]][:1]
        missing = [row for row in wanted[name] if row not in tables[name]][:1]
        print(f"\n{name}: {len(tables[name])} for {len(wanted[name])} rows: {extra} for {missing}"[:1500])


def count_mails(made: World, found: Found, home: Path) -> None:
    arrived = Counter(to for _, recipients, _ in made.inbox.taken for to in recipients)
    engine = open_engine(made.address(home))
    with reading(engine) as session:
        states = {row.recipient: row.state for row in session.scalars(select(DigestRow))}
    engine.dispose()
    found.doubled_mails += sum(count - 1 for count in arrived.values())
    for recipient in RECIPIENTS:
        unsure = states.get(recipient) in ("sending", "uncertain")
        found.uncertain += unsure
        found.lost_mails += not unsure and arrived[recipient] == 0


if __name__ == "__main__":
    main()
