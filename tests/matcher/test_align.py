"""Alignment: shares, spans, and what a cut, a move or an edit does to them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.align import Alignment, Span, align
from matcher.text import Text, read
from tests.matcher.invented import ARABIC, FRENCH, JAPANESE, OTHER_STORY, SAME_EVENT, STORY, prose

TEXTS = [STORY, OTHER_STORY, SAME_EVENT, FRENCH, ARABIC, JAPANESE]
paragraphs = st.lists(st.sampled_from([p for text in TEXTS for p in text]), max_size=6)


def sane(alignment: Alignment, article: Text, story: Text) -> None:
    assert 0.0 <= alignment.share_of_article <= 1.0
    assert 0.0 <= alignment.share_of_story <= 1.0
    assert all(0.0 <= share <= 1.0 for share in alignment.verbatim)
    used: set[int] = set()
    end = 0
    for span in alignment.spans:
        assert span.article_start >= end, "spans stand in the article's order and do not overlap"
        end = span.article_end
        if span.exact:
            ours = article.hashes[span.article_start : span.article_end].tolist()
            assert ours == story.hashes[span.story_start : span.story_end].tolist()
            words = set(range(span.story_start, span.story_end))
            assert not words & used, "a word of the story stands for one word of the article"
            used |= words


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_against_itself_is_all_there(text: tuple[str, ...]) -> None:
    alignment = align(read(text), read(text))
    assert (alignment.share_of_article, alignment.share_of_story, alignment.verbatim) == (1.0, 1.0, (1.0, 1.0))


@given(st.integers(8, 300), st.integers(0, 99))
def test_any_text_against_itself_is_all_there(words: int, seed: int) -> None:
    text = read([prose(words, seed)])
    alignment = align(text, text)
    assert (alignment.share_of_article, alignment.share_of_story) == (1.0, 1.0)


@given(paragraphs, paragraphs)
def test_alignments_are_sane(ours: list[str], theirs: list[str]) -> None:
    article, story = read(ours), read(theirs)
    sane(align(article, story), article, story)


@given(st.lists(st.sampled_from("abcde"), max_size=60), st.lists(st.sampled_from("abcde"), max_size=60))
def test_alignments_of_repetitive_texts_are_sane(ours: list[str], theirs: list[str]) -> None:
    article, story = read([" ".join(ours)]), read([" ".join(theirs)])
    sane(align(article, story), article, story)


@settings(max_examples=50)
@given(st.integers(0, 400), st.integers(0, 400))
def test_cutting_never_raises_the_share_of_the_story_used(shorter: int, longer: int) -> None:
    story = read(STORY)
    words = " ".join(STORY).split()
    shares = [align(read([" ".join(words[:n])]), story).share_of_story for n in sorted((shorter, longer))]
    assert shares[0] <= shares[1]


def test_unrelated_texts_share_nothing() -> None:
    alignment = align(read(STORY), read(OTHER_STORY))
    assert (alignment.share_of_article, alignment.share_of_story, alignment.spans) == (0.0, 0.0, ())


def test_an_edited_word_is_a_gap_inside_one_passage() -> None:
    story = read(["The harbour master said that eleven ships were anchored off the coast by nightfall on Monday"])
    article = read(["The harbour master said that twelve ships were anchored off the coast by nightfall on Monday"])
    alignment = align(article, story)
    assert alignment.spans == (Span(0, 5, 0, 5, True), Span(5, 6, 5, 6, False), Span(6, 16, 6, 16, True))
    assert alignment.share_of_article == 1.0
    assert alignment.verbatim[0] < 0.5


def test_paragraphs_in_another_order_are_found() -> None:
    alignment = align(read([*STORY[4:], *STORY[:4]]), read(STORY))
    assert alignment.share_of_article == 1.0
    assert alignment.spans[0].story_start > alignment.spans[-1].story_start


def test_a_few_common_words_are_no_passage() -> None:
    article = read(["They left the main gate at noon. " + prose(100, 1) + " outside the main gate."])
    alignment = align(article, read(["Outside the main gate at noon it rained. " + prose(100, 2)]))
    assert alignment.words == 0
    assert alignment.weak.sum() == 5


def test_one_paragraph_printed_twice_counts_once_in_the_story() -> None:
    alignment = align(read([STORY[0], STORY[0]]), read(STORY[:1]))
    assert (alignment.share_of_article, alignment.share_of_story) == (0.5, 1.0)


def test_words_are_counted_in_english_ones() -> None:
    characters = align(read(JAPANESE), read(JAPANESE)).words
    assert characters == len(read(JAPANESE)) // 3


@pytest.mark.parametrize("ours", [[], ["one two three"], ["港"]])
def test_texts_too_short_to_align(ours: list[str]) -> None:
    alignment = align(read(ours), read(STORY))
    assert (alignment.words, alignment.share_of_article, alignment.verbatim[0]) == (0, 0.0, 0.0)
