"""How well we looked: what was polled, read, refused and broken in a window, and which outlets moved.

A fall in copies must never be confused with a fall in crawling, so every outlet that falls or goes silent is shown
with the pages read of it, beside the usual number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage import asides, set_aside
from storage.answers import Pickup
from storage.digest.copies import of_outlets
from storage.digest.digest_rows import (
    EVERYTHING,
    LEAST_DAYS,
    FeedState,
    FeedTrouble,
    Health,
    OutletMove,
    Scope,
    Trend,
    Window,
)
from storage.models import FeedRow, FetchRow, OutletRow, RunRow

READ = ("ok", "not modified", "not an article")
STALE = timedelta(days=3)
_REASON_CHARACTERS = 200
_ASIDES = 5
_STATES: tuple[FeedState, ...] = ("failed", "refused", "stale", "never polled")


@dataclass(slots=True)
class Counts:
    """Requests of a window by outcome, articles' pages and feeds apart, and per outlet for the pages."""

    pages: Counter[str] = field(default_factory=Counter)
    by_outlet: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    polled_feeds: set[int] = field(default_factory=set)

    @property
    def read(self) -> int:
        """Pages that were read, changed or not."""
        return _read(self.pages)


@dataclass(frozen=True, slots=True)
class Usual:
    """Pages read per day before the window, over the days there is any record of."""

    days: float
    pages: float
    by_outlet: Mapping[str, float]


def crawl_counts(session: Session, window: Window, scope: Scope = EVERYTHING) -> Counts:
    """What the requests of a window gave. A request for a feed's address is a poll, every other one a page."""
    counts = Counts()
    rows = session.execute(
        select(FetchRow.outlet_id, FetchRow.outcome, FeedRow.id, func.count())
        .select_from(FetchRow)
        .outerjoin(FeedRow, FeedRow.url == FetchRow.url)
        .where(FetchRow.fetched_at >= window.start, FetchRow.fetched_at < window.end, *_asked_of(scope))
        .group_by(FetchRow.outlet_id, FetchRow.outcome, FeedRow.id)
    )
    for outlet_id, outcome, feed_id, requests in rows:
        if feed_id is not None:
            counts.polled_feeds.add(feed_id)
            continue
        counts.pages[outcome] += requests
        counts.by_outlet[outlet_id][outcome] += requests
    return counts


def _asked_of(scope: Scope) -> list[ColumnElement[bool]]:
    """Requests to the wanted outlets. Which agency's copies a page holds is not known when it is asked for."""
    wanted = of_outlets(scope)
    return [FetchRow.outlet_id.in_(select(OutletRow.id).where(*wanted))] if wanted else []


def usual(session: Session, before: Window, scope: Scope = EVERYTHING) -> Usual:
    """Means per day over `before`, or over its part since the first request. No days: nothing to compare with."""
    first: datetime | None = session.scalar(
        select(func.min(FetchRow.fetched_at)).where(
            FetchRow.fetched_at >= before.start, FetchRow.fetched_at < before.end, *_asked_of(scope)
        )
    )
    if first is None:
        return Usual(0.0, 0.0, {})
    # A first hour of work is no usual day: less than a day counts as one.
    days = max((before.end - first) / timedelta(days=1), 1.0)
    counts = crawl_counts(session, before, scope)
    return Usual(days, counts.read / days, {o: _read(c) / days for o, c in counts.by_outlet.items()})


def health(
    session: Session,
    window: Window,
    counts: Counts,
    usual_day: Usual,
    notices_unchecked: int,
    scope: Scope = EVERYTHING,
) -> Health:
    """The state of the scope's feeds and pages, and of all runs, in the window."""
    feeds = _catalogue_feeds(session, scope)
    troubles = sorted(
        (found for feed, name, found_at in feeds if (found := _trouble(feed, name, found_at, window, counts))),
        key=lambda t: (_STATES.index(t.state), -t.failures, t.url),
    )
    states = Counter(trouble.state for trouble in troubles)
    runs = _runs(session, window)
    return Health(
        feeds=len(feeds),
        feeds_polled=sum(_polled(feed, window, counts) for feed, _, _ in feeds),
        feeds_refused=states["refused"],
        feeds_failed=states["failed"],
        feeds_stale=states["stale"],
        pages_read=counts.read,
        pages_refused=counts.pages["refused"],
        pages_failed=counts.pages["failed"],
        usual_pages_read=usual_day.pages * window.days if usual_day.days else None,
        runs=len(runs),
        runs_failed=sum(run.outcome == "failed" for run in runs),
        runs_unfinished=sum(run.ended_at is None and run.outcome != "failed" for run in runs),
        run_errors=_run_errors(runs),
        troubles=tuple(troubles),
        notices_unchecked=notices_unchecked,
        set_aside=sum(asides.counted(session).values()),
        asides=_asides(session),
    )


def _asides(session: Session) -> tuple[str, ...]:
    """What has failed and is neither feed nor page, whose failures are counted: the latest few, each in one line."""
    found = sorted(set_aside.rows(session), key=lambda one: (one.last_at, one.kind, one.name), reverse=True)
    return tuple(f"{one.kind} {one.name}: {one.reason} ({one.failures} times)" for one in found[:_ASIDES])


