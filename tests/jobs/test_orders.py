"""Everything at once, in any order and twice, gives the same tables."""

from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jobs.context import Context
from tests.jobs.everything import arrive, context_for, differences, inputs, tables, take
from tests.jobs.newsdesk import match, pickups, stories


def fresh(template: Path, folder: Path) -> Context:
    shutil.copy(template, folder / "test.db")
    return context_for(f"sqlite:///{folder / 'test.db'}", folder)


@dataclass(frozen=True)
class Wanted:
    """Tables to compare with; hypothesis writes out every argument, and these are long."""

    tables: dict[str, list[str]] = field(repr=False)


TWICE = inputs() + inputs()


@pytest.fixture(scope="module")
def at_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Wanted:
    """The tables when everything came in one after the other and was matched once."""
    context = fresh(sqlite_template, tmp_path_factory.mktemp("orders"))
    take(context, inputs())
    match(context)
    assert {row["key"] for row in stories(context) if row["origin"] == "filed"} >= {"Reuters:S1", "EFE:I1"}
    found = {(row["story"].partition(":")[0], row["url"][8:11]): row["take"] for row in pickups(context)}
    assert found["Reuters", "one"] == 1
    assert found["Reuters", "two"] == 2
    return Wanted(tables(context))


def test_an_article_moves_from_one_take_to_the_next_and_both_are_on_record(
    tmp_path: Path, sqlite_template: Path
) -> None:
    context = fresh(sqlite_template, tmp_path)
    take(context, inputs())
    match(context)
    moved = [row for row in pickups(context) if row["url"] == "https://one.example/bridge"]
    assert [(row["version"], row["take"]) for row in moved] == [(1, 1), (2, 3)]


# Without shrinking: an order takes seconds, and any that fails says in which rows.
@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=st.permutations(range(len(TWICE))), seed=st.integers(0, 99))
def test_any_order_and_twice_gives_the_same_tables(
    order: list[int], seed: int, sqlite_template: Path, at_once: Wanted
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = fresh(sqlite_template, Path(folder))
        arrive(context, [TWICE[each] for each in order], random.Random(seed))
        assert differences(tables(context), at_once.tables) == []
        context.engine.dispose()
