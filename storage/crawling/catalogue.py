"""Brings the tables in step with the catalogue, and finds whose an address is.

The catalogue is the truth about what is polled; the rows keep what polling taught. What the catalogue no longer
names is kept and not asked any more. A site first met in an import has an outlet row made from its host, and its
articles move to the catalogue's outlet on the day somebody adds it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from news.articles import Agency, Feed, Outlet
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

_ADDRESS = re.compile(r"\[[0-9a-f:.]+\](:\d+)?|\d+(\.\d+){3}(:\d+)?")


def sync_catalogue(session: Session, agencies: Sequence[Agency], outlets: Sequence[Outlet], now: datetime) -> None:
    """Make agencies, outlets and feeds say what the catalogue says; a new feed is due at once."""
    # Read at once what is there: a query for each name was most of the start of every command.
    known = {row.code: row for row in session.scalars(select(AgencyRow))}
    for agency in agencies:
        _sync_agency(session, agency, known.get(agency.code))
    there = select(OutletRow).where(OutletRow.id.in_([outlet.id for outlet in outlets]))
    rows = {row.id: row for row in session.scalars(there)}
    for outlet in outlets:
        _sync_outlet(session, outlet, rows.get(outlet.id))
    session.flush()
    for outlet in outlets:
        _claim_hosts(session, outlet)
        for feed in outlet.feeds:
            _sync_feed(session, outlet.id, feed, now)
    _retire_feeds(session, {feed.url for outlet in outlets for feed in outlet.feeds})


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


def host_of(url: str) -> str:
    """Host and port of an address in lower case, without the port its scheme implies: the unit of politeness."""
    parts = urlsplit(url)
    host = parts.netloc.lower().rpartition("@")[2]
    return host.removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme.lower(), "\n"))


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


def _sync_agency(session: Session, agency: Agency, row: AgencyRow | None) -> None:
    row = row or AgencyRow(code=agency.code)
    row.name, row.country = agency.name, agency.country
    session.add(row)


def _sync_outlet(session: Session, outlet: Outlet, row: OutletRow | None) -> None:
    row = row or OutletRow(id=outlet.id)
    row.name, row.hosts, row.country = outlet.name, [host.lower() for host in outlet.hosts], outlet.country
    row.zone, row.language, row.agency = outlet.zone, outlet.language, outlet.agency
    session.add(row)


def _claim_hosts(session: Session, outlet: Outlet) -> None:
    """Point the outlet's hosts at it, and no others; take over what an import filed under the bare host."""
    hosts = {host.lower() for host in outlet.hosts}
    session.execute(delete(OutletHostRow).where(OutletHostRow.outlet_id == outlet.id, OutletHostRow.host.not_in(hosts)))
    for host in sorted(hosts):
        _claim_host(session, host, outlet.id)
    session.flush()


def _claim_host(session: Session, host: str, outlet_id: str) -> None:
    row = session.get(OutletHostRow, host)
    if row is None:
        session.add(OutletHostRow(host=host, outlet_id=outlet_id))
        return
    before, row.outlet_id = row.outlet_id, outlet_id
    session.flush()
    if before == host != outlet_id:
        _take_over(session, before, outlet_id)


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


def _sync_feed(session: Session, outlet_id: str, feed: Feed, now: datetime) -> None:
    row = session.scalars(select(FeedRow).where(FeedRow.url == feed.url)).first()
    if row is None:
        row = FeedRow(url=feed.url, host=host_of(feed.url), due_at=now)
        session.add(row)
    row.outlet_id, row.kind, row.active, row.parent_id = outlet_id, feed.kind, True, None


def _retire_feeds(session: Session, named: Collection[str]) -> None:
    """Stop polling what the catalogue no longer names, and what a sitemap index it no longer names once listed."""
    session.flush()
    rows = {row.id: row for row in session.scalars(select(FeedRow))}
    for row in rows.values():
        top = row
        while top.parent_id is not None:
            top = rows[top.parent_id]
        row.active = top.url in named
    session.flush()
