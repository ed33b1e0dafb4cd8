"""Keeps what a crawl brings, in batches of one transaction each, from one thread: no more.

What cannot be written is never dropped in silence: it is counted, logged with its address, and set aside as a failure
of its page or feed; when the database is away its task stays leased until the lease lapses, and another batch asks.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crawler.habits import unpacked
from crawler.pipelines import Files, T, Tally, task_key
from crawler.revisit import NextPoll, Policy, next_poll, next_visit
from crawler.wire.notice_words import status_of_line
from jobs.in_hand import InHand
from news.articles import Article, Filing
from news.catalogue import Catalogue
from news.errors import StorageError
from news.visits import Batch, Exchange, FeedTask, FetchResult, PageTask, PollResult, Result
from storage import set_aside
from storage.agency import filings
from storage.articles import saving
from storage.articles.saving_many import Look, save_articles
from storage.crawling import frontier
from storage.crawling.hosts import keep_robots, known_robots
from storage.engine import is_away, reading, writing
from storage.set_aside import Kind

BATCH = 25
LONGEST_WAIT_SECONDS = 5.0
TRIES = 6
"""With their waits about a minute: a server that restarts is back by then."""
_GOOD = ("ok", "not modified")

log = logging.getLogger(__name__)


class DatabaseStore:
    """Buffers results and writes them. All its database work runs in one thread, which never blocks the crawl."""

    def __init__(
        self,
        engine: Engine,
        *,
        catalogue: Catalogue,
        policy: Policy,
        chance: random.Random,
        in_hand: InHand | None = None,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tally = Tally()
        self.robots: dict[str, Files] = {}
        self.robots_aside: dict[str, datetime] = {}
        self.taken: set[tuple[str, int]] = set()
        self._engine = engine
        self._in_hand = in_hand
        self._writer = _Writer(catalogue, policy, chance)
        self._seconds, self._sleep = seconds, sleep
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._turn = asyncio.Lock()
        self._waiting: list[Result] = []
        self._since = seconds()

    @classmethod
    def of_batch(
        cls,
        engine: Engine,
        batch: Batch,
        *,
        catalogue: Catalogue,
        policy: Policy,
        now: datetime,
        in_hand: InHand | None = None,
    ) -> DatabaseStore:
        """The store of one batch; its token makes chance repeatable."""
        chance = random.Random(batch.token)  # noqa: S311  -- spreads polls, keeps no secret
        store = cls(engine, catalogue=catalogue, policy=policy, chance=chance, in_hand=in_hand)
        store.load_robots(batch.hosts, now)
        return store

    def load_robots(self, hosts: Sequence[str], now: datetime) -> None:
        """Have the hosts' robots.txt at hand that other crawls read within the last day.

        One that failed since is read anew, or not yet.
        """
        with reading(self._engine) as session:
            failed = set_aside.known(session, "robots")
            self.robots = {at: files for at, files in known_robots(session, hosts, now).items() if at not in failed}
            self.robots_aside = set_aside.waiting(session, "robots", now)

    def at_work(self, kind: str, name: str) -> AbstractContextManager[None]:
        """In this process's file of what it has begun."""
        return nullcontext() if self._in_hand is None else self._in_hand.at_work(cast(Kind, kind), name)

    async def set_aside(self, kind: str, name: str, reason: str, now: datetime) -> None:
        """Count a unit as failed. What cannot be written is met again by the next crawl."""
        await self.in_thread(self._set_aside, kind, name, reason, now)

    def _set_aside(self, kind: str, name: str, reason: str, now: datetime) -> None:
        try:
            with writing(self._engine) as session:
                set_aside.fail(session, cast(Kind, kind), name, reason, now)
        except (SQLAlchemyError, StorageError) as error:
            log.warning("unit.not_set_aside: %s %s: %s", kind, name, _first_line(error))

    async def keep_robots(self, origin: str, files: Files | None, asked: Sequence[Exchange], now: datetime) -> None:
        """Note what was asked, and keep the files for the crawls of the next day: none, when they could not be read.

        What cannot be written is read again by them.
        """
        await self.in_thread(self._write_robots, origin, files, asked, now)

    def _write_robots(self, origin: str, files: Files | None, asked: Sequence[Exchange], now: datetime) -> None:
        try:
            with writing(self._engine) as session:
                if files is not None:
                    keep_robots(session, origin, files[0], now, tdmrep=files[1])
                    set_aside.clear(session, "robots", [origin])
                frontier.note_exchanges(session, asked)
        except (SQLAlchemyError, StorageError) as error:
            log.warning("robots.not_kept: %s: %s", origin, _first_line(error))

    async def put(self, result: Result) -> None:
        """Take a result; write when enough have come or the oldest has waited five seconds."""
        if not self._waiting:
            self._since = self._seconds()
        self._waiting.append(result)
        self.taken.add(task_key(result.task))
        if len(self._waiting) >= BATCH or self._seconds() - self._since >= LONGEST_WAIT_SECONDS:
            await self.flush()

    async def flush(self) -> None:
        """Write all that was taken so far. Never raises for the database: see `tally.unsaved`."""
        async with self._turn:
            results, self._waiting = self._waiting, []
            if results:
                await self.in_thread(self._write, results)

    async def in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run database work in the store's thread, after what is being written."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    def close(self) -> None:
        """Write what is left, outside of any event loop, and end the thread."""
        results, self._waiting = self._waiting, []
        self._thread.submit(self._write, results).result()
        self._thread.shutdown()

    def write_now(self, results: Sequence[Result]) -> None:
        """Write these at once, outside of any event loop."""
        self._waiting.extend(results)
        self.close()

    def _write(self, results: Sequence[Result]) -> None:
        """All in one transaction; if that fails for other reasons than a busy database, one by one."""
        if not results:
            return
        for attempt in range(TRIES):
            try:
                self._add(self._in_transaction(results))
                return
            except Exception as error:
                if not is_away(error):
                    break
                log.warning("database.not_writable: try %d of %d: %s", attempt + 1, TRIES, _first_line(error))
                self._sleep(2.0**attempt)
        else:
            self._give_up(results, "the database cannot be written")
            return
        for result in results:
            try:
                self._add(self._in_transaction([result]))
            except Exception as error:  # whatever is wrong with one result is its own affair
                self._give_up([result], _first_line(error))
                if not is_away(error):
                    self._fail(result, f"it could not be stored: {_first_line(error)}")

    def _fail(self, result: Result, reason: str) -> None:
        """What cannot be stored is a failure of its page or feed: asked again later each time, and not at once."""
        task = result.task
        kind = "page" if isinstance(task, PageTask) else "sitemap" if task.kind == "sitemap" else "feed"
        self._set_aside(kind, task.url, reason, result.exchange.fetched_at)

    def _in_transaction(self, results: Sequence[Result]) -> Tally:
        with writing(self._engine) as session:
            return self._writer.write(session, results)

    def _add(self, tally: Tally) -> None:
        for name, value in vars(tally).items():
            setattr(self.tally, name, getattr(self.tally, name) + value)

    def _give_up(self, results: Sequence[Result], why: str) -> None:
        self.tally.unsaved += len(results)
        for result in results:
            log.error("crawl.not_stored: %s: %s", result.task.url, why)


