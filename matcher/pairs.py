"""Which of these texts share text, two by two? The question below all stories: who has passages in common with whom.

Shares are raw, nothing discounted: what a quotation or a formula is worth is a matter for the decision, not for the
measurement. A family of 500 copies has 124,750 pairs, and all are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from matcher.align import align
from matcher.fingerprint import Index
from matcher.text import Hashes, Text

LEAST_SHARE: Final = 0.1
LEAST_FINGERPRINTS: Final = 2


@dataclass(frozen=True, slots=True)
class Shared:
    """Two texts, `a` before `b`, with the share of each one's words that stand in passages of the other."""

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
        later = sorted(c.number for c in index.neighbours(prints[a], LEAST_FINGERPRINTS) if c.number > a)
        for b in later:
            alignment = align(texts[a], texts[b])
            if max(alignment.share_of_article, alignment.share_of_story) >= LEAST_SHARE:
                yield Shared(a, b, alignment.share_of_article, alignment.share_of_story)
