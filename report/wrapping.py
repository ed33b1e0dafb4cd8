"""Plain text in columns, measured as a terminal or mail program shows it: a Chinese character takes two columns.

The standard textwrap counts characters and breaks only at spaces; a Japanese headline would run to twice the width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

WIDTH = 72
# A no-break space is none to break at.
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")


def wrap(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> str:
    """The text in lines of at most `width` columns, the first begun with `first`, the others with `rest`.

    `rest` is blank by default, as long as `first`. A web address is never broken: alone on its line it may be longer.
    """
    margin = " " * cell_len(first) if rest is None else rest
    lines: list[str] = []
    line, filled = first, False
    for piece, spaced in _pieces(text, width - max(cell_len(first), cell_len(margin))):
        joined = f"{line} {piece}" if filled and spaced else line + piece
        if filled and cell_len(joined) > width:
            lines.append(line)
            joined = margin + piece
        line, filled = joined, True
    return "\n".join([*lines, line])


def pad(text: str, width: int, right: bool = False) -> str:
    """The text filled with spaces to `width` columns, at its left when `right`."""
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def _pieces(text: str, room: int) -> Iterator[tuple[str, bool]]:
    """The units a line may be broken between, and whether a space stands before each."""
    for word in _SPACES.split(text.strip()):
        if word.startswith(("http://", "https://")) or (cell_len(word) == len(word) <= room):
            yield word, True
        else:
            yield from ((part, number == 0) for number, part in enumerate(_parts(word, room)))


def _parts(word: str, room: int) -> Iterator[str]:
    """A word in parts a line may end after: any wide character (Chinese and Japanese have no spaces), a full line.

    Marks that take no column stay with their letter.
    """
    part = ""
    for character in word:
        if part and cell_len(character) and _may_break(part, character, room):
            yield part
            part = ""
        part += character
    yield part


def _may_break(part: str, character: str, room: int) -> bool:
    return cell_len(character) == 2 or cell_len(part[0]) == 2 or cell_len(part + character) > room
