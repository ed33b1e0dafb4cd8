"""Agency files as they come in: half written, twice, damaged, over a crash; and the list of what was refused."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

import config
from crawler.wire import MAX_BYTES
from jobs import due
from jobs.agency import receiving
from jobs.agency.receiving import PATIENCE
from jobs.context import Context
from news.errors import JobError
from storage import set_aside
from storage.agency import refusals
from storage.engine import is_away, open_engine, reading, writing
from storage.models import NoticeRow, RefusedFileRow, SetAsideRow, StoryRow, StoryVersionRow
from tests.jobs.newsdesk import context_of
from tests.wire.catalogue import DATA

STORY, OTHER, PICTURE = "newsml_afp.xml", "newsml_afp_deep_latin1.xml", "newsml_afp_photo.xml"
LONG_AGO = 3600.0


@pytest.fixture
def context(sqlite_database: str, tmp_path: Path) -> Context:
    return over(sqlite_database, tmp_path)


def over(database_url: str, tmp_path: Path) -> Context:
    """A context with a drop folder."""
    folder = tmp_path / "drop"
    folder.mkdir()
    plain = context_of(database_url, tmp_path)
    return Context(plain.config.model_copy(update={"wire": config.WireConfig(drop=folder, settle_seconds=0.2)}))


def folder(context: Context) -> Path:
    assert context.config.wire.drop is not None
    return context.config.wire.drop


def put(context: Context, name: str, content: bytes, *, age_seconds: float = LONG_AGO) -> Path:
    """A file in the drop folder, last written so long ago."""
    path = folder(context) / name
    path.write_bytes(content)
    os.utime(path, (time.time() - age_seconds,) * 2)
    return path


def fixture(name: str) -> bytes:
    return (DATA / name).read_bytes()


def count(context: Context) -> tuple[int, int, int]:
    """Takes, notices, refused files."""
    with reading(context.engine) as session:
        takes, notices, refused = (
            session.scalar(select(func.count()).select_from(row)) or 0
            for row in (StoryVersionRow, NoticeRow, RefusedFileRow)
        )
        return takes, notices, refused


def lying(context: Context) -> list[str]:
    return sorted(str(path.relative_to(folder(context))) for path in folder(context).rglob("*") if path.is_file())


def test_files_are_stored_listed_and_moved(context: Context) -> None:
    put(context, "a.xml", fixture(STORY))
    put(context, "b.xml", fixture(PICTURE))
    taken = receiving.drop(context)
    assert (taken.filings, taken.new_takes, len(taken.refused)) == (1, 1, 1)
    assert lying(context) == ["done/a.xml", "refused/b.xml"]
    with reading(context.engine) as session:
        [refused] = refusals.listed(session)
        assert (refused.kind, refused.format, refused.reason) == ("no story", "NewsML 1.2", "a photo item")
        assert refused.origin.endswith("drop/b.xml")
        assert refused.bytes == len(fixture(PICTURE))
        assert refusals.listed(session, kind="unreadable") == []


def test_a_crash_between_storing_and_moving_doubles_nothing(context: Context) -> None:
    """What it leaves is a stored file that still lies there: the same as one sent twice."""
    for _ in range(2):
        put(context, "a.xml", fixture(STORY))
        put(context, "k.xml", fixture("newsml_afp_kill.xml"))
        put(context, "b.xml", fixture(PICTURE))
        receiving.drop(context)
    assert count(context) == (1, 1, 1)
    assert lying(context) == ["done/a.xml", "done/k.xml", "refused/b.xml"]


def test_a_file_written_slowly_is_read_once_and_whole(context: Context) -> None:
    """It grows under the eyes of the job, with pauses longer than a file takes to settle."""
    content = fixture(STORY)
    path = put(context, "slow.xml", b"", age_seconds=0)
    for part in range(4):
        with path.open("ab") as file:
            file.write(content[part * len(content) // 4 : (part + 1) * len(content) // 4])
        receiving.drop(context)
        if part < 3:
            assert (count(context), lying(context)) == ((0, 0, 0), ["slow.xml"])
            time.sleep(0.25)
            receiving.drop(context)
            assert (count(context), lying(context)) == ((0, 0, 0), ["slow.xml"]), "it may only have stopped for breath"
    time.sleep(0.25)
    assert due.wire(context)
    assert receiving.drop(context).new_takes == 1
    assert lying(context) == ["done/slow.xml"]


def test_a_file_that_stays_half_is_refused_in_the_end(context: Context) -> None:
    half = fixture(STORY)[:-40]
    put(context, "half.xml", half, age_seconds=0.2 * PATIENCE / 2)
    assert receiving.drop(context).refused == []
    put(context, "half.xml", half, age_seconds=0.2 * PATIENCE * 2)
    assert len(receiving.drop(context).refused) == 1
    assert lying(context) == ["refused/half.xml"]
    with reading(context.engine) as session:
        [row] = refusals.listed(session, kind="unreadable")
        assert row.reason.startswith("XML that is not well formed")


def test_parts_and_hidden_files_wait_and_a_date_of_tomorrow_does_not(context: Context) -> None:
    for name in (".a.xml", "b.xml.part", "c.TMP"):
        put(context, name, fixture(STORY))
    ahead = put(context, "d.xml", fixture(STORY), age_seconds=-86_400)
    assert due.waiting(folder(context), 0.2, time.time()) == []
    assert due.waiting(folder(context), 0.2, time.time() + 1) == [ahead]


def test_another_file_of_the_same_name_is_kept_beside_the_first(context: Context) -> None:
    for name in (STORY, OTHER, OTHER):
        put(context, "item.xml", fixture(name))
        receiving.drop(context)
    assert lying(context) == ["done/item.2.xml", "done/item.xml"]
    assert count(context)[0] == 2


def test_a_file_nobody_may_read_keeps_no_other_waiting(context: Context) -> None:
    closed = put(context, "a.xml", fixture(STORY))
    closed.unlink()
    closed.symlink_to(folder(context) / "nowhere")
    put(context, "b.xml", fixture(OTHER))
    assert receiving.drop(context).new_takes == 1
    assert (folder(context) / "done" / "b.xml").exists()


def test_by_hand_the_same_refusal_is_one_row_and_nothing_is_moved(context: Context, tmp_path: Path) -> None:
    paths = [tmp_path / "one.xml", tmp_path / "two.xml"]
    for path in paths:
        path.write_bytes(fixture(PICTURE))
    for path in (*paths, *paths):
        assert len(receiving.wire(context, [path]).refused) == 1
    assert count(context) == (0, 0, 1)
    assert all(path.exists() for path in paths)
    with pytest.raises(JobError, match="does not exist"):
        receiving.wire(context, [tmp_path / "three.xml"])


def test_a_file_that_is_read_after_all_leaves_the_list(context: Context) -> None:
    digest = receiving.read(context, fixture(STORY), "a").sha256
    with reading(context.engine) as session:
        assert refusals.listed(session) == []
    old = refusals.RefusedFile(digest, "a", context.now() - timedelta(days=9), "", "unreadable", "not known yet", 9)
    with writing(context.engine) as session:
        assert refusals.refuse(session, old)
        assert not refusals.refuse(session, old)
    put(context, "a.xml", fixture(STORY))
    receiving.drop(context)
    assert count(context) == (1, 0, 0)


def test_a_package_with_one_bad_row_stores_nothing_of_it(context: Context) -> None:
    good = b'{"agency":"AFP","id":"1","headline":"h","text":"Drivers walked out of the depot."}\n'
    put(context, "rows.jsonl", good * 3 + b'{"id":"2","headline":"h","text":"x"}\n')
    assert len(receiving.drop(context).refused) == 1
    assert count(context) == (0, 0, 1)


def test_an_oversized_file_is_refused_without_being_held(context: Context) -> None:
    put(context, "big.txt", b"x" * (MAX_BYTES + 7))
    receiving.drop(context)
    with reading(context.engine) as session:
        [row] = refusals.listed(session)
        assert (row.bytes, row.kind) == (MAX_BYTES + 7, "unreadable")
        assert "more than the 5,000,000 bytes" in row.reason


def test_a_file_changed_while_it_is_read_is_left_for_the_next_time(context: Context, tmp_path: Path) -> None:
    """Read, and still written to: what was read is not stored, and the file is not moved."""
    path = put(context, "a.xml", fixture(STORY))
    before = path.stat()
    item = receiving.read_file(context, path)
    path.write_bytes(fixture(OTHER))
    assert receiving.has_changed(path, before)
    assert item.filings
    assert not receiving.has_changed(path, path.stat())


GOOD = b'{"agency":"AFP","id":"good","headline":"h","text":"Drivers walked out of the depot on Monday."}'


def refused(context: Context) -> list[tuple[str, str]]:
    with reading(context.engine) as session:
        return [(Path(row.origin).name, row.reason) for row in refusals.listed(session)]


def test_a_huge_file_costs_no_more_than_its_beginning_and_no_other_waits(database_url: str, tmp_path: Path) -> None:
    context = over(database_url, tmp_path)
    for name in ("0-big.xml", "0-big.txt"):
        with (folder(context) / name).open("wb") as file:
            file.truncate(40 * 2**30)
    put(context, "1-good.json", GOOD)
    for name in ("0-big.xml", "0-big.txt"):
        os.utime(folder(context) / name, (time.time() - LONG_AGO,) * 2)
    before = time.process_time()
    assert receiving.drop(context).new_takes == 1
    assert time.process_time() - before < 5
    assert lying(context) == ["done/1-good.json", "refused/0-big.txt", "refused/0-big.xml"]
    with (folder(context) / "0-big.xml").open("wb") as file:
        file.truncate(40 * 2**30)
    os.utime(folder(context) / "0-big.xml", (time.time() - LONG_AGO,) * 2)
    before = time.process_time()
    receiving.drop(context)
    assert time.process_time() - before < 5, "nor is it compared with the one of its name"
    assert [reason.partition(" than")[0] for _, reason in refused(context)] == ["more"]


def test_what_is_no_file_is_not_followed(context: Context, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(GOOD)
    lie = folder(context)
    for name, target in (("a.json", secret), ("b.json", Path("/dev/zero")), ("c.json", lie / "c.json")):
        (lie / name).symlink_to(target)
    os.mkfifo(lie / "d.json")
    (lie / "folder.json").mkdir()
    put(context, "z.json", GOOD.replace(b"good", b"z"))
    time.sleep(0.25)
    assert receiving.drop(context).filings == 1
    assert not due.wire(context)
    assert sorted(path.name for path in (lie / "refused").iterdir()) == ["a.json", "b.json", "c.json", "d.json"]
    assert secret.read_bytes() == GOOD
    reasons = dict(refused(context))
    assert reasons["a.json"] == reasons["c.json"] == "a link, which is not followed"
    assert reasons["d.json"] == "a pipe, socket or device, which is not followed"
    assert reasons["folder.json"] == "a folder, which is not looked into"
    assert (lie / "folder.json").is_dir()


def test_a_second_name_of_a_file_elsewhere_waits_for_its_delivery_and_is_refused(
    context: Context, tmp_path: Path
) -> None:
    """Some deliveries link a file into the folder and then take its first name away."""
    first = tmp_path / "first.json"
    first.write_bytes(GOOD)
    os.utime(first, (time.time() - LONG_AGO,) * 2)
    (folder(context) / "a.json").hardlink_to(first)
    receiving.drop(context)
    assert lying(context) == ["a.json"]
    time.sleep(0.2 * PATIENCE + 0.1)
    assert receiving.drop(context).filings == 0
    assert lying(context) == ["refused/a.json"]
    (folder(context) / "b.json").hardlink_to(first)
    first.unlink()
    (folder(context) / "refused" / "a.json").unlink()
    assert receiving.drop(context).filings == 1


def test_a_file_that_cannot_be_stored_is_set_aside_and_tried_again(context: Context) -> None:
    """The constraint is a real one, put on the table: our own fault, or the database's, in a form not foreseen."""
    with writing(context.engine) as session:
        session.execute(
            text(
                "create trigger t before insert on stories when new.key like '%bad' begin "
                "select raise(abort, 'not this one'); end"
            )
        )
    put(context, "a.json", GOOD.replace(b"good", b"bad"))
    put(context, "b.json", GOOD)
    taken = receiving.drop(context)
    assert (taken.filings, len(taken.refused)) == (1, 1)
    assert lying(context) == ["a.json", "done/b.json"]
    assert not due.wire(context), "it is left alone until its next time"
    [row] = set_aside_files(context)
    assert (row.failures, Path(row.name).name) == (1, "a.json")
    assert "not this one" in row.reason
    with writing(context.engine) as session:
        session.execute(text("drop trigger t"))
        session.execute(update(SetAsideRow).values(next_at=context.now()))
    assert due.wire(context)
    assert receiving.drop(context).filings == 1
    assert set_aside_files(context) == []


