"""Rows as tables, CSV, JSON, JSONL and Markdown: same columns always, nothing alive in any of them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.tables import FORMATS, progress, render
from tests.report.hostile import HOSTILE

COLUMNS = ("outlet", "share", "copies", "published", "note", "reasons")


@dataclass(frozen=True)
class Line:
    """A row as storage hands it out."""

    outlet: str
    share: float
    copies: int
    published: datetime | None
    note: str | None = None
    reasons: tuple[str, ...] = ()
    secret: str = "never shown"


ROWS = [
    Line("Riverton Post", 0.97512, 12, datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC), reasons=("long", "credited")),
    Line("北港日报", 1.0, 3, None, "a | b"),
]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(rows: Any, format_: str, out: io.StringIO | None = None, columns: Any = COLUMNS) -> str:
    out = out or io.StringIO()
    render(rows, columns, format_, out)  # type: ignore[arg-type]  # formats come in as words here
    return out.getvalue()


def test_a_piped_table_has_no_colours_and_its_columns_line_up() -> None:
    assert printed(ROWS, "table").splitlines() == [
        "outlet         share  copies  published             note   reasons",
        "Riverton Post  0.975      12  2026-11-20T14:05:09Z         long; credited",
        "北港日报           1       3                        a | b",
    ]


def test_a_table_on_a_terminal_is_drawn_and_holds_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm-256color")
    drawn = printed(ROWS, "table", Terminal())
    assert "\x1b[" in drawn
    for word in ("Riverton Post", "0.975", "北港日报", "long; credited"):
        assert word in drawn
    assert "nothing found" in printed([], "table", Terminal())


def test_json_and_jsonl_keep_numbers_null_and_lists() -> None:
    rows = json.loads(printed(ROWS, "json"))
    assert rows == [json.loads(line) for line in printed(ROWS, "jsonl").splitlines()]
    assert rows[0] == {
        "outlet": "Riverton Post",
        "share": 0.97512,
        "copies": 12,
        "published": "2026-11-20T14:05:09Z",
        "note": None,
        "reasons": ["long", "credited"],
    }


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(printed(ROWS, "csv"))))
    assert rows[0]["share"] == "0.97512"
    assert rows[1] == {
        "outlet": "北港日报",
        "share": "1.0",
        "copies": "3",
        "published": "",
        "note": "a | b",
        "reasons": "",
    }


def test_markdown_escapes_what_would_break_it() -> None:
    assert printed(ROWS, "md").splitlines() == [
        "| outlet | share | copies | published | note | reasons |",
        "|---|---|---|---|---|---|",
        "| Riverton Post | 0.975 | 12 | 2026-11-20T14:05:09Z |  | long; credited |",
        r"| 北港日报 | 1 | 3 |  | a \| b |  |",
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_columns_are_the_same_without_rows_and_rows_may_be_mappings(format_: str) -> None:
    empty = printed([], format_)
    if format_ in ("table", "csv", "md"):
        assert re.findall(r"\w+", empty.splitlines()[0]) == list(COLUMNS)
    else:
        assert (json.loads(empty) if format_ == "json" else empty.splitlines()) == []
    line = {name: getattr(ROWS[0], name) for name in COLUMNS}
    assert printed([line], format_) == printed(ROWS[:1], format_)
    assert "never shown" not in printed(ROWS, format_)


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="table, csv, json, jsonl, md"):
        printed(ROWS, "xml")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        printed([{"published": datetime(2026, 1, 1)}], "csv")  # noqa: DTZ001  -- the mistake under test


@given(st.lists(st.text(max_size=40) | st.sampled_from(HOSTILE), min_size=1, max_size=5))
def test_no_text_moves_a_terminal_or_becomes_a_formula(texts: list[str]) -> None:
    rows = [{"outlet": text, "note": text, "reasons": [text, {"why": text}]} for text in texts]
    for format_ in FORMATS:
        shown = printed(rows, format_)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        shown.encode()
    assert len(printed(rows, "jsonl").splitlines()) == len(rows)
    assert [row["outlet"] for row in json.loads(printed(rows, "json"))] == texts
    for row in csv.reader(io.StringIO(printed(rows, "csv"))):
        for cell in row:
            assert not re.match(r"\s*[=+@＝＋＠]", cell)
            assert not re.match(r"\s*-(?!\d+(\.\d+)?$)", cell)


@given(st.text(max_size=40) | st.sampled_from(HOSTILE))
def test_rich_markup_and_escapes_of_a_page_do_nothing_on_a_terminal(text: str) -> None:
    drawn = printed([{"outlet": f"[bold red]{text}"}], "table", Terminal(), ("outlet",))
    assert "[bold red]" in re.sub(r"\s", " ", drawn)
    without_our_styles = re.sub(r"\x1b\[[0-9;]*m", "", drawn)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", without_our_styles)


def test_rows_are_written_one_by_one() -> None:
    out = io.StringIO()

    def rows() -> Any:
        yield ROWS[0]
        assert out.getvalue().count("\n") == 1
        yield ROWS[1]

    render(rows(), COLUMNS, "jsonl", out)
    assert out.getvalue().count("\n") == 2


def test_progress_is_drawn_for_a_person_and_silent_when_piped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    piped, seen = io.StringIO(), Terminal()
    for out in (piped, seen):
        with progress("importing", "file[/]\x1b[31m.jsonl", out=out) as advance:
            advance(1, 2)
            advance(1)
    assert piped.getvalue() == ""
    assert "importing file[/] [31m.jsonl" in seen.getvalue()
    assert "2/2" in seen.getvalue()
