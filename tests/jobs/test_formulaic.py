"""Formulaic worlds come to the same tables in whatever order they arrive, however they are split, and matched anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jobs.context import Context
from tests.jobs.everything import context_for, differences
from tests.jobs.formulaic import in_every_way

SENTENCES = (
    "The council of Varnholm voted on Tuesday to rebuild the harbour bridge that the ice broke in two last winter.",
    "Engineers had asked for a tunnel instead, saying that the currents of the sound would wear out any pillar.",
    "Ferries will carry the traffic until the work is finished, which the mayor expects in the spring after next.",
    "Fishermen protested outside the town hall, since the piers will close the shortest way to their grounds.",
    "The ministry promised to pay half of the cost, and will send two of its own surveyors before the month is out.",
)


def fresh(template: Path, home: Path) -> Context:
    home.mkdir()
    shutil.copy(template, home / "test.db")
    return context_for(f"sqlite:///{home / 'test.db'}", home)


@pytest.mark.parametrize("seed", [11, 20, 30, 35])  # of forty, those that came to other tables while closures were open
def test_any_order_any_split_and_matched_anew(
    seed: int, database_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    at_once, other = fresh(sqlite_template, tmp_path / "at once"), context_for(database_url, tmp_path)
    wanted, in_parts, anew = in_every_way(at_once, other, seed)
    assert differences(in_parts, wanted) == []
    assert differences(anew, wanted) == []
    assert len(wanted["pickups"]) > 10
    assert any('"origin": "inferred"' in row for row in wanted["stories"])
    at_once.engine.dispose()
    other.engine.dispose()
