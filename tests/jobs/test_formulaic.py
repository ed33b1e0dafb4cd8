"""Formulaic worlds come to the same tables in whatever order they arrive, however they are split, and matched anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from jobs.context import Context
from jobs.matches.closing import TakeTexts, closure_of
from jobs.matches.fingerprint_index import open_library
from jobs.matches.rematching import match_all
from jobs.matches.texts_at_hand import Desk
from matcher import VERSION
from storage.engine import reading
from storage.matches import match_facts as stored
from tests.jobs.everything import context_for, differences, tables
from tests.jobs.formulaic import FORMULAS, NAMES, in_every_way
from tests.jobs.newsdesk import article, context_of, filing, load, match, pickups, stories, story


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


def crowd(formula: str, stories_told: int) -> list[dict[str, Any]]:
    """So many stories of one formula, each in two outlets: as many are near each other as there are."""
    _, *sentences = FORMULAS[formula]
    found = []
    for number in range(stories_told):
        values = {"name": NAMES[number % len(NAMES)], "a": number, "b": number + 3, "c": 7 * number, "d": number % 9}
        text = [sentence.format(**values) for sentence in sentences] * 2
        found += [article(f"o{n}", text, minutes=number, credit="AFP", name=f"{formula}-{number}") for n in range(2)]
    return found


@pytest.mark.parametrize("formula", sorted(FORMULAS))
def test_a_crowd_of_stories_takes_one_more_in(formula: str, sqlite_template: Path, tmp_path: Path) -> None:
    """More than the 32 takes that are looked at were near the newcomer: the others' copies founded them again."""
    at_once, other = fresh(sqlite_template, tmp_path / "at once"), fresh(sqlite_template, tmp_path / "other")
    told = crowd(formula, 40)
    newcomer = article("late", [*told[0]["text"].split("\n")[:3], *story(1, 2)], minutes=9, credit="AFP")
    undated = [{key: value for key, value in row.items() if key != "published"} for row in told[:1]]
    load(at_once, [*undated, *told, newcomer])
    match(at_once)
    load(other, [*undated, *told[1:]])
    match(other)
    load(other, [newcomer])
    match(other)
    load(other, told[:1])  # the page states its date by now
    assert match(other).set_aside == 0
    assert differences(tables(other), tables(at_once)) == []
    assert len(stories(other)) > 32
    match_all(other)
    assert differences(tables(other), tables(at_once)) == []


@pytest.mark.parametrize("formula", ["bourse", "markets"])
def test_filings_come_in_between(formula: str, sqlite_template: Path, tmp_path: Path) -> None:
    """A quarter of the stories are filed once their copies are there, some of them under a new top an hour later."""
    at_once, other = fresh(sqlite_template, tmp_path / "at once"), fresh(sqlite_template, tmp_path / "other")
    told = crowd(formula, 36)
    filed = [filing(row["text"].split("\n"), minutes=n, id=f"T{n}") for n, row in enumerate(told[::8])]
    updates = [row | {"text": "\n".join([*story(n, 1), row["text"]])} for n, row in enumerate(filed[::3])]
    load(at_once, [*told, *filed, *updates])
    match(at_once)
    for rows in (told[:50], filed[:5], told[50:], filed[5:], updates):
        load(other, rows)
        assert match(other).set_aside == 0
    assert differences(tables(other), tables(at_once)) == []
    assert {found["origin"] for found in stories(other)} == {"filed", "inferred"}


def test_a_newcomer_that_changes_no_story_has_nobody_else_decided(sqlite_database: str, tmp_path: Path) -> None:
    """The five hundredth copy costs what the first one cost, also while no filing has come."""
    context = context_of(sqlite_database, tmp_path)
    text = story(1)
    load(context, [article(f"o{n}", text, minutes=n, credit="AFP") for n in range(30)])
    match(context)
    load(context, [article("late", text[:7], minutes=60, credit="AFP")])
    library = open_library(context)
    with reading(context.engine) as session:
        [late] = stored.unmatched_versions(session, VERSION)
        desk = Desk(context, library)
        desk.know(session, [late])
        library.add("version", [(late, desk.prints[late], "late.example")])
        closure = closure_of(session, desk, TakeTexts(session), [late], {})
    assert closure.versions == {late}
    assert len(closure.gathered) == 1


def test_a_base_keeps_its_story_when_another_comes_to_hold_its_text(sqlite_database: str, tmp_path: Path) -> None:
    """A brief is a story; two outlets add it to another as a paragraph: no story without a copy is left behind."""
    context = context_of(sqlite_database, tmp_path)
    brief, told = story(7, 1), story(8)
    load(context, [article("brief", brief, minutes=0, credit="AFP", name="brief")])
    load(context, [article(f"o{n}", [*told[: 8 - n], *brief], minutes=5 + n, credit="AFP") for n in range(2)])
    load(context, [article("whole", told, minutes=4, credit="AFP")])
    match(context)
    carried = {found["story"] for found in pickups(context) if found["certainty"] == "linked"}
    assert carried == {found["key"] for found in stories(context)}
    context.engine.dispose()
