"""How do the matcher's peers fare on the same articles? Recall, false links, time and memory, all in one run.

    python -m benchmarks.matcher_peers ../shared/data [--only wiretrail,simhash] [--stories 4000]

Each peer is used as its authors advise (128 permutations, 5-word shingles, bands for a threshold of .3; BM25 over a
text's 40 rarest words, as a share of what the text would score itself) and links what reaches one threshold. That is
the best F1 of one random half of the articles, tuned for each peer; precision, recall and false links are of the
other half. wiretrail's own decision has no threshold to tune. Needs the packages of the peers extra.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.matcher_rivals import RIVALS, Rival

Hit = tuple[str, float]


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a compressed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Truth:
    """What is right for each query, and which links are false."""

    def __init__(self, stored: list[dict[str, Any]]) -> None:
        self._family = {row["id"]: row["family"] for row in stored}

    def judge(self, query: dict[str, Any], linked: list[str]) -> tuple[int, int, int]:
        """-> stories found, stories to be found, false links. A take of the right story is right."""
        wanted = set(query["truth"])
        kin = set(query["family"]) | {self._family[story] for story in wanted if story in self._family}
        false = sum(self._family[story] not in kin and story not in wanted for story in set(linked))
        if query["op"].startswith("NEG"):
            return 0, 0, false
        if query["op"] == "version":
            return len(wanted) * any(self._family[story] in kin for story in linked), len(wanted), false
        return len(wanted & set(linked)), len(wanted), false


def figures(truth: Truth, answers: list[tuple[dict[str, Any], list[Hit]]], least: float) -> tuple[float, float, int]:
    """-> precision, recall and false links of negatives when everything of that score is linked."""
    found = wanted = false = of_negatives = 0
    for query, hits in answers:
        ours = truth.judge(query, [story for story, score in hits if score >= least])
        found, wanted, false = found + ours[0], wanted + ours[1], false + ours[2]
        of_negatives += ours[2] if query["op"].startswith("NEG") else 0
    return found / max(1, found + false), found / max(1, wanted), of_negatives


def best(truth: Truth, answers: list[tuple[dict[str, Any], list[Hit]]]) -> float:
    """The threshold of the best F1."""
    scores = sorted({round(score, 3) for _, hits in answers for _, score in hits})
    tried = scores[:: max(1, len(scores) // 60)] or [0.0]

    def f1(least: float) -> float:
        precision, recall, _ = figures(truth, answers, least)
        return 2 * precision * recall / max(1e-9, precision + recall)

    return max(tried, key=f1)


def measured(rival: Rival, stored: list[dict[str, Any]], queries: list[dict[str, Any]]) -> Iterator[list[Hit]]:
    """Index all stories, then answer each query; times are kept with the rival."""
    began = time.process_time()
    for row in stored:
        rival.index(row["id"], row["text"], row["lang"], row["published"])
    rival.finish()
    rival.index_seconds = time.process_time() - began
    for query in queries:
        began = time.process_time()
        hits = rival.link(query["text"], query["lang"], query["published"])
        rival.took.append(1000 * (time.process_time() - began))
        yield hits


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    options.add_argument("--only", default=",".join(RIVALS))
    options.add_argument("--stories", type=int, default=4000)
    options.add_argument("--seed", type=int, default=3)
    given = options.parse_args()
    stored = rows(given.data / "edits.stored.jsonl.gz")[: given.stories]
    known = {row["id"] for row in stored}
    queries = [q for q in rows(given.data / "edits.queries.jsonl.gz") if not q["op"].startswith("gray")]
    queries = [q for q in queries if known.issuperset(q["truth"])]
    random.Random(given.seed).shuffle(queries)
    half = len(queries) // 2
    truth = Truth(stored)
    print(f"{len(stored)} stories, {half} articles to tune on, {len(queries) - half} others; CPU seconds")
    print(f"{'':18} {'P':>6} {'R':>6} {'false*':>6} {'index s':>8} {'p50 ms':>7} {'p99 ms':>7} {'bytes':>6}")
    for name in given.only.split(","):
        rival = RIVALS[name]()
        answers = list(zip(queries, measured(rival, stored, queries), strict=True))
        least = best(truth, answers[:half]) if rival.is_tuned else 0.0
        precision, recall, false = figures(truth, answers[half:], least)
        took = sorted(rival.took)
        times = f"{rival.index_seconds:8.1f} {took[len(took) // 2]:7.2f} {took[int(0.99 * len(took))]:7.2f}"
        size = f"{rival.bytes_stored() / len(stored):6.0f}"
        print(f"{name:18} {precision:6.4f} {recall:6.4f} {false:6} {times} {size}", flush=True)
    print("* false links of negatives: same event, quotations, background, boilerplate, unrelated")


if __name__ == "__main__":
    main()
