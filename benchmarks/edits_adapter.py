"""The matcher behind the door of an edits benchmark: index stories, link articles, nothing else of the program.

python bench/edits.py benchmarks.edits_adapter:Adapter
"""

from __future__ import annotations

from matcher.decide import ArticleText, StoryText, decide
from matcher.fingerprint import Index, fingerprint
from matcher.text import read


class Adapter:
    """Stories in, decisions out. Each stored text is a story of its own: what is a take of what is not told."""

    def __init__(self) -> None:
        self._index = Index()
        self._stories: list[StoryText] = []
        self._names: list[str] = []

    def index(self, story_id: str, text: str, language: str, published: float) -> None:
        """Store one story."""
        read_text = read(text.split("\n"), language)
        number = len(self._stories)
        self._stories.append(StoryText(number, story_id, "", 1, read_text, published, filed=True))
        self._names.append(story_id)
        self._index.add(number, fingerprint(read_text))

    def near(self, text: str, language: str) -> list[str]:
        """The candidates for an article, best first."""
        prints = fingerprint(read(text.split("\n"), language))
        return [self._names[candidate.number] for candidate in self._index.candidates(prints)]

    def link(self, text: str, language: str, published: float) -> list[tuple[str, float]]:
        """The stories an article is linked to, with scores, best first."""
        article = read(text.split("\n"), language)
        prints = fingerprint(article)
        near = self._index.near(prints)
        stories = [self._stories[candidate.number] for candidate in near.candidates]
        decided = decide(ArticleText(article, published, boilerplate=near.frequent), stories)
        return [(decision.family, decision.score) for decision in decided if decision.verdict == "linked"]
