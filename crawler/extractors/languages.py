"""Language of an article: what the page states, else its outlet's, else what its letters and smallest words say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from crawler.extractors.blocks import Block, Page
from crawler.extractors.jsonld import Node, text
from crawler.extractors.metadata import Said, meta
from news.articles import Outlet

_CODE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_ ,;])")
_READ = 2000
"""Characters that are looked at: a few paragraphs decide."""
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("fa", re.compile(r"[\u067e\u0686\u06af\u06cc]")),
    ("ar", re.compile(r"[\u0621-\u064a]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("el", re.compile(r"[\u03b1-\u03c9]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("uk", re.compile(r"[\u0456\u0457\u0454\u0491]")),
    ("ru", re.compile(r"[\u0430-\u044f]")),
)
"""Letters of a script, the language that shares a script with a larger one before it."""
_SHARE = 0.04
"""Share of the text such letters must make: Japanese has kana throughout, a Chinese text quotes a few at most."""
_SHARED = {
    "ar": "ar fa ur ps ku ckb sd ug".split(), "fa": "fa ur ps ku ckb ar sd ug".split(),
    "ru": "ru uk bg sr mk be kk ky mn tg uz tt".split(), "uk": "uk be kk".split(), "zh": "zh ja yue".split(),
    "hi": "hi mr ne sa".split(), "he": "he yi iw".split(), "ja": ["ja"], "ko": ["ko"],
}  # fmt: skip
"""Languages written in the letters that first speak for another."""
_OTHER_LETTERS = frozenset("ar fa ur ps he iw ru uk bg mk be kk zh ja ko th hi mr ne bn ta te el ka hy".split())
_FEW = 200
"""Characters below which Latin letters alone say little: a Greek page may open with names."""
_CODES = frozenset(
    "af am ar as az be bg bn bs ca ckb cs cy da de el en eo es et eu fa fi fil fo fr fy ga gd gl gu ha he hi hr ht hu "
    "hy id ig in is it iu iw ja jv ka kk kl km kn ko ku ky la lb ln lo lt lv mg mi mk ml mn mr ms mt my nb nd ne nl nn "
    "no ny oc or pa pl ps pt qu rm ro ru rw sa sd se si sk sl sm sn so sq sr st su sv sw ta te tg th ti tk tl tr tt ug "
    "uk ur uz vi xh yi yo yue zh zu isl gle cat ind".split()
)
_WORDS = {
    "en": "the of and to in that was for with his on is by at from it has said",
    "fr": "le les des et est une dans que pour qui sur du pas au avec son ont",
    "es": "el los las que en una por con para del se su fue como más es y",
    "de": "der die und das den von zu mit ist des im dem nicht ein eine auf sich sie er dass bei wurde",
    "pt": "o os as que em uma para com do da dos não no na por se foi",
    "it": "il di che della per una con del non nel sono gli alla è le ha si",
    "nl": "de het een van en in dat is op te voor met zijn niet aan door ook",
    "tr": "ve bir bu için ile olarak da de olan gibi daha çok sonra kadar olduğu",
    "id": "yang dan di dengan untuk ini dari dalam tidak pada itu akan kepada juga",
    "pl": "w i na się że nie do z jest to po przez oraz jak od",
    "sv": "och att det som en på är av för med den till har inte om",
}
_WORD = re.compile(r"[^\W\d_]+")
_FEWEST = 8
"""Function words a guess needs."""


def language(page: Page, node: Node, outlet: Outlet | None, blocks: Sequence[Block]) -> Said:
    """Two-letter language of the article: what is stated, unless the text is written in other letters, else a guess.

    Templates are copied with their attributes: Arabic stands under `lang="en-US"`, and "utf" is no language.
    """
    words = " ".join(block.text for block in blocks[:12])[:_READ]
    letters = _by_letters(words)
    for rule, value in (
        ("html lang", page.language),
        ("json-ld inLanguage", text(node, "inLanguage")),
        ("meta", meta(page, "og:locale", "language", "content-language", "dc.language")),
        ("outlet", outlet.language if outlet is not None else ""),
    ):
        stated = _CODE.match(value.strip())
        code = stated[0].lower() if stated else ""
        if code in _CODES and _fits(code, letters, words):
            return Said(code, rule, value)
    guessed = letters or guess(words)
    return Said(guessed, "letters and small words" if guessed else "no language stated")


def _fits(code: str, letters: str, words: str) -> bool:
    """Whether a language is written in the letters of the text: `letters` is one that is, "" for Latin ones."""
    if letters:
        return code in _SHARED.get(letters, (letters,))
    return code not in _OTHER_LETTERS or len(words) < _FEW or not words.isascii()


def _by_letters(words: str) -> str:
    """The language whose letters, none of them Latin, a text is written in, or ""."""
    if not words.isascii():
        for code, letters in _SCRIPTS:
            if len(letters.findall(words)) > len(words) * _SHARE:
                return code
    return ""


def guess(words: str) -> str:
    """Two-letter language of a text by its script, else by its function words; "" when neither is clear."""
    letters = _by_letters(words)
    if letters:
        return letters
    counted = Counter(_WORD.findall(words.lower()))
    scores = sorted(((sum(counted[word] for word in _WORDS[code].split()), code) for code in _WORDS), reverse=True)
    (best, code), (second, _) = scores[:2]
    return code if best >= _FEWEST and best > second * 1.2 else ""
