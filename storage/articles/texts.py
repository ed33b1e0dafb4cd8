"""What identifies a text, and how long it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from news.names import clean

# Runs of letters and digits; in scripts that write no spaces every character counts, as the matcher counts them.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_IN_WORD: Final = ord("x")
_SIGNS: Final = {
    codec: bytes(_IN_WORD if bytes([n]).decode(codec, "replace").isalnum() else ord(" ") for n in range(256))
    for codec in ("ascii", "cp1252", "cp1256", "cp1251")
}
"""Which bytes of an encoding are letters and digits: Latin, Arabic and Cyrillic texts with their dashes and quotes."""


def cleaned(paragraphs: Iterable[str]) -> list[str]:
    """Paragraphs as both databases take them, without empty ones."""
    return [text for text in (clean(paragraph) for paragraph in paragraphs) if text.strip()]


def count_words(paragraphs: Iterable[str]) -> int:
    """Words in the paragraphs. Most texts fit an encoding of one byte, and its runs are counted three times as fast."""
    text = "\n".join(paragraphs)
    for codec, signs in _SIGNS.items():
        try:
            encoded = text.encode(codec)
        except UnicodeEncodeError:
            continue
        return (b" " + encoded.translate(signs)).count(b" x")
    return sum(1 for _ in _WORD.finditer(text))


def content_sha256(headline: str, paragraphs: Sequence[str], credits_: Iterable[Sequence[str]] = ()) -> str:
    """The identity of a text. Neither its spaces nor the order of its credits make it another."""
    parts = [_squeezed(headline), [_squeezed(text) for text in paragraphs], sorted(list(credit) for credit in credits_)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _squeezed(text: str) -> str:
    return " ".join(text.split())
