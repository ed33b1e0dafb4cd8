"""`wiretrail db copy`: everything arrives equal, killed or not; another database's data is not touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from jobs.moving.database_copy import move
from news import errors
from news.errors import SchemaMismatchError
from storage.columns import Base
from storage.engine import open_engine, reading, writing
from storage.models import AgencyRow, DigestRow, FeedRow, HostRow, OutletRow, RobotsRow, RunRow, VerdictRow
from storage.moving import installation as moving
from tests.jobs import newsdesk

ROOT = Path(__file__).resolve().parents[2]
T0 = newsdesk.START
AT_ONCE = 10


def fill(database: str, home: Path) -> None:
    """Stories, copies and pickups by the jobs; and rows with every type of column by hand."""
    context = newsdesk.context_of(database, home)
    texts = [newsdesk.story(n, 3) for n in range(4)]
    rows = [newsdesk.filing(text, minutes=n, id=f"i{n}") for n, text in enumerate(texts)]
    rows += [newsdesk.article(f"p{n}", texts[n % 4], minutes=9 + n, credit="AFP" if n % 2 else "") for n in range(8)]
    newsdesk.load(context, rows)
    newsdesk.match(context)
    pickup = newsdesk.pickups(context)[0]
    with writing(context.engine) as session:
        outlet = session.scalars(select(OutletRow).order_by(OutletRow.id)).first()
        assert outlet is not None
        outlet.boilerplate = bytes(range(256))
        # The index came after its child: row numbers are no order of parents.
        child = FeedRow(outlet_id=outlet.id, url="https://a.example/1.xml", host="a", kind="sitemap", due_at=T0)
        session.add(child)
        session.flush()
        parent = FeedRow(outlet_id=outlet.id, url="https://a.example/0.xml", host="a", kind="sitemap", due_at=T0)
        session.add(parent)
        session.flush()
        child.parent_id = parent.id
        session.add(RobotsRow(origin="https://É.example", fetched_at=T0, body=b"\0\xff\n\\."))
        session.add(RobotsRow(origin="https://a.example", fetched_at=T0 + timedelta(microseconds=1), body=b""))
        session.add(HostRow(host="a.example", day=date(2026, 3, 2), requests=7))
        session.add(RunRow(job="crawl", started_at=T0, counts={"tab\t": 1.5, "none": None}, error="line\nline \\N"))
        said = {"article_url": pickup["url"], "story_key": pickup["story"]}
        session.add(VerdictRow(judgement="confirm", judged_at=T0, **said))
        session.add(
            DigestRow(
                local_date=date(2026, 3, 2),
                recipient="desk@example.org",
                message_id="<1@x>",
                state="written",
                composed_at=T0,
                message=b"\r\n.\r\n\x00",
            )
        )
    context.engine.dispose()


@pytest.fixture
def source(sqlite_database: str, tmp_path: Path) -> str:
    fill(sqlite_database, tmp_path)
    return sqlite_database


def everything(database: str) -> dict[str, list[Any]]:
    """Every row of every table, as the program reads it."""
    engine = open_engine(database)
    with reading(engine) as session:
        found = {
            table.name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in moving.PACKED
        }
    engine.dispose()
    return found


def test_there_and_back_everything_is_equal(source: str, postgres_url: str, tmp_path: Path) -> None:
    back = f"sqlite:///{tmp_path / 'back.db'}"
    there = move(source, postgres_url, at_once=AT_ONCE)
    again = move(postgres_url, back, at_once=AT_ONCE)
    assert there == again
    assert {table.table for table in there} == set(Base.metadata.tables) - moving.PACKED
    wanted = everything(source)
    assert everything(postgres_url) == wanted
    assert everything(back) == wanted
    assert {name for name, rows in wanted.items() if rows} >= {"pickups", "carried", "credits", "feeds", "digests"}


def test_new_rows_are_numbered_after_the_copied_ones(source: str, postgres_database: str) -> None:
    move(source, postgres_database)
    engine = open_engine(postgres_database)
    with writing(engine) as session:
        for row in (RunRow, FeedRow):
            last = session.scalar(select(func.max(row.id)))
            values: dict[str, Any] = {"job": "x", "started_at": T0, "counts": {}, "process": ""}
            if row is FeedRow:
                outlet = session.scalars(select(OutletRow.id)).first()
                values = {"outlet_id": outlet, "url": "https://b.example", "host": "b", "kind": "feed", "due_at": T0}
            made = session.scalar(insert(row).values(**values).returning(row.id))
            assert made == (last or 0) + 1
    engine.dispose()


class StopError(Exception):
    """Raised in the middle of a copy."""


def test_stopped_after_any_transaction_the_next_goes_on(
    source: str, postgres_database: str, sqlite_template: Path, tmp_path: Path
) -> None:
    steps: list[tuple[str, int]] = []
    done: list[tuple[str, int]] = []

    def stop(table: str, rows: int) -> None:
        done.append((table, rows))
        raise StopError

    plain = tmp_path / "plain.db"
    shutil.copy(sqlite_template, plain)
    here, there, other = (
        open_engine(source),
        open_engine(postgres_database),
        open_engine(f"sqlite:///{plain}", foreign_keys=False),
    )
    whole = moving.move_all(here, other, at_once=AT_ONCE, progress=lambda *step: steps.append(step))
    for _ in steps:
        with pytest.raises(StopError):
            moving.move_all(here, there, at_once=AT_ONCE, progress=stop)
    assert done == steps  # each time exactly one transaction further: nothing again, nothing left out
    assert moving.move_all(here, there, at_once=AT_ONCE) == whole
    for engine in (here, there, other):
        engine.dispose()


KILLED = """
import os, signal, sys
from jobs.moving.database_copy import move
left = int(sys.argv[3])
def progress(table, rows):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
move(sys.argv[1], sys.argv[2], at_once=5, progress=progress)
"""


def test_killed_with_sigkill_the_next_goes_on(source: str, postgres_database: str) -> None:
    for transactions in (2, 7):
        child = subprocess.run(
            [sys.executable, "-c", KILLED, source, postgres_database, str(transactions)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert child.returncode == -signal.SIGKILL
    move(source, postgres_database)
    assert everything(postgres_database) == everything(source)


def test_other_data_is_refused_and_left_alone(source: str, postgres_database: str) -> None:
    there = open_engine(postgres_database)
    with writing(there) as session:
        session.add(AgencyRow(code="ZED", name="Zed Wire", country="XX"))
    there.dispose()
    before = everything(postgres_database)
    with pytest.raises(errors.MoveError, match="holds other data in agencies"):
        move(source, postgres_database)
    assert everything(postgres_database) == before


def test_a_source_that_changed_since_is_noticed(source: str, postgres_database: str) -> None:
    move(source, postgres_database)
    engine = open_engine(source)
    with writing(engine) as session:
        row = session.scalars(select(RunRow)).first()
        assert row is not None
        row.error = "changed"
    engine.dispose()
    with pytest.raises(errors.MoveError, match="holds other data in runs"):
        move(source, postgres_database)


def test_itself_and_old_schemas_are_refused(source: str, sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(errors.MoveError, match="into itself"):
        move(source, source)
    with pytest.raises(SchemaMismatchError):
        move(f"sqlite:///{tmp_path / 'empty.db'}", sqlite_url)


def test_a_value_the_target_cannot_hold_is_named(source: str, postgres_database: str) -> None:
    engine = open_engine(source)
    with engine.begin() as connection:  # SQLite keeps any length in a VARCHAR(20)
        connection.exec_driver_sql(
            "insert into leases (name, token, until) values ('x', ?, ?)", ("t" * 99, str(T0)[:19])
        )
    engine.dispose()
    with pytest.raises(errors.MoveError, match="rows of leases cannot be written"):
        move(source, postgres_database)