def moves(
    session: Session,
    copies: Sequence[Pickup],
    baseline: Counter[str],
    baseline_days: float,
    window: Window,
    counts: Counts,
    usual_day: Usual,
) -> tuple[OutletMove, ...]:
    """The outlets whose copies left their usual range, largest change first. None before three days are known.

    The usual range is two standard deviations of a Poisson count around the daily mean: an outlet with 4 copies a
    day may have none on a Sunday, one with 40 may not. A week is compared once a week is known.
    """
    if baseline_days < max(LEAST_DAYS, window.days):
        return ()
    length = window.days
    now = Counter(copy.outlet for copy in copies)
    names = {row.id: row.name or row.id for row in session.execute(select(OutletRow.id, OutletRow.name))}
    found = [
        _move(names.get(outlet_id, outlet_id), outlet_id, now[outlet_id], mean, counts, usual_day, length)
        for outlet_id in now.keys() | baseline.keys()
        if _trend(now[outlet_id], mean := baseline[outlet_id] / baseline_days * length)
    ]
    found.sort(key=lambda m: (-abs(m.copies - m.usual_copies) / sqrt(max(m.usual_copies, 1)), m.outlet_id))
    return tuple(found)


def _trend(copies: int, mean: float) -> Trend | None:
    spread = 2 * sqrt(max(mean, 1))
    if copies == 0 and mean >= spread:
        return "silent"
    if copies > mean + spread:
        return "rising"
    return "falling" if copies < mean - spread else None


def _move(
    name: str, outlet_id: str, copies: int, mean: float, counts: Counts, usual_day: Usual, length: float
) -> OutletMove:
    own = counts.by_outlet.get(outlet_id, Counter())
    pages_read = _read(own)
    failed = own["failed"] + own["refused"]
    usual_read = usual_day.by_outlet.get(outlet_id, 0.0) * length
    trend = _trend(copies, mean)
    if trend is None:
        raise ValueError(f"{outlet_id} did not move")
    return OutletMove(
        outlet_id=outlet_id,
        outlet=name,
        trend=trend,
        copies=copies,
        usual_copies=mean,
        pages_read=pages_read,
        usual_pages_read=usual_read,
        requests_failed=failed,
        crawl_fell=pages_read < usual_read / 2 or failed > pages_read,
    )


def _read(outcomes: Counter[str]) -> int:
    return sum(outcomes[outcome] for outcome in READ)


def _catalogue_feeds(session: Session, scope: Scope) -> list[tuple[FeedRow, str, datetime | None]]:
    """(feed, outlet's name, when it last listed a new page) of every feed the catalogue names.

    A sitemap index lists pages through its children, which are feeds of their own: last year's sitemaps among them
    never list anything new and are not stale for it, and the index is as fresh as its freshest child.
    """
    freshest = (
        select(FeedRow.parent_id, func.max(FeedRow.found_at))
        .where(FeedRow.parent_id.is_not(None), FeedRow.found_at.is_not(None))
        .group_by(FeedRow.parent_id)
    )
    children = {parent: found_at for parent, found_at in session.execute(freshest)}  # noqa: C416  -- a Row is no tuple to mypy
    rows = session.execute(
        select(FeedRow, OutletRow.name)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(FeedRow.active, FeedRow.parent_id.is_(None), *of_outlets(scope))
        .order_by(FeedRow.id)
    )
    return [
        (feed, name, max(filter(None, (feed.found_at, children.get(feed.id))), default=None)) for feed, name in rows
    ]


def _polled(feed: FeedRow, window: Window, counts: Counts) -> bool:
    return feed.id in counts.polled_feeds or (feed.polled_at is not None and window.holds(feed.polled_at))


def _trouble(
    feed: FeedRow, outlet: str, found_at: datetime | None, window: Window, counts: Counts
) -> FeedTrouble | None:
    """What is wrong with a feed, if anything. A feed added after the window is not late."""

    def trouble(state: FeedState, reason: str) -> FeedTrouble:
        return FeedTrouble(
            outlet or feed.outlet_id, feed.url, state, reason[:_REASON_CHARACTERS], feed.failures, found_at
        )

    if feed.outcome == "refused":
        return trouble("refused", feed.reason)
    if feed.failures or feed.outcome in ("failed", "gone"):
        return trouble("failed", feed.reason or feed.outcome)
    if not _polled(feed, window, counts):
        never = feed.polled_at is None or feed.polled_at < window.start
        return trouble("never polled", "") if never else None
    if found_at is None or found_at < window.end - STALE:
        return trouble("stale", "")
    return None


def _runs(session: Session, window: Window) -> Sequence[RunRow]:
    inside = (RunRow.started_at >= window.start, RunRow.started_at < window.end)
    return session.scalars(select(RunRow).where(*inside).order_by(RunRow.started_at)).all()


def _run_errors(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Each distinct failure once, with how often, most frequent first."""
    errors = Counter(
        f"{run.job}: {' '.join(run.error.split())[:_REASON_CHARACTERS] or 'no reason recorded'}"
        for run in runs
        if run.outcome == "failed"
    )
    return tuple(text if times == 1 else f"{text} ({times} times)" for text, times in errors.most_common(5))
