"""One parse of a page into blocks: everything else reads these and never the tree again.

A frame is a block-level element; a block is a run of text inside one frame, cut at `<br><br>`. Both know
where they stand (navigation, caption, form, comment ...), so that the body, the credits and the moments
can be taken from the same reading, and what the body leaves out can still be searched for a credit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from crawler.extractors import hints
from crawler.extractors.decode import decode
from crawler.extractors.phrases import is_furniture
from crawler.extractors.hints import HEADING, HIDDEN, INLINE_BLOCKS, LIST_ITEM, PARAGRAPH, QUOTE

INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "rb", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"]
)
SKIPPED = frozenset(
    ["script", "style", "noscript", "template", "iframe", "svg", "math", "canvas", "object", "embed", "select", "option", "textarea", "button", "head", "map", "audio", "video", "picture", "input"]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
TAG_FLAGS = {
    "p": PARAGRAPH,
    "li": LIST_ITEM,
    "blockquote": QUOTE,
    "nav": hints.NAVIGATION,
    "footer": hints.FOOTER,
    "aside": hints.ASIDE,
    "figure": hints.FIGURE,
    "figcaption": hints.CAPTION,
    "caption": hints.CAPTION,
    "form": hints.FORM,
    "fieldset": hints.FORM,
    "header": hints.HEADER,
    "pre": hints.PREFORMATTED,
    "dt": LIST_ITEM,
    "dd": LIST_ITEM,
    "td": hints.CELL,
    "th": hints.CELL,
    "article": hints.ARTICLE,
    "main": hints.MAIN,
    **dict.fromkeys(HEADINGS, HEADING),
}
BREAK = "\x00"
"""Stands for a `<br>` inside a run; the parser never lets a NUL through."""


@dataclass(slots=True, eq=False)
class Frame:
    """A block-level element. `own` are the flags of this element, `flags` also those of its ancestors.

    `prose`, `chars` and `link_chars` count the characters below it once the page is read.
    """

    tag: str
    hints: str
    parent: Frame | None
    own: int
    flags: int
    depth: int
    order: int
    itemprop: str = ""
    out: int = 0
    prose: int = 0
    chars: int = 0
    link_chars: int = 0
    prose_in_paragraphs: int = 0
    items: int = 0
    linked_items: int = 0
    """List items below, and those of them that open with a link."""
    linked_lines: int = 0
    """Blocks below that are wholly a link of some length: headlines of other stories."""
    last: int = 0
    """Order of the last frame inside this one."""
    first_block: int = 0
    """Number of the first block at or after the opening of this frame."""

    def ancestors(self) -> Iterator[Frame]:
        """This frame and every frame around it, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent


@dataclass(slots=True, eq=False)
class Block:
    """A run of text in one frame. `lines` are its parts between single `<br>`; `text` joins them by spaces."""

    text: str
    lines: tuple[str, ...]
    frame: Frame
    order: int
    link_chars: int = 0
    strong_chars: int = 0
    prose: int = 0
    opens_linked: bool = False
    """Whether its first words are a link, as in lists of other stories."""

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


def squeeze(text: str) -> str:
    """The text with every run of white space as one blank."""
    return " ".join(text.split())


_WORD = re.compile(r"\w+")


def text_key(text: str) -> str:
    """A string as bare words in lower case, for comparing lines that differ in quotes and blanks."""
    return " ".join(_WORD.findall(text.casefold()))


def read_page(html: bytes | str, url: str) -> Page:
    """Parse once and walk once. Raises NotAnArticle when the input is no HTML at all."""
    root = decode(html, url)
    page = Page(url=url, language=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""))
    _read_head(root, page)
    _Walk(page).run(root)
    _count(page)
    return page


def _read_head(root: Any, page: Page) -> None:
    for el in root.iter("meta", "link", "title", "script"):
        tag = el.tag
        if tag == "meta":
            name = el.get("property") or el.get("name") or el.get("itemprop") or el.get("http-equiv")
            content = el.get("content")
            if name and content:
                page.metas.append((name.strip().lower(), content.strip()))
        elif tag == "script":
            if "ld+json" in (el.get("type") or "").lower() and el.text:
                page.scripts.append(el.text)
        elif tag == "title":
            if not page.title and el.text and (el.getparent() is None or el.getparent().tag != "svg"):
                page.title = squeeze("".join(el.itertext()))
        elif (el.get("rel") or "").lower() == "canonical" and not page.canonical:
            page.canonical = (el.get("href") or "").strip()


