"""What is still to be polled and fetched: rows, because a queue in memory loses what a killed process held.

    due feeds and pages ─> claim_batch: whole hosts, under one token ─> a child process ─> record_poll, record_fetch

A host is the unit of politeness: its lease row decides who may ask it, over all daemons on one database. Rows stay
due until their result is recorded, so work whose holder died is claimed again when the lease lapses. (Scrapy's own
JOBDIR lost 151 of 200 queued requests to a kill -9, scrapy issue 7978.)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from news.articles import FeedKind
from news.visits import Batch, FeedTask, PageTask
from storage.clock import is_over, still_waits
from storage.crawling.claims import HOST, Claim, claim_hosts, count_free, held, is_due, waiting_since
from storage.crawling.findings import Fetched as Fetched
from storage.crawling.findings import add_links as add_links
from storage.crawling.findings import make_due as make_due
from storage.crawling.findings import note_exchanges as note_exchanges
from storage.crawling.findings import record_fetch as record_fetch
from storage.crawling.findings import record_fetches as record_fetches
from storage.crawling.findings import record_poll as record_poll
from storage.crawling.hosts import NO_LIMITS, Limits, is_open, left_today
from storage.crawling.outlet_rows import sync_catalogue as sync_catalogue
from storage.inserting import changed_by
from storage.leases import LONG_AGO
from storage.models import FeedRow, LeaseRow, PageRow

UNCONDITIONAL_EVERY: Final = timedelta(hours=24)
"""Some servers answer 304 for ever; once a day we ask without validators."""


def count_due(session: Session, now: datetime, limits: Limits = NO_LIMITS) -> int:
    """How many feeds and pages are due on hosts nobody is asking now and that may be asked."""
    taken = held(session, now)
    return sum(count_free(session, table, now, taken, limits) for table in (FeedRow, PageRow))


def others_wait(session: Session, now: datetime, busy: Sequence[str], limits: Limits = NO_LIMITS) -> bool:
    """Whether anything is due on hosts that may be asked, other than these, whoever holds them."""
    free = (
        select(table.id).where(is_due(table, now), table.host.not_in(busy), is_open(table, now, limits)).limit(1)
        for table in (FeedRow, PageRow)
    )
    return any(session.scalar(query) is not None for query in free)


def count_due_feeds(session: Session, now: datetime, limits: Limits = NO_LIMITS) -> int:
    """How many of them are feeds."""
    return count_free(session, FeedRow, now, held(session, now), limits)


def poll_intervals(session: Session) -> list[float]:
    """The interval of every feed that is polled, minutes, as its stories alone would have it."""
    return list(session.scalars(select(FeedRow.interval_minutes).where(FeedRow.active)))


def claim_batch(
    session: Session,
    *,
    now: datetime,
    token: str,
    lease_until: datetime,
    max_hosts: int,
    max_pages: int,
    limits: Limits = NO_LIMITS,
) -> Batch:
    """Everything due on up to `max_hosts` hosts nobody else holds: all their due feeds and up to `max_pages` pages.

    Outlets in turn, of each the host whose work has waited longest (storage.crawling.claims). The caller commits; until
    then other claimants pass over them.
    """
    hosts = claim_hosts(session, Claim(now, token, lease_until), max_hosts, limits)
    left = left_today(session, hosts, now, limits)
    feeds = _claim_feeds(session, Claim(now, token, lease_until), hosts, left)
    pages = _take_pages(session, Claim(now, token, lease_until), hosts, max_pages, left)
    return Batch(token, tuple(hosts), feeds, pages)


def claim_pages(
    session: Session,
    *,
    now: datetime,
    token: str,
    lease_until: datetime,
    hosts: Sequence[str],
    max_pages: int,
    limits: Limits = NO_LIMITS,
) -> tuple[PageTask, ...]:
    """More due pages of hosts this token still holds: those its own polls just found. Hosts it lost give none."""
    names = [HOST + host for host in hosts]
    query = select(LeaseRow.name).where(LeaseRow.name.in_(names), LeaseRow.token == token, LeaseRow.until > now)
    ours = [name.removeprefix(HOST) for name in session.scalars(query.order_by(LeaseRow.name).with_for_update())]
    left = left_today(session, ours, now, limits)
    return _take_pages(session, Claim(now, token, lease_until), ours, max_pages, left)


def renew(session: Session, token: str, *, now: datetime, lease_until: datetime) -> int:
    """Hold on to everything under the token; returns how many hosts that still are. 0 means stop asking."""
    held = update(LeaseRow).where(LeaseRow.token == token, LeaseRow.until > now, LeaseRow.name.startswith(HOST))
    hosts = changed_by(session, held.values(until=lease_until))
    if hosts:
        for table in (FeedRow, PageRow):
            changed_by(session, update(table).where(table.lease_token == token).values(lease_until=lease_until))
    return hosts


def release(session: Session, token: str) -> None:
    """Let others have what the token holds. What is no longer its own stays as it is."""
    ours = update(LeaseRow).where(LeaseRow.token == token)
    changed_by(session, ours.values(token="", until=LONG_AGO))
    for table in (FeedRow, PageRow):
        rows = update(table).where(table.lease_token == token)
        changed_by(session, rows.values(lease_token=None, lease_until=None))


def _claim_feeds(
    session: Session, claim: Claim, hosts: Sequence[str], left: dict[str, int] | None
) -> tuple[FeedTask, ...]:
    """All due feeds, as far as the hosts' budgets go; `left` is what they still leave for pages."""
    now, token, until = claim.now, claim.token, claim.until
    query = select(FeedRow).where(is_due(FeedRow, now), FeedRow.host.in_(hosts))
    rows = list(session.scalars(query.order_by(waiting_since(FeedRow.due_at, now), FeedRow.id)))
    if left is not None:
        rows = [row for row in rows if _spend(left, row.host)]
    for row in rows:
        row.lease_token, row.lease_until = token, until
    session.flush()
    return tuple(_feed_task(row, now) for row in rows)