class _Writer:
    """Results into one session, with the times of the next visits."""

    def __init__(self, catalogue: Catalogue, policy: Policy, chance: random.Random) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._chance = chance

    def write(self, session: Session, results: Sequence[Result]) -> Tally:
        """All of them: polls one by one, fetches together."""
        tally = Tally()
        for result in results:
            if isinstance(result, PollResult):
                self._poll(session, result, tally)
        self._fetches(session, [result for result in results if isinstance(result, FetchResult)], tally)
        return tally

    def _poll(self, session: Session, result: PollResult, tally: Tally) -> None:
        task, exchange = result.task, result.exchange
        # A feed shows what is new as soon as it is; a sitemap or a section page may show it days later.
        absent_at = task.read_at if task.kind == "feed" else None
        new = frontier.add_links(
            session, task.outlet_id, result.links, task.url, exchange.fetched_at, absent_at=absent_at
        )
        following = self._next_poll(result, new)
        frontier.record_poll(
            session,
            replace(result, links=()),
            due_at=exchange.fetched_at + timedelta(minutes=following.wait_minutes),
            interval_minutes=following.interval_minutes,
            new_links=new,
            habits=following.habits.packed(),
        )
        tally.polls += 1
        tally.links += new
        _count(exchange.outcome, tally)

    def _next_poll(self, result: PollResult, new: int) -> NextPoll:
        task, exchange = result.task, result.exchange
        first = task.polled_at is None
        dated = [link.listed.at for link in result.links if link.listed.at and link.listed.at < exchange.fetched_at]
        since = min(dated, default=None) if first else task.polled_at
        local = self._local(task, exchange.fetched_at)
        return next_poll(
            task.interval_minutes,
            new_links=len(dated) if first else new,
            window=result.window,
            elapsed_minutes=_minutes(since, exchange.fetched_at) if first or not task.failures else None,
            local=local,
            habits=unpacked(task.habits),
            stories=[at.astimezone(local.tzinfo) for at in dated] if local else (),
            first=first and bool(dated),
            failures=_failures(task, exchange),
            policy=self._policy,
            retry_after_seconds=exchange.retry_after_seconds,
            fresh_seconds=exchange.fresh_seconds,
            postponed=exchange.postponed,
            jitter=self._chance.uniform(-1.0, 1.0),
        )

    def _local(self, task: FeedTask, now: datetime) -> datetime | None:
        """The outlet's wall clock; None when its zone is not known."""
        outlet = self._catalogue.outlets.get(task.outlet_id)
        return now.astimezone(ZoneInfo(outlet.zone)) if outlet is not None and outlet.zone else None

    def _fetches(self, session: Session, results: Sequence[FetchResult], tally: Tally) -> None:
        articles = self._articles(session, results, tally)
        frontier.record_fetches(
            session,
            [
                frontier.Fetched(result, self._due_at(result, changed), article_id)
                for result, (article_id, changed) in zip(results, articles, strict=True)
            ],
        )
        for result in results:
            tally.fetches += 1
            _count(result.exchange.outcome, tally)

    def _due_at(self, result: FetchResult, changed: bool) -> datetime | None:
        task, exchange = result.task, result.exchange
        wait = next_visit(
            exchange.outcome,
            visits=task.visits + 1,
            failures=_failures(task, exchange),
            age=exchange.fetched_at - (task.found_at or exchange.fetched_at),
            changed=changed,
            policy=self._policy,
            retry_after_seconds=exchange.retry_after_seconds,
        )
        return exchange.fetched_at + wait if wait is not None else None

    def _articles(
        self, session: Session, results: Sequence[FetchResult], tally: Tally
    ) -> list[tuple[int | None, bool]]:
        """Save what was read. For each result the article's id, if it is one, and whether its text changed."""
        read = [result for result in results if result.article is not None]
        filed = [result for result in read if self._agency(result)]
        told: dict[int, tuple[int | None, bool]] = {}
        for result in filed:
            take = self._file(session, result)
            tally.filings += take
            told[id(result)] = (None, take)
        published = [result for result in read if not self._agency(result)]
        looks = [
            Look(cast(Article, result.article), result.task.outlet_id, result.exchange.fetched_at)
            for result in published
        ]
        for result, saved in zip(published, save_articles(session, looks) if looks else (), strict=True):
            if saved is saving.KEPT_OUT:
                continue
            tally.articles += 1
            tally.changed += saved.new_version
            told[id(result)] = (saved.article_id, saved.new_version)
        return [told.get(id(result), (None, False)) for result in results]

    def _agency(self, result: FetchResult) -> str:
        """The agency whose own page this is, if it is one's."""
        outlet = self._catalogue.outlets.get(result.task.outlet_id)
        return outlet.agency if outlet is not None else ""

    def _file(self, session: Session, result: FetchResult) -> bool:
        """Save an agency's own page; whether its text is a take not seen before."""
        seen_at = result.exchange.fetched_at
        filing = filing_of(cast(Article, result.article), self._agency(result), result.task, seen_at)
        return filings.save_filing(session, filing, received_at=seen_at).new


