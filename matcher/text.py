"""A text as the matcher sees it: words as 64-bit hashes, each with its exact place in what was printed.

    paragraphs ─> one source string ─> code points ─> letters (matcher.letters) ─> words, hashed ─> the few that have
    another spelling folded (matcher.spelling) ─> hashes, offsets, paragraph numbers, what stands inside quotations

Everything is a vector operation over code points, except folding the one word in ten whose ending a spelling rule
could touch: a story of 600 words is read in a fifth of a millisecond. The two lowest bits of a word's hash say what
it is (a number, a function word), so that this knowledge travels with the hash at no cost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher import letters, quotations, spelling

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Offsets = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

NUMBER: Final = np.uint64(1)
"""Set in the hash of a word that starts with a digit, or is a number word."""
FUNCTION: Final = np.uint64(2)
"""Set in the hash of a function word (the, und, من): it carries grammar, not content."""

_SERVANT_OF: Final = re.compile(r"\bعبد( )(?=ال)")
"""Abd al-Aziz is written as one word or as two, within one sentence even (Saudi papers, July 2015)."""
_BASE: Final = 0x9E3779B97F4A7C15
_MIX_ONE: Final = 0xBF58476D1CE4E5B9
_MIX_TWO: Final = 0x94D049BB133111EB
_WRAP: Final = 1 << 64
_INVERSE: Final = pow(_BASE, -1, _WRAP)
_BATCH: Final = 1 << 14
"""Characters read at once: more would no longer fit the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """`source` is the paragraphs joined by newlines; the arrays have one entry per word, in order.

    `starts` and `ends` are character offsets into `source`; `paragraph` counts the paragraphs given to `read`, empty
    ones too. `grain` is how many words of this text make about one English word: 1, but 3 for Han and kana and 5 for
    Thai and its neighbours, scripts without spaces, whose characters are their words.
    """

    source: str
    hashes: Hashes
    starts: Offsets
    ends: Offsets
    quoted: Flags
    paragraph: Offsets
    grain: int = 1
    language: str = ""

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def run(self) -> int:
        """How many words in a row are looked for in other texts: four, or six characters, or ten of Thai.

        Five words lose texts of which 40 % of the words were changed, three match by chance.
        """
        return 4 if self.grain == 1 else 2 * self.grain

    @property
    def numbers(self) -> Flags:
        """Which words are numbers."""
        return (self.hashes & NUMBER).astype(np.bool_)

    @property
    def content(self) -> Flags:
        """Which words carry content: all but function words."""
        return ~(self.hashes & FUNCTION).astype(np.bool_)

    def printed(self, first: int, last: int) -> list[str]:
        """Each of the words from `first` up to, not including, `last`, as printed."""
        places = zip(self.starts[first:last].tolist(), self.ends[first:last].tolist(), strict=True)
        return [self.source[start:end] for start, end in places]

    def passage(self, first: int, last: int) -> str:
        """The exact characters from word `first` up to, not including, word `last`, as printed."""
        if first >= last:
            return ""
        return self.source[self.starts[first] : self.ends[last - 1]]


def read(paragraphs: Sequence[str], language: str = "") -> Text:
    """Normalise and tokenise. `language` is only kept: a wrong guess must not change what a text matches."""
    return read_many([(paragraphs, language)])[0]


def read_many(rows: Sequence[tuple[Sequence[str], str]]) -> list[Text]:
    """Read (paragraphs, language) rows as `read` does, several texts in each vector operation: twice as fast."""
    found: list[Text] = []
    batch: list[tuple[str, str]] = []
    length = 0
    for paragraphs, language in rows:
        source = _source(paragraphs)
        if batch and length + len(source) > _BATCH:
            found += _read_batch(batch)
            batch, length = [], 0
        batch.append((source, language))
        length += len(source) + 1
    return found + _read_batch(batch)


def _source(paragraphs: Sequence[str]) -> str:
    source = "\n".join(paragraphs)
    if source.count("\n") >= max(1, len(paragraphs)):
        return "\n".join(p.replace("\n", " ") for p in paragraphs)
    return source


