"""Parquet files, a batch of rows at a time, by pyarrow: an extra that only those install who want it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from news.errors import JobError

ROWS_PER_GROUP: Final = 5_000
"""Held in memory at once: some 20 MB of articles."""


def _pyarrow() -> Any:
    """The library. Raises JobError with the way to get it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise JobError("Parquet needs pyarrow: pip install 'wiretrail[parquet]', or use --format jsonl") from error
    return pyarrow


def schema_of(fields: Mapping[str, str]) -> Any:
    """A schema from name -> kind; kinds: text, whole, number, yes, instant, day, texts, moment, credits."""
    arrow = _pyarrow()
    instant = arrow.timestamp("us", tz="UTC")
    bounds = [(name, instant) for name in ("at", "earliest", "latest")]
    credit = arrow.struct([(name, arrow.string()) for name in ("agency", "kind", "place", "text")])
    types = {
        "text": arrow.string(),
        "whole": arrow.int64(),
        "number": arrow.float64(),
        "yes": arrow.bool_(),
        "instant": instant,
        "day": arrow.date32(),
        "texts": arrow.list_(arrow.string()),
        "moment": arrow.struct([*bounds, ("source", arrow.string()), ("zone", arrow.string())]),
        "credits": arrow.list_(credit),
    }
    return arrow.schema([(name, types[kind]) for name, kind in fields.items()])


def write(path: Path, rows: Iterable[Mapping[str, Any]], fields: Mapping[str, str]) -> int:
    """Write the rows, a group at a time; returns how many. Raises JobError without pyarrow."""
    arrow = _pyarrow()
    schema, count = schema_of(fields), 0
    with arrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, a batch in memory at a time. Raises JobError when it is no such file, or without pyarrow."""
    arrow = _pyarrow()
    try:
        with arrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(ROWS_PER_GROUP):
                yield from batch.to_pylist()
    except (arrow.ArrowException, OSError) as error:
        raise JobError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0][:200]}") from error


def _groups(rows: Iterable[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    for row in rows:
        group.append(row)
        if len(group) == ROWS_PER_GROUP:
            yield group
            group = []
    if group:
        yield group
