"""Finds agency names in a string: whole words, the right letters, and none of the bodies that share them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.articles import Agency


@dataclass(frozen=True, slots=True)
class Named:
    """An agency named in a string, and where."""

    agency: str
    form: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Names:
    """The forms of every agency, compiled: short forms keep their case, longer ones do not."""

    short: re.Pattern[str]
    long: re.Pattern[str]
    codes: dict[str, str]
    vetoes: dict[str, tuple[str, ...]]

    def find(self, text: str) -> list[Named]:
        """Every agency named in the text, in order, the longest form where two start together."""
        found = [self._named(match) for match in self.long.finditer(text)]
        taken = [(one.start, one.end) for one in found]
        for match in self.short.finditer(text):
            if not any(start <= match.start() < end for start, end in taken):
                found.append(self._named(match))
        found.sort(key=lambda one: one.start)
        return [one for one in found if one.agency and not self.vetoed(one.agency, text)]

    def _named(self, match: re.Match[str]) -> Named:
        return Named(self.codes.get(_fold(match[0]), ""), match[0], match.start(), match.end())

    def vetoed(self, agency: str, text: str) -> bool:
        """Whether the text holds a phrase that makes the letters another body (Armed Forces of the Philippines)."""
        folded = text.casefold()
        return any(veto in folded for veto in self.vetoes.get(agency, ()))


def _fold(form: str) -> str:
    """A form without blanks, dots and accents, with one kind of dash and alif: the key of the catalogue."""
    text = unicodedata.normalize("NFKD", form.casefold())
    return "".join(c for c in text if c.isalnum()).replace("أ", "ا").replace("إ", "ا")


def _pattern(form: str) -> str:
    """A form as a pattern: blanks and dashes loose, whole words. Arabic letters keep their own blanks."""
    parts = re.split(r"[\s\-–—]+", form.strip())
    body = r"[\s\-–—]{1,3}".join(re.escape(part) for part in parts)
    return rf"(?<![\w.@/]){body}(?!\w)"


def _key(agencies: Sequence[Agency]) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    return tuple((agency.code, (*agency.names, agency.name), agency.vetoes) for agency in agencies)


def names_of(agencies: Iterable[Agency]) -> Names:
    """The compiled forms of these agencies; the same catalogue is compiled once."""
    return _compile(_key(tuple(agencies)))


@lru_cache(maxsize=16)
def _compile(key: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]) -> Names:
    codes: dict[str, str] = {}
    short: set[str] = set()
    long: set[str] = set()
    for code, forms, _ in key:
        for form in forms:
            if form:
                codes.setdefault(_fold(form), code)
                (short if len(form) <= 5 else long).add(_pattern(form))
    vetoes = {code: tuple(veto.casefold() for veto in vetoes) for code, _, vetoes in key}
    return Names(_union(short, 0), _union(long, re.I), codes, vetoes)


def _union(patterns: set[str], flags: int) -> re.Pattern[str]:
    ordered = sorted(patterns, key=lambda p: (-len(p), p))
    return re.compile("|".join(ordered) or r"(?!)", flags)