def _read_batch(batch: Sequence[tuple[str, str]]) -> list[Text]:
    """Texts read as one, a line break between two of them: no word, number or quotation reaches over it."""
    source = "\n".join(source for source, _ in batch)
    codes = np.frombuffer(source.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = letters.KIND.take(codes)
    seen = kinds != letters.DROPPED
    if seen.all():
        kinds = _joined(codes, kinds)
    else:
        kinds[seen] = _joined(codes[seen], kinds[seen])
    if "عبد " in source:
        kinds[[name.start(1) for name in _SERVANT_OF.finditer(source)]] = letters.DROPPED
    hashes, starts, ends = _words(codes, kinds, source.isascii())
    lengths = np.array([len(each) + 1 for each, _ in batch])
    offsets = np.cumsum(lengths) - lengths
    hashes, starts, ends = _join_per_cent(hashes, starts, ends, np.searchsorted(starts, offsets))
    breaks = (kinds == letters.BREAK).nonzero()[0]
    marks = (kinds == letters.QUOTE).nonzero()[0].tolist()
    quoted = quotations.quoted(source, marks, breaks.tolist(), offsets.tolist(), starts)
    paragraph = _numbered(np.searchsorted(starts, breaks), len(starts))
    firsts = [*np.searchsorted(starts, offsets).tolist(), len(starts)]
    breaks_before = np.searchsorted(breaks, offsets).tolist()
    read_texts = []
    for (text, language), offset, passed, first, last in zip(
        batch, offsets.tolist(), breaks_before, firsts, firsts[1:], strict=False
    ):
        end = offset + len(text)
        read_texts.append(
            Text(
                source=text,
                hashes=hashes[first:last],
                starts=(starts[first:last] - offset).astype(np.int32),
                ends=(ends[first:last] - offset).astype(np.int32),
                quoted=quoted[first:last],
                paragraph=paragraph[first:last] - np.int32(passed),
                grain=_grain(codes[offset:end], kinds[offset:end], last - first),
                language=language,
            )
        )
    return read_texts


def _numbered(firsts: Places, words: int) -> Offsets:
    """The paragraph of each word, given the first word of every paragraph but the first."""
    lengths = np.diff(np.concatenate(([0], firsts, [words])))
    return np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)


def _grain(codes: npt.NDArray[np.uint32], kinds: Kinds, words: int) -> int:
    alone = kinds == letters.ALONE
    count = np.count_nonzero(alone)
    if count * 2 <= words:
        return 1
    return 5 if np.count_nonzero(codes[alone] < letters.HAN_AND_KANA) * 2 > count else 3


def _joined(codes: npt.NDArray[np.uint32], kinds: Kinds) -> Kinds:
    """Decide each mark that may join two parts of a word: cease-fire, don't, 6,100, 1.5, U.S.

    A hyphen joins letters but not two numbers (2015-16). A point, comma or thin space before three digits groups
    them (6,100 and 6 100) and vanishes; before fewer, a point or comma is a decimal and stays. A point joins initials
    (U.S., أ.ف.ب), never the end of one sentence and a start without its space ("said.The").
    """
    marks = ((kinds >= letters.HYPHEN) & (kinds <= letters.COMMA)).nonzero()[0]
    if not len(marks):
        return kinds
    around = np.zeros(len(kinds) + 7, np.uint8)
    around[2:-5] = kinds
    kind, before, after = kinds[marks], around[marks + 1], around[marks + 3]
    worded = (before == letters.LETTER) & (after == letters.LETTER)
    mixed = (before | after) == (letters.LETTER | letters.DIGIT)
    initials = worded & (around[marks] != letters.LETTER)
    point = kind >= letters.POINT
    initials &= kind == letters.POINT
    joins = np.where(point, initials, worded | (mixed & (kind == letters.HYPHEN)))
    kinds[marks] = np.where(joins, letters.DROPPED, letters.SEPARATOR)
    numeric = marks[point & (before == letters.DIGIT) & (after == letters.DIGIT)]
    if len(numeric):
        grouping = (around[numeric + 4] == letters.DIGIT) & (around[numeric + 5] == letters.DIGIT)
        grouping &= around[numeric + 6] != letters.DIGIT
        decimal = letters.FOLDED.take(codes[numeric]) != 0
        kinds[numeric] = np.where(grouping, letters.DROPPED, np.where(decimal, letters.DIGIT, letters.SEPARATOR))
    return kinds


