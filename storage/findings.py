"""What polls and fetches brought back: new addresses, the state of feeds and pages, and one row per request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crawler.visits import Exchange, FetchResult, FoundLink, PollResult, VisitOutcome
from storage.catalogue import host_of
from storage.columns import clean
from storage.hosts import note_request
from storage.inserting import LONGEST_ADDRESS_BYTES, insert_into, moment_values
from storage.models import FeedRow, FetchRow, PageRow

_AT_ONCE: Final = 500
_FAILURES: Final[frozenset[VisitOutcome]] = frozenset({"failed", "refused", "gone"})


def add_links(session: Session, outlet_id: str, links: Sequence[FoundLink], found_in: str, now: datetime) -> int:
    """Make rows, due at once, of addresses not seen before; returns how many. Overlong addresses are left out.

    Of an address already known, only a headline or time it lacked is added: feed and sitemap complete each other.
    """
    by_url = {link.url: link for link in links if _fits(link.url)}
    # In one order everywhere: two batches that meet the same addresses must not wait for each other.
    urls = sorted(by_url)
    return sum(
        _add_some(session, outlet_id, [by_url[url] for url in urls[start : start + _AT_ONCE]], found_in, now)
        for start in range(0, len(urls), _AT_ONCE)
    )


def record_poll(
    session: Session, result: PollResult, *, due_at: datetime, interval_minutes: float, new_links: int = 0
) -> int:
    """Write down a poll: the feed's state, the request, the addresses found. Returns how many were new.

    `new_links` counts those the caller has added already, to decide `due_at` by them.
    """
    task, exchange = result.task, result.exchange
    new = new_links + add_links(session, task.outlet_id, result.links, task.url, exchange.fetched_at)
    _add_feeds(session, result)
    _note_request(session, task.outlet_id, exchange)
    row = session.get(FeedRow, task.id)
    if row is None:
        return new
    row.due_at, row.interval_minutes = due_at, interval_minutes
    row.polled_at, row.outcome, row.reason = exchange.fetched_at, exchange.outcome, exchange.reason
    if not exchange.postponed:  # what was not even asked did not fail
        row.failures = row.failures + 1 if exchange.outcome in _FAILURES else 0
    if exchange.status == 200:
        row.etag, row.last_modified = exchange.etag, exchange.last_modified
        if not (task.conditional and (task.etag or task.last_modified)):
            row.unconditional_at = exchange.fetched_at
    if new:
        row.found_at = exchange.fetched_at
    row.lease_token = row.lease_until = None
    return new


def make_due(session: Session, outlets: Sequence[str], now: datetime) -> None:
    """Make the feeds of these outlets due now, by hand."""
    session.execute(
        update(FeedRow).where(FeedRow.outlet_id.in_(outlets), FeedRow.active, FeedRow.due_at > now).values(due_at=now)
    )


def record_fetch(session: Session, result: FetchResult, *, due_at: datetime | None, article_id: int | None) -> None:
    """Write down a fetch: the page's state and the request. `due_at` None means that it is not visited again."""
    task, exchange = result.task, result.exchange
    _note_request(session, task.outlet_id, exchange)
    row = session.get(PageRow, task.id)
    if row is None:
        return
    failed = exchange.outcome in _FAILURES
    row.due_at, row.fetched_at = due_at, exchange.fetched_at
    row.outcome, row.reason = exchange.outcome, exchange.reason
    row.visits, row.failures = row.visits + 1, row.failures + 1 if failed else 0
    if exchange.status == 200:
        row.etag, row.last_modified = exchange.etag, exchange.last_modified
    if article_id is not None:
        row.article_id = article_id
    row.lease_token = row.lease_until = None


def _add_some(session: Session, outlet_id: str, links: Sequence[FoundLink], found_in: str, now: datetime) -> int:
    # Nearly all that a poll lists is known: one look is cheaper than an insert that is refused row by row.
    query = select(PageRow.url, PageRow.listed_headline == "", PageRow.listed_at.is_(None))  # type: ignore[attr-defined]  # made by the composite
    known = {
        url: (no_headline, no_time)
        for url, no_headline, no_time in session.execute(query.where(PageRow.url.in_([link.url for link in links])))
    }
    rows = [_page_values(link, outlet_id, found_in, now) for link in links if link.url not in known]
    _complete(session, {link.url: link for link in links if _is_news(link, *known.get(link.url, (False, False)))})
    if not rows:
        return 0
    insert = insert_into(session, PageRow).values(rows).on_conflict_do_nothing().returning(PageRow.id)
    return len(session.scalars(insert).all())


def _page_values(link: FoundLink, outlet_id: str, found_in: str, now: datetime) -> dict[str, Any]:
    return {
        "outlet_id": outlet_id,
        "url": link.url,
        "host": link.host.lower(),
        "found_at": now,
        "found_in": found_in,
        "listed_headline": link.headline,
        "due_at": now,
        **moment_values("listed", link.listed),
    }


def _is_news(link: FoundLink, no_headline: bool, no_time: bool) -> bool:
    return (no_headline and bool(link.headline)) or (no_time and link.listed.at is not None)


def _complete(session: Session, links: dict[str, FoundLink]) -> None:
    """Give known pages the headline or time another feed did not state."""
    if not links:
        return
    for row in session.scalars(select(PageRow).where(PageRow.url.in_(links)).order_by(PageRow.id)):
        link = links[row.url]
        row.listed_headline = row.listed_headline or link.headline
        if row.listed.at is None and link.listed.at is not None:
            row.listed = link.listed
    session.flush()


def _add_feeds(session: Session, result: PollResult) -> None:
    """The children of a sitemap index become feeds of the same outlet, due at once."""
    for urls in _parts(sorted(set(result.further_feeds))):
        rows = [
            {
                "outlet_id": result.task.outlet_id,
                "url": url,
                "host": host_of(url),
                "kind": "sitemap",
                "parent_id": result.task.id,
                "due_at": result.exchange.fetched_at,
            }
            for url in urls
            if _fits(url)
        ]
        if rows:
            session.execute(insert_into(session, FeedRow).values(rows).on_conflict_do_nothing())


def _fits(url: str) -> bool:
    """Whether an address can be stored: what no encoding knows is no address."""
    return clean(url) == url and len(url.encode()) <= LONGEST_ADDRESS_BYTES


def _parts(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(urls), _AT_ONCE):
        yield urls[start : start + _AT_ONCE]


def _note_request(session: Session, outlet_id: str, exchange: Exchange) -> None:
    if exchange.status is not None or exchange.outcome == "failed":
        note_request(session, host_of(exchange.url), exchange.fetched_at, pause_seconds=exchange.pause_seconds)
    session.add(
        FetchRow(
            outlet_id=outlet_id,
            url=exchange.url,
            fetched_at=exchange.fetched_at,
            status=exchange.status,
            bytes=exchange.bytes,
            sha256=exchange.sha256,
            outcome=exchange.outcome,
            reason=exchange.reason,
            tdm=exchange.tdm,
        )
    )
