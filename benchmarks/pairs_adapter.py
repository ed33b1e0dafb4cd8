"""What `wiretrail pairs` does, without the database: every two articles that directly share text, and how much.

python bench/matching.py benchmarks.pairs_adapter:pairs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from matcher.align import align
from matcher.fingerprint import Index, fingerprint
from matcher.text import read

LEAST_SHARE = 0.1


def pairs(articles: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, float, float]]:
    """(a, b, share of a in b, share of b in a) for every pair whose larger share is at least a tenth."""
    index = Index()
    texts = [read(article["text"].split("\n")) for article in articles]
    prints = [fingerprint(text) for text in texts]
    index.add_many(range(len(texts)), prints)
    for number, text in enumerate(texts):
        for neighbour in index.neighbours(prints[number]):
            if neighbour.number > number:
                shared = align(text, texts[neighbour.number])
                if max(shared.share_of_article, shared.share_of_story) >= LEAST_SHARE:
                    yield articles[number]["id"], articles[neighbour.number]["id"], *shared.verbatim