def _words(codes: npt.NDArray[np.uint32], kinds: Kinds, ascii_only: bool) -> tuple[Hashes, Places, Places]:
    """-> the folded hash of each word, where it starts in the source and where it ends."""
    shown = (kinds != letters.DROPPED).nonzero()[0]
    kinds = kinds.take(shown)
    inside = (kinds >= letters.LETTER) & (kinds <= letters.ALONE)
    first = inside.copy()
    first[1:] &= ~inside[:-1] | (kinds[1:] == letters.ALONE) | (kinds[:-1] == letters.ALONE)
    firsts = first.nonzero()[0]
    if not len(firsts):
        return np.zeros(0, np.uint64), firsts, firsts
    after = np.empty(len(inside), bool)
    after[:-1] = first[1:] | ~inside[1:]
    after[-1] = True
    lasts = (inside & after).nonzero()[0]
    chars = letters.FOLDED.take(codes.take(shown))
    raw = _polynomials(chars, firsts, lasts)
    digit = kinds[firsts] == letters.DIGIT
    return _folded(raw, chars, firsts, lasts, digit, ascii_only), shown[firsts], shown[lasts] + 1


def _powers_of(base: int, length: int) -> Hashes:
    return np.multiply.accumulate(np.full(length, base, np.uint64), dtype=np.uint64)


_powers, _inverses = _powers_of(_BASE, 4 * _BATCH), _powers_of(_INVERSE, 4 * _BATCH)


def _tables(length: int) -> tuple[Hashes, Hashes]:
    """Powers of the base and of its inverse modulo 2**64, at least `length` of each."""
    if length <= len(_powers):
        return _powers, _inverses
    return _powers_of(_BASE, length), _powers_of(_INVERSE, length)


def _polynomials(chars: npt.NDArray[np.uint32], firsts: Places, lasts: Places) -> Hashes:
    """A polynomial in the letters of each word, modulo 2**64, from one running sum over the whole text."""
    powers, inverses = _tables(len(chars))
    sums = np.zeros(len(chars) + 1, np.uint64)
    np.cumsum(chars * powers[: len(chars)], out=sums[1:])
    return (sums[lasts + 1] - sums[firsts]) * inverses[firsts]


def _mixed(raw: Hashes) -> Hashes:
    """Spread a polynomial over all 64 bits, the two lowest cleared for what the word is."""
    mixed = raw ^ (raw >> np.uint64(32))
    mixed *= np.uint64(_MIX_ONE)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(_MIX_TWO)
    mixed ^= mixed >> np.uint64(32)
    return mixed & ~(NUMBER | FUNCTION)


def _raw(word: str) -> int:
    """The polynomial of one word: what `_polynomials` gives for it in a text."""
    value = 0
    for char in reversed(word):
        value = (value * _BASE + ord(char)) % _WRAP
    return value


def _mixed_one(raw: int) -> int:
    """What `_mixed` makes of one polynomial."""
    mixed = (raw ^ raw >> 32) * _MIX_ONE % _WRAP
    mixed = (mixed ^ mixed >> 29) * _MIX_TWO % _WRAP
    return (mixed ^ mixed >> 32) & ~int(NUMBER | FUNCTION)


def hash_of(word: str) -> int:
    """The hash a normalised word has in `Text.hashes`: of its folded form, with what it is in the two low bits."""
    folded = spelling.fold(word)
    value = _mixed_one(_raw(folded))
    if folded[:1].isdigit():
        value |= int(NUMBER)
    return value | int(FUNCTION) if word in spelling.FUNCTION_WORDS else value


