"""What is unmatched, worked through in parts; what fails is set aside by itself, and everything else is decided.

    a part ─> matched ─> done
           ─> an error: rolled back, each half by itself ─> one text: set aside, with its reason
           ─> killed: the next run takes each of its texts by itself, after all others ─> killed again: set aside

until its time has come, or a person takes it up again (wiretrail aside).

Cutting a part in two changes nothing in what comes out: how texts are split over runs never does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from jobs.context import Context, log
from news.errors import WiretrailError
from storage import set_aside
from storage.engine import is_away, reading, writing
from storage.matches import match_facts
from storage.matches.match_facts import Kind

KINDS: Final[tuple[Kind, ...]] = ("take", "version")
PART: Final = 8_000
"""New texts worked through at once: bounds memory in a first run over an archive."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of one kind to be matched, in parts: first the ordinary ones, then one by one those that failed before.

    `passed_over`: how many are set aside and their time has not come.
    """

    kind: Kind
    ordinary: Sequence[int]
    suspected: Sequence[int]
    passed_over: int

    def __len__(self) -> int:
        return len(self.ordinary) + len(self.suspected)


def parts_of(context: Context, kind: Kind, rows: Sequence[int]) -> Parts:
    """What of the unmatched rows is to be matched now."""
    with reading(context.engine) as session:
        known, held = set_aside.known(session, "closure"), set_aside.held(session, "closure", context.now())
    names = {row: name_of(kind, row) for row in rows}
    return Parts(
        kind,
        ordinary=[row for row, name in names.items() if name not in known],
        suspected=[row for row, name in names.items() if name in known - held],
        passed_over=sum(name in held for name in names.values()),
    )


def name_of(kind: Kind, row: int) -> str:
    """By what a text is called when it is set aside: "version 123", "take 45", which are row numbers."""
    return f"{kind} {row}"


def held_rows(names: Collection[str], kind: Kind) -> set[int]:
    """The rows of this kind among the names of what is set aside."""
    return {int(name.partition(" ")[2]) for name in names if name.startswith(f"{kind} ")}


def work_through(context: Context, parts: Parts, match: Callable[[Sequence[int]], None]) -> int:
    """Match part after part; returns how many texts were set aside.

    Raises what is nobody's fault: the database away, full or locked, another process with the lease.
    """
    failed = 0
    for start in range(0, len(parts.ordinary), PART):
        failed += _matched(context, parts.kind, parts.ordinary[start : start + PART], match)
    for row in parts.suspected:
        if _matched(context, parts.kind, [row], match):
            failed += 1
        else:
            with writing(context.engine) as session:
                set_aside.clear(session, "closure", [name_of(parts.kind, row)])
    return failed


def _matched(context: Context, kind: Kind, part: Sequence[int], match: Callable[[Sequence[int]], None]) -> int:
    """Match a part, or else its halves; returns how many of its texts were set aside."""
    try:
        with ExitStack() as hands:
            for row in part:
                hands.enter_context(context.in_hand.at_work("closure", name_of(kind, row)))
            match(part)
    except Exception as error:
        if isinstance(error, WiretrailError) or is_away(error):
            raise
        if len(part) == 1:
            _set_aside(context, kind, part[0], error)
            return 1
        middle = len(part) // 2
        return sum(_matched(context, kind, half, match) for half in (part[:middle], part[middle:]))
    return 0


def _set_aside(context: Context, kind: Kind, row: int, error: Exception) -> None:
    name = name_of(kind, row)
    with reading(context.engine) as session:
        reason = f"{match_facts.address_of(session, kind, row)}: {type(error).__name__}: {error}"
    with writing(context.engine) as session:
        until = set_aside.fail(session, "closure", name, reason, context.now())
    log.warning("closure.set_aside", unit=name, reason=reason[:300], until=until.isoformat(), exc_info=error)
