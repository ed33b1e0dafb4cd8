"""The reread job: kept pages, read anew with the present program.

files of kept pages ─> the first look at each version ─> the present reader ─> where it reads otherwise, the version
gets the new text and is matched again; what the outlet showed stays one version
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from crawler.kept_warc import files
from crawler.outcomes import decoded
from crawler.pages import completed, read_page
from crawler.reader_pool import Readers
from crawler.warc_reading import Archived, pages
from jobs.archives.page_keeping import is_before
from jobs.context import Context, log
from news.articles import Article
from news.errors import WiretrailError
from storage.articles import kept_pages
from storage.articles.kept_pages import Changed, KeptPage
from storage.engine import reading, writing

AT_ONCE: Final = 32


@dataclass(slots=True)
class Reread:
    """What reading kept pages anew came to. `missing` are records that are damaged or were cut off."""

    read: int = 0
    missing: int = 0
    refused: list[str] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)


def reread(context: Context, *, since: datetime | None = None, write: bool = True, workers: int = 1) -> Reread:
    """Read kept pages anew, those of days from `since` on. Raises ArchiveError for a file that cannot be opened."""
    kept = files(context.config.pages_folder)
    wanted = [path for path in kept if since is None or not is_before(path, since.astimezone(UTC).date())]
    done = asyncio.run(_files(context, wanted, workers, write=write))
    log.info("reread.done", read=done.read, changed=len(done.changed), refused=len(done.refused))
    return done


async def _files(context: Context, paths: Sequence[Path], workers: int, *, write: bool) -> Reread:
    done = Reread()
    readers = Readers(tuple(context.catalogue.agencies.values()), workers=workers)
    try:
        for path in paths:
            await _file(context, path, readers, done, write=write)
    finally:
        readers.close()
    return done


async def _file(context: Context, path: Path, readers: Readers, done: Reread, *, write: bool) -> None:
    with reading(context.engine) as session:
        wanted = {kept.offset: kept for kept in kept_pages.first_looks(session, path.name)}
    found = pages(path, max_bytes=context.config.crawl.max_bytes)
    part: list[Archived] = []
    for one in found:
        if isinstance(one, Archived) and one.offset in wanted:
            part.append(one)
        if len(part) == AT_ONCE:
            await _part(context, part, wanted, readers, done, write=write)
            part = []
    await _part(context, part, wanted, readers, done, write=write)
    done.missing += len(wanted)  # each that was read has been taken out


async def _part(
    context: Context,
    part: Sequence[Archived],
    wanted: dict[int, KeptPage],
    readers: Readers,
    done: Reread,
    *,
    write: bool,
) -> None:
    found = await asyncio.gather(*(_read(context, one, wanted[one.offset], readers) for one in part))
    with writing(context.engine) as session:
        for one, article in zip(part, found, strict=True):
            kept = wanted.pop(one.offset)
            done.read += 1
            if isinstance(article, str):
                done.refused.append(f"{one.url}: {article}")
                continue
            changed = kept_pages.replace_reading(session, kept.version_id, article, read_by=_reader(), write=write)
            done.changed += [changed] if changed else []


async def _read(context: Context, one: Archived, kept: KeptPage, readers: Readers) -> Article | str:
    """The article, or why there is none any more."""
    html = decoded(one.content_type, one.body)
    outlet = context.catalogue.outlets.get(kept.outlet_id) or context.catalogue.outlet_of(one.url)
    try:
        article = await readers.run(read_page, html, one.url, kept.fetched_at, outlet)
    except WiretrailError as error:
        return str(error)[:200]
    return completed(article, kept.listed_headline, kept.listed)


def _reader() -> str:
    return f"wiretrail {version('wiretrail')}"[:40]
