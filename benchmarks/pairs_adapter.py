"""What `wiretrail pairs` does, without the database: every two articles that directly share text, and how much.

python bench/matching.py benchmarks.pairs_adapter:pairs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matcher.fingerprint import fingerprint
from matcher.pairs import sharing
from matcher.text import read


def pairs(articles: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, float, float]]:
    """(a, b, share of a in b, share of b in a) for every pair whose larger share is at least a tenth."""
    texts = {number: read(article["text"].split("\n")) for number, article in enumerate(articles)}
    prints = {number: fingerprint(text) for number, text in texts.items()}
    for shared in sharing(texts, prints):
        yield articles[shared.a]["id"], articles[shared.b]["id"], shared.a_in_b, shared.b_in_a
