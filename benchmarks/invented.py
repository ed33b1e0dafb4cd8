"""Any number of invented articles in the language of real ones, the same each time.

An article is made of pieces of three to seven words from anywhere in the real articles of one corpus, and is as long
as one of them: two fifths of its runs of four words are real ones, as common as they are in the language, and words,
figures and phrases are as varied. A fifth are copies of a story of the last days, whole, cut or edited, half of them
credited; every other story was filed by the agency, the rest must be inferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

OUTLETS: Final = 200
ARTICLES_A_STORY: Final = 20
"""Articles there are for each story; a fifth of them carry one, so that a story has four copies."""
LAST_STORIES: Final = 200
PARAGRAPH: Final = 45
EDITED: Final = 15
"""One word of so many is another in an edited copy."""
_WITHOUT_QUOTES: Final = str.maketrans("\n", " ", '"“”„‟«»「」『』‘')


@dataclass(frozen=True)
class Language:
    """The printed words of a corpus in a row, without quotation marks, and how many each of its articles has."""

    words: Sequence[str]
    lengths: Sequence[int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Language:
        """The language of some texts."""
        known: dict[str, str] = {}  # each word once: eleven million of them take a gigabyte
        split = [[known.setdefault(word, word) for word in text.translate(_WITHOUT_QUOTES).split()] for text in texts]
        return cls([word for words in split for word in words], [len(words) for words in split])

    def text(self, chance: np.random.Generator) -> list[str]:
        """The words of one invented text."""
        wanted = self.lengths[int(chance.integers(len(self.lengths)))]
        lengths = chance.integers(3, 8, size=max(1, wanted // 5)).tolist()
        starts = chance.integers(max(1, len(self.words) - 8), size=len(lengths)).tolist()
        found: list[str] = []
        for start, length in zip(starts, lengths, strict=True):
            found += self.words[start : start + length]
        return found


@dataclass(frozen=True)
class World:
    """What invented articles are made of. A language is drawn as often as it stands among `languages`."""

    languages: Sequence[Language]
    start: datetime

    def filings(self, articles: int) -> Iterator[dict[str, Any]]:
        """The agency's items, as rows to import: every other story's."""
        for number in range(0, articles // ARTICLES_A_STORY, 2):
            words = self._story(number)
            yield {
                "url": f"https://agency.example/s{number}",
                "id": f"s{number}",
                "agency": "AFP",
                "headline": " ".join(words[:8]),
                "text": _paragraphs(words),
                "published": self._moment(number * ARTICLES_A_STORY),
            }

    def article(self, number: int) -> dict[str, Any]:
        """An article as a row to import, after those of lower numbers."""
        chance = np.random.default_rng([2, number])
        outlet = f"o{chance.integers(OUTLETS)}.example"
        latest = number // ARTICLES_A_STORY
        copied = latest > 0 and chance.random() < 0.2
        words = self._copy(chance, max(0, latest - LAST_STORIES), latest) if copied else self._own(chance)
        moment = self._moment(number)
        return {
            "url": f"https://{outlet}/news/{number}-report-of-the-day",
            "outlet": outlet,
            "headline": " ".join(words[:8]),
            "text": _paragraphs(words),
            "published": moment,
            "fetched": moment,
            "credit": "AFP" if copied and chance.random() < 0.5 else "",
        }

    def _moment(self, minutes: int) -> str:
        return (self.start + timedelta(minutes=minutes)).isoformat()

    def _story(self, number: int) -> list[str]:
        return self._own(np.random.default_rng([1, number]))

    def _own(self, chance: np.random.Generator) -> list[str]:
        return self.languages[int(chance.integers(len(self.languages)))].text(chance)

    def _copy(self, chance: np.random.Generator, first: int, end: int) -> list[str]:
        """A story as an outlet prints it: half of them cut, half of them edited here and there."""
        words = self._story(int(chance.integers(first, end)))
        if chance.random() < 0.5:
            words = words[: max(60, int(len(words) * chance.uniform(0.3, 1.0)))]
        if chance.random() < 0.5:
            others = self.languages[0].words
            for place in chance.integers(len(words), size=len(words) // EDITED).tolist():
                words[place] = others[int(chance.integers(len(others)))]
        return words


def _paragraphs(words: Sequence[str]) -> str:
    return "\n".join(" ".join(words[at : at + PARAGRAPH]) for at in range(0, len(words), PARAGRAPH))
