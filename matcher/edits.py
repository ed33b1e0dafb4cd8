"""What did the outlet change? Every difference between an article and the story it carries, classed, worst first.

    alignment ─> passages in the story's order, and those moved ─> between passages and inside them, word against word
    ─> neighbouring changes read as one ─> cut, added, or replaced ─> name, number, quote, negation, ... ─> ranked

The texts reported are the exact characters printed. A change is substantive when it may alter what the story says:
"a Kremlin-backed president" became "former president Viktor Yanukovych" in one outlet of May 2015, and "in East
Ukraine" was added; "signaled" for "signalled" was not worth a person's time. Joined or split paragraphs are no edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from matcher import text as texts
from matcher.align import Alignment, Span
from matcher.changes import Change, kind_of, printed_alike, says_else, whole_sentences
from matcher.text import Text

Kind = Literal[
    "cut", "added", "moved", "house spelling", "word", "name", "number", "quote", "negation", "attribution", "headline"
]

_RANK: Final[dict[str, int]] = {
    kind: rank
    for rank, kind in enumerate(
        (
            "quote",
            "negation",
            "number",
            "name",
            "attribution",
            "added",
            "word",
            "cut",
            "headline",
            "moved",
            "house spelling",
        )
    )
}
_ISLAND: Final = 2
"""Words that agree between two changes and still do not make them two: "president" in the example above."""
_WORD_BY_WORD: Final = 400
"""Words on either side beyond which a difference is a cut and an addition, and not compared word by word."""
_REPLACED: Final = 40
"""Words beyond which what stands in the place of other words is not a replacement of them."""
_SHORT_CUT: Final = 3
"""Words a sub-editor drops for space; cutting more from inside a sentence is reported as substantive."""
_GRAVE_CUTS: Final = ("negation", "number", "attribution")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. Either text may be empty; a paragraph is -1 where there is none, as in a headline.

    `story_at` and `article_at` are the (start, end) characters in the sources of the two texts.
    """

    kind: Kind
    story_text: str
    article_text: str
    story_paragraph: int
    article_paragraph: int
    substantive: bool
    story_at: tuple[int, int] = (0, 0)
    article_at: tuple[int, int] = (0, 0)


def edits(
    article: Text,
    story: Text,
    alignment: Alignment,
    article_headline: str = "",
    story_headline: str = "",
    read: Mapping[str, Text] | None = None,
) -> tuple[Edit, ...]:
    """All edits, substantive ones first, each kind in the story's order. None when nothing is aligned.

    `read` holds both headlines as `read_headlines` gives them, for whoever asks of many articles.
    """
    found: list[Edit] = []
    if alignment.spans:
        kept, moved = _in_order(_passages(alignment.spans))
        found.extend(_moved(article, story, passage) for passage in moved)
        found.extend(_respelled(article, story, alignment.spans))
        for change in _changes(article, story, kept, moved):
            found.extend(_edits_of(article, story, change))
    found.extend(_headline(article_headline, story_headline, read))
    return tuple(sorted(found, key=lambda e: (not e.substantive, _RANK[e.kind], e.story_at, e.article_at)))


_Passage = tuple[Span, ...]


def _passages(spans: tuple[Span, ...]) -> list[_Passage]:
    """Spans that follow each other without a step on either side belong to one passage."""
    passages: list[list[Span]] = []
    for span in spans:
        last = passages[-1][-1] if passages else None
        if last and (last.article_end, last.story_end) == (span.article_start, span.story_start):
            passages[-1].append(span)
        else:
            passages.append([span])
    return [tuple(passage) for passage in passages]


