"""Is a text running prose, or a list: results, standings, odds, race fields, weather by city, line-ups?

Agencies send lists as text items of the same form as stories (AP agate, AAP racing, PA team sheets, Reuters
TABLE items), and outlets do not republish them as articles, so they are refused by what they are.
Prose in a script with capitals is mostly words in small letters; a list is mostly names and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Share of tokens that are words in small letters, over the sample files: running prose has .56 (German) to .92,
# the wordiest list (a racing comment) .32.
PROSE_SHARE = 0.44
# Below this a text is too short for its shares to mean anything: an alert, a flash of one sentence.
FEWEST_TOKENS = 30

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,:/-]*")
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
    """What kind of list this is, "" when it reads as prose. `table_words` stand in tables beside the paragraphs."""
    text = " ".join(paragraphs)
    tokens = _TOKEN.findall(text)
    if len(tokens) + table_words < FEWEST_TOKENS:
        return ""
    prose = _prose_tokens(tokens)
    if prose >= PROSE_SHARE * len(tokens) and table_words <= 2 * len(tokens):
        return ""
    return _kind(f"{headline} {text}"[:20_000])


def _prose_tokens(tokens: Sequence[str]) -> int:
    """Words not capitalised; scripts without capitals count as such, and so does a text that is all capitals."""
    letters = [token for token in tokens if not token[0].isdigit()]
    shouted = sum(len(token) for token in letters if token.isupper() and len(token) > 1)
    if shouted > 0.85 * sum(map(len, letters)) and len(letters) > 0.85 * len(tokens):
        return len(letters)
    return sum(not token[0].isupper() for token in letters)


def _kind(text: str) -> str:
    counted = [(len(pattern.findall(text)), name) for name, pattern in _KINDS]
    most, name = max(counted, key=lambda pair: pair[0])
    return name if most else "a table or listing"
