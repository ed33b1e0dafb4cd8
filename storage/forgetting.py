"""Rows that only served the work itself, let go when nobody needs them any more: some in one statement, oldest first.

What people asked the program to find (articles, stories, pickups, notices, verdicts) is kept for good; what expires of
others' texts, and the record of requests, is storage.articles.retention. What bounds each table is listed in
docs/reliability.md, and measured over a year by benchmarks/retention.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from storage.clock import is_over
from storage.crawling.claims import HOST
from storage.models import (
    DigestRow,
    FeedRow,
    HostRow,
    LeaseRow,
    PageRow,
    RefusedFileRow,
    RobotsRow,
    RunRow,
    SetAsideRow,
)

Step = Callable[[Session, datetime, datetime, int], int]
"""(session, before, now, most) -> rows: let at most so many go that are older than `before`."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How long rows of a kind are kept: so many days, or as many as the setting of [keep] says (0: for good)."""

    step: Step
    days: float = 0.0
    setting: str = ""


def _robots(session: Session, before: datetime, _now: datetime, most: int) -> int:
    return _delete(session, RobotsRow.origin, most, RobotsRow.fetched_at < before)


def _leases(session: Session, before: datetime, now: datetime, most: int) -> int:
    """Of hosts: a claim makes the row anew."""
    lapsed = (is_over(LeaseRow.until, now, since=LeaseRow.taken_at), not_(LeaseRow.until.between(before, now)))
    return _delete(session, LeaseRow.name, most, LeaseRow.name.startswith(HOST), *lapsed)


def _hosts(session: Session, before: datetime, now: datetime, most: int) -> int:
    """Hosts that were not asked for so long and have nothing to be asked for."""
    quiet = or_(HostRow.day.is_(None), HostRow.day < before.date())
    waiting = and_(HostRow.wait_until.is_not(None), not_(is_over(HostRow.wait_until, now)))
    wanted = (
        exists().where(PageRow.host == HostRow.host, PageRow.due_at.is_not(None)),
        exists().where(FeedRow.host == HostRow.host, FeedRow.active),
    )
    return _delete(session, HostRow.host, most, quiet, not_(waiting), *(~each for each in wanted))


def _runs(session: Session, before: datetime, _now: datetime, most: int) -> int:
    """But for the newest of each job, ended well or not: they say when it last ran."""
    newest = select(func.max(RunRow.id)).group_by(RunRow.job, RunRow.outcome)
    ended = (RunRow.started_at < before, RunRow.outcome != "running")
    return _delete(session, RunRow.id, most, *ended, RunRow.id.not_in(newest))


def _set_aside(session: Session, before: datetime, _now: datetime, most: int) -> int:
    """Units nobody has tried for so long, though their time had come: they are not there any more."""
    gone = select(SetAsideRow.kind, SetAsideRow.name).where(SetAsideRow.last_at < before, SetAsideRow.next_at < before)
    rows = session.execute(gone.order_by(SetAsideRow.last_at).limit(most)).all()
    for kind, name in rows:
        session.execute(delete(SetAsideRow).where(SetAsideRow.kind == kind, SetAsideRow.name == name))
    return len(rows)


def _refused(session: Session, before: datetime, _now: datetime, most: int) -> int:
    return _delete(session, RefusedFileRow.sha256, most, RefusedFileRow.refused_at < before)


def _messages(session: Session, before: datetime, _now: datetime, most: int) -> int:
    """The text of digests; that they were sent is kept, so that none is ever sent twice."""
    over = (DigestRow.local_date < before.date(), DigestRow.state.in_(("sent", "written")), DigestRow.message != b"")
    ids = list(session.scalars(select(DigestRow.id).where(*over).order_by(DigestRow.id).limit(most)))
    session.execute(update(DigestRow).where(DigestRow.id.in_(ids)).values(message=b""))
    return len(ids)


