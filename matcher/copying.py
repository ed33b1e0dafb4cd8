"""Which outlet did a copy come from? Copies that repeat another outlet's own changes to a story.

What an outlet wrote and the agency never did, a name, a number, a sentence of its own, shows who had the text from
whom: the earliest copy with most of these changes. A pure function of the copies of one story, whatever their order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

EXAMPLE_CHARACTERS: Final = 120
EXAMPLES: Final = 5
_NO_TRACE: Final = frozenset(("cut", "moved", "house spelling"))
"""Kinds of edit that two outlets make alike without knowing of each other."""
COMMON_OUTLETS: Final = 6
COMMON_SHARE: Final = 0.5
"""A change that so many outlets make, and more than this share of them, is of the agency: a take that never came in."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A pickup of the story.

    `rank` orders copies by when this text was published (epoch seconds), then by address and version. `changes` are
    what the outlet wrote and the agency did not, folded to lower case, and whether each is substantive.
    """

    key: int
    outlet: str
    rank: tuple[float, str, int]
    changes: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Source:
    """The copy another one was probably made from: `shared` changes in common, some of them as `examples`."""

    key: int
    shared: int
    examples: tuple[str, ...]


def own_changes(edits: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Of edits as stored (kind, article_text, substantive), what the outlet wrote, folded; and whether it matters."""
    own: dict[str, bool] = {}
    for edit in edits:
        text = " ".join(str(edit.get("article_text") or "").casefold().split())
        if text and edit.get("kind") not in _NO_TRACE:
            own[text] = own.get(text, False) or bool(edit.get("substantive"))
    return own


def sources(copies: Sequence[Copy]) -> dict[int, Source]:
    """For each copy that has one, the earlier copy in another outlet it was probably made from.

    Asked for are one substantive change or two of any kind in common; the one that shares most, then the earliest.
    """
    common = _common(copies)
    found: dict[int, Source] = {}
    earlier: dict[str, list[int]] = defaultdict(list)
    ordered = sorted(copies, key=lambda copy: (copy.rank, copy.key))
    for place, copy in enumerate(ordered):
        traces = [text for text in copy.changes if text not in common]
        shared = Counter(n for text in traces for n in earlier[text] if ordered[n].outlet != copy.outlet)
        best = min(shared, key=lambda n: (-shared[n], n), default=None)
        if best is not None:
            source = _source(copy, ordered[best], common)
            if source is not None:
                found[copy.key] = source
        for text in traces:
            earlier[text].append(place)
    return found


def _common(copies: Sequence[Copy]) -> set[str]:
    """The changes of so many outlets that they are the agency's."""
    outlets: dict[str, set[str]] = defaultdict(set)
    for copy in copies:
        for text in copy.changes:
            outlets[text].add(copy.outlet)
    least = max(COMMON_OUTLETS, COMMON_SHARE * len({copy.outlet for copy in copies}) + 1)
    return {text for text, by in outlets.items() if len(by) >= least}


def _source(copy: Copy, other: Copy, common: Collection[str]) -> Source | None:
    shared = [text for text in copy.changes.keys() & other.changes.keys() if text not in common]
    weight = {text: (copy.changes[text] or other.changes[text], len(text), text) for text in shared}
    if len(shared) < 2 and not any(substantive for substantive, _, _ in weight.values()):
        return None
    examples = sorted(shared, key=lambda text: weight[text], reverse=True)[:EXAMPLES]
    return Source(other.key, len(shared), tuple(text[:EXAMPLE_CHARACTERS] for text in examples))
