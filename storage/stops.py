"""What is kept out because it was erased (storage.erasing): asked wherever an article or a filing comes in."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.redacting import Redactor
from storage.in_parts import in_parts
from storage.models import StopRow


def redactor(session: Session) -> Redactor:
    """Takes the names of erased persons out of what comes in."""
    return Redactor(tuple(session.scalars(select(StopRow.name).where(StopRow.kind == "person").order_by(StopRow.name))))


def stopped(session: Session, addresses: Collection[str]) -> frozenset[str]:
    """Those of the addresses under which an article was erased."""
    query = select(StopRow.name).where(StopRow.kind == "address")
    return frozenset(
        name for some in in_parts(set(addresses)) for name in session.scalars(query.where(StopRow.name.in_(some)))
    )
