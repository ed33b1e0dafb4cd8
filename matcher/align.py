"""Which passages of an article stand in a story, word for word or nearly, and in what order?

    runs of four words found in both ─> maximal exact runs on each diagonal ─> the longest first, each word of either
    text used once ─> neighbours with a small edited gap between them joined into passages ─> spans and shares

Passages may stand in another order than in the story (moved paragraphs), and a passage needs `PASSAGE` words that
are exactly the same: less is the language, not the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.fingerprint import shingles
from matcher.text import Flags, Hashes, Text

GAP: Final = 8
"""Words an editor may have put in place of others, on either side, inside one passage."""
PASSAGE: Final = 8
"""Exactly shared words below which a passage is chance."""
VERBATIM: Final = 8
"""Words of a run for the strict shares."""
_REPEATS: Final = 6
"""Places of the story tried for a run of words the story repeats."""
_Ints = npt.NDArray[np.int64]
_TOP: Final = np.uint64(64 - 15)


@dataclass(frozen=True, slots=True)
class Span:
    """Words [article_start, article_end) stand at [story_start, story_end) of the story.

    `exact` when word for word (after folding); otherwise an edited gap inside a passage, either side maybe empty.
    """

    article_start: int
    article_end: int
    story_start: int
    story_end: int
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """`spans` in the article's order; shares are of all words of each text, nothing discounted, 0..1.

    `covered` and `used` mark the words of the article and of the story inside passages, edited gaps included; `exact`
    those of the article that are the same word; `weak` exact runs too short to be a passage, kept as faint evidence.
    `runs` are all maximal exact runs, overlapping ones too: starts in the article, in the story, lengths.
    """

    spans: tuple[Span, ...]
    share_of_article: float
    share_of_story: float
    words: int
    covered: Flags
    used: Flags
    exact: Flags
    weak: Flags
    grain: int
    runs: tuple[_Ints, _Ints, _Ints]

    @property
    def verbatim(self) -> tuple[float, float]:
        """Of each text's runs of eight words, the share the other holds word for word: article's, story's.

        The strict measure of the literature on text reuse; an edited word costs eight runs.
        """
        starts, tos, lengths = self.runs
        width = VERBATIM * self.grain
        return _contained(starts, lengths, len(self.covered), width), _contained(tos, lengths, len(self.used), width)


@dataclass(slots=True)
class _Run:
    """An exact run: `length` words from `article` in the article, from `story` in the story."""

    article: int
    story: int
    length: int


def align(article: Text, story: Text) -> Alignment:
    """Align two texts. `words` counts the article's covered words, several characters for one without spaces."""
    grain, seed = max(article.grain, story.grain), max(article.run, story.run)
    found = _runs(article, story, seed)
    passages = _passages(_chosen(found, len(article), len(story), seed), GAP * grain)
    covered, exact, weak = (np.zeros(len(article), bool) for _ in range(3))
    used = np.zeros(len(story), bool)
    spans: list[Span] = []
    for passage in passages:
        first, last = passage[0], passage[-1]
        if sum(run.length for run in passage) < PASSAGE * grain:
            for run in passage:
                weak[run.article : run.article + run.length] = True
            continue
        covered[first.article : last.article + last.length] = True
        used[first.story : last.story + last.length] = True
        spans.extend(_spans(passage))
    for span in spans:
        if span.exact:
            exact[span.article_start : span.article_end] = True
    words = int(np.count_nonzero(covered))
    return Alignment(
        spans=tuple(spans),
        share_of_article=words / max(1, len(article)),
        share_of_story=int(np.count_nonzero(used)) / max(1, len(story)),
        words=words // grain,
        covered=covered,
        used=used,
        exact=exact,
        weak=weak,
        grain=grain,
        runs=found,
    )


def _runs(article: Text, story: Text, seed: int) -> tuple[_Ints, _Ints, _Ints]:
    """All maximal exact runs of at least `seed` words: starts in the article, in the story, lengths."""
    at, to = _meetings(shingles(article.hashes, seed), shingles(story.hashes, seed))
    if not len(at):
        return at, to, at
    key = (to - at + len(article)) * (len(article) + len(story) + 1) + at
    order = np.argsort(key, kind="stable")
    key, at, to = key[order], at[order], to[order]
    first = np.ones(len(key), bool)
    first[1:] = key[1:] - key[:-1] != 1
    firsts = np.flatnonzero(first)
    lengths = np.diff(np.append(firsts, len(key))) + seed - 1
    return at[firsts], to[firsts], lengths


