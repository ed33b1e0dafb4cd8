"""The matcher behind the door of an edits benchmark: index stories, link articles, nothing else of the program.

python bench/edits.py benchmarks.edits_adapter:Adapter
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from matcher.decide import ArticleText, Decision, StoryText, decide, judge
from matcher.fingerprint import fingerprint
from matcher.index import Index, Segment
from matcher.text import Text, read, read_many

_AT_ONCE = 32
"""Stories read together, as the program does: twenty per cent cheaper than one by one."""


class Adapter:
    """Stories in, decisions out. Each stored text is a story of its own: what is a take of what is not told."""

    def __init__(self) -> None:
        self._index = Index()
        self._stories: list[StoryText] = []
        self._waiting: list[tuple[str, str, str, float]] = []

    def index(self, story_id: str, text: str, language: str, published: float) -> None:
        """Store one story."""
        self._waiting.append((story_id, text, language, published))
        if len(self._waiting) >= _AT_ONCE:
            self._read()

    def _read(self) -> None:
        texts = read_many([(text.split("\n"), language) for _, text, language, _ in self._waiting])
        for (story_id, _, _, published), text in zip(self._waiting, texts, strict=True):
            self._index.add(len(self._stories), fingerprint(text))
            self._stories.append(StoryText(len(self._stories), story_id, "", 1, text, published, filed=True))
        self._waiting = []

    def near(self, text: str, language: str) -> list[str]:
        """The candidates for an article, best first."""
        self._read()
        prints = fingerprint(read(text.split("\n"), language))
        return [self._stories[candidate.number].family for candidate in self._index.candidates(prints)]

    def link(self, text: str, language: str, published: float) -> list[tuple[str, float]]:
        """The stories an article is linked to, with scores, best first."""
        return [(d.family, d.score) for d in self.decided(text, language, published) if d.verdict == "linked"]

    def decided(self, text: str, language: str, published: float) -> tuple[Decision, ...]:
        """What is decided about an article, possible links too."""
        self._read()
        article = read(text.split("\n"), language)
        near = self._index.near(fingerprint(article))
        stories = [self._stories[candidate.number] for candidate in near.candidates]
        return decide(ArticleText(article, published, boilerplate=near.frequent), stories)

    def weighed(self, text: str, language: str, published: float) -> Iterator[Decision]:
        """What is decided about an article, and by itself each story near it that is apart from it."""
        self._read()
        article = read(text.split("\n"), language)
        near = self._index.near(fingerprint(article))
        known = ArticleText(article, published, boilerplate=near.frequent)
        stories = [self._stories[candidate.number] for candidate in near.candidates]
        decided = decide(known, stories)
        yield from decided
        alone = (judge(known, story) for story in stories if story.family not in {d.family for d in decided})
        yield from (decision for decision in alone if decision.verdict == "apart")

    def texts(self) -> list[Text]:
        """The stories, read."""
        return [story.text for story in self._stories]

    def stored(self) -> tuple[npt.NDArray[np.int64], list[Segment]]:
        """The index as it would be stored."""
        return self._index.stored()
