"""The lines around a text where its byline and its date stand, each with where that is.

Read: a few blocks above the headline, all between headline and text (of a long stretch its two ends), the opening and
the end of the text, and what follows it. Comments, menus and the foot of the page are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extractors import hints
from crawler.extractors.blocks import Block, Page
from crawler.extractors.body import Body

_UNREAD = hints.COMMENT | hints.FOOTER | hints.NAVIGATION
_ABOVE, _STRETCH, _OPENING, _BELOW = 6, 16, 9, 25
"""Blocks read above the headline, at either end of what stands between it and the text, in the text, and below it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A block near the text. `where` says in words how it stands to headline and text."""

    block: Block
    where: str

    @property
    def evidence(self) -> Iterator[str]:
        """What the place alone says of what stands in it."""
        frame = self.block.frame
        yield self.where
        if frame.out & (hints.FURNITURE | hints.TEASER | hints.FORM):
            yield "in furniture"
        if frame.flags & (hints.FIGURE | hints.CAPTION):
            yield "in a figure"
        if frame.flags & (hints.ASIDE | hints.BIO):
            yield "in an aside"
        if frame.flags & hints.HEADING:
            yield "in a heading"


def around(page: Page, body: Body) -> dict[int, Place]:
    """The places around the text by the numbers of their blocks, in the order of the page."""
    found = {}
    for order in _orders(len(page.blocks), body):
        block = page.blocks[order]
        if not block.frame.out & _UNREAD:
            found[order] = Place(block, _where(order, body))
    return found


def _orders(count: int, body: Body) -> Iterator[int]:
    top = body.start if body.top is None else body.top
    last = max(body.start, min(body.end, count))
    above = range(max(0, top - _ABOVE - (0 if body.top is not None else _STRETCH)), min(body.start, top + _STRETCH))
    opening = range(max(above.stop, body.start - _STRETCH), min(body.start + _OPENING, last))
    end = range(max(opening.stop, last - 2), min(count, last + _BELOW))
    for part in (above, opening, end):
        yield from part


def _where(order: int, body: Body) -> str:
    if order >= body.start:
        return _within_or_below(order, body)
    if body.top is not None and order <= body.top:
        return "above the headline" if order < body.top else "in the headline's block"
    if body.top is not None and order - body.top <= 3:
        return "right below the headline"
    if body.start - order <= 3:
        return "right above the text"
    return "between headline and text" if body.top is not None else "above the text"


def _within_or_below(order: int, body: Body) -> str:
    below = order - body.end
    if below < 0:
        within = order - body.start
        return "in the opening" if within < 4 else "further in the opening" if within < _OPENING else "at the end"
    return "right below the text" if below < 3 else "below the text" if below < 10 else "far below the text"
