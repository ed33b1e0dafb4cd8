"""Whether the address a page claims to be known by is its own article's.

A canonical link is input from strangers: it names the section (one for all pages of a template), the front page, the
first page of a series, or one address for `?id=1` and `?id=2`. It is believed when the claimed address is the page's
own in another dress (AMP, mobile, print, tracking), or has the page's number, slug or headline in it. That depends on
the page alone, so it does not matter which of two is read first. Whose the claimed host is, and whether another text
claims the same address, storage.articles.addressing knows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from news.addresses import host_of, is_front, normalise, same_site

_DRESSES: Final = frozenset(
    "amp amphtml m mobile mobil touch print printable print-version printview drucken druckversion imprimer imprimir"
    " stampa lite text textonly webview app".split()
)
"""Parts of a path that ask for another dress of the same page."""
_HOST_DRESS: Final = re.compile(r"^(?:(?:www\d?|m|mobile|mobil|amp|touch|wap|print)\.)+(?=.*\.)")
_SUFFIX: Final = re.compile(
    r"\.(?:s?html?|xhtml|php\d?|aspx?|jspx?|cfm|cms|ece|do)$|[.,_-](?:amp|print|mobile)$|;jsessionid=.*$"
)
_PLACE: Final = frozenset(
    "page pg p paged pagina pagenum pageno currentpage seite part teil start offset slide bild image img foto".split()
)
"""Parameters and parts of a path that, with a number, say which page of a series this is."""
_IDENTITY: Final = frozenset(
    "id art article story news post item doc content node entry key no num number idx seq view show".split()
)
_NUMBERED: Final = re.compile(r"(?:page|pg|p|seite|teil|part|pagina)?[-_.,=]?\d{1,3}")
_ID_VALUE: Final = re.compile(r"\d+|[0-9a-f-]*\d[0-9a-f-]{6,}")
_NUMBER: Final = re.compile(r"(?<![0-9])(?!(?:19|20)\d{6}(?![0-9]))\d{4,}(?![0-9])")
_CODE: Final = re.compile(r"(?<![0-9a-z])(?=[0-9]*[a-z])(?=(?:[a-z]*[0-9]){3})[0-9a-z]{8,}(?![0-9a-z])")
_WORD: Final = re.compile(r"[^\W_]+")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_LEAST_WORDS: Final = 3
_LEAST_LETTERS: Final = 8
_SAID: Final = 0.6
"""Of the words of a claimed address, how many the headline has to have for it to be about the same."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """An address without its dress: the parts of its path, and its parameters."""

    path: tuple[str, ...]
    query: frozenset[tuple[str, str]]

    @property
    def last(self) -> str:
        return self.path[-1] if self.path else ""

    def looks_like_an_article(self) -> bool:
        """A number of its own, or two words: what the address of a script or of many a section has not."""
        return bool(_numbers(self)) or len(_WORD.findall(self.last)) > 1


def claims_its_own(claimed: str, url: str, headline: str = "") -> bool:
    """Whether the address a page claims stands for the article the page holds; both as the page gives them."""
    there, here = normalise(claimed), normalise(url)
    if not there or is_front(there) or not (same_site(there, here) or _bare_host(there) == _bare_host(here)):
        return False
    theirs, ours = _parts(there), _parts(here)
    if theirs.path == ours.path:
        return not _tells_pages_apart(ours, theirs)
    if _is_beginning(theirs.path, ours.path):
        # A section's address may have a number of its own; an article's that goes on with its slug is nothing else.
        further = ours.path[len(theirs.path) :]
        return not all(map(_NUMBERED.fullmatch, further)) and theirs.last in _numbers(theirs) and theirs.last.isdigit()
    return bool(_numbers(theirs) & _numbers(ours)) or _same_slug(theirs, ours) or _is_said(theirs, headline)


def _bare_host(url: str) -> str:
    return _HOST_DRESS.sub("", host_of(url))


def _parts(url: str) -> _Parts:
    split = urlsplit(url)
    path = [_undressed(part) for part in unquote(split.path).lower().split("/")]
    pairs = (pair.partition("=") for pair in split.query.split("&") if pair)
    query = frozenset((name.lower(), unquote(value).lower()) for name, _, value in pairs)
    return _Parts(tuple(part for part in path if part and part not in _DRESSES), query)


def _undressed(part: str) -> str:
    while (shorter := _SUFFIX.sub("", part)) != part:
        part = shorter
    return part


def _tells_pages_apart(ours: _Parts, theirs: _Parts) -> bool:
    """Whether the claimed address leaves out a parameter that may choose the page. Of a path that names no article
    (`/a`, `/index.php`) every parameter may."""
    left_out = ours.query - theirs.query
    if not theirs.query and not ours.looks_like_an_article():
        return bool(left_out)
    return any(_chooses(name, value) for name, value in left_out)


def _chooses(name: str, value: str) -> bool:
    if name in _PLACE or len(name) == 1:
        return value.isdigit()
    return (name in _IDENTITY or name.endswith("id")) and _ID_VALUE.fullmatch(value) is not None


def _is_beginning(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    return len(shorter) < len(longer) and longer[: len(shorter)] == shorter


def _numbers(parts: _Parts) -> frozenset[str]:
    """The numbers that tell an article from others: of its last parts and its parameters, without days and years."""
    written = [*parts.path[-2:], *(value for _, value in parts.query)]
    found = {number for part in written for number in (*_NUMBER.findall(part), *_CODE.findall(part))}
    return frozenset(number for number in found if not _YEAR.fullmatch(number))


def _same_slug(theirs: _Parts, ours: _Parts) -> bool:
    """The same last part in another section or on the mobile site, or the same words with a number beside them."""
    slug = theirs.last
    if slug == ours.last:
        return len(slug) >= _LEAST_LETTERS or len(_WORD.findall(slug)) >= 2
    if _numbers(theirs) and _numbers(ours):
        return False
    said, words = set(_letters(slug)), set(_letters(ours.last))
    return len(said) >= _LEAST_WORDS and said == words


def _letters(slug: str) -> list[str]:
    return [word for word in _WORD.findall(slug) if not any(letter.isdigit() for letter in word)]


def _is_said(theirs: _Parts, headline: str) -> bool:
    """Whether the claimed address is made of the page's headline: a short link, or a headline changed since."""
    words = {word for word in map(_folded, _WORD.findall(theirs.last)) if len(word) > 2 and not word.isdigit()}
    said = {_folded(word) for word in _WORD.findall(headline.lower())}
    return len(words) >= _LEAST_WORDS and len(words & said) >= _SAID * len(words)


def _folded(word: str) -> str:
    """Without accents, as addresses are written."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
