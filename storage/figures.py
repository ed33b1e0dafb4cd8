"""Figures about the work itself, for metrics: what is due, failing, on its way; and what came since a row number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from storage.crawling.claims import count_free, held
from storage.crawling.hosts import Limits, is_open
from storage.models import ArticleRow, DigestRow, FeedRow, FetchRow, PageRow, RobotsRow, RunRow


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at one moment."""

    due: Mapping[str, int]
    waiting_hosts: int
    held_hosts: int
    failing_feeds: int
    digests: Mapping[str, int]
    last_success: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """What came after the rows numbered `fetch` and `article`. `requests` is by (feed or page, outcome)."""

    fetch: int
    article: int
    requests: Mapping[tuple[str, str], int]
    articles: int


def standing(session: Session, now: datetime, limits: Limits) -> Standing:
    """Some light questions: no table is read whole but those of feeds, hosts and digests."""
    taken = held(session, now)
    due = {
        kind: count_free(session, table, now, taken, limits) for kind, table in (("feed", FeedRow), ("page", PageRow))
    }
    waiting = select(func.count(func.distinct(FeedRow.host))).where(FeedRow.active, ~is_open(FeedRow, now, limits))
    digests = session.execute(select(DigestRow.state, func.count()).group_by(DigestRow.state))
    good = select(RunRow.job, func.max(RunRow.ended_at)).where(RunRow.outcome == "ok").group_by(RunRow.job)
    return Standing(
        due=due,
        waiting_hosts=session.scalar(waiting) or 0,
        held_hosts=len(taken.hosts),
        failing_feeds=session.scalar(select(func.count(FeedRow.id)).where(FeedRow.active, FeedRow.failures > 0)) or 0,
        digests={state: count for state, count in digests},  # noqa: C416  -- a Row is no tuple to mypy
        last_success={job: at for job, at in session.execute(good) if at is not None},
    )


@dataclass(frozen=True, slots=True)
class Failing:
    """Feeds or pages that fail for one reason, and one of them."""

    what: str
    reason: str
    count: int
    example: str


GROUPS = 10


def failures(session: Session) -> list[Failing]:
    """Why feeds and pages fail now, the commonest reason first. Pages that are gone are none."""
    found: list[Failing] = []
    for what, table, bad in (
        ("feed", FeedRow, (FeedRow.active, FeedRow.failures > 0)),
        ("page", PageRow, (PageRow.due_at.is_not(None), PageRow.failures > 0)),
    ):
        count = func.count(table.id)
        query = select(table.reason, count, func.min(table.url)).where(*bad).group_by(table.reason)
        rows = session.execute(query.order_by(count.desc(), table.reason).limit(GROUPS))
        found += [Failing(what, reason or "no reason given", number, url) for reason, number, url in rows]
    return sorted(found, key=lambda one: (one.what, -one.count))


def robots_kept(session: Session) -> int:
    """How many hosts' robots.txt are kept."""
    return session.scalar(select(func.count()).select_from(RobotsRow)) or 0


def refused_by_robots(session: Session) -> list[tuple[str, int]]:
    """(host, pages) that its robots.txt keeps us from, most pages first."""
    count = func.count(PageRow.id)
    refused = (PageRow.outcome == "refused", PageRow.reason.startswith("robots.txt"))
    query = select(PageRow.host, count).where(*refused).group_by(PageRow.host).order_by(count.desc(), PageRow.host)
    return [(host, pages) for host, pages in session.execute(query)]


def progress(session: Session, fetch: int | None, article: int | None) -> Progress:
    """What came after the rows of these numbers; without numbers nothing, only where to count from."""
    last_fetch, last_article = (session.scalar(select(func.max(table.id))) or 0 for table in (FetchRow, ArticleRow))
    if fetch is None or article is None:
        return Progress(last_fetch, last_article, {}, 0)
    kind = case((FetchRow.url.in_(select(FeedRow.url)), "feed"), else_="page").label("kind")
    new = select(kind, FetchRow.outcome, func.count()).where(FetchRow.id > fetch, FetchRow.id <= last_fetch)
    articles = select(func.count(ArticleRow.id)).where(ArticleRow.id > article, ArticleRow.id <= last_article)
    return Progress(
        fetch=last_fetch,
        article=last_article,
        requests={(kind, outcome): count for kind, outcome, count in session.execute(new.group_by("kind", "outcome"))},
        articles=session.scalar(articles) or 0,
    )