def _pages(session: Session, before: datetime, _now: datetime, most: int) -> int:
    """Addresses that never led to an article and are not visited again. One that is listed again is looked at again."""
    last = func.coalesce(PageRow.fetched_at, PageRow.found_at)
    return _delete(session, PageRow.id, most, PageRow.article_id.is_(None), PageRow.due_at.is_(None), last < before)


def _feeds(session: Session, before: datetime, _now: datetime, most: int) -> int:
    """Sitemaps that an index once listed which is not polled any more. Those that others hang on go after them."""
    child = aliased(FeedRow)
    retired = (FeedRow.parent_id.is_not(None), not_(FeedRow.active), ~exists().where(child.parent_id == FeedRow.id))
    last = or_(FeedRow.polled_at.is_(None), FeedRow.polled_at < before)
    return _delete(session, FeedRow.id, most, *retired, last)


BOUNDS: Final[Mapping[str, Bound]] = {
    "robots": Bound(_robots, days=2),
    "leases": Bound(_leases, days=1),
    "hosts": Bound(_hosts, days=30),
    "set_aside": Bound(_set_aside, days=30),
    "feeds": Bound(_feeds, days=30),
    "runs": Bound(_runs, setting="run_days"),
    "refused_files": Bound(_refused, setting="wire_days"),
    "digests": Bound(_messages, setting="digest_days"),
    "pages": Bound(_pages, setting="address_days"),
}
"""By table, in the order in which they are looked through."""


KEPT: Final[Mapping[str, str]] = {
    "agencies": "the catalogue",
    "outlets": "the catalogue, and one for each unknown host imported",
    "outlet_hosts": "the catalogue, and one for each unknown host imported",
    "licences": "what people said",
    "fetches": "keep.fetch_days",
    "articles": "kept for good: one for each article",
    "article_versions": "kept for good, without its text after keep.text_days",
    "credits": "kept for good: some for each version",
    "stories": "kept for good: one for each story",
    "story_versions": "kept for good; the text of an inferred one goes with those of its copies",
    "story_names": "kept for good: one for each further name of a story",
    "import_ids": "kept for good: one for each id given",
    "pickups": "kept for good; quotes of 200 characters after keep.text_days",
    "pickup_sources": "kept for good: at most one for each pickup",
    "founders": "kept for good: some for each inferred story",
    "carried": "kept for good: one for each pickup",
    "packed": "a block for every 4,096 rows of carried, articles and stories",
    "packed_names": "different outlets, desks and words of pickups",
    "packed_stale": "emptied by every match",
    "contested_addresses": "one for each address that two outlets claimed",
    "index_changes": "the last 50,000, of which the index in files has not heard yet",
    "notices": "kept for good: one for each notice of an agency",
    "notice_states": "kept for good: one for each notice and copy",
    "interfaces": "one for each interface configured, with 20,000 ids at most",
    "erasures": "what people said",
    "stops": "what people said",
    "verdicts": "what people said",
    "holds": "what people said",
    "archives": "one for each archive read back",
    "looks": "one for each reader and question",
}
"""What bounds the tables of which no row is let go here."""


def days_kept(bound: Bound, settings: Any) -> float:
    """How many days the rows are kept under these settings of [keep]; 0 for good."""
    return float(getattr(settings, bound.setting)) if bound.setting else bound.days


def forget(session: Session, bound: Bound, now: datetime, days: float, most: int) -> int:
    """Let at most so many rows go that are older than so many days; returns how many went."""
    return bound.step(session, now - timedelta(days=days), now, most)


def _delete(session: Session, key: InstrumentedAttribute[Any], most: int, *where: Any) -> int:
    some = list(session.scalars(select(key).where(*where).limit(most)))
    if some:
        # The condition once more: what a crawl has just taken up again stays.
        gone = delete(key.class_).where(key.in_(some), *where)
        session.execute(gone, execution_options={"synchronize_session": False})
    return len(some)