def filing_of(article: Article, agency: str, task: PageTask, seen_at: datetime) -> Filing:
    """An agency's own page as a filing: the page is the story, each text of it a take.

    The first text seen is dated by the page's publication, a later one by its modification when the page gives one,
    else by when we saw it. A headline such as "CORRECTED-…" makes it a notice.
    """
    digest = sha256("\n".join((article.headline, *article.paragraphs)).encode("utf-8", "replace")).hexdigest()[:16]
    filed = article.published
    if task.visits:
        filed = article.modified if article.modified.at else replace(filed, at=seen_at, earliest=None, latest=seen_at)
        filed = replace(filed, source="first seen") if filed.at == seen_at else filed
    status = status_of_line(article.headline) or "usable"
    return Filing(
        agency=agency,
        story_id=article.canonical_url,
        take_id=f"{article.canonical_url}#{digest}",
        headline=article.headline,
        paragraphs=article.paragraphs,
        filed=filed,
        origin=article.url,
        dateline=article.dateline,
        byline=article.byline,
        language=article.language,
        status=status,
        notice=article.headline if status != "usable" else "",
    )


def _minutes(since: datetime | None, until: datetime) -> float | None:
    """None also for a clock that went back."""
    return (until - since).total_seconds() / 60.0 if since is not None and since < until else None


def _failures(task: FeedTask | PageTask, exchange: Exchange) -> int:
    """In a row, with this exchange."""
    return 0 if exchange.outcome in _GOOD else task.failures + 1


def _count(outcome: str, tally: Tally) -> None:
    tally.not_modified += outcome == "not modified"
    tally.refused += outcome == "refused"
    tally.failed += outcome in ("failed", "gone", "redirected", "not an article")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