def _meetings(ours: Hashes, theirs: Hashes) -> tuple[_Ints, _Ints]:
    """All pairs of places with the same hash, `_REPEATS` at most for each of ours."""
    mine, other = _perhaps(ours, theirs), _perhaps(theirs, ours)
    other = other[np.argsort(theirs[other], kind="stable")]
    ranked = theirs[other]
    if not len(ranked):
        return other, other
    left = np.searchsorted(ranked, ours[mine])
    left[left == len(ranked)] = 0
    hit = ranked[left] == ours[mine]
    mine, left = mine[hit], left[hit]
    counts = np.ones(len(mine), np.int64)
    repeated = np.flatnonzero(np.append(ranked[1:] == ranked[:-1], False)[left])
    if len(repeated):
        counts[repeated] = np.searchsorted(ranked, ours[mine[repeated]], "right") - left[repeated]
        counts = np.minimum(counts, _REPEATS)
    at = np.repeat(mine, counts)
    return at, other[np.repeat(left - np.cumsum(counts) + counts, counts) + np.arange(len(at))]


def _perhaps(hashes: Hashes, others: Hashes) -> _Ints:
    """Places whose hash may be among the others: those whose top bits are. Leaves little to sort of unrelated texts."""
    seen = np.zeros(1 << 15, bool)
    seen[(others >> _TOP).astype(np.int64)] = True
    return np.flatnonzero(seen.take((hashes >> _TOP).astype(np.int64)))


def _contained(starts: _Ints, lengths: _Ints, words: int, width: int) -> float:
    """Of a text's runs of `width` words, the share inside the exact runs given."""
    if words < width:
        return 0.0
    long = lengths >= width
    edges = np.zeros(words + 1, np.int64)
    np.add.at(edges, starts[long], 1)
    np.add.at(edges, starts[long] + lengths[long] - width + 1, -1)
    return int(np.count_nonzero(np.cumsum(edges))) / (words - width + 1)


def _chosen(runs: tuple[_Ints, _Ints, _Ints], article_words: int, story_words: int, seed: int) -> list[_Run]:
    """Runs that use each word of either text once: the longest first, what overlaps them cut down or dropped."""
    starts, tos, lengths = runs
    order = np.lexsort((tos, starts, -lengths))
    taken, given = bytearray(article_words), bytearray(story_words)
    chosen: list[_Run] = []
    for start, to, length in zip(starts[order].tolist(), tos[order].tolist(), lengths[order].tolist(), strict=True):
        free = _free(taken, given, start, to, length)
        if free is None or free.length < min(seed, length) - 1:
            continue
        taken[free.article : free.article + free.length] = b"\1" * free.length
        given[free.story : free.story + free.length] = b"\1" * free.length
        chosen.append(free)
    chosen.sort(key=lambda run: run.article)
    return chosen


def _free(taken: bytearray, given: bytearray, start: int, to: int, length: int) -> _Run | None:
    """What is left of a run once words already used are cut off its ends; None when one is used in its middle."""
    head, tail = 0, length
    while head < tail and (taken[start + head] or given[to + head]):
        head += 1
    while tail > head and (taken[start + tail - 1] or given[to + tail - 1]):
        tail -= 1
    if head == tail:
        return None
    if taken.find(1, start + head, start + tail) >= 0 or given.find(1, to + head, to + tail) >= 0:
        return None
    return _Run(start + head, to + head, tail - head)


def _passages(runs: list[_Run], gap: int) -> list[list[_Run]]:
    """Consecutive runs that also follow each other in the story, at most `gap` words between them on either side."""
    passages: list[list[_Run]] = []
    for run in runs:
        if passages:
            last = passages[-1][-1]
            between = run.article - last.article - last.length
            skipped = run.story - last.story - last.length
            if between <= gap and 0 <= skipped <= gap:
                passages[-1].append(run)
                continue
        passages.append([run])
    return passages


def _spans(passage: list[_Run]) -> list[Span]:
    """A passage's exact runs, and the edited gaps between them."""
    spans: list[Span] = []
    for run in passage:
        if spans:
            last = spans[-1]
            spans.append(Span(last.article_end, run.article, last.story_end, run.story, exact=False))
        spans.append(Span(run.article, run.article + run.length, run.story, run.story + run.length, exact=True))
    return spans