def _spend(left: dict[str, int], host: str) -> bool:
    left[host] -= 1
    return left[host] >= 0


def _feed_task(row: FeedRow, now: datetime) -> FeedTask:
    last = row.unconditional_at
    fresh = last is not None and still_waits(last + UNCONDITIONAL_EVERY, now, since=last)
    return FeedTask(
        id=row.id,
        outlet_id=row.outlet_id,
        url=row.url,
        kind=cast(FeedKind, row.kind),
        etag=row.etag,
        last_modified=row.last_modified,
        conditional=fresh,
        interval_minutes=row.interval_minutes,
        failures=row.failures,
        polled_at=row.polled_at,
        read_at=row.read_at,
        habits=row.habits or b"",
    )


def _take_pages(
    session: Session, claim: Claim, hosts: Sequence[str], max_pages: int, left: dict[str, int] | None
) -> tuple[PageTask, ...]:
    """Due pages nobody has, host by host in turn, so that one host's backlog does not crowd out the others."""
    now = claim.now
    since = waiting_since(PageRow.due_at, now)
    turn = func.row_number().over(partition_by=PageRow.host, order_by=(since, PageRow.id))
    # The host is ours: what another batch still has of it, it has no more.
    theirs = or_(PageRow.lease_token.is_(None), PageRow.lease_token != claim.token)
    free = or_(theirs, is_over(PageRow.lease_until, now))
    due = select(PageRow.id, PageRow.host, turn.label("turn"), since.label("due_at")).where(
        PageRow.host.in_(hosts), is_due(PageRow, now), free
    )
    queue = due.subquery()
    chosen = select(queue.c.id).order_by(queue.c.turn, queue.c.due_at, queue.c.id).limit(max_pages)
    if left:
        chosen = chosen.where(queue.c.turn <= case(left, value=queue.c.host, else_=0))
    ids = list(session.scalars(chosen))
    leased = update(PageRow).where(PageRow.id.in_(ids))
    changed_by(session, leased.values(lease_token=claim.token, lease_until=claim.until))
    rows = {row.id: row for row in session.scalars(select(PageRow).where(PageRow.id.in_(ids)))}
    return tuple(_page_task(rows[id_]) for id_ in ids)


def _page_task(row: PageRow) -> PageTask:
    return PageTask(
        id=row.id,
        outlet_id=row.outlet_id,
        url=row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        visits=row.visits,
        failures=row.failures,
        found_at=row.found_at,
        listed_headline=row.listed_headline,
        listed=row.listed,
    )
