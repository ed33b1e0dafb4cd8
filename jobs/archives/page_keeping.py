"""Whether, where and how long fetched pages are kept (crawler.kept_warc)."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from pathlib import Path

from crawler.kept_warc import Keeping, day_of, files
from jobs.context import Context
from news.visits import Batch
from storage.articles import kept_pages
from storage.engine import reading, writing


def keeping_of(context: Context, batch: Batch) -> Keeping | None:
    """Where a crawl keeps its pages, and which of them it has kept today; None when they are not kept."""
    if not context.config.keep.pages:
        return None
    midnight = context.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with reading(context.engine) as session:
        known = kept_pages.known_today(session, [task.url for task in batch.pages], midnight)
    return Keeping(context.config.pages_folder, known=known)


def prune_pages(context: Context) -> int:
    """Remove the files of days longer ago than `keep.page_days`, except those with a held article's page."""
    days = context.config.keep.page_days
    if not days:
        return 0
    oldest = context.now().astimezone(UTC).date() - timedelta(days=days)
    removed = 0
    for path in files(context.config.pages_folder):
        if is_before(path, oldest) and not _is_held(context, path):
            path.unlink(missing_ok=True)
            with writing(context.engine) as session:
                kept_pages.forget(session, path.name)
            removed += 1
    return removed


def is_before(path: Path, oldest: date) -> bool:
    """Whether a file of kept pages is of an earlier day."""
    day = day_of(path.name)
    return day is not None and day < oldest


def _is_held(context: Context, path: Path) -> bool:
    with reading(context.engine) as session:
        return kept_pages.held(session, path.name)
