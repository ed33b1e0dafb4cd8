"""Fingerprints: the few runs of words by which a text is found again among millions.

A fingerprint is the hash of four consecutive words, kept when its low bits say so: one in three of a text's first
words, where outlets cut last, one in eight of the rest. What is kept of the rest would be kept of the beginning
too, so a passage is found wherever it stands. About a hundred per story, four bytes each where they are stored. The
index over them is matcher.index.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.text import Hashes, Text

LEAD: Final = 120
"""Words from the start of a text that are sampled more densely."""
ONE_IN_LEAD: Final = 3
ONE_IN_REST: Final = 8
BITS: Final = 32
"""Bits of a fingerprint. Chance meetings among a million stories of a hundred fingerprints: two for an article, each
of one fingerprint, where two are asked."""

_DROPPED_BITS: Final = np.uint64(64 - BITS)
_SAMPLE: Final = 1 << 24


def shingles(hashes: Hashes, width: int) -> Hashes:
    """A hash for every run of `width` words, in order; none for a shorter text."""
    count = len(hashes) - width + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    mixed = hashes[:count].copy()
    for place in range(1, width):
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed += hashes[place : place + count]
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return mixed


def fingerprint(text: Text) -> Hashes:
    """The sorted distinct fingerprints of a text, each below 2**32. None for a text shorter than `text.run`."""
    ordered = np.sort(sampled(text)[0])
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def sampled(text: Text) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """-> the fingerprints of a text in reading order, and the word each begins at."""
    runs = shingles(text.hashes, text.run)
    low = runs & np.uint64(_SAMPLE - 1)
    chosen = low < np.uint64(_SAMPLE // ONE_IN_REST)
    lead = LEAD * text.grain
    chosen[:lead] = low[:lead] < np.uint64(_SAMPLE // ONE_IN_LEAD)
    places = np.flatnonzero(chosen)
    return runs[places] >> _DROPPED_BITS, places


def held_in(values: Hashes, ordered: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the values stand among the ordered ones: numpy's own isin sorts both, at ten times the cost."""
    if not len(ordered):
        return np.zeros(len(values), bool)
    places = np.searchsorted(ordered, values)
    places[places == len(ordered)] = 0
    held: npt.NDArray[np.bool_] = ordered.take(places) == values
    return held


def to_bytes(fingerprints: Hashes) -> bytes:
    """Four bytes per fingerprint, in order: what is stored in a version's row."""
    return fingerprints.astype("<u4").tobytes()


def from_bytes(stored: bytes) -> Hashes:
    """The fingerprints `to_bytes` stored. Raises ValueError when the length is not a whole number of them."""
    return np.frombuffer(stored, "<u4").astype(np.uint64)
