"""Answers that sum up all pickups, or all of a time: outlets, shares, licences, delays, habits.

From packed columns, because no index sums up a million rows in time: a group is a cell of an array. The views say the
same in SQL, where it may take seconds; tests/storage/test_summaries.py holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from news.terms import UNLICENSED
from storage.answers import AgencyShare, Delays, OutletAnswer, Unlicensed
from storage.filters import Filters, Grouping
from storage.models import OutletRow
from storage.quantiles import quantile
from storage.totals import selection
from storage.totals.packing import Array, Reader
from storage.totals.selection import Columns

_HOUR_MICROS: Final = 3_600_000_000


def outlets(session: Session, filters: Filters) -> list[OutletAnswer]:
    """Outlets, what they published and what of it is agency text, the most pickups first; over all time."""
    reader = Reader(session)
    found = _OutletSums(reader, Filters(outlet=filters.outlet))
    return found.answers(_outlets(session, filters), filters.limit)


def _outlets(session: Session, filters: Filters) -> Sequence[Any]:
    """The outlets asked for."""
    query = select(OutletRow.id, OutletRow.name, OutletRow.country, OutletRow.language)
    if filters.outlet:
        query = query.where(OutletRow.id == filters.outlet)
    if filters.country:
        query = query.where(func.lower(OutletRow.country) == filters.country.lower())
    rows = session.execute(query).all()
    return [row for row in rows if selection.speaks(row.language, filters.language)]


def agency_shares(session: Session, filters: Filters) -> list[AgencyShare]:
    """By outlet and agency: which share of the outlet's articles is its text. The most used agency first."""
    reader = Reader(session)
    columns = selection.pickups(reader, filters, "outlet", "agency", "story_id", "article_id", "covered_words")
    agencies = reader.names("agency")
    cell = columns["outlet"].astype("i8") * len(agencies) + columns["agency"]
    size = int(cell.max(initial=-1)) + 1
    pickups = np.bincount(cell, minlength=size)
    covered = np.bincount(cell, columns["covered_words"], size)
    stories, carriers = (distinct(cell, columns[name], size) for name in ("story_id", "article_id"))
    articles, words = _published(reader, filters)
    names = reader.names("outlet")
    cells = [(names[at // len(agencies)], -covered[at], agencies[at % len(agencies)], at) for at in _filled(pickups)]
    return [
        AgencyShare(
            outlet=outlet,
            agency=agency,
            pickups=int(pickups[at]),
            stories=int(stories[at]),
            words=int(covered[at]),
            articles=int(articles[at // len(agencies)]),
            share_of_articles=float(carriers[at] / articles[at // len(agencies)]),
            share_of_words=min(1.0, float(covered[at] / max(1, words[at // len(agencies)]))),
        )
        for outlet, _, agency, at in sorted(cells)[: filters.limit]
    ]


def _published(reader: Reader, filters: Filters) -> tuple[Array, Array]:
    """How many articles, and words, each outlet published in the time asked for; by code."""
    columns = selection.articles(reader, filters, "outlet", "words")
    size = len(reader.names("outlet"))
    counted = np.bincount(columns["outlet"], minlength=size)
    return counted, np.bincount(columns["outlet"], columns["words"], size)


def unlicensed(session: Session, filters: Filters) -> list[Unlicensed]:
    """Copies for which the licence table says none, then those for which nobody said, by outlet and agency."""
    reader = Reader(session)
    without = {"licence": lambda terms: terms in UNLICENSED and terms == (filters.licence or terms)}
    columns = selection.pickups(
        reader, filters, "outlet", "agency", "licence", "covered_words", "credited", also=without
    )
    names, agencies, terms = (reader.names(field) for field in ("outlet", "agency", "licence"))
    cell = (columns["outlet"].astype("i8") * len(agencies) + columns["agency"]) * len(terms) + columns["licence"]
    size = int(cell.max(initial=-1)) + 1
    copies = np.bincount(cell, minlength=size)
    words = np.bincount(cell, columns["covered_words"], size)
    uncredited = np.bincount(cell, selection.where(reader, columns, "credited", "none".__eq__), size)
    rows = []
    for at in _filled(copies):
        rest, licence = divmod(at, len(terms))
        outlet, agency = divmod(rest, len(agencies))
        rows.append((terms[licence], -int(copies[at]), names[outlet], agencies[agency], at))
    shown = {id_: name for id_, name in session.execute(select(OutletRow.id, OutletRow.name))}  # noqa: C416  -- a Row is no tuple to mypy
    return [
        Unlicensed(outlet, shown[outlet], agency, licence, -fewer, int(words[at]), int(uncredited[at]))
        for licence, fewer, outlet, agency, at in sorted(rows)[: filters.limit]
    ]


def delays(session: Session, filters: Filters, by: Grouping) -> list[Delays]:
    """How soon, by outlet, agency, desk (first word of the slugline) or hour of publication (UTC); quickest first."""
    reader = Reader(session)
    field = "placed_at" if by == "hour" else by
    columns = selection.pickups(reader, filters, field, "delay_minutes")
    group, names = columns[field], [f"{hour:02}" for hour in range(24)]
    if by == "hour":
        group = (group // _HOUR_MICROS % 24).astype("u1")
    else:
        names = list(reader.names(by))
    rows = [_delays_of(names[code], minutes) for code, minutes in sorted_by_group(group, columns["delay_minutes"])]
    key: Callable[[Delays], Any] = (lambda r: r.group) if by == "hour" else (lambda r: (r.median_minutes, r.group))
    return sorted(rows, key=key)[: filters.limit]


def _delays_of(group: str, minutes: Array) -> Delays:
    return Delays(
        group=group,
        pickups=len(minutes),
        least_minutes=float(minutes[0]),
        quarter_minutes=quantile(minutes, 0.25),
        median_minutes=quantile(minutes, 0.5),
        three_quarters_minutes=quantile(minutes, 0.75),
    )


def habits(session: Session, outlet: str, field: str) -> list[tuple[str, str, int]]:
    """(agency, text of `field`, pickups) of an outlet: how it credits or uses which agency."""
    reader = Reader(session)
    columns = selection.pickups(reader, Filters(outlet=outlet), "agency", field)
    agencies, texts = reader.names("agency"), reader.names(field)
    counted = np.bincount(columns["agency"].astype("i8") * len(texts) + columns[field])
    return [(agencies[at // len(texts)], texts[at % len(texts)], int(counted[at])) for at in _filled(counted)]


class _OutletSums:
    """What the pickups and articles of each outlet sum up to, in arrays by the outlet's code."""

    def __init__(self, reader: Reader, narrowed: Filters) -> None:
        asked = ("outlet", "story_id", "article_id", "covered_words", "words", "credited", "licence", "delay_minutes")
        columns = selection.pickups(reader, narrowed, *asked)
        articles = selection.articles(reader, Filters(), "outlet", "words")
        self.codes = {name: code for code, name in enumerate(reader.names("outlet"))}
        outlet, size = columns["outlet"], len(self.codes)
        self.articles = np.bincount(articles["outlet"], minlength=size)
        self.words = np.bincount(articles["outlet"], articles["words"], size)
        self.pickups = np.bincount(outlet, minlength=size)
        self.stories = distinct(outlet, columns["story_id"], size)
        self.uncredited = np.bincount(
            outlet[selection.where(reader, columns, "credited", "none".__eq__)], minlength=size
        )
        self.unlicensed, self.unknown = (
            np.bincount(outlet[selection.where(reader, columns, "licence", said.__eq__)], minlength=size)
            for said in ("none", "unknown")
        )
        self.agency_articles, self.agency_words = _carriers(columns, size)
        self.medians = {code: quantile(found, 0.5) for code, found in sorted_by_group(outlet, columns["delay_minutes"])}

    def answers(self, rows: Sequence[Any], limit: int | None) -> list[OutletAnswer]:
        """The outlets as answers, the most pickups first."""
        found = [self._answer(row) for row in rows]
        return sorted(found, key=lambda one: (-one.pickups, one.outlet))[:limit]

    def _answer(self, row: Any) -> OutletAnswer:
        code = self.codes.get(row.id)

        def of(values: Array) -> int:
            return 0 if code is None else int(values[code])

        articles, words = of(self.articles), of(self.words)
        carriers, covered = of(self.agency_articles), of(self.agency_words)
        return OutletAnswer(
            outlet=row.id,
            name=row.name,
            country=row.country,
            language=row.language,
            articles=articles,
            words=words,
            agency_articles=carriers,
            share_of_articles=carriers / articles if articles else None,
            agency_words=covered,
            share_of_words=covered / words if words else None,
            pickups=of(self.pickups),
            stories=of(self.stories),
            uncredited=of(self.uncredited),
            unlicensed=of(self.unlicensed),
            licence_unknown=of(self.unknown),
            median_delay_minutes=None if code is None else self.medians.get(code),
        )


def _carriers(columns: Columns, size: int) -> tuple[Array, Array]:
    """By outlet: articles that carry a story, and their words in aligned passages, none counted over its length."""
    article = columns["article_id"]
    covered = np.bincount(article, columns["covered_words"])
    words, outlet = np.zeros(len(covered), "i4"), np.zeros(len(covered), "i4")
    words[article], outlet[article] = columns["words"], columns["outlet"]
    carrying = np.zeros(len(covered), bool)
    carrying[article] = True
    outlet = outlet[carrying]
    counted = np.minimum(covered, words)[carrying]
    return np.bincount(outlet, minlength=size), np.bincount(outlet, counted, size)


def distinct(cell: Array, values: Array, size: int) -> Array:
    """How many different values there are in each cell."""
    most = int(values.max(initial=0)) + 1
    # Sorted rather than by np.unique, which since numpy 2.3 hashes and takes several times as long.
    pairs = np.sort(cell.astype("i8") * most + values)
    new = np.ones(len(pairs), bool)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[new] // most, minlength=size)


def sorted_by_group(group: Array, values: Array) -> Iterator[tuple[int, Array]]:
    """Each group that has known values, with these in order."""
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    values = values[np.argsort(group, kind="stable")]
    counts = np.bincount(group)
    ends = np.cumsum(counts)
    for code in _filled(counts):
        yield code, np.sort(values[ends[code] - counts[code] : ends[code]])


def _filled(counts: Array) -> list[int]:
    found: list[int] = np.flatnonzero(counts).tolist()
    return found
