"""The plan of the crawl: what is polled and visited next, why then, and which rights its site reserves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.clock import still_waits
from storage.crawling.hosts import CIRCUIT_FAILURES, Limits, is_open, is_shut
from storage.models import FeedRow, FetchRow, HostRow, PageRow


@dataclass(frozen=True, slots=True)
class Planned:
    """A poll or visit to come. `due_at` may be past: then it waits for a free process, or for what `why` says.

    `signals` is what the last answer said on text and data mining and on licences, as received, or "".
    """

    due_at: datetime
    what: str
    outlet: str
    url: str
    why: str
    signals: str = ""


def planned(session: Session, now: datetime, limits: Limits, *, outlet: str | None, limit: int) -> list[Planned]:
    """The next polls and visits, soonest first."""
    feeds = select(FeedRow, is_open(FeedRow, now, limits)).where(FeedRow.active)
    pages = select(PageRow, is_open(PageRow, now, limits)).where(PageRow.due_at.is_not(None))
    if outlet is not None:
        feeds, pages = feeds.where(FeedRow.outlet_id == outlet), pages.where(PageRow.outlet_id == outlet)
    waits = dict(_waits(session, now))
    rows = [
        Planned(feed.due_at, "poll", feed.outlet_id, feed.url, _closed(feed, now, waits, open_) or _why_poll(feed))
        for feed, open_ in session.execute(feeds.order_by(FeedRow.due_at).limit(limit))
    ]
    rows += [
        Planned(
            page.due_at or now, "visit", page.outlet_id, page.url, _closed(page, now, waits, open_) or _why_visit(page)
        )
        for page, open_ in session.execute(pages.order_by(PageRow.due_at).limit(limit))
    ]
    first = sorted(rows, key=attrgetter("due_at", "url"))[:limit]
    signals = _signals(session, [row.url for row in first])
    return [replace(row, signals=signals.get(row.url, "")) for row in first]


def _signals(session: Session, urls: Sequence[str]) -> dict[str, str]:
    """What the last answer of each address said."""
    last = select(func.max(FetchRow.id)).where(FetchRow.url.in_(urls)).group_by(FetchRow.url)
    found = session.execute(select(FetchRow.url, FetchRow.tdm).where(FetchRow.id.in_(last)))
    return {url: said for url, said in found if said}


def _waits(session: Session, now: datetime) -> list[tuple[str, str]]:
    """Hosts that are not asked for now, each with why and until when."""
    query = select(HostRow.host, HostRow.wait_until, HostRow.failures).where(is_shut(now))
    return [(host, _wait(host, until, failures)) for host, until, failures in session.execute(query) if until]


def _wait(host: str, until: datetime, failures: int) -> str:
    if failures >= CIRCUIT_FAILURES:
        return f"{host} failed {failures} times in a row and is left alone until {until:%Y-%m-%d %H:%M} UTC"
    return f"{host} wants to be left alone until {until:%Y-%m-%d %H:%M} UTC"


def _closed(row: FeedRow | PageRow, now: datetime, waits: dict[str, str], is_open_now: bool) -> str:
    """Why a row's host is not asked now, whatever is due; "" when it may be."""
    if row.lease_until is not None and still_waits(row.lease_until, now):
        return "under way"
    if row.host in waits:
        return waits[row.host]
    return "" if is_open_now else f"{row.host} is on the list never to ask, or has had its requests of today"


def _why_poll(feed: FeedRow) -> str:
    if feed.polled_at is None:
        return "never polled yet"
    if feed.failures:
        return f"failed {feed.failures} times: {feed.reason}"
    return f"its stories alone would have it polled every {feed.interval_minutes:.0f} min"


def _why_visit(page: PageRow) -> str:
    if page.fetched_at is None:
        return "not fetched yet"
    if page.failures:
        return f"failed {page.failures} times: {page.reason}"
    return f"visited {page.visits} times, last {page.outcome}"
