"""Which words stand inside quotation marks? What a source said, every outlet may print: it proves no copy.

Any mark opens when none is open, except one that only closes; any closes what is open, except one that only opens:
so “English”, „German“, »German«, «French», 「Japanese」 and "typewriter" marks all read alike. A quotation left open
runs to the end of its paragraph, never further.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

_LOW: Final = ord("„")
_OPENING: Final = frozenset(map(ord, "„‟“「『"))
_NEVER_OPENING: Final = frozenset(map(ord, "”」』\n"))
_SINGLE: Final = re.compile(r"(?<!\w)‘(?=\w)[^\n‘]{2,2000}?’(?!\w)")
"""British quotations: closed within the paragraph, by a mark no letter follows; others are apostrophes."""


def quoted(
    source: str, codes: npt.NDArray[np.uint32], marks: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """A flag per word. `marks` are the places of double marks and line breaks in the source, `starts` of words."""
    flags = np.zeros(len(starts), bool)
    for first, last in _spans(np.searchsorted(starts, marks).tolist(), codes[marks].tolist(), len(starts)):
        flags[first:last] = True
    if "‘" in source:
        for said in _SINGLE.finditer(source):
            first, last = np.searchsorted(starts, said.span())
            flags[first:last] = True
    return flags


def _spans(words: list[int], marks: list[int], end: int) -> Iterator[tuple[int, int]]:
    """[first, last) words of each quotation, given the word after each mark."""
    opened, opener = -1, 0
    for word, mark in zip(words, marks, strict=True):
        if opened < 0:
            if mark not in _NEVER_OPENING:
                opened, opener = word, mark
        elif mark not in _OPENING or opener == _LOW:
            yield opened, word
            opened = -1
    if opened >= 0:
        yield opened, end
