"""Chooses the paragraphs of the article among the blocks of a page.

First the container: the deepest frame that still holds nearly all the prose, led by the marks sites put on their
article body. Then the blocks in it, one by one, each kept or dropped by a named rule; last the standfirst before
the container, and the ends are put right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.extractors import hints, phrases, weights
from crawler.extractors.blocks import Block, Frame, Page, text_key
from crawler.extractors.credit_forms import is_line_of_dates
from crawler.extractors.hints import BIO, BOX, BYLINE, CAPTION, DECK, EMBED, FIGURE, HEADING

_TEXT = hints.PARAGRAPH | hints.QUOTE | hints.LIST_ITEM | hints.PREFORMATTED
_NEVER_ENTERED = frozenset(
    ("p", "li", "ul", "ol", "blockquote", "dl", "tr", "tbody", "pre", "figure", "h1", "h2", "h3")
)
_STEP = 0.72
"""A child that holds this share of its parent's prose is the way down to the article."""
_MARKED_STEP = 0.4
"""The same for a child whose class or tag says "article body"."""


@dataclass(frozen=True, slots=True)
class Body:
    """The blocks kept, in order, and how they were chosen. `start` and `end` are block numbers (end exclusive).

    `top` is the number of the block above them that shows the headline, None when none does.
    `dropped` says for each block inside the container that was left out by which rule.
    """

    blocks: tuple[Block, ...]
    container: Frame | None
    rule: str
    start: int = 0
    end: int = 0
    dropped: dict[int, str] = field(default_factory=dict)
    top: int | None = None


def choose(page: Page, headline: str) -> Body:
    """The body of the page; no blocks when the page holds no running text.

    When every block of the container is taken for furniture, the words of its classes were wrong: they are forgiven
    for the whole page, and the choice is made again; and when all of it is a gallery, its captions are the text.
    """
    key = text_key(headline)
    found = _choose(page, key)
    if found.blocks or found.container is None:
        return found
    weights.forgive(page)
    found = _choose(page, key)
    return found if found.blocks else _choose(page, key, gallery=True)


def _choose(page: Page, key: str, *, gallery: bool = False) -> Body:
    container, rule = _container(page, _tops(page, key))
    if container is None:
        return Body((), None, rule)
    reader = _Reader(container, key, frozenset(page.images))
    inside = [block for block in page.blocks if container.order <= block.frame.order <= container.last]
    kept = _trim([block for block in inside if reader.keeps(block) or (gallery and block.prose)], key)
    if not kept:
        return Body((), container, rule, dropped=reader.dropped)
    kept = _standfirst(page, reader, kept) + kept
    top = _headline_block(page, key, kept[0].order)
    return Body(tuple(kept), container, rule, kept[0].order, kept[-1].order + 1, reader.dropped, top)


def _tops(page: Page, headline_key: str) -> tuple[int, ...]:
    """The frames of the headings that show the headline."""
    size = len(headline_key)
    return tuple(
        block.frame.order
        for block in page.blocks
        if block.flags & HEADING and abs(len(block.text) - size) < 30 and text_key(block.text) == headline_key
    )


def _container(page: Page, tops: Sequence[int]) -> tuple[Frame | None, str]:
    """The frame that holds the article, and the rule that chose it."""
    total = page.frames[0].prose
    if not total:
        return None, "no running text"
    marked = [frame for frame in page.frames if frame.itemprop == "articleBody" and frame.prose * 3 > total]
    if marked:
        return max(marked, key=lambda frame: frame.prose), "itemprop articleBody"
    children: dict[int, list[Frame]] = {}
    for frame in page.frames:
        if frame.parent is not None and frame.prose:
            children.setdefault(frame.parent.order, []).append(frame)
    frame, rule = page.frames[0], "deepest frame with the prose"
    while True:
        below = sorted(children.get(frame.order, ()), key=lambda child: -child.prose)
        under = _under_headline(page, frame, below, tops)
        if under is not None:
            frame, rule = under, "frame with the headline"
            continue
        if not below or not _leads_down(frame, below):
            return _with_its_likes(page, _widened(frame)), rule
        frame = below[0]


