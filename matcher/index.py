"""The index that finds texts by their fingerprints, a million of them in a quarter of a millisecond.

    texts ─> postings: (fingerprint, slot) in one 64-bit number each, sorted: a segment ─> segments merged by size
    a question ─> the bucket of each fingerprint, read whole ─> holders counted ─> postings sorted by slot

Derived from stored fingerprints and can be thrown away. Segments never change once made, so that they can be stored,
memory-mapped and shared by processes; what holds them in files is a matter for the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.fingerprint import BITS, held_in
from matcher.text import Hashes

FREQUENT: Final = 60
"""Texts that hold a fingerprint, of those that share more than chance with one, beyond which it proves nothing."""
FAINT: Final = 0.04
"""Share of the best candidate's weight below which a candidate is not worth aligning."""
LEAST_SHARE: Final = 0.035
"""Share of the shorter text's fingerprints that both have: chance meetings have two of a hundred."""
FEW: Final = 12
"""Fingerprints below which a text has so few that one shared is enough."""

_SLOT_BITS: Final = np.uint64(64 - BITS)
"""Bits of a posting that number a text; the others are its fingerprint."""
_SLOTS: Final = np.uint64((1 << (64 - BITS)) - 1)
_BUCKET: Final = 8
"""Postings in a bucket, on average: few enough to be read whole, for the price of one miss of the cache."""
_MOST_BUCKET_BITS: Final = 24
_WIDE: Final = 256
"""Postings from which a bucket, swollen by a frequent fingerprint, is searched and not read."""
_WHICH_BITS: Final = np.uint64(24)
_WHICH: Final = np.uint64((1 << 24) - 1)
_GONE: Final = -1
_NUMBER, _SIZE, _OWNER = range(3)