def test_of_many_items_in_one_transaction_only_the_one_that_fails_is_refused(context: Context) -> None:
    """As an interface brings them: what it was read up to is stored with them."""
    items = [receiving.read(context, GOOD.replace(b"good", name), str(name)) for name in (b"one", b"bad", b"two")]
    taken = receiving.Taken()
    with writing(context.engine) as session:
        session.execute(
            text(
                "create trigger t before insert on stories when new.key like '%bad' begin "
                "select raise(abort, 'not this one'); end"
            )
        )
        kept = [receiving.store_or_refuse(session, item, context.now(), taken) for item in items]
    assert [item.refusal is None for item in kept] == [True, False, True]
    assert (taken.filings, taken.new_takes, len(taken.refused)) == (2, 2, 1)
    assert count(context) == (2, 0, 1)
    assert "not this one" in refused(context)[0][1]


def test_a_set_aside_file_that_somebody_takes_away_is_forgotten(context: Context) -> None:
    path = put(context, "a.json", GOOD)
    with writing(context.engine) as session:
        set_aside.fail(session, "file", str(path), "its process ended", context.now())
        set_aside.fail(session, "file", "/elsewhere/import.jsonl", "its process ended", context.now())
    path.unlink()
    receiving.drop(context)
    assert [row.name for row in set_aside_files(context)] == ["/elsewhere/import.jsonl"]


