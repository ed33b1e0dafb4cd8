"""Feeds and pages that took their process down with them: the failure and the next time go into their own rows."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.articles import FeedKind
from news.visits import Exchange, FeedTask, FetchResult, PageTask, PollResult
from storage.crawling.findings import record_fetch, record_poll
from storage.models import FeedRow, PageRow


def failures_of(session: Session, is_page: bool, url: str) -> int | None:
    """How often in a row a page or feed failed; None when the frontier has no such address."""
    table = PageRow if is_page else FeedRow
    return session.scalar(select(table.failures).where(table.url == url))


def blame(session: Session, is_page: bool, url: str, reason: str, now: datetime, next_at: datetime) -> None:
    """Write down that reading a page or feed ended its process, as a fetch or poll that failed."""
    exchange = Exchange(url, "failed", now, reason=reason)
    if is_page:
        page = session.scalars(select(PageRow).where(PageRow.url == url)).one()
        result = FetchResult(PageTask(page.id, page.outlet_id, url), exchange)
        record_fetch(session, result, due_at=next_at, article_id=None)
        return
    feed = session.scalars(select(FeedRow).where(FeedRow.url == url)).one()
    poll = PollResult(FeedTask(feed.id, feed.outlet_id, url, cast(FeedKind, feed.kind)), exchange)
    record_poll(session, poll, due_at=next_at, interval_minutes=feed.interval_minutes)
    session.flush()
