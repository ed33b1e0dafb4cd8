"""Which hosts a batch gets: outlets in turn, so that one with thousands of hosts delays nobody else.

A host is leased; an outlet's hosts are asked by one batch at a time, because they may all be one machine. A batch gets
one host of each outlet first, then a second one of each, and never more than a share of it from one outlet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, not_, select, update
from sqlalchemy.orm import Session

from storage.clock import is_over
from storage.crawling.hosts import Frontier, Limits, belong, is_open
from storage.inserting import changed_by, insert_into
from storage.leases import LONG_AGO
from storage.models import FeedRow, HostRow, LeaseRow, OutletRow, PageRow

HOST: Final = "host:"
PAGES_WAIT: Final = timedelta(minutes=15)
"""How much older a host's due page must be to come before another host's due feed: news first, but nobody starves."""
SHARE_OF_ONE: Final = 4
"""At most one host in so many of a batch is of one outlet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who claims, when, until when."""

    now: datetime
    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The hosts somebody is asking, and the outlets they are of: their other hosts wait."""

    hosts: Sequence[str]
    outlets: Sequence[str]


def held(session: Session, now: datetime) -> Held:
    """What is being asked now."""
    query = select(LeaseRow.name).where(LeaseRow.name.startswith(HOST), not_(_lapsed(now)))
    hosts = [name.removeprefix(HOST) for name in session.scalars(query)]
    of = select(HostRow.outlet_id).where(HostRow.host.in_(hosts), HostRow.outlet_id.is_not(None)).distinct()
    return Held(hosts, [outlet for outlet in session.scalars(of) if outlet])


def is_due(table: Frontier, now: datetime) -> ColumnElement[bool]:
    """The condition that a feed or page is to be asked now, whoever has it."""
    if table is FeedRow:
        return and_(FeedRow.active, is_over(FeedRow.due_at, now, since=FeedRow.polled_at))
    return is_over(PageRow.due_at, now)


def waiting_since(due_at: Any, now: datetime) -> ColumnElement[datetime]:
    """Since when something waits: what a wrong clock put off has only just begun to."""
    return case((due_at > now, now), else_=due_at)


def count_free(session: Session, table: Frontier, now: datetime, taken: Held, limits: Limits) -> int:
    """How many feeds or pages are due that a batch could be given."""
    return session.scalar(select(func.count(table.id)).where(*_free(table, now, taken, limits))) or 0


def claim_hosts(session: Session, claim: Claim, max_hosts: int, limits: Limits) -> list[str]:
    """Hosts now held by the token. Candidates another claimant is just taking are passed over, not waited for."""
    due = _due_hosts(session, claim.now, limits)
    candidates = _in_turn(due, max(1, max_hosts // SHARE_OF_ONE))[: max_hosts * 4]
    if candidates:
        # A row must exist before it can be locked. The first claimant ever makes it, lapsed.
        blank = [{"name": HOST + host, "token": "", "until": LONG_AGO} for host in sorted(candidates)]
        session.execute(insert_into(session, LeaseRow).values(blank).on_conflict_do_nothing())
    claimed: list[str] = []
    while candidates and len(claimed) < max_hosts:
        wanted = max_hosts - len(claimed)
        some, candidates = candidates[:wanted], candidates[wanted:]
        some = _of_free_outlets(session, some, due, claim.now)
        free = select(LeaseRow.name).where(LeaseRow.name.in_([HOST + host for host in some]), _lapsed(claim.now))
        locked = set(session.scalars(free.with_for_update(skip_locked=True)))
        claimed += [host for host in some if HOST + host in locked]
    belong(session, {host: due[host].outlet for host in claimed})
    ours = update(LeaseRow).where(LeaseRow.name.in_([HOST + host for host in claimed]))
    changed_by(session, ours.values(token=claim.token, taken_at=claim.now, until=claim.until))
    return claimed


@dataclass(frozen=True, slots=True)
class _Waiting:
    outlet: str
    since: datetime


def _lapsed(now: datetime) -> ColumnElement[bool]:
    return is_over(LeaseRow.until, now, since=LeaseRow.taken_at)


def _free(table: Frontier, now: datetime, taken: Held, limits: Limits) -> tuple[ColumnElement[bool], ...]:
    nobodys = and_(table.host.not_in(taken.hosts), table.outlet_id.not_in(taken.outlets))
    return is_due(table, now), nobodys, is_open(table, now, limits)


def _due_hosts(session: Session, now: datetime, limits: Limits) -> dict[str, _Waiting]:
    """Hosts with due work that nobody holds and that may be asked. A page counts as due a little later than a feed."""
    taken = held(session, now)
    found: dict[str, _Waiting] = {}
    for table, later in ((FeedRow, timedelta(0)), (PageRow, PAGES_WAIT)):
        oldest = func.min(waiting_since(table.due_at, now))
        query = select(table.host, func.min(table.outlet_id), oldest).where(*_free(table, now, taken, limits))
        for host, outlet, since in session.execute(query.group_by(table.host)):
            before = found.get(host)
            if before is None or since + later < before.since:
                found[host] = _Waiting(outlet, since + later)
    return found


def _in_turn(due: dict[str, _Waiting], most_of_one: int) -> list[str]:
    """Every outlet's longest waiting host, then every outlet's second, and so on as far as `most_of_one`."""
    turns: dict[str, int] = {}
    ordered: list[tuple[int, datetime, str]] = []
    for host in sorted(due, key=lambda host: (due[host].since, host)):
        turn = turns[due[host].outlet] = turns.get(due[host].outlet, 0) + 1
        if turn <= most_of_one:
            ordered.append((turn, due[host].since, host))
    return [host for _, _, host in sorted(ordered)]


def _of_free_outlets(session: Session, hosts: Sequence[str], due: dict[str, _Waiting], now: datetime) -> list[str]:
    """Those of outlets nobody else is just claiming: with two claimants at once, neither sees the other's leases."""
    outlets = {due[host].outlet for host in hosts}
    query = select(OutletRow.id).where(OutletRow.id.in_(outlets)).order_by(OutletRow.id)
    ours = set(session.scalars(query.with_for_update(key_share=True, skip_locked=True)))
    ours -= set(held(session, now).outlets)
    return [host for host in hosts if due[host].outlet in ours]
