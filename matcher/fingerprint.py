"""Fingerprints: the few runs of words by which a text is found again among millions, and the index that finds them.

A fingerprint is the hash of four consecutive words, kept when its low bits say so: one in three of a text's first
words, where outlets cut last, one in eight of the rest. What is kept of the rest would be kept of the beginning
too, so a passage is found wherever it stands. About a hundred per story, four bytes each where they are stored. The
index is derived from them and can be thrown away: sorted arrays of (fingerprint, slot) in one 64-bit number each,
merged by size, usable from a memory map.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.text import Hashes as Hashes
from matcher.text import Text

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
LEAST_SHARE: Final = 0.035
"""Share of the shorter text's fingerprints a candidate has: chance meetings have two of a hundred."""
POSTINGS: Final = 2_000
"""Postings read for the candidates of one text, rarest fingerprints first: what bounds the cost in a large index."""
_BUCKETS: Final = 1 << 16


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
    return runs[places] >> _SLOT_BITS, places


def to_bytes(fingerprints: Hashes) -> bytes:
    """Four bytes per fingerprint, in order: what is stored in a version's row."""
    return fingerprints.astype("<u4").tobytes()


def from_bytes(stored: bytes) -> Hashes:
    """The fingerprints `to_bytes` stored. Raises ValueError when the length is not a whole number of them."""
    return np.frombuffer(stored, "<u4").astype(np.uint64)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text of `size` fingerprints, `shared` of them with the one asked about; `weight` counts rare ones for more."""

    number: int
    shared: int
    weight: float
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The best candidates for a text, and those of its fingerprints that too many texts hold to prove anything."""

    candidates: list[Candidate]
    frequent: Hashes


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """Where the postings of each fingerprint stand in one segment: from `left`, `counts` of them."""

    segment: Hashes
    left: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


