"""Which words stand inside quotation marks? What a source said, every outlet may print: it proves no copy.

A mark opens or closes as it stands: with a space on its outer side and none on its inner one. Where that says nothing
(no spaces, or on both sides) its form does, “English”, „German“, »German«, «French», 「Japanese」, turned round where
the paragraph's other marks are (”…“, common in Urdu and Arabic typing); typewriter marks take turns.

A quotation never closed in its paragraph ends with its sentence, unless the next paragraph opens one again: then
somebody speaks on, as agencies write it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import numpy as np
import numpy.typing as npt

Role = int
"""1 opens, -1 closes, 0 either."""
_FORM: Final[dict[str, Role]] = {"„": 1, "‟": 1, "“": 1, "「": 1, "『": 1, "”": -1, "」": -1, "』": -1}
_FAMILY: Final = {
    mark: number for number, marks in enumerate(("“”„‟", "«»", "「」", "『』", '"', "＂")) for mark in marks
}
_BEFORE_OPENING: Final = frozenset(" \t\n\u00a0\u202f([{:—–-‘«»„“”\"'")
_AFTER_CLOSING: Final = frozenset(" \t\n\u00a0\u202f)]},.;:!?…—–-’«»“”\"'،؛؟۔")
_SPACE: Final = frozenset(" \t\n\u00a0\u202f")
_NEVER_INSIDE: Final = _SPACE | frozenset(")]},.;:!?،؛؟۔")
"""What no quotation begins with."""
_SENTENCE_END: Final = re.compile(r"[.!?…؟۔](?=\s|$)|[。！？]", re.M)
_SINGLE: Final = re.compile(r"(?<!\w)‘(?=\w)[^\n‘]{2,2000}?’(?!\w)")
"""British quotations: closed within the paragraph, by a mark no letter follows; others are apostrophes."""


def quoted(
    source: str, marks: Sequence[int], breaks: Sequence[int], texts: Sequence[int], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """A flag per word of a source that may hold several texts, read apart.

    `marks` are the places of double marks, `breaks` of line breaks, `texts` of the texts' first characters, `starts` of
    the words; all in order.
    """
    flags = np.zeros(len(starts), bool)
    spans = list(_spans(source, marks, breaks, frozenset(texts)))
    if "‘" in source:
        spans += [said.span() for said in _SINGLE.finditer(source)]
    for first, last in np.searchsorted(starts, np.array(spans).reshape(-1, 2)).tolist():
        flags[first:last] = True
    return flags


def _spans(
    source: str, marks: Sequence[int], breaks: Sequence[int], texts: frozenset[int]
) -> Iterator[tuple[int, int]]:
    """[first, last) characters of each quotation."""
    for number, group in groupby(marks, lambda mark: bisect_left(breaks, mark)):
        end = breaks[number] if number < len(breaks) else len(source)
        yield from _paragraph(source, list(group), end, speaks_on=_speaks_on(source, end + 1, texts))


def _speaks_on(source: str, following: int, texts: frozenset[int]) -> bool:
    """Does the paragraph that begins there, of the same text, open with a quotation?"""
    if following in texts:
        return False
    begin = source[following : following + 9].lstrip()[:1]
    return begin in _FAMILY and _FORM.get(begin, 1) >= 0


def _paragraph(source: str, marks: list[int], end: int, *, speaks_on: bool) -> Iterator[tuple[int, int]]:
    """The outermost quotations of one paragraph."""
    opened: list[int] = []
    for mark, role in zip(marks, _roles(source, marks), strict=True):
        outermost, opened = opened[:1], _after(source, opened, mark, role)
        if outermost and not opened:
            yield outermost[0], mark
        elif outermost and opened[0] != outermost[0]:
            yield outermost[0], _sentence_end(source, outermost[0], mark)
    if opened:
        yield opened[0], end if speaks_on else _sentence_end(source, opened[0], end)


def _after(source: str, opened: list[int], mark: int, role: Role) -> list[int]:
    """The marks that are open after one more, outermost first."""
    family = _FAMILY[source[mark]]
    within = [_FAMILY[source[each]] for each in opened]
    if role < 0 or (role == 0 and family in within):
        return opened[: within.index(family)] if family in within else opened[:-1]
    # Opened again: the one before was never closed.
    return [mark] if family in within else [*opened, mark]


def _roles(source: str, marks: list[int]) -> list[Role]:
    """What each mark does, by how it stands; else by its form, turned round where those that stand clearly are."""
    stands = [_stands(source, mark) for mark in marks]
    habit = sum(role * _FORM.get(source[mark], 0) for mark, role in zip(marks, stands, strict=True))
    turned = -1 if habit < 0 else 1
    return [
        role or _FORM.get(source[mark], 0) * (turned if source[mark] in "“”" else 1)
        for mark, role in zip(marks, stands, strict=True)
    ]


def _stands(source: str, mark: int) -> Role:
    before, after = source[mark - 1 : mark] or " ", source[mark + 1 : mark + 2] or " "
    if source[mark] in "「」『』":
        return 0
    return (before in _BEFORE_OPENING and after not in _NEVER_INSIDE) - (
        before not in _SPACE and after in _AFTER_CLOSING
    )


def _sentence_end(source: str, start: int, end: int) -> int:
    found = _SENTENCE_END.search(source, start + 1, end)
    return found.end() if found else end
