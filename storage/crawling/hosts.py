"""What a host allows us, over crawls and daemons: its own waits, a budget of requests a day, its robots.txt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import compress, decompress

from sqlalchemy import ColumnElement, and_, case, delete, func, not_, or_, select
from sqlalchemy import update as update_rows
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.clock import is_over
from storage.inserting import insert_into
from storage.models.kept import HostRow, RobotsRow
from storage.models.news import FeedRow, OutletHostRow, PageRow

ROBOTS_KEPT: Final = timedelta(hours=24)
MOST_ROBOTS_BYTES: Final = 64 * 1024
"""Of an origin, packed. Of 500 KiB of rules as people write them some 50 are left, of most files under one."""
CIRCUIT_FAILURES: Final = 5
CIRCUIT_PAUSE: Final = timedelta(minutes=15)
LONGEST_CIRCUIT: Final = timedelta(hours=6)
MOST_HOSTS: Final = 200
"""Of one outlet. Whoever gives each of his pages a host of its own would fill the tables, and get a pace, a budget
and a robots.txt for each."""
Frontier = type[FeedRow] | type[PageRow]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows. `never` names hosts, with all below them; 0 means no budget, of a host or an outlet."""

    never: tuple[str, ...] = ()
    daily_requests: int = 0
    daily_of_outlet: int = 0


NO_LIMITS: Final = Limits()


def is_open(table: Frontier, now: datetime, limits: Limits) -> ColumnElement[bool]:
    """The condition that a row's host may be asked now."""
    host, open_ = table.host, list[ColumnElement[bool]]()
    shut = is_shut(now)
    if limits.daily_requests:
        shut = or_(shut, and_(HostRow.day == now.date(), HostRow.requests >= limits.daily_requests))
    if limits.daily_of_outlet:
        made = func.sum(HostRow.requests)
        spent = select(HostRow.outlet_id).where(HostRow.day == now.date(), HostRow.outlet_id.is_not(None))
        open_.append(table.outlet_id.not_in(spent.group_by(HostRow.outlet_id).having(made >= limits.daily_of_outlet)))
    waiting = select(HostRow.host).where(shut)
    return and_(host.not_in(waiting), *open_, *(not_(_at_or_below(host, name)) for name in limits.never))


def is_shut(now: datetime) -> ColumnElement[bool]:
    """The condition that a host of the table wants to be left alone now; what it said on a day to come is past."""
    noted = or_(HostRow.day.is_(None), HostRow.day <= now.date() + timedelta(days=1))
    return and_(HostRow.wait_until.is_not(None), not_(is_over(HostRow.wait_until, now)), noted)


