"""A run knows its process, and is closed when that is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jobs.daemon import ending
from jobs.processes import is_alive, machine, process
from storage import runs
from storage.engine import reading, writing
from storage.runs import Run
from tests.jobs.newsdesk import START, context_of


def test_this_process_lives_under_its_own_name() -> None:
    name = process()
    assert name.startswith(f"{machine()}:")
    assert is_alive(name)
    assert process() == name


def test_a_process_that_ended_is_gone_even_before_it_is_reaped() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = process(child.pid)
    assert is_alive(name)
    child.kill()
    while is_alive(name):
        pass
    assert process(child.pid) == "", "a zombie is nobody"
    child.wait()
    assert not is_alive(name)
    child.communicate()


@pytest.mark.parametrize("name", [f"{machine()}:1:7", f"{machine()}:99999999:1", f"{machine()}:x:1"])
def test_another_process_of_the_same_number_is_not_it(name: str) -> None:
    assert not is_alive(name)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "its process ended with 3"),
        (-15, "its process was ended by SIGTERM"),
        (-9, "its process was ended by SIGKILL (by a person, or for want of memory)"),
        (-99, "its process was ended by signal 99"),
    ],
)
def test_an_end_in_words(code: int, words: str) -> None:
    assert ending.in_words(code) == words


def test_who_runs_next_closes_what_the_dead_left(database_url: str, tmp_path: Path) -> None:
    """A killed daemon cannot note its child's end; what lives, and what other machines run, is left alone."""
    context = context_of(database_url, tmp_path)
    dead, elsewhere, old = f"{machine()}:99999999:1", "another machine:1:1", ""
    with writing(context.engine) as session:
        for owner in (dead, elsewhere, old, process()):
            runs.start_run(session, "crawl", START, owner)
    with context.run("match"):
        pass
    with reading(context.engine) as session:
        running = [run.process for run in runs.running(session)]
        ended = runs.of_process(session, dead)
    assert running == [elsewhere, old, process()]
    assert ended is not None
    assert (ended.outcome, ended.ended_at, ended.error) == (
        "failed",
        context.now(),
        "its process ended without a word",
    )


def test_a_parent_closes_its_child_and_nobody_else(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    with writing(context.engine) as session:
        for owner in ("here:1:1", "", "here:1:1"):
            runs.start_run(session, "crawl", START, owner)
        runs.end_run(session, 1, START, outcome="ok", counts={"polls": 2})
    found = [
        ending.close(context, name, "why", hurry=hurry)
        for name in ("here:1:1", "", "here:2:2")
        for hurry in (False, True)
    ]
    assert [type(run) for run in found] == [Run, Run, type(None), type(None), type(None), type(None)]
    with reading(context.engine) as session:
        assert [run.process for run in runs.running(session)] == [""]
        closed = runs.of_process(session, "here:1:1")
    assert closed is not None
    assert (closed.id, closed.outcome, closed.error) == (3, "failed", "why")
