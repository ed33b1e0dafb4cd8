"""CPU per page of our crawl without reading pages, against bare Scrapy over the same. `crawl_cost [PAGES] [HOSTS]`

Bare: one spider with Scrapy's own settings, which throws every answer away. Ours: the batch spider with all its
middlewares, a reader that reads nothing, and once without a database, once with every page, visit and article stored in
SQLite. The three take turns, each in a process of its own; the least of three rounds counts, starting up left out.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.serving import served
from crawler.batch import BatchSpider, Orders
from crawler.reader_pool import Readers
from crawler.revisit import DEFAULT_POLICY
from crawler.run import CrawlOptions, settings_of
from jobs.storing import DatabaseStore
from news.addresses import host_of
from news.articles import Article
from news.catalogue import Catalogue, load_catalogue
from news.visits import FoundLink
from storage.crawling import frontier
from storage.engine import open_engine, writing
from storage.migrate import upgrade

ROUNDS = 3
GOAL = 1.25
BODY = "".join(f"<p>{'The council of Varnholm voted on the harbour bridge again. ' * 6}{n}</p>" for n in range(60))
HTML = f"<!doctype html><html><head><title>Bridge</title></head><body><h1>Bridge</h1>{BODY}</body></html>".encode()


def main() -> None:
    """Take turns, print, judge."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    hosts = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    paths = [f"/news/2026-{number}.html" for number in range(pages // hosts)]
    with served(dict.fromkeys(paths, ("text/html; charset=utf-8", HTML)), hosts) as names:
        urls = [f"http://{name}{path}" for path in paths for name in names]
        best: dict[str, float] = {}
        for _ in range(ROUNDS):
            for name, run in (("bare Scrapy", bare), ("ours", ours), ("ours, stored", stored)):
                best[name] = min(best.get(name, 1e9), _measured(run, urls) / len(urls))
    for name, seconds in best.items():
        print(f"{name:14} {seconds * 1000:6.2f} ms CPU per page  {seconds / best['bare Scrapy']:5.2f} x")
    sys.exit(best["ours"] > GOAL * best["bare Scrapy"])


def _measured(run: Callable[[list[str]], float], urls: list[str]) -> float:
    context = multiprocessing.get_context("spawn")
    got, sent = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(run, urls, sent))
    child.start()
    sent.close()
    seconds: float = got.recv()
    child.join()
    return seconds


def _child(run: Callable[[list[str]], float], urls: list[str], answer: Connection) -> None:
    answer.send(run(urls))


def bare(urls: list[str]) -> float:
    """CPU seconds of a spider that does nothing."""
    import scrapy
    from scrapy.crawler import AsyncCrawlerProcess

    answered = []

    class Bare(scrapy.Spider):
        name = "bare"

        async def start(self) -> Any:
            for url in urls:
                yield scrapy.Request(url)

        def parse(self, response: Any) -> None:
            answered.append(response.status)

    process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR"})
    started = time.process_time()
    process.crawl(Bare)
    process.start()
    if answered != [200] * len(urls):
        raise SystemExit("bare Scrapy did not get every page")
    return time.process_time() - started


def ours(urls: list[str]) -> float:
    """CPU seconds of our batch, results thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        return _batch(urls, f"sqlite:///{Path(folder) / 'cost.db'}", keep=False)


def stored(urls: list[str]) -> float:
    """CPU seconds of our batch, results in SQLite. The claim before it is left out."""
    with tempfile.TemporaryDirectory() as folder:
        return _batch(urls, f"sqlite:///{Path(folder) / 'cost.db'}", keep=True)


class _Unread(Readers):
    """Takes every page for the same short article."""

    async def run(self, function: Callable[..., Any], *args: Any, within: object = None) -> Any:  # noqa: ARG002  -- the base's signature
        return Article(url=args[1], canonical_url=args[1], headline="Bridge", paragraphs=("The bridge again.",))


class _Forgetting(DatabaseStore):
    """Stores nothing."""

    def _write(self, results: Sequence[Any]) -> None:
        self.tally.articles += sum(result.article is not None for result in results)

    def _write_robots(self, *_: Any) -> None:
        pass


def _batch(urls: list[str], database: str, *, keep: bool) -> float:
    from scrapy.crawler import AsyncCrawlerProcess

    now = datetime.now(UTC)
    upgrade(database)
    engine = open_engine(database)
    catalogue = _catalogue(sorted({host_of(url) for url in urls}))
    with writing(engine) as session:
        frontier.sync_catalogue(session, (), tuple(catalogue.outlets.values()), now)
        frontier.add_links(session, "local", [FoundLink(url, host_of(url)) for url in urls], "", now)
    until = now + timedelta(hours=1)
    with writing(engine) as session:
        batch = frontier.claim_batch(
            session, now=now, token="cost", lease_until=until, max_hosts=100, max_pages=len(urls)
        )
    make = DatabaseStore if keep else _Forgetting
    store = make(engine, catalogue=catalogue, policy=DEFAULT_POLICY, chance=random.Random(1))
    orders = Orders(batch, catalogue, _Unread(()), store, lambda: datetime.now(UTC), lambda _: ())
    options = CrawlOptions(delay_seconds=0, allow_loopback=True, contact="desk@example.com")
    started = time.process_time()
    process = AsyncCrawlerProcess(settings_of(options))
    process.crawl(process.create_crawler(BatchSpider), orders=orders)
    process.start()
    store.close()
    spent = time.process_time() - started
    if store.tally.articles != len(urls):
        raise SystemExit(f"not every page came: {store.tally}")
    return spent


def _catalogue(hosts: list[str]) -> Catalogue:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(f'only = true\n[[outlet]]\nid = "local"\nname = "local"\nhosts = {hosts!r}\ncountry = "SE"\n')
        file.write('zone = "Europe/Stockholm"\nlanguage = "en"\nfeeds = []\n')
        file.flush()
        return load_catalogue(Path(file.name))


if __name__ == "__main__":
    main()
