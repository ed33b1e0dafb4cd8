"""What the program says of notices is compared with what pages did: silent on perfect rows, loud on spoilt ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from demo.check_notices import differences_of_notices
from demo.shapes import Newsroom, Reaction

Row = dict[str, Any]


def row_of(reaction: Reaction) -> Row:
    """The row a perfect run prints of a reaction."""
    return {
        "kind": reaction.kind,
        "story": f"AFP:urn:newsml:afp.com:20261118:{reaction.story}",
        "url": f"http://127.0.0.1:8801{reaction.path}",
        "state": reaction.state,
        "minutes": reaction.minutes,
        "evidence": "",
    }


@pytest.fixture
def rows(newsroom: Newsroom) -> list[Row]:
    return [row_of(reaction) for reaction in newsroom.truth.reactions]


def whats(newsroom: Newsroom, rows: list[Row]) -> list[str]:
    return [finding.what for finding in differences_of_notices(newsroom.truth, rows)]


def test_perfect_rows_give_no_finding(newsroom: Newsroom, rows: list[Row]) -> None:
    assert whats(newsroom, rows) == []
    assert len(rows) >= 10


def test_each_missing_row_is_one_finding(newsroom: Newsroom, rows: list[Row]) -> None:
    for row in rows:
        (what,) = whats(newsroom, [other for other in rows if other is not row])
        assert "nothing is said" in what


@pytest.mark.parametrize(
    ("state", "spoilt", "what"),
    [
        ("unchanged", {"state": "removed"}, "removed instead of unchanged"),
        ("unchanged", {"minutes": 4.0}, "complied after 4.0 min although it is unchanged"),
        ("removed", {"minutes": None}, "after None min"),
        ("removed", {"minutes": 1.0}, "after 1.0 min"),
        ("changed with a note", {"minutes": 9999.0}, "after 9999.0 min"),
        ("broken", {"minutes": 9.0}, "after 9.0 min"),
        ("unreachable", {"state": "removed"}, "removed instead of unreachable"),
        ("silently changed", {"story": "AFP:another"}, "of story AFP:another"),
    ],
)
def test_each_wrong_word_is_found(
    newsroom: Newsroom, rows: list[Row], state: str, spoilt: Mapping[str, Any], what: str
) -> None:
    at = next(number for number, row in enumerate(rows) if row["state"] == state)
    (found,) = whats(newsroom, [*rows[:at], rows[at] | dict(spoilt), *rows[at + 1 :]])
    assert what in found


def test_a_page_that_only_looks_like_a_breach_must_not_be_named(newsroom: Newsroom, rows: list[Row]) -> None:
    path = next(page.path for page in newsroom.pages if page.site == "coral-times" and page.story)
    breach = next(row for row in rows if row["state"] == "broken")
    (what,) = whats(newsroom, [*rows, breach | {"url": f"http://127.0.0.1:8801{path}"}])
    assert what.endswith("said to be broken, and not concerned")
