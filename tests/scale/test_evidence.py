"""Kept pages: what is written is what came, whoever writes at once and whatever is killed; they go when they should."""

from __future__ import annotations

import gzip
import hashlib
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from sqlalchemy import select, update

import config
from crawler.kept_warc import Keeper, Keeping, files
from crawler.warc_reading import Archived, pages
from jobs import crawling, keeping
from jobs.archives import rereading
from jobs.archives.page_keeping import keeping_of, prune_pages
from jobs.context import Context
from jobs.matches import matching
from news.articles import Moment
from storage.articles import retention
from storage.engine import reading, writing
from storage.models import ArticleVersionRow, CreditRow, FetchRow, PageRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Site, page, rss
from tests.jobs import newsdesk
from tests.scale.keepers import exchanged, keep_many

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def kinds(path: Path) -> list[str]:
    return [str(record.record_type) for record in ArchiveIterator(str(path), parse_http=False)]


def test_records_are_whole_and_their_hashes_right(tmp_path: Path) -> None:
    keeper = Keeper(Keeping(tmp_path, "m1"), "wiretrail/0")
    place = keeper.keep(exchanged(1))
    (path,) = files(tmp_path)
    assert (path.name, place.file) == ("pages-20260302-m1.warc.gz",) * 2
    assert kinds(path) == ["warcinfo", "response", "request"]
    for record in ArchiveIterator(str(path), parse_http=False):
        assert record.verify_block_digest()
    for record in ArchiveIterator(str(path), record_types=WarcRecordType.response):
        assert record.verify_payload_digest()
        assert record.stream_pos == place.offset
        assert record.http_headers["X-Crawler-Content-Encoding"] == "gzip"
        assert record.http_headers["X-Odd"] == "a WARC-Type: resource"
    (found,) = pages(path, max_bytes=1_000)
    assert isinstance(found, Archived)
    assert (found.body, found.fetched, found.offset) == (b"<html>one</html>", T0, place.offset)


def test_the_same_body_on_the_same_day_is_a_revisit(tmp_path: Path) -> None:
    known = {("https://post.example/2?q=é", hashlib.sha256(b"two").hexdigest()): T0 - timedelta(hours=1)}
    keeper = Keeper(Keeping(tmp_path, "m", known), "w")
    for one in (exchanged(1), exchanged(1, at=T0 + timedelta(hours=1)), exchanged(1, b"changed"), exchanged(2, b"two")):
        keeper.keep(one)
    keeper.keep(exchanged(1, at=T0 + timedelta(days=1)))
    first, second = files(tmp_path)
    assert kinds(first)[1::2] == ["response", "revisit", "response", "revisit"]
    assert kinds(second)[1:2] == ["response"]  # each day stands by itself
    revisits = [r for r in ArchiveIterator(str(first), parse_http=False) if r.record_type == WarcRecordType.revisit]
    assert [r.headers["WARC-Refers-To-Date"] for r in revisits] == [
        "2026-03-02T08:00:00.000000Z",
        "2026-03-02T07:00:00.000000Z",
    ]


