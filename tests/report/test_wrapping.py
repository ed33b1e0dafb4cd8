"""Plain text in columns: nothing lost, nothing wider than the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from report.clean import one_line
from report.wrapping import pad, wrap

WORDS = st.text(alphabet=st.sampled_from("ab é字日本語ー、。Äا́\u200d\U0001f600-"), max_size=200)


@given(WORDS, st.sampled_from(["", "* ", "  story:   "]))
def test_every_line_fits_and_every_letter_stays(text: str, first: str) -> None:
    lines = wrap(text, first, width=30).split("\n")
    assert all(cell_len(line) <= 30 for line in lines)
    kept = "".join("".join(line[len(first) :].split()) for line in lines)
    assert kept == "".join(text.split())


def test_a_japanese_headline_breaks_between_characters() -> None:
    assert wrap("渡轮脱险乘客平安", "* ", width=10) == "* 渡轮脱险\n  乘客平安"


def test_an_address_is_never_broken() -> None:
    address = "https://x.example/" + "a" * 90
    assert wrap(f"see {address} now", "  ") == f"  see\n  {address}\n  now"


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrap("a" * 25, width=10) == "a" * 10 + "\n" + "a" * 10 + "\n" + "a" * 5


def test_padding_counts_columns() -> None:
    assert pad("渡轮", 6) == "渡轮  "
    assert pad("12", 5, right=True) == "   12"


@given(st.text(max_size=80), st.integers(1, 40))
def test_one_line_is_one_line_and_keeps_its_limit(text: str, limit: int) -> None:
    cleaned = one_line(text, limit)
    assert len(cleaned) <= limit
    assert cleaned == one_line(cleaned)
    assert len(cleaned.splitlines()) <= 1
