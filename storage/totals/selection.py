"""What a question is narrowed to, and the pickups, articles and stories that are left, as packed columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from news.terms import COUNTED
from storage.filters import Filters
from storage.models import StoryRow
from storage.totals.packing import ARTICLES, CARRIED, STORIES, Array, Reader, micros

Columns = dict[str, Array]
Test = Callable[[str], bool]
MOST: Final = 10_000
"""Rows that are named to the database one by one; SQLite takes 32,766 variables a statement."""
_UNDATED: Final = 60  # bits: beyond every instant
TAKERS: Final = ("outlet", "country", "use", "credited", "licence")


def pickups(reader: Reader, filters: Filters, *fields: str, also: Mapping[str, Test] | None = None) -> Columns:
    """These columns of the pickups that pass the filters, and the tests of further texts in `also`."""
    tests = {**_text_tests(filters), **(also or {})}
    needed = {*fields, *tests}
    needed |= {"placed_at"} if filters.since or filters.until else set()
    needed |= {"pickup_id"} if filters.newer_than is not None else set()
    needed |= {"story_id"} if filters.story else set()
    columns = reader.read(CARRIED, needed)
    passed = _passing(reader, columns, tests)
    if filters.since or filters.until:
        passed &= _within(columns["placed_at"], filters)
    if filters.newer_than is not None:
        passed &= columns["pickup_id"] > filters.newer_than
    if filters.story:
        passed &= columns["story_id"] == story_number(reader, filters.story)
    return _narrowed(columns, passed, fields)


def articles(reader: Reader, filters: Filters, *fields: str) -> Columns:
    """These columns of the articles, narrowed by time alone."""
    timed = filters.since or filters.until
    columns = reader.read(ARTICLES, {*fields, "placed_at"} if timed else fields)
    return _narrowed(columns, _within(columns["placed_at"], filters), fields) if timed else columns


def stories(reader: Reader, filters: Filters) -> Columns:
    """story_id and known_at (when it was filed, else first seen) of the stories that pass the filters.

    Narrowed by outlet, country, class, credit or licence, they are those that were taken so at any time.
    """
    tests = {name: test for name, test in _text_tests(filters).items() if name in ("agency", "language")}
    columns = reader.read(STORIES, {"story_id", "known_at", *tests})
    passed = _passing(reader, columns, tests) & _within(columns["known_at"], filters)
    if filters.newer_than is not None:
        passed &= columns["story_id"] > filters.newer_than
    if filters.story:
        passed &= columns["story_id"] == story_number(reader, filters.story)
    if any(getattr(filters, name) for name in TAKERS):
        takers = replace(filters, since=None, until=None, language=None, newer_than=None)
        passed &= np.isin(columns["story_id"], pickups(reader, takers, "story_id")["story_id"])
    return _narrowed(columns, passed, ("story_id", "known_at"))


def story_number(reader: Reader, key: str) -> int:
    """The row of a story of this name; 0 for none."""
    return reader.session.scalar(select(StoryRow.id).where(StoryRow.key == key)) or 0


def _text_tests(filters: Filters) -> dict[str, Test]:
    """What the texts of a pickup must be. Names are compared as they are, codes as people type them."""
    certainties = filters.certainty or COUNTED
    tests: dict[str, Test] = {"certainty": certainties.__contains__}
    for field, name in (("outlet", filters.outlet), ("licence", filters.licence), ("credited", filters.credited)):
        if name:
            tests[field] = name.__eq__
    for field, code in (("agency", filters.agency), ("country", filters.country), ("class", filters.use)):
        if code:
            tests[field] = partial(_same_code, asked=code)
    if filters.language:
        tests["language"] = partial(speaks, asked=filters.language)
    return tests


def _same_code(code: str, asked: str) -> bool:
    return code.lower() == asked.lower()


def speaks(language: str, asked: str | None) -> bool:
    """Whether a language is the one asked for, or a regional form of it; any is when none is asked for."""
    return not asked or language.lower() == asked.lower() or language.lower().startswith(asked.lower() + "-")


def _passing(reader: Reader, columns: Columns, tests: Mapping[str, Test]) -> Array:
    passed = np.ones(len(next(iter(columns.values()))), bool)
    for field, test in tests.items():
        passed &= where(reader, columns, field, test)
    return passed


def where(reader: Reader, columns: Columns, field: str, test: Test) -> Array:
    """In which rows the text of a field passes: each text is tested once, then looked up by its code."""
    names = reader.names(field)
    passed: Array = np.fromiter((test(name) for name in names), bool, len(names))[columns[field]]
    return passed


def _within(when: Array, filters: Filters) -> Array:
    passed = np.ones(len(when), bool)
    if filters.since:
        passed &= when >= micros(filters.since)
    if filters.until:
        passed &= when < micros(filters.until)
    return passed


def _narrowed(columns: Columns, passed: Array, fields: tuple[str, ...]) -> Columns:
    return {field: columns[field][passed] for field in fields}


def first_by_time(session: Session, filters: Filters) -> list[int] | None:
    """The rows of pickups among which the first `limit` in order of publication are, undated ones last.

    None when they are too many to be named.
    """
    columns = pickups(Reader(session), filters, "pickup_id", "placed_at", "undated")
    return _lowest(columns["pickup_id"], columns["placed_at"] + (columns["undated"].astype("i8") << _UNDATED), filters)


def longest_gaps(session: Session, filters: Filters) -> list[int] | None:
    """The rows of pickups among which the `limit` longest copies with a gap in their credit are. None: too many."""
    wanted = {"gap": lambda gap: gap != "" and gap == (filters.credited or gap)}
    asked = replace(filters, credited=None, certainty=())
    columns = pickups(Reader(session), asked, "pickup_id", "covered_words", also=wanted)
    return _lowest(columns["pickup_id"], -columns["covered_words"], filters)


def _lowest(ids: Array, keys: Array, filters: Filters) -> list[int] | None:
    """The ids of the lowest keys, `limit` of them and those level with the last."""
    limit = filters.limit or MOST + 1
    if limit < len(ids):
        ids = ids[keys <= np.partition(keys, limit - 1)[limit - 1]]
    found: list[int] = ids.tolist()
    return found if len(found) <= MOST else None
