"""Compare what was found with what was planted. Pure: rows in, findings out, nothing forgiven.

Rows are those of `wiretrail pickups --format jsonl`. Pages are named by their path, since no two sites of a
newsroom share one; stories by the agency's number inside the row's story name, else by the company they keep.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from demo.check_notices import differences_of_notices
from demo.difference import Finding as Finding
from demo.difference import path_of as path_of
from demo.shapes import Copy, PlantedEdit, Truth

Row = Mapping[str, Any]
_DELAY_TOLERANCE_MINUTES = 1
# Kinds of edits within a sentence. Cuts, additions and headlines are any outlet's daily work.
_CHANGES = frozenset({"word", "name", "number", "quote", "negation", "attribution"})


def check(
    truth: Truth, rows: Sequence[Row], edits: Sequence[Row] | None = None, notices: Sequence[Row] | None = None
) -> list[Finding]:
    """Every difference, in a stable order; an empty list means that all is as planted.

    `edits` are rows with `url`, `kind`, `old`, `new` and `substantive` (true when missing), one per edit of a pickup;
    None leaves edits unjudged. `notices` are those of `wiretrail notices --all --format jsonl`; None likewise.
    """
    links = [row for row in rows if row.get("certainty") != "possible"]
    names = _story_names(truth, links)
    findings = [
        *_unplanted(truth, links),
        *_doubts(truth, rows),
        *(finding for copy in truth.copies for finding in _judge_copy(copy, truth, links, names)),
        *_wrong_stories(truth, links, names),
        *(_missing_edits(truth.edits, edits) if edits is not None else ()),
        *(_invented_edits(truth, edits) if edits is not None else ()),
        *(differences_of_notices(truth, notices) if notices is not None else ()),
    ]
    return sorted(findings, key=lambda finding: (finding.severity, finding.where, finding.what))


def _unplanted(truth: Truth, links: Sequence[Row]) -> Iterator[Finding]:
    """Rows for pages that must not be linked, that do not exist, or that go by another address."""
    for row in links:
        path = path_of(row["url"])
        trouble = _trouble(truth, path, row)
        if trouble:
            yield Finding("error", trouble, _where(truth, path))


def _trouble(truth: Truth, path: str, row: Row) -> str:
    """What is wrong with this page being linked at all, "" for nothing."""
    if path in truth.twins:
        return f"stands under a twin's address instead of {truth.twins[path]}"
    if path in truth.disallowed:
        return "linked although robots.txt disallows the page"
    if path in truth.never_linked:
        return f"false link to {row['story']}"
    if path not in truth.paths:
        return "linked, but the newsroom has no such page"
    site = truth.paths[path]
    return "" if row["outlet"] in (site, truth.sites[site]) else f"stands under outlet {row['outlet']}"


def _doubts(truth: Truth, rows: Sequence[Row]) -> Iterator[Finding]:
    for row in rows:
        path = path_of(row["url"])
        if row.get("certainty") == "possible" and path in truth.never_linked:
            yield Finding("warning", f"possible link to {row['story']}", _where(truth, path))


def _story_names(truth: Truth, links: Sequence[Row]) -> dict[str, str]:
    """Planted story -> the name under which rows know it; stories without any row are left out."""
    planted = sorted({copy.story for copy in truth.copies})
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for copy in sorted(truth.copies, key=lambda copy: (copy.story, copy.path)):
        seen[copy.story].update(row["story"] for row in links if path_of(row["url"]) == copy.path)
    names: dict[str, str] = {}
    for story in planted:
        candidates = [name for name, _ in seen[story].most_common()]
        own = [name for name in candidates if _names(name, story)]
        others = [name for name in candidates if not any(_names(name, other) for other in planted)]
        free = [name for name in (*own, *others) if name not in names.values()]
        if free:
            names[story] = free[0]
    return names


def _names(name: str, story: str) -> bool:
    return story.casefold() in name.casefold()


def _wrong_stories(truth: Truth, links: Sequence[Row], names: Mapping[str, str]) -> Iterator[Finding]:
    """A planted page that is linked to a story which nobody planted in it."""
    planted: dict[str, set[str]] = defaultdict(set)
    for copy in truth.copies:
        planted[copy.path].add(names.get(copy.story, ""))
    for row in links:
        path = path_of(row["url"])
        if path in planted and row["story"] not in planted[path]:
            yield Finding("error", f"false link to {row['story']}", _where(truth, path))


def _judge_copy(copy: Copy, truth: Truth, links: Sequence[Row], names: Mapping[str, str]) -> Iterator[Finding]:
    """The rows of one planted copy. A version that was replaced by a later one may be there, and need not."""
    where = _where(truth, copy.path)
    name = names.get(copy.story)
    rows = [row for row in links if path_of(row["url"]) == copy.path and row["story"] == name]
    if copy.final and not rows:
        yield Finding("error", f"missed copy of {copy.story} ({copy.use}, credit {copy.credit})", where)
    if copy.final and len(rows) > 1:
        yield Finding("error", f"listed {len(rows)} times for {copy.story}", where)
    for row in rows:
        if copy.final:
            yield from (Finding("error", what, where) for what in _differences(copy, row))


def _differences(copy: Copy, row: Row) -> Iterator[str]:
    if row["agency"] != copy.agency:
        yield f"agency {row['agency']} instead of {copy.agency}"
    origin = "inferred" if copy.take is None else "filed"
    if row["origin"] != origin:
        yield f"story {copy.story} is {row['origin']}, not {origin}"
    if copy.take is not None and row["take"] != copy.take:
        yield f"take {row['take']} of {copy.story} instead of {copy.take}"
    if row["credited"] != copy.credit:
        yield f"credit {row['credited']} instead of {copy.credit}"
    yield from _delay_differences(copy, row)


def _delay_differences(copy: Copy, row: Row) -> Iterator[str]:
    """Where the page states its time the delay is exact; where it does not, bounds must hold the real one."""
    if copy.timing == "open":
        return
    delay = row["delay_minutes"]
    if copy.timing == "hidden":
        if delay is not None:
            yield f"delay {delay} min although the page states no time"
        low, high = row.get("delay_bounds") or (None, None)
        actual = copy.actual_minutes
        if actual is not None and not _within(actual, low, high):
            yield f"delay bounds {low} to {high} min exclude the real {actual}"
    elif delay is None or abs(delay - (copy.delay_minutes or 0)) > _DELAY_TOLERANCE_MINUTES:
        yield f"delay {delay} min instead of {copy.delay_minutes}"


def _within(actual: float, low: float | None, high: float | None) -> bool:
    above = low is None or low - _DELAY_TOLERANCE_MINUTES <= actual
    return above and (high is None or actual <= high + _DELAY_TOLERANCE_MINUTES)


def _missing_edits(planted: Iterable[PlantedEdit], edits: Sequence[Row]) -> Iterator[Finding]:
    """A planted edit is found when the words it took away and the words it brought stand in substantive edits.

    By words, since an aligner may rightly split one planted edit in two around a word that stayed.
    """
    for edit in planted:
        rows = [row for row in edits if path_of(row["url"]) == edit.path and row.get("substantive", True)]
        old, new = _words(edit.old), _words(edit.new)
        lost = (old - new) - _words(" ".join(row["old"] for row in rows))
        missing = (new - old) - _words(" ".join(row["new"] for row in rows))
        if lost or missing:
            words = ", ".join(sorted(lost | missing))
            yield Finding(
                "error", f"edit not reported: {edit.old!r} -> {edit.new!r} ({words})", f"{edit.site}{edit.path}"
            )


def _invented_edits(truth: Truth, edits: Sequence[Row]) -> Iterator[Finding]:
    """Substantive changes inside copied sentences that nobody planted: noise where an editor looks for politics."""
    planted: dict[str, set[str]] = defaultdict(set)
    for edit in truth.edits:
        planted[edit.path] |= _words(f"{edit.old} {edit.new}")
    for row in edits:
        path = path_of(row["url"])
        changed = _words(f"{row['old']} {row['new']}")
        if row.get("substantive", True) and row["kind"] in _CHANGES and not changed <= planted[path]:
            what = f"edit nobody planted: {row['kind']}: {row['old']!r} -> {row['new']!r}"
            yield Finding("warning", what, _where(truth, path))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _where(truth: Truth, path: str) -> str:
    return f"{truth.paths.get(truth.twins.get(path, path), '?')}{path}"
