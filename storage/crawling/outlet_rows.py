"""Brings the tables in step with the catalogue, and finds whose an address is.

The catalogue is the truth about what is polled; the rows keep what polling taught. What the catalogue no longer
names is kept and not asked any more. A site first met in an import has an outlet row made from its host, and its
articles move to the catalogue's outlet on the day somebody adds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from news.addresses import host_of
from news.articles import Agency, Outlet
from storage.columns import Base
from storage.inserting import insert_into
from storage.models import (
    AgencyRow,
    ArticleRow,
    FeedRow,
    FetchRow,
    LicenceRow,
    OutletHostRow,
    OutletRow,
    PageRow,
)

_AGENCY: Final = ("code", "name", "country")
_OUTLET: Final = ("id", "name", "hosts", "country", "zone", "language", "agency")
_Values = dict[str, Any]
_ADDRESS = re.compile(r"\[[0-9a-f:.]+\](:\d+)?|\d+(\.\d+){3}(:\d+)?")


def sync_catalogue(session: Session, agencies: Sequence[Agency], outlets: Sequence[Outlet], now: datetime) -> None:
    """Make agencies, outlets and feeds say what the catalogue says; a new feed is due at once.

    What is there is read whole and only what differs is written: with 10,000 outlets a query and a write for each took
    every command a minute.
    """
    _write(session, AgencyRow, _said_of(session, AgencyRow, _AGENCY), {a.code: _agency_values(a) for a in agencies})
    _write(session, OutletRow, _said_of(session, OutletRow, _OUTLET), {o.id: _outlet_values(o) for o in outlets})
    _claim_hosts(session, outlets)
    _sync_feeds(session, outlets, now)
    session.expire_all()


def outlet_for_host(session: Session, host: str) -> str:
    """The id of the outlet whose host this is, exactly or as a parent domain; a row is made for an unknown host."""
    host = host.strip().lower()
    return owner_of(session, host) or _make_outlet(session, host.removeprefix("www."))


def owner_of(session: Session, host: str) -> str | None:
    """The outlet whose host this is, exactly or as a parent domain; None for a host nobody has."""
    candidates = _candidates(host)
    query = select(OutletHostRow.host, OutletHostRow.outlet_id).where(OutletHostRow.host.in_(candidates))
    found: dict[str, str] = {row.host: row.outlet_id for row in session.execute(query)}
    return next((found[candidate] for candidate in candidates if candidate in found), None)


def _candidates(host: str) -> list[str]:
    """The host itself, then its parent domains, each with its port first: the nearest owner wins."""
    bare = host if host.endswith("]") else re.sub(r":\d+$", "", host)
    port = host[len(bare) :]
    if _ADDRESS.fullmatch(host):
        names = [bare]
    else:
        labels = bare.split(".")
        names = [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]
    with_port = [name + port for name in names] if port else []
    return with_port + names


def _make_outlet(session: Session, host: str) -> str:
    unknown = {"country": "", "zone": "", "language": "", "agency": ""}
    outlet = insert_into(session, OutletRow).values(id=host, name=host, hosts=[host], **unknown)
    session.execute(outlet.on_conflict_do_nothing())
    session.execute(insert_into(session, OutletHostRow).values(host=host, outlet_id=host).on_conflict_do_nothing())
    return host


def _agency_values(agency: Agency) -> _Values:
    return {name: getattr(agency, name) for name in _AGENCY}


def _outlet_values(outlet: Outlet) -> _Values:
    return {name: getattr(outlet, name) for name in _OUTLET} | {"hosts": [host.lower() for host in outlet.hosts]}


def _said_of(session: Session, table: type[Base], names: Sequence[str]) -> dict[str, _Values]:
    """What a table says now in these columns, by the first of them."""
    rows = session.execute(select(*(getattr(table, name) for name in names)))
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def _write(session: Session, table: type[Base], there: Mapping[str, _Values], wanted: Mapping[str, _Values]) -> None:
    """Insert what is missing and update what differs; all other rows stay."""
    new = [values for key, values in wanted.items() if key not in there]
    changed = [values for key, values in wanted.items() if key in there and there[key] != values]
    if new:
        session.execute(insert(table), new)
    if changed:
        session.execute(update(table), changed)


def _claim_hosts(session: Session, outlets: Sequence[Outlet]) -> None:
    """Point the outlets' hosts at them, and no others; take over what an import filed under a bare host."""
    wanted = {host.lower(): outlet.id for outlet in outlets for host in outlet.hosts}
    named = {outlet.id for outlet in outlets}
    there: dict[str, str] = dict(session.execute(select(OutletHostRow.host, OutletHostRow.outlet_id)).all())
    gone = [host for host, owner in there.items() if owner in named and wanted.get(host) != owner]
    _write(
        session,
        OutletHostRow,
        {host: {"host": host, "outlet_id": owner} for host, owner in there.items()},
        {host: {"host": host, "outlet_id": outlet_id} for host, outlet_id in wanted.items()},
    )
    for host in gone:
        if host not in wanted:
            session.execute(delete(OutletHostRow).where(OutletHostRow.host == host))
    for host, before in sorted(there.items()):
        if before == host and wanted.get(host, host) != host:
            _take_over(session, before, wanted[host])


def _take_over(session: Session, old: str, new: str) -> None:
    """Move everything of an outlet that was made from a bare host to the catalogue's, and drop the old row."""
    for table in (ArticleRow, PageRow, FetchRow, FeedRow):
        session.execute(update(table).where(table.outlet_id == old).values(outlet_id=new))
    already = aliased(LicenceRow)
    free = ~exists().where(
        already.outlet_id == new,
        already.agency == LicenceRow.agency,
        already.valid_from.is_not_distinct_from(LicenceRow.valid_from),
    )
    session.execute(
        update(LicenceRow).where(LicenceRow.outlet_id == old, free).values(outlet_id=new),
        execution_options={"synchronize_session": False},
    )
    session.execute(delete(OutletRow).where(OutletRow.id == old))


def _sync_feeds(session: Session, outlets: Sequence[Outlet], now: datetime) -> None:
    """Feeds the catalogue names are polled; those it no longer names are not, nor what an index of them once listed."""
    columns = (FeedRow.id, FeedRow.url, FeedRow.outlet_id, FeedRow.kind, FeedRow.parent_id, FeedRow.active)
    there = {row.url: row for row in session.execute(select(*columns))}
    named = {feed.url: (outlet.id, feed.kind) for outlet in outlets for feed in outlet.feeds}
    fresh = {"due_at": now, "active": True}
    new = [
        fresh | {"url": url, "outlet_id": outlet_id, "kind": kind, "host": host_of(url)}
        for url, (outlet_id, kind) in named.items()
        if url not in there
    ]
    if new:
        session.execute(insert(FeedRow), new)
    parents = {row.id: row.parent_id for row in there.values() if row.url not in named}
    urls = {row.id: row.url for row in there.values()}
    changed: list[_Values] = []
    for row in there.values():
        top = row.id
        while parents.get(top) is not None:
            top = parents[top]
        whose, kind = named.get(row.url, (row.outlet_id, row.kind))
        parent_id, active = parents.get(row.id), urls[top] in named
        if (whose, kind, parent_id, active) != (row.outlet_id, row.kind, row.parent_id, row.active):
            values = {"outlet_id": whose, "kind": kind, "parent_id": parent_id, "active": active}
            changed.append({"id": row.id} | values)
    if changed:
        session.execute(update(FeedRow), changed)
