"""What a host allows us, over crawls and daemons: its own waits, a budget of requests a day, its robots.txt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.inserting import insert_into
from storage.models_kept import HostRow, RobotsRow

ROBOTS_KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows. `never` names hosts, with all below them; `daily_requests` 0 means no budget."""

    never: tuple[str, ...] = ()
    daily_requests: int = 0


NO_LIMITS: Final = Limits()


def is_open(host: InstrumentedAttribute[str], now: datetime, limits: Limits) -> ColumnElement[bool]:
    """The condition that a row's host may be asked now."""
    shut: ColumnElement[bool] = HostRow.wait_until > now
    if limits.daily_requests:
        shut = or_(shut, and_(HostRow.day == now.date(), HostRow.requests >= limits.daily_requests))
    waiting = select(HostRow.host).where(shut)
    return and_(host.not_in(waiting), *(not_(_at_or_below(host, name)) for name in limits.never))


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


def note_request(session: Session, host: str, now: datetime, *, pause_seconds: float | None = None) -> None:
    """Count a request, and keep the host's own wish to be left alone for a while."""
    day = now.date()
    values: dict[str, Any] = {"host": host, "day": day, "requests": 1}
    update: dict[str, Any] = {
        "day": day,
        "requests": case((HostRow.day == day, HostRow.requests + 1), else_=1),
    }
    if pause_seconds:
        update["wait_until"] = values["wait_until"] = now + timedelta(seconds=pause_seconds)
    insert = insert_into(session, HostRow).values(**values)
    session.execute(insert.on_conflict_do_update(index_elements=["host"], set_=update))


def keep_robots(session: Session, origin: str, body: bytes, now: datetime) -> None:
    """Keep a robots.txt that was just read."""
    values = {"fetched_at": now, "body": body}
    insert = insert_into(session, RobotsRow).values(origin=origin, **values)
    session.execute(insert.on_conflict_do_update(index_elements=["origin"], set_=values))


def known_robots(session: Session, hosts: Iterable[str], now: datetime) -> dict[str, bytes]:
    """The files of these hosts that were read within the last day, by origin."""
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    query = select(RobotsRow.origin, RobotsRow.body).where(
        RobotsRow.origin.in_(origins), RobotsRow.fetched_at > now - ROBOTS_KEPT, RobotsRow.fetched_at <= now
    )
    return dict(session.execute(query).all())
