"""Edits: every class of change, what is substantive, and what is no edit at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.align import align
from matcher.edits import Edit, edits
from matcher.text import read
from tests.matcher.invented import ARABIC, FRENCH, JAPANESE, STORY


def edited(article: Sequence[str], story: Sequence[str] = STORY, language: str = "") -> tuple[Edit, ...]:
    ours, theirs = read(article, language), read(story, language)
    return edits(ours, theirs, align(ours, theirs))


def replaced(old: str, new: str, story: Sequence[str] = STORY, language: str = "") -> tuple[Edit, ...]:
    """The edits of a copy in which `old` was replaced once."""
    at = next(number for number, line in enumerate(story) if old in line)
    return edited([*story[:at], story[at].replace(old, new, 1), *story[at + 1 :]], story, language)


def test_a_copy_has_no_edits() -> None:
    assert edited(STORY) == ()


def test_joined_paragraphs_are_no_edit() -> None:
    assert edited([" ".join(STORY[:3]), *STORY[3:5], " ".join(STORY[5:])]) == ()


@pytest.mark.parametrize(
    ("old", "new", "kind", "before", "after"),
    [
        ("signalled", "signaled", "house spelling", "signalled", "signaled"),
        ("normalisation", "normalization", "house spelling", "normalisation", "normalization"),
        ("Eleven ships", "11 ships", "house spelling", "Eleven", "11"),
        ("nightfall", "night fall", "house spelling", "nightfall", "night fall"),
        ("17 days", "19 days", "number", "17", "19"),
        ("340 million", "34 million", "number", "340", "34"),
        ("Petra Holm", "Petra Lund", "name", "Holm", "Lund"),
        ("the refinery at Ostrel", "the refinery at Gorn", "name", "Ostrel", "Gorn"),
        ("we will not wait", "we will gladly wait", "quote", "not", "gladly"),
        ("declined to say whether", "did not say whether", "negation", "declined to", "did not"),
        ("according to the", "in the words of the", "attribution", "according to", "in the words of"),
        ("scarce", "plentiful", "word", "scarce", "plentiful"),
        ("have raised their rates", "raised their rates", "cut", "have", ""),
    ],
)
def test_a_change_has_a_class_and_its_exact_words(old: str, new: str, kind: str, before: str, after: str) -> None:
    [edit] = replaced(old, new)
    assert (edit.kind, edit.story_text, edit.article_text) == (kind, before, after)
    assert edit.substantive == (kind not in ("house spelling", "cut"))


def test_words_with_a_few_in_common_are_one_change() -> None:
    [edit] = replaced("the largest harbour on the Sava gulf", "what sailors call the busiest harbour of Lune")
    assert edit.story_text == "the largest harbour on the Sava gulf"
    assert edit.article_text == "what sailors call the busiest harbour of Lune"
    assert (edit.kind, edit.substantive, edit.story_paragraph, edit.article_paragraph) == ("name", True, 0, 0)


def test_an_addition_that_names_something_is_substantive() -> None:
    [named] = replaced("talks over night shifts collapsed", "talks over night shifts in Ostrel collapsed")
    assert (named.kind, named.article_text, named.substantive) == ("added", "in Ostrel", True)
    [plain] = replaced("joined the strike", "also joined the strike")
    assert (plain.kind, plain.article_text, plain.substantive) == ("added", "also", False)


def test_cutting_inside_a_sentence_is_graver_than_cutting_a_paragraph() -> None:
    [inside] = replaced(
        ", where berths are scarce and insurers have raised their rates since the storms of February", ""
    )
    assert (inside.kind, inside.substantive) == ("cut", True)
    [whole] = edited([*STORY[:4], *STORY[5:]])
    assert (whole.kind, whole.story_text, whole.substantive) == ("cut", STORY[4].rstrip("."), False)
    assert (whole.story_paragraph, whole.article_text) == (4, "")
    [sentence] = replaced(
        ' "The government is ready to mediate, but it cannot negotiate in place of the employers."', ""
    )
    assert (sentence.kind, sentence.substantive) == ("cut", False)


def test_each_paragraph_cut_or_added_is_an_edit_of_its_own() -> None:
    own = "Readers of this newspaper have written of empty shelves in three villages along the coast road."
    found = edited([*STORY[:3], own, STORY[3]])
    assert [(e.kind, e.story_paragraph) for e in found if e.kind == "cut"] == [("cut", n) for n in (4, 5, 6, 7)]
    assert [(e.article_text, e.substantive) for e in found if e.kind == "added"] == [(own.rstrip("."), False)]


def test_a_moved_paragraph_is_moved_and_nothing_else() -> None:
    [edit] = edited([*STORY[:2], STORY[5], *STORY[2:5], *STORY[6:]])
    assert (edit.kind, edit.substantive, edit.story_paragraph, edit.article_paragraph) == ("moved", False, 5, 2)
    assert edit.article_text == STORY[5].rstrip(".")


def test_substantive_edits_come_first_and_the_gravest_of_them() -> None:
    changed = [p.replace("signalled", "signaled").replace("scarce", "plentiful") for p in STORY[:-1]]
    changed[5] = changed[5].replace("17 days", "19 days")
    changed[2] = changed[2].replace("will not wait", "will gladly wait")
    assert [e.kind for e in edited(changed)] == ["quote", "number", "cut", "house spelling"]


def test_offsets_give_the_texts_back() -> None:
    changed = [*STORY[:2], STORY[2].replace("Petra Holm", "Petra Lund"), *STORY[4:]]
    ours, theirs = read(changed), read(STORY)
    for edit in edits(ours, theirs, align(ours, theirs)):
        assert theirs.source[slice(*edit.story_at)] == edit.story_text
        assert ours.source[slice(*edit.article_at)] == edit.article_text


def test_headlines() -> None:
    text = read(STORY)
    alignment = align(text, text)

    def headline(ours: str, theirs: str) -> list[tuple[str, bool]]:
        return [(e.kind, e.substantive) for e in edits(text, text, alignment, ours, theirs)]

    assert headline("Dockers strike in Marevka", "Dockers strike in Marevka") == []
    assert headline("DOCKERS STRIKE IN MAREVKA", "Dockers strike in Marevka") == []
    assert headline("", "Dockers strike in Marevka") == []
    assert headline("Harbour at a standstill", "Dockers strike in Marevka") == [("headline", False)]
    assert headline("Dockers strike enters day 3", "Dockers strike enters day 2") == [("headline", True)]
    assert headline("Army will not unload grain", "Army will unload grain") == [("headline", True)]


def test_arabic() -> None:
    [number] = replaced("2400", "2600", ARABIC)
    assert (number.kind, number.substantive) == ("number", True)
    [spelling] = replaced("أعلنت", "اعلنت", ARABIC)
    assert (spelling.kind, spelling.substantive) == ("house spelling", False)
    [word] = replaced("النقابة", "العمال", ARABIC)
    assert (word.kind, word.story_text, word.article_text) == ("word", "النقابة", "العمال")


def test_french() -> None:
    [quote] = replaced("depuis neuf ans", "depuis dix ans", FRENCH)
    assert (quote.kind, quote.story_text, quote.article_text) == ("quote", "neuf", "dix")
    [name] = replaced("Iven Karas", "Iven Karov", FRENCH)
    assert (name.kind, name.article_text) == ("name", "Karov")


def test_japanese() -> None:
    [edit] = replaced("夜間勤務", "早朝勤務", JAPANESE)
    assert (edit.kind, edit.story_text, edit.article_text) == ("word", "夜間", "早朝")
    [cut] = edited([*JAPANESE[:1], *JAPANESE[2:]], JAPANESE)
    assert (cut.kind, cut.story_paragraph) == ("cut", 1)


def test_german_nouns_are_not_names() -> None:
    story = ["Die Hafenarbeiter in Marevka haben am Montag die Arbeit niedergelegt, teilte die Behörde am Abend mit."]
    [edit] = replaced("die Behörde", "die Verwaltung", story, "de")
    assert (edit.kind, edit.substantive) == ("word", True)


def test_texts_that_share_nothing_have_no_edits() -> None:
    assert edited(["Nothing of the kind."]) == ()
    assert edited([]) == ()


pieces = st.lists(st.sampled_from([*STORY, *FRENCH, *JAPANESE[:1], "", "Own words."]), max_size=8)


@settings(max_examples=80)
@given(pieces, pieces)
def test_edits_of_any_two_texts_are_sane(article: list[str], story: list[str]) -> None:
    ours, theirs = read(article), read(story)
    found = edits(ours, theirs, align(ours, theirs))
    substantive = [edit.substantive for edit in found]
    assert substantive == sorted(substantive, reverse=True)
    for edit in found:
        assert edit.story_text or edit.article_text
        assert theirs.source[slice(*edit.story_at)] == edit.story_text
        assert ours.source[slice(*edit.article_at)] == edit.article_text
