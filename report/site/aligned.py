"""Story and article side by side, paragraph beside paragraph, every change marked where it stands.

    spans, edits, credits ─> a mark for every character of both sources ─> pieces of each paragraph
    spans ─> which paragraphs share words ─> rows of paragraphs that belong together, in the article's order

Every character of both texts stands in exactly one piece and every paragraph in exactly one row: nothing is hidden.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any, Final, Literal, Protocol

Kind = Literal["same", "changed", "added", "cut", "moved", "credit"]
_LEAST_SHARED: Final = 0.2
_IN_BODY: Final = ("body", "dateline", "line before")


class Words(Protocol):
    """A text as the spans count its words: word `n` is `source[starts[n]:ends[n]]`, paragraphs part at newlines."""

    @property
    def source(self) -> str:
        """The paragraphs joined by newlines."""

    @property
    def starts(self) -> Any:
        """Where each word starts."""

    @property
    def ends(self) -> Any:
        """Where each word ends."""


ReadWords = Callable[[Sequence[str]], Words]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one paragraph that share a mark. `edit` counts from 1 as the list of edits does; 0 for none."""

    kind: Kind
    text: str
    edit: int = 0
    label: str = ""


Paragraph = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Paragraphs that stand for each other. Either side may be empty; `kind` sums up what happened to them."""

    kind: Kind
    story: tuple[Paragraph, ...]
    article: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit to be marked where it stands in the text: its place on the page, its exact string."""

    place: str
    text: str


def align(
    story: Words,
    article: Words,
    spans: Sequence[Sequence[Any]],
    edits: Sequence[Mapping[str, Any]],
    credits: Sequence[Credit] = (),  # noqa: A002  -- the field's own word
) -> list[Row]:
    """Both texts as rows. `spans` and `edits` as the table pickups stores them; an edit out of bounds is not marked."""
    theirs, ours = _Side.of(story), _Side.of(article)
    inside = [_Span(*map(int, span[:4])) for span in spans]
    _paint_uncovered(theirs, [(span.story_start, span.story_end) for span in inside], "cut")
    _paint_uncovered(ours, [(span.article_start, span.article_end) for span in inside], "added")
    for number, edit in _least_first(edits):
        kind, label = _kind_of(edit), _label_of(edit)
        theirs.paint(edit.get("story_at"), Piece("cut" if kind == "cut" else kind, "", number, label))
        ours.paint(edit.get("article_at"), Piece("added" if kind == "added" else kind, "", number, label))
    for credit in credits:
        if credit.text and credit.place.startswith(_IN_BODY):
            at = ours.source.find(credit.text)
            ours.paint((at, at + len(credit.text)) if at >= 0 else None, Piece("credit", "", 0, "credit"))
    return list(_rows(theirs.paragraphs(), ours.paragraphs(), _belonging(theirs, ours, inside)))


@dataclass(frozen=True, slots=True)
class _Span:
    article_start: int
    article_end: int
    story_start: int
    story_end: int


@dataclass(slots=True)
class _Side:
    """One text, with a mark for each of its characters; mark 0 is text that both sides have."""

    source: str
    starts: list[int]
    ends: list[int]
    bounds: list[int]
    marks: list[Piece]
    painted: list[int]

    @classmethod
    def of(cls, words: Words) -> _Side:
        bounds = [0, *accumulate(len(text) + 1 for text in words.source.split("\n"))]
        places = [int(at) for at in words.starts], [int(at) for at in words.ends]
        return cls(words.source, *places, bounds, [Piece("same", "")], [0] * len(words.source))

    def paint(self, at: Sequence[int] | None, mark: Piece) -> None:
        if at is None or not 0 <= at[0] < at[1] <= len(self.source):
            return
        start, end = at
        # A quotation mark or full stop that went with the words belongs to their edit.
        while start > 0 and self._goes_with(start - 1, mark):
            start -= 1
        while end < len(self.source) and self._goes_with(end, mark):
            end += 1
        self.marks.append(mark)
        self.painted[start:end] = [len(self.marks) - 1] * (end - start)

    def _goes_with(self, at: int, mark: Piece) -> bool:
        there = self.marks[self.painted[at]]
        return mark.edit > 0 and there.edit == 0 and there.kind == mark.kind and not self.source[at].isspace()

    def paragraph_of(self, word: int) -> int:
        return bisect_right(self.bounds, self.starts[word]) - 1

    def paragraphs(self) -> list[Paragraph]:
        return [tuple(self._pieces(start, end - 1)) for start, end in zip(self.bounds, self.bounds[1:], strict=False)]

    def _pieces(self, start: int, end: int) -> Iterator[Piece]:
        for number, run in groupby(range(start, end), key=self.painted.__getitem__):
            at = list(run)
            mark = self.marks[number]
            yield Piece(mark.kind, self.source[at[0] : at[-1] + 1], mark.edit, mark.label)


