"""What each character of the world's scripts means to the matcher: three lookup tables indexed by code point.

`KIND` says what a character does (belongs to a word, is a word by itself, joins two parts of one, ...), `FOLDED`
which letter it counts as: lower case, without accents, Arabic alif forms as one, digits of every script as 0-9;
`SEVERAL` marks the few that stand for more than one letter or for part of one (ß, œ, ligatures, Korean letters typed
one by one), which `spelling` spells out.
Tables, because a story is read in a few vector operations over its code points instead of a loop over its words.
Built once at import, in about 20 ms.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

SEPARATOR: Final = 0
LETTER: Final = 1
DIGIT: Final = 2
ALONE: Final = 3
"""A word by itself: scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese), and the per cent sign."""
DROPPED: Final = 4
"""Invisible to the matcher, and does not end a word: accents, tatweel, soft hyphens, direction marks."""
HYPHEN: Final = 5
APOSTROPHE: Final = 6
POINT: Final = 7
COMMA: Final = 8
"""Part of a number at most, with the spaces that group digits; a point may also join initials."""
QUOTE: Final = 9
BREAK: Final = 10

SIZE: Final = 0x110000

HAN_AND_KANA: Final = 0x3000
"""Where the scripts without spaces whose characters are most of a word begin; those below it spell."""

_WITHOUT_SPACES: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # 々〆〇
    (0x3041, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility forms
    (0xFF66, 0xFF9F),  # half-width katakana
    (0x20000, 0x3FFFF),  # Han, rare
)
_READ_ONE_BY_ONE: Final = (
    (0x0021, 0x3400),
    (0xA000, 0xAC00),
    (0xF900, 0x10000),
    (0x1D400, 0x1D800),  # letters as mathematical signs, used to stand out
    (0x2F800, 0x2FA20),  # Han, compatibility forms
)
_READ_AS_BLOCKS: Final = (
    (0x3400, 0xA000, ALONE),
    (0xAC00, 0xD7A4, LETTER),  # Hangul: words have spaces, syllables stay whole
    (0x20000, 0x3FFFF, ALONE),
)
_SAME_LETTER: Final = {
    **dict.fromkeys("أإآٱٲٳ", "ا"),
    **dict.fromkeys("ىیېئ", "ي"),
    "ؤ": "و",
    "ة": "ه",
    "ک": "ك",
    "ہ": "ه",
    "ھ": "ه",
    "ı": "i",
    "ø": "o",
    "ł": "l",
    "đ": "d",
}
_JOINING: Final = "ßæœ\u0bd7\u1b35"
"""Letters that are written as two elsewhere, or make one with the letter before them."""
_JAMO: Final = range(0x1100, 0x1200)
_MARKS: Final = {
    **dict.fromkeys("-‐‑–", HYPHEN),  # an en dash between two letters is a hyphen typed by a careful hand
    **dict.fromkeys("'’ʼ`´＇", APOSTROPHE),
    ".": POINT,
    **dict.fromkeys(",٫٬\u00a0\u202f\u2009", COMMA),  # French and ISO thousands: 6 100
    **dict.fromkeys('"“”„‟«»「」『』＂', QUOTE),
    **dict.fromkeys("%٪％", ALONE),
    **dict.fromkeys("ـ\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeffﾞﾟ", DROPPED),
    "\n": BREAK,
}


def _kind(char: str, code: int) -> int:
    category = unicodedata.category(char)
    if unicodedata.combining(char) or category == "Cf" or 0xFE00 <= code <= 0xFE0F:
        return DROPPED
    if unicodedata.decimal(char, None) is not None:
        return DIGIT
    if category[0] not in "LM" and category not in ("No", "Nl"):
        return SEPARATOR
    return ALONE if any(low <= code <= high for low, high in _WITHOUT_SPACES) else LETTER


def _folded(char: str) -> int:
    """The one letter a character counts as; itself where it stands for several (ß, ligatures: see `spelling`)."""
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return ord("0") + digit
    bare = "".join(c for c in unicodedata.normalize("NFKD", char).lower() if not unicodedata.combining(c))
    bare = "".join(_SAME_LETTER.get(c, c) for c in bare)
    return ord(bare) if len(bare) == 1 else ord(char)


def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32], npt.NDArray[np.bool_]]:
    kind, folded, several = np.zeros(SIZE, np.uint8), np.zeros(SIZE, np.uint32), np.zeros(SIZE, bool)
    for low, high, meaning in _READ_AS_BLOCKS:
        kind[low:high] = meaning
        folded[low:high] = np.arange(low, high)
    for low, high in _READ_ONE_BY_ONE:
        for code in range(low, high):
            kind[code] = _kind(chr(code), code)
            if kind[code] in (LETTER, DIGIT, ALONE):
                folded[code] = _folded(chr(code))
                several[code] = (
                    len(unicodedata.normalize("NFKC", chr(code))) > 1 or chr(code) in _JOINING or code in _JAMO
                )
    for char, meaning in _MARKS.items():
        kind[ord(char)] = meaning
    folded[[ord(c) for c in "%٪％"]] = ord("%")
    folded[[ord(c) for c in ".,٫"]] = ord(".")  # where one is part of a number: 1.5 and 1,5
    return kind, folded, several


KIND, FOLDED, SEVERAL = _tables()
