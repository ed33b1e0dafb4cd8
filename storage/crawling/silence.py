"""Outlets that print nothing: is the outlet quiet, or is our spider broken?

    nothing for longer than chance allows ─> do we ask? do its feeds answer? what became of the pages they listed?

An outlet is silent when, at its own rate, so long a gap comes about once in a hundred times (a Poisson count of none).
It is quiet only when it was asked, answered, and listed nothing we have not read; everything else is a fault to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import ArticleRow, FeedRow, OutletRow, PageRow

LOOK_BACK: Final = timedelta(days=14)
LEAST_GAP: Final = timedelta(days=1)
CHANCE: Final = 0.01
"""How likely so long a gap may be before it is worth a look."""
_READ = ("ok", "not modified")


@dataclass(frozen=True, slots=True)
class Silence:
    """A silent outlet. `since` is its last new article, None when there never was one."""

    outlet: str
    name: str
    state: Literal["quiet", "broken"]
    since: datetime | None
    usual_per_day: float
    why: str


@dataclass(slots=True)
class Outcomes:
    """What became of the pages an outlet listed in the gap: how many by outcome, and a reason of the failed ones."""

    pages: Counter[str] = field(default_factory=Counter)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """How an outlet was looked at. `feeds` are those in use."""

    outlet: str
    name: str
    feeds: Sequence[FeedRow]
    last_article_at: datetime | None
    articles_before: int
    outcomes: Outcomes


def silences(session: Session, now: datetime) -> list[Silence]:
    """Every silent outlet that has feeds, broken ones first, then by name."""
    found = [silence for looked in _looked(session, now) if (silence := judged(looked, now))]
    return sorted(found, key=lambda s: (s.state != "broken", s.outlet))


def judged(looked: Looked, now: datetime) -> Silence | None:
    """Whether an outlet is silent, and why; None while it prints, or has not been followed for a day."""
    since = looked.last_article_at
    followed_since = since or min((feed.polled_at for feed in looked.feeds if feed.polled_at), default=None)
    rate = looked.articles_before / (LOOK_BACK / timedelta(days=1))
    longest = max(LEAST_GAP, timedelta(days=-log(CHANCE) / rate)) if rate else LEAST_GAP
    if followed_since is not None and now - followed_since <= longest:
        return None
    state, why = _why(looked, now)
    return Silence(looked.outlet, looked.name, state, since, rate, why)


def _why(looked: Looked, now: datetime) -> tuple[Literal["quiet", "broken"], str]:
    feeds, listed = looked.feeds, looked.outcomes.pages
    polled = [feed.polled_at for feed in feeds if feed.polled_at is not None]
    failing = [feed for feed in feeds if feed.failures or feed.outcome in ("refused", "failed", "gone")]
    reason = f": {failing[0].reason or failing[0].outcome}" if failing else ""
    if not polled:
        return "broken", "none of its feeds was ever polled: is the daemon running, the host on the list never to ask?"
    if now - max(polled) > LEAST_GAP + timedelta(hours=1):
        return "broken", f"not polled since {max(polled):%Y-%m-%d %H:%M} UTC: is the daemon running, the host waiting?"
    if len(failing) == len(feeds):
        return "broken", f"its {_many(len(feeds), 'feed')} cannot be read{reason}"
    missed = _missed(looked.outcomes)
    if missed:
        return "broken", missed
    if all(feed.found_at is None for feed in feeds):
        return "broken", "its feeds answer and never listed a page: is the address still that of a feed?"
    if failing:
        return "broken", f"{len(failing)} of {len(feeds)} feeds cannot be read{reason}; the others list nothing new"
    read = sum(listed[outcome] for outcome in _READ)
    return "quiet", f"its feeds answer and list nothing new{f' but {read} pages seen before' if read else ''}"


def _missed(outcomes: Outcomes) -> str:
    """Why the pages listed in the gap gave no article; "" when there were none to miss."""
    pages = outcomes.pages
    bad = {name: count for name, count in pages.items() if name not in (*_READ, "new", "redirected")}
    if pages["new"] and pages["new"] >= sum(bad.values()):
        return f"{_many(pages['new'], 'page')} listed and not fetched yet: is its host waiting, or its budget spent?"
    if not bad:
        return ""
    worst = max(bad, key=lambda name: bad[name])
    named = "hold no article we can read" if worst == "not an article" else f"ended as {worst}"
    return f"{bad[worst]} of {_many(sum(pages.values()), 'page')} listed since {named}: {outcomes.reason or worst}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _looked(session: Session, now: datetime) -> list[Looked]:
    feeds: dict[str, list[FeedRow]] = {}
    for feed in session.scalars(select(FeedRow).where(FeedRow.active).order_by(FeedRow.id)):
        feeds.setdefault(feed.outlet_id, []).append(feed)
    names = session.execute(select(OutletRow.id, OutletRow.name).where(OutletRow.id.in_(feeds)))
    last = _last_articles(session)
    before = _articles_before(session, now, last)
    outcomes = _outcomes(session, now, last)
    return [
        Looked(id_, name, feeds[id_], last.get(id_), before.get(id_, 0), outcomes.get(id_, Outcomes()))
        for id_, name in names
    ]


def _last_articles(session: Session) -> dict[str, datetime]:
    query = select(ArticleRow.outlet_id, func.max(ArticleRow.first_seen_at)).group_by(ArticleRow.outlet_id)
    return {outlet: at for outlet, at in session.execute(query)}  # noqa: C416  -- a Row is no tuple to mypy


def _articles_before(session: Session, now: datetime, last: dict[str, datetime]) -> dict[str, int]:
    """Articles of the days before each outlet fell silent; its own gap must not lower its own rate."""
    article = ArticleRow
    silent = {outlet: at for outlet, at in last.items() if now - at > LEAST_GAP}
    return {
        outlet: session.scalar(
            select(func.count(article.id)).where(
                article.outlet_id == outlet, article.first_seen_at > at - LOOK_BACK, article.first_seen_at <= at
            )
        )
        or 0
        for outlet, at in silent.items()
    }


def _outcomes(session: Session, now: datetime, last: dict[str, datetime]) -> dict[str, Outcomes]:
    """The pages each outlet listed since its last article, and at most in the days looked back on."""
    query = select(PageRow.outlet_id, PageRow.outcome, PageRow.found_at, PageRow.reason)
    found: dict[str, Outcomes] = {}
    recent = query.where(PageRow.found_at > now - LOOK_BACK, PageRow.article_id.is_(None)).order_by(PageRow.id)
    for outlet, outcome, found_at, reason in session.execute(recent):
        if outlet not in last or found_at > last[outlet]:
            counted = found.setdefault(outlet, Outcomes())
            counted.pages[outcome] += 1
            counted.reason = reason or counted.reason
    return found
