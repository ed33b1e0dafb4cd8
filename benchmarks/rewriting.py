"""How much rewriting does the matcher see through? Real stories, a given share of whose words is changed at random.

    python -m benchmarks.rewriting ../shared/data/edits.stored.jsonl.gz [--seed 7] [--articles 200]

Every changed word is, with equal chance, put into another form, replaced by a word as frequent, left out, swapped
with the next, or given a new neighbour. Each text is tried whole and with its first fifth kept, against all stories
of the file. Prints recall, texts linked to a story they do not come from, and how often the right story was
among the candidates at all.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.edits_adapter import Adapter

SHARES = (0.2, 0.3, 0.4, 0.5)
KEPT = (1.0, 0.2)
_ENDINGS = ("s", "ed", "ing", "ly", "er")


def stories(path: Path) -> list[dict[str, str]]:
    """Rows with id, text, lang, published and family."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def vocabulary(texts: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """All words by falling frequency, and the place of each."""
    counts = Counter(word for text in texts for word in text.split())
    ranked = [word for word, _ in counts.most_common()]
    return ranked, {word: place for place, word in enumerate(ranked)}


def rewritten(
    paragraphs: Sequence[str], share: float, words: list[str], places: dict[str, int], chance: random.Random
) -> Iterator[str]:
    """The paragraphs with about `share` of their words changed."""

    def as_frequent(word: str) -> str:
        place = places.get(word, len(words) // 2)
        return words[min(len(words) - 1, int(place * chance.uniform(0.5, 1.5)) + 1)]

    for paragraph in paragraphs:
        line = paragraph.split()
        changed: list[str] = []
        while line:
            word = line.pop(0)
            if chance.random() >= share:
                changed.append(word)
                continue
            way = chance.randrange(5)
            if way == 0:
                changed.append(word + chance.choice(_ENDINGS))
            elif way == 1:
                changed.append(as_frequent(word))
            elif way == 2 and line:
                line.insert(1, word)
            elif way == 3:
                changed.extend((word, as_frequent(word)))
        yield " ".join(changed)


def first_part(paragraphs: Sequence[str], share: float) -> list[str]:
    """Whole paragraphs from the start until `share` of the words are kept."""
    budget = share * sum(len(p.split()) for p in paragraphs)
    kept: list[str] = []
    for paragraph in paragraphs:
        kept.append(paragraph)
        budget -= len(paragraph.split())
        if budget <= 0:
            break
    return kept


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("stories", type=Path)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--articles", type=int, default=200)
    given = options.parse_args()
    rows = stories(given.stories)
    family = {row["id"]: row["family"] for row in rows}
    matcher = Adapter()
    for row in rows:
        matcher.index(row["id"], row["text"], row["lang"], float(row["published"]))
    words, places = vocabulary([row["text"] for row in rows])
    chance = random.Random(given.seed)
    chosen = chance.sample([row for row in rows if len(row["text"].split()) >= 250], given.articles)
    print("changed  kept  recall  wrong  among the candidates")
    for share in SHARES:
        for kept in KEPT:
            found = wrong = near = 0
            for row in chosen:
                paragraphs = first_part(row["text"].split("\n"), kept)
                text = "\n".join(rewritten(paragraphs, share, words, places, chance))
                linked = {family[story] for story, _ in matcher.link(text, row["lang"], float(row["published"]) + 3600)}
                found += row["family"] in linked
                wrong += len(linked - {row["family"]})
                near += row["family"] in {family[story] for story in matcher.near(text, row["lang"])}
            count = len(chosen)
            print(f"{share:7.0%} {kept:5.0%}  {found / count:6.3f}  {wrong:5}  {near / count:.3f}")


if __name__ == "__main__":
    main()
