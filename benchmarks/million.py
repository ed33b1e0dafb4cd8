"""One new article against a million stories: how fast, how large, and does it find what an exhaustive search finds?

    python -m benchmarks.million ../shared/data [--stories 1000000] [--seed 11] [--articles 300]

A synthetic story is 300 to 900 words in pieces of three to seven, each from somewhere in a real text: two fifths of its
runs of four words are real ones, as common as they are in the language, the others are its own. Story n is always the
same for one seed, so nothing but the index is kept. A third of the articles are stories cut short, a third stories
with every seventh word changed, a third carry none. The exhaustive search counts the runs an article shares with
every story.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.decide import ArticleText, StoryText, decide
from matcher.fingerprint import fingerprint, shingles
from matcher.index import Index, Segment
from matcher.text import Hashes, Text, read

BATCH = 20_000
SMALL = 10_000
"""Stories of the index whose cost per article the large one's is compared with; all carried stories are in it."""


@dataclass(frozen=True)
class World:
    """The words of all real texts in a row, as hashes, and the seed by which stories are made of them."""

    words: Hashes
    seed: int

    def story(self, number: int) -> Hashes:
        """The words of story `number`."""
        chance = np.random.default_rng([self.seed, number])
        lengths = chance.integers(3, 8, size=chance.integers(60, 181))
        starts = chance.integers(len(self.words) - 8, size=len(lengths))
        places = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        return np.asarray(self.words[places], np.uint64)

    def changed(self, hashes: Hashes, share: float, chance: np.random.Generator) -> Hashes:
        """The words with a share of them replaced by others as likely."""
        places = np.flatnonzero(chance.random(len(hashes)) < share)
        hashes = hashes.copy()
        hashes[places] = self.words[chance.integers(len(self.words), size=len(places))]
        return hashes


@dataclass(frozen=True)
class Asked:
    """An article, and the story it carries, if any."""

    text: Text
    carries: int | None


def text_of(hashes: Hashes) -> Text:
    """A text of which only the words are known."""
    none = np.zeros(len(hashes), np.int32)
    return Text("", hashes, none, none, np.zeros(len(hashes), bool), none)


