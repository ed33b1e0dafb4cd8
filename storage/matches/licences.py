"""What outlets may use, as people say. Nobody having said anything is "unknown", never "none".

Said by command, or in the configuration: what stands there is the truth for its outlet, agency and first day, and goes
when it is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from storage.models import AgencyRow, LicenceRow, OutletRow

IN_CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms between an outlet and an agency, first and last day included; None is always, and open-ended."""

    outlet: str
    agency: str
    terms: str
    valid_from: date | None = None
    valid_to: date | None = None
    said_in: str = "command"


def set_licence(session: Session, licence: Licence) -> None:
    """Store a licence; one with the same outlet, agency and first day replaces it.

    Raises UnknownObjectError for an unknown outlet, ValueError when it ends before it begins, or when the
    configuration says otherwise.
    """
    row = _checked(session, licence)
    if row is not None and row.said_in == IN_CONFIGURATION and licence.said_in != IN_CONFIGURATION:
        raise ValueError(
            f"licence of {licence.outlet} and {licence.agency} stands in the configuration: change it there"
        )
    if row is None:
        row = LicenceRow(outlet_id=licence.outlet, agency=licence.agency, valid_from=licence.valid_from)
        session.add(row)
    row.terms, row.valid_to, row.said_in = licence.terms, licence.valid_to, licence.said_in
    session.flush()


def sync_licences(session: Session, said: Sequence[Licence]) -> None:
    """Make the licences of the configuration those said now; what commands said elsewhere stays.

    Raises UnknownObjectError for an outlet or agency that is not stored, ValueError for one said twice or with
    impossible dates; each names the entry by its number.
    """
    kept: set[int] = set()
    for number, licence in enumerate(said, start=1):
        if session.get(AgencyRow, licence.agency) is None:
            raise UnknownObjectError(f"licences, entry {number}: no agency {licence.agency!r} is in the catalogue")
        try:
            set_licence(session, licence)
        except (UnknownObjectError, ValueError) as error:
            raise type(error)(f"licences, entry {number}: {error}") from error
        row = _checked(session, licence)
        if row is None or row.id in kept:
            raise ValueError(
                f"licences, entry {number}: {licence.outlet} and {licence.agency} are given twice for one day"
            )
        kept.add(row.id)
    gone = delete(LicenceRow).where(LicenceRow.said_in == IN_CONFIGURATION, LicenceRow.id.not_in(kept))
    session.execute(gone)


def _checked(session: Session, licence: Licence) -> LicenceRow | None:
    """The row a licence has, if it has one."""
    if licence.valid_from and licence.valid_to and licence.valid_to < licence.valid_from:
        raise ValueError(f"licence of {licence.outlet} ends {licence.valid_to}, before it begins {licence.valid_from}")
    if session.get(OutletRow, licence.outlet) is None:
        raise UnknownObjectError(f"no outlet {licence.outlet!r} is stored; wiretrail outlets lists the ids")
    # By query and not by upsert: in a unique constraint one null first day is not equal to another.
    query = select(LicenceRow).where(
        LicenceRow.outlet_id == licence.outlet,
        LicenceRow.agency == licence.agency,
        LicenceRow.valid_from.is_not_distinct_from(licence.valid_from),
    )
    return session.scalars(query).first()


def listed(session: Session) -> list[Licence]:
    """All licences, by outlet, agency and first day."""
    query = select(LicenceRow).order_by(LicenceRow.outlet_id, LicenceRow.agency, LicenceRow.valid_from)
    return [
        Licence(row.outlet_id, row.agency, row.terms, row.valid_from, row.valid_to, row.said_in)
        for row in session.scalars(query)
    ]