def _under_headline(page: Page, frame: Frame, below: Sequence[Frame], tops: Sequence[int]) -> Frame | None:
    """The only child with the headline, when it is not the largest but holds a text of its own: the largest are then
    the readers' comments (taz.de), unless one `<article>` holds them all (financialpost.com); or, however short it is,
    when all beside it are other stories."""
    holding = [child for child in below if any(child.order <= top <= child.last for top in tops)]
    if len(holding) != 1 or holding[0].tag in _NEVER_ENTERED or holding[0].tag == "header":
        return None
    child = holding[0]
    inside = (block for block in page.blocks[child.first_block :] if child.order <= block.frame.order <= child.last)
    prose = sum(bool(block.prose and not block.frame.out) for block in inside)
    larger = child is not below[0] and child.prose >= max(600, frame.prose * 0.1) and prose >= 4
    if larger and _story_of(frame) is None:
        return child
    others = [other for other in below if other is not child and other.prose * 20 > frame.prose]
    if prose < 2 or not others or not (child.own & hints.BODY or child.tag in ("article", "main", "section")):
        return None
    return child if all(_is_other_story(page, other) for other in others) else None


def _is_other_story(page: Page, frame: Frame) -> bool:
    """Whether a frame beside the one with the headline is another story, or a list of teasers: it opens with a heading
    of the first rank or is an `<article>` with any, or every few sentences it leads somewhere else."""
    inside = [b for b in page.blocks[frame.first_block :] if frame.order <= b.frame.order <= frame.last]
    heading = inside[0].frame if inside and inside[0].flags & HEADING else None
    if heading is not None and (heading.tag == "h1" or frame.tag == "article"):
        return True
    leading = sum(block.link_density > 0.8 or (block.flags & HEADING > 0 and block.link_chars > 0) for block in inside)
    return leading >= 3 and leading >= sum(block.prose > 0 for block in inside) * 0.8


def _widened(frame: Frame) -> Frame:
    """The frame marked as article body just around the one found, when the text goes on beside it."""
    if frame.own & hints.BODY:
        return frame
    around = frame.parent
    for _ in range(4):
        if around is None or around.prose > frame.prose * 1.7 or around.link_chars > around.chars * 0.4:
            break
        if around.own & hints.BODY:
            return around
        around = around.parent
    return frame


def _with_its_likes(page: Page, frame: Frame) -> Frame:
    """The frame around all that are marked as article body in the same words: politico.com cuts a text into several
    `div.story-text` in rows of their own, with advertisements between. Those in another `<article>` are another
    story's (hoy.com.py loads the next ones below)."""
    if not frame.own & hints.BODY:
        return frame
    story = _story_of(frame)
    likes = [
        one
        for one in page.frames
        if one.hints == frame.hints and one.tag == frame.tag and one.prose and _story_of(one) is story
    ]
    around = frame
    while around.parent is not None and not all(around.order <= one.order <= around.last for one in likes):
        around = around.parent
    return around if around.prose <= 1.25 * sum(one.prose for one in likes) else frame


def _story_of(frame: Frame) -> Frame | None:
    return next((up for up in frame.ancestors() if up.tag == "article"), None)


def _leads_down(frame: Frame, below: Sequence[Frame]) -> bool:
    """Whether the child with the most prose is the way to the article."""
    best = below[0]
    if best.tag in _NEVER_ENTERED:
        return False
    if len(below) > 1 and best.hints and below[1].hints == best.hints and below[1].prose > frame.prose * 0.02:
        return False  # twins: t-online.de writes one article into two frames of one class
    if best.prose >= frame.prose * _STEP:
        # One long paragraph among many short ones is not a container: it must hold blocks of its own.
        return True
    runner_up = below[1].prose if len(below) > 1 else 0
    marked = best.own & hints.BODY or best.tag in ("article", "main")
    return bool(marked) and best.prose >= frame.prose * _MARKED_STEP and best.prose >= 2 * runner_up


