"""Finds agency names in a string: whole words, the right letters, and none of the bodies that share them.

The catalogue holds hundreds of forms in a dozen scripts. Trying them all at every place costs 3 ms a paragraph, so
the text is cut into words once and only forms whose first word occurs are tried, the longest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from news.articles import Agency

_SHORT = 5
"""Forms of up to five letters are matched with their case: "AP" is an agency, "ap" in a French text is not."""
_LONGEST = 20_000
"""Characters of a block that are searched; a paragraph is far shorter, a hostile page is not."""
_WORD = re.compile(r"\w+")
_SPELLED = re.compile(r"[A-Z\u0621-\u064a](?<!\w\w)[. ] ?[A-Z\u0621-\u064a](?!\w)")
"""Single letters one after the other, as in "A.F.P." and "أ ف ب"."""
_ARTICLE = re.compile(r"^(?:the|la|le|l['’])\s+", re.I)
"""Left out of forms: a name that begins with "The" would have to be tried at every "the"."""
_LOWER_SIGN = re.compile(r"\(([a-z]{2,4})\)\s*$")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff5e\u0e00-\u0e7f]")
"""Scripts written without blanks between words: a name may touch its neighbours there."""


@dataclass(frozen=True, slots=True)
class Named:
    """An agency named in a string, and where."""

    agency: str
    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Form:
    pattern: re.Pattern[str]
    code: str
    size: int


@dataclass(frozen=True, slots=True)
class Names:
    """The forms of every agency by their first word in lower case.

    `by_letter` are those that are spelled out ("A.F.P.", "أ ف ب"); `unspaced` those of scripts without blanks.
    """

    by_word: dict[str, tuple[_Form, ...]]
    by_letter: dict[str, tuple[_Form, ...]]
    unspaced: re.Pattern[str]
    unspaced_codes: dict[str, str]
    vetoes: dict[str, tuple[str, ...]]
    countries: dict[str, str]

    def find(self, text: str) -> list[Named]:
        """Every agency named in the text, in order, the longest form at each place."""
        text = text[:_LONGEST]
        found: list[Named] = []
        end = 0
        spelled = _SPELLED.search(text) is not None
        if not spelled and self.by_word.keys().isdisjoint(_WORD.findall(text.lower())):
            return self._unspaced(text)
        for word in _WORD.finditer(text):
            key = word[0].lower()
            forms = self.by_word.get(key) or (self.by_letter.get(key) if spelled else None)
            if forms is None or word.start() < end:
                continue
            one = _longest(forms, text, word.start())
            if one is not None:
                found.append(one)
                end = one.end
        found += self._unspaced(text)
        vetoed = {code for code in {one.agency for one in found} if self.vetoed(code, text)}
        return [one for one in found if one.agency not in vetoed]

    def find_lower(self, text: str) -> list[Named]:
        """An agency whose initials end the text in small letters and brackets: "(ap)" in German papers."""
        match = _LOWER_SIGN.search(text)
        if match is None:
            return []
        found = self.find(match[1].upper())
        return [Named(one.agency, match[1], match.start(1), match.end(1)) for one in found[:1]]

    def _unspaced(self, text: str) -> list[Named]:
        if text.isascii() or not _UNSPACED.search(text):
            return []
        return [
            Named(self.unspaced_codes[match[0]], match[0], match.start(), match.end())
            for match in self.unspaced.finditer(text)
        ]

    def vetoed(self, agency: str, text: str) -> bool:
        """Whether the text holds a phrase that makes the letters another body (Armed Forces of the Philippines)."""
        vetoes = self.vetoes.get(agency)
        if not vetoes:
            return False
        folded = text.casefold()
        return any(veto in folded for veto in vetoes)


def _longest(forms: Sequence[_Form], text: str, start: int) -> Named | None:
    for form in forms:
        match = form.pattern.match(text, start)
        if match is not None:
            return Named(form.code, match[0], start, match.end())
    return None


def names_of(agencies: Iterable[Agency]) -> Names:
    """The compiled forms of these agencies; the same catalogue is compiled once, and mostly known by sight."""
    given = tuple(agencies)
    for known, names in _latest:
        if known == given:
            return names
    forms = _compile(tuple((agency.code, (*agency.names, agency.name), agency.vetoes) for agency in given))
    found = replace(forms, countries={agency.code: agency.country for agency in given})
    _latest[:] = [(given, found)]
    return found


_latest: list[tuple[tuple[Agency, ...], Names]] = []


@lru_cache(maxsize=16)
def _compile(key: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]) -> Names:
    by_word: dict[str, list[_Form]] = {}
    joined: dict[str, str] = {}
    for code, forms, _ in key:
        for form in filter(None, (_ARTICLE.sub("", form.strip()) for form in forms)):
            if _UNSPACED.search(form):
                joined.setdefault(form, code)
                continue
            first = _WORD.search(form)
            if first is not None:
                by_word.setdefault(first[0].lower(), []).append(_form(form[first.start() :], code))
    ordered = {word: tuple(sorted(forms, key=lambda f: -f.size)) for word, forms in by_word.items()}
    words = {word: forms for word, forms in ordered.items() if len(word) > 1}
    letters = {word: forms for word, forms in ordered.items() if len(word) == 1}
    unspaced = re.compile("|".join(map(re.escape, sorted(joined, key=len, reverse=True))) or r"(?!)")
    return Names(
        words, letters, unspaced, joined, {code: tuple(v.casefold() for v in vetoes) for code, _, vetoes in key}, {}
    )


def _form(form: str, code: str) -> _Form:
    """A form as a pattern anchored where its first word starts: blanks and dashes loose, whole words."""
    parts = re.split(r"[\s\-–—]+", form)
    body = r"[\s\-–—]{1,3}".join(re.escape(part) for part in parts)
    flags = 0 if len(form) <= _SHORT else re.I
    return _Form(re.compile(rf"(?<![\w@]){body}(?!\w)", flags), code, len(form))
