"""A simulated year of 500 outlets: what every table, file and folder grows to, and what bounds it. `retention [WEEKS]`

    retention [WEEKS] [OUTLETS] [DATABASE]

The real storage, matcher and prune, with a clock that goes on by a week at a time. A week of the simulation has a small
share of a real one's work, so that a year takes minutes: one batch of a tenth of the hosts, those that waited longest,
polls and visits what is due there; three polls in ten list an article, as many a page that is none; two stories are
filed, copied and matched, a file of an agency is read and one refused, something fails, a digest is composed, and the
prune runs once. At each quarter every table and folder has its rows or files and bytes printed. What is let go must
stand still from then on; what is kept for good grows with the articles: how much one takes stands beside it.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import func, select, text

import config
from benchmarks.lateness import ROW, Clocked
from jobs import digesting, importing, keeping
from jobs.agency import receiving
from jobs.context import Context, sync
from jobs.crawling import policy_of
from jobs.due import limits_of
from jobs.matches import matching
from jobs.storing import DatabaseStore
from news.articles import Article, Credit, Moment
from news.visits import Exchange, FeedTask, FetchResult, FoundLink, PageTask, PollResult, Result
from storage import set_aside
from storage.columns import Base
from storage.crawling import frontier
from storage.crawling.hosts import keep_robots
from storage.engine import reading, writing
from storage.forgetting import BOUNDS, KEPT
from storage.migrate import upgrade
from tests.jobs.newsdesk import story

STORIES_A_WEEK = 2
LISTED = 0.3
FILES = {"drop/done": "keep.wire_days", "drop/refused": "keep.wire_days", "digests": "keep.digest_days"}
FILES |= {"index": "one index of all texts that stand", "in-hand": "what runs now", "": "the database"}
WEEK = timedelta(days=7)
HEADERS = (("content-type", "text/html; charset=utf-8"), ("cache-control", "max-age=60"), ("server", "a server"))
NITF = '<?xml version="1.0"?><nitf><body>{}</body></nitf>'


_BYTES = {
    "sqlite": "select coalesce(m.tbl_name, s.name), sum(s.pgsize) from dbstat as s "
    "left join sqlite_master as m on m.name = s.name group by 1",
    "postgresql": "select coalesce(parent.relname, c.relname), sum(pg_total_relation_size(c.oid)) from pg_class as c "
    "left join pg_inherits as i on i.inhrelid = c.oid left join pg_class as parent on parent.oid = i.inhparent "
    "where c.relkind = 'r' group by 1",
}


def main() -> None:
    """Go through the days, and print what there is at each quarter."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("weeks", type=int, nargs="?", default=52)
    parser.add_argument("outlets", type=int, nargs="?", default=500)
    parser.add_argument("database", nargs="?", default="")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        context = installed(Path(folder), options.database, options.outlets)
        seen: list[dict[str, tuple[int, int]]] = []
        for week in range(1, options.weeks + 1):
            live(context, week, options.outlets)
            if week % max(options.weeks // 4, 1) == 0 and len(seen) < 4:
                seen.append(sizes(context))
                print(f"week {week}", flush=True)
        report(seen)


def installed(home: Path, database: str, outlets: int) -> Context:
    """An installation of this day, with a drop folder."""
    rows = "".join(ROW.format(n=number) for number in range(outlets))
    (home / "catalogue.toml").write_text("only = true\n" + rows, encoding="utf-8")
    (home / "drop").mkdir()
    url = database or f"sqlite:///{home / 'wiretrail.db'}"
    upgrade(url)
    settings = config.Config(
        home=home,
        database_url=url,
        catalogue=home / "catalogue.toml",
        wire=config.WireConfig(drop=home / "drop", settle_seconds=0.0),
    )
    Clocked.at = datetime.now(UTC)
    context = Clocked(settings)
    sync(context)
    return context


def live(context: Context, week: int, outlets: int) -> None:
    """A week: crawled, filed, matched, told and pruned. In between something runs every other day, as it would."""
    for _ in range(3):
        Clocked.at += WEEK / 4
        with context.run("crawl"):
            pass
    Clocked.at += WEEK / 8
    with context.run("crawl"):
        crawl(context, week, outlets)
    agency(context, week)
    with context.run("match"):
        matching.match(context)
    with writing(context.engine) as session:
        set_aside.fail(session, "file", f"{context.config.home}/{week}.xml", "it broke", context.now())
    Clocked.at += WEEK / 8
    digesting.deliver_due(context)
    with context.run("prune"):
        keeping.prune(context)


def crawl(context: Context, week: int, outlets: int) -> None:
    """Everything due, in one batch: what each page is, its number says."""
    with writing(context.engine) as session:
        batch = frontier.claim_batch(
            session,
            now=context.now(),
            token=f"week {week}",
            lease_until=context.now() + timedelta(minutes=11),
            max_hosts=outlets // 10,
            max_pages=100_000,
            limits=limits_of(context),
        )
        for host in batch.hosts:
            keep_robots(session, f"https://{host}", b"User-agent: *\nAllow: /\n" * 20, context.now())
    made = DatabaseStore.of_batch(
        context.engine, batch, catalogue=context.catalogue, policy=policy_of(context), now=context.now()
    )
    chance = random.Random(week)
    results: list[Result] = [polled(task, context.now(), week, chance) for task in batch.feeds]
    made.write_now(results + [fetched(task, context.now()) for task in batch.pages])
    with writing(context.engine) as session:
        frontier.release(session, batch.token)


def polled(task: FeedTask, now: datetime, week: int, chance: random.Random) -> PollResult:
    """Some polls list an article, as many a page that is none; one in fifty is on a host of its own."""
    links = list[FoundLink]()
    for kind in ("article", "none"):
        if chance.random() < LISTED:
            host = f"h{week}.{task.outlet_id}" if chance.random() < 0.02 else task.outlet_id
            links.append(FoundLink(f"https://{host}/{kind}/{week}-{chance.randrange(STORIES_A_WEEK)}", host))
    exchange = Exchange(task.url, "ok", now, status=200, bytes=9000, headers=HEADERS, asked=(task.outlet_id,))
    return PollResult(task, exchange, tuple(links), window=30)


def fetched(task: PageTask, now: datetime) -> FetchResult:
    """An article that carries a story of that week, half of them credited; or no article."""
    host, kind, name = task.url.split("/")[2:]
    exchange = Exchange(task.url, "ok", now, status=200, bytes=50_000, headers=HEADERS, asked=(host,))
    if kind == "none":
        return FetchResult(task, Exchange(task.url, "not an article", now, status=200, reason="a list", asked=(host,)))
    week, number = map(int, name.split("-"))
    credit = (Credit("AFP", "text", "end", "AFP"),) if task.id % 2 else ()
    found = task.found_at or now
    moment = Moment(found, found, found, "json-ld", "stated")
    text_ = tuple(story(1000 * week + number)[: 5 + task.id % 5])
    return FetchResult(
        task, exchange, Article(task.url, task.url, f"Report {name}", text_, published=moment, credits=credit)
    )


def agency(context: Context, week: int) -> None:
    """Stories filed, a file read from the drop folder, and one refused."""
    path = context.config.home / "stories.jsonl"
    rows = (
        {
            "url": f"https://agency.example/{week}-{number}",
            "id": f"{week}-{number}",
            "agency": "AFP",
            "headline": f"Item {week}-{number}",
            "text": "\n".join(story(1000 * week + number)),
            "published": (context.now() - timedelta(hours=6)).isoformat(),
        }
        for number in range(STORIES_A_WEEK)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    importing.load(context, path)
    item = {"uno": f"urn:newsml:afp.com:{week}", "headline": f"Item {week}", "news": story(-week), "product": "news"}
    published = {"published": context.now().isoformat(), "lang": "en", "class": "text"}
    (context.config.home / "drop" / f"{week}.json").write_text(json.dumps([item | published]), encoding="utf-8")
    (context.config.home / "drop" / f"{week}.xml").write_text(NITF.format(week), encoding="utf-8")
    receiving.drop(context)


def sizes(context: Context) -> dict[str, tuple[int, int]]:
    """Rows and bytes of every table, files and bytes of every folder."""
    with reading(context.engine) as session:
        query = _BYTES[context.engine.dialect.name]
        taken = {str(name): int(size) for name, size in session.execute(text(query))}
        found = {
            table.name: (session.scalar(select(func.count()).select_from(table)) or 0, taken.get(table.name, 0))
            for table in Base.metadata.sorted_tables
        }
    return found | {f"{name or '.'}/": _folder(context.config.home / name) for name in FILES}


def _folder(path: Path) -> tuple[int, int]:
    files = [each for each in path.iterdir() if each.is_file()] if path.is_dir() else []
    return len(files), sum(each.stat().st_size for each in files)


def report(seen: list[dict[str, tuple[int, int]]]) -> None:
    """A line for each table and folder, what is bounded first."""
    articles = seen[-1]["articles"][0]
    print(f"{'':18}" + "".join(f"{f'quarter {number}':>22}" for number in range(1, len(seen) + 1)) + "  bounded by")
    for name in sorted(seen[-1], key=lambda name: (name in KEPT, name)):
        counted = "".join(f"{rows:>11,}{size / 1e3:>8,.0f} kB" for rows, size in (each[name] for each in seen))
        each = f"; {seen[-1][name][1] / articles:,.0f} B an article" if bound_of(name).startswith("kept") else ""
        print(f"{name:18}{counted}  {bound_of(name)}{each}")


def bound_of(name: str) -> str:
    """What bounds a table or folder, in words."""
    if name.endswith("/"):
        return FILES[name.rstrip("/").rstrip(".")]
    if name in KEPT:
        return KEPT[name]
    bound = BOUNDS[name]
    return f"keep.{bound.setting}" if bound.setting else f"{bound.days:.0f} days after it was of use"


if __name__ == "__main__":
    main()
