"""The crawl job: one batch of hosts, claimed, crawled in this process, given back.

One batch a process: Scrapy's reactor starts once, and whatever a page does to it ends with it. What is left when a
deadline or a signal cuts in is still a row in the frontier; its lease lapses and the next batch takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy.orm import Session

from crawler.revisit import Policy, within_budget
from crawler.run import CrawlOptions
from crawler.run import crawl as crawl_batch
from jobs.archives.page_keeping import keeping_of
from jobs.context import Context, log, require_contact, sync
from jobs.due import limits_of
from jobs.storing import DatabaseStore
from news.errors import JobError
from news.visits import Batch, PageTask
from storage.crawling import frontier
from storage.engine import reading, writing

LEASE_MARGIN_SECONDS = 60.0
MOST_TIMES = 10
"""As many times the usual number of hosts a batch takes on when that many feeds wait."""


def make_due(context: Context, outlets: Sequence[str]) -> None:
    """Make the feeds of these outlets due now. Raises JobError for one the catalogue does not know."""
    sync(context)
    for outlet in outlets:
        if outlet not in context.catalogue.outlets:
            near = get_close_matches(outlet, context.catalogue.outlets, 3)
            hint = f"; did you mean {', '.join(near)}?" if near else "; `wiretrail outlets` lists them"
            raise JobError(f"outlet {outlet!r} is not in the catalogue{hint}")
    with writing(context.engine) as session:
        frontier.make_due(session, outlets, context.now())


def crawl(context: Context, *, hosts: int | None = None) -> dict[str, Any]:
    """Crawl what is due of some hosts, and say how much. Raises JobError without a contact."""
    settings = context.config.crawl
    require_contact(context)
    sync(context)
    context.settle_dead()
    token = context.token()
    lease_seconds = settings.deadline_seconds + LEASE_MARGIN_SECONDS
    with writing(context.engine) as session:
        batch = frontier.claim_batch(
            session,
            now=context.now(),
            token=token,
            lease_until=context.ahead(lease_seconds),
            max_hosts=hosts or hosts_of(context, session),
            max_pages=settings.pages_per_batch,
            limits=limits_of(context),
        )
    if not batch.feeds and not batch.pages:
        return {"hosts": 0}
    with context.run("crawl") as counts:
        counts["hosts"] = len(batch.hosts)
        counts.update(asdict(_crawled(context, batch, lease_seconds)))
    log.info("crawl.done", **counts)
    return counts


def hosts_of(context: Context, session: Session) -> int:
    """How many hosts a batch takes on: more when more feeds wait, since to begin a process costs the same for all."""
    usual = context.config.crawl.hosts_per_batch
    waiting = frontier.count_due_feeds(session, context.now(), limits_of(context))
    return min(max(waiting, usual), MOST_TIMES * usual)


def _crawled(context: Context, batch: Batch, lease_seconds: float) -> Any:
    def claim_more(hosts: tuple[str, ...]) -> tuple[PageTask, ...]:
        """Pages that this batch's own feeds have just listed, under the same claim."""
        with writing(context.engine) as session:
            return frontier.claim_pages(
                session,
                now=context.now(),
                token=batch.token,
                lease_until=context.ahead(lease_seconds),
                hosts=hosts,
                max_pages=context.config.crawl.pages_per_batch,
                limits=limits_of(context),
            )

    def others_wait(busy: tuple[str, ...]) -> bool:
        with reading(context.engine) as session:
            return frontier.others_wait(session, context.now(), busy, limits_of(context))

    store = DatabaseStore.of_batch(
        context.engine,
        batch,
        catalogue=context.catalogue,
        policy=policy_of(context),
        now=context.now(),
        in_hand=context.in_hand,
    )
    try:
        with context.in_hand.leased(batch.token):
            return crawl_batch(
                batch,
                catalogue=context.catalogue,
                store=store,
                options=replace(options_of(context), keeping=keeping_of(context, batch)),
                now=context.now,
                claim_more=claim_more,
                others_wait=others_wait,
            )
    finally:
        with writing(context.engine) as session:
            frontier.release(session, batch.token)


def policy_of(context: Context) -> Policy:
    """When to ask again, from the configuration and the feeds there are: their polls together keep the budget."""
    settings = context.config.crawl
    policy = Policy(
        fastest_poll_minutes=settings.poll_least_minutes,
        slowest_poll_minutes=settings.poll_most_minutes,
        first_revisit_minutes=settings.revisit_first_minutes,
        let_go_after_minutes=settings.revisit_days * 24 * 60,
    )
    with reading(context.engine) as session:
        intervals = frontier.poll_intervals(session)
    return within_budget(policy, intervals, settings.daily_polls_per_feed * len(intervals))


def options_of(context: Context) -> CrawlOptions:
    """The crawler's options, from the configuration."""
    settings = context.config.crawl
    return CrawlOptions(
        contact=settings.contact,
        delay_seconds=settings.delay_seconds,
        timeout_seconds=settings.timeout_seconds,
        max_bytes=settings.max_bytes,
        allow_loopback=settings.allow_loopback,
        extract_workers=settings.extract_workers,
        reader_memory_mb=settings.reader_memory_mb,
        deadline_seconds=settings.deadline_seconds,
        never=settings.never,
    )


def count_due(context: Context) -> int:
    """How many feeds and pages are due and free."""
    with reading(context.engine) as session:
        return frontier.count_due(session, context.now(), limits_of(context))
