"""Several matches at once, each with a share, and one of them killed: the tables are those of one match."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from jobs.context import Context
from jobs.matches import matching
from jobs.matches.closing import closure_of
from jobs.matches.deciding import decide, stale, without
from jobs.matches.desk import Desk
from jobs.matches.library import Changed, open_library
from jobs.matches.sharing import MOST, Share
from matcher import VERSION
from news.errors import JobError
from storage.engine import reading, writing
from storage.matches import matching as stored
from storage.matches import prints
from tests.jobs.newsdesk import article, context_of, filing, load, match, pickups, stories, story

FURNITURE = "Sign up for our morning letter and read the harbour news before anybody else in the whole town does today."


def rows(seed: int) -> list[dict[str, Any]]:
    """Copies of ten stories in any order: whole, cut short, credited or not; some filed, and one outlet's furniture."""
    draw = random.Random(seed)
    found = []
    for number in range(10):
        told = story(100 * seed + number, 6)
        for place in range(4):
            text = told if place % 2 == 0 else told[: 3 + place]
            outlet = f"outlet{(number + place) % 6}"
            shown = [*text, FURNITURE] if outlet == "outlet2" else text
            credit = draw.choice(["AFP", "AFP", ""])
            minutes = 60 * 24 * number + place  # furniture is learned over days
            found.append(article(outlet, shown, minutes=minutes, credit=credit, name=f"{number}-{place}"))
    draw.shuffle(found)
    return [*found, *(filing(story(100 * seed + n, 6), minutes=0, id=f"F{seed}-{n}") for n in (2, 5))]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and parts of a few texts, so that forty are as many parts as an archive has."""
    monkeypatch.setattr(stored, "SHARE_BLOCK", 3)
    monkeypatch.setattr(matching, "PART", 6)


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    made = context_of(database_url, tmp_path)
    yield made
    made.engine.dispose()


def alone(seed: int, template: Path, home: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The tables of one match over everything."""
    home.mkdir()
    (home / "alone.db").write_bytes(template.read_bytes())
    made = context_of(f"sqlite:///{home / 'alone.db'}", home)
    load(made, rows(seed))
    match(made)
    found = pickups(made), stories(made)
    made.engine.dispose()
    return found


def at_once(context: Context, shares: Sequence[Share]) -> list[matching.Counts]:
    """Matches at once, each with connections and an index of its own."""
    with ThreadPoolExecutor(len(shares)) as pool, ExitStack() as stack:
        runs = []
        for share in shares:
            home = context.config.home / f"machine{share.number}"
            home.mkdir(exist_ok=True)
            own = context_of(context.engine.url.render_as_string(hide_password=False), home)
            stack.callback(own.engine.dispose)
            runs.append(pool.submit(matching.match, own, share=share))
        return [run.result() for run in runs]


@pytest.mark.parametrize("seed", [1, 2])
def test_several_at_once_make_the_tables_of_one(
    seed: int, context: Context, sqlite_template: Path, tmp_path: Path
) -> None:
    load(context, rows(seed))
    done = at_once(context, [Share(1, 3), Share(2, 3), Share(3, 3)])
    assert sum(each.versions for each in done) == 40
    found = pickups(context), stories(context)
    assert found == alone(seed, sqlite_template, tmp_path / "alone")
    with reading(context.engine) as session:
        assert stored.count_unmatched(session, VERSION) == 0