def _in_order(passages: list[_Passage]) -> tuple[list[_Passage], list[_Passage]]:
    """-> the passages that stand in the story's order, as many words of them as can be, and the others."""
    best: list[tuple[int, int]] = []  # words kept up to this passage, the passage kept before it
    for at, passage in enumerate(passages):
        before = max(
            ((best[i][0], i) for i in range(at) if passages[i][-1].story_end <= passage[0].story_start), default=(0, -1)
        )
        best.append((before[0] + passage[-1].article_end - passage[0].article_start, before[1]))
    kept: set[int] = set()
    at = max(range(len(passages)), key=lambda i: best[i][0])
    while at >= 0:
        kept.add(at)
        at = best[at][1]
    return [p for i, p in enumerate(passages) if i in kept], [p for i, p in enumerate(passages) if i not in kept]


def _moved(article: Text, story: Text, passage: _Passage) -> Edit:
    first, last = passage[0], passage[-1]
    change = Change(first.article_start, last.article_end, first.story_start, last.story_end)
    return _edit("moved", article, story, change, substantive=False)


def _respelled(article: Text, story: Text, spans: tuple[Span, ...]) -> Iterator[Edit]:
    """Words that are the same to the matcher and were printed otherwise: house spelling."""
    for span in spans:
        if not span.exact:
            continue
        ours = article.passage(span.article_start, span.article_end)
        if ours == story.passage(span.story_start, span.story_end):
            continue
        pairs = zip(
            article.printed(span.article_start, span.article_end),
            story.printed(span.story_start, span.story_end),
            strict=True,
        )
        for offset, (one, other) in enumerate(pairs):
            at, to = span.article_start + offset, span.story_start + offset
            if one != other and not printed_alike(one, other):
                yield _edit("house spelling", article, story, Change(at, at + 1, to, to + 1), substantive=False)


def _changes(article: Text, story: Text, kept: list[_Passage], moved: list[_Passage]) -> Iterator[Change]:
    """What differs before, between, inside and after the passages, without what only moved."""
    away = np.zeros(len(article), bool)
    gone = np.zeros(len(story), bool)
    for passage in moved:
        away[passage[0].article_start : passage[-1].article_end] = True
        gone[passage[0].story_start : passage[-1].story_end] = True
    spans = [span for passage in kept for span in passage if span.exact]
    at = to = 0
    for span in [*spans, Span(len(article), len(article), len(story), len(story), exact=True)]:
        block = Change(at, span.article_start, to, span.story_start)
        at, to = span.article_end, span.story_end
        if block.is_empty:
            continue
        if away[block.article_start : block.article_end].any() or gone[block.story_start : block.story_end].any():
            for start, end in _runs(~away, block.article_start, block.article_end):
                yield Change(start, end, block.story_end, block.story_end)
            for start, end in _runs(~gone, block.story_start, block.story_end):
                yield Change(block.article_end, block.article_end, start, end)
        else:
            yield from _word_by_word(article, story, block)


def _runs(flags: texts.Flags, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The runs of true flags within [start, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags[start:end], [False])).astype(np.int8))) + start
    yield from zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True)


def _word_by_word(article: Text, story: Text, block: Change) -> Iterator[Change]:
    """The changes inside a block, those with only a few equal words between them as one."""
    ours = article.hashes[block.article_start : block.article_end].tolist()
    theirs = story.hashes[block.story_start : block.story_end].tolist()
    if not ours or not theirs or max(len(ours), len(theirs)) > _WORD_BY_WORD:
        yield block
        return
    pending: Change | None = None
    for step in LCSseq.opcodes(theirs, ours):
        if step.tag == "equal":
            continue
        change = Change(
            block.article_start + step.dest_start,
            block.article_start + step.dest_end,
            block.story_start + step.src_start,
            block.story_start + step.src_end,
        )
        if pending is None or not _one_change(article, pending, change):
            if pending is not None:
                yield pending
            pending = change
        else:
            pending = Change(pending.article_start, change.article_end, pending.story_start, change.story_end)
    if pending is not None:
        yield pending


def _one_change(article: Text, first: Change, second: Change) -> bool:
    """Are two changes one to a reader? A word or two that agree between them are chance, not a text that goes on."""
    return second.article_start - first.article_end <= _ISLAND * article.grain


