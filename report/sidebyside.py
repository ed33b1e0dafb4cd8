"""Why are an article and a story linked, or not? The evidence, every edit in full, and both texts side by side.

    spans over the words of both texts ─> segments: same, changed, added, cut, moved ─> rich on a terminal, plain lines
    when piped

Every word of both texts stands in exactly one segment, so that nothing is hidden by the way it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from report.clean import one_line, terminal
from report.wording import percent

SegmentKind = Literal["same", "changed", "added", "cut", "moved"]
_MARKS: Final[dict[SegmentKind, str]] = {"same": "=", "changed": "~", "added": "+", "cut": "-", "moved": ">"}
_STYLES: Final[dict[SegmentKind, str]] = {
    "same": "dim",
    "changed": "yellow",
    "added": "green",
    "cut": "red",
    "moved": "cyan",
}
_LEGEND: Final = "= in both   ~ changed   + only in the article   - only in the story   > moved"


@dataclass(frozen=True, slots=True)
class Side:
    """One text. Word `n` is `source[starts[n]:ends[n]]`, as the spans count words; `facts` are (name, value) pairs."""

    name: str
    headline: str
    source: str
    starts: Sequence[int]
    ends: Sequence[int]
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """An article judged against a story.

    `spans` and `edits` as pickups store them: [article start, end, story start, end, exact] in words, and mappings
    with kind, story_text, article_text and substantive. Shares and score are 0..1. `judgement` is a person's, or "".
    """

    article: Side
    story: Side
    spans: Sequence[Sequence[Any]]
    edits: Sequence[Mapping[str, Any]]
    verdict: str
    use: str
    share_of_article: float
    share_of_story: float
    score: float
    reasons: Sequence[str]
    judgement: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of both texts. Either side is empty where the other stands alone."""

    kind: SegmentKind
    story: str
    article: str


def segments(comparison: Comparison) -> list[Segment]:
    """Both texts in the article's order; what the article left out stands where the story goes on."""
    story, article = comparison.story, comparison.article
    spans = sorted((int(s[0]), int(s[1]), int(s[2]), int(s[3]), bool(s[4])) for s in comparison.spans)
    uncovered = _uncovered([(span[2], span[3]) for span in spans], len(story.starts))
    left_out = {end: start for start, end in uncovered}
    found: list[Segment] = []
    article_at = story_reached = 0
    for article_start, article_end, story_start, story_end, exact in spans:
        cut_from = left_out.pop(story_start, story_start)
        found += _apart(_words(story, cut_from, story_start), _words(article, article_at, article_start))
        ours, theirs = _words(article, article_start, article_end), _words(story, story_start, story_end)
        if story_start < story_reached:
            found.append(Segment("moved", theirs, ours))
        elif exact:
            found.append(Segment("same", theirs, ours))
        else:
            found += _apart(theirs, ours)
        article_at, story_reached = article_end, max(story_reached, story_end)
    rest = " ".join(_words(story, start, end) for end, start in sorted(left_out.items()))
    return [*found, *_apart(rest, _words(article, article_at, len(article.starts)))]


def render(comparison: Comparison, out: TextIO) -> None:
    """Write the whole explanation: drawn with rich on a terminal, as plain lines when piped."""
    console = Console(file=out)
    if console.is_terminal:
        _draw(comparison, console)
    else:
        out.writelines(line + "\n" for line in _plain(comparison))


def _uncovered(covered: Sequence[tuple[int, int]], words: int) -> Iterator[tuple[int, int]]:
    """The stretches of a text no span covers."""
    reached = 0
    for start, end in sorted(covered):
        if start > reached:
            yield reached, start
        reached = max(reached, end)
    if reached < words:
        yield reached, words


def _words(side: Side, first: int, last: int) -> str:
    """Words [first, last) as printed, with the marks around them."""
    return side.source[_boundary(side, first) : _boundary(side, last)].strip() if first < last else ""


