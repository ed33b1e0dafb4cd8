"""Chooses the paragraphs of the article among the blocks of a page.

First the container: the deepest frame that still holds nearly all the prose, led by the marks sites put on their
article body. Then the blocks in it, one by one, each kept or dropped by a named rule; last the lines before
the container (standfirst) and the ends are put right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extractors import hints
from crawler.extractors.page import Block, Frame, Page, text_key

_OUT = hints.NOT_PROSE | hints.ASIDE | hints.BIO


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks kept, in order, and how they were chosen. `start` and `end` are block numbers (end exclusive)."""

    blocks: tuple[Block, ...]
    container: Frame | None
    rule: str
    start: int = 0
    end: int = 0


def choose(page: Page, headline: str) -> Body:
    """The body of the page; no blocks when the page holds no running text."""
    container, rule = _container(page)
    if container is None:
        return Body((), None, rule)
    inside = [block for block in page.blocks if _within(block.frame, container)]
    kept = _trim([block for block in inside if _keeps(block, container, headline)])
    if not kept:
        return Body((), container, rule)
    return Body(tuple(kept), container, rule, kept[0].order, kept[-1].order + 1)


def _within(frame: Frame, container: Frame) -> bool:
    return any(up is container for up in frame.ancestors())


def _container(page: Page) -> tuple[Frame | None, str]:
    """The frame that holds the article."""
    total = page.frames[0].prose
    if not total:
        return None, "no prose"
    marked = [f for f in page.frames if f.itemprop == "articleBody" and f.prose]
    if marked:
        best = max(marked, key=lambda f: f.prose)
        if best.prose * 3 > total:
            return best, "itemprop articleBody"
    children: dict[int, list[Frame]] = {}
    for frame in page.frames:
        if frame.parent is not None and frame.prose:
            children.setdefault(frame.parent.order, []).append(frame)
    frame = page.frames[0]
    while True:
        below = children.get(frame.order, [])
        if not below:
            break
        best = max(below, key=lambda f: f.prose)
        if best.flags & (hints.PARAGRAPH | hints.LIST_ITEM) or best.prose < frame.prose * 0.75:
            break
        frame = best
    return frame, "deepest frame with the prose"


def _keeps(block: Block, container: Frame, headline: str) -> bool:
    frame = block.frame
    flags = frame.flags & ~container.flags
    if frame.out & ~container.out or flags & _OUT:
        return False
    if text_key(block.text) == text_key(headline):
        return False
    if block.link_density > 0.6 and len(block.text) < 200:
        return False
    if block.prose:
        return True
    if flags & (hints.PARAGRAPH | hints.QUOTE | hints.LIST_ITEM):
        return True
    if flags & hints.HEADING:
        return frame.tag != "h1"
    return len(block.text) > 25 and not flags & (hints.FIGURE | hints.BYLINE)


_TEXT_TAGS = hints.PARAGRAPH | hints.QUOTE | hints.LIST_ITEM | hints.PREFORMATTED


def _trim(blocks: Sequence[Block]) -> list[Block]:
    """Without the furniture at both ends: a text opens with a paragraph and ends with one."""
    kept = list(blocks)
    while kept and not kept[0].prose and not kept[0].flags & _TEXT_TAGS:
        kept.pop(0)
    while kept and not kept[-1].prose and not kept[-1].flags & _TEXT_TAGS:
        kept.pop()
    return kept
