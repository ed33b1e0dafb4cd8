"""Fingerprints and their index: found again from any part, in any order of adding, from bytes and from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import fingerprint, from_bytes, to_bytes
from matcher.index import FREQUENT, Index, Segment
from matcher.text import Hashes, read
from tests.matcher.invented import ARABIC, JAPANESE, STORY, prose


def prints(text: str) -> Hashes:
    return fingerprint(read([text]))


def index_of(texts: dict[int, str]) -> Index:
    index = Index()
    index.add_many(texts.keys(), [prints(text) for text in texts.values()])
    return index


@given(st.lists(st.integers(0, 2**32 - 1), max_size=200))
def test_bytes_give_the_fingerprints_back(values: list[int]) -> None:
    sorted_values = np.array(sorted(set(values)), np.uint64)
    assert from_bytes(to_bytes(sorted_values)).tolist() == sorted_values.tolist()


def test_bytes_of_no_whole_fingerprints_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        from_bytes(b"12345")


def test_a_typical_story_takes_half_a_kilobyte() -> None:
    stored = [len(to_bytes(prints(prose(630, seed)))) for seed in range(20)]
    assert 250 < np.mean(stored) < 600


def test_fingerprints_are_sorted_and_distinct() -> None:
    found = prints(prose(300, 1) + " " + prose(300, 1))
    assert (found[1:] > found[:-1]).all()
    assert found.max() < 2**32


@pytest.mark.parametrize("text", ["", "three words only", "...", "「」"])
def test_too_short_a_text_has_no_fingerprint(text: str) -> None:
    assert len(prints(text)) == 0


def test_a_passage_is_sampled_alike_wherever_it_stands() -> None:
    passage = prose(200, 2)
    alone, late = prints(passage), prints(prose(400, 3) + " " + passage)
    shared = np.intersect1d(alone, late)
    assert len(shared) >= len(alone) / 5
    assert len(np.intersect1d(prints(prose(600, 4)), late)) == 0


@pytest.mark.parametrize("part", [slice(0, 120), slice(200, 330), slice(480, 600)])
def test_a_text_is_found_by_any_part_of_it(part: slice) -> None:
    texts = {seed: prose(600, seed) for seed in range(40)}
    index = index_of(texts)
    words = texts[17].split()[part]
    assert index.candidates(prints(" ".join(words)))[0].number == 17


@pytest.mark.parametrize("story", [STORY, ARABIC, JAPANESE])
def test_stories_in_any_script_are_found(story: tuple[str, ...]) -> None:
    index = index_of({seed: prose(300, seed) for seed in range(20)} | {99: " ".join(story)})
    assert [c.number for c in index.candidates(prints(" ".join(story[:2])))] == [99]


@given(st.permutations(range(12)), st.integers(1, 11))
def test_the_order_and_the_portions_of_adding_change_nothing(order: list[int], first: int) -> None:
    texts = {seed: prose(40, 0) + " " + prose(120, seed) for seed in range(12)}
    whole, parts = index_of(texts), Index()
    parts.add_many(order[:first], [prints(texts[n]) for n in order[:first]])
    asked = prints(prose(40, 0) + " " + prose(60, 5))
    parts.candidates(asked)
    for number in order[first:]:
        parts.add(number, prints(texts[number]))
    assert parts.candidates(asked, top=20) == whole.candidates(asked, top=20)
    assert parts.neighbours(asked) == whole.neighbours(asked)


def test_numbers_may_be_any_integers() -> None:
    index = Index()
    index.add(-7, prints(prose(200, 1)))
    index.add(2**40, prints(prose(200, 2)))
    assert [c.number for c in index.candidates(prints(prose(200, 1)))] == [-7]
    assert [c.number for c in index.candidates(prints(prose(200, 2)))] == [2**40]


def test_a_removed_text_is_gone_and_stays_gone_when_stored(tmp_path: Path) -> None:
    texts = {seed: prose(200, seed) for seed in range(10)}
    index = index_of(texts)
    index.remove([3, 777])
    for one in (index, reopen(index, tmp_path)):
        assert len(one) == 9
        assert one.numbers.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]
        assert one.candidates(prints(texts[3])) == []
        assert one.candidates(prints(texts[4])) == index.candidates(prints(texts[4]))
    index.add(3, prints(texts[3]))
    assert [c.number for c in index.candidates(prints(texts[3]))] == [3]


def test_what_was_removed_takes_no_room_once_compacted(tmp_path: Path) -> None:
    texts = {seed: prose(200, seed) for seed in range(10)}
    index = index_of(texts)
    before = index.candidates(prints(texts[8]))
    index.remove(range(0, 10, 3))
    index.compact()
    stored, segments = index.stored()
    assert stored.shape[1] == len(index) == 6
    assert sum(len(segment.postings) for segment in segments) == sum(len(prints(texts[n])) for n in (1, 2, 4, 5, 7, 8))
    assert [c.number for c in index.candidates(prints(texts[8]))] == [c.number for c in before]
    assert index.candidates(prints(texts[3])) == []


def reopen(index: Index, folder: Path) -> Index:
    stored, segments = index.stored()
    mapped = []
    for number, segment in enumerate(segments):
        postings, starts = folder / f"{number}.postings.npy", folder / f"{number}.starts.npy"
        np.save(postings, segment.postings)
        np.save(starts, segment.starts)
        mapped.append(Segment(np.load(postings, mmap_mode="r"), np.load(starts, mmap_mode="r")))
    return Index.of_stored(stored, mapped)


def test_an_index_works_and_grows_from_a_memory_map(tmp_path: Path) -> None:
    texts = {seed: prose(200, seed) for seed in range(30)}
    index = index_of(texts)
    reopened = reopen(index, tmp_path)
    assert reopened.candidates(prints(texts[8])) == index.candidates(prints(texts[8]))
    reopened.add(1000, prints(prose(200, 1000)))
    assert [c.number for c in reopened.candidates(prints(prose(200, 1000)))] == [1000]


def test_an_empty_index_answers() -> None:
    assert Index().candidates(prints(STORY[0])) == []
    assert Index().neighbours(prints(STORY[0])) == []
    assert Index.of_stored(*Index().stored()).candidates(prints(STORY[0])) == []
    assert index_of({1: prose(100, 1)}).candidates(prints("")) == []


def test_a_formula_in_too_many_texts_is_frequent_and_makes_no_candidate_by_itself() -> None:
    formula = prose(40, 0)
    index = index_of({seed: prose(150, seed + 1) + " " + formula for seed in range(FREQUENT + 20)})
    asked = prints(prose(300, 9999) + " " + formula)
    near = index.near(asked)
    assert set(near.frequent.tolist()) <= set(asked.tolist())
    assert len(near.frequent)
    assert index.near(asked, ignore=near.frequent).candidates == []


def test_what_else_is_in_the_index_changes_nothing() -> None:
    texts = {seed: prose(80, seed % 9) + " " + prose(60, seed + 100) for seed in range(40)}
    asked = prints(prose(80, 3) + " " + prose(60, 900))
    alone = index_of({seed: each for seed, each in texts.items() if seed % 9 == 3})
    among = index_of(texts | {seed: prose(200, seed) for seed in range(1000, 1300)})
    assert among.candidates(asked, 3) == alone.candidates(asked, 3)
    assert len(among.candidates(asked, 3)) == 3


def test_whoever_meets_is_met() -> None:
    texts = {n: prose(12 + 9 * n, n % 7) + " " + prose(40 + 11 * (n % 5), 50 + n) for n in range(30)}
    index = index_of(texts)
    met = {n: index.meeting(prints(text)) for n, text in texts.items()}
    assert any(len(each) > 1 for each in met.values())
    assert all(one in met[other] for one, others in met.items() for other in others)


def test_a_text_stored_five_hundred_times_is_still_found() -> None:
    story = prose(400, 0)
    index = index_of(dict.fromkeys(range(500), story) | {1000: prose(400, 1)})
    assert [c.number for c in index.candidates(prints(story), top=3)] == [0, 1, 2]
    assert len(index.neighbours(prints(story))) == 500


def test_what_to_ignore_is_ignored() -> None:
    furniture = prose(60, 0)
    index = index_of({1: prose(200, 1) + " " + furniture})
    asked = prints(prose(200, 2) + " " + furniture)
    assert [c.number for c in index.candidates(asked)] == [1]
    assert index.candidates(asked, ignore=prints(prose(200, 1) + " " + furniture)) == []


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40), st.integers(1, 400), st.integers(0, 9))
def test_a_segment_finds_what_a_search_of_the_whole_finds(asked: list[int], texts: int, seed: int) -> None:
    """Buckets small and swollen: some fingerprints are held by every text."""
    chance = np.random.default_rng(seed)
    common = np.array(asked[::2], np.uint64)
    held = [np.concatenate((common, chance.integers(2**32, size=20).astype(np.uint64))) for _ in range(texts)]
    postings = np.sort(np.concatenate([(each << np.uint64(32)) | np.uint64(slot) for slot, each in enumerate(held)]))
    wanted = np.array([*asked, *held[0][:5].tolist(), 0, 2**32 - 1], np.uint64)
    left, counts = Segment.of(postings).find(wanted)
    low = wanted << np.uint64(32)
    assert (
        counts.tolist()
        == (np.searchsorted(postings, low | np.uint64(2**32 - 1), "right") - np.searchsorted(postings, low)).tolist()
    )
    held_at = np.flatnonzero(counts)
    assert left[held_at].tolist() == np.searchsorted(postings, low[held_at]).tolist()


def test_what_an_owner_holds_often_is_told_with_the_texts(tmp_path: Path) -> None:
    furniture = prose(40, 0)
    index = Index()
    texts = {n: prints(prose(100, n + 1) + " " + furniture) for n in range(8)}
    index.add_many(texts.keys(), texts.values(), [n % 2 for n in texts])
    index.remove([6])
    assert index.holders(texts[0], owner=0, least=4) == {}
    found = index.holders(texts[0], owner=0, least=3)
    assert set(found) == set(texts[0].tolist()) & set(texts[1].tolist())
    assert set(map(tuple, found.values())) == {(0, 2, 4)}
    assert reopen(index, tmp_path).holders(texts[0], owner=0, least=3) == found


def test_neighbours_can_be_asked_for_a_share() -> None:
    index = index_of({1: prose(60, 0) + " " + prose(900, 1), 2: prose(60, 0)})
    asked = prints(prose(60, 0) + " " + prose(900, 3))
    assert {c.number for c in index.neighbours(asked)} == {1, 2}
    assert {c.number for c in index.neighbours(asked, share=0.5)} == {2}
