"""Results on their way into the database: none lost in silence, a bad one costs only itself, agencies' pages file."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from crawler.batch import BatchSpider, Orders
from crawler.reader_pool import Readers
from crawler.revisit import Policy
from crawler.run import settle
from jobs.storing import TRIES, DatabaseStore, filing_of
from news.articles import Article, Moment
from news.catalogue import Catalogue, load_catalogue
from news.errors import CrawlError
from news.visits import Batch, Exchange, FeedTask, FetchResult, FoundLink, PageTask, PollResult, Result
from storage.crawling import frontier
from storage.engine import open_engine, reading, writing

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POST = """only = true
[[outlet]]
id = "post"
name = "Post"
hosts = ["post.example"]
country = "SE"
zone = "Europe/Stockholm"
language = "en"
feeds = [{kind = "feed", url = "https://post.example/feed.xml"}]
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    path = tmp_path / "post.toml"
    path.write_text(POST, encoding="utf-8")
    return load_catalogue(path)


def store_in(engine: Engine, catalogue: Catalogue) -> DatabaseStore:
    return DatabaseStore(engine, catalogue=catalogue, policy=Policy(), chance=random.Random(1), sleep=lambda _: None)


def tasks_of(engine: Engine, catalogue: Catalogue, addresses: Sequence[str]) -> tuple[FeedTask, list[PageTask]]:
    with writing(engine) as session:
        frontier.sync_catalogue(session, tuple(catalogue.agencies.values()), tuple(catalogue.outlets.values()), NOON)
        links = [FoundLink(url, "post.example") for url in addresses]
        frontier.add_links(session, "post", links, "https://post.example/feed.xml", NOON)
        batch = frontier.claim_batch(
            session, now=NOON, token="t", lease_until=NOON + timedelta(hours=1), max_hosts=5, max_pages=500
        )
    return batch.feeds[0], list(batch.pages)


def fetched(task: PageTask, canonical: str = "") -> FetchResult:
    article = Article(task.url, canonical or task.url, f"About {task.url}", ("A paragraph of its own.",))
    return FetchResult(task, Exchange(task.url, "ok", NOON, status=200, bytes=10), article)


async def put_all(store: DatabaseStore, results: Sequence[Result]) -> None:
    for result in results:
        await store.put(result)


def count(engine: Engine, query: str) -> int:
    with reading(engine) as session:
        return int(session.execute(text(query)).scalar_one())


def test_many_results_go_in_together_and_the_last_few_at_the_end(engine: Engine, catalogue: Catalogue) -> None:
    feed, pages = tasks_of(engine, catalogue, [f"https://post.example/{n}" for n in range(30)])
    store = store_in(engine, catalogue)
    asyncio.run(put_all(store, [fetched(page) for page in pages]))
    assert count(engine, "select count(*) from articles") == 25
    links = (FoundLink("https://post.example/new", "post.example"), FoundLink(pages[0].url, "post.example"))
    store.write_now([PollResult(feed, Exchange(feed.url, "ok", NOON, status=200), links=links, window=2)])
    assert count(engine, "select count(*) from articles") == 30
    tally = store.tally
    assert (tally.fetches, tally.articles, tally.polls, tally.links, tally.unsaved) == (30, 30, 1, 1, 0)
    assert count(engine, "select count(*) from feeds where found_at is not null") == 1


