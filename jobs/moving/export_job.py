"""The export job: what is stored, as JSON lines or Parquet, to a file or to standard output.

storage.moving.exporting: one moment of the database, row by row ─> a file beside the target ─> renamed when whole
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from jobs.context import Context
from jobs.moving import parquet
from news.errors import JobError
from storage.engine import reading
from storage.moving.exporting import EXPORTS, PICKUP_FIELDS, Line, Narrowed

Kind = Literal["articles", "versions", "stories", "pickups"]
ExportFormat = Literal["jsonl", "parquet"]

_VERSION: Final = {
    "type": "text",
    "url": "text",
    "id": "text",
    "outlet": "text",
    "version": "whole",
    "current": "yes",
    "seen": "instant",
    "last_seen": "instant",
    "headline": "text",
    "paragraphs": "texts",
    "byline": "text",
    "dateline": "text",
    "language": "text",
    "words": "whole",
    "truncated": "yes",
    "published": "moment",
    "modified": "moment",
    "credits": "credits",
    "expired": "instant",
}
_FILING: Final = {
    "type": "text",
    "agency": "text",
    "story": "text",
    "origin": "text",
    "take": "whole",
    "item": "text",
    "headline": "text",
    "paragraphs": "texts",
    "filed": "moment",
    "stated": "instant",
    "received": "instant",
    "received_from": "text",
    "revision": "whole",
    "supersedes": "text",
    "slugline": "text",
    "dateline": "text",
    "byline": "text",
    "language": "text",
    "urgency": "whole",
    "status": "text",
    "embargo_until": "instant",
    "notice": "text",
    "usage_terms": "text",
    "expired": "instant",
}
FIELDS: Final[dict[str, Mapping[str, str]]] = {
    "articles": _VERSION,
    "versions": _VERSION,
    "stories": _FILING,
    "pickups": {"type": "text"} | PICKUP_FIELDS,
}


def export(
    context: Context,
    kind: Kind,
    target: Path | None,
    *,
    narrowed: Narrowed,
    format_: ExportFormat,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Write what is stored to a file that does not exist yet, or as JSON lines to standard output; returns the rows.

    A file stands under its name only when it is whole. Raises JobError for a target that exists or cannot be written.
    """
    if format_ == "parquet" and target is None:
        raise JobError("Parquet is written to a file, not to standard output: name one")
    with reading(context.engine) as session:
        rows = _counted(EXPORTS[kind](session, narrowed), progress)
        if target is None:
            return _write_lines(sys.stdout, rows)
        return _write_file(target, rows, kind, format_)


def _write_file(target: Path, rows: Iterable[Line], kind: Kind, format_: ExportFormat) -> int:
    if target.exists():
        raise JobError(f"{target} exists already; it is not overwritten")
    part = target.with_name(target.name + ".part")
    try:
        if format_ == "parquet":
            count = parquet.write(part, rows, FIELDS[kind])
        else:
            with part.open("w", encoding="utf-8") as out:
                count = _write_lines(out, rows)
        part.rename(target)
    except OSError as error:
        raise JobError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _write_lines(out: TextIO, rows: Iterable[Line]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007  -- the count is the answer
        out.write(json.dumps(row, ensure_ascii=False, default=_iso) + "\n")
    return count


def _iso(when: Any) -> str:
    if not isinstance(when, date):
        raise TypeError(f"{when!r} has no place in a line")
    if not isinstance(when, datetime):
        return when.isoformat()
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _counted(rows: Iterator[Line], progress: Callable[[int], None]) -> Iterator[Line]:
    for row in rows:
        yield row
        progress(1)