class _Reader:
    """Judges the blocks inside a container; remembers why it dropped one."""

    def __init__(self, container: Frame, headline_key: str, pictured: frozenset[int]) -> None:
        self.container = container
        self.headline_key = headline_key
        self.pictured = pictured
        self.headline_size = len(headline_key)
        self.paragraphed = container.prose_in_paragraphs >= container.prose * 0.8
        self.dropped: dict[int, str] = {}
        self.opened = False
        self.read = 0

    def keeps(self, block: Block) -> bool:
        """Whether the block is part of the text."""
        reason = self.reason_against(block)
        if reason:
            self.dropped[block.order] = reason
        elif block.prose:
            self.opened = True
            self.read += block.prose
        return not reason

    def reason_against(self, block: Block) -> str:
        """The rule that drops the block, or ""."""
        frame, container = block.frame, self.container
        flags = frame.flags & ~container.flags
        if flags & hints.QUOTE:
            flags &= ~FIGURE  # pull quotes stand in <figure> too
        if frame.out & ~container.out:
            return "furniture by class"
        if flags & (hints.ASIDE | BIO | EMBED) or (flags & (BOX | FIGURE) and self.small_box(frame)):
            return "aside, box, embed or biography"
        return self.reason_in_words(block, flags)

    def small_box(self, frame: Frame) -> bool:
        """Whether the frame stands in a fact box that holds a small part of the prose."""
        box = next((up for up in frame.ancestors() if up.own & (BOX | FIGURE)), None)
        if box is None or (box.own & FIGURE and box.tag != "figure" and box.chars > 350):
            return False  # economist.com sets whole paragraphs into class="text-image"
        return box.prose < self.container.prose * 0.3

    def link_list(self, frame: Frame) -> bool:
        """Whether the list around an item consists mostly of links."""
        box = next((up for up in frame.ancestors() if up.tag in ("ul", "ol", "dl")), None)
        if box is None:
            return False
        return box.link_chars > box.chars * 0.35 or (box.items >= 4 and box.linked_items > box.items * 0.8)

    def repeats_headline(self, block: Block, flags: int) -> bool:
        """Whether the block shows the headline again; the first heading may show it behind a kicker (n-tv.de)."""
        first = flags & HEADING > 0 and not self.opened and self.headline_size >= 20
        if abs(len(block.text) - self.headline_size) >= (80 if first else 30):
            return False
        key = text_key(block.text)
        return key == self.headline_key or (first and key.endswith(self.headline_key))

    def reason_in_words(self, block: Block, flags: int) -> str:
        """The rules that look at the block's own words and links."""
        size = len(block.text)
        if self.repeats_headline(block, flags):
            return "repeats the headline"
        if not self.opened and size < 250 and max(block.text.count(" > "), block.text.count(" › ")) > 1:
            return "breadcrumbs"
        if (
            block.link_density > 0.6
            and (size < 200 or flags & hints.LIST_ITEM)
            and not phrases.shows_address(block.text)
        ):
            return "links"
        if flags & hints.LIST_ITEM and block.link_density > 0.1 and self.link_list(block.frame):
            return "list of links"
        if (
            size < 250
            and (not flags & HEADING or self.read < self.container.prose * 0.85)
            and phrases.is_furniture(block.text)
            and not (
                block.prose and not block.link_chars and block.frame.tag == "p" and phrases.is_statement(block.text)
            )
        ):
            return "furniture by wording"
        if block.frame.tag == "h1" and not self.opened:
            return "headline"
        if block.frame.own & BYLINE and size < (400 if block.link_chars else 200) and not flags & HEADING:
            return "byline"
        if flags & HEADING:
            return ""
        if block.order in self.pictured and phrases.ends_as_caption(block.text):
            return "caption below a picture"
        return "" if block.prose else self.reason_against_short(block, flags)

    def reason_against_short(self, block: Block, flags: int) -> str:
        """The rules for what is no running text: initials, dates, loose words."""
        if phrases.is_sign_off(block.text) or (not self.opened and is_line_of_dates(block.text)):
            return "initials or dates"
        if flags & (FIGURE | BYLINE):
            return "byline or figure"
        if flags & _TEXT or (flags & hints.CELL and self.opened):
            return ""
        return "short text outside paragraphs" if self.paragraphed or len(block.text) <= 25 else ""