class _Walk:
    """The walk over the tree: keeps the open frames and the run of text not yet closed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frame = Frame("html", "", None, 0, 0, 0, 0)
        page.frames.append(self.frame)
        self.run_parts: list[tuple[str, bool, bool]] = []
        self.links = 0
        self.strong = 0
        self.inline_frames: list[Any] = []
        self.open_marks: dict[Any, tuple[Mark, int]] = {}

    def run(self, root: Any) -> None:
        """Visit every element once, in document order."""
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, el in walker:
            tag = el.tag
            if event == "start":
                if tag in SKIPPED:
                    walker.skip_subtree()
                elif tag == "br":
                    self.run_parts.append((BREAK, False, False))
                elif tag == "img":
                    self.flush()
                    self.page.images.append(len(self.page.blocks))
                elif tag in INLINE:
                    self.enter_inline(el, tag)
                else:
                    self.enter_block(el, tag)
            else:
                if tag in INLINE:
                    self.leave_inline(el, tag)
                elif tag not in SKIPPED and tag not in ("br", "img"):
                    self.flush()
                    self.frame = self.frame.parent or self.frame
                if el.tail:
                    self.add(el.tail)
        self.flush()

    def add(self, text: str) -> None:
        """Text of the current frame."""
        self.run_parts.append((text, self.links > 0, self.strong > 0))

    def enter_inline(self, el: Any, tag: str) -> None:
        """An inline element: it stays in the run, unless its class says that it stands for a block."""
        if tag == "a":
            self.links += 1
        elif tag in ("b", "strong"):
            self.strong += 1
        if el.attrib:
            hint, itemprop = hints.of(el)
            if hint and hints.flags_of(hint, tag) & INLINE_BLOCKS and not self.frame.flags & PARAGRAPH:
                self.open(el, tag, hint, itemprop)
                self.inline_frames.append(el)
            elif tag == "time" or itemprop or (hint and hints.MARKED.search(hint)):
                value = el.get("datetime") or el.get("content") or el.get("data-datetime") or ""
                mark = Mark(tag, hint, "", value, itemprop, self.frame, len(self.page.blocks))
                self.page.marks.append(mark)
                self.open_marks[el] = (mark, len(self.run_parts))
        if el.text:
            self.add(el.text)

    def leave_inline(self, el: Any, tag: str) -> None:
        """The end of an inline element: close the mark or the block it opened."""
        if self.open_marks:
            opened = self.open_marks.pop(el, None)
            if opened is not None:
                mark, start = opened
                mark.text = squeeze("".join(part for part, _, _ in self.run_parts[start:]).replace(BREAK, " "))
        if self.inline_frames and self.inline_frames[-1] is el:
            self.inline_frames.pop()
            self.flush()
            self.frame = self.frame.parent or self.frame
        if tag == "a":
            self.links -= 1
        elif tag in ("b", "strong"):
            self.strong -= 1

    def enter_block(self, el: Any, tag: str) -> None:
        """A block-level element opens a frame."""
        hint, itemprop = hints.of(el) if el.attrib else ("", "")
        self.open(el, tag if isinstance(tag, str) else "", hint, itemprop)
        if el.text:
            self.add(el.text)

    def open(self, el: Any, tag: str, hint: str, itemprop: str) -> None:
        """Close the run and open a frame below the current one."""
        self.flush()
        own = TAG_FLAGS.get(tag, 0) | (hints.flags_of(hint, tag) if hint else 0)
        if el.attrib and hints.is_hidden(el):
            own |= HIDDEN
        up = self.frame
        frame = Frame(tag, hint, up, own, up.flags | own, up.depth + 1, len(self.page.frames), itemprop)
        frame.first_block = len(self.page.blocks)
        self.page.frames.append(frame)
        self.frame = frame

    def flush(self) -> None:
        """Turn the open run into blocks: one, or more when `<br><br>` cuts it."""
        parts, self.run_parts = self.run_parts, []
        if not parts:
            return
        if not any(part[0] == BREAK for part in parts):
            self.emit([parts])
            return
        loose = not self.frame.flags & PARAGRAPH
        for group in _paragraphs(_lines(parts), loose):
            self.emit(group)

    def emit(self, lines: list[list[tuple[str, bool, bool]]]) -> None:
        """One block of the lines given, unless it holds no text."""
        texts = tuple(text for text in (squeeze("".join(p for p, _, _ in line)) for line in lines) if text)
        if not texts:
            return
        text = " ".join(texts)
        linked = sum(len(squeeze(p)) for line in lines for p, link, _ in line if link)
        strong = sum(len(squeeze(p)) for line in lines for p, _, bold in line if bold)
        block = Block(text, texts, self.frame, len(self.page.blocks), min(linked, len(text)), min(strong, len(text)))
        block.opens_linked = next((link for p, link, _ in lines[0] if p.strip()), False)
        self.page.blocks.append(block)


_Line = list[tuple[str, bool, bool]]


def _lines(parts: _Line) -> list[_Line]:
    lines: list[_Line] = [[]]
    for part in parts:
        if part[0] == BREAK:
            lines.append([])
        else:
            lines[-1].append(part)
    return lines


def _paragraphs(lines: list[_Line], loose: bool) -> list[list[_Line]]:
    """Group lines into paragraphs: an empty line always parts them; in a `loose` frame (a div or a cell, where
    old layouts write whole pages with `<br>`) every line stands alone unless it goes on in lower case."""
    groups: list[list[_Line]] = [[]]
    for line in lines:
        text = "".join(p for p, _, _ in line).strip()
        if not text:
            if groups[-1]:
                groups.append([])
        elif loose and groups[-1] and not text[0].islower():
            groups.append([line])
        else:
            groups[-1].append(line)
    return [group for group in groups if group]


def _count(page: Page) -> None:
    """Add up characters, links and prose for every frame, children into parents, and settle which hints hold."""
    frames = page.frames
    sizes = [0] * len(frames)
    for block in page.blocks:
        frame = block.frame
        size = len(block.text)
        frame.chars += size
        frame.link_chars += block.link_chars
        block.prose = size if hints.is_prose(block.text, size, block.link_chars) else 0
        sizes[frame.order] += block.prose
        if size >= 15 and block.link_chars >= size * 0.9:
            frame.linked_lines += 1
        if frame.flags & LIST_ITEM:
            frame.items += 1
            frame.linked_items += block.opens_linked
    for frame in reversed(frames):
        frame.last = max(frame.last, frame.order)
        up = frame.parent
        if up is not None:
            up.chars += frame.chars
            up.link_chars += frame.link_chars
            up.linked_lines += frame.linked_lines
            up.items += frame.items
            up.linked_items += frame.linked_items
            up.last = max(up.last, frame.last)
            sizes[up.order] += sizes[frame.order]
    teasers = _teasers(frames) | _announced(page)
    _settle(frames, sizes, teasers)
    if not any(block.prose and not block.frame.out for block in page.blocks):
        for frame in frames:  # every paragraph stands in "furniture": then the words were wrong about this page
            frame.out &= hints.FOOTER | hints.HIDDEN
    for block in page.blocks:
        if block.prose and not block.frame.out:
            block.frame.prose += block.prose
            if block.flags & (PARAGRAPH | QUOTE):
                block.frame.prose_in_paragraphs += block.prose
    for frame in reversed(frames):
        if frame.parent is not None:
            frame.parent.prose += frame.prose
            frame.parent.prose_in_paragraphs += frame.prose_in_paragraphs


_DIGITS = re.compile(r"\d+")


def _teasers(frames: list[Frame]) -> set[int]:
    """Frames that repeat: three or more of one class, each short and with the linked headline of another story."""
    groups: dict[tuple[str, str, int], list[int]] = {}
    for frame in frames:
        if frame.linked_lines and frame.chars < 700 and not frame.own & (PARAGRAPH | HEADING) and frame.parent:
            if frame.link_chars < frame.chars * 0.2:
                continue
            within = frame.parent.order if not frame.hints else 0
            key = (frame.tag, " ".join(_DIGITS.sub("", frame.hints).split()[:2]), within or -frame.depth)
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
        if not any(section.order <= top <= section.last for top in tops if top != frame.order):
            found.add(section.order)
    return found


def _settle(frames: list[Frame], sizes: list[int], teasers: set[int]) -> None:
    """Decide which furniture hints hold, and hand them down in `out`.

    A frame with a furniture hint that holds most of the page's prose is no furniture (ASP.NET puts whole pages
    into a `<form>`, themes write `class="has-sidebar"`), nor are many frames of one class that hold it together
    (`<p class="paywall">`): such a hint is forgiven. What readers wrote below the article does not count.
    """
    comments = sum(
        sizes[f.order] for f in frames if f.own & hints.COMMENT and f.parent and not f.parent.flags & hints.COMMENT
    )
    limit = (sizes[0] - comments if comments < sizes[0] * 0.9 else sizes[0]) * 0.5
    alike: dict[str, int] = {}
    count: dict[str, int] = {}
    for frame in frames:
        if frame.own & hints.NOT_PROSE:
            alike[frame.hints] = alike.get(frame.hints, 0) + sizes[frame.order]
            count[frame.hints] = count.get(frame.hints, 0) + 1
    for frame in frames:
        held = frame.own & hints.NOT_PROSE
        if held & hints.TEASER and not frame.link_chars and count[frame.hints] == 1:
            held &= ~hints.TEASER  # a teaser without a link is this article's own ("Teaser" is German for standfirst)
        if held & hints.HIDDEN and frame.own & (PARAGRAPH | QUOTE) and sizes[frame.order]:
            held &= ~hints.HIDDEN  # single hidden paragraphs are the text behind a wall (techradar.com)
        if held and not held & hints.COMMENT and frame.tag not in ("nav", "footer") and max(sizes[frame.order], alike[frame.hints]) > limit:
            held = 0
        if frame.order in teasers:
            held |= hints.FURNITURE
        frame.out = held | (frame.parent.out if frame.parent is not None else 0)
