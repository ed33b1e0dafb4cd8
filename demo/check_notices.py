"""Compare what pages are said to have done about notices with what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demo.difference import Finding, path_of
from demo.shapes import Reaction, Truth

_STATED_MINUTES = 1
_BETWEEN_VISITS_MINUTES = 24 * 60
"""What a page does not say is known when it is visited next. A day of the demo lasts twenty seconds, and on a busy
machine a crawl takes as long, so the hourly visits the program asks for come up to a day late."""


def differences_of_notices(truth: Truth, rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Every planted reaction that was not found as it is, and every row about a page that nothing was planted at."""
    found = {(row["kind"], path_of(row["url"])): row for row in rows}
    planted = {(reaction.kind, reaction.path): reaction for reaction in truth.reactions}
    for key, reaction in planted.items():
        for what in _differences(reaction, found.get(key)):
            yield Finding("error", f"{reaction.kind} of {reaction.story}: {what}", _where(truth, reaction.path))
    for (kind, path), row in found.items():
        if (kind, path) not in planted:
            what = f"{kind} of {row['story']}: said to be {row['state']}, and not concerned"
            yield Finding("error", what, _where(truth, path))


def _differences(reaction: Reaction, row: Mapping[str, Any] | None) -> Iterator[str]:
    if row is None:
        yield f"nothing is said of a page that is {reaction.state}"
        return
    if reaction.story.casefold() not in row["story"].casefold():
        yield f"of story {row['story']}"
        return
    if row["state"] != reaction.state:
        yield f"{row['state']} instead of {reaction.state} ({row['evidence']})"
        return
    minutes = row["minutes"]
    if reaction.minutes is None and minutes is not None:
        yield f"complied after {minutes} min although it is {reaction.state}"
    if reaction.minutes is not None and not _fits(reaction.minutes, minutes, stated=reaction.stated):
        yield f"after {minutes} min instead of {reaction.minutes:.0f}"


def _fits(minutes: float, found: float | None, *, stated: bool) -> bool:
    if found is None:
        return False
    latest = _STATED_MINUTES if stated else _BETWEEN_VISITS_MINUTES
    return -_STATED_MINUTES <= found - minutes <= latest


def _where(truth: Truth, path: str) -> str:
    return f"{truth.paths.get(path, '?')}{path}"
