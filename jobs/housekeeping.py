"""Lets go of what only served the work: rows (storage.forgetting), agency files that were read, digests in the folder.

prune ─> each kind of row, some in a transaction of its own ─> done/ and refused/ ─> digest-….eml, .html, .txt
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from jobs.context import Context, log
from storage.engine import writing
from storage.forgetting import BOUNDS, days_kept, forget

AT_ONCE: Final = 1000
_DIGEST: Final = re.compile(r"digest-.*?(\d{4}-\d{2}-\d{2})\.(?:eml|html|txt)")


def forget_rows(context: Context) -> int:
    """Rows nobody needs any more; returns how many went."""
    total = 0
    for table, bound in BOUNDS.items():
        days, gone = days_kept(bound, context.config.keep), 0
        while days:
            with writing(context.engine) as session:
                some = forget(session, bound, context.now(), days, AT_ONCE)
            gone += some
            if some < AT_ONCE:
                break
        if gone:
            log.info("rows.forgotten", table=table, rows=gone)
        total += gone
    return total


def forget_files(context: Context) -> int:
    """Agency files that were read or refused, and digests that were written, so many days ago; returns how many went.

    Only what lies where we put it, and of digests what has our name; whatever else a person keeps there stays.
    """
    keep, now = context.config.keep, context.now()
    old = list[Path]()
    if keep.wire_days:
        before = now - timedelta(days=keep.wire_days)
        old += [path for path in _taken(context) if _moved(path) < before]
    if keep.digest_days:
        oldest = now.date() - timedelta(days=keep.digest_days)
        old += [path for path in _within(context.config.digest_folder) if _is_digest_of(path, oldest)]
    for path in old:
        with suppress(OSError):  # gone already, or not ours to remove: found again tomorrow
            path.unlink()
    return len(old)


def _taken(context: Context) -> Iterator[Path]:
    for folder, _ in context.config.wire.watched():
        for name in ("done", "refused"):
            yield from _within(folder / name)


def _within(folder: Path) -> Iterator[Path]:
    """The plain files of a folder; links are not followed, into the folder neither."""
    if folder.is_dir() and not folder.is_symlink():
        yield from (path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink())


def _moved(path: Path) -> datetime:
    """When a file was last written or moved, whichever is later: a file may come with any date."""
    with suppress(OSError):
        seen = path.stat()
        return datetime.fromtimestamp(max(seen.st_mtime, seen.st_ctime), UTC)
    return datetime.max.replace(tzinfo=UTC)


def _is_digest_of(path: Path, oldest: date) -> bool:
    found = _DIGEST.fullmatch(path.name)
    with suppress(ValueError):
        return found is not None and date.fromisoformat(found[1]) < oldest
    return False