def world_of(folder: Path, seed: int) -> World:
    """All real articles of the folder."""
    texts: list[Hashes] = []
    for path in sorted(folder.glob("*.articles.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts.extend(read(json.loads(line)["text"].split("\n")).hashes for line in lines)
    return World(np.concatenate(texts), seed)


def asked(world: World, count: int) -> list[Asked]:
    """The articles to ask about."""
    made = []
    for number in range(count):
        chance = np.random.default_rng([world.seed, number, 1])
        carried = int(chance.integers(SMALL))
        words = world.story(carried)
        if number % 3 == 0:
            made.append(Asked(text_of(words[: int(len(words) * chance.uniform(0.3, 1.0))]), carried))
        elif number % 3 == 1:
            made.append(Asked(text_of(world.changed(words, 1 / 7, chance)), carried))
        else:
            made.append(Asked(text_of(world.story(10**9 + number)), None))
    return made


class Exhaustive:
    """For each article, the story that shares most distinct runs of words, seen one story at a time."""

    def __init__(self, articles: list[Asked]) -> None:
        runs = [np.unique(shingles(each.text.hashes, each.text.run)) for each in articles]
        hashes = np.concatenate([np.zeros(0, np.uint64), *runs])
        order = np.argsort(hashes)
        self._hashes, self._owners = hashes[order], np.repeat(np.arange(len(runs)), [len(r) for r in runs])[order]
        self.best = np.zeros((len(runs), 2), np.int64)  # by article: runs shared, story

    def see(self, number: int, text: Text) -> None:
        """Compare a story with all articles."""
        if not len(self.best):
            return
        runs = np.unique(shingles(text.hashes, text.run))
        left, right = np.searchsorted(self._hashes, runs), np.searchsorted(self._hashes, runs, "right")
        hits = np.flatnonzero(right > left)
        if not len(hits):
            return
        owners = np.concatenate([self._owners[left[hit] : right[hit]] for hit in hits])
        shared = np.bincount(owners, minlength=len(self.best))
        better = shared > self.best[:, 0]
        self.best[better] = np.stack([shared[better], np.full(int(better.sum()), number)], axis=1)


def built(world: World, stories: int, see: Callable[[int, Text], None]) -> Index:
    """An index of the first so many stories, each shown to `see` in passing."""
    index = Index()
    spent = 0.0
    for start in range(0, stories, BATCH):
        numbers = range(start, min(stories, start + BATCH))
        texts = [text_of(world.story(number)) for number in numbers]
        for number, text in zip(numbers, texts, strict=True):
            see(number, text)
        began = time.process_time()
        index.add_many(numbers, [fingerprint(text) for text in texts])
        index.candidates(np.zeros(0, np.uint64))  # the first question sorts what was added
        spent += time.process_time() - began
    print(f"{len(index):8} stories indexed at {len(index) / spent:.0f} per CPU second, tokenising apart")
    return index


@dataclass
class Answers:
    """What an index answered: milliseconds of CPU per article, first candidates, how many were decided right."""

    took: list[float]
    first: list[int | None]
    right: int = 0


def answer(world: World, index: Index, article: Asked, answers: Answers) -> None:
    """Ask for candidates and a decision; reading the candidates' texts is not counted."""
    began = time.process_time()
    near = index.near(fingerprint(article.text))
    spent = time.process_time() - began
    stories = [StoryText(c.number, str(c.number), "", 1, text_of(world.story(c.number))) for c in near.candidates]
    began = time.process_time()
    decided = decide(ArticleText(article.text, boilerplate=near.frequent), stories)
    answers.took.append(1000 * (spent + time.process_time() - began))
    answers.first.append(near.candidates[0].number if near.candidates else None)
    linked = [d.key for d in decided if d.verdict == "linked"]
    answers.right += linked[:1] == ([] if article.carries is None else [article.carries])


def restarted(index: Index) -> None:
    """Print the size of the index on disk and the time from a mapped file to the first answer."""
    with tempfile.TemporaryDirectory() as folder:
        texts, segments = index.stored()
        paths = [(Path(folder) / f"{n}.postings.npy", Path(folder) / f"{n}.starts.npy") for n in range(len(segments))]
        np.save(Path(folder) / "texts.npy", texts)
        for segment, (postings, starts) in zip(segments, paths, strict=True):
            np.save(postings, segment.postings)
            np.save(starts, segment.starts)
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        began = time.perf_counter()
        mapped = [Segment(np.load(one, mmap_mode="r"), np.load(other, mmap_mode="r")) for one, other in paths]
        again = Index.of_stored(np.load(Path(folder) / "texts.npy"), mapped)
        again.candidates(np.arange(100, dtype=np.uint64))
        ready = time.perf_counter() - began
        print(f"on disk {size / len(index):.0f} bytes per story, ready {1000 * ready:.0f} ms after a restart")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path)
    options.add_argument("--stories", type=int, default=1_000_000)
    options.add_argument("--articles", type=int, default=300)
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--exhaustive", action=argparse.BooleanOptionalAction, default=True)
    given = options.parse_args()
    world = world_of(given.data, given.seed)
    articles = asked(world, given.articles)
    exhaustive = Exhaustive(articles if given.exhaustive else [])
    indexes = [built(world, given.stories, exhaustive.see), built(world, SMALL, lambda *_: None)]
    answers = [Answers([], []), Answers([], [])]
    for article in articles:  # by turns, so that a machine busy with other things slows both alike
        for index, found in zip(indexes, answers, strict=True):
            answer(world, index, article, found)
    for index, found in zip(indexes, answers, strict=True):
        p50, p99 = np.quantile(found.took, (0.5, 0.99))
        print(f"{len(index):8} stories: p50 {p50:.2f} ms, p99 {p99:.2f} ms; {found.right} of {len(articles)} right")
    large, small = (float(np.mean(found.took)) for found in answers)
    print(f"cost per article {large / small:.2f} times that at {SMALL} stories")
    if given.exhaustive:
        carrying = [n for n, each in enumerate(articles) if each.carries is not None]
        same = sum(answers[0].first[n] == exhaustive.best[n, 1] for n in carrying)
        print(f"first candidate the exhaustive search's: {same} of {len(carrying)}")
    restarted(indexes[0])


if __name__ == "__main__":
    main()