def _standfirst(page: Page, reader: _Reader, kept: Sequence[Block]) -> list[Block]:
    """The lines between the headline and the container that are part of the text: a summary in bold, a deck."""
    start = min(reader.container.first_block, kept[0].order)
    top = _headline_block(page, reader.headline_key, start)
    if top is None:
        return []
    seen = {text_key(block.text) for block in kept[:4]}
    found = []
    for block in page.blocks[top + 1 : start]:
        if block.order in reader.pictured and phrases.ends_as_caption(block.text):
            continue
        if _is_standfirst(block) and text_key(block.text) not in seen:
            found.append(block)
    if len(found) > 3:
        # Much stands between headline and text (offers, a list of contents): only a deck or the header's is one.
        found = [block for block in found if (block.frame.own & DECK) or (block.flags & hints.HEADER)]
    return found if len(found) <= 3 else []


def _headline_block(page: Page, headline_key: str, before: int) -> int | None:
    """The number of the last block above the body that shows the headline: a heading, else any (captions of a
    gallery may repeat it, selbst.de)."""
    shown = None
    for block in reversed(page.blocks[:before]):
        same = abs(len(block.text) - len(headline_key)) < 30 and text_key(block.text) == headline_key
        if block.frame.tag == "h1" or (same and block.flags & HEADING):
            return block.order
        if same and shown is None:
            shown = block.order
    return shown


def _is_standfirst(block: Block) -> bool:
    flags = block.flags
    if block.frame.out or flags & (hints.ASIDE | FIGURE | CAPTION | BIO | EMBED) or block.link_density > 0.3:
        return False
    size = len(block.text)
    if size < 30 or size > 700 or phrases.is_furniture(block.text):
        return False
    if flags & DECK or block.frame.own & DECK:
        return not phrases.is_byline(block.text)
    if flags & BYLINE:
        return False
    if block.frame.tag in ("h2", "h3", "h4"):
        return size >= 50
    return bool(block.prose) or (block.frame.tag == "p" and not phrases.is_byline(block.text))


def _trim(blocks: Sequence[Block], headline_key: str) -> list[Block]:
    """Without the furniture at both ends: a text opens with a paragraph, or with the one heading right above it that
    is not the headline again in other words; and it ends with a paragraph.

    Near the end a heading such as "More on this topic" or "Comments" closes it.
    """
    kept = list(blocks)
    heading: list[Block] = []
    while kept and not kept[0].prose and (not kept[0].flags & _TEXT or phrases.is_byline(kept[0].text)):
        heading = [kept.pop(0)]
    if heading and kept and _opens_text(heading[0], kept[0], headline_key):
        kept = heading + kept
    kept = kept[: _tail_start(kept)]
    while kept and not kept[-1].prose and _is_no_end(kept[-1]):
        kept.pop()
    return kept


def _is_no_end(block: Block) -> bool:
    """Whether a block below the last sentence is no part of the text: a loose line, a line of dates ("Créé:
    12.12.2019, 07h36", tdg.ch), the writer's initials ("DS", clarin.com), a blank that is none (eldeber.com.bo)."""
    if not block.flags & _TEXT:
        return True
    return is_line_of_dates(block.text) or (len(block.text) <= 4 and not any(map(str.islower, block.text)))


def _opens_text(heading: Block, first: Block, headline_key: str) -> bool:
    if not heading.flags & HEADING or heading.flags & hints.HEADER or heading.frame.parent is not first.frame.parent:
        return False
    words, known = set(text_key(heading.text).split()), set(headline_key.split())
    return len(heading.text) >= 25 and len(words & known) * 2 < len(words)


def _tail_start(kept: Sequence[Block]) -> int:
    """Where the end of the text has become furniture: at a heading over other stories, or over nothing."""
    left = sum(block.prose for block in kept)
    limit = left * 0.15
    for number, block in enumerate(kept):
        left -= block.prose
        if not block.flags & HEADING or left > limit:
            continue
        if phrases.is_furniture(block.text) or (not left and not block.prose and len(kept) - number < 3):
            return number
    return len(kept)