def _boundary(side: Side, word: int) -> int:
    """Where the text before a word ends: an opening quotation mark goes with the word, a full stop with the last."""
    if word == 0:
        return 0
    if word >= len(side.starts):
        return len(side.source)
    end, start = side.ends[word - 1], side.starts[word]
    between = side.source[end:start]
    blank = max((at for at, character in enumerate(between) if character.isspace()), default=None)
    return start if blank is None else end + blank + 1


def _apart(story: str, article: str) -> list[Segment]:
    if story and article:
        return [Segment("changed", story, article)]
    if story:
        return [Segment("cut", story, "")]
    return [Segment("added", "", article)] if article else []


def _verdict(comparison: Comparison) -> str:
    parts = [
        comparison.verdict,
        comparison.use,
        f"{percent(comparison.share_of_article)} of the article appears to be story text",
        f"{percent(comparison.share_of_story)} of the story was used",
        f"score {comparison.score:.2f}",
    ]
    judged = {"confirm": "confirmed by a person", "reject": "rejected by a person"}.get(comparison.judgement, "")
    return one_line(" · ".join(part for part in [*parts, judged] if part))


def _sides(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for label, side in (("article", comparison.article), ("story", comparison.story)):
        yield label, one_line(side.name)
        yield "headline", one_line(side.headline)
        yield from ((one_line(name), one_line(value)) for name, value in side.facts if value)


def _plain(comparison: Comparison) -> Iterator[str]:
    yield _verdict(comparison)
    yield from (f"{label}: {value}" for label, value in _sides(comparison))
    yield from ("because: " + one_line(reason) for reason in comparison.reasons)
    yield ""
    yield f"edits: {len(comparison.edits)}"
    for edit in comparison.edits:
        kind, story, article = _edit(edit)
        yield f"* {kind}"
        yield f"  story:   {story}"
        yield f"  article: {article}"
    yield ""
    yield f"side by side: {_LEGEND}"
    for segment in segments(comparison):
        mark = _MARKS[segment.kind]
        if segment.kind in ("changed", "moved"):
            yield f"{mark} story:   {one_line(segment.story)}"
            yield f"{mark} article: {one_line(segment.article)}"
        else:
            yield f"{mark} {one_line(segment.article or segment.story)}"


def _edit(edit: Mapping[str, Any]) -> tuple[str, str, str]:
    """(kind, words of the story, words of the article), in full."""
    kind = one_line(str(edit.get("kind", ""))) + (", substantive" if edit.get("substantive") else "")
    story, article = (one_line(str(edit.get(name) or "")) for name in ("story_text", "article_text"))
    return kind, story or "(nothing)", article or "(nothing)"


def _draw(comparison: Comparison, console: Console) -> None:
    console.print(Text(_verdict(comparison), style="bold"))
    facts = Table(box=None, show_header=False, pad_edge=False)
    for label, value in _sides(comparison):
        facts.add_row(Text(label, style="dim"), Text(value))
    for reason in comparison.reasons:
        facts.add_row(Text("because", style="dim"), Text(one_line(reason)))
    console.print(facts)
    _draw_edits(comparison, console)
    console.print()
    console.print(Text(_LEGEND, style="dim"))
    texts = Table(box=None, pad_edge=False, expand=True)
    texts.add_column("", width=1)
    texts.add_column("story", ratio=1, overflow="fold")
    texts.add_column("article", ratio=1, overflow="fold")
    for segment in segments(comparison):
        style = _STYLES[segment.kind]
        cells = (_MARKS[segment.kind], terminal(segment.story), terminal(segment.article))
        texts.add_row(*(Text(cell, style=style) for cell in cells))
    console.print(texts)


def _draw_edits(comparison: Comparison, console: Console) -> None:
    console.print()
    if not comparison.edits:
        console.print(Text("no edits", style="dim"))
        return
    table = Table(box=None, pad_edge=False, expand=True)
    table.add_column("edit", no_wrap=True)
    table.add_column("in the story", ratio=1, overflow="fold")
    table.add_column("in the article", ratio=1, overflow="fold")
    for edit in comparison.edits:
        style = "bold" if edit.get("substantive") else ""
        table.add_row(*(Text(cell, style=style) for cell in _edit(edit)))
    console.print(table)