def test_children_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("spawn")
    children = [fork.Process(target=keep_many, args=(tmp_path, child)) for child in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    (path,) = files(tmp_path)
    found = list(pages(path, max_bytes=100_000))
    assert len({one.url for one in found if isinstance(one, Archived)}) == 90 == len(found)


def test_a_torn_record_costs_itself_alone(tmp_path: Path) -> None:
    keeper = Keeper(Keeping(tmp_path, "m"), "w")
    for number in range(2):
        keeper.keep(exchanged(number))
    (path,) = files(tmp_path)
    torn = gzip.compress(b"WARC/1.1\r\nWARC-Type: response\r\n" + b"x" * 500, mtime=0)
    with path.open("ab") as file:  # as a killed writer leaves it
        file.write(torn[: len(torn) // 2])
    keeper.keep(exchanged(2))
    urls = [one.url for one in pages(path, max_bytes=1_000) if isinstance(one, Archived)]
    assert urls == [f"https://post.example/{n}?q=é" for n in range(3)]


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    """A context that keeps pages, over a site of its own."""
    keep = config.KeepConfig(pages=True, page_days=30)
    settings = config.CrawlConfig(
        contact="desk@example.org", allow_loopback=True, delay_seconds=0.01, extract_workers=0, tick_seconds=1
    )
    clock = config.ClockConfig(start=T0, epoch=datetime.now(UTC), rate=1e-9)
    made = Context(
        config.Config(
            home=tmp_path,
            database_url=database_url,
            catalogue=tmp_path / "outlets.toml",
            keep=keep,
            crawl=settings,
            clock=clock,
        )
    )
    (tmp_path / "outlets.toml").write_text("only = true\n", encoding="utf-8")
    yield made
    made.engine.dispose()


def _crawl(database_url: str, home: Path) -> None:
    """One crawl, in a process of its own: Twisted's reactor starts once."""
    import os

    os.environ["WIRETRAIL_HOME"] = str(home)
    os.environ["WIRETRAIL_DATABASE_URL"] = database_url
    crawling.crawl(Context(config.read()))


@pytest.fixture
def crawled(context: Context, database_url: str, tmp_path: Path) -> Iterator[Context]:
    """Three pages of a local site, fetched and kept by a real crawl."""
    with Site() as site:
        for number in range(3):
            site[f"/news/{number}-story.html"] = page(f"Story number {number} of the day", number=number)
        site["/feed.xml"] = rss([(site.url(f"/news/{n}-story.html"), f"Story {n}", "") for n in range(3)])
        (tmp_path / "outlets.toml").write_text(
            "only = true\n" + outlet_row("local", site, ("feed", "/feed.xml")), encoding="utf-8"
        )
        (tmp_path / "wiretrail.toml").write_text(
            f'catalogue = "{tmp_path / "outlets.toml"}"\n[crawl]\ncontact = "desk@example.org"\n'
            "allow_loopback = true\ndelay_seconds = 0.01\nextract_workers = 0\n[keep]\npages = true\n",
            encoding="utf-8",
        )
        child = multiprocessing.get_context("spawn").Process(target=_crawl, args=(database_url, tmp_path))
        child.start()
        child.join()
        assert child.exitcode == 0
        yield context


def test_a_crawl_keeps_what_it_fetched_and_reread_mends_it(crawled: Context) -> None:
    (path,) = files(crawled.config.pages_folder)
    with reading(crawled.engine) as session:
        rows = {
            row.kept_offset: row
            for row in session.scalars(select(FetchRow).where(FetchRow.kept_in == path.name, FetchRow.outcome == "ok"))
        }
    found = [one for one in pages(path, max_bytes=100_000) if isinstance(one, Archived)]
    assert {one.offset for one in found} == set(rows)
    assert len(rows) == 3
    for one in found:
        assert hashlib.sha256(one.body).hexdigest() == rows[one.offset].sha256
    matching.match(crawled)
    assert rereading.reread(crawled, workers=0).changed == []  # the same program reads the same
    with writing(crawled.engine) as session:  # as an older program might have read it
        row = session.scalars(select(ArticleVersionRow).order_by(ArticleVersionRow.id)).first()
        assert row is not None
        right, row.paragraphs = row.paragraphs, ["Cookies, please.", *row.paragraphs]
        session.add(CreditRow(version_id=row.id, agency="AFP", kind="photo", place="caption", text="AFP"))
        row.content_sha256 = "0" * 64
    told = rereading.reread(crawled, write=False, workers=0)
    assert [one.fields for one in told.changed] == [("paragraphs", "credits")]
    assert rereading.reread(crawled, workers=0).changed == told.changed
    assert rereading.reread(crawled, workers=0).changed == []
    with reading(crawled.engine) as session:
        mended = session.get_one(ArticleVersionRow, row.id)
        assert (mended.paragraphs, mended.matched_by, mended.fingerprint) == (right, "", None)
        assert (mended.read_by or "").startswith("wiretrail ")
        others = session.scalars(select(ArticleVersionRow.matched_by).where(ArticleVersionRow.id != row.id)).all()
        assert "" not in others
    with writing(crawled.engine) as session:
        session.execute(update(ArticleVersionRow).values(pruned_at=T0, paragraphs=[]))
    done = rereading.reread(crawled, workers=0)
    assert (done.read, done.changed) == (0, [])  # a text that expired does not come back


def test_old_files_go_unless_an_article_in_them_is_held(context: Context) -> None:
    folder = context.config.pages_folder
    story = newsdesk.story(1)
    newsdesk.load(context, [newsdesk.article("paper", story, minutes=0)])
    days = {"20260101": "held", "20260102": "free", "20260228": "young"}
    with writing(context.engine) as session:
        version = session.scalars(select(ArticleVersionRow)).one()
        for day, name in days.items():
            at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
            url = f"https://paper.example/{name}"
            article_id = version.article_id if name == "held" else None
            row = {"outlet_id": "paper.example", "url": url}
            session.add(PageRow(**row, host="paper.example", found_at=at, article_id=article_id, listed=Moment()))
            kept = Keeper(Keeping(folder, "m"), "w").keep(replace(exchanged(1, at=at), page=url))
            session.add(FetchRow(**row, fetched_at=at, outcome="ok", kept_in=kept.file, kept_offset=kept.offset))
        retention.hold(session, "https://paper.example/story", by="me", now=T0, reason="court")
    assert keeping.prune(context).page_files == 1
    assert [path.name[6:14] for path in files(folder)] == ["20260101", "20260228"]
    with reading(context.engine) as session:
        rows = {row.url[22:]: row.kept_in for row in session.scalars(select(FetchRow))}
    assert rows["held"] == "pages-20260101-m.warc.gz"  # past fetch_days, and still the proof of what is held
    assert set(rows) == {"held", "free", "young"}
    with writing(context.engine) as session:
        retention.release(session, "https://paper.example/story")
    assert prune_pages(context) == 1


def test_nothing_is_kept_unless_asked_for(sqlite_database: str, tmp_path: Path) -> None:
    from news.visits import Batch

    plain = Context(config.Config(home=tmp_path, database_url=sqlite_database))
    assert keeping_of(plain, Batch("t", (), (), ())) is None
