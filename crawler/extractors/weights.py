"""Adds up what stands where on a page, and decides which words of class names are to be believed.

A class name is only a hint: "sidebar" may be the theme's name for the whole page. So a hint holds or is forgiven by
what the frame contains: most of the page's prose, the page's own h1, links to other stories, a row of its likes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawler.extractors import hints
from crawler.extractors.blocks import Block, Frame, Page
from crawler.extractors.hints import HEADING, LIST_ITEM, PARAGRAPH, QUOTE
from crawler.extractors.phrases import is_furniture


def count(page: Page) -> None:
    """Add up characters, links and prose for every frame, children into parents, and settle which hints hold."""
    frames = page.frames
    sizes = [0] * len(frames)
    for block in page.blocks:
        sizes[block.frame.order] += _add(block)
    for frame in reversed(frames):
        up = frame.parent
        if up is None:
            continue
        if frame.last > up.last:
            up.last = frame.last
        if frame.chars:  # half of all frames hold no text, and so nothing else either
            up.chars += frame.chars
            up.link_chars += frame.link_chars
            up.linked_lines += frame.linked_lines
            up.items += frame.items
            up.linked_items += frame.linked_items
            sizes[up.order] += sizes[frame.order]
    _settle(frames, sizes, _teasers(frames) | _announced(page))
    _add_prose(page)
    if not frames[0].prose:
        forgive(page)


def forgive(page: Page) -> None:
    """Believe no class name of this page any more: its text stands in what they call furniture."""
    for frame in page.frames:
        frame.out &= hints.FOOTER | hints.HIDDEN
        frame.prose = frame.prose_in_paragraphs = 0
    _add_prose(page)


def _add(block: Block) -> int:
    """Count one block into its frame; its prose."""
    frame = block.frame
    size = len(block.text)
    frame.chars += size
    frame.link_chars += block.link_chars
    if hints.is_prose(block.text, size, block.link_chars):
        block.prose = size
    if size >= 15 and block.link_chars >= size * 0.9:
        frame.linked_lines += 1
    if frame.flags & LIST_ITEM:
        frame.items += 1
        frame.linked_items += block.opens_linked
    return block.prose


def _add_prose(page: Page) -> None:
    """The prose of every frame, now that it is known what is furniture."""
    for block in page.blocks:
        frame = block.frame
        if block.prose and not frame.out:
            frame.prose += block.prose
            if frame.flags & (PARAGRAPH | QUOTE):
                frame.prose_in_paragraphs += block.prose
    for frame in reversed(page.frames):
        if frame.prose and frame.parent is not None:
            frame.parent.prose += frame.prose
            frame.parent.prose_in_paragraphs += frame.prose_in_paragraphs


_DIGITS = re.compile(r"\d+")


@lru_cache(maxsize=20_000)
def _kind(hint: str) -> str:
    """The first two words of a class without their numbers: what frames of one sort share."""
    return " ".join(_DIGITS.sub("", hint).split()[:2])


def _teasers(frames: list[Frame]) -> set[int]:
    """Frames that repeat: three or more of one class, each short and with the linked headline of another story."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for frame in frames:
        if frame.linked_lines and frame.chars < 700 and not frame.own & (PARAGRAPH | HEADING) and frame.parent:
            if frame.link_chars < frame.chars * 0.2:
                continue
            key = (frame.tag, _kind(frame.hints) or str(frame.parent.order), _kind(frame.parent.hints))
            groups.setdefault(key, []).append(frame.order)
    return {order for orders in groups.values() if len(orders) >= 3 for order in orders}


def _announced(page: Page) -> set[int]:
    """Frames that open with a heading such as "Related stories", unless the page's own h1 stands in them."""
    tops = [block.frame.order for block in page.blocks if block.frame.tag == "h1"]
    found = set()
    for block in page.blocks:
        frame = block.frame
        section = frame.parent
        if not frame.own & HEADING or section is None or section.first_block != block.order:
            continue
        if not (frame.own & hints.FURNITURE or is_furniture(block.text)) or section.tag in ("body", "html", "main"):
            continue
        if section.link_chars * 10 < section.chars and not is_furniture(block.text):
            continue  # leads nowhere, and only the heading's class says furniture (nationalpost.com hides one)
        if not any(section.order <= top <= section.last for top in tops if top != frame.order):
            found.add(section.order)
    return found


def _settle(frames: list[Frame], sizes: list[int], teasers: set[int]) -> None:
    """Decide which furniture hints hold, and hand them down in `out`.

    A frame with a furniture hint that holds most of the page's prose is no furniture (ASP.NET puts whole pages
    into a `<form>`, themes write `class="has-sidebar"`), nor are many frames of one class that hold it together
    (`<p class="paywall">`): such a hint is forgiven. What readers wrote below the article does not count.
    """
    hinted = [frame for frame in frames if frame.own & hints.NOT_PROSE]
    comments = sum(
        sizes[f.order] for f in hinted if f.own & hints.COMMENT and f.parent and not f.parent.flags & hints.COMMENT
    )
    limit = (sizes[0] - comments if comments < sizes[0] * 0.9 else sizes[0]) * 0.5
    alike: dict[str, int] = {}
    count: dict[str, int] = {}
    for frame in hinted:
        alike[frame.hints] = alike.get(frame.hints, 0) + sizes[frame.order]
        count[frame.hints] = count.get(frame.hints, 0) + 1
    for frame in frames:
        out = frame.parent.out if frame.parent is not None else 0
        if frame.own & hints.NOT_PROSE:
            size = sizes[frame.order]
            out |= _held(frame, size, count[frame.hints], max(size, alike[frame.hints]) > limit)
        if frame.order in teasers:
            out |= hints.FURNITURE
        frame.out = out


def _held(frame: Frame, size: int, alike: int, most: bool) -> int:
    """The furniture hints of a frame that hold: `size` is its prose, `alike` are the frames of its class, which with it
    hold `most` of the page's prose or do not."""
    held = frame.own & hints.NOT_PROSE
    if held & hints.TEASER and not frame.link_chars and alike == 1:
        held &= ~hints.TEASER  # a teaser without a link is this article's own ("Teaser" is German for standfirst)
    if held & hints.HIDDEN and frame.own & (PARAGRAPH | QUOTE) and size:
        held &= ~hints.HIDDEN  # single hidden paragraphs are the text behind a wall (techradar.com)
    return 0 if most and not held & hints.COMMENT and frame.tag not in ("nav", "footer") else held
