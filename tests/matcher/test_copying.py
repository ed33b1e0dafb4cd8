"""Who copied from whom: told by what an outlet wrote and the agency never did."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matcher.copying import COMMON_OUTLETS, Copy, Source, own_changes, sources

TRACE = {"the shaky bridge": True}


def copy(key: int, changes: dict[str, bool], minutes: float | None = None, outlet: str = "") -> Copy:
    return Copy(key, outlet or f"outlet {key}", (float(key if minutes is None else minutes), f"u{key}", 1), changes)


def test_a_copy_with_another_s_substantive_change_came_from_it() -> None:
    found = sources([copy(2, TRACE), copy(1, TRACE), copy(3, {})])
    assert found == {2: Source(1, 1, ("the shaky bridge",))}


def test_one_change_of_no_weight_is_chance_and_two_are_not() -> None:
    assert sources([copy(1, {"while": False}), copy(2, {"while": False})]) == {}
    small = {"while": False, "on monday evening": False}
    assert sources([copy(1, small), copy(2, small)])[2].examples == ("on monday evening", "while")


def test_the_copy_that_shares_most_is_the_source_then_the_earliest() -> None:
    more = TRACE | {"mayor holm": True}
    assert sources([copy(1, TRACE), copy(2, more), copy(3, more)])[3].key == 2
    assert sources([copy(1, TRACE), copy(2, TRACE), copy(3, TRACE)])[3].key == 1


def test_an_outlet_does_not_copy_from_itself() -> None:
    assert sources([copy(1, TRACE, outlet="daily"), copy(2, TRACE, outlet="daily")]) == {}


def test_what_most_outlets_write_is_the_agency_s() -> None:
    copies = [copy(n, TRACE) for n in range(COMMON_OUTLETS)]
    assert sources(copies) == {}
    assert len(sources([*copies, *(copy(100 + n, {}) for n in range(COMMON_OUTLETS))])) == COMMON_OUTLETS - 1


def test_only_what_the_outlet_wrote_is_its_own() -> None:
    edits = [
        {"kind": "cut", "article_text": "", "story_text": "gone", "substantive": True},
        {"kind": "house spelling", "article_text": "centre", "substantive": False},
        {"kind": "name", "article_text": "Mayor  HOLM", "substantive": False},
        {"kind": "name", "article_text": "mayor holm", "substantive": True},
    ]
    assert own_changes(edits) == {"mayor holm": True}


changes = st.dictionaries(st.sampled_from("abcdef"), st.booleans(), max_size=4)


@given(st.lists(st.tuples(changes, st.integers(0, 3), st.sampled_from("xyz")), max_size=9), st.randoms())
def test_order_changes_nothing_and_nobody_copies_from_the_future(
    drawn: list[tuple[dict[str, bool], int, str]], chance: object
) -> None:
    copies = [copy(key, own, minutes, outlet) for key, (own, minutes, outlet) in enumerate(drawn)]
    shuffled = list(copies)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # random.Random, by hypothesis
    found = sources(copies)
    assert sources(shuffled) == found
    for key, source in found.items():
        assert (copies[source.key].rank, source.key) < (copies[key].rank, key)
        assert copies[source.key].outlet != copies[key].outlet
