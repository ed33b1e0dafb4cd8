"""Rows for people and for programs: the one way every command prints them.

On a terminal a table is drawn with rich; piped, it is plain columns without colours or cuts. CSV, JSON, JSONL and
Markdown have the same columns in the same order, always all of them, so that scripts can rely on them.
Texts come from strangers' pages: no escape sequence reaches a terminal, no formula a spreadsheet.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, Protocol, TextIO, get_args

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from report.clean import csv_text, one_line
from report.wrapping import pad

Format = Literal["table", "csv", "json", "jsonl", "md"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
Row = Mapping[str, Any] | Any  # or a dataclass instance


class Advance(Protocol):
    """What a long command calls on its way."""

    def __call__(self, more: int, total: int | None = None, /) -> None:
        """So much more is done; of so much in all, once that is known."""


_NOT_PRINTED: Final = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>|#~!&])")


def render(rows: Iterable[Row], columns: Sequence[str], format: Format, out: TextIO) -> None:  # noqa: A002  -- the option's own name
    """Write `rows` (mappings or dataclasses) with these columns, in this order, to `out`.

    A column a row has not is empty. Instants are written in UTC with Z; JSON keeps lists, dicts, numbers and null.
    Raises ValueError for an unknown format. JSONL and CSV are written row by row.
    """
    _WRITERS_BY_FORMAT.get(format, _unknown)((_values(row, columns) for row in rows), columns, out)


def note(text: str) -> None:
    """A line for the person at the terminal, on standard error: standard output belongs to the rows."""
    sys.stderr.write(one_line(text) + "\n")


@contextmanager
def progress(what: str, about: str = "", total: int | None = None, out: TextIO | None = None) -> Iterator[Advance]:
    """A bar with the time left, while a long command works; nothing at all when piped.

    Gives `advance(more, total)`: so many more are done, of so many in all once that is known. Without a `total` it
    counts and shows the time that passed.
    """
    console = Console(file=out or sys.stderr)
    if not console.is_terminal:
        yield _unseen
        return
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task(one_line(f"{what} {about}"), total=total)
        yield lambda more, total=None: bar.update(
            task, advance=more, total=bar.tasks[task].total if total is None else total
        )


def _unseen(_more: int, _total: int | None = None) -> None:
    """Nobody is watching."""


def shown(value: object) -> str:
    """A value as a person reads it in a cell: one line, minutes of time in UTC, shares with three digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return one_line("; ".join(f"{key}: {shown(item)}" for key, item in value.items() if item is not None))
    if isinstance(value, (list, tuple)):
        return one_line("; ".join(shown(item) for item in value))
    return one_line(str(value))


def _values(row: Row, columns: Sequence[str]) -> list[Any]:
    if isinstance(row, Mapping):
        return [_plain(row.get(name)) for name in columns]
    return [_plain(getattr(row, name, None)) for name in columns]


def _plain(value: Any) -> Any:
    """Dataclasses inside a row become mappings."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


def _unknown(_rows: Iterable[list[Any]], _columns: Sequence[str], _out: TextIO) -> None:
    raise ValueError(f"format must be one of {', '.join(FORMATS)}")


def _table(rows: Iterable[list[Any]], columns: Sequence[str], out: TextIO) -> None:
    console = Console(file=out)
    cells = [[shown(value) for value in row] for row in rows]
    right = [_is_number_column(cells, at) for at in range(len(columns))]
    if not console.is_terminal:
        _plain_table(cells, columns, right, out)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"] if len(cells) > 8 else None)
    for name, to_right in zip(columns, right, strict=True):
        table.add_column(name.replace("_", " "), justify="right" if to_right else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)
    if not cells:
        console.print("nothing found", style="dim")


def _plain_table(cells: Sequence[Sequence[str]], columns: Sequence[str], right: Sequence[bool], out: TextIO) -> None:
    """Columns two spaces apart, each as wide as its widest cell; no cell is cut: a pipe has no edge."""
    from rich.cells import cell_len

    lines = [list(columns), *cells]
    widths = [max(cell_len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        padded = (pad(cell, width, to_right) for cell, width, to_right in zip(line, widths, right, strict=True))
        out.write("  ".join(padded).rstrip() + "\n")


def _is_number_column(cells: Sequence[Sequence[str]], at: int) -> bool:
    values = [row[at] for row in cells if row[at]]
    return bool(values) and all(value.lstrip("-").replace(".", "", 1).isdigit() for value in values)


def _csv(rows: Iterable[list[Any]], columns: Sequence[str], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: Any) -> object:
    """Numbers as they are, with all their digits; everything else as harmless text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return csv_text(shown(value))


def _json(rows: Iterable[list[Any]], columns: Sequence[str], out: TextIO) -> None:
    out.write("[")
    for number, row in enumerate(rows):
        out.write((",\n " if number else "\n ") + _json_text(row, columns))
    out.write("\n]\n")


def _jsonl(rows: Iterable[list[Any]], columns: Sequence[str], out: TextIO) -> None:
    for row in rows:
        out.write(_json_text(row, columns) + "\n")


def _json_text(row: Sequence[Any], columns: Sequence[str]) -> str:
    """One object. Control and direction characters are escaped, so that printing it moves no terminal."""
    text = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, default=_json_value, allow_nan=False)
    return _NOT_PRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _markdown(rows: Iterable[list[Any]], columns: Sequence[str], out: TextIO) -> None:
    out.write("| " + " | ".join(columns) + " |\n")
    out.write("|" + "---|" * len(columns) + "\n")
    for row in rows:
        out.write("| " + " | ".join(_MARKDOWN.sub(r"\\\1", shown(value)) for value in row) + " |\n")


def _iso(when: datetime) -> str:
    if when.tzinfo is None:
        raise ValueError(f"naive datetime {when.isoformat()} in a row")
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


_WRITERS_BY_FORMAT: Final[dict[str, Callable[[Iterable[list[Any]], Sequence[str], TextIO], None]]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "md": _markdown,
}