_Ints = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


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
class Segment:
    """Sorted postings, and where each bucket of fingerprints, by their top bits, begins in them."""

    postings: Hashes
    starts: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, postings: Hashes) -> Segment:
        """A segment of sorted postings."""
        bits = min(_MOST_BUCKET_BITS, max(0, (len(postings) // _BUCKET).bit_length()))
        edges = np.arange((1 << bits) + 1, dtype=np.uint64)
        edges[:-1] <<= np.uint64(64 - bits) if bits else np.uint64(0)
        starts = np.searchsorted(postings, edges).astype(np.uint32)
        starts[-1] = len(postings)
        return cls(postings, starts)

    def find(self, fingerprints: Hashes) -> tuple[_Ints, _Ints]:
        """-> where the postings of each fingerprint begin, and how many there are."""
        bits = (len(self.starts) - 1).bit_length() - 1
        bucket = (fingerprints >> np.uint64(BITS - bits)).astype(np.int64)
        left = self.starts.take(bucket).astype(np.int64)
        widths = self.starts.take(bucket + 1).astype(np.int64) - left
        counts = np.zeros(len(left), np.int64)
        for wide in np.flatnonzero(widths > _WIDE).tolist() if len(widths) and widths.max() > _WIDE else ():
            low = fingerprints[wide] << _SLOT_BITS
            part = self.postings[left[wide] : left[wide] + widths[wide]]
            before = int(np.searchsorted(part, low))
            left[wide] += before
            counts[wide] = int(np.searchsorted(part, low | _SLOTS, "right")) - before
            widths[wide] = 0
        ends = np.cumsum(widths)
        asked = np.repeat(np.arange(len(left)), widths)
        values = self.postings.take(np.arange(len(asked)) + (left - ends + widths).take(asked)) >> _SLOT_BITS
        wanted = fingerprints.take(asked)
        left += np.bincount(asked[values < wanted], minlength=len(left))
        counts += np.bincount(asked[values == wanted], minlength=len(left))
        return left, counts


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """Where the postings of each fingerprint stand in one segment: from `left`, `counts` of them."""

    segment: Segment
    left: _Ints
    counts: _Ints

    def slots(self, counts: _Ints) -> Hashes:
        """The slots of the first `counts` postings of each fingerprint, one fingerprint after the other."""
        offsets = np.repeat(self.left - np.cumsum(counts) + counts, counts) + np.arange(int(counts.sum()))
        return self.segment.postings.take(offsets) & _SLOTS


class Index:
    """Which texts share fingerprints with this one? Texts are known by any integer; each number once.

    `owners` are any integers too, such as a hash of whoever printed the text.
    """

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self._waiting: list[Hashes] = []
        self._texts = np.zeros((3, 0), np.int64)  # by slot: the number of a text, how many fingerprints, its owner
        self._count = 0
        self._gone = 0

    def __len__(self) -> int:
        return self._count - self._gone

    @property
    def hollow(self) -> float:
        """The share of texts that were removed and still take room."""
        return self._gone / max(1, self._count)

    @property
    def numbers(self) -> _Ints:
        """The numbers of all texts, in the order of adding."""
        texts = self._texts[:, : self._count]
        standing: _Ints = texts[_NUMBER].compress(texts[_SIZE] != _GONE)
        return standing

    def add(self, number: int, fingerprints: Hashes) -> None:
        """Add one text."""
        self.add_many([number], [fingerprints])

    def add_many(
        self, numbers: Collection[int], fingerprints: Collection[Hashes], owners: Collection[int] | None = None
    ) -> None:
        """Add texts in bulk. The first question after adding pays for sorting what was added."""
        if self._count + len(numbers) > self._texts.shape[1]:
            grown = np.zeros((3, 2 * (self._count + len(numbers))), np.int64)
            grown[:, : self._count] = self._texts[:, : self._count]
            self._texts = grown
        new = slice(self._count, self._count + len(numbers))
        self._texts[_NUMBER, new] = list(numbers)
        self._texts[_SIZE, new] = [len(each) for each in fingerprints]
        self._texts[_OWNER, new] = 0 if owners is None else list(owners)
        for slot, each in enumerate(fingerprints, self._count):
            self._waiting.append((each << _SLOT_BITS) | np.uint64(slot))
        self._count += len(numbers)

    def remove(self, numbers: Collection[int]) -> None:
        """Forget texts; nothing happens where there is none. Their places are freed by `compact`."""
        texts = self._texts[:, : self._count]
        gone = np.isin(texts[_NUMBER], list(numbers)) & (texts[_SIZE] != _GONE)
        texts[_SIZE, gone] = _GONE
        self._gone += int(np.count_nonzero(gone))

    def candidates(self, fingerprints: Hashes, top: int = 8, ignore: Hashes | None = None) -> list[Candidate]:
        """The `top` texts that share most: see `near`."""
        return self.near(fingerprints, top, ignore).candidates

    def near(self, fingerprints: Hashes, top: int = 8, ignore: Hashes | None = None) -> Near:
        """The `top` texts that meet this one (see `meets`) and share most with it, rare fingerprints counting for more,
        ties by number; and the frequent ones.

        What is rare or frequent is told by the texts that meet this one alone: whatever else is in the index changes
        nothing. `ignore`, in order, are fingerprints that say nothing here, such as those frequent within the article's
        outlet.
        """
        size = len(fingerprints)
        if ignore is not None and len(ignore):
            fingerprints = fingerprints[~held_in(fingerprints, ignore)]
        met = self._met(fingerprints, lambda shared, sizes: meets(shared, size, sizes))
        holders = np.bincount(met.which, minlength=len(fingerprints))
        ranked = met.ranked(_weights(holders, len(met.numbers)), top)
        kept = [each for each in ranked if each.weight >= FAINT * ranked[0].weight]
        return Near(kept, fingerprints[holders > FREQUENT])

    def meeting(self, fingerprints: Hashes, ignore: Hashes | None = None, but: int | None = None) -> set[int]:
        """The numbers of all texts that meet this one, however many, those of the owner `but` left out."""
        size = len(fingerprints)
        if ignore is not None and len(ignore):
            fingerprints = fingerprints[~held_in(fingerprints, ignore)]
        met = self._met(fingerprints, lambda shared, sizes: meets(shared, size, sizes))
        return set(met.numbers[met.owners != but].tolist() if but is not None else met.numbers.tolist())

    def neighbours(self, fingerprints: Hashes, least: int = 2, share: float = 0.0) -> list[Candidate]:
        """Every text that shares at least `least` fingerprints, best first, however many there are.

        `share` asks in addition for that share of the fingerprints of the one that has fewer: an estimate of how much
        of the shorter text stands in the longer, which spares aligning what shares only an outlet's furniture.
        """
        size = len(fingerprints)
        met = self._met(
            fingerprints, lambda shared, sizes: shared >= np.maximum(least, share * np.minimum(size, sizes))
        )
        return met.ranked(np.ones(len(fingerprints), np.int64))

    def holders(self, fingerprints: Hashes, owner: int, least: int) -> dict[int, list[int]]:
        """By fingerprint, the numbers of the owner's texts that hold it, where there are at least so many."""
        bounds, counts = self._look_up(fingerprints)
        often = counts >= least
        asked: list[_Ints] = []
        slots: list[Hashes] = []
        for each in bounds:
            wanted = np.where(often, each.counts, 0)
            asked.append(np.repeat(np.arange(len(fingerprints)), wanted))
            slots.append(each.slots(wanted))
        if not asked:
            return {}
        place = np.concatenate(slots).astype(np.int64)
        which = np.concatenate(asked)
        numbers, sizes, owners = self._texts.take(place, axis=1)
        ours = (owners == owner) & (sizes != _GONE)
        which, numbers = which[ours], numbers[ours]
        enough = np.flatnonzero(np.bincount(which, minlength=len(fingerprints)) >= least)
        return {int(fingerprints[n]): np.sort(numbers[which == n]).tolist() for n in enough.tolist()}

    def compact(self) -> None:
        """Leave out what was removed, and number the slots anew, in one segment."""
        self._seal()
        texts = self._texts[:, : self._count]
        keep = texts[_SIZE] != _GONE
        renumbered = (np.cumsum(keep) - 1).astype(np.uint64)
        kept = [np.zeros(0, np.uint64)]
        for segment in self._segments:
            slots = (segment.postings & _SLOTS).astype(np.int64)
            chosen = keep[slots]
            kept.append((segment.postings[chosen] & ~_SLOTS) | renumbered[slots[chosen]])
        postings = np.sort(np.concatenate(kept), kind="stable")
        self._segments = [Segment.of(postings)] if len(postings) else []
        self._texts = texts[:, keep]
        self._count, self._gone = self._texts.shape[1], 0

    def stored(self) -> tuple[npt.NDArray[np.int64], list[Segment]]:
        """The whole index as arrays: texts by slot, and the segments, each the same object until it is merged."""
        self._seal()
        return self._texts[:, : self._count], list(self._segments)

    @classmethod
    def of_stored(cls, texts: npt.NDArray[np.int64], segments: Sequence[Segment]) -> Index:
        """An index over what `stored` gave; segments may be memory-mapped, texts are copied."""
        index = cls()
        index._texts = np.array(texts, np.int64)
        index._count = index._texts.shape[1]
        index._gone = int(np.count_nonzero(index._texts[_SIZE] == _GONE))
        index._segments = list(segments)
        return index

    def _seal(self) -> None:
        """Sort what was added since the last question, and merge segments while the last is not much smaller."""
        if not self._waiting:
            return
        added = np.sort(np.concatenate(self._waiting))
        self._waiting = []
        if not len(added):
            return  # texts too short for a fingerprint
        while self._segments and len(added) * 3 >= len(self._segments[-1].postings):
            added = np.concatenate((self._segments.pop().postings, added))
            added.sort(kind="stable")  # two sorted runs: merged in one pass
        self._segments.append(Segment.of(added))

    def _look_up(self, fingerprints: Hashes) -> tuple[list[_Bounds], _Ints]:
        """-> where the postings stand in each segment, and how many texts hold each fingerprint."""
        self._seal()
        bounds = [_Bounds(segment, *segment.find(fingerprints)) for segment in self._segments]
        holders = np.zeros(len(fingerprints), np.int64)
        for each in bounds:
            holders += each.counts
        return bounds, holders

    def _met(self, fingerprints: Hashes, enough: Callable[[_Ints, _Ints], _Flags]) -> _Met:
        """The texts that share fingerprints with this one, `enough` of them by how many and of how many."""
        bounds, _ = self._look_up(fingerprints)
        which = np.arange(len(fingerprints))
        found = [
            (each.slots(each.counts) << _WHICH_BITS) | np.repeat(which, each.counts).astype(np.uint64)
            for each in bounds
        ]
        postings = np.concatenate([np.zeros(0, np.uint64), *found])
        postings.sort()
        slots = (postings >> _WHICH_BITS).view(np.int64)
        starts = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1])))[: len(slots)]
        shared = np.diff(np.concatenate((starts, [len(slots)])))
        numbers, sizes, owners = self._texts.take(slots.take(starts), axis=1)
        chosen = enough(shared, sizes) & (sizes != _GONE)
        kept = np.repeat(chosen, shared)
        which = (postings[kept] & _WHICH).view(np.int64)
        return _Met(numbers[chosen], sizes[chosen], owners[chosen], shared[chosen], which)


