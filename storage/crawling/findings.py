"""What polls and fetches brought back: new addresses, the state of feeds and pages, and one row per request."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Integer, Table, and_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from news.addresses import host_of
from news.articles import Moment
from news.names import LONGEST_NAME_BYTES, bounded
from news.visits import Exchange, FetchResult, FoundLink, PollResult, VisitOutcome
from storage.crawling.hosts import MOST_HOSTS, Asked, admit, note_requests
from storage.inserting import insert_into, moment_values
from storage.models import FeedRow, FetchRow, PageRow
from storage.stops import stopped

log = logging.getLogger("wiretrail.storage")
_AT_ONCE: Final = 500
DEEPEST_INDEX: Final = 2
"""An index may name indexes (the protocol forbids it, and some do), and those sitemaps: nothing below."""
_FAILURES: Final[frozenset[VisitOutcome]] = frozenset({"failed", "refused", "gone"})


def add_links(
    session: Session,
    outlet_id: str,
    links: Sequence[FoundLink],
    found_in: str,
    now: datetime,
    *,
    absent_at: datetime | None = None,
) -> int:
    """Make rows, due at once, of addresses not seen before; returns how many. Overlong ones are left out, and those
    under which an article was erased.

    `absent_at` is when `found_in` was last read before, for a listing that shows what is new as soon as it is: an
    address it gives no time for was published after that.
    Of an address already known, only a headline or time it lacked is added: feed and sitemap complete each other.
    """
    by_url = {link.url: link for link in links if _fits(link.url)}
    # In one order everywhere: two batches that meet the same addresses must not wait for each other.
    urls = sorted(by_url.keys() - stopped(session, by_url))
    found = {"outlet_id": outlet_id, "found_in": found_in, "found_at": now, "due_at": now}
    if absent_at is not None and absent_at < now:
        since = Moment(None, absent_at, now, "first listed", "stated")
        by_url = {url: link if _is_timed(link) else replace(link, listed=since) for url, link in by_url.items()}
    return sum(_add_some(session, [by_url[url] for url in part], found) for part in _parts(urls))


def record_poll(
    session: Session,
    result: PollResult,
    *,
    due_at: datetime,
    interval_minutes: float,
    new_links: int = 0,
    habits: bytes | None = None,
) -> int:
    """Write down a poll: the feed's state, the request, the addresses found. Returns how many were new.

    `new_links` counts those the caller has added already, to decide `due_at` by them.
    """
    task, exchange = result.task, result.exchange
    new = new_links + add_links(session, task.outlet_id, result.links, task.url, exchange.fetched_at)
    _note_requests(session, [(task.outlet_id, exchange)])
    row = session.get(FeedRow, task.id)
    if row is None or row.url != task.url:  # an index has let go of it meanwhile, and SQLite gives its number again
        return new
    if exchange.outcome == "ok":
        exchange = replace(exchange, reason=_keep_children(session, row, result) or exchange.reason)
    row.due_at, row.interval_minutes = due_at, interval_minutes
    row.polled_at, row.outcome, row.reason = exchange.fetched_at, exchange.outcome, exchange.reason
    if not exchange.postponed:  # what was not even asked did not fail
        row.failures = row.failures + 1 if exchange.outcome in _FAILURES else 0
    if exchange.status == 200:
        row.etag, row.last_modified = exchange.etag, exchange.last_modified
        if not (task.conditional and (task.etag or task.last_modified)):
            row.unconditional_at = exchange.fetched_at
    if exchange.outcome in ("ok", "not modified"):
        row.read_at, row.habits = exchange.fetched_at, habits or row.habits
    if new:
        row.found_at = exchange.fetched_at
    row.lease_token = row.lease_until = None
    return new


def make_due(session: Session, outlets: Sequence[str], now: datetime) -> None:
    """Make the feeds of these outlets due now, by hand."""
    session.execute(
        update(FeedRow).where(FeedRow.outlet_id.in_(outlets), FeedRow.active, FeedRow.due_at > now).values(due_at=now)
    )


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetch to write down. `due_at` None means that the page is not visited again."""

    result: FetchResult
    due_at: datetime | None
    article_id: int | None


def record_fetch(session: Session, result: FetchResult, *, due_at: datetime | None, article_id: int | None) -> None:
    """Write down one fetch, as record_fetches does."""
    record_fetches(session, [Fetched(result, due_at, article_id)])


def record_fetches(session: Session, fetched: Sequence[Fetched]) -> None:
    """Write down fetches: the pages' state and the requests, in a few statements for all of them."""
    if not fetched:
        return
    _note_requests(session, [(each.result.task.outlet_id, each.result.exchange) for each in fetched])
    session.flush()
    # In one order everywhere: two batches that write the same pages must not wait for each other.
    ordered = sorted(fetched, key=lambda each: each.result.task.id)
    session.connection().execute(_FETCHED, [_page_state(each) for each in ordered])
    session.expire_all()


def _page_state(fetched: Fetched) -> dict[str, Any]:
    exchange = fetched.result.exchange
    validators = {"new_etag": exchange.etag, "new_last_modified": exchange.last_modified}
    return {
        "page_id": fetched.result.task.id,
        "due_at": fetched.due_at,
        "fetched_at": exchange.fetched_at,
        "outcome": exchange.outcome,
        "reason": exchange.reason,
        "failed": int(exchange.outcome in _FAILURES),
        "new_article_id": fetched.article_id,
        **(validators if exchange.status == 200 else dict.fromkeys(validators)),
    }


def _kept_unless(name: str) -> ColumnElement[Any]:
    column = _PAGES.c[name]
    return func.coalesce(bindparam(f"new_{name}", type_=column.type), column)


