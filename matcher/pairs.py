"""Which of these texts share text, two by two? The question below all stories: who has passages in common with whom.

Shares are raw, nothing discounted: what a quotation or a formula is worth is a matter for the decision, not for the
measurement. They are strict ones, of text taken word for word: two reports written from one press release share most
of their passages loosely (Saudi papers, July 2015), and are no pair. A family of 500 copies has 124,750 pairs, and
all are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from matcher.align import align
from matcher.index import Index
from matcher.text import Hashes, Text

LEAST_SHARE: Final = 0.1
LEAST_FINGERPRINTS: Final = 2
LEAST_ESTIMATE: Final = 0.02
"""Share of the shorter text's fingerprints below which a pair cannot reach LEAST_SHARE, whatever the sample."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Two texts, `a` before `b`, with the share of each one's runs of eight words that the other holds."""

    a: int
    b: int
    a_in_b: float
    b_in_a: float


def sharing(texts: Mapping[int, Text], prints: Mapping[int, Hashes]) -> Iterator[Shared]:
    """Every pair whose larger share is at least LEAST_SHARE, in order of their numbers."""
    index = Index()
    numbers = sorted(texts)
    index.add_many(numbers, [prints[number] for number in numbers])
    for a in numbers:
        near = index.neighbours(prints[a], LEAST_FINGERPRINTS, LEAST_ESTIMATE)
        for b in sorted(c.number for c in near if c.number > a):
            a_in_b, b_in_a = align(texts[a], texts[b]).verbatim
            if max(a_in_b, b_in_a) >= LEAST_SHARE:
                yield Shared(a, b, a_in_b, b_in_a)
