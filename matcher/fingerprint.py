"""Fingerprints: the few runs of words by which a text is found again among millions, and the index that finds them.

A fingerprint is the hash of four consecutive words, kept when its low bits say so: one in three of a text's first
words, where outlets cut last, one in eight of the rest. What is kept of the rest would be kept of the beginning
too, so a passage is found wherever it stands. About a hundred per story, four bytes each where they are stored. The
index is derived from them and can be thrown away: sorted arrays of (fingerprint, slot) in one 64-bit number each,
merged by size, usable from a memory map.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.text import Hashes as Hashes
from matcher.text import Text

WIDTH: Final = 4
"""Words in a run. Five lose texts of which 40 % of the words were changed, three match by chance."""
LEAD: Final = 120
"""Words from the start of a text that are sampled more densely."""
ONE_IN_LEAD: Final = 3
ONE_IN_REST: Final = 8
BITS: Final = 32
"""Bits of a fingerprint; the other 32 of a posting number the stories. Chance meetings among a million stories of
a hundred fingerprints: two for an article, each of one fingerprint, where two are asked."""

_SLOT_BITS: Final = np.uint64(64 - BITS)
_SLOTS: Final = np.uint64((1 << (64 - BITS)) - 1)
_SAMPLE: Final = 1 << 24

FREQUENT_SHARE: Final = 0.003
FREQUENT_COUNT: Final = 60
ALWAYS_USED: Final = 16
"""The rarest fingerprints of a text are looked up however frequent: a story copied by hundreds is still found."""
FAINT: Final = 0.04
"""Share of the best candidate's weight below which a candidate is not worth aligning."""
MOST_POSTINGS: Final = 4000
"""Postings read per fingerprint when ranking; beyond it a run of words says nothing."""


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
    """The sorted distinct fingerprints of a text, each below 2**32. None for a text of under four words."""
    ordered = np.sort(sampled(text)[0])
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def sampled(text: Text) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """-> the fingerprints of a text in reading order, and the word each begins at."""
    runs = shingles(text.hashes, WIDTH * text.grain)
    low = runs & np.uint64(_SAMPLE - 1)
    chosen = low < np.uint64(_SAMPLE // ONE_IN_REST)
    lead = LEAD * text.grain
    chosen[:lead] = low[:lead] < np.uint64(_SAMPLE // ONE_IN_LEAD)
    places = np.flatnonzero(chosen)
    return runs[places] >> _SLOT_BITS, places


def to_bytes(fingerprints: Hashes) -> bytes:
    """Four bytes per fingerprint, in order: what is stored in a version's row."""
    return fingerprints.astype("<u4").tobytes()


def from_bytes(stored: bytes) -> Hashes:
    """The fingerprints `to_bytes` stored. Raises ValueError when the length is not a whole number of them."""
    return np.frombuffer(stored, "<u4").astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that shares `shared` fingerprints with the one asked about; `weight` counts rare ones for more."""

    number: int
    shared: int
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Postings of the fingerprints asked for: whose, which of the fingerprints, and how many hold each."""

    slots: npt.NDArray[np.int64]
    which: npt.NDArray[np.int64]
    holders: npt.NDArray[np.int64]


class Index:
    """Which texts share fingerprints with this one? Texts are known by any integer; each number once."""

    def __init__(self) -> None:
        self._segments: list[Hashes] = []
        self._waiting: list[Hashes] = []
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._count = 0
        self._removed: set[int] = set()

    def __len__(self) -> int:
        return self._count - len(self._removed)

    def add(self, number: int, fingerprints: Hashes) -> None:
        """Add one text."""
        self.add_many([number], [fingerprints])

    def add_many(self, numbers: Sequence[int], fingerprints: Iterable[Hashes]) -> None:
        """Add texts in bulk; cheaper than one by one only by the loop around it."""
        for slot, each in enumerate(fingerprints, self._count):
            self._waiting.append((each << _SLOT_BITS) | np.uint64(slot))
        self._numbers.append(np.array(numbers, np.int64))
        self._count += len(numbers)

    def remove(self, number: int) -> None:
        """Forget a text; nothing happens when it is not there. Its place is freed when the index is next rebuilt."""
        self._removed.update(np.flatnonzero(self._known() == number).tolist())

    def candidates(self, fingerprints: Hashes, top: int = 8, ignore: Hashes | None = None) -> list[Candidate]:
        """The `top` texts that share most, rare fingerprints counting for more; ties by number.

        `ignore` are fingerprints that say nothing here, such as those frequent within the article's own outlet.
        One shared fingerprint is enough for a text that has few, two are asked of the others.
        """
        if ignore is not None and len(ignore):
            fingerprints = fingerprints[~np.isin(fingerprints, ignore)]
        found = self._find(fingerprints, MOST_POSTINGS)
        weights = self._weights(found.holders)
        ranked = self._ranked(found, weights, 2 if len(fingerprints) >= 12 else 1)[:top]
        return [candidate for candidate in ranked if candidate.weight >= FAINT * ranked[0].weight]

    def neighbours(self, fingerprints: Hashes, least: int = 2) -> list[Candidate]:
        """Every text that shares at least `least` fingerprints, best first, however many there are."""
        found = self._find(fingerprints, None)
        return self._ranked(found, self._weights(found.holders) + 1, least)

    def frequent(self, fingerprints: Hashes) -> Hashes:
        """Those of the fingerprints that more texts hold than one story explains: formulas, furniture, templates."""
        return fingerprints[self._find(fingerprints, 0).holders > self._limit()]

    def segments(self) -> list[npt.NDArray[np.uint64]]:
        """The whole index as arrays to store: the numbers, then each sorted segment; removed texts are left out."""
        self._seal()
        if self._removed:
            self._rebuild()
        return [self._known().view(np.uint64), *self._segments]

    @classmethod
    def from_segments(cls, arrays: Sequence[npt.NDArray[np.uint64]]) -> Index:
        """An index over arrays `segments` gave, memory-mapped or not; nothing is read until it is asked."""
        index = cls()
        if arrays:
            index._numbers = [np.asarray(arrays[0]).view(np.int64)]
            index._count = len(arrays[0])
            index._segments = list(arrays[1:])
        return index

    def _known(self) -> npt.NDArray[np.int64]:
        """The number of each slot."""
        if len(self._numbers) != 1:
            self._numbers = [np.concatenate([np.zeros(0, np.int64), *self._numbers])]
        return self._numbers[0]

    def _seal(self) -> None:
        """Sort what was added since the last question, and merge segments while the last is not much smaller."""
        if not self._waiting:
            return
        self._segments.append(np.sort(np.concatenate(self._waiting)))
        self._waiting = []
        while len(self._segments) > 1 and len(self._segments[-1]) * 3 >= len(self._segments[-2]):
            merged = np.concatenate((self._segments.pop(-2), self._segments.pop()))
            merged.sort(kind="stable")  # two sorted runs: merged in one pass
            self._segments.append(merged)

    def _rebuild(self) -> None:
        """Leave out what was removed, and number the slots anew."""
        keep = np.ones(self._count, bool)
        keep[list(self._removed)] = False
        renumbered = (np.cumsum(keep) - 1).astype(np.uint64)
        kept = []
        for segment in self._segments:
            slots = (segment & _SLOTS).astype(np.int64)
            chosen = keep[slots]
            kept.append((segment[chosen] & ~_SLOTS) | renumbered[slots[chosen]])
        self._segments = [segment for segment in kept if len(segment)]
        self._numbers = [self._known()[keep]]
        self._count, self._removed = len(self._numbers[0]), set()

    def _find(self, fingerprints: Hashes, most: int | None) -> _Found:
        self._seal()
        low, high = fingerprints << _SLOT_BITS, (fingerprints + np.uint64(1)) << _SLOT_BITS
        slots, which = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        holders = np.zeros(len(fingerprints), np.int64)
        for segment in self._segments:
            left = np.searchsorted(segment, low)
            counts = np.searchsorted(segment, high) - left
            holders += counts
            if most is not None:
                counts = np.minimum(counts, most)
            total = int(counts.sum())
            if total:
                offsets = np.repeat(left - np.cumsum(counts) + counts, counts) + np.arange(total)
                slots.append((segment[offsets] & _SLOTS).astype(np.int64))
                which.append(np.repeat(np.arange(len(fingerprints)), counts))
        return _Found(np.concatenate(slots), np.concatenate(which), holders)

    def _limit(self) -> float:
        return max(FREQUENT_COUNT, FREQUENT_SHARE * self._count)

    def _weights(self, holders: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Inverse frequency in 1/1024, whole numbers so that no order of adding changes a sum; 0 for frequent ones."""
        weights = (1024 * (np.log(max(2, self._count) / np.maximum(1, holders)) + 0.5)).astype(np.int64)
        limit = self._limit()
        if len(holders) > ALWAYS_USED:
            limit = max(limit, np.partition(holders, ALWAYS_USED - 1)[ALWAYS_USED - 1])
            return np.where(holders > limit, 0, np.maximum(weights, 1))
        return np.maximum(weights, 1)

    def _ranked(self, found: _Found, weights: npt.NDArray[np.int64], least: int) -> list[Candidate]:
        weight = weights[found.which]
        used = weight > 0
        slots, places = np.unique(found.slots[used], return_inverse=True)
        if not len(slots):
            return []
        shared = np.bincount(places)
        total = np.bincount(places, weight[used]).astype(np.int64)
        chosen = shared >= least
        if self._removed:
            chosen &= ~np.isin(slots, list(self._removed))
        numbers, shared, total = self._known()[slots[chosen]], shared[chosen], total[chosen]
        order = np.lexsort((numbers, -shared, -total))
        rows = zip(numbers[order].tolist(), shared[order].tolist(), total[order].tolist(), strict=True)
        return [Candidate(number, count, weight / 1024) for number, count, weight in rows]
