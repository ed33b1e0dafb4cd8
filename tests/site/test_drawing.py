"""The time line's scale and the alignment of paragraphs: pure, so tried on anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from report.site.aligned import Credit, Row, align
from report.site.timeline import Bounds, draw
from tests.storage.makers import later

instants = st.none() | st.floats(-1e7, 1e7).map(later)


@dataclass(frozen=True)
class Read:
    """A text cut at spaces, as the matcher's reader cuts it in words."""

    source: str

    @property
    def starts(self) -> list[int]:
        return [found.start() for found in re.finditer(r"\w+", self.source)]

    @property
    def ends(self) -> list[int]:
        return [found.end() for found in re.finditer(r"\w+", self.source)]


def texts(row: Row) -> tuple[list[str], list[str]]:
    story, article = (["".join(piece.text for piece in para) for para in side] for side in (row.story, row.article))
    return story, article


@given(st.lists(st.tuples(instants, instants, instants), max_size=8), instants)
def test_every_known_moment_has_a_place(moments: list[tuple[datetime | None, ...]], origin: datetime | None) -> None:
    bounds = []
    for early, at, late in moments:
        low, high = (early, late) if not (early and late) or early <= late else (late, early)
        bounds.append(Bounds(at, low, high))
    line = draw(bounds, origin, "filed")
    assert len(line.marks) == len(bounds)
    for bound, mark in zip(bounds, line.marks, strict=True):
        assert (mark is None) == (bound == Bounds())
        if mark:
            assert 0 <= mark.low <= mark.high <= 100
            assert mark.at is None or 0 <= mark.at <= 100
    assert all(one.at < other.at for one, other in pairwise(line.ticks))


def test_later_is_further_right_and_unknown_sides_are_open() -> None:
    filed, soon, late = (Bounds(at=later(minutes)) for minutes in (0, 10, 600))
    day = Bounds(None, later(0), later(1440))
    seen = Bounds(latest=later(60))
    line = draw([filed, soon, late, day, seen], later(0), "filed")
    places = [mark.at for mark in line.marks[:3] if mark and mark.at is not None]
    assert places == sorted(places)
    assert len(set(places)) == 3
    known, half = line.marks[3], line.marks[4]
    assert known
    assert half
    assert known.width > 0
    assert not known.open_low
    assert half.open_low
    assert half.low == 0
    assert line.ticks[0].label == "filed"


def test_a_copy_out_before_the_filing_stands_left_of_it() -> None:
    line = draw([Bounds(at=later(-90)), Bounds(at=later(30))], later(0), "filed")
    early, late = (mark.at for mark in line.marks if mark)
    zero = next(tick.at for tick in line.ticks if tick.label == "filed")
    assert early is not None
    assert late is not None
    assert early < zero < late
    assert any(tick.label.startswith("−") for tick in line.ticks)


def test_nothing_known_draws_nothing() -> None:
    assert draw([], None, "filed").ticks == ()
    assert draw([Bounds()], None, "filed").marks == (None,)
    assert draw([Bounds(at=later(0))], None, "first").origin == later(0) + timedelta(0)


def test_paragraphs_stand_beside_each_other() -> None:
    story = Read("one two three four.\nfive six seven.\neight nine ten eleven.\ntwelve thirteen.")
    article = Read("one two three four. eight NINE ten eleven.\nown words here.")
    spans = [(0, 4, 0, 4, True), (4, 8, 7, 11, False)]
    edit = {"kind": "word", "story_text": "nine", "article_text": "NINE", "story_at": [42, 46], "article_at": [26, 30]}
    rows = align(story, article, spans, [edit], [Credit("body end", "own words")])
    assert [(row.kind, *texts(row)) for row in rows] == [
        ("changed", ["one two three four.", "eight nine ten eleven."], ["one two three four. eight NINE ten eleven."]),
        ("added", [], ["own words here."]),
        ("cut", ["five six seven.", "twelve thirteen."], []),
    ]
    marked = [(piece.kind, piece.text, piece.edit) for row in rows for side in (row.story, row.article)
              for para in side for piece in para if piece.kind != "same"]  # fmt: skip
    assert ("changed", "nine", 1) in marked
    assert ("changed", "NINE", 1) in marked
    assert ("credit", "own words", 0) in marked
    assert ("cut", "five six seven.", 0) in marked


def test_what_the_article_moved_is_said_so() -> None:
    story = Read("one two three.\nfour five six.")
    article = Read("four five six.\none two three.")
    rows = align(story, article, [(0, 3, 3, 6, True), (3, 6, 0, 3, True)], [])
    assert [(row.kind, *texts(row)) for row in rows] == [
        ("same", ["four five six."], ["four five six."]),
        ("moved", ["one two three."], ["one two three."]),
    ]


words = st.lists(st.lists(st.sampled_from(["alpha", "beta,", "gamma.", "“delta”"]), max_size=6), max_size=6)
numbers = st.integers(0, 40)
places = st.lists(st.tuples(numbers, numbers), max_size=6)


@given(words, words, st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=5), places)
def test_no_character_is_lost_or_shown_twice(
    story: list[list[str]],
    article: list[list[str]],
    spans: list[tuple[int, int, int, int]],
    at: list[tuple[int, int]],
) -> None:
    theirs, ours = (Read("\n".join(" ".join(line) for line in text)) for text in (story, article))
    most = len(theirs.starts), len(ours.starts)
    inside = [
        (min(a, b, most[1]), min(max(a, b), most[1]), min(c, d, most[0]), min(max(c, d), most[0]), False)
        for a, b, c, d in spans
    ]
    edits = [{"kind": "word", "story_text": "x", "article_text": "y", "story_at": p, "article_at": p} for p in at]
    rows = align(theirs, ours, inside, edits)
    assert [text for row in rows for text in texts(row)[1]] == ours.source.split("\n")
    assert sorted(text for row in rows for text in texts(row)[0]) == sorted(theirs.source.split("\n"))
