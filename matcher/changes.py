"""What kind of change is it when these words stand where those stood? Names, numbers, quotations, negations, ..."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from matcher import spelling
from matcher import text as texts
from matcher.text import Text

Replaced = Literal["house spelling", "word", "name", "number", "quote", "negation", "attribution"]

_NEGATIONS: Final = frozenset(texts.hash_of(word) for word in spelling.NEGATIONS)
_ATTRIBUTIONS: Final = frozenset(texts.hash_of(word) for word in spelling.ATTRIBUTIONS)
_SENTENCE_ENDS: Final = frozenset('.!?:;\n"“”«»„…。！？؟')
_MARKS: Final = "".join(_SENTENCE_ENDS) + " \u00a0'’‘-–—()[]¿¡"
_LOOK_BACK: Final = 8
_STEM, _INFLECTION = 4, 3
_KNOWN_WORDS: Final = 1 << 15
"""Printed words whose letters are remembered: most edits are of words that were edited before."""


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


@lru_cache(maxsize=_KNOWN_WORDS)
def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'").replace("ـ", "")


@lru_cache(maxsize=_KNOWN_WORDS)
def _letters(printed: str) -> str:
    """What is left of printed words without spaces, hyphens and points: cease fire, cease-fire, ceasefire."""
    plain = _plain(printed)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


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
    if _renamed(article, story, change):
        return "name"
    return "attribution" if differing & _ATTRIBUTIONS else "word"


def _spoken(text: Text, start: int, end: int) -> bool:
    return start < end and bool(text.quoted[start:end].any())


def _spoken_at(article: Text, change: Change) -> bool:
    return _spoken(article, change.article_start, change.article_end)


def _renamed(article: Text, story: Text, change: Change) -> bool:
    """Does either side name what the other has in no form?"""
    named = _names(article, change.article_start, change.article_end)
    were_named = _names(story, change.story_start, change.story_end)
    if named and not _all_in(named, [_letters(word) for word in story.printed(change.story_start, change.story_end)]):
        return True
    if not were_named:
        return False
    return not _all_in(were_named, [_letters(w) for w in article.printed(change.article_start, change.article_end)])


def _names(text: Text, start: int, end: int) -> list[str]:
    """Words with a capital that does not open a sentence.

    Scripts without capitals have none, nor has German, where every noun has one: "word" is said there.
    """
    if text.language.startswith("de"):
        return []
    words = enumerate(text.printed(start, end), start)
    return [_letters(printed) for w, printed in words if printed[0].isupper() and not opens_sentence(text, w)]


def opens_sentence(text: Text, word: int) -> bool:
    """Is this the first word of a sentence, as far as the marks before it tell?"""
    at = int(text.starts[word])
    before = text.source[max(0, at - _LOOK_BACK) : at]
    marks = before[len(before.rstrip(_MARKS)) :]
    return len(marks) == at or any(mark in _SENTENCE_ENDS for mark in marks)


def whole_sentences(text: Text, start: int, end: int) -> bool:
    """Do words [start, end) begin where a sentence does and end where one does?"""
    return opens_sentence(text, start) and (end >= len(text) or opens_sentence(text, end))


def says_else(article: Text, story: Text, change: Change, kind: Replaced) -> bool:
    """May the change alter what is said? Always for names, numbers, quotes, negations; for words if content changed."""
    if kind != "word":
        return kind != "house spelling"
    ours = _content(article, change.article_start, change.article_end)
    theirs = _content(story, change.story_start, change.story_end)
    return _differ(ours, theirs)


def _content(text: Text, start: int, end: int) -> list[str]:
    grammar = (text.hashes[start:end] & texts.FUNCTION).tolist()
    return [
        _letters(word) for word, is_grammar in zip(text.printed(start, end), grammar, strict=True) if not is_grammar
    ]


def _differ(ours: list[str], theirs: list[str]) -> bool:
    """Has either side a word that is no form of a word of the other?"""
    return not (_all_in(ours, theirs) and _all_in(theirs, ours))


def _all_in(words: list[str], others: list[str]) -> bool:
    return all(any(_one_word(word, other) for other in others) for word in words)


def _one_word(word: str, other: str) -> bool:
    """Are these forms of one word? They begin alike but for an inflection of up to three letters."""
    alike = max(_STEM, max(len(word), len(other)) - _INFLECTION)
    return word == other or (len(word) >= alike <= len(other) and word[:alike] == other[:alike])
