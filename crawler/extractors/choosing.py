"""One way to choose a page's headline, authors and times: gather every candidate with its evidence, add up weights,
take
the best.

The evidence is a set of plain words ("json-ld author", "below the headline", "says by"); what each is worth is learned
from labelled pages by `python -m benchmarks extraction_weights` and kept in choosing.toml. Choosing nothing scores 0.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

_FILE = Path(__file__).with_name("choosing.toml")
V = TypeVar("V")


@dataclass(slots=True, eq=False)
class Candidate(Generic[V]):
    """A value that a field may have, the words on the page it was read from, and the evidence for and against it."""

    value: V
    words: str
    evidence: set[str] = field(default_factory=set)
    score: float = 0.0

    @property
    def rule(self) -> str:
        """The evidence that counts most for it, in a line."""
        return ", ".join(sorted(self.evidence)[:4])


@cache
def weights_of(field_name: str) -> dict[str, float]:
    """What each evidence is worth for a field."""
    found: dict[str, dict[str, float]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return found[field_name]


def best(field_name: str, candidates: Iterable[Candidate[V]]) -> Candidate[V] | None:
    """The candidate with the highest score, the first of equals; None when nothing scores better than no value."""
    worth = weights_of(field_name)
    chosen = None
    for one in candidates:
        one.score = sum([worth.get(name, 0.0) for name in one.evidence])
        if one.score > (chosen.score if chosen is not None else 0.0):
            chosen = one
    return chosen
