"""Is the score a probability? Fits it on a random half of labelled pairs and shows on the other half what came true.

    python -m benchmarks.matcher_calibration ../shared/data [--seed 5]

Pairs: every article made by an edit with each story near it (the edits data), and real pairs labelled reuse or none in
English, Arabic and German. Those that share too little to be weighed (strength 0) are left out: they are never shown.
Prints the two constants of matcher.decide as fitted here, and for the other half what the program itself says.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.edits_adapter import Adapter
from matcher.decide import ArticleText, StoryText, judge, probability
from matcher.text import read

SETS = ("helsinki", "saudi", "fang", "allsides")
MOST_PAIRS = 1_500
EDGES = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1.01)


@dataclass(frozen=True)
class Sample:
    """A pair: how strongly the matcher believes in it, and whether it is a copy."""

    strength: float
    true: bool


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a compressed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def edited(folder: Path) -> Iterator[Sample]:
    """Articles made by edits, with every story near them."""
    stored, queries = rows(folder / "edits.stored.jsonl.gz"), rows(folder / "edits.queries.jsonl.gz")
    family = {row["id"]: row["family"] for row in stored}
    matcher = Adapter()
    for row in stored:
        matcher.index(row["id"], row["text"], row["lang"], row["published"])
    for query in queries:
        if query["op"].startswith("gray"):
            continue
        kin = set(query["family"]) | {family.get(story) for story in query["truth"]}
        for decision in matcher.weighed(query["text"], query["lang"], query["published"]):
            true = decision.family in query["truth"] or family[decision.family] in kin
            yield Sample(decision.strength, true)


def labelled(folder: Path, chance: random.Random) -> Iterator[Sample]:
    """Real pairs, the longer text standing for the story."""
    for name in SETS:
        articles = {row["id"]: row for row in rows(folder / f"{name}.articles.jsonl.gz")}
        pairs = [row for row in rows(folder / f"{name}.pairs.jsonl.gz") if row["label"] in ("reuse", "none")]
        chance.shuffle(pairs)
        for pair in pairs[:MOST_PAIRS]:
            texts = [read(articles[pair[side]]["text"].split("\n")) for side in "ab"]
            article, story = sorted(texts, key=len)
            decision = judge(ArticleText(article), StoryText(1, "", "", 1, story))
            yield Sample(decision.strength, pair["label"] == "reuse")


def fitted(samples: list[Sample]) -> tuple[float, float]:
    """The logistic curve of greatest likelihood, by Newton's method: where it is even, how steep it is."""
    x = np.array([s.strength for s in samples])
    y = np.array([s.true for s in samples], float)
    design = np.stack([np.ones_like(x), x], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        weights += np.linalg.solve(curvature, design.T @ (y - p))
    return float(-weights[0] / weights[1]), float(weights[1])


def show(samples: list[Sample]) -> None:
    """What was said and what came true."""
    print("score        pairs  mean score  copies")
    for low, high in pairwise(EDGES):
        ours = [s for s in samples if low <= probability(s.strength) < high]
        if ours:
            said = sum(probability(s.strength) for s in ours) / len(ours)
            true = sum(s.true for s in ours) / len(ours)
            print(f"{low:.2f}-{min(high, 1):.2f} {len(ours):8} {said:11.3f} {true:7.3f}")
    brier = sum((probability(s.strength) - s.true) ** 2 for s in samples) / len(samples)
    loss = -sum(math.log(p if s.true else 1 - p) for s in samples for p in [probability(s.strength)]) / len(samples)
    print(f"Brier score {brier:.4f}, log loss {loss:.4f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path)
    options.add_argument("--seed", type=int, default=5)
    given = options.parse_args()
    chance = random.Random(given.seed)
    samples = [s for s in (*edited(given.data), *labelled(given.data, chance)) if s.strength > 0]
    chance.shuffle(samples)
    half = len(samples) // 2
    even, steepness = fitted(samples[:half])
    print(f"{len(samples)} pairs, {sum(s.true for s in samples)} of them copies")
    print(f"fitted on one half: even at {even:.3f}, steepness {steepness:.1f}")
    show(samples[half:])


if __name__ == "__main__":
    main()
