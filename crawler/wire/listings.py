"""Is a text running prose, or a list: results, standings, odds, race fields, weather by city, line-ups?

Agencies send lists as text items of the same form as stories (AP agate, AAP racing, PA team sheets, Reuters
TABLE items), and outlets do not republish them as articles, so they are refused by what they are.
Prose in a script with capitals is mostly words in small letters; a list is mostly names and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Shares of tokens that are words in small letters, measured on the sample files: the leanest prose (a market
# report full of figures) has .50, German prose .55, the wordiest list (a racing comment) .42, most lists under .30.
PROSE_SHARE = 0.46
# Below this a text is too short for its shares to mean anything: an alert, a headline-only flash.
FEWEST_WORDS = 30

_BETTING = re.compile(r"\b(?:TAB DIVS|betting|odds|Sportsbet|Quinella|dividends?|AAP BETTING)\b", re.IGNORECASE)
_RACING = re.compile(r"\b(?:\d{3,4}m\b|Scr:|len\b|b g \d|Mdn\b|jockeys?|gallops?|hcp\b)", re.IGNORECASE)
_WEATHER = re.compile(r"\b(?:precip|temperatures?|gale|forecast|fahrenheit|celsius)\b", re.IGNORECASE)
_SPORT = re.compile(
    r"\b(?:standings|results?|fixtures?|glance|top ten|round \d+|replacements|division|league|pct|championship"
    r"|tulokset|tuloksia|tabelle|classement|resultados)\b",
    re.IGNORECASE,
)
_KINDS = (
    ("a betting table", _BETTING),
    ("a racing form or result", _RACING),
    ("a weather table", _WEATHER),
    ("a sports table or listing", _SPORT),
)


def listing_reason(headline: str, paragraphs: Sequence[str], table_words: int = 0) -> str:
    """What kind of list this is, "" when it reads as prose."""
    text = " ".join(paragraphs)
    words = text.split()
    prose = sum(map(_in_small_letters, words))
    if len(words) + table_words < FEWEST_WORDS:
        return ""
    if prose >= PROSE_SHARE * len(words) and table_words <= 2 * len(words):
        return ""
    return _kind(f"{headline} {text}"[:20_000])


def _in_small_letters(word: str) -> bool:
    """A word of prose: letters, not capitalised, nothing numeric in it. Arabic and Chinese have no capitals at all."""
    letters = word.strip(".,;:!?\"'()[]“”‘’«»„—–-…/")
    return (
        bool(letters)
        and not letters[0].isupper()
        and letters.replace("-", "").replace("'", "").replace("’", "").isalpha()
    )


def _kind(text: str) -> str:
    counted = [(len(pattern.findall(text)), name) for name, pattern in _KINDS]
    most, name = max(counted, key=lambda pair: pair[0])
    return name if most >= 2 else "a table or listing"