def test_a_database_that_is_away_is_no_fault_of_a_file(context: Context) -> None:
    put(context, "a.json", GOOD)
    impatient = Context(context.config)
    vars(impatient)["engine"] = open_engine(context.config.database, turn_seconds=0.01)
    with sqlite3.connect(context.config.database.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("begin immediate")
        with pytest.raises(OperationalError) as raised:
            receiving.drop(impatient)
        assert is_away(raised.value)
        other.execute("rollback")
    assert (lying(context), set_aside_files(context)) == (["a.json"], [])
    assert receiving.drop(impatient).filings == 1


def set_aside_files(context: Context) -> list[set_aside.SetAside]:
    with reading(context.engine) as session:
        return set_aside.rows(session, "file")


def test_names_of_any_bytes_are_refused_in_words_that_print(context: Context) -> None:
    for name in (b"\x1b[31m\n2026-11-29 [info] forged=1.json", b"\xff\xfe.json"):
        put(context, os.fsdecode(name), b"{}")
    assert len(receiving.drop(context).refused) == 2
    assert all(name.isprintable() and reason.isprintable() for name, reason in refused(context))


@pytest.mark.parametrize(
    "content",
    [
        b'{"id":"1","headline":"Depot closes","text":"Drivers walked out of the depot on Monday."}',
        b'{"uri":"u1","type":"text","headline":"Depot closes","body_text":"Drivers walked out of it on Monday."}',
        b"<nitf><head><title>Depot closes</title></head><body><body.content><p>Drivers walked out of the depot on"
        b" Monday.</p></body.content></body></nitf>",
    ],
    ids=["lines", "ninjs", "nitf"],
)
def test_a_folder_says_whose_its_files_are_when_they_do_not(context: Context, tmp_path: Path, content: bytes) -> None:
    ours = tmp_path / "reuters"
    ours.mkdir()
    settings = context.config.wire.model_copy(update={"folders": {"Reuters": ours}})
    context = Context(context.config.model_copy(update={"wire": settings}))
    named = b'{"agency":"AFP","id":"2","headline":"Depot opens","text":"Drivers came back to the depot on Tuesday."}'
    for name, body in (("a", content), ("b", named)):
        (ours / name).write_bytes(body)
        os.utime(ours / name, (time.time() - LONG_AGO,) * 2)
    put(context, "c", content)
    assert due.wire(context)
    taken = receiving.drop(context)
    assert (taken.filings, len(taken.refused)) == (2, 1)
    assert sorted(path.name for path in (ours / "done").iterdir()) == ["a", "b"]
    with reading(context.engine) as session:
        assert sorted(session.scalars(select(StoryRow.agency))) == ["AFP", "Reuters"]
    assert receiving.wire(context, [folder(context) / "refused" / "c"], "Reuters").filings == 1


def test_a_folder_of_nobody_is_said(context: Context, tmp_path: Path) -> None:
    for folders, message in (
        ({"AFP": tmp_path / "drop"}, "twice"),
        ({"AFP": tmp_path / "x", "Reuters": tmp_path / "x"}, "twice"),
        ({"AFP": tmp_path / "drop" / "done"}, "twice"),
    ):
        with pytest.raises(ValueError, match=message):
            config.WireConfig(drop=tmp_path / "drop", folders=folders)
    settings = context.config.wire.model_copy(update={"folders": {"AFPP": tmp_path / "x"}})
    with pytest.raises(JobError, match="AFPP"):
        receiving.drop(Context(context.config.model_copy(update={"wire": settings})))
