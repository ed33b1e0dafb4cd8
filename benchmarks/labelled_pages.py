"""The labelled pages that reading is measured on and learned from, where they are: nothing of them is in this
repository."""

from __future__ import annotations

import gzip
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

GOLDEN = Path(__file__).parent.parent / "tests" / "data"
SETS = ("pages", "pages2", "wcxb")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A page with what is known of it; `fold` is that of its registrable domain, `row` all that its set says."""

    url: str
    html: bytes
    gold: dict[str, Any]
    fold: int
    row: dict[str, Any]


def the_measure(shared: Path) -> ModuleType:
    """The shared measure, loaded from where it lies."""
    spec = importlib.util.spec_from_file_location("shared_measure", shared / "bench" / "extraction.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(shared / "bench" / "extraction.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def labelled_pages(shared: Path) -> list[Labelled]:
    """Every page of every set that is there, none when none is."""
    data = shared / "data"
    files = [data / f"{name}.jsonl.gz" for name in SETS]
    packed = [gzip.decompress(file.read_bytes()).decode() for file in files if file.exists()]
    rows = [json.loads(line) for text in packed for line in text.split("\n") if line]
    if not rows:
        return []
    fold_of = the_measure(shared).fold_of
    return [
        Labelled(row["url"], gzip.decompress((data / row["file"]).read_bytes()), row["gold"], fold_of(row["url"]), row)
        for row in rows
    ]


def golden_pages() -> list[Labelled]:
    """The invented pages of the tests, which stand for real shapes; their fold is one to learn from."""
    found = []
    for file in sorted(GOLDEN.glob("*/*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        expected = case.get("expected", {})
        gold = {
            "title": expected.get("headline"),
            "authors": expected.get("authors"),
            "published": (expected.get("published") or {}).get("at"),
        }
        if any(gold.values()) and file.with_suffix(".html").exists():
            found.append(Labelled(case["url"], file.with_suffix(".html").read_bytes(), gold, 0, case))
    return found
