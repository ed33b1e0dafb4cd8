"""The index in files: it says what the tables say, after a crash at any step, for any process, whatever lies there."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, update

from jobs.context import Context
from jobs.matches import fingerprint_index, index_files
from jobs.matches.fingerprint_index import Library, folder_of, open_library
from jobs.matches.parts import KINDS
from matcher.fingerprint import from_bytes
from storage.engine import reading, writing
from storage.matches import prints
from storage.models import ArticleRow, ArticleVersionRow
from tests.jobs.newsdesk import after, article, context_of, filing, load, match, story


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    made = context_of(database_url, tmp_path)
    rows = [article(f"outlet{n}", story(n), minutes=n, credit="AFP" if n % 2 else "") for n in range(8)]
    load(made, [*rows, filing(story(3), minutes=0, id="F3")])
    match(made)
    return made


def answers(of: Library, context: Context) -> object:
    """What the library says of every stored text."""
    found = []
    with reading(context.engine) as session:
        for kind in KINDS:
            for part in prints.all_of(session, kind):
                found += [(kind, p.id, of.of(kind).neighbours(from_bytes(p.fingerprint))) for p in part]
    return found


def written(context: Context) -> Library:
    """A library made from the tables, and its files."""
    made = open_library(context)
    made.write(context.token())
    return made


def test_files_hold_what_the_tables_hold(context: Context) -> None:
    made = written(context)
    again = open_library(context)
    assert again.stored is not None
    assert answers(again, context) == answers(made, context)
    assert (again.unwritten, again.reached) == (0, made.reached)


def test_what_was_written_since_is_added_and_what_is_gone_is_not(context: Context) -> None:
    written(context)
    load(context, [article("late", story(20), minutes=40, credit="AFP"), filing(story(21), minutes=0, id="F21")])
    with writing(context.engine) as session:
        session.execute(delete(ArticleRow).where(ArticleRow.canonical_url == "https://outlet5.example/story"))
    match(context)
    from_files = open_library(context)
    assert from_files.stored is not None
    assert 0 < from_files.unwritten < len(from_files.versions)
    folder = folder_of(context)
    (folder / index_files.STAMP).unlink()
    from_tables = open_library(context)
    assert from_tables.stored is None
    assert standing(from_files, context) == standing(from_tables, context)


def standing(of: Library, context: Context) -> list[tuple[str, int, set[int]]]:
    """The answers, without texts that are gone from the tables."""
    with reading(context.engine) as session:
        ids = {kind: {p.id for part in prints.all_of(session, kind) for p in part} for kind in ("version", "take")}
    return [
        (kind, id_, {c.number for c in near} & ids[kind])
        for kind, id_, near in answers(of, context)  # type: ignore[attr-defined]  # a list of these
    ]


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 + 40] ^= 4
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_truncate, _flip, _empty, Path.unlink])
def test_whatever_is_damaged_is_made_anew(damage: Callable[[Path], None], sqlite_database: str, tmp_path: Path) -> None:
    context = context_of(sqlite_database, tmp_path)
    load(context, [article(f"outlet{n}", story(n), minutes=n) for n in range(4)])
    match(context)
    made = written(context)
    kinds = sorted(path.name.split("-", 1)[-1] for path in folder_of(context).iterdir())
    assert kinds == [
        "stamp.json",
        "take-texts.npy",
        "version-postings0.npy",
        "version-starts0.npy",
        "version-texts.npy",
    ]
    for kind in kinds:
        [path] = [each for each in folder_of(context).iterdir() if each.name.endswith(kind)]
        damage(path)
        again = open_library(context)
        assert again.stored is None, kind
        assert answers(again, context) == answers(made, context)
        for each in folder_of(context).iterdir():
            each.unlink()
        again.write(context.token())
        assert open_library(context).stored is not None


@pytest.mark.parametrize("stamp", ["[]", "{}", '{"format": 1, "stamp": {}, "indexes": []}', "\u0000", '{"format": 2}'])
def test_a_stamp_that_says_nothing_is_no_stamp(stamp: str, tmp_path: Path) -> None:
    (tmp_path / index_files.STAMP).write_text(stamp)
    assert index_files.read(tmp_path) is None


def test_a_stamp_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    np.save(tmp_path / "texts.npy", np.zeros((3, 0), np.int64))
    inside = tmp_path / "inside"
    inside.mkdir()
    texts = '{"name": "../texts.npy", "shape": [3, 0], "sum": 0}'
    said = '{"format": 1, "stamp": {"matcher": "1", "number": 1, "token": ""}, "indexes": {"take": {"texts": %s,'
    (inside / index_files.STAMP).write_text(said % texts + ' "segments": []}}}')
    assert index_files.read(inside) is None


@pytest.mark.parametrize("change", ["another matcher", "a restored backup", "a lost history"])
def test_files_of_another_matcher_or_history_are_not_believed(change: str, context: Context) -> None:
    made = written(context)
    assert made.stored is not None
    stamp = made.stored.stamp
    if change == "another matcher":
        stamp = index_files.Stamp("0", stamp.number, stamp.token)
    elif change == "a restored backup":
        stamp = index_files.Stamp(stamp.matcher, stamp.number, "another token")
    else:
        stamp = index_files.Stamp(stamp.matcher, stamp.number + 100, stamp.token)
    index_files.write(folder_of(context), stamp, made.stored.indexes, made.stored, context.token())
    again = open_library(context)
    assert again.stored is None
    assert answers(again, context) == answers(made, context)


def test_an_index_of_texts_that_have_expired_is_made_anew(context: Context) -> None:
    written(context)
    with writing(context.engine) as session:
        expired = ArticleVersionRow.id % 2 == 0
        session.execute(update(ArticleVersionRow).where(expired).values(paragraphs=[], pruned_at=context.now()))
    again = open_library(context)
    assert again.stored is None
    assert len(again.versions) == 4


def test_segments_that_stand_are_not_written_again(context: Context) -> None:
    made = written(context)
    before = {path.name for path in folder_of(context).iterdir()}
    new = [(1000, made.versions.numbers.astype(np.uint64), "outlet")]
    made.add("version", new)
    made.write(context.token())
    now = {path.name for path in folder_of(context).iterdir()}
    kept = {name for name in before if "postings" in name or "starts" in name}
    assert kept <= now, "small additions leave the large segment alone"
    assert not {name for name in before if "texts" in name} & now
    assert open_library(context).stored is not None


def _die_while_writing(context: Context, steps: int) -> None:
    """What a child does that is killed after so many files."""
    synced = 0
    real = os.fsync

    def fsync(descriptor: int) -> None:
        nonlocal synced
        synced += 1
        if synced > steps:
            os.kill(os.getpid(), signal.SIGKILL)
        real(descriptor)

    os.fsync = fsync  # type: ignore[assignment]  # in a child of its own, which ends here
    written(context)


def test_a_process_killed_at_any_step_of_writing_leaves_a_whole_index(sqlite_database: str, tmp_path: Path) -> None:
    context = context_of(sqlite_database, tmp_path)
    load(context, [article(f"outlet{n}", story(n), minutes=n) for n in range(4)])
    match(context)
    made = written(context)
    expected = answers(made, context)
    files = len(list(folder_of(context).iterdir()))
    fork = multiprocessing.get_context("fork")
    for steps in range(files + 2):
        (folder_of(context) / index_files.STAMP).unlink(missing_ok=True)
        context.engine.dispose()
        child = fork.Process(target=_die_while_writing, args=(context, steps))
        child.start()
        child.join()
        assert child.exitcode in (0, -signal.SIGKILL)
        assert answers(open_library(context), context) == expected, f"killed at file {steps}"
    written(context)
    assert open_library(context).stored is not None


def test_two_processes_may_write_and_read_at_once(sqlite_database: str, tmp_path: Path) -> None:
    context = context_of(sqlite_database, tmp_path)
    load(context, [article(f"outlet{n}", story(n), minutes=n) for n in range(4)])
    match(context)
    one, other = written(context), open_library(context)
    expected = answers(one, context)
    one.write(context.token())
    other.write(context.token())
    one.write(context.token())
    for each in (one, other, open_library(context)):
        assert answers(each, context) == expected


def test_a_match_run_writes_the_files_once_enough_has_come(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not folder_of(context).exists()
    monkeypatch.setattr(fingerprint_index, "UNWRITTEN_LEAST", 1)
    load(context, [article("late", story(31), minutes=40, credit="AFP")])
    match(context)
    stored = index_files.read(folder_of(context))
    assert stored is not None
    load(context, [article("later", story(31)[2:], minutes=50, fetched=after(55))])
    match(context)
    assert len(open_library(context).versions) == 10
    with reading(context.engine) as session:
        assert prints.point(session).number == index_files.read(folder_of(context)).stamp.number  # type: ignore[union-attr]
