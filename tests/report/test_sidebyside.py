"""Why two texts are linked, shown without losing a word of either."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.sidebyside import Comparison, Segment, Side, render, segments

STORY = (
    "The ferry ran aground late on Tuesday. Nobody was hurt. Tugs waited for the tide. The line was fined last year."
)
ARTICLE = "The ferry ran aground on Tuesday night. Tugs waited for the tide. Nobody was hurt. Tea was served."
EDITS = (
    {"kind": "word", "substantive": True, "story_text": "late on Tuesday", "article_text": "on Tuesday night"},
    {"kind": "cut", "substantive": False, "story_text": "The line was fined last year.", "article_text": ""},
    {"kind": "added", "substantive": True, "story_text": "", "article_text": "Tea was\nserved." + " More tea." * 30},
)


def side(name: str, text: str, **facts: str) -> Side:
    words = [(found.start(), found.end()) for found in re.finditer(r"\w+", text)]
    return Side(name, f"Headline of {name}", text, [w[0] for w in words], [w[1] for w in words], tuple(facts.items()))


def comparison(**changes: Any) -> Comparison:
    made: dict[str, Any] = {
        "article": side("https://post.example/1", ARTICLE, published="2026-11-20T14:05Z", credit=""),
        "story": side("AFP:ferry", STORY),
        # Words: ferry ran aground | replaced | tugs (moved before nobody) | nobody
        "spans": [[0, 4, 0, 4, True], [4, 7, 4, 7, False], [7, 12, 10, 15, True], [12, 15, 7, 10, True]],
        "edits": EDITS,
        "verdict": "linked",
        "use": "edited",
        "share_of_article": 0.8333,
        "share_of_story": 0.71,
        "score": 0.913,
        "reasons": ("15 words in 3 passages", "credits AFP"),
        "judgement": "",
    }
    return Comparison(**(made | changes))


def plain(shown: Comparison) -> str:
    out = io.StringIO()
    render(shown, out)
    return out.getvalue()


def test_segments_say_what_was_kept_changed_moved_cut_and_added() -> None:
    assert segments(comparison()) == [
        Segment("same", "The ferry ran aground", "The ferry ran aground"),
        Segment("changed", "late on Tuesday.", "on Tuesday night."),
        Segment("same", "Tugs waited for the tide.", "Tugs waited for the tide."),
        Segment("moved", "Nobody was hurt.", "Nobody was hurt."),
        Segment("changed", "The line was fined last year.", "Tea was served."),
    ]


def test_texts_that_share_nothing_stand_beside_each_other() -> None:
    assert segments(comparison(spans=[])) == [Segment("changed", STORY, ARTICLE)]


@given(st.data())
def test_every_word_of_both_texts_is_shown_once(data: st.DataObject) -> None:
    words = st.lists(st.sampled_from(["one", "two", "three.", '"four', "five,"]), min_size=1, max_size=30).map(" ".join)
    article, story = side("a", data.draw(words)), side("s", data.draw(words))
    spans, at, free = [], 0, list(range(len(story.starts)))
    while at < len(article.starts) and free and data.draw(st.booleans()):
        at += data.draw(st.integers(0, 3))
        start = data.draw(st.sampled_from(free))
        length = 1
        while start + length in free and at + length < len(article.starts) and data.draw(st.booleans()):
            length += 1
        if at + length > len(article.starts):
            break
        spans.append([at, at + length, start, start + length, data.draw(st.booleans())])
        free = [word for word in free if not start <= word < start + length]
        at += length
    shown = segments(comparison(article=article, story=story, spans=spans))
    assert " ".join(s.article for s in shown if s.article).split() == article.source.split()
    assert sorted(" ".join(s.story for s in shown if s.story).split()) == sorted(story.source.split())


def test_the_piped_explanation_holds_everything() -> None:
    text = plain(comparison())
    assert text.splitlines()[0] == (
        "linked · edited · 83% of the article appears to be story text · 71% of the story was used · score 0.91"
    )
    for line in (
        "article: https://post.example/1",
        "published: 2026-11-20T14:05Z",
        "story: AFP:ferry",
        "because: credits AFP",
        "* word, substantive",
        "  story:   late on Tuesday",
        "  article: on Tuesday night",
        "  story:   (nothing)",
        "  article: Tea was served." + " More tea." * 30,
        "= Tugs waited for the tide.",
    ):
        assert line in text.splitlines()
    assert "credit:" not in text
    assert "\x1b" not in text


def test_a_persons_word_is_named() -> None:
    assert plain(comparison(judgement="reject")).splitlines()[0].endswith("rejected by a person")


def test_on_a_terminal_every_edit_is_there_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    monkeypatch.setenv("TERM", "xterm-256color")
    out = type("Terminal", (io.StringIO,), {"isatty": lambda _self: True})()
    render(comparison(), out)
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert drawn != out.getvalue()
    assert max(len(line) for line in drawn.splitlines()) <= 90
    assert drawn.count("More tea.") + drawn.count("More\n") + drawn.count("More  ") >= 28
    for words in ("late on Tuesday", "on Tuesday night", "Tea was served."):
        assert words in drawn


@given(st.text(max_size=60))
def test_hostile_texts_move_no_terminal(text: str) -> None:
    edit = {"kind": text, "story_text": text, "article_text": text, "substantive": True}
    shown = comparison(
        article=side(text, ARTICLE + text, note=text), edits=(edit,), reasons=(text,), verdict=text, use=text
    )
    out = type("Terminal", (io.StringIO,), {"isatty": lambda _self: True})()
    render(shown, out)
    for drawn in (plain(shown), re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", drawn)
