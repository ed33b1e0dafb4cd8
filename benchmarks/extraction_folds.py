"""How well pages are read on sites the reader was tuned on and, beside it, on sites nobody looked at; then masked.

Folds 0 to 3 of the labelled pages are those that were tuned on; fold 4 is looked at when a piece of work is done.
Masked are the same pages without their JSON-LD and metas: what readers are shown must be enough.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.extraction_weights import KEPT_APART
from benchmarks.labelled_pages import Labelled, labelled_pages, the_measure
from crawler.extractors import extract
from news.errors import NotAnArticle

Figures = dict[str, tuple[float, int]]
"""A measure's value, and over how many pages or snippets."""


def whole(pages: Sequence[Labelled], measure: Any) -> Figures:
    """What the shared measure says of the pages as they are, and pages read per CPU second."""
    started = time.process_time()
    got = {page.row["id"]: _read(page.html, page.url) for page in pages}
    spent = time.process_time() - started
    scored, _ = measure.score([page.row for page in pages], None, got, None)
    found = {
        name: (statistics.mean(values), len(values)) for name, values in scored.items() if name[-2:] not in (" P", " R")
    }
    for name in sorted(key[:-2] for key in scored if key.endswith(" P")):
        precision, recall = (statistics.mean(scored[f"{name} {letter}"]) for letter in "PR")
        found[f"{name} body F1"] = measure.f1(precision, recall), len(scored[f"{name} P"])
    return found | {"pages per CPU second": (len(pages) / spent, len(pages))}


def masked(pages: Sequence[Labelled], measure: Any) -> Figures:
    """How often authors and day are what the page states, when only what it shows is left."""
    found: dict[str, list[bool]] = defaultdict(list)
    for page in pages:
        bare, stated = measure.masked(page.html)
        got = _read(bare, page.url) if stated else {}
        if "authors" in stated:
            found["masked authors exact"].append(measure.name_set(got) == measure.people(stated["authors"]))
        if "day" in stated:
            days = measure.days(measure.get(got, "published"))
            right = measure.dt.date.fromisoformat(stated["day"]) in days
            found["masked day"].append(right)
            found["masked day wrong"].append(bool(days) and not right)
    return {name: (statistics.mean(values), len(values)) for name, values in found.items()}


def _read(html: bytes, url: str) -> Any:
    try:
        return extract(html, url)
    except NotAnArticle:
        return {}


def main() -> None:
    """Print one table: each measure on the folds tuned on, on the one kept apart, and the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="the folder with bench/ and data/")
    arguments = parser.parse_args()
    pages = labelled_pages(arguments.shared)
    if not pages:
        sys.exit(f"no labelled pages in {arguments.shared}: skipped")
    measure = the_measure(arguments.shared)
    sides = [[one for one in pages if (one.fold == KEPT_APART) is apart] for apart in (False, True)]
    tuned, apart = ({**whole(side, measure), **masked(side, measure)} for side in sides)
    print("| | folds 0 to 3 | fold 4 | difference | pages or snippets |\n| --- | --- | --- | --- | --- |")
    for name, (value, count) in tuned.items():
        other, others = apart.get(name, (0.0, 0))
        print(f"| {name} | {value:.3f} | {other:.3f} | {other - value:+.3f} | {count}, {others} |")


if __name__ == "__main__":
    main()
