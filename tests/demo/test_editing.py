"""What a desk does to a take, and what it refuses to be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.editing import CreditParts, credit_parts, edited
from demo.planting import _added_phrase
from demo.stories import Story, Take, numbers, paragraphs, with_days

MOMENT = datetime(2026, 11, 18, 6, tzinfo=UTC)
TAKE = Take(1, MOMENT, MOMENT, "Head", ("One grey harbour.", "Two.", "Three.", "Four."))
STORY = Story("s", "TX-1", "AFP", "a-b", "en", "Port Selwyn", "Maravia", 3, "page", "desk", (TAKE,))


def printed(other: Take | None = None, parts: CreditParts | None = None, **entry: Any) -> tuple[str, ...]:
    return edited({"path": "/x", **entry}, TAKE, other, parts or CreditParts())


def test_nothing_asked_nothing_changed() -> None:
    assert printed() == TAKE.paragraphs


def test_keep_insert_and_join_count_in_the_takes_own_numbers() -> None:
    assert printed(keep="2-4", join=[3], insert=[[0, "Zero."], [2, "Between."]]) == (
        "Zero.",
        "Two.",
        "Between.",
        "Three. Four.",
    )


def test_respelling_keeps_capitals() -> None:
    assert printed(keep="1", respell="us") == ("One gray harbor.",)


def test_credits_wrap_the_agency_text_and_not_the_outlets_own() -> None:
    parts = CreditParts(dateline="X (AFP) — ", tail=" -- AFP")
    assert printed(parts=parts, keep="2-3", insert=[[0, "Own."], [3, "Own too."]]) == (
        "Own.",
        "X (AFP) — Two.",
        "Three. -- AFP",
        "Own too.",
    )


def test_weaving_takes_paragraphs_of_both_in_order() -> None:
    other = Take(1, MOMENT, MOMENT, "Other", ("Eins.", "Zwei."))
    assert printed(other, order=["b2", "a1", "b1"]) == ("Zwei.", "One grey harbour.", "Eins.")


def test_an_edit_of_absent_words_is_refused() -> None:
    with pytest.raises(ValueError, match="/x: nothing reads 'purple'"):
        printed(edits=[["purple", "green"]])


def test_an_insertion_after_a_dropped_paragraph_is_refused() -> None:
    with pytest.raises(ValueError, match="/x: an insertion"):
        printed(keep="1-2", insert=[[3, "Lost."]])


@pytest.mark.parametrize(
    ("entry", "byline", "line"),
    [
        ({"path": "/x", "story": "s"}, "By AFP", "Port Selwyn - AFP"),
        ({"path": "/x", "story": "s", "credit": "photo"}, "", "PORT SELWYN - Paper"),
        ({"path": "/x", "byline": "By Ann"}, "By Ann", " - Paper"),
    ],
)
def test_credit_form_follows_the_kind(entry: dict[str, str], byline: str, line: str) -> None:
    site = {"credits": {"text": {"byline": "By AFP", "line": "{Place} - AFP"}, "none": {"line": "{PLACE} - Paper"}}}
    parts = credit_parts(site, entry, STORY if "story" in entry else None)
    assert (parts.byline, parts.line) == (byline, line)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_numbers_reads_single_numbers_back(wanted: list[int]) -> None:
    assert numbers(",".join(map(str, wanted))) == wanted


@given(st.integers(1, 30), st.integers(0, 30))
def test_numbers_reads_a_range(first: int, more: int) -> None:
    assert numbers(f"{first}-{first + more}") == list(range(first, first + more + 1))


def test_paragraphs_are_split_at_blank_lines_and_rewrapped() -> None:
    assert paragraphs("\nOne\nline.\n\n  \nTwo.\n") == ("One line.", "Two.")


@pytest.mark.parametrize(("language", "day"), [("en", "Wednesday"), ("fr", "mercredi"), ("de", "Mittwoch")])
def test_days_are_named_in_the_language(language: str, day: str) -> None:
    assert with_days("{today}", MOMENT, language) == day


def test_tomorrow_passes_the_weeks_end() -> None:
    assert with_days("{yesterday} {tomorrow}", datetime(2026, 11, 22, tzinfo=UTC), "en") == "Saturday Monday"


def test_an_added_phrase_is_what_stands_between_common_ends() -> None:
    assert _added_phrase("said the UN.", "said the UN, whose figures are disputed.") == "whose figures are disputed"