def _paint_uncovered(side: _Side, covered: Sequence[tuple[int, int]], kind: Kind) -> None:
    """Mark the words no passage holds, with the punctuation that belongs to them."""
    reached = 0
    words = len(side.starts)
    for start, end in [*sorted(covered), (words, words)]:
        if reached < min(start, words):
            side.paint(_with_marks(side, reached, min(start, words)), Piece(kind, ""))
        reached = max(reached, end)


def _with_marks(side: _Side, first: int, last: int) -> tuple[int, int]:
    start, end = side.starts[first], side.ends[last - 1]
    least = side.ends[first - 1] if first else 0
    most = side.starts[last] if last < len(side.starts) else len(side.source)
    while start > least and not side.source[start - 1].isspace():
        start -= 1
    while end < most and not side.source[end].isspace():
        end += 1
    return start, end


def _least_first(edits: Sequence[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Edits with their numbers, in the order of painting: whole moved passages first, what matters most last."""
    numbered = [(number, edit) for number, edit in enumerate(edits, 1) if edit.get("kind") != "headline"]
    return sorted(numbered, key=lambda found: (found[1].get("kind") != "moved", -found[0]))


def _kind_of(edit: Mapping[str, Any]) -> Kind:
    kind = str(edit.get("kind", ""))
    if kind == "moved":
        return "moved"
    if not edit.get("article_text"):
        return "cut"
    return "changed" if edit.get("story_text") else "added"


def _label_of(edit: Mapping[str, Any]) -> str:
    return str(edit.get("kind", "")) + (", substantive" if edit.get("substantive") else "")


@dataclass(frozen=True, slots=True)
class _Group:
    """Paragraphs that share words: numbers of the story's and of the article's, sorted."""

    story: tuple[int, ...]
    article: tuple[int, ...]


def _belonging(theirs: _Side, ours: _Side, spans: Sequence[_Span]) -> list[_Group]:
    """Groups in the article's order: paragraphs are joined when they share a fifth of the shorter one's words."""
    shared = _shared_words(theirs, ours, spans)
    lengths = [Counter(side.paragraph_of(word) for word in range(len(side.starts))) for side in (theirs, ours)]
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for (of_story, of_article), words in sorted(shared.items()):
        if words >= _LEAST_SHARED * min(lengths[0][of_story], lengths[1][of_article]):
            parent[root(("story", of_story))] = root(("article", of_article))
    groups: defaultdict[tuple[str, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, number in sorted(parent):
        groups[root((side, number))][side == "article"].append(number)
    return _apart(sorted(groups.values(), key=lambda group: group[1]))


def _shared_words(theirs: _Side, ours: _Side, spans: Sequence[_Span]) -> Counter[tuple[int, int]]:
    shared: Counter[tuple[int, int]] = Counter()
    for span in spans:
        most = min(span.story_end, len(theirs.starts)) - 1
        for offset in range(min(span.article_end, len(ours.starts)) - span.article_start):
            word = min(span.story_start + offset, most)
            if word >= span.story_start:
                shared[theirs.paragraph_of(word), ours.paragraph_of(span.article_start + offset)] += 1
    return shared


def _apart(groups: Sequence[tuple[list[int], list[int]]]) -> list[_Group]:
    """Groups that interleave in the article are one: its paragraphs must come out in their order."""
    found: list[tuple[set[int], set[int]]] = []
    for group in groups:
        story, article = set(group[0]), set(group[1])
        while found and max(found[-1][1]) > min(article):
            before = found.pop()
            story, article = story | before[0], article | before[1]
        found.append((story, set(range(min(article), max(article) + 1))))
    return [_Group(tuple(sorted(story)), tuple(sorted(article))) for story, article in found]


def _rows(story: list[Paragraph], article: list[Paragraph], groups: Sequence[_Group]) -> Iterator[Row]:
    """The rows in the article's order; what it left out stands where the story goes on."""
    linked = {number for group in groups for number in group.story}
    left_out = [number for number in range(len(story)) if number not in linked]
    shown, reached = 0, -1
    for group in groups:
        yield from _added(article[shown : group.article[0]])
        shown = group.article[-1] + 1
        moved = group.story[0] < reached
        if not moved:
            before = [number for number in left_out if number < group.story[0]]
            left_out = left_out[len(before) :]
            yield from _cut([story[number] for number in before])
        reached = max(reached, group.story[-1])
        sides = tuple(story[number] for number in group.story), tuple(article[number] for number in group.article)
        yield Row("moved" if moved else _sum(*sides), *sides)
    yield from _added(article[shown:])
    yield from _cut([story[number] for number in left_out])


def _added(paragraphs: Sequence[Paragraph]) -> Iterator[Row]:
    if paragraphs:
        yield Row("added", (), tuple(paragraphs))


def _cut(paragraphs: Sequence[Paragraph]) -> Iterator[Row]:
    if paragraphs:
        yield Row("cut", tuple(paragraphs), ())


def _sum(story: Sequence[Paragraph], article: Sequence[Paragraph]) -> Kind:
    kinds = {piece.kind for paragraph in (*story, *article) for piece in paragraph}
    return "same" if kinds <= {"same", "credit"} else "changed"
