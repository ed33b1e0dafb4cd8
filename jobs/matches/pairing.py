"""Two texts side by side: every pair that shares text, and what links, or parts, any two.

Pairs are computed when asked, not stored: a family of 500 copies has 124,750 of them, and only people who look into
unlinked reuse want them at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from jobs.context import Context
from jobs.matches.members import article_of, take_of
from matcher import text as texts
from matcher.align import align
from matcher.decide import StoryText, decide, judge
from matcher.edits import Edit, edits
from matcher.fingerprint import fingerprint
from matcher.pairs import sharing
from matcher.text import Text
from news.addresses import normalise
from news.articles import Moment
from news.errors import JobError
from news.names import bare_id
from storage import named
from storage.engine import reading
from storage.matches import match_facts

PART = 2_000
"""Versions read from the database at once."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles that share text directly; `same_story` when both are judged to carry one story."""

    a: str
    b: str
    a_in_b: float
    b_in_a: float
    same_story: bool


def words_of(paragraphs: Sequence[str]) -> Text:
    """The words of a text, as spans count them: for whoever draws spans and may not know the matcher."""
    return texts.read(paragraphs)


def pairs(context: Context) -> Iterator[Pair]:
    """Every two current articles, or agency items, of which one shares at least a tenth with the other.

    An article imported under several ids makes a pair under each of them.
    """
    with reading(context.engine) as session:
        versions = named.current_versions(session)
        names: dict[int, list[str]] = defaultdict(list)
        for one in versions:
            names[one.version_id].append(one.name)
        ids = sorted(names)
        carried = named.stories_of_versions(session)
        read: dict[int, Text] = {}
        for start in range(0, len(ids), PART):
            facts = match_facts.versions(session, ids[start : start + PART])
            found = texts.read_many([(version.paragraphs, version.language) for version in facts])
            read |= {version.id: text for version, text in zip(facts, found, strict=True)}
        for number, take in enumerate(match_facts.takes(session, named.filed_takes(session)), 1):
            # Takes are numbered downwards from -1, apart from the versions.
            read[-number] = texts.read(take.paragraphs, take.language)
            names[-number] = [bare_id(take.agency, take.take_id)]
            carried[-number] = {take.story_id}
    prints = {number: fingerprint(text) for number, text in read.items()}
    for shared in sharing(read, prints):
        same = bool(carried.get(shared.a, set()) & carried.get(shared.b, set()))
        a_in_b, b_in_a = round(shared.a_in_b, 4), round(shared.b_in_a, 4)
        for a, b in product(names[shared.a], names[shared.b]):
            yield Pair(a, b, a_in_b, b_in_a, same)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two texts asked about."""

    name: str
    headline: str
    paragraphs: tuple[str, ...]
    text: Text
    version: match_facts.VersionFacts | None
    take: match_facts.TakeFacts | None

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What is known beside the text: moments with where they were read, credits as displayed."""
        moment = self.version.published if self.version else self.take.filed if self.take else Moment()
        named = self.version.credits if self.version else ()
        found = [("take", str(self.take.take))] if self.take else []
        found.append(("published" if self.version else "filed", _written(moment)))
        found += [(f"{kind} credit", f"{text} ({agency or 'agencies'})") for agency, kind, text in named]
        return tuple(found)


def _written(moment: Moment) -> str:
    """A moment in words: the instant or its bounds, where it was read, how its zone was known."""
    if moment.at is not None:
        return f"{moment.at:%Y-%m-%d %H:%M:%S} UTC ({moment.source}, zone {moment.zone})"
    bounds = [f"{when:%Y-%m-%d %H:%M} UTC" if when else "?" for when in (moment.earliest, moment.latest)]
    return f"between {bounds[0]} and {bounds[1]} ({moment.source})"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two texts are linked, or not: the article `article` judged against `story`."""

    article: Side
    story: Side
    share_of_article: float
    share_of_story: float
    verdict: str
    use: str
    score: float
    reasons: tuple[str, ...]
    spans: list[list[Any]]
    edits: tuple[Edit, ...]
    stories_of_article: tuple[str, ...]
    stories_of_story: tuple[str, ...]
    judgement: str


def why(context: Context, first: str, second: str) -> Explanation:
    """Explain a pair: two articles, or an article and a story, by address, imported id or story name.

    A story stands as the original; of two articles the one that holds more of the other does, the earlier on a tie.
    Raises JobError for a name nothing is stored under.
    """
    with reading(context.engine) as session:
        one, other = _side(session, first), _side(session, second)
        judged = match_facts.verdicts(session)
        carried = [
            tuple(sorted(match_facts.carried_by(session, [side.version.id]))) if side.version else ()
            for side in (one, other)
        ]
    if one.version is None and other.version is None:
        raise JobError("why needs at least one article: both names are stories")
    if _is_original(one, other):
        one, other, carried = other, one, carried[::-1]
    return _explain(one, _take_carried(context, one, other), carried, judged)


def _take_carried(context: Context, article: Side, story: Side) -> Side:
    """The take of the story that the article is judged to carry: a story named stands for all its takes."""
    if story.take is None or article.version is None:
        return story
    with reading(context.engine) as session:
        takes = match_facts.takes(session, match_facts.take_ids(session, [story.take.story_key]))
    decided = decide(article_of(article.version, article.text), [take_of(take) for take in takes])
    chosen = next((take for take in takes if decided and take.id == decided[0].key), None)
    return story if chosen is None else _side_of_take(chosen)


def _side(session: Any, name: str) -> Side:
    names = tuple(dict.fromkeys((name, normalise(name) if name.startswith("http") else name)))
    version_id = named.version_named(session, names)
    if version_id is not None:
        version = match_facts.versions(session, [version_id])[0]
        text = texts.read(version.paragraphs, version.language)
        return Side(version.url, version.headline, version.paragraphs, text, version, None)
    take_id = named.take_named(session, names)
    if take_id is None:
        raise JobError(f"nothing is stored under {name!r}: give an article's address, an imported id or a story's name")
    return _side_of_take(match_facts.takes(session, [take_id])[0])


def _side_of_take(take: match_facts.TakeFacts) -> Side:
    return Side(take.story_key, take.headline, take.paragraphs, texts.read(take.paragraphs, take.language), None, take)


def _is_original(one: Side, other: Side) -> bool:
    """Whether `one` is to stand as the story when `other` is judged."""
    if one.take is not None or other.take is not None:
        return one.take is not None
    alignment = align(one.text, other.text)
    return alignment.share_of_story > alignment.share_of_article


def _explain(
    article: Side, story: Side, carried: Sequence[tuple[str, ...]], judged: dict[tuple[str, str], str]
) -> Explanation:
    version = article.version
    if version is None:
        raise JobError(f"{article.name} is no article")
    alignment = align(article.text, story.text)
    family = story.take.story_key if story.take else story.name
    original = take_of(story.take) if story.take else StoryText(1, family, "", 1, story.text, None, filed=False)
    judged_now = judge(article_of(version, article.text), original)
    return Explanation(
        article=article,
        story=story,
        share_of_article=alignment.share_of_article,
        share_of_story=alignment.share_of_story,
        verdict=judged_now.verdict,
        use=judged_now.class_,
        score=judged_now.score,
        reasons=judged_now.reasons,
        spans=[[s.article_start, s.article_end, s.story_start, s.story_end, s.exact] for s in alignment.spans],
        edits=edits(article.text, story.text, alignment, article.headline, story.headline),
        stories_of_article=carried[0],
        stories_of_story=carried[1] or ((family,) if story.take else ()),
        judgement=judged.get((version.url, family), ""),
    )
