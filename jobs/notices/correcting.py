"""What did a correction correct, and does it still stand in an article, or above it? Pure.

wrong take, right take ─> their edits; where the notice names words, those that change them ─> passages of the
wrong take ─> are they in the article?
words only the wrong side of such an edit has, found nowhere in the right take ─> are they in the headline?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from jobs.notices.notes import is_note
from matcher import text as texts
from matcher.align import Alignment, align
from matcher.edits import Edit, edits
from matcher.text import Text
from storage.agency.notices import NoticeFacts, VersionLook, Words

_UNEDITED: Final = ("moved", "house spelling", "headline")
_LONG: Final = 8
"""Words of a wrong passage from which seven in ten, not all, must stand for it to stand."""
_BESIDE: Final = 2
"""Words on either side of the place where a correction added some."""
_FEW: Final = 3
"""Edits a correction may hold without naming any, and words an edit may take away, for each to tell of the error: a
story written through loses words that were never wrong."""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Passage:
    """Words [start, end) of the wrong take; `added`: the correction put words into their middle."""

    start: int
    end: int
    added: bool


@dataclass(frozen=True, slots=True)
class Slip:
    """Words, as hashes, that show an error where they stand, and those the agency put in their place."""

    wrong: frozenset[int]
    right: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class Wrong:
    """What a correction corrected. `named`: the notice says which words, so each of them counts."""

    text: Text
    passages: tuple[Passage, ...]
    named: bool
    slips: tuple[Slip, ...] = ()


def wrong_of(notice: NoticeFacts) -> Wrong | None:
    """What was wrong, of a correction: None for other notices and while either text is not known."""
    if notice.kind != "correction" or notice.wrong is None or notice.right is None:
        return None
    old, new = _read(notice.wrong), _read(notice.right)
    found = [edit for edit in edits(new, old, align(new, old)) if edit.kind not in _UNEDITED]
    said = _content([notice.text])
    named = [edit for edit in found if _changed_words(edit) & said]
    passages = (_passage(old, edit) for edit in named or found)
    slips = _slips(notice.wrong, notice.right, named or (found if len(found) <= _FEW else []), said)
    return Wrong(old, tuple(passage for passage in passages if passage is not None), bool(named), tuple(slips))


def _read(words: Words) -> Text:
    return texts.read(words.paragraphs, words.language)


def _changed_words(edit: Edit) -> frozenset[int]:
    """Content words that only one side of an edit has."""
    return _content([edit.story_text]) ^ _content([edit.article_text])


def _content(said: Sequence[str]) -> frozenset[int]:
    read = texts.read(said)
    return frozenset(read.hashes[read.content].tolist())


def _slips(wrong: Words, right: Words, telling: Sequence[Edit], said: frozenset[int]) -> Iterable[Slip]:
    """The words by which a headline is known to be wrong. Those the right take has somewhere, headline too, are none.

    The agency's own change of headline counts when the notice names what it changed, or when nothing else changed.
    """
    pairs = [(_content([edit.story_text]), _content([edit.article_text])) for edit in telling]
    over = (_content([wrong.headline]), _content([right.headline]))
    if (over[0] ^ over[1]) & said or not pairs:
        pairs.append(over)
    stands = _content([right.headline, *right.paragraphs])
    for old, new in pairs:
        telltale = old - stands
        if 0 < len(telltale) <= _FEW:
            yield Slip(telltale, new - old)


def _passage(old: Text, edit: Edit) -> Passage | None:
    """An edit's place in the wrong text; None when words were added where nothing stands on both sides."""
    start = int(np.searchsorted(old.starts, edit.story_at[0]))
    end = int(np.searchsorted(old.starts, edit.story_at[1]))
    if edit.story_text:
        return Passage(start, max(end, start + 1), added=False)
    inside = _BESIDE <= start <= len(old) - _BESIDE
    return Passage(start - _BESIDE, start + _BESIDE, added=True) if inside else None


def standing(version: VersionLook, wrong: Wrong) -> list[Passage]:
    """The wrong passages that stand in a version."""
    found = align(texts.read(version.paragraphs, version.language), wrong.text)
    return [passage for passage in wrong.passages if _stands(found, passage)]


def _stands(found: Alignment, passage: Passage) -> bool:
    exact = [(span.story_start, span.story_end) for span in found.spans if span.exact]
    if passage.added:
        return any(start <= passage.start and passage.end <= end for start, end in exact)
    words = passage.end - passage.start
    there = sum(max(0, min(end, passage.end) - max(start, passage.start)) for start, end in exact)
    return there >= (words if words < _LONG else 0.7 * words)


def is_headline_wrong(headline: str, wrong: Wrong) -> bool:
    """Whether a headline still says what was wrong. "Four dead, not 14" does not, nor does a note."""
    said = _content([headline])
    return not is_note(headline) and any(slip.wrong & said and not slip.right & said for slip in wrong.slips)


def shown(text: Text, passage: Passage) -> str:
    """A passage with the words around it."""
    start, end = max(0, passage.start - _SHOWN), min(len(text), min(passage.end, passage.start + 30) + _SHOWN)
    return f"“{text.passage(start, end)}”"
