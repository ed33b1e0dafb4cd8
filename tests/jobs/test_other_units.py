"""Files, digests, archive records and an interface's documents: one that fails, or really kills, costs only itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import config
from jobs import digesting, due, importing
from jobs.archives import backfilling
from jobs.context import Context
from news.errors import JobError
from report.periods import Period
from storage import asides, runs, set_aside
from storage.articles.saving_many import save_articles
from storage.engine import reading, writing
from storage.models import ArticleRow, DigestRow
from storage.outbox import name_of
from storage.set_aside import SetAside
from tests.forked import ROOT
from tests.jobs import newsdesk
from tests.report.smtp_servers import mail_server
from tests.scale.warcs import address, packed, record, story_page

DEADLY = """
import os, signal, sys
from pathlib import Path
{patch}
from tests.jobs import newsdesk
context = newsdesk.context_of(sys.argv[1], Path(sys.argv[2]))
with context.run("test"):
    {work}
"""
IMPORT = """
from jobs import importing
real = importing.read_plain
def read(*, url, **more):
    if "deadly" in url:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(url=url, **more)
importing.read_plain = read
"""
BACKFILL = """
from jobs.archives import backfilling
real = backfilling.read_page
def read(html, url, *more):
    if "item-5." in url:
        os.abort()
    return real(html, url, *more)
backfilling.read_page, backfilling.AT_ONCE = read, 3
"""


def die(context: Context, home: Path, patch: str, work: str) -> int:
    """Do a job in a process that may die of it; its code."""
    done = subprocess.run(
        [sys.executable, "-c", DEADLY.format(patch=patch, work=work), context.config.database, str(home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        stderr=subprocess.PIPE,
    )
    return done.returncode


def rows(context: Context) -> list[SetAside]:
    context.settle_dead()
    with reading(context.engine) as session:
        return set_aside.rows(session)


def test_a_file_that_killed_its_import_is_known_and_cleared_when_it_is_read(database_url: str, tmp_path: Path) -> None:
    context = newsdesk.context_of(database_url, tmp_path)
    path = tmp_path / "rows.jsonl"
    texts = [newsdesk.article(name, newsdesk.story(1), minutes=0) for name in ("paper", "deadly")]
    path.write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    assert die(context, tmp_path, IMPORT, f"importing.load(context, Path({str(path)!r}))") == -signal.SIGKILL
    [aside] = rows(context)
    assert (aside.kind, aside.name, aside.reason) == ("file", str(path), "its process ended without a word")
    assert importing.load(context, path).articles == 2
    assert rows(context) == []


def test_a_record_that_kills_is_passed_over_at_the_third_run(database_url: str, tmp_path: Path) -> None:
    context = newsdesk.context_of(database_url, tmp_path)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(record(address(number), story_page(number)) for number in range(12)))
    work = f"backfilling.backfill(context, Path({str(path)!r}), backfilling.Selection(('*',)), workers=0)"
    codes = [die(context, tmp_path, BACKFILL, work) for _ in range(3)]
    assert codes == [-signal.SIGABRT, -signal.SIGABRT, 0]
    [aside] = rows(context)
    assert (aside.kind, aside.failures) == ("record", 2)
    assert aside.name.endswith(address(5))
    with reading(context.engine) as session:
        stored = session.scalars(select(ArticleRow.canonical_url)).all()
    assert sorted(stored) == sorted(address(number) for number in range(12) if number != 5)


def test_a_record_that_cannot_be_stored_costs_only_itself(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = newsdesk.context_of(database_url, tmp_path)
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed(record(address(number), story_page(number)) for number in range(8)))
    real = save_articles

    def save(session, looks):  # type: ignore[no-untyped-def]  # as the real one
        if any("item-3." in look.article.url for look in looks):
            raise ValueError("no such moment")
        return real(session, looks)

    monkeypatch.setattr("jobs.archives.backfilling.save_articles", save)
    done = backfilling.backfill(context, path, backfilling.Selection(("*",)), workers=0)
    assert (done.records, done.articles, done.refused) == (8, 7, {"cannot be stored": 1})
    [aside] = rows(context)
    assert (aside.kind, aside.reason) == ("record", "cannot be stored: ValueError: no such moment")


@pytest.fixture
def readers(sqlite_database: str, tmp_path: Path) -> Context:
    """Three readers, and an installation that has run for days."""
    context = newsdesk.context_of(sqlite_database, tmp_path)
    with writing(context.engine) as session:
        runs.start_run(session, "crawl", context.now() - timedelta(days=5))
    names = tuple(f"{name}@example.org" for name in ("anna", "boris", "carla"))
    return Context(context.config.model_copy(update={"digest": config.DigestConfig(recipients=names)}))


def test_a_digest_that_cannot_be_composed_keeps_no_other_reader_waiting(
    readers: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = digesting.composed

    def compose(context, reader, period):  # type: ignore[no-untyped-def]  # as the real one
        if reader.recipient.startswith("boris"):
            raise ZeroDivisionError("no days")
        return real(context, reader, period)

    monkeypatch.setattr(digesting, "composed", compose)
    period = Period("daily", (readers.now() - timedelta(days=1)).date())
    with mail_server() as (inbox, port):
        smtp = config.SmtpConfig(host="127.0.0.1", port=port, security="none")
        context = Context(readers.config.model_copy(update={"smtp": smtp}))
        owed = [(reader, period) for reader in digesting.readers_named(context, None)]
        with pytest.raises(JobError, match=r"boris@example\.org cannot be composed"):
            digesting.deliver(context, owed)
        assert [to for _, to, _ in inbox.taken] == [["anna@example.org"], ["carla@example.org"]]
        [aside] = rows(context)
        name = name_of(period.last, "boris@example.org", "daily")
        assert (aside.kind, aside.name, aside.reason) == (
            "digest",
            name,
            "cannot be composed: ZeroDivisionError: no days",
        )
        monkeypatch.setattr(digesting, "composed", real)
        digesting.deliver(context, owed)
        assert len(inbox.taken) == 3
        assert rows(context) == []


def test_a_digest_that_is_set_aside_is_not_owed_until_its_time(readers: Context) -> None:
    before = due.owed(readers)
    assert len(before) == 3
    held = [name_of(period.last, reader.recipient, period.kind) for reader, period in before[:1]]
    with writing(readers.engine) as session:
        for name in held:
            set_aside.fail(session, "digest", name, "why", readers.now())
    assert due.owed(readers) == before[1:]
    with writing(readers.engine) as session:
        asides.retry_all(session, readers.now(), "digest")
    assert due.owed(readers) == before
    with reading(readers.engine) as session:
        assert not session.scalars(select(DigestRow)).all()
