"""The check is silent on perfect rows and catches each kind of failure on spoilt ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo.check import check
from demo.shapes import Copy, Newsroom

Row = dict[str, Any]
FERRY = "/world/ferry-runs-aground-off-maravia-41822"
HIDDEN = "/en/article.php?id=5512"
MERGED = "/world/istrana-blackout-prices"
CORRECTED = "/world/fertiliser-plant-blast-saravia-42051"


def row_of(copy: Copy) -> Row:
    """The row a perfect run prints for a copy."""
    filed = copy.take is not None
    return {
        "story": f"AFP:urn:newsml:afp.com:20261118:{copy.story}" if filed else "inferred:9f3a",
        "origin": "filed" if filed else "inferred",
        "agency": copy.agency,
        "take": copy.take or 1,
        "outlet": copy.site,
        "url": f"http://127.0.0.1:8801{copy.path}",
        "credited": copy.credit,
        "delay_minutes": copy.delay_minutes,
        "delay_bounds": [0, 2000],
        "certainty": "linked",
    }


@pytest.fixture
def rows(newsroom: Newsroom) -> list[Row]:
    finals = [copy for copy in newsroom.truth.copies if copy.final]
    return [row_of(copy) for copy in sorted(finals, key=lambda copy: (copy.path, copy.story))]


def at(rows: list[Row], path: str) -> Row:
    return next(row for row in rows if row["url"].endswith(path))


def whats(newsroom: Newsroom, rows: list[Row]) -> list[str]:
    return [f"{finding.severity}: {finding.what}" for finding in check(newsroom.truth, rows)]


def test_perfect_rows_give_no_finding(newsroom: Newsroom, rows: list[Row]) -> None:
    assert check(newsroom.truth, rows) == []


def test_no_rows_miss_every_copy(newsroom: Newsroom) -> None:
    finals = [copy for copy in newsroom.truth.copies if copy.final]
    findings = check(newsroom.truth, [])
    assert len(findings) == len(finals)
    assert all("missed copy" in finding.what for finding in findings)


def test_each_missing_row_is_one_finding(newsroom: Newsroom, rows: list[Row]) -> None:
    for row in rows:
        (finding,) = check(newsroom.truth, [other for other in rows if other is not row])
        assert "missed copy" in finding.what
        assert finding.where == row["outlet"] + row["url"].removeprefix("http://127.0.0.1:8801")


def test_each_page_that_must_not_be_linked_is_found(newsroom: Newsroom, rows: list[Row]) -> None:
    for path in newsroom.truth.never_linked:
        false = {**rows[0], "outlet": newsroom.truth.paths[path], "url": f"http://127.0.0.1:8801{path}"}
        assert len(check(newsroom.truth, [*rows, false])) == 1, path


SPOILT: dict[str, tuple[str, Row, str]] = {
    "wrong agency": (FERRY, {"agency": "dpa"}, "error: agency dpa instead of AFP"),
    "wrong take": (FERRY, {"take": 2}, "error: take 2 of TX-PAR-QK201 instead of 1"),
    "old take": (CORRECTED, {"take": 1}, "error: take 1 of TX-PAR-QN031 instead of 2"),
    "not re-rooted": (FERRY, {"origin": "inferred"}, "error: story TX-PAR-QK201 is inferred, not filed"),
    "credit lost": (FERRY, {"credited": "none"}, "error: credit none instead of text"),
    "credit invented": (
        "/cocoa-farmers-set-harvest-alight/",
        {"credited": "text"},
        "error: credit text instead of none",
    ),
    "photo taken for text": (
        "/world/border-talks-resume-valdoria",
        {"credited": "text"},
        "error: credit text instead of photo",
    ),
    "delay unknown": (FERRY, {"delay_minutes": None}, "error: delay None min instead of 38"),
    "delay an hour off": (FERRY, {"delay_minutes": 98.0}, "error: delay 98.0 min instead of 38"),
    "page clock taken": (HIDDEN, {"delay_minutes": 12}, "error: delay 12 min although the page states no time"),
    "bounds too narrow": (HIDDEN, {"delay_bounds": [0, 9]}, "error: delay bounds 0 to 9 min exclude the real 97"),
    "wrong outlet": (FERRY, {"outlet": "delta-standard"}, "error: stands under outlet delta-standard"),
    "unknown page": (FERRY, {"url": "http://127.0.0.1:8801/none"}, "error: linked, but the newsroom has no such page"),
    "AMP address": (FERRY, {"url": f"http://127.0.0.1:8801{FERRY}/amp"}, "error: stands under a twin's address"),
    "only possible": (FERRY, {"certainty": "possible"}, "error: missed copy of TX-PAR-QK201"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_row_is_found(newsroom: Newsroom, rows: list[Row], case: str) -> None:
    path, change, expected = SPOILT[case]
    at(rows, path).update(change)
    assert any(what.startswith(expected) for what in whats(newsroom, rows))


def test_within_a_minute_is_exact_enough(newsroom: Newsroom, rows: list[Row]) -> None:
    at(rows, FERRY)["delay_minutes"] += 1
    assert check(newsroom.truth, rows) == []


def test_open_bounds_exclude_nothing(newsroom: Newsroom, rows: list[Row]) -> None:
    at(rows, HIDDEN)["delay_bounds"] = [None, None]
    assert check(newsroom.truth, rows) == []


def test_the_same_pickup_twice_is_found(newsroom: Newsroom, rows: list[Row]) -> None:
    assert whats(newsroom, [*rows, at(rows, FERRY)]) == ["error: listed 2 times for TX-PAR-QK201"]


def test_a_link_to_another_planted_story_is_false(newsroom: Newsroom, rows: list[Row]) -> None:
    at(rows, FERRY)["story"] = at(rows, HIDDEN)["story"]
    assert [what.split(" ", 2)[:2] for what in whats(newsroom, rows)] == [["error:", "false"], ["error:", "missed"]]


def test_a_merged_page_needs_both_stories(newsroom: Newsroom, rows: list[Row]) -> None:
    left = [row for row in rows if not (row["url"].endswith(MERGED) and row["agency"] == "Reuters")]
    assert len(left) == len(rows) - 1
    assert whats(newsroom, left) == ["error: missed copy of rival-grid (merged, credit joint)"]


def test_copies_of_one_story_under_two_names_are_found(newsroom: Newsroom, rows: list[Row]) -> None:
    at(rows, FERRY)["story"] = "inferred:other"
    assert any("missed copy of TX-PAR-QK201" in what for what in whats(newsroom, rows))


def test_story_names_may_be_the_agencys_page_addresses(newsroom: Newsroom, rows: list[Row]) -> None:
    for row in rows:
        row["story"] = row["story"].lower()
    assert check(newsroom.truth, rows) == []


def test_a_possible_link_to_an_independent_page_is_a_warning(newsroom: Newsroom, rows: list[Row]) -> None:
    doubt = {**rows[0], "certainty": "possible", "url": "http://h/news/world/valdoria-ostrany-frontier-analysis"}
    assert [finding.severity for finding in check(newsroom.truth, [*rows, doubt])] == ["warning"]


def edit_row(path: str, kind: str, old: str, new: str) -> Row:
    url = f"http://127.0.0.1:8801{path}"
    return {"url": url, "kind": kind, "old": old, "new": new, "substantive": True}


def edit_rows(newsroom: Newsroom) -> list[Row]:
    return [edit_row(edit.path, "word", edit.old, edit.new) for edit in newsroom.truth.edits]


def test_reported_edits_give_no_finding(newsroom: Newsroom, rows: list[Row]) -> None:
    assert check(newsroom.truth, rows, edit_rows(newsroom)) == []


def test_an_edit_may_be_reported_in_two_pieces(newsroom: Newsroom, rows: list[Row]) -> None:
    edits = [row for row in edit_rows(newsroom) if "elected governor" not in row["new"]]
    edits += [
        edit_row("/content/921136.shtml", "name", "an Ostrany-backed", "the elected"),
        edit_row("/content/921136.shtml", "added", "", "Matvei Sorokan"),
    ]
    assert check(newsroom.truth, rows, edits) == []


SPOIL_EDIT: dict[str, Callable[[Row], Row | None]] = {
    "not reported": lambda _: None,
    "other page": lambda row: {**row, "url": "http://127.0.0.1:8801/content/1.shtml"},
    "called house spelling": lambda row: {**row, "kind": "house spelling", "substantive": False},
    "new words lost": lambda row: {**row, "new": ""},
}


@pytest.mark.parametrize("case", SPOIL_EDIT)
def test_each_unreported_edit_is_found(newsroom: Newsroom, rows: list[Row], case: str) -> None:
    for number in range(len(newsroom.truth.edits)):
        edits = edit_rows(newsroom)
        spoilt = SPOIL_EDIT[case](edits[number])
        edits[number : number + 1] = [spoilt] if spoilt else []
        (finding,) = [f for f in check(newsroom.truth, rows, edits) if f.severity == "error"]
        assert "edit not reported" in finding.what


def test_an_edit_nobody_planted_is_a_warning(newsroom: Newsroom, rows: list[Row]) -> None:
    invented = edit_row(FERRY, "name", "Brandvik", "Olesund")
    harmless = [edit_row(FERRY, "cut", "a paragraph", ""), {**invented, "substantive": False}]
    (finding,) = check(newsroom.truth, rows, [*edit_rows(newsroom), *harmless, invented])
    assert finding.severity == "warning"
    assert "Olesund" in finding.what
