"""The real feed files kept outside the repository, against golden identifiers, moments, counts and hashes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.wire_outcomes import GOLDEN, SAMPLES, TABLE, outcomes

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample files are not on this machine")


def test_every_sample_file_comes_out_as_recorded() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = json.loads(json.dumps(outcomes(SAMPLES)))
    assert {name: row for name, row in found.items() if golden.get(name) != row} == {}
    assert set(golden) == set(found)


def test_every_sample_file_stands_in_the_table() -> None:
    table = TABLE.read_text(encoding="utf-8")
    assert [path.name for path in sorted(SAMPLES.iterdir()) if f"| {path.name} |" not in table] == []


def test_no_sample_is_unreadable() -> None:
    """Every sample is understood: it becomes filings, or is refused by what it is."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert [name for name, row in golden.items() if row.get("refused") == "UnreadableFiling"] == []


def test_golden_data_hold_no_text() -> None:
    """Hashes, counts, moments and identifiers only: nothing in the file is longer than an identifier or a reason."""
    words = [value for value in _values(json.loads(Path(GOLDEN).read_text(encoding="utf-8"))) if " " in value]
    assert max(map(len, words)) < 80


def _values(node: object) -> list[str]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _values(value)]
    if isinstance(node, list):
        return [text for value in node for text in _values(value)]
    return [node] if isinstance(node, str) else []