class Index:
    """Which texts share fingerprints with this one? Texts are known by any integer; each number once."""

    def __init__(self) -> None:
        self._segments: list[Hashes] = []
        self._waiting: list[Hashes] = []
        self._texts = np.zeros((2, 0), np.int64)  # by slot: the number of a text, and how many fingerprints it has
        self._count = 0
        self._removed: set[int] = set()

    def __len__(self) -> int:
        return self._count - len(self._removed)

    def add(self, number: int, fingerprints: Hashes) -> None:
        """Add one text."""
        self.add_many([number], [fingerprints])

    def add_many(self, numbers: Collection[int], fingerprints: Collection[Hashes]) -> None:
        """Add texts in bulk. The first question after adding pays for sorting what was added."""
        if self._count + len(numbers) > self._texts.shape[1]:
            grown = np.zeros((2, 2 * (self._count + len(numbers))), np.int64)
            grown[:, : self._count] = self._texts[:, : self._count]
            self._texts = grown
        new = slice(self._count, self._count + len(numbers))
        self._texts[0, new] = list(numbers)
        self._texts[1, new] = [len(each) for each in fingerprints]
        for slot, each in enumerate(fingerprints, self._count):
            self._waiting.append((each << _SLOT_BITS) | np.uint64(slot))
        self._count += len(numbers)

    def remove(self, number: int) -> None:
        """Forget a text; nothing happens when it is not there. Its place is freed when `segments` is next taken."""
        self._removed.update(np.flatnonzero(self._texts[0, : self._count] == number).tolist())

    def candidates(self, fingerprints: Hashes, top: int = 8, ignore: Hashes | None = None) -> list[Candidate]:
        """The `top` texts that share most: see `near`."""
        return self.near(fingerprints, top, ignore).candidates

    def near(self, fingerprints: Hashes, top: int = 8, ignore: Hashes | None = None) -> Near:
        """The `top` texts that share most, rare fingerprints counting for more, ties by number; and the frequent ones.

        `ignore` are fingerprints that say nothing here, such as those frequent within the article's own outlet.
        One shared fingerprint is enough for a text that has few, two are asked of the others.
        """
        if ignore is not None and len(ignore):
            fingerprints = fingerprints[~np.isin(fingerprints, ignore)]
        bounds, holders = self._look_up(fingerprints)
        weights = self._weights(holders)
        ranked = self._ranked(bounds, weights, 2 if len(fingerprints) >= 12 else 1)
        likely = [c for c in ranked if c.shared >= LEAST_SHARE * min(len(fingerprints), c.size)][:top]
        kept = [candidate for candidate in likely if candidate.weight >= FAINT * likely[0].weight]
        return Near(kept, fingerprints[holders > self._limit()])

    def neighbours(self, fingerprints: Hashes, least: int = 2, share: float = 0.0) -> list[Candidate]:
        """Every text that shares at least `least` fingerprints, best first, however many there are.

        `share` asks in addition for that share of the fingerprints of the one that has fewer: an estimate of how much
        of the shorter text stands in the longer, which spares aligning what shares only an outlet's furniture.
        """
        bounds, holders = self._look_up(fingerprints)
        shared = self._ranked(bounds, np.maximum(self._idf(holders), 1), least)
        return [c for c in shared if c.shared >= share * min(len(fingerprints), c.size)]

    def segments(self) -> list[npt.NDArray[np.uint64]]:
        """The whole index as arrays to store: numbers, sizes, then each sorted segment; removed texts are left out."""
        self._seal()
        if self._removed:
            self._rebuild()
        numbers, sizes = self._texts[:, : self._count].astype(np.uint64)
        return [numbers, sizes, *self._segments]

    @classmethod
    def from_segments(cls, arrays: Sequence[npt.NDArray[np.uint64]]) -> Index:
        """An index over arrays `segments` gave, memory-mapped or not: only the numbers and sizes are read at once."""
        index = cls()
        if arrays:
            index._texts = np.array(arrays[:2], np.uint64).astype(np.int64)
            index._count = index._texts.shape[1]
            index._segments = list(arrays[2:])
        return index

    def _seal(self) -> None:
        """Sort what was added since the last question, and merge segments while the last is not much smaller."""
        if not self._waiting:
            return
        added = np.sort(np.concatenate(self._waiting))
        self._waiting = []
        if not len(added):
            return  # texts too short for a fingerprint
        self._segments.append(added)
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
        self._texts = self._texts[:, : self._count][:, keep]
        self._count, self._removed = self._texts.shape[1], set()

    def _look_up(self, fingerprints: Hashes) -> tuple[list[_Bounds], npt.NDArray[np.int64]]:
        """-> where the postings stand in each segment, and how many texts hold each fingerprint."""
        self._seal()
        low = fingerprints << _SLOT_BITS
        high = low | _SLOTS
        holders = np.zeros(len(fingerprints), np.int64)
        bounds = []
        for segment in self._segments:
            left = np.searchsorted(segment, low)
            counts = np.zeros(len(left), np.int64)
            held = np.flatnonzero(segment.take(left, mode="clip") - low <= _SLOTS)
            counts[held] = np.searchsorted(segment, high[held], "right") - left[held]
            holders += counts
            bounds.append(_Bounds(segment, left, counts))
        return bounds, holders

    def _limit(self) -> float:
        """Holders beyond which a fingerprint says nothing of which story it is."""
        return max(FREQUENT_COUNT, FREQUENT_SHARE * self._count)

    def _idf(self, holders: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Inverse frequency in 1/1024: whole numbers, so that no order of adding changes a sum."""
        return (1024 * (np.log(max(2, self._count) / np.maximum(1, holders)) + 0.5)).astype(np.int64)

    def _weights(self, holders: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Inverse frequency, and 0 for frequent fingerprints unless they are among the rarest this text has."""
        order = np.argsort(holders, kind="stable")
        ranked = holders[order]
        used = (ranked <= self._limit()) & (np.cumsum(ranked) <= POSTINGS)
        used[:ALWAYS_USED] = True
        weights = np.zeros(len(holders), np.int64)
        weights[order[used]] = np.maximum(self._idf(ranked[used]), 1)
        return weights

    def _ranked(self, bounds: list[_Bounds], weights: npt.NDArray[np.int64], least: int) -> list[Candidate]:
        """The texts that share at least `least` of the fingerprints of weight above 0, best first."""
        found = [_postings(each, weights) for each in bounds]
        if not found:
            return []
        slots, weight = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        if least > 1:
            # Nearly all postings of a large index are of texts that share one run: most go without being sorted.
            buckets = slots & (_BUCKETS - 1)
            often = np.bincount(buckets, minlength=_BUCKETS)[buckets] >= least
            slots, weight = slots[often], weight[often]
        slots, places = np.unique(slots, return_inverse=True)
        shared = np.bincount(places, minlength=len(slots))
        total = np.bincount(places, weight, minlength=len(slots)).astype(np.int64)
        chosen = shared >= least
        if self._removed:
            chosen &= ~np.isin(slots, list(self._removed))
        (numbers, sizes), shared, total = self._texts[:, slots[chosen]], shared[chosen], total[chosen]
        order = np.lexsort((numbers, -shared, -total))
        columns = (column[order].tolist() for column in (numbers, shared, total, sizes))
        return [
            Candidate(number, count, weight / 1024, size) for number, count, weight, size in zip(*columns, strict=True)
        ]


def _postings(bounds: _Bounds, weights: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """-> the slot of each posting of the fingerprints that have weight, and that weight."""
    counts = np.where(weights > 0, bounds.counts, 0)
    offsets = np.repeat(bounds.left - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
    return (bounds.segment[offsets] & _SLOTS).astype(np.int64), np.repeat(weights, counts)