def test_one_that_is_killed_leaves_its_share_to_the_next(
    context: Context, sqlite_template: Path, tmp_path: Path
) -> None:
    load(context, rows(3))
    for steps in (2, 5):
        context.engine.dispose()
        child = os.fork()
        if child == 0:
            _die_while_matching(context, Share(1, 3), steps)
        at_once(context, [Share(steps // 2 + 1, 3)])
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    at_once(context, [Share(1, 2), Share(2, 2)])
    found = pickups(context), stories(context)
    assert found == alone(3, sqlite_template, tmp_path / "alone")


def _die_while_matching(context: Context, share: Share, steps: int) -> None:
    """What a process does that is killed in the middle of its so manieth writing transaction."""
    real = prints.note_changes

    def note(*arguments: Any) -> None:
        nonlocal steps
        steps -= 1
        if not steps:
            os.kill(os.getpid(), signal.SIGKILL)
        real(*arguments)

    prints.note_changes = note  # type: ignore[assignment]  # in a child of its own, which ends here
    matching.match(context, share=share)
    os._exit(0)


def test_what_another_run_affected_is_decided_again_and_the_rest_stands(context: Context) -> None:
    ours, theirs = story(1), story(2)
    texts = [("one", ours), ("two", theirs), ("three", ours), ("four", ours[:5])]
    load(context, [article(o, text, minutes=n, credit="AFP") for n, (o, text) in enumerate(texts)])
    with reading(context.engine) as session:
        ids = {found.outlet: found.id for found in stored.versions(session, {1, 2, 3, 4})}
    first, second = ids["one.example"], ids["two.example"]
    matching._read_versions(Desk(context, open_library(context)), sorted(ids.values()))
    desk = Desk(context, open_library(context))
    with reading(context.engine) as session:
        desk.know(session, [first, second])
        closure = closure_of(session, desk, [first, second], {})
    assert closure.left_out == {first: {ids["three.example"], ids["four.example"]}}
    outcome = decide(desk, closure)
    assert {len(found) for found in outcome.founders.values()} == {1}
    with writing(context.engine) as session:
        assert stale(session, desk, closure, Changed()).versions == set()
    desk_of_another = Desk(context, open_library(context))
    matching._match_part(desk_of_another, [ids["three.example"]], {}, matching.Counts())
    with writing(context.engine) as session:
        changed = desk.library.follow(session)
        assert len(changed.takes) == 1
        differing = stale(session, desk, closure, changed)
    assert differing.versions == {first}
    kept = without(outcome, closure, differing)
    assert (kept.versions, len(kept.stories), len(kept.pickups)) == (frozenset({second}), 1, 1)


def test_a_take_that_is_gone_or_a_copy_that_came_makes_what_rests_on_it_stale(context: Context) -> None:
    load(context, [article("one", story(1), minutes=0, credit="AFP"), article("two", story(2), minutes=1)])
    match(context)
    load(context, [article("three", story(1), minutes=2, credit="AFP"), article("four", story(1), minutes=3)])
    with reading(context.engine) as session:
        ids = {found.outlet: found.id for found in stored.versions(session, {1, 2, 3, 4})}
    ours, theirs = ids["three.example"], ids["four.example"]
    desk = Desk(context, open_library(context))
    with reading(context.engine) as session:
        desk.know(session, [ours])
        closure = closure_of(session, desk, [ours], {})
    assert closure.versions == {ours, ids["one.example"]}
    outcome = decide(desk, closure)
    other = Desk(context, open_library(context))
    with reading(context.engine) as session:
        other.know(session, [theirs])
    matching._match_part(other, [theirs], {}, matching.Counts())
    with writing(context.engine) as session:
        differing = stale(session, desk, closure, desk.library.follow(session))
    assert differing.stories == closure.rebuilt, "an uncredited copy of the story came in without changing its text"
    kept = without(outcome, closure, differing)
    assert (kept.versions, kept.rebuilt, kept.stories) == (frozenset(), frozenset(), [])


@pytest.mark.parametrize("written", ["", "1", "0/2", "3/2", "1/0", "-1/2", "a/b", "1/2/3", f"1/{MOST + 1}"])
def test_a_share_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(JobError, match="is not one such as 2/4"):
        Share.read(written)


def test_shares_take_every_version_once(context: Context) -> None:
    load(context, rows(4))
    with reading(context.engine) as session:
        every = stored.unmatched_versions(session, VERSION)
        shares = [stored.unmatched_versions(session, VERSION, number, 3) for number in (1, 2, 3)]
        assert stored.waiting_shares(session, VERSION, 3) == {1, 2, 3}
    assert sorted(id_ for share in shares for id_ in share) == every
    assert Share.read("2/3") == Share(2, 3)
