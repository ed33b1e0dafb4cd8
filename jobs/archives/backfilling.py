"""The backfill job: pages of a WARC archive, read and stored as if they had been crawled when they were fetched.

    records ─> of the hosts and days asked for ─> the crawl's own reader, in worker processes ─> articles and filings
    ─> stored with the place in the file, some dozens to a transaction

A run that was killed goes on after the last record that was stored; a file read to its end is not read again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from crawler.outcomes import decoded
from crawler.pages import read_page
from crawler.reader_pool import Readers
from crawler.warc_reading import Archived, Broken, pages
from jobs.context import Context, log, sync
from jobs.storing import filing_of
from news.addresses import covers, host_of, normalise
from news.articles import Article, Outlet
from news.errors import ArchiveBusyError, ExtractionError, JobError, WiretrailError
from news.visits import PageTask
from storage import set_aside
from storage.agency.filings import save_filing
from storage.articles.saving_many import Look, save_articles
from storage.crawling import archive_progress
from storage.crawling.archive_progress import Reading
from storage.crawling.outlet_rows import outlet_for_host
from storage.engine import is_away, writing
from storage.engine import reading as reading_session

AT_ONCE: Final = 64
"""Records to a transaction: half a second of reading, which is what a kill costs."""
ANY_HOST: Final = "*"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which pages of an archive: of these hosts and what is below them (none: those of the catalogue), since when."""

    hosts: tuple[str, ...] = ()
    since: datetime | None = None

    def as_json(self) -> str:
        """What tells one selection from another."""
        since = self.since.astimezone(UTC).isoformat() if self.since else None
        return json.dumps({"hosts": sorted(self.hosts), "since": since})


@dataclass(frozen=True, slots=True)
class _Page:
    """A record and what was read of it."""

    archived: Archived | Broken
    article: Article | None = None
    refused: str = ""


Progress = Callable[[int], None]


def backfill(
    context: Context, path: Path, selection: Selection, *, workers: int = 1, progress: Progress = lambda _: None
) -> Reading:
    """Read an archive from where it was left. Raises JobError, ArchiveError, or ArchiveBusyError."""
    sync(context)
    size, sha256 = _identity(path)
    with writing(context.engine) as session:
        reading = archive_progress.begin(
            session, sha256, selection.as_json(), name=path.name, size=size, now=context.now()
        )
    if not reading.finished:
        asyncio.run(_run(context, path, size, selection, reading, workers, progress))
    log.info("backfill.done", archive=path.name, records=reading.records, articles=reading.articles)
    return reading