def _at_or_below(host: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    """Whether a host (with or without a port) is that name or below it."""
    plain = name.lower().strip(".")
    forms = [host == plain, host.startswith(f"{plain}:", autoescape=True)]
    below = [host.endswith(f".{plain}", autoescape=True), host.contains(f".{plain}:", autoescape=True)]
    return or_(*forms, *below)


def left_today(session: Session, hosts: Sequence[str], now: datetime, limits: Limits) -> dict[str, int] | None:
    """How many more requests each host may get today; None without a budget."""
    if not limits.daily_requests:
        return None
    query = select(HostRow.host, HostRow.requests).where(HostRow.host.in_(hosts), HostRow.day == now.date())
    made = dict(session.execute(query).all())
    return {host: max(0, limits.daily_requests - made.get(host, 0)) for host in hosts}


def belong(session: Session, outlets: Mapping[str, str]) -> None:
    """Note whose the hosts are that are asked now: {host: outlet id}."""
    if outlets:
        rows = insert_into(session, HostRow).values(
            [{"host": host, "outlet_id": outlets[host]} for host in sorted(outlets)]
        )
        whose = {"outlet_id": rows.excluded.outlet_id}
        session.execute(rows.on_conflict_do_update(index_elements=["host"], set_=whose))


def admit(session: Session, outlet_id: str, hosts: Collection[str]) -> set[str]:
    """Of the hosts of an outlet's new pages those it may have: known ones, and new ones up to the bound."""
    known = set(session.scalars(select(HostRow.host).where(HostRow.host.in_(hosts))))
    named = set(session.scalars(select(OutletHostRow.host).where(OutletHostRow.host.in_(hosts))))
    new = sorted(set(hosts) - known - named)
    if new:
        of_outlet = select(func.count()).select_from(HostRow).where(HostRow.outlet_id == outlet_id)
        new = new[: max(0, MOST_HOSTS - (session.scalar(of_outlet) or 0))]
        belong(session, dict.fromkeys(new, outlet_id))
    return known | named | {*new}


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests made to a host, at about one time, and how they ended."""

    host: str
    at: datetime
    requests: int = 1
    # How long the host wants to be left alone; whether it gave no answer or a server's error.
    pause_seconds: float | None = None
    failed: bool = False


def note_requests(session: Session, asked: Iterable[Asked]) -> None:
    """Count requests, keep the hosts' own wishes to be left alone, and leave alone those that only fail.

    Hosts go in one order: two batches that note the same ones must not wait for each other.
    """
    by_host: dict[str, list[Asked]] = {}
    for each in asked:
        by_host.setdefault(each.host, []).append(each)
    for host in sorted(by_host):
        _note_host(session, host, by_host[host])


def _note_host(session: Session, host: str, asked: Sequence[Asked]) -> None:
    now = max(each.at for each in asked)
    day, requests = now.date(), sum(each.requests for each in asked)
    in_a_row = next((number for number, each in enumerate(reversed(asked)) if not each.failed), None)
    values: dict[str, Any] = {"host": host, "day": day, "requests": requests, "failures": in_a_row or 0}
    update: dict[str, Any] = {
        "day": day,
        "requests": case((HostRow.day == day, HostRow.requests + requests), else_=requests),
        "failures": in_a_row,
    }
    if in_a_row is None:
        values["failures"], update["failures"] = len(asked), HostRow.failures + len(asked)
    pauses = [each.at + timedelta(seconds=each.pause_seconds) for each in asked if each.pause_seconds]
    if pauses:
        update["wait_until"] = values["wait_until"] = max(pauses)
    insert = insert_into(session, HostRow).values(**values)
    noted = insert.on_conflict_do_update(index_elements=["host"], set_=update).returning(HostRow.failures)
    rest = circuit_pause(session.scalars(noted).one())
    if rest:
        later = or_(HostRow.wait_until.is_(None), HostRow.wait_until < now + rest, is_over(HostRow.wait_until, now))
        open_ = update_rows(HostRow).where(HostRow.host == host, later).values(wait_until=now + rest)
        session.execute(open_, execution_options={"synchronize_session": False})


def circuit_pause(failures: int) -> timedelta:
    """How long a host is left alone after so many failures in a row: nothing, then 15 minutes, doubling to 6 hours."""
    if failures < CIRCUIT_FAILURES:
        return timedelta(0)
    return min(CIRCUIT_PAUSE * 2.0 ** min((failures - CIRCUIT_FAILURES) // CIRCUIT_FAILURES, 10), LONGEST_CIRCUIT)


def keep_robots(session: Session, origin: str, body: bytes, now: datetime, tdmrep: bytes | None = None) -> None:
    """Keep a robots.txt that was just read, and the tdmrep.json beside it, packed.

    One that is large even so is not kept: the next crawl reads it again.
    """
    packed, beside = compress(body), None if tdmrep is None else compress(tdmrep)
    if len(packed) + len(beside or b"") > MOST_ROBOTS_BYTES:
        session.execute(delete(RobotsRow).where(RobotsRow.origin == origin))
        return
    values = {"fetched_at": now, "body": packed, "tdmrep": beside}
    insert = insert_into(session, RobotsRow).values(origin=origin, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["origin"], set_=values))


def known_robots(session: Session, hosts: Iterable[str], now: datetime) -> dict[str, tuple[bytes, bytes | None]]:
    """The robots.txt and tdmrep.json of these hosts that were read within the last day, by origin."""
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    query = select(RobotsRow.origin, RobotsRow.body, RobotsRow.tdmrep).where(
        RobotsRow.origin.in_(origins), RobotsRow.fetched_at > now - ROBOTS_KEPT, RobotsRow.fetched_at <= now
    )
    rows = session.execute(query)
    return {origin: (decompress(body), None if beside is None else decompress(beside)) for origin, body, beside in rows}
