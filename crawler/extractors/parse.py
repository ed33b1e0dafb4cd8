"""One parse of a page into blocks: everything else reads these and never the tree again.

A frame is a block-level element; a block is a run of text inside one frame, cut at `<br><br>`. Both know
where they stand (navigation, caption, form, comment ...), so that the body, the credits and the moments
can be taken from the same reading, and what the body leaves out can still be searched for a credit.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from lxml import etree

from crawler.extractors import hints, weights
from crawler.extractors.blocks import Block, Frame, Mark, Page, squeeze
from crawler.extractors.decode import decode
from crawler.extractors.hints import HEADING, INLINE_BLOCKS, LIST_ITEM, PARAGRAPH, QUOTE

INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb ruby s samp "
    "small span strike strong sub sup time tt u var wbr".split()
)
SKIPPED = tuple(
    "script style noscript template iframe svg math canvas object embed select option textarea button head map "
    "audio video input rt rp meta link base col colgroup area source track param".split()
)
BLOCKS = tuple(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table "
    "tbody td tfoot th thead tr ul".split()
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
_SKIPPED, _PLAIN, _BLOCK, _INLINE, _LINE_BREAK, _PICTURE, _UNKNOWN = range(7)
_KINDS = dict.fromkeys(INLINE, _PLAIN) | dict.fromkeys(("a", "span", "time", "small", "cite", "label", "font"), _INLINE)
_KINDS |= dict.fromkeys(SKIPPED, _SKIPPED) | {"br": _LINE_BREAK, "img": _PICTURE, "picture": _PLAIN}
_KINDS |= dict.fromkeys(BLOCKS, _BLOCK)
_AUTHOR_PATHS = tuple(
    "author autor auteur auther contribut person /people/ /team/ /staff/ /by/ /profile /profil/ /user /u/ "
    "/expert journalist "
    "reporter writer /member /@ byline columnist redakt redactor periodista yazar giornalist".split()
)
"""Where links to the pages of writers lead, at sites of many languages."""
_LEFT_OPEN = ("noscript", "button", "svg", "select", "object", "map", "audio", "video", "iframe", "canvas")
_HARDLY = 100
"""Characters of running text below which a page has none."""
BREAK = "\x00"
"""Stands for a `<br>` inside a run; the parser never lets a NUL through."""


def read_page(html: bytes | str, url: str) -> Page:
    """Parse once and walk once. Raises NotAnArticle when the input is no HTML at all.

    Menus, footers and comment sections are passed over; a page that has hardly a sentence without them is walked again
    whole: a live ticker may stand in what its classes call comments (sports.fr).
    """
    root = decode(html, url)
    page = Page(url=url, language=(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""))
    _read_head(root, page)
    _open_unclosed(root)
    _Walk(page, hints.UNWALKED).run(root)
    weights.count(page)
    if page.frames[0].prose < _HARDLY:
        page.blocks, page.frames, page.marks, page.images = [], [], [], []
        _Walk(page, 0).run(root)
        weights.count(page)
    return page


def _open_unclosed(root: Any) -> None:
    """Read an element that is passed over elsewhere when it was never closed and so holds the page: a `<noscript>`
    (parcoabruzzo.it), the button of a menu (the template of a large publishers' group)."""
    for el in list(root.iter(*_LEFT_OPEN)):
        if len(el) and (next(el.iter("h1", "main", "article"), None) is not None or sum(1 for _ in el.iter("p")) > 9):
            el.tag = "div"
            el.attrib.clear()


def _read_head(root: Any, page: Page) -> None:
    for el in root.iter(*_HEAD_READERS):
        _HEAD_READERS[el.tag](el, page)


def _read_meta(el: Any, page: Page) -> None:
    name = el.get("property") or el.get("name") or el.get("itemprop") or el.get("http-equiv")
    content = el.get("content")
    if name and content:
        page.metas.append((name.strip().lower(), content.strip()))


def _read_link(el: Any, page: Page) -> None:
    if (el.get("rel") or "").lower() == "canonical" and not page.canonical:
        page.canonical = (el.get("href") or "").strip()


def _read_title(el: Any, page: Page) -> None:
    around = el.getparent()
    if not page.title and el.text and (around is None or around.tag != "svg"):
        page.title = squeeze("".join(el.itertext()))


def _read_script(el: Any, page: Page) -> None:
    if "ld+json" in (el.get("type") or "").lower() and el.text:
        page.scripts.append(el.text)


_HEAD_READERS = {"meta": _read_meta, "link": _read_link, "title": _read_title, "script": _read_script}


class _Walk:
    """The walk over the tree: keeps the open frames and the run of text not yet closed."""

    def __init__(self, page: Page, unwalked: int) -> None:
        self.page = page
        self.unwalked = unwalked
        self.frame = Frame("html", "", None, 0, 0)
        page.frames.append(self.frame)
        self.parts: list[tuple[str, bool]] = []
        self.links = 0
        self.inline_frames: list[Any] = []
        self.open_marks: dict[Any, tuple[Mark, int]] = {}

    def run(self, root: Any) -> None:
        """Visit every element once, in document order."""
        kinds = _KINDS
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, el in walker:
            kind = kinds.get(el.tag, _UNKNOWN)
            if event == "start":
                if kind == _UNKNOWN or (self.parts and el.tag == "button"):
                    kind = kinds[self.rename(el)]
                if kind == _SKIPPED or (kind == _BLOCK and self.enter_block(el)):
                    walker.skip_subtree()
                    continue
                if kind > _BLOCK:
                    self.enter(el, kind)
                text = el.text
            else:
                if kind == _BLOCK:
                    self.leave_block()
                if kind == _INLINE:
                    self.leave_inline(el)
                text = el.tail
            if text and (self.parts or not text.isspace()):
                self.parts.append((text, self.links > 0))
        self.flush()

    def rename(self, el: Any) -> str:
        """Give an element that HTML does not know the part it plays: a block when it holds one, else words of the line
        it stands in (`<o:p>`, `<ps-link>`); so with a button in a sentence. Returns its new tag."""
        if el.tag != "button":
            el.tag = "div" if next(el.iter(*BLOCKS), None) is not None else "span"
        elif self.frame.own & PARAGRAPH:
            el.tag = "span"
        return str(el.tag)

    def enter_block(self, el: Any) -> bool:
        """The start of a block-level element; whether what is inside shall be passed over."""
        tag = el.tag
        hint, flags, itemprop = hints.read(el, tag)
        own = flags | TAG_FLAGS.get(tag, 0)
        self.open(tag, hint, own, itemprop)
        unwalked = own & self.unwalked
        return unwalked > 0 and _is_bare(el, unwalked)

    def leave_block(self) -> None:
        """The end of a block-level element."""
        if self.parts:
            self.flush()
        self.frame = self.frame.parent or self.frame

    def enter(self, el: Any, kind: int) -> None:
        """The start of an element within a run; a line break stays in it, a picture ends it unless it stands among
        the words of a paragraph (an emoji)."""
        if kind == _INLINE:
            self.enter_inline(el)
        elif kind == _LINE_BREAK:
            self.parts.append((BREAK, False))
        else:
            self.enter_picture(el)

    def enter_picture(self, el: Any) -> None:
        """A picture: what it shows is remembered, and where it stands unless that is among words."""
        alt = el.get("alt")
        if alt and len(alt) < 80:
            self.page.pictured.append(alt)
        if self.parts and self.frame.flags & PARAGRAPH:
            return
        self.flush()
        self.page.images.append(len(self.page.blocks))

    def enter_inline(self, el: Any) -> None:
        """An inline element: it stays in the run, unless its class says that it stands for a block."""
        tag = el.tag
        hint, flags, itemprop = hints.read(el, tag)
        if tag == "a":
            self.links += 1
            if el.get("rel") == "author" or _leads_to_author(el.get("href") or ""):
                hint, flags = f"{hint} link-to-author", flags | hints.MARKED
        if flags & INLINE_BLOCKS and not self.frame.flags & PARAGRAPH:
            self.open(tag, hint, flags, itemprop)
            self.inline_frames.append(el)
        elif tag == "time" or itemprop or flags & hints.MARKED:
            value = el.get("datetime") or el.get("content") or el.get("data-datetime") or ""
            mark = Mark(tag, hint, "", value, itemprop, self.frame, len(self.page.blocks))
            self.page.marks.append(mark)
            self.open_marks[el] = (mark, len(self.parts))

    def leave_inline(self, el: Any) -> None:
        """The end of an inline element: close the mark or the block it opened."""
        if self.open_marks:
            opened = self.open_marks.pop(el, None)
            if opened is not None:
                mark, start = opened
                mark.text = squeeze("".join(part for part, _ in self.parts[start:]).replace(BREAK, " "))
        if self.inline_frames and self.inline_frames[-1] is el:
            self.inline_frames.pop()
            self.flush()
            self.frame = self.frame.parent or self.frame
        if el.tag == "a":
            self.links -= 1

    def open(self, tag: str, hint: str, own: int, itemprop: str) -> None:
        """Close the run and open a frame below the current one."""
        if self.parts:
            self.flush()
        frames = self.page.frames
        self.frame = Frame(tag, hint, self.frame, own, len(frames), itemprop, len(self.page.blocks))
        frames.append(self.frame)

    def flush(self) -> None:
        """Turn the open run into blocks: one, or more when `<br><br>` cuts it."""
        parts, self.parts = self.parts, []
        if len(parts) == 1:
            text, linked = parts[0]
            text = squeeze(text.replace(BREAK, " "))
            if text:
                self.append(text, (text,), len(text) if linked else 0, linked)
        elif parts:
            if not any(part[0] is BREAK for part in parts):
                self.emit([parts])
                return
            loose = not self.frame.flags & PARAGRAPH
            for group in _paragraphs(_lines(parts), loose):
                self.emit(group)

    def emit(self, lines: list[_Line]) -> None:
        """One block of the lines given, unless it holds no text."""
        texts = tuple([text for text in [squeeze("".join([p for p, _ in line])) for line in lines] if text])
        if texts:
            linked = sum([len(p.strip()) for line in lines for p, link in line if link])
            opens = bool(linked) and next((link for p, link in lines[0] if p and not p.isspace()), False)
            self.append(" ".join(texts) if len(texts) > 1 else texts[0], texts, linked, opens)

    def append(self, text: str, lines: tuple[str, ...], linked: int, opens_linked: bool) -> None:
        """A block at the end of the page read so far."""
        blocks = self.page.blocks
        linked = min(linked, len(text))
        before = blocks[-1] if blocks and text[0].islower() else None
        if before is not None and len(before.text) <= 2 and before.text[-1].isupper():
            blocks.pop()  # a drop cap that was a block of its own
            text, lines = before.text + text, (before.text + lines[0], *lines[1:])
        elif before is not None and self.frame in (before.frame, before.frame.parent) and _runs_on(before):
            before.text, before.lines = f"{before.text} {text}", (*before.lines, *lines)
            before.link_chars += linked
            return
        blocks.append(Block(text, lines, self.frame, len(blocks), linked, opens_linked))


def _leads_to_author(address: str) -> bool:
    # A loop: twice as fast as any() over a generator, five times as fast as a pattern, and asked of every link.
    for part in _AUTHOR_PATHS:  # noqa: SIM110
        if part in address:
            return True
    return False


def _runs_on(before: Block) -> bool:
    """Whether a paragraph breaks off in a sentence: the parser ended it at a block within it, an empty place for an
    advertisement, and what follows stands beside it."""
    return before.frame.tag == "p" and len(before.text) >= 40 and (before.text[-1].isalnum() or before.text[-1] == ",")


_TEXT = etree.XPath("string()", smart_strings=False)


def _is_bare(el: Any, own: int) -> bool:
    """Whether an element holds no part of the article: no heading of the page, and hardly a paragraph.

    What readers wrote is passed over however long it is.
    """
    if el.tag in ("body", "main", "article") or next(el.iter("h1", "article", "main"), None) is not None:
        return False
    if own & hints.COMMENT:
        return True
    if sum(1 for _ in islice(el.iter("p", "blockquote"), 3)) > 2:
        return False
    return len(str(_TEXT(el))) < 6000


_Line = list[tuple[str, bool]]


def _lines(parts: _Line) -> list[_Line]:
    lines: list[_Line] = [[]]
    for part in parts:
        if part[0] is BREAK:
            lines.append([])
        else:
            lines[-1].append(part)
    return lines


def _paragraphs(lines: list[_Line], loose: bool) -> list[list[_Line]]:
    """Group lines into paragraphs: an empty line always parts them; in a `loose` frame (a div or a cell, where
    old layouts write whole pages with `<br>`) every line stands alone unless it goes on in lower case."""
    groups: list[list[_Line]] = [[]]
    for line in lines:
        text = "".join(p for p, _ in line).strip()
        if not text:
            if groups[-1]:
                groups.append([])
        elif loose and groups[-1] and not text[0].islower():
            groups.append([line])
        else:
            groups[-1].append(line)
    return [group for group in groups if group]
