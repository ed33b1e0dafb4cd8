"""What kind of change is it when these words stand where those stood? Names, numbers, quotations, negations, ..."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from matcher import spelling
from matcher import text as texts
from matcher.text import Text

Replaced = Literal["house spelling", "word", "name", "number", "quote", "negation", "attribution"]

_NEGATIONS: Final = frozenset(texts.hash_of(word) for word in spelling.NEGATIONS)
_ATTRIBUTIONS: Final = frozenset(texts.hash_of(word) for word in spelling.ATTRIBUTIONS)
_SENTENCE_ENDS: Final = frozenset('.!?:;\n"“”«»„…')
_STEM: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """Words [article_start, article_end) of the article stand for words [story_start, story_end) of the story."""

    article_start: int
    article_end: int
    story_start: int
    story_end: int

    @property
    def is_empty(self) -> bool:
        """Nothing on either side."""
        return self.article_start == self.article_end and self.story_start == self.story_end

    @property
    def is_replacement(self) -> bool:
        """Words on both sides."""
        return self.article_start < self.article_end and self.story_start < self.story_end


def printed_alike(one: str, other: str) -> bool:
    """Do two words differ at most by case, accents' encoding and the form of an apostrophe?"""
    return one == other or _plain(one) == _plain(other)


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("ـ", "")


def _letters(printed: str) -> str:
    """What is left of printed words without spaces, hyphens and points: cease fire, cease-fire, ceasefire."""
    return "".join(c for c in _plain(printed) if c.isalnum())


def kind_of(article: Text, story: Text, change: Change) -> Replaced:
    """The gravest thing that changed, in the order a reader would care."""
    ours = article.passage(change.article_start, change.article_end)
    theirs = story.passage(change.story_start, change.story_end)
    if change.is_replacement and _letters(ours) == _letters(theirs):
        return "house spelling"
    one = set(article.hashes[change.article_start : change.article_end].tolist())
    other = set(story.hashes[change.story_start : change.story_end].tolist())
    differing = one ^ other
    if _spoken(story, change.story_start, change.story_end) and (not ours or _spoken_at(article, change)):
        return "quote"
    if differing & _NEGATIONS:
        return "negation"
    if any(value & int(texts.NUMBER) for value in differing):
        return "number"
    if _names(article, change.article_start, change.article_end) != _names(story, change.story_start, change.story_end):
        return "name"
    return "attribution" if differing & _ATTRIBUTIONS else "word"


def _spoken(text: Text, start: int, end: int) -> bool:
    return start < end and bool(text.quoted[start:end].any())


def _spoken_at(article: Text, change: Change) -> bool:
    return _spoken(article, change.article_start, change.article_end)


def _names(text: Text, start: int, end: int) -> set[int]:
    """Words with a capital that does not open a sentence. Scripts without capitals have none: "word" is said there."""
    found = set()
    for word in range(start, end):
        at = int(text.starts[word])
        if text.source[at].isupper() and not _opens_sentence(text.source, at):
            found.add(int(text.hashes[word]))
    return found


def _opens_sentence(source: str, at: int) -> bool:
    before = source[max(0, at - 4) : at].rstrip(" \u00a0")
    return not before or before[-1] in _SENTENCE_ENDS


def says_else(article: Text, story: Text, change: Change, kind: Replaced) -> bool:
    """May the change alter what is said? Always for names, numbers, quotes, negations; for words if content changed."""
    if kind != "word":
        return kind != "house spelling"
    ours = _content(article, change.article_start, change.article_end)
    theirs = _content(story, change.story_start, change.story_end)
    return bool(_stems(ours) ^ _stems(theirs))


def _content(text: Text, start: int, end: int) -> list[str]:
    grammar = ~text.content[start:end]
    return [_letters(text.passage(word, word + 1)) for word in range(start, end) if not grammar[word - start]]


def _stems(words: list[str]) -> set[str]:
    """A word without its inflection, roughly: all but the last three letters, four at least."""
    return {word[: max(_STEM, len(word) - 3)] for word in words}
