"""Archives read back: what is taken and what is refused, going on after a kill, and the same as a crawl would store."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crawler.warc_reading import Archived, Broken, pages
from jobs.archives import backfilling
from jobs.archives.backfilling import Selection, backfill
from jobs.context import Context
from news import errors
from news.errors import ArchiveError, JobError
from storage.crawling import archive_progress
from storage.engine import reading, writing
from storage.models import ArchiveRow, ArticleRow, ArticleVersionRow, CreditRow, OutletRow, StoryRow
from tests.jobs import newsdesk
from tests.scale.warcs import T0, address, info, packed, record, story_page

ROOT = Path(__file__).resolve().parents[2]
ALL = Selection(("*",))
LIMIT = 100_000


def read(data: bytes, tmp_path: Path, **more: Any) -> list[Archived | Broken]:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    return list(pages(path, max_bytes=LIMIT, **more))


def told(found: list[Archived | Broken]) -> list[str]:
    return [one.url if isinstance(one, Archived) else one.reason for one in found]


def some(count: int) -> list[bytes]:
    return [record(address(n), story_page(n), fetched=T0 + timedelta(minutes=n)) for n in range(count)]


def test_pages_of_an_archive_come_in_order_with_their_places(tmp_path: Path) -> None:
    records = [info(), *some(3)]
    found = read(packed(records), tmp_path)
    assert told(found) == [address(0), address(1), address(2)]
    sizes = [len(packed([one])) for one in records]
    assert [one.offset for one in found] == [sizes[0], sum(sizes[:2]), sum(sizes[:3])]
    assert isinstance(found[1], Archived)
    assert (found[1].fetched, found[1].body) == (T0 + timedelta(minutes=1), story_page(1).encode())
    assert told(read(packed(records), tmp_path, start=found[1].offset)) == [address(1), address(2)]
    assert told(read(b"".join(records), tmp_path)) == told(found)  # uncompressed


def test_what_is_no_page_is_passed_over(tmp_path: Path) -> None:
    records = [
        record(address(1), "gone", status="404 Not Found"),
        record(address(2), "{}", content_type="application/json"),
        record(address(3), "GET / HTTP/1.1", kind="request"),
        record("dns:post.example", "1.2.3.4"),
        record(address(4), story_page(4)),
    ]
    assert told(read(packed(records), tmp_path)) == [address(4)]


def test_encodings_are_undone_as_the_bytes_say(tmp_path: Path) -> None:
    html = story_page(1)
    chunked = f"{len(html.encode()):x}\r\n".encode() + html.encode() + b"\r\n0\r\n\r\n"
    records = [
        record(address(1), gzip.compress(html.encode()), headers=["Content-Encoding: gzip"]),
        record(address(2), html, headers=["Content-Encoding: gzip"]),  # decoded by the crawler, header left
        record(address(3), chunked, headers=["Transfer-Encoding: chunked"]),
        record(address(4), html, headers=["Transfer-Encoding: chunked"]),
    ]
    found = read(packed(records), tmp_path)
    assert [one.body for one in found if isinstance(one, Archived)] == [html.encode()] * 4


def test_the_size_limit_holds_before_and_after_decoding(tmp_path: Path) -> None:
    bomb = gzip.compress(b"<p>" + b"a" * (LIMIT + 1))
    records = [
        record(address(1), "x" * (LIMIT + 1)),
        record(address(2), bomb, headers=["Content-Encoding: gzip"]),
        record(address(3), story_page(3)),
    ]
    assert told(read(packed(records), tmp_path)) == ["larger than the size limit"] * 2 + [address(3)]


def damaged_member(data: bytearray, at: int) -> None:
    for place in range(at + 30, at + 60):
        data[place] ^= 0x55


def test_damage_costs_the_record_it_struck(tmp_path: Path) -> None:
    records = some(5)
    starts = [sum(len(packed([one])) for one in records[:n]) for n in range(5)]
    data = bytearray(packed(records))
    damaged_member(data, starts[2])
    found = told(read(bytes(data), tmp_path))
    assert [one for one in found if one.startswith("http")] == [address(n) for n in (0, 1, 3, 4)]
    assert any("damaged record" in one for one in found)
    no_record = packed(records[:2]) + gzip.compress(b"nonsense\r\n\r\n") + packed(records[2:])
    found = told(read(no_record, tmp_path))
    assert [one for one in found if one.startswith("http")] == [address(n) for n in range(5)]


def test_a_file_cut_off_anywhere_gives_what_is_whole(tmp_path: Path) -> None:
    records = some(3)
    whole, two = packed(records), len(packed(records[:2]))
    for cut in (two + 1, two + 12, two + 40, len(whole) - 60):
        urls = [one for one in told(read(whole[:cut], tmp_path)) if one.startswith("http")]
        assert urls == [address(0), address(1)]
    plain = b"".join(records)
    found = told(read(plain[:-300], tmp_path))
    assert found == [address(0), address(1), "cut off"]


@settings(max_examples=60)
@given(st.data())
def test_no_damage_ends_the_reading(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    mixed = bytearray(packed(some(3)))
    for _ in range(data.draw(st.integers(1, 6))):
        mixed[data.draw(st.integers(0, len(mixed) - 1))] = data.draw(st.integers(0, 255))
    found = read(bytes(mixed), tmp_path_factory.mktemp("damaged"))
    assert len(found) <= 20


def test_a_file_that_is_not_there_and_a_missing_library_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ArchiveError, match=r"no\.warc cannot be read: No such file"):
        list(pages(tmp_path / "no.warc", max_bytes=LIMIT))
    monkeypatch.setitem(sys.modules, "fastwarc.warc", None)  # an import then fails as where it is not installed
    with pytest.raises(ArchiveError, match=r"pip install 'wiretrail\[archives\]'"):
        list(pages(tmp_path / "no.warc", max_bytes=LIMIT))


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    made = newsdesk.context_of(database_url, tmp_path)
    yield made
    made.engine.dispose()


def archive(tmp_path: Path, records: list[bytes], name: str = "a.warc.gz") -> Path:
    path = tmp_path / name
    path.write_bytes(packed(records))
    return path


def tables(context: Context) -> dict[str, list[Any]]:
    """What a backfill stores, without row numbers."""
    version = select(
        ArticleRow.canonical_url,
        ArticleRow.outlet_id,
        ArticleVersionRow.number,
        ArticleVersionRow.seen_at,
        ArticleVersionRow.content_sha256,
    ).join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
    archive_ = select(ArchiveRow.records, ArchiveRow.articles, ArchiveRow.refused, ArchiveRow.finished_at)
    with reading(context.engine) as session:
        return {
            "versions": sorted(map(tuple, session.execute(version))),
            "credits": sorted(map(tuple, session.execute(select(CreditRow.agency, CreditRow.place, CreditRow.text)))),
            "stories": sorted(session.scalars(select(StoryRow.key))),
            "archives": [(*row[:3], row[3] is not None) for row in session.execute(archive_)],
        }


def test_pages_become_articles_seen_when_they_were_fetched(context: Context, tmp_path: Path) -> None:
    again = record(address(0), story_page(0), fetched=T0 + timedelta(days=1))
    changed = record(address(0), story_page(9), fetched=T0 + timedelta(days=2))
    path = archive(tmp_path, [info(), *some(2), again, changed, record(address(5), "<p>too little</p>")])
    done = backfill(context, path, ALL, workers=0)
    assert (done.records, done.articles) == (5, 4)
    assert sum(done.refused.values()) == 1
    found = tables(context)["versions"]
    assert [(url, outlet, number, seen) for url, outlet, number, seen, _ in found] == [
        (address(0), "post.example", 1, T0),
        (address(0), "post.example", 2, T0 + timedelta(days=2)),
        (address(1), "post.example", 1, T0 + timedelta(minutes=1)),
    ]


def test_only_hosts_only_since(context: Context, tmp_path: Path) -> None:
    records = [*some(3), record(address(7, "www.times.example"), story_page(7))]
    path = archive(tmp_path, records)
    assert backfill(context, path, Selection(("times.example",)), workers=0).records == 1
    assert backfill(context, path, Selection(("*",), since=T0 + timedelta(minutes=1)), workers=0).records == 2
    assert backfill(context, path, Selection(), workers=0).records == 0  # none is in the catalogue
    with reading(context.engine) as session:
        assert len(session.scalars(select(ArchiveRow)).all()) == 3
        assert "times.example" in session.scalars(select(OutletRow.id)).all()


def test_a_finished_archive_is_not_read_again_whatever_its_name(context: Context, tmp_path: Path) -> None:
    first = backfill(context, archive(tmp_path, some(3)), ALL, workers=0)
    before = tables(context)
    again = backfill(context, archive(tmp_path, some(3), "b.warc.gz"), ALL, workers=0)
    assert (again.records, again.id) == (first.records, first.id)
    assert tables(context) == before


def test_two_that_read_one_archive_do_not_both_store(context: Context, tmp_path: Path) -> None:
    path = archive(tmp_path, some(2))
    size, sha256 = backfilling._identity(path)
    with writing(context.engine) as session:
        ours = archive_progress.begin(session, sha256, ALL.as_json(), name="a", size=size, now=T0)
    backfill(context, path, ALL, workers=0)
    with pytest.raises(errors.ArchiveBusyError), writing(context.engine) as session:
        archive_progress.move_on(session, ours, 10, finished_at=None)


def test_pages_of_an_agency_are_filings(context: Context, tmp_path: Path) -> None:
    agency = next(outlet for outlet in context.catalogue.outlets.values() if outlet.agency)
    url = f"https://{agency.hosts[0]}/item/2026/1"
    backfill(context, archive(tmp_path, [record(url, story_page(1))]), Selection(), workers=0)
    assert tables(context)["stories"] == [f"{agency.agency}:{url}"]


KILLED = """
import os, signal, sys
from pathlib import Path
from jobs.archives import backfilling
from tests.jobs import newsdesk
context = newsdesk.context_of(sys.argv[1], Path(sys.argv[2]))
left = int(sys.argv[4])
def progress(more):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
backfilling.AT_ONCE = 4
backfilling.backfill(context, Path(sys.argv[3]), backfilling.Selection(("*",)), workers=0, progress=progress)
"""


def test_killed_and_run_again_the_tables_are_the_same(
    context: Context, database_url: str, tmp_path: Path, sqlite_template: Path
) -> None:
    records = [*some(20), record(address(3), story_page(33), fetched=T0 + timedelta(days=1))]
    path = archive(tmp_path, records)
    plain = tmp_path / "plain.db"
    plain.write_bytes(sqlite_template.read_bytes())
    undisturbed = newsdesk.context_of(f"sqlite:///{plain}", tmp_path)
    backfill(undisturbed, path, ALL, workers=0)
    arguments = [database_url, str(tmp_path), str(path)]
    child = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments, "3"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    with reading(context.engine) as session:
        assert 0 < session.scalars(select(ArchiveRow.records)).one() < 21
    backfill(context, path, ALL, workers=0)
    assert tables(context) == tables(undisturbed)
    undisturbed.engine.dispose()


def test_worker_processes_give_the_same(context: Context, tmp_path: Path) -> None:
    path = archive(tmp_path, some(3))
    assert backfill(context, path, ALL, workers=1).articles == 3


def test_a_file_that_is_not_there_is_named(context: Context, tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"no\.warc cannot be read: No such file"):
        backfill(context, tmp_path / "no.warc", ALL)
