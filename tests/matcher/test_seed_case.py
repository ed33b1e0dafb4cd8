"""The two real pages the project began with: one AFP story of 11 May 2015 in two outlets, political edits and all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from matcher.align import align
from matcher.decide import judge
from matcher.edits import edits
from tests.matcher.invented import article, take

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the two seed pages are not beside this checkout")


@pytest.fixture(scope="module")
def pages() -> dict[str, dict[str, list[str]]]:
    return {
        name: json.loads((SEEDS / f"{name}.json").read_text("utf-8"))
        for name in ("almaghribtoday.class", "globaltimes.br")
    }


def test_global_times_carries_the_story(pages: dict[str, dict[str, list[str]]]) -> None:
    story, copy = (pages[name]["paragraphs"] for name in ("almaghribtoday.class", "globaltimes.br"))
    decision = judge(article(copy), take(story))
    assert (decision.verdict, decision.class_) == ("linked", "edited")
    assert decision.share_of_article >= 0.95
    assert 0.45 <= decision.share_of_story <= 0.70


def test_its_political_edits_are_named_first(pages: dict[str, dict[str, list[str]]]) -> None:
    story = take(pages["almaghribtoday.class"]["paragraphs"]).text
    copy = article(pages["globaltimes.br"]["paragraphs"]).text
    found = edits(copy, story, align(copy, story))
    assert [(e.kind, e.story_text, e.article_text, e.substantive) for e in found[:2]] == [
        ("name", "a Kremlin-backed president", "former president Viktor Yanukovych", True),
        ("added", "", "in East Ukraine", True),
    ]
    respelled = {(e.story_text, e.article_text) for e in found if e.kind == "house spelling"}
    assert respelled == {("signalled", "signaled"), ("normalisation", "normalization"), ("ceasefire", "cease-fire")}
    assert not [e for e in found if e.kind == "moved"]
