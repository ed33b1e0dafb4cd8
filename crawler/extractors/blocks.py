"""What a page is read into: frames, blocks, marks. Shapes only; page.py fills them, weights.py weighs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


class Frame:
    """A block-level element. `own` are the flags of this element, `flags` also those of its ancestors.

    Once the page is read, `chars`, `link_chars`, `prose` and the other counts speak of everything below it, and
    `out` holds the furniture flags that weights.py found to be true of it or of a frame around it.
    """

    __slots__ = (
        "chars", "first_block", "flags", "hints", "itemprop", "items", "last", "link_chars", "linked_items",
        "linked_lines", "order", "out", "own", "parent", "prose", "prose_in_paragraphs", "tag",
    )  # fmt: skip

    def __init__(
        self, tag: str, hint: str, parent: Frame | None, own: int, order: int, itemprop: str = "", first_block: int = 0
    ) -> None:
        self.tag = tag
        self.hints = hint
        self.parent = parent
        self.own = own
        self.flags: int = own if parent is None else parent.flags | own
        self.order = order
        self.itemprop = itemprop
        self.first_block = first_block  # number of the first block at or after its opening
        self.last = order  # order of the last frame inside
        self.out = 0
        self.chars = self.link_chars = self.prose = self.prose_in_paragraphs = 0
        self.items = self.linked_items = 0  # list items, and those that open with a link
        self.linked_lines = 0  # blocks that are wholly a link of some length: headlines of other stories

    def ancestors(self) -> Iterator[Frame]:
        """This frame and every frame around it, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent


class Block:
    """A run of text in one frame. `lines` are its parts between single `<br>`; `text` joins them by blanks.

    `prose` is its length when it reads like running text, else 0; `opens_linked` whether it begins with a link.
    """

    __slots__ = ("frame", "lines", "link_chars", "opens_linked", "order", "prose", "text")

    def __init__(
        self, text: str, lines: tuple[str, ...], frame: Frame, order: int, link_chars: int, opens_linked: bool
    ) -> None:
        self.text = text
        self.lines = lines
        self.frame = frame
        self.order = order
        self.link_chars = link_chars
        self.opens_linked = opens_linked
        self.prose = 0

    @property
    def flags(self) -> int:
        """Where the block stands, see hints."""
        return self.frame.flags

    @property
    def link_density(self) -> float:
        """Share of the characters that are inside links."""
        return self.link_chars / max(1, len(self.text))


@dataclass(slots=True, eq=False)
class Mark:
    """An inline element that says by its tag or class what it holds: a time, an author, a source line."""

    tag: str
    hints: str
    text: str
    value: str
    itemprop: str
    frame: Frame
    order: int
    """Number of the block the mark is part of (or the next one, when it holds no text)."""


@dataclass(slots=True)
class Page:
    """A page as read: blocks and frames in document order, meta elements, script texts that hold data."""

    url: str
    blocks: list[Block] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    metas: list[tuple[str, str]] = field(default_factory=list)
    title: str = ""
    language: str = ""
    canonical: str = ""
    scripts: list[str] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    """Number of the block that follows each picture."""
    pictured: list[str] = field(default_factory=list)
    """What short alternative texts say is in a picture: writers' portraits carry their names."""
    state_times: list[tuple[str, str]] = field(default_factory=list)
    """Key and value of the times beside a text that only a script holds (fallback.py), the nearest first."""


def squeeze(text: str) -> str:
    """The text with every run of white space as one blank and without soft hyphens, which readers do not see either."""
    return " ".join(text.replace("\xad", "").split())


_WORD = re.compile(r"\w+")


def text_key(text: str) -> str:
    """A string as bare words in lower case, for comparing lines that differ in quotes and blanks."""
    return " ".join(_WORD.findall(text.casefold()))
