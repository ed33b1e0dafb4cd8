"""What outlets may use, as people say. Nobody having said anything is "unknown", never "none"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.errors import UnknownObjectError
from storage.models import LicenceRow, OutletRow


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms between an outlet and an agency, first and last day included; None is always, and open-ended."""

    outlet: str
    agency: str
    terms: str
    valid_from: date | None = None
    valid_to: date | None = None


def set_licence(session: Session, licence: Licence) -> None:
    """Store a licence; one with the same outlet, agency and first day replaces it.

    Raises UnknownObjectError for an unknown outlet, ValueError when it ends before it begins.
    """
    if licence.valid_from and licence.valid_to and licence.valid_to < licence.valid_from:
        raise ValueError(f"licence of {licence.outlet} ends {licence.valid_to}, before it begins {licence.valid_from}")
    if session.get(OutletRow, licence.outlet) is None:
        raise UnknownObjectError(f"no outlet {licence.outlet!r} is stored")
    # By query and not by upsert: in a unique constraint one null first day is not equal to another.
    query = select(LicenceRow).where(
        LicenceRow.outlet_id == licence.outlet,
        LicenceRow.agency == licence.agency,
        LicenceRow.valid_from.is_not_distinct_from(licence.valid_from),
    )
    row = session.scalars(query).first()
    if row is None:
        row = LicenceRow(outlet_id=licence.outlet, agency=licence.agency, valid_from=licence.valid_from)
        session.add(row)
    row.terms, row.valid_to = licence.terms, licence.valid_to
    session.flush()


def listed(session: Session) -> list[Licence]:
    """All licences, by outlet, agency and first day."""
    query = select(LicenceRow).order_by(LicenceRow.outlet_id, LicenceRow.agency, LicenceRow.valid_from)
    return [
        Licence(row.outlet_id, row.agency, row.terms, row.valid_from, row.valid_to) for row in session.scalars(query)
    ]