_PAGES: Final = cast(Table, PageRow.__table__)
_FETCHED: Final = (
    update(_PAGES)
    .where(_PAGES.c.id == bindparam("page_id"))
    .values(
        {name: bindparam(name, type_=_PAGES.c[name].type) for name in ("due_at", "fetched_at", "outcome", "reason")}
        | {name: _kept_unless(name) for name in ("etag", "last_modified", "article_id")}
        | {
            "visits": _PAGES.c.visits + 1,
            "failures": (_PAGES.c.failures + 1) * bindparam("failed", type_=Integer),
            "lease_token": None,
            "lease_until": None,
        }
    )
)


def _add_some(session: Session, links: Sequence[FoundLink], found: dict[str, Any]) -> int:
    # Nearly all that a poll lists is known: one look is cheaper than an insert that is refused row by row.
    query = select(PageRow.url, PageRow.listed_headline == "", PageRow.listed_at.is_(None))  # type: ignore[attr-defined]  # made by the composite
    known = {
        url: (no_headline, no_time)
        for url, no_headline, no_time in session.execute(query.where(PageRow.url.in_([link.url for link in links])))
    }
    new = [link for link in links if link.url not in known]
    admitted = admit(session, found["outlet_id"], {link.host.lower() for link in new}) if new else set[str]()
    rows = [found | _page_values(link) for link in new if link.host.lower() in admitted]
    if len(rows) < len(new):
        outlet, left_out = found["outlet_id"], len(new) - len(rows)
        log.warning("outlet.crowded: %s has %d hosts; %d pages on more are left out", outlet, MOST_HOSTS, left_out)
    _complete(session, {link.url: link for link in links if _is_news(link, *known.get(link.url, (False, False)))})
    if not rows:
        return 0
    insert = insert_into(session, PageRow).values(rows).on_conflict_do_nothing().returning(PageRow.id)
    return len(session.scalars(insert).all())


def _is_timed(link: FoundLink) -> bool:
    return bool(link.listed.at or link.listed.earliest or link.listed.latest)


def _page_values(link: FoundLink) -> dict[str, Any]:
    return {
        "url": link.url,
        "host": link.host.lower(),
        "listed_headline": link.headline,
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


def _keep_children(session: Session, index: FeedRow, result: PollResult) -> str:
    """Make the feeds below this one those it names now, no more and no fewer; says why, when it may have none.

    An index that names others at every poll would grow without end otherwise, and one that names indexes still faster.
    """
    named = {url for url in result.further_feeds if _fits(url)}
    too_deep = bool(named) and _depth(session, index) >= DEEPEST_INDEX
    if too_deep:
        named.clear()
    found_at = index.found_at
    for child in session.scalars(select(FeedRow).where(FeedRow.parent_id == index.id, FeedRow.url.not_in(named))):
        found_at = max(filter(None, (found_at, child.found_at)), default=None)
        session.delete(child)
    index.found_at = found_at
    session.flush()
    for url in sorted(named):
        values = {"outlet_id": index.outlet_id, "parent_id": index.id}
        due = {"url": url, "host": host_of(url), "kind": "sitemap", "due_at": result.exchange.fetched_at}
        row = insert_into(session, FeedRow).values(**values, **due)
        # One that another outlet's index had taken comes home; one that the catalogue names stays as it is.
        taken = and_(FeedRow.parent_id.is_not(None), FeedRow.outlet_id != index.outlet_id)
        session.execute(row.on_conflict_do_update(index_elements=["url"], set_=values, where=taken))
    return "names sitemaps in an index within an index within an index, which are not followed" if too_deep else ""


def _depth(session: Session, feed: FeedRow) -> int:
    """How many indexes stand above a feed."""
    depth, above = 0, feed.parent_id
    while above is not None and depth < DEEPEST_INDEX:
        depth, above = depth + 1, session.scalar(select(FeedRow.parent_id).where(FeedRow.id == above))
    return depth


def _fits(url: str) -> bool:
    """Whether an address can be stored: what no encoding knows is no address."""
    return bounded(url, LONGEST_NAME_BYTES) == url


def _parts(urls: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(urls), _AT_ONCE):
        yield urls[start : start + _AT_ONCE]


def _note_requests(session: Session, exchanges: Sequence[tuple[str, Exchange]]) -> None:
    """One row for each exchange of an outlet, and each request counted for its host."""
    note_exchanges(session, [exchange for _, exchange in exchanges])
    names = (
        *("url", "fetched_at", "status", "bytes", "sha256", "outcome", "reason", "tdm", "noindex", "headers"),
        *("kept_in", "kept_offset"),
    )
    rows = [
        {"outlet_id": outlet_id, **{name: getattr(exchange, name) for name in names}}
        for outlet_id, exchange in exchanges
    ]
    session.execute(insert(cast(Table, FetchRow.__table__)), rows)


def note_exchanges(session: Session, exchanges: Sequence[Exchange]) -> None:
    """Count the requests of exchanges, redirects and all, for the hosts asked."""
    note_requests(session, (asked for exchange in exchanges for asked in _asked(exchange)))


def _asked(exchange: Exchange) -> Iterator[Asked]:
    """The hosts asked; how it ended is the last one's."""
    *before, last = exchange.asked or ((host_of(exchange.url),) if exchange.status is not None else ("",))
    yield from (Asked(host, exchange.fetched_at) for host in before)
    if last:
        yield Asked(last, exchange.fetched_at, pause_seconds=exchange.pause_seconds, failed=exchange.host_failed)
