"""What outlets did about notices, as questions over the view `compliance`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from news.terms import NOT_COMPLIED
from storage.answers import Compliance, Outcome, answer
from storage.filters import EVERYTHING, Filters
from storage.quantiles import median
from storage.views.making import COMPLIANCE


def outcomes(session: Session, filters: Filters = EVERYTHING) -> list[Outcome]:
    """Every article a notice concerned and what it did, by notice, the oldest first, then the quickest."""
    view = COMPLIANCE
    order = (view.c.opened_at, view.c.notice, view.c.since, view.c.url)
    rows = session.execute(_narrowed(filters).order_by(*order).limit(filters.limit))
    return [answer(Outcome, row) for row in rows]


def by_outlet(session: Session, filters: Filters = EVERYTHING) -> list[Compliance]:
    """Every outlet a correction, kill or hold concerned, those with most open first, then the slowest."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in session.execute(_narrowed(filters).where(COMPLIANCE.c.kind != "embargo")):
        found[row.outlet, row.outlet_name].append(row)
    answers = [_compliance(outlet, name, rows) for (outlet, name), rows in found.items()]
    answers.sort(key=lambda answer: (-answer.open, -(answer.median_minutes or 0), answer.outlet))
    return answers[: filters.limit]


def _compliance(outlet: str, name: str, rows: list[Any]) -> Compliance:
    states = [row.state for row in rows]
    minutes = [row.minutes for row in rows if row.minutes is not None]
    still = sum(state in NOT_COMPLIED for state in states)
    return Compliance(
        outlet=outlet,
        name=name,
        notices=len({row.notice for row in rows}),
        applied=len(rows) - still,
        with_note=states.count("changed with a note"),
        silently=states.count("silently changed"),
        removed=states.count("removed"),
        open=still,
        median_minutes=median(minutes),
        slowest_minutes=max(minutes, default=None),
    )


def _narrowed(filters: Filters) -> Select[Any]:
    view = COMPLIANCE
    query: Select[Any] = select(view)
    if filters.agency:
        query = query.where(func.lower(view.c.agency) == filters.agency.lower())
    for column, wanted in ((view.c.outlet, filters.outlet), (view.c.story, filters.story)):
        if wanted:
            query = query.where(column == wanted)
    if filters.since:
        query = query.where(view.c.opened_at >= filters.since)
    return query.where(view.c.opened_at < filters.until) if filters.until else query