def _paragraph(text: Text, word: int) -> int:
    return int(text.paragraph[min(word, len(text) - 1)]) if len(text) else -1


def _edits_of(article: Text, story: Text, change: Change) -> Iterator[Edit]:
    """A change as edits: one replacement, or what was cut and what was added, paragraph by paragraph."""
    if _is_replacement(article, story, change):
        kind = kind_of(article, story, change)
        yield _edit(kind, article, story, change, says_else(article, story, change, kind))
        return
    for start, end in _by_paragraph(story, change.story_start, change.story_end):
        piece = Change(change.article_start, change.article_start, start, end)
        large = end - start > _SHORT_CUT * story.grain or kind_of(article, story, piece) in _GRAVE_CUTS
        yield _edit("cut", article, story, piece, substantive=large and not whole_sentences(story, start, end))
    for start, end in _by_paragraph(article, change.article_start, change.article_end):
        piece = Change(start, end, change.story_end, change.story_end)
        own_text = _whole_paragraph(article, start, end) or end - start > _REPLACED * article.grain
        else_said = not own_text and says_else(article, story, piece, kind_of(article, story, piece))
        yield _edit("added", article, story, piece, substantive=else_said)


def _is_replacement(article: Text, story: Text, change: Change) -> bool:
    """Words put in the place of others: not too many, and inside a paragraph of both texts that goes on otherwise."""
    if not change.is_replacement:
        return False
    sides = (article, change.article_start, change.article_end), (story, change.story_start, change.story_end)
    return all(
        end - start <= _REPLACED * text.grain
        and text.paragraph[start] == text.paragraph[end - 1]
        and not _whole_paragraph(text, start, end)
        for text, start, end in sides
    )


def _by_paragraph(text: Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, end) cut where paragraphs end."""
    if start >= end:
        return
    steps = np.flatnonzero(np.diff(text.paragraph[start:end])) + start + 1
    bounds = [start, *steps.tolist(), end]
    yield from pairwise(bounds)


def _whole_paragraph(text: Text, start: int, end: int) -> bool:
    opens = start == 0 or text.paragraph[start - 1] != text.paragraph[start]
    closes = end == len(text) or text.paragraph[end] != text.paragraph[end - 1]
    return bool(opens and closes)


def _edit(kind: Kind, article: Text, story: Text, change: Change, substantive: bool) -> Edit:
    return Edit(
        kind=kind,
        story_text=story.passage(change.story_start, change.story_end),
        article_text=article.passage(change.article_start, change.article_end),
        story_paragraph=_paragraph(story, change.story_start),
        article_paragraph=_paragraph(article, change.article_start),
        substantive=substantive,
        story_at=_characters(story, change.story_start, change.story_end),
        article_at=_characters(article, change.article_start, change.article_end),
    )


def _characters(text: Text, first: int, last: int) -> tuple[int, int]:
    """Where words [first, last) are printed; an empty place stands after the word before it."""
    if first < last:
        return int(text.starts[first]), int(text.ends[last - 1])
    place = int(text.ends[first - 1]) if first else 0
    return place, place


def read_headlines(headlines: Iterable[str]) -> dict[str, Text]:
    """Headlines by what they say, read together: one by one they took as long as all other edits."""
    known = dict.fromkeys(headlines)
    return dict(zip(known, texts.read_many([([line], "") for line in known]), strict=True))


def _headline(article_headline: str, story_headline: str, read: Mapping[str, Text] | None) -> Iterator[Edit]:
    """A headline written anew is the outlet's right: substantive only when its numbers or its negation changed."""
    if not article_headline or not story_headline or article_headline == story_headline:
        return
    read = read or read_headlines((article_headline, story_headline))
    ours, theirs = read[article_headline], read[story_headline]
    if np.array_equal(ours.hashes, theirs.hashes):
        return
    kind = kind_of(ours, theirs, Change(0, len(ours), 0, len(theirs)))
    yield Edit("headline", story_headline, article_headline, -1, -1, kind in ("number", "negation"))