def _identity(path: Path) -> tuple[int, str]:
    """Size and hash of a file: one that was moved or renamed goes on, one that grew is another."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise JobError(f"{path} cannot be read: {error.strerror}") from error


async def _run(
    context: Context,
    path: Path,
    size: int,
    selection: Selection,
    reading: Reading,
    workers: int,
    progress: Progress,
) -> None:
    settings = context.config.crawl
    readers = Readers(tuple(context.catalogue.agencies.values()), workers=workers, memory_mb=settings.reader_memory_mb)
    with reading_session(context.engine) as session:
        aside = set_aside.known(session, "record"), set_aside.held(session, "record", context.now())
    found = pages(
        path,
        start=reading.offset,
        max_bytes=settings.max_bytes,
        wanted=partial(_is_wanted, context, selection),
    )
    storing: asyncio.Task[None] | None = None
    try:
        async for part, until in _parts(found, size, partial(_read, context, readers, reading, *aside)):
            if storing is not None:
                await storing
            # While one part is written, the next one is read.
            storing = asyncio.create_task(asyncio.to_thread(_store, context, reading, part, until, size))
            progress(len(part))
        if storing is not None:
            await storing
    finally:
        readers.close()


def _is_wanted(context: Context, selection: Selection, url: str, fetched: datetime) -> bool:
    if selection.since and fetched < selection.since:
        return False
    if not selection.hosts:
        return context.catalogue.outlet_of(url) is not None
    return ANY_HOST in selection.hosts or covers(selection.hosts, url)


async def _parts(
    found: Iterator[Archived | Broken], size: int, read: Callable[[Archived | Broken], Awaitable[_Page]]
) -> AsyncIterator[tuple[Sequence[_Page], int]]:
    """Records read, some dozens at a time, each part with the byte at which what follows it begins."""
    ahead = next(found, None)
    if ahead is None:
        yield [], size
    while ahead is not None:
        part = [ahead]
        ahead = next(found, None)
        while ahead is not None and len(part) < AT_ONCE:
            part.append(ahead)
            ahead = next(found, None)
        yield await asyncio.gather(*map(read, part)), size if ahead is None else ahead.offset


async def _read(
    context: Context,
    readers: Readers,
    reading: Reading,
    known: frozenset[str],
    held: frozenset[str],
    archived: Archived | Broken,
) -> _Page:
    """A record read. `known` are those that failed before, `held` those whose next time has not come."""
    if isinstance(archived, Broken):
        return _Page(archived, refused=archived.reason)
    name = _name(reading, archived)
    if set_aside.name_of(name) in held:
        return _Page(archived, refused="set aside: it ended the process that read it")
    html = decoded(archived.content_type, archived.body)
    outlet = context.catalogue.outlet_of(archived.url)
    try:
        within = context.in_hand.at_work("record", name)
        article = await readers.run(read_page, html, archived.url, archived.fetched, outlet, within=within)
        if set_aside.name_of(name) in known:
            with writing(context.engine) as session:
                set_aside.clear(session, "record", [name])
        return _Page(archived, article)
    except ExtractionError as error:
        return _Page(archived, refused=error.reason[:120])
    except WiretrailError as error:
        return _Page(archived, refused=str(error)[:120])
    except Exception as error:  # a reader's own fault must not end the backfill
        log.error("backfill.reader", url=archived.url, error=repr(error)[:300])
        return _Page(archived, refused=f"our reader failed: {type(error).__name__}")


def _name(reading: Reading, archived: Archived) -> str:
    return f"archive {reading.id}, byte {archived.offset}: {archived.url}"


def _store(context: Context, reading: Reading, part: Sequence[_Page], until: int, size: int) -> None:
    """One transaction: the articles and filings of a part, and how far the archive has been read.

    A record that cannot be stored is set aside, and costs the others of its part a second try one by one.
    """
    finished_at = context.now() if until >= size else None
    before = replace(reading, refused=dict(reading.refused))
    try:
        with writing(context.engine) as session:
            _save(context, session, reading, part)
            archive_progress.move_on(session, reading, until, finished_at=finished_at)
        return
    except ArchiveBusyError:
        raise
    except Exception as error:
        if is_away(error):
            raise
    for each in fields(before):
        setattr(reading, each.name, getattr(before, each.name))
    with writing(context.engine) as session:
        for page in part:
            _save_alone(context, session, reading, page)
        archive_progress.move_on(session, reading, until, finished_at=finished_at)


def _save_alone(context: Context, session: Session, reading: Reading, page: _Page) -> None:
    records = reading.records
    try:
        with session.begin_nested():
            _save(context, session, reading, [page])
    except Exception as error:
        if is_away(error) or not isinstance(page.archived, Archived):
            raise
        reason = f"cannot be stored: {type(error).__name__}: {error}".partition("\n")[0][:300]
        set_aside.fail(session, "record", _name(reading, page.archived), reason, context.now())
        log.error("unit.set_aside", kind="record", unit=_name(reading, page.archived), reason=reason)
        if reading.records > records:  # it had been counted as an article
            reading.articles -= 1
            reading.refuse("cannot be stored")


def _save(context: Context, session: Session, reading: Reading, part: Sequence[_Page]) -> None:
    looks: list[Look] = []
    outlet_of_host = cache(partial(outlet_for_host, session))
    for page in part:
        reading.records += 1
        if page.article is None or not isinstance(page.archived, Archived):
            reading.refuse(page.refused)
            continue
        reading.articles += 1
        url, fetched = page.archived.url, page.archived.fetched
        outlet = context.catalogue.outlet_of(url)
        if outlet is not None and outlet.agency:
            task = PageTask(0, outlet.id, url)
            save_filing(session, filing_of(page.article, outlet.agency, task, fetched), received_at=fetched)
        else:
            looks.append(Look(page.article, _outlet_id(outlet, outlet_of_host, url), fetched))
    save_articles(session, looks)


def _outlet_id(outlet: Outlet | None, of_host: Callable[[str], str], url: str) -> str:
    return outlet.id if outlet is not None else of_host(host_of(normalise(url) or url))
