"""Decisions: which story, which take, which class, and what must never be linked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.decide import LIMITS, Decision, StoryText, decide, judge
from matcher.fingerprint import fingerprint
from matcher.text import read
from tests.matcher.invented import ARABIC, FRENCH, JAPANESE, OTHER_STORY, SAME_EVENT, STORY, article, prose, take


def verdicts(decisions: Sequence[Decision]) -> list[tuple[str, str, str]]:
    return [(d.family, d.verdict, d.class_) for d in decisions]


@pytest.mark.parametrize("story", [STORY, OTHER_STORY, FRENCH, ARABIC, JAPANESE])
def test_a_copy_is_verbatim_in_any_script(story: tuple[str, ...]) -> None:
    decisions = decide(article(story), [take(story), take(SAME_EVENT, 2)])
    assert verdicts(decisions) == [("story 1", "linked", "verbatim")]
    assert (decisions[0].share_of_article, decisions[0].share_of_story) == (1.0, 1.0)
    assert decisions[0].score > 0.95


def test_house_spelling_and_joined_paragraphs_leave_a_copy_verbatim() -> None:
    respelled = " ".join(STORY).replace("signalled", "signaled").replace("normalisation", "normalization")
    assert verdicts(decide(article([respelled]), [take(STORY)])) == [("story 1", "linked", "verbatim")]


def test_a_story_cut_from_the_end_is_cut() -> None:
    [decision] = decide(article(STORY[:4]), [take(STORY)])
    assert (decision.verdict, decision.class_, decision.share_of_article) == ("linked", "cut", 1.0)
    assert 0.4 < decision.share_of_story < 0.6


def test_a_story_with_changed_words_is_edited() -> None:
    changed = [p.replace("halting", "bringing to a stop").replace("estimated", "reported") for p in STORY]
    changed[4] = "The minister in charge of transport, Iven Karas, would not say whether soldiers could unload grain."
    assert verdicts(decide(article(changed), [take(STORY)])) == [("story 1", "linked", "edited")]


def test_a_story_inside_a_longer_article_is_partial() -> None:
    [decision] = decide(article([prose(300, 1), *STORY, prose(300, 2)]), [take(STORY)])
    assert (decision.verdict, decision.class_) == ("linked", "partial")
    assert 0.2 < decision.share_of_article < 0.4
    assert decision.share_of_story == 1.0


def test_two_stories_in_one_article_are_merged() -> None:
    decisions = decide(article([*STORY, *OTHER_STORY]), [take(OTHER_STORY, 2), take(STORY, 1)])
    assert verdicts(decisions) == [("story 1", "linked", "merged"), ("story 2", "linked", "merged")]


def test_the_same_event_told_by_others_is_not_linked() -> None:
    assert decide(article(SAME_EVENT), [take(STORY)]) == ()
    assert judge(article(SAME_EVENT), take(STORY)).verdict == "apart"


def test_a_formula_of_japanese_news_is_not_a_copy() -> None:
    ours = (
        "十三日午後九時十九分ごろ、マレフカ県で震度五弱の地震があった。震源の深さは約三十六キロ、地震の規模は六・六と推定される。",
        "港では荷役の機械が止まり、夜勤の作業員は高台へ避難した。けが人の報告はないという。",
        "市は体育館を開放し、住民およそ百人が朝まで過ごした。鉄道は始発から運転を見合わせ、橋の点検を終えてから再開する。",
        "専門家は今後一週間ほど余震に注意し、家具を固定して寝る場所を変えるよう呼びかけている。",
    )
    theirs = (
        "十三日午後九時十九分ごろ、マレフカ県で震度五弱の地震があった。震源の深さは約三十キロ、地震の規模は六・九と推定される。",
        "各地の震度は次のとおり。ルネ町、ヴァスク町、オストレル市で震度四、ブレナ市で震度三を観測した。沿岸に注意報が出ている。",
    )
    assert [d for d in decide(article(ours), [take(theirs)]) if d.verdict == "linked"] == []


def test_a_long_shared_quotation_alone_is_not_linked() -> None:
    speech = f'"{prose(150, 5)}," she said.'
    decision = judge(article([prose(150, 6), speech]), take([prose(150, 7), speech]))
    assert (decision.verdict, decision.class_) == ("apart", "quoted only")
    assert decision.share_of_article > 0.4


def test_the_outlets_furniture_proves_nothing() -> None:
    furniture = prose(120, 3)
    page = article([prose(80, 1), furniture], boilerplate=fingerprint(read([furniture])))
    assert decide(page, [take([prose(90, 2), furniture])]) == ()
    unknown = article([prose(80, 1), furniture])
    assert verdicts(decide(unknown, [take([prose(90, 2), furniture])])) == [("story 1", "linked", "edited")]


def test_background_that_several_stories_carry_names_none_of_them() -> None:
    background = prose(90, 50)
    stories = [take([prose(300, key), background], key) for key in (1, 2, 3)]
    carrier = article([prose(160, 9), background])
    assert [d.verdict for d in decide(carrier, stories[:1])] == ["linked"]
    assert decide(carrier, stories) == ()


def test_a_template_filled_with_other_numbers_is_not_linked() -> None:
    def bulletin(*numbers: int) -> list[str]:
        a, b, c, d, e = numbers
        return [
            f"The main index of the Marevka exchange closed {a} points higher on a turnover of {b} million crowns.",
            f"Shares of {c} companies rose while those of {d} fell in the course of the session, the exchange said.",
            f"Banks led the gainers and shippers the losers, and {e} thousand contracts changed hands in all.",
        ]

    decision = judge(article(bulletin(43, 410, 125, 25, 82)), take(bulletin(8, 390, 70, 67, 99)))
    assert decision.verdict == "possible"
    assert "template" in " ".join(decision.reasons)
    assert judge(article(bulletin(43, 410, 125, 25, 82)), take(bulletin(43, 410, 125, 25, 82))).verdict == "linked"


def test_a_text_rewritten_word_by_word_is_found_by_its_order() -> None:
    words = " ".join(p for p in STORY if '"' not in p).split()
    kept = {*range(10, 14), *range(90, 94)}
    rewritten = [word if at % 5 in (0, 1, 3) or at in kept else f"{word}x" for at, word in enumerate(words)]
    decision = judge(article([" ".join(rewritten)]), take(STORY))
    assert (decision.verdict, decision.class_) == ("linked", "edited")
    assert "order" in " ".join(decision.reasons)
    assert judge(article([" ".join(sorted(rewritten))]), take(STORY)).verdict == "apart"


def test_the_take_that_was_printed_is_chosen() -> None:
    first, second = list(STORY), [prose(40, 1), *STORY[:3], prose(30, 2), *STORY[4:]]
    takes = [take(first, 1, "strike", 1, published=1000.0), take(second, 2, "strike", 2, published=2000.0)]
    assert [d.key for d in decide(article(first, published=3000.0), takes)] == [1]
    assert [d.key for d in decide(article(second, published=3000.0), takes)] == [2]


def test_of_two_takes_alike_the_latest_filed_before_the_article_is_meant() -> None:
    takes = [take(STORY, key, "strike", key, published=1000.0 * key) for key in (1, 2, 3)]
    assert [d.key for d in decide(article(STORY[:5], published=2500.0), takes)] == [2]
    assert [d.key for d in decide(article(STORY[:5], published=9000.0), takes)] == [3]


def test_an_article_without_the_new_top_carries_the_take_before_it() -> None:
    takes = [take(STORY, 1, "strike", 1, published=1.0), take([prose(50, 3), *STORY], 2, "strike", 2, published=2.0)]
    assert [d.key for d in decide(article(STORY[:5], published=9.0), takes)] == [1]
    assert [d.key for d in decide(article([prose(50, 3), *STORY[:5]], published=9.0), takes)] == [2]


def test_a_filing_days_after_the_article_is_not_its_origin() -> None:
    story = [prose(200, 4), prose(90, 5)]
    carrier = article([prose(160, 6), prose(90, 5)], published=0.0)
    assert judge(carrier, take(story, published=3600.0)).verdict == "linked"
    late = judge(carrier, take(story, published=5 * 86400.0))
    assert late.verdict == "possible"
    assert "filed long after" in " ".join(late.reasons)
    assert judge(carrier, take(story, published=5 * 86400.0, filed=False)).verdict == "linked"


def test_a_passage_of_an_old_story_is_background() -> None:
    story = [prose(200, 4), prose(90, 5)]
    carrier = article([prose(160, 6), prose(90, 5)], published=90 * 86400.0)
    assert judge(carrier, take(story, published=89 * 86400.0)).verdict == "linked"
    assert judge(carrier, take(story, published=0.0)).verdict == "possible"
    assert judge(article(story, published=90 * 86400.0), take(story, published=0.0)).verdict == "linked"


def test_one_speech_printed_by_two_is_no_copy() -> None:
    speech = [f'"{prose(120, seed)}"' for seed in range(4)]
    opening = "The president said this at the opening of the congress in Marevka on Monday"
    decision = judge(article([opening, *speech]), take([prose(30, 9), f"{opening}, aides said.", *speech]))
    assert (decision.verdict, decision.class_) == ("apart", "quoted only")


def test_a_credit_raises_and_its_absence_lowers_nothing() -> None:
    lines = [prose(330, 8), STORY[0], STORY[1]]
    plain = judge(article(lines), take(STORY))
    credited = judge(article(lines, credits=(("AFP", "text"),)), take(STORY))
    assert plain.score < credited.score
    assert "credited to AFP" in credited.reasons
    others = judge(article(lines, credits=(("AFP", "photo"), ("DPA", "text"))), take(STORY))
    assert others.score == plain.score
    assert (
        judge(article(STORY), take(STORY)).score == judge(article(STORY, credits=(("AFP", "text"),)), take(STORY)).score
    )


def test_a_handful_of_own_words_decides_nothing() -> None:
    words = STORY[0].split()
    assert decide(article([" ".join(words[: LIMITS.least_words - 2])]), [take(STORY)]) == ()


def test_nothing_to_decide() -> None:
    assert decide(article(STORY), []) == ()
    assert decide(article([]), [take(STORY)]) == ()
    assert decide(article(STORY), [take([])]) == ()


pieces = st.lists(st.sampled_from([*STORY, *OTHER_STORY, *SAME_EVENT, *FRENCH, prose(60, 1)]), max_size=12)


@settings(max_examples=60)
@given(pieces, st.permutations([(STORY, 1), (OTHER_STORY, 2), (SAME_EVENT, 3), (FRENCH, 4), (STORY[2:], 5)]))
def test_the_order_of_candidates_changes_nothing(lines: list[str], order: list[tuple[tuple[str, ...], int]]) -> None:
    stories: list[StoryText] = [take(text, key) for text, key in order]
    found = decide(article(lines), stories)
    again = decide(article(lines), sorted(stories, key=lambda story: story.key))
    assert [(d.key, d.verdict, d.class_, d.score) for d in found] == [
        (d.key, d.verdict, d.class_, d.score) for d in again
    ]
    for decision in found:
        assert decision.verdict in ("linked", "possible")
        assert 0.0 <= decision.score <= 1.0
        assert 0.0 <= decision.own_share <= 1.0
        assert 0.0 <= decision.share_of_article <= 1.0
        assert 0.0 <= decision.share_of_story <= 1.0
    assert len({d.family for d in found}) == len(found)