def test_a_result_that_cannot_be_stored_costs_only_itself(
    engine: Engine, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    _, pages = tasks_of(engine, catalogue, [f"https://post.example/{n}" for n in range(5)])
    store = store_in(engine, catalogue)
    results = [fetched(page) for page in pages]
    results[2] = fetched(pages[2], "https://post.example/" + "x" * 3000)
    store.write_now(results)
    assert (store.tally.fetches, store.tally.unsaved) == (4, 1)
    assert f"crawl.not_stored: {pages[2].url}" in caplog.text
    with reading(engine) as session:
        query = text("select outcome, failures, reason from pages where url = :url")
        outcome, failures, reason = session.execute(query, {"url": pages[2].url}).one()
    assert (outcome, failures) == ("failed", 1), "it is asked again later each time"
    assert reason.startswith("it could not be stored: address of 30")


def test_a_database_that_is_away_is_tried_again_and_then_said_so(
    sqlite_database: str, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(sqlite_database)
    _, pages = tasks_of(engine, catalogue, [f"https://post.example/{n}" for n in range(3)])
    with writing(engine) as session:
        session.execute(text("alter table fetches rename to fetches_elsewhere"))
    store = store_in(engine, catalogue)
    store.write_now([fetched(page) for page in pages])
    assert (store.tally.fetches, store.tally.unsaved) == (0, 3)
    assert caplog.text.count("database.not_writable") == TRIES
    assert caplog.text.count("crawl.not_stored: https://post.example/") == 3
    assert count(engine, "select count(*) from articles") == 0, "half a transaction was kept"
    assert count(engine, "select count(*) from pages where lease_token = 't'") == 3
    engine.dispose()


def test_the_first_text_of_an_agencys_page_is_filed_when_published_and_a_later_one_when_modified() -> None:
    published, modified = (
        Moment(NOON, NOON, NOON, "json-ld", "stated"),
        Moment(NOON + timedelta(hours=2), source="meta"),
    )
    article = Article("https://a/1", "https://a/1", "Bridge", ("Text.",), published=published, modified=modified)
    first = filing_of(article, "VPA", PageTask(1, "vpa", "https://a/1"), NOON + timedelta(hours=3))
    assert (first.story_id, first.filed, first.status) == ("https://a/1", published, "usable")
    later = Article("https://a/1", "https://a/1", "Bridge", ("New text.",), published=published, modified=modified)
    second = filing_of(later, "VPA", PageTask(1, "vpa", "https://a/1", visits=1), NOON + timedelta(hours=3))
    assert (second.filed, second.story_id) == (modified, first.story_id)
    assert second.take_id != first.take_id
    undated = Article("https://a/1", "https://a/1", "KILL: Bridge", ("New text.",))
    third = filing_of(undated, "VPA", PageTask(1, "vpa", "https://a/1", visits=2), NOON + timedelta(hours=3))
    assert (third.filed.at, third.filed.source) == (NOON + timedelta(hours=3), "first seen")
    assert (third.status, third.notice) == ("killed", "KILL: Bridge")


def test_a_task_without_any_answer_is_a_failure_and_not_silence(engine: Engine, catalogue: Catalogue) -> None:
    feed, pages = tasks_of(engine, catalogue, ["https://post.example/1", "https://post.example/2"])
    store = store_in(engine, catalogue)
    batch = Batch("t", ("post.example",), (feed,), tuple(pages))
    spider = BatchSpider(Orders(batch, catalogue, Readers([]), store, lambda: NOON, lambda _: ()))

    async def answer_one() -> None:
        await spider.stored(fetched(pages[0]))

    asyncio.run(answer_one())
    counts = settle(spider, None, stopped=False)
    assert (counts.polls, counts.fetches, counts.failed, counts.unanswered) == (1, 1, 2, 0)
    told = "select count(*) from pages where reason = 'the request ended without an answer or an error'"
    assert count(engine, told) == 1


def test_what_a_stop_left_over_is_neither_failed_nor_released_here(engine: Engine, catalogue: Catalogue) -> None:
    feed, pages = tasks_of(engine, catalogue, ["https://post.example/1"])
    store = store_in(engine, catalogue)
    batch = Batch("t", ("post.example",), (feed,), tuple(pages))
    spider = BatchSpider(Orders(batch, catalogue, Readers([]), store, lambda: NOON, lambda _: ()))
    counts = settle(spider, None, stopped=True)
    assert (counts.polls, counts.failed, counts.unanswered) == (0, 0, 2)
    assert count(engine, "select count(*) from pages where lease_token = 't' and visits = 0") == 1


def test_a_crawl_that_could_not_run_raises(engine: Engine, catalogue: Catalogue) -> None:
    with pytest.raises(CrawlError, match="no reactor"):
        settle(None, RuntimeError("no reactor"), stopped=False)