@dataclass(frozen=True, slots=True, eq=False)
class _Met:
    """Texts that share fingerprints with one: `which` of its fingerprints each holds, one text after the other."""

    numbers: _Ints
    sizes: _Ints
    owners: _Ints
    shared: _Ints
    which: _Ints

    def ranked(self, weights: _Ints, top: int | None = None) -> list[Candidate]:
        """The `top` of them by the weights of what they share, best first, ties by number."""
        sums = np.concatenate(([0], np.cumsum(weights.take(self.which))))
        ends = np.cumsum(self.shared)
        total = sums.take(ends) - sums.take(ends - self.shared)
        order = np.lexsort((self.numbers, -self.shared, -total))[:top]
        columns = (column[order].tolist() for column in (self.numbers, self.shared, total, self.sizes))
        return [
            Candidate(number, count, weight / 1024, size) for number, count, weight, size in zip(*columns, strict=True)
        ]


def meets(shared: _Ints, size: int, sizes: _Ints) -> _Flags:
    """Do two texts share more than chance, by how many fingerprints they share and have? The same asked from either.

    One shared fingerprint is enough where one of the two has few, two are asked of the others.
    """
    smaller = np.minimum(size, sizes)
    return shared >= np.maximum(np.where(smaller < FEW, 1, 2), LEAST_SHARE * smaller)


def _weights(holders: _Ints, texts: int) -> _Ints:
    """By how many of so many texts hold each fingerprint, its inverse frequency in 1/1024: whole numbers, so that no
    order of adding changes a sum."""
    return (1024 * (np.log(max(2, texts) / np.maximum(1, holders)) + 0.5)).astype(np.int64)