class _Listed:
    """A table of hashes without collisions, so that a whole text is looked up in three vector operations."""

    def __init__(self, entries: dict[int, int]) -> None:
        """`entries`: hash to value. Tries multipliers until no two keys share a slot, which takes milliseconds."""
        keys = np.fromiter(entries, np.uint64, len(entries))
        for factor in range(_BASE, _BASE + 200_000, 2):
            self._factor = np.uint64(factor)
            slots = keys * self._factor >> self._SHIFT
            if len(set(slots.tolist())) == len(keys):
                break
        self._keys = np.zeros(1 << 15, np.uint64)
        self._values = np.zeros(1 << 15, np.uint64)
        self._keys[slots], self._values[slots] = keys, np.fromiter(entries.values(), np.uint64, len(entries))

    _SHIFT = np.uint64(64 - 15)

    def find(self, keys: Hashes) -> tuple[Hashes, Flags]:
        """-> the value of each key, and whether it is listed."""
        slots = (keys * self._factor >> self._SHIFT).astype(np.int64)
        return self._values.take(slots), self._keys.take(slots) == keys


_LISTED: Final = _Listed(
    {_raw(word): hash_of(word) for word in sorted(spelling.FUNCTION_WORDS | spelling.TABLE.keys())}
)
_REMEMBERED: Final = 200_000
_rare: dict[int, int] = {}  # polynomial -> hash, of words a spelling rule may touch: a memo, never an input


def _tail_slots(chars: npt.NDArray[np.uint32], lasts: Places) -> npt.NDArray[np.uint32]:
    """A number of 16 bits for the last four letters of each word."""
    tails = chars.take(lasts)
    for back in (1, 2, 3):
        tails *= np.uint32(0x9E3779B1)
        tails += chars.take(lasts - back, mode="clip")
    return tails * np.uint32(0x85EBCA6B) >> np.uint32(16)


def _suspicious_tails() -> Flags:
    table = np.zeros(1 << 16, bool)
    for tail in spelling.TAILS:
        table[_tail_slots(np.array([ord(c) for c in tail], np.uint32), np.array([3]))] = True
    return table


_SUSPICIOUS: Final = _suspicious_tails()
"""Endings a spelling rule may touch; the odd other ending is let in by chance and folds to itself."""


def _folded(
    raw: Hashes, chars: npt.NDArray[np.uint32], firsts: Places, lasts: Places, digit: Flags, ascii_only: bool
) -> Hashes:
    """The hash of each word after folding its spelling."""
    hashes = _mixed(raw)
    hashes |= digit
    values, listed = _LISTED.find(raw)
    np.copyto(hashes, values, where=listed)
    suspects = _SUSPICIOUS.take(_tail_slots(chars, lasts)) & (lasts - firsts >= 4)
    if not ascii_only:
        several = letters.SEVERAL.take(chars).nonzero()[0]
        suspects[np.searchsorted(firsts, several, "right") - 1] = True
    places = (suspects & ~listed).nonzero()[0]
    keys = raw.take(places).tolist()
    for place, key in zip(places.tolist(), keys, strict=True):
        if key not in _rare:
            _remember(key, chars[firsts[place] : lasts[place] + 1])
    hashes[places] = [_rare[key] for key in keys]
    return hashes


def _remember(key: int, chars: npt.NDArray[np.uint32]) -> None:
    if len(_rare) >= _REMEMBERED:
        _rare.clear()
    _rare[key] = hash_of(chars.tobytes().decode("utf-32-le", "surrogatepass"))


_PER, _CENT, _PER_CENT = (np.uint64(hash_of(word)) for word in ("per", "cent", "%"))


def _join_per_cent(hashes: Hashes, starts: Places, ends: Places, firsts: Places) -> tuple[Hashes, Places, Places]:
    """Make two words one: "per cent" is how AFP writes percent, the one house spelling that changes their number.

    `firsts` are the first words of texts, which go with no word before them.
    """
    cents = (hashes[1:] == _CENT).nonzero()[0] + 1
    cents = cents[hashes[cents - 1] == _PER]
    if len(cents):
        cents = cents[~np.isin(cents, firsts)]
    if not len(cents):
        return hashes, starts, ends
    hashes[cents - 1] = _PER_CENT
    ends[cents - 1] = ends[cents]
    return np.delete(hashes, cents), np.delete(starts, cents), np.delete(ends, cents)
