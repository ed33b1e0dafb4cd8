"""Finds the words of many lists in one class name, in one pass over the name.

Searching each name for each list was a sixth of the time of a page: fourteen patterns, and a hundred names that were
never seen before. So whole words are looked up, and a part is tried only where its first three letters stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_WORD = re.compile(r"(?<![^\s_\-:])[^\s_\-:0-9]+")
"""A word between the separators of class names, without the number behind it: "post" in `post2-body`."""
_WHOLE = r"(?<![^\s_\-:]){}(?=$|[\s_\-:0-9])"
_CHOICE = re.compile(r"\(\?:([^()]+)\)(.+)")
_START = re.compile(r"[a-z_-]{3}(?!\?)")


@dataclass(frozen=True, slots=True)
class WordList:
    """Names that hold one of `words` whole, between the separators of class names, or one of `parts` anywhere.

    Both are lists parted by blanks. In a word `?` makes the letter before it optional; a part is a pattern that opens
    with three plain letters or dashes, or with a choice of such openings.
    """

    words: str = ""
    parts: str = ""


class Lexicon:
    """Several lists, each with the flag that its words stand for."""

    def __init__(self, lists: Iterable[tuple[WordList, int]]) -> None:
        self._words: dict[str, int] = {}
        parts: dict[str, dict[int, list[str]]] = {}
        for one, flag in lists:
            for word in _spelled(one.words):
                self._words[word] = self._words.get(word, 0) | flag
                if "-" in word:
                    parts.setdefault(_start(word), {}).setdefault(flag, []).append(_WHOLE.format(word))
            for part in _opened(one.parts):
                parts.setdefault(_start(part), {}).setdefault(flag, []).append(part)
        self._parts = {
            start: [(re.compile("|".join(alike)), flag) for flag, alike in by_flag.items()]
            for start, by_flag in parts.items()
        }

    def flags(self, name: str) -> int:
        """The flags of all lists that have a word in this name, which is in lower case and without blanks."""
        flags = 0
        for word in _WORD.findall(name):
            flags |= self._words.get(word, 0)
        parts = self._parts
        for at in [at for at in range(len(name) - 2) if name[at : at + 3] in parts]:
            for pattern, flag in parts[name[at : at + 3]]:
                if not flags & flag and pattern.match(name, at):
                    flags |= flag
        return flags


def _spelled(words: str) -> Iterator[str]:
    """Each word with and without its optional letter."""
    for word in words.split():
        before, optional, after = word.partition("?")
        if optional:
            yield before[:-1] + after
        yield before + after


def _opened(parts: str) -> Iterator[str]:
    """Each part, one that opens with a choice as several."""
    for part in parts.split():
        choice = _CHOICE.fullmatch(part)
        yield from [opening + choice[2] for opening in choice[1].split("|")] if choice else [part]


def _start(part: str) -> str:
    """The letters a part is known by. Raises ValueError when it may open with others."""
    if not _START.match(part):
        raise ValueError(f"{part!r} does not open with three letters that always stand there")
    return part[:3]
