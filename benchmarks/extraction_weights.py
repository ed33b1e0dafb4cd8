"""Learns what each evidence is worth when a page's headline, authors and day are chosen, and writes choosing.toml.

A conditional logit: of the candidates of a page, and of choosing nothing, one is right, and the weights make the right
ones likely (numpy, a second or two). Pages of folds 0 to 3 are learned from, with and without their JSON-LD and metas;
`--check` leaves each fold out in turn and says how often the best candidate is right on sites not learned from.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.labelled_pages import Labelled, golden_pages, labelled_pages, the_measure
from crawler.extractors.explaining import Reading
from crawler.extractors.read import reading
from news.errors import NotAnArticle

FIELDS = ("authors", "headline", "published")
KEPT_APART = 4
"""The fold that is never learned from."""
CHANGED = "of a change, another of publication"
"""A label that names such a day has taken the change for the publication: not learned from."""
_FEWEST = 4
"""Candidates that must share an evidence before it gets a weight."""
_STEPS = 400
_TIMES = 3
"""How often each invented page counts: they are few, and each stands for many real ones of its shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one page for one field: the evidence of each, and whether it is right."""

    fold: int
    masked: bool
    evidence: tuple[frozenset[str], ...]
    right: tuple[bool, ...]


def examples(pages: Sequence[Labelled], measure: Any) -> dict[str, list[Example]]:
    """The examples of every field, from each page as it is and without what it states to machines."""
    found: dict[str, list[Example]] = defaultdict(list)
    for page in pages:
        bare, stated = measure.masked(page.html)
        for masked, html, gold in ((False, page.html, page.gold), (True, bare, stated)):
            if any(gold.get(key) for key in ("authors", "title", "published", "day")):
                for name, candidates, right in _judged(_read(html, page.url), gold, measure):
                    evidence = tuple(frozenset(one.evidence) for one in candidates)
                    found[name].append(Example(page.fold, masked, evidence, right))
    return found


def _read(html: bytes, url: str) -> Reading | None:
    try:
        return reading(html, url)
    except NotAnArticle:
        return None


def _judged(read: Reading | None, gold: dict[str, Any], measure: Any) -> Iterator[tuple[str, Any, tuple[bool, ...]]]:
    if gold.get("authors"):
        people = measure.people(gold["authors"])
        found = read.signed.candidates if read else ()
        yield "authors", found, tuple(measure.people(one.value) == people for one in found)
    if gold.get("title"):
        words = measure.words(gold["title"])
        titles = read.headline.candidates if read else ()
        yield "headline", titles, tuple(measure.words(one.value) == words for one in titles)
    days = measure.days(measure.moment(gold.get("published") or gold.get("day")))
    if days:
        dated = read.published.candidates if read else ()
        right = tuple(one.value in days for one in dated)
        if not any(good and CHANGED in one.evidence for good, one in zip(right, dated, strict=True)):
            yield "published", dated, right


def learned(sample: Sequence[Example], penalty: float = 1.0) -> dict[str, float]:
    """The weights under which the right candidates are likeliest, large ones held down by the penalty."""
    often = Counter(name for one in sample for evidence in one.evidence for name in evidence)
    names = sorted(name for name, count in often.items() if count >= _FEWEST)
    number = {name: index for index, name in enumerate(names)}
    rows, columns, page_of, right = _flat(sample, number)
    weights = first = second = np.zeros(len(names))
    for step in range(1, _STEPS + 1):
        score = np.bincount(rows, weights=weights[columns], minlength=len(page_of))
        wrong = _share(score, page_of) - _share(np.where(right, score, -1e9), page_of)
        slope = np.bincount(columns, weights=wrong[rows], minlength=len(names)) + penalty * weights
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        weights = weights - 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}


def _flat(sample: Sequence[Example], number: dict[str, int]) -> tuple[Any, Any, Any, Any]:
    """All candidates one below the other, each page closed by choosing nothing, right where no candidate is."""
    rows: list[int] = []
    columns: list[int] = []
    page_of: list[int] = []
    right: list[bool] = []
    for page, one in enumerate(sample):
        for evidence, good in zip((*one.evidence, frozenset[str]()), (*one.right, not any(one.right)), strict=True):
            known = [number[name] for name in evidence if name in number]
            rows += [len(page_of)] * len(known)
            columns += known
            page_of.append(page)
            right.append(good)
    return np.array(rows), np.array(columns), np.array(page_of), np.array(right)


def _share(score: Any, page_of: Any) -> Any:
    """Each candidate's likelihood among those of its page."""
    most = np.full(page_of[-1] + 1, -np.inf)
    np.maximum.at(most, page_of, score)
    odds = np.exp(score - most[page_of])
    return odds / np.bincount(page_of, weights=odds)[page_of]


def outcomes(sample: Sequence[Example], weights: dict[str, float]) -> Counter[str]:
    """How often the best candidate was right and wrong, with and without data."""
    found: Counter[str] = Counter()
    for one in sample:
        scores = [sum(weights.get(name, 0.0) for name in evidence) for evidence in one.evidence]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        chosen = best is not None and scores[best] > 0
        state = "masked" if one.masked else "whole"
        found[f"{state}, pages"] += 1
        found[f"{state}, right"] += chosen and one.right[best or 0]
        found[f"{state}, wrong"] += chosen and not one.right[best or 0]
    return found


def check(sample: Sequence[Example]) -> Counter[str]:
    """What comes of folds 0 to 3, each judged by weights learned from the other three."""
    found: Counter[str] = Counter()
    for left_out in range(KEPT_APART):
        weights = learned([one for one in sample if one.fold not in (left_out, KEPT_APART)])
        found += outcomes([one for one in sample if one.fold == left_out], weights)
    return found


def as_toml(weights: dict[str, dict[str, float]]) -> str:
    """choosing.toml."""
    lines = ["# What each evidence is worth; written by `python -m benchmarks extraction_weights`, not by hand."]
    for name, table in weights.items():
        lines += ["", f"[{name}]", *(f'"{evidence}" = {worth}' for evidence, worth in table.items() if worth)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Learn, and write the weights or say how they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="the folder with bench/ and data/")
    parser.add_argument("--check", action="store_true", help="write nothing, say what holds on folds left out")
    parser.add_argument("--to", type=Path, default=Path("crawler/extractors/choosing.toml"))
    arguments = parser.parse_args()
    pages = labelled_pages(arguments.shared)
    if not pages:
        sys.exit(f"no labelled pages in {arguments.shared}: nothing to learn from")
    found = examples([*pages, *golden_pages() * _TIMES], the_measure(arguments.shared))
    if arguments.check:
        for name in FIELDS:
            print(name, dict(check(found[name])))
        return
    weights = {name: learned([one for one in found[name] if one.fold != KEPT_APART]) for name in FIELDS}
    arguments.to.write_text(as_toml(weights), encoding="utf-8")
    print(", ".join(f"{name}: {len(table)} weights" for name, table in weights.items()))


if __name__ == "__main__":
    main()
