"""What a process had in hand when it died is known: processes of these tests really die."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.daemon import ending
from jobs.in_hand import InHand, Left, dead, taken_over
from jobs.processes import machine, process
from storage import leases, set_aside
from storage.engine import reading, writing
from tests.jobs.newsdesk import context_of

ROOT = Path(__file__).parent.parent.parent
DYING = """
import os, resource, signal, sys, threading
from pathlib import Path
from jobs.processes import process
from jobs.in_hand import InHand
hand = InHand(Path(sys.argv[1]), process())
with hand.leased("token"), hand.at_work("page", "good"):
    pass
held = hand.leased("token 2")
held.__enter__()
with hand.at_work("page", "beside"):
    with hand.at_work("robots", "https://bad.example/\\u00e9"):
        {death}
"""
DEATHS = {
    "signal": "os.kill(os.getpid(), signal.SIGKILL)",
    "exit": "os._exit(3)",
    "abort": "os.abort()",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "thread": "t = threading.Thread(target=os._exit, args=(4,)); t.start(); t.join()",
}


def die(folder: Path, death: str) -> str:
    """Let a process die with units in hand; returns its name."""
    child = subprocess.Popen(
        [sys.executable, "-c", "input()" + DYING.format(death=death), str(folder)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    name = process(child.pid)
    child.communicate(b"\n")
    assert child.returncode != 0
    return name


@pytest.mark.parametrize("death", list(DEATHS))
def test_what_was_begun_and_not_ended_is_left(tmp_path: Path, death: str) -> None:
    name = die(tmp_path, DEATHS[death])
    assert dead(tmp_path, machine(), lambda other: other == process()) == [name]
    with taken_over(tmp_path, name) as left:
        assert left == Left(name, (("page", "beside"), ("robots", "https://bad.example/é")), ("token 2",))
    assert not list(tmp_path.iterdir()), "taken over once"


@pytest.mark.parametrize("by", ["its parent", "whoever runs next"])
def test_the_unit_is_set_aside_and_the_leases_are_given_back(database_url: str, tmp_path: Path, by: str) -> None:
    context = context_of(database_url, tmp_path)
    name = die(context.hands, DEATHS["abort"])
    with writing(context.engine) as session:
        leases.take(session, "job:match", "token 2", context.now(), context.ahead(600))
    if by == "its parent":
        ending.close(context, name, "its process was ended by SIGABRT", blame=True)
    else:
        context.settle_dead()
    with writing(context.engine) as session:
        aside = {(one.kind, one.name): one for one in set_aside.rows(session)}
        assert set(aside) == {("page", "beside"), ("robots", "https://bad.example/é")}
        told = "its process was ended by SIGABRT" if by == "its parent" else "its process ended without a word"
        assert {one.reason for one in aside.values()} == {told}
        assert leases.take(session, "job:match", "other", context.now(), context.ahead(600))
    context.settle_dead()
    with reading(context.engine) as session:
        assert {one.failures for one in set_aside.rows(session)} == {1}, "counted once"


def test_nobody_is_to_blame_when_the_daemon_stops(database_url: str, tmp_path: Path) -> None:
    context = context_of(database_url, tmp_path)
    name = die(context.hands, DEATHS["signal"])
    ending.close(context, name, "stopped with the daemon")
    with reading(context.engine) as session:
        assert not set_aside.rows(session)
    assert not list(context.hands.iterdir())


def test_what_cannot_be_counted_now_waits(tmp_path: Path) -> None:
    name = die(tmp_path, DEATHS["exit"])
    with pytest.raises(ZeroDivisionError), taken_over(tmp_path, name):
        raise ZeroDivisionError
    with taken_over(tmp_path, name) as left, taken_over(tmp_path, name) as second:
        assert left is not None
        assert second is None, "one at a time"


def test_a_line_torn_by_the_kill_is_no_work_yet(tmp_path: Path) -> None:
    (tmp_path / "here%3A1%3A1").write_bytes(
        b'[1,"page","a"]\n[2,"page","b"]\nnonsense\n[]\n[3,"unknown","c"]\n[2]\n[4,"fi'
    )
    with taken_over(tmp_path, "here:1:1") as left:
        assert left == Left("here:1:1", (("page", "a"),), ())


def test_of_another_machine_only_age_tells(tmp_path: Path) -> None:
    for name in ("elsewhere%3A1%3A1", "long-ago%3A1%3A1"):
        (tmp_path / name).touch()
    os.utime(tmp_path / "long-ago%3A1%3A1", (1.0, 1.0))
    assert dead(tmp_path, machine(), lambda _: False) == ["long-ago:1:1"]
    assert dead(tmp_path / "none", machine(), lambda _: False) == []


def test_an_error_of_its_own_ends_the_work_and_being_given_up_does_not(tmp_path: Path) -> None:
    hand = InHand(tmp_path, "here:1:1")
    for error in (ValueError, KeyboardInterrupt, GeneratorExit):
        with pytest.raises(error), hand.at_work("page", error.__name__):
            raise error
    with taken_over(tmp_path, "here:1:1") as left:
        assert left == Left("here:1:1", (("page", "GeneratorExit"),), ())


def test_a_folder_that_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    hand = InHand(tmp_path / "file" / "in-hand", "here:1:1")
    with hand.at_work("page", "a"), hand.at_work("page", "b"):
        pass
    hand.close()


def test_a_process_that_ends_in_order_leaves_no_file(tmp_path: Path) -> None:
    hand = InHand(tmp_path, process())
    for name in ("a", "b"):
        with hand.at_work("record", name):
            assert len(list(tmp_path.iterdir())) == 1
    hand.close()
    assert not list(tmp_path.iterdir())
    assert dead(tmp_path, machine(), lambda _: False) == []
