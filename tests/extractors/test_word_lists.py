"""Long lists of words: one pass finds what a search for each list would find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.anycase import AnyCase
from crawler.extractors.lexicon import Lexicon, WordList

A, B = 1, 2
LISTS = (
    (WordList(words="ads? menu pull-quote", parts=r"share-?(?:bar|box) (?:left|right)-?column toc(?:$|-)"), A),
    (WordList(words="menu quote", parts="sharebox columns"), B),
)
EDGE, STOP = r"(?:^|[_\-:])", r"(?=$|[_\-:0-9])"
SEARCHED = (
    (rf"{EDGE}(?:ads?|menu|pull-quote){STOP}|share-?(?:bar|box)|(?:left|right)-?column|toc(?:$|-)", A),
    (rf"{EDGE}(?:menu|quote){STOP}|sharebox|columns", B),
)
PIECES = st.sampled_from(
    ["ad", "ads", "menu", "pull", "quote", "share", "bar", "box", "left", "column", "s", "toc", "-", "_", ":", "7", "é"]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_one_pass_finds_what_searching_each_list_finds(name: str) -> None:
    flags = sum(flag for pattern, flag in SEARCHED if re.search(pattern, name))
    assert Lexicon(LISTS).flags(name) == flags


@pytest.mark.parametrize("part", ["h-?entry", "st?art", "[ab]cd"])
def test_a_part_that_may_open_with_other_letters_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        Lexicon([(WordList(parts=part), A)])


PHRASES = r"\bread on\b|devamını oku|sie haben|crédit\s*:|kiosk"
LETTERS = st.sampled_from([*"readonvmıiİIsſSkK: é", "É", "K", "read on", "DEVAMINI OKU", "Sie Haben", "CRÉDIT :", "\n"])


@given(st.lists(LETTERS, max_size=12).map("".join))
def test_a_phrase_is_found_in_the_cases_in_which_re_finds_it(text: str) -> None:
    assert AnyCase(PHRASES).occurs(text) == (re.search(PHRASES, text, re.I) is not None)


def test_a_pattern_with_a_capital_is_refused() -> None:
    with pytest.raises(ValueError, match="capital"):
        AnyCase(r"\W*Photo")
