"""Every question the daily email asks of the database: `digest_facts` answers them for one window.

What belongs to a window is decided in storage.digest.copies; what needs action in storage.digest.act; how well we
looked, and which outlets moved, in storage.digest.health. The answers are the rows of storage.digest.digest_rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from news.terms import CREDITED
from storage.answers import Pickup
from storage.digest import health as digest_health
from storage.digest.act import act_items, closed_notices
from storage.digest.copies import (
    BASELINE,
    baseline,
    carrying,
    copies_in,
    outlet_name,
    pickups_of,
    standing,
)
from storage.digest.digest_rows import EVERYTHING, DigestFacts, Numbers, Scope, TopStory, Window
from storage.digest.notable_edits import notable_edits
from storage.models import ArticleVersionRow, CarriedRow
from storage.quantiles import median

TOP_STORIES = 10
POSSIBLE_LINKS = 10


def digest_facts(
    session: Session,
    *,
    window: Window,
    earlier: Sequence[Window],
    scope: Scope = EVERYTHING,
    as_of: datetime | None = None,
) -> DigestFacts:
    """What happened in `window`, beside earlier windows and the 28 days before it, in so far as `scope` wants it.

    What needs action is judged at `as_of`, by default the window's end. Reads only. The cost grows with the copies
    of the last 28 days.
    """
    copies = copies_in(session, window, scope)
    before = baseline(session, window, scope)
    days = _days(before, window)
    counts = digest_health.crawl_counts(session, window, scope)
    usual = digest_health.usual(session, Window(window.start - BASELINE, window.start), scope)
    act_now, unchecked = act_items(session, copies, window, scope, as_of)
    possible, possible_total = _possible(session, window, scope)
    edits, edits_total = notable_edits(session, copies)
    per_outlet = Counter(outlet_id for _, outlet_id in before)
    return DigestFacts(
        window=window,
        as_of=as_of or window.end,
        scope=scope,
        act_now=act_now,
        closed=closed_notices(session, window, scope),
        numbers=_numbers(copies, counts),
        earlier=tuple(_numbers_of(session, one, scope) for one in earlier),
        copies=copies,
        top_stories=_top_stories(session, copies, window, scope),
        edits=edits,
        edits_total=edits_total,
        moves=digest_health.moves(session, copies, per_outlet, days, window, counts, usual),
        possible=possible,
        possible_total=possible_total,
        health=digest_health.health(session, window, counts, usual, unchecked, scope),
        matcher_versions=tuple(sorted({copy.matcher_version for copy in copies})),
        baseline_days=days,
        baseline_hours=_quarters(known_at for known_at, _ in before),
    )


def _days(before: Sequence[tuple[datetime, str]], window: Window) -> float:
    """How many days of history there are, from the first copy of the baseline; 0 without any."""
    if not before:
        return 0.0
    return max((window.start - min(known_at for known_at, _ in before)) / timedelta(days=1), 1.0)


def _quarters(instants: Iterable[datetime]) -> tuple[tuple[datetime, int], ...]:
    """Counts per quarter of an hour: the coarsest step that falls on whole hours in every zone."""
    floors = (at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0) for at in instants)
    return tuple(sorted(Counter(floors).items()))


def _numbers_of(session: Session, window: Window, scope: Scope) -> Numbers:
    counts = digest_health.crawl_counts(session, window, scope)
    return _numbers(copies_in(session, window, scope), counts)


def _numbers(copies: Sequence[Pickup], counts: digest_health.Counts) -> Numbers:
    delays = [copy.delay_minutes for copy in copies if copy.delay_minutes is not None]
    return Numbers(
        copies=len(copies),
        stories=len({copy.story_id for copy in copies}),
        outlets=len({copy.outlet for copy in copies}),
        credited=sum(copy.credited in CREDITED for copy in copies),
        median_delay_minutes=median(delays),
        pages_read=counts.read,
        requests_failed=counts.pages["failed"],
    )


def _top_stories(session: Session, copies: Sequence[Pickup], window: Window, scope: Scope) -> tuple[TopStory, ...]:
    """The stories with most copies in the window. Ties go to the one known first."""
    by_story: defaultdict[int, list[Pickup]] = defaultdict(list)
    for copy in copies:
        by_story[copy.story_id].append(copy)
    ranked = sorted(by_story.values(), key=lambda group: (-len(group), min(c.known_at for c in group)))[:TOP_STORIES]
    first = _first_outlets(session, [group[0].story_id for group in ranked], window, scope)
    return tuple(
        TopStory(
            story=group[0].story,
            agency=group[0].agency,
            origin=group[0].origin,
            headline=group[0].story_headline,
            copies=len(group),
            first_outlet=first[group[0].story_id][0],
            first_delay_minutes=first[group[0].story_id][1],
            uses=tuple(Counter(copy.use for copy in group).most_common()),
        )
        for group in ranked
    )


def _first_outlets(
    session: Session, story_ids: Sequence[int], window: Window, scope: Scope
) -> dict[int, tuple[str, float | None]]:
    """Which of the scope's outlets first used each story, as known at the window's end; as the view story_summary."""
    columns = (CarriedRow.story_id, CarriedRow.delay_minutes, CarriedRow.used_at, CarriedRow.sighted_at)
    statement = carrying(scope, *columns, CarriedRow.outlet, outlet_name().label("name"))
    known = (CarriedRow.story_id.in_(story_ids), CarriedRow.known_at < window.end, standing(window.end))
    found: dict[int, Any] = {}
    for row in session.execute(statement.where(*known)):
        delay = row.delay_minutes
        order = (row.used_at is None, row.used_at or row.sighted_at, row.outlet, delay is None, delay or 0.0)
        candidate = (order, row.name, delay)
        found[row.story_id] = min(found.get(row.story_id, candidate), candidate)
    return {story: (name, delay) for story, (_, name, delay) in found.items()}


def _possible(session: Session, window: Window, scope: Scope) -> tuple[tuple[Pickup, ...], int]:
    """Links a person should judge: possible ones of current versions first seen in the window, nobody's verdict yet."""
    waiting = carrying(scope, CarriedRow.pickup_id, CarriedRow.judged).where(
        CarriedRow.certainty == "possible",
        ArticleVersionRow.seen_at >= window.start,
        ArticleVersionRow.seen_at < window.end,
    )
    total = session.scalar(select(func.count()).select_from(waiting.subquery())) or 0
    best = waiting.order_by(CarriedRow.score.desc(), CarriedRow.pickup_id).limit(POSSIBLE_LINKS)
    found = pickups_of(session, best)
    return tuple(sorted(found, key=lambda link: (-link.score, link.pickup_id))), total
