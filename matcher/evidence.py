"""What does a story prove about an article? The inputs of a decision, all its thresholds, and the weighing of words.

    article ─> Ground: which of its words can prove anything (no quotations, no furniture)
    article, story ─> Case: the alignment, and what each word of the article proves, 0..1
    cases ─> background that several stories carry is discounted ─> `strength` of each, vetoes, order of content words

`matcher.decide` draws the conclusion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq

from matcher.align import Alignment, align
from matcher.fingerprint import held_in, sampled
from matcher.text import Flags, Hashes, Text

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """All thresholds of the decision. Strengths are shares of own words, 0..1; words are counted in English ones."""

    linked: float = 0.27
    possible: float = 0.16
    least_words: int = 12
    """Own words in passages below which nothing is decided."""
    sure_words: int = 40
    """Own words from which a share of the article counts in full; below, it counts in proportion."""
    sure_story_words: int = 100
    """The same for a share of the story, which a paragraph of background can make large when the story is short."""
    further_words: int = 40
    """Own words a second or third story in one article must explain."""
    most_stories: int = 4
    weak: float = 0.35
    """What a word in an exact run too short for a passage counts."""
    least_live: float = 0.6
    """An article's own words are at least this share of all, so that a page of quotations is not judged by its rest."""
    factor: float = 0.9
    """What a share of the story, or of all words with the quotations, counts beside a share of own words."""
    total: float = 0.6
    """Share of all words, quotations too, that counts by itself in an article of `total_words` or more."""
    total_words: int = 100
    whole: float = 0.9
    """The same for a short article of `whole_words` or more: all of it stands in the story."""
    whole_words: int = 40
    half: float = 0.4
    """The same, of both texts, where passages of `half_words` were taken over with their quotations."""
    half_words: int = 250
    own_part: float = 0.05
    """Of words taken over with quotations, the share that must be the story's own: less is two prints of one speech."""
    order: float = 0.31
    """Share of content words in the story's order, beyond chance, from which a text is a rewriting of it.

    Of texts with half their words changed 98 % reach .30; of 4,500 pairs on the same event the highest reached .26.
    """
    order_words: int = 30
    order_runs: int = 2
    """Runs of words both texts have, below which their order is not worth comparing: one phrase is chance."""
    second_looks: int = 3
    credit_raise: float = 1.25
    """What a text credit to the story's agency does to a strength that would not link."""
    template_numbers: int = 3
    """Numbers that differ in a template; they outnumber those that agree, and are `template_share` of what differs."""
    template_share: float = 0.15
    background_families: int = 3
    """Stories that must share a passage before it is background and proves nothing for those used in small part."""
    background_story: float = 0.3
    background_article: float = 0.5
    furniture_gap: int = 40
    """Words between two known pieces of boilerplate that are taken for boilerplate too."""
    late_seconds: float = 36 * 3600.0
    """An article this much older than a filing was not copied from it: more than any page clock is wrong."""
    late_factor: float = 0.5
    old_seconds: float = 30 * 86400.0
    """A story this much older than the article has become background, unless most of the article is made of it."""
    old_factor: float = 0.6


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, eq=False)
class StoryText:
    """One take of a story. `published` is when it was filed, in epoch seconds, if known; `filed` False: inferred."""

    key: int
    family: str
    agency: str
    take: int
    text: Text
    published: float | None = None
    filed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ArticleText:
    """An article to decide about.

    `credits` are (agency, kind of credit) as read from the page; `boilerplate` the fingerprints frequent within its
    outlet, or in more stories than one story can explain, in order: words under them prove nothing.
    """

    text: Text
    published: float | None = None
    credits: tuple[tuple[str, str], ...] = ()
    boilerplate: Hashes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What of an article can prove anything: `live` words, how many count as its own, words outside boilerplate."""

    live: Flags
    own_words: int
    printed: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A story against the article: the alignment, and what each word of the article proves."""

    story: StoryText
    alignment: Alignment
    proof: Weights


def ground_of(article: ArticleText, limits: Limits) -> Ground:
    """Everything but quotations and boilerplate."""
    text = article.text
    printed = ~_under(text, article.boilerplate, limits)
    live = printed & ~text.quoted
    own = max(1, int(np.count_nonzero(live)), int(limits.least_live * np.count_nonzero(printed)))
    return Ground(live, own, printed)


def _under(text: Text, boilerplate: Hashes | None, limits: Limits) -> Flags:
    """Words inside the given fingerprints' runs, and between two runs near enough to be one piece of furniture."""
    under = np.zeros(len(text), bool)
    if boilerplate is None or not len(boilerplate):
        return under
    values, places = sampled(text)
    places = places[held_in(values, boilerplate)]
    width = text.run
    for place in places.tolist():
        under[place : place + width] = True
    for place, following in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        if following - place <= limits.furniture_gap * text.grain:
            under[place : following + width] = True
    return under


def case_of(article: ArticleText, ground: Ground, story: StoryText, limits: Limits) -> Case:
    """Align, and weigh each word: nothing for what is quoted in either text, little for stray runs."""
    alignment = align(article.text, story.text)
    proof = np.where(alignment.covered, 1.0, np.where(alignment.weak, limits.weak, 0.0))
    proof[~ground.live] = 0.0
    if story.text.quoted.any():
        for span in alignment.spans:
            if span.exact:
                spoken = story.text.quoted[span.story_start : span.story_end]
                proof[span.article_start : span.article_end][spoken] = 0.0
    return Case(story, alignment, proof)


def recurring_in(cases: list[Case], words: int, limits: Limits) -> Flags:
    """Words that several stories share, each used in small part: background, which names an agency and not a story.

    What the stories concerned prove by these words is taken back.
    """
    minor = [
        case
        for case in cases
        if case.alignment.share_of_story < limits.background_story
        and case.alignment.share_of_article < limits.background_article
    ]
    held = {case.story.family: np.zeros(words, bool) for case in minor}
    for case in minor:
        held[case.story.family] |= case.alignment.covered
    recurring = np.zeros(words, bool)
    if len(held) >= limits.background_families:
        recurring = np.sum(list(held.values()), axis=0) >= limits.background_families
        for case in minor:
            case.proof[recurring] = 0.0
    return recurring


def strength(ground: Ground, case: Case, own: float, limits: Limits) -> float:
    """How much `own` proven words say: their share of the article's, or of the story's, scaled down for short passages.

    Where nearly all words were taken over, quotations count too: nobody quotes a whole story.
    """
    text, alignment = case.story.text, case.alignment
    grain = text.grain
    covered = own / grain
    if covered < limits.least_words:
        return 0.0
    story_own = max(1.0, len(text) * limits.least_live, float(np.count_nonzero(~text.quoted)))
    of_article = min(1.0, own / ground.own_words) * min(1.0, covered / limits.sure_words)
    of_story = min(1.0, own / story_own) * min(1.0, covered / limits.sure_story_words)
    taken_over = _taken_over(ground, alignment, own, grain, limits)
    return max(of_article, limits.factor * of_story, limits.factor * taken_over)


def _taken_over(ground: Ground, alignment: Alignment, own: float, grain: int, limits: Limits) -> float:
    """The share of all words in passages, where it is large enough to count without asking what is quoted."""
    if own < limits.own_part * np.count_nonzero(alignment.covered):
        return 0.0
    printed = np.count_nonzero(ground.printed) / grain
    words = np.count_nonzero(alignment.covered & ground.printed) / grain
    share = float(words / max(1.0, printed))
    if share >= (limits.total if printed >= limits.total_words else limits.whole) and printed >= limits.whole_words:
        return share
    both = min(share, alignment.share_of_story)
    return both if both >= limits.half and words >= limits.half_words else 0.0


def is_credited(article: ArticleText, agency: str) -> bool:
    """Does the article credit the agency with its text, alone or jointly?"""
    return any(name == agency and kind in ("text", "joint") for name, kind in article.credits)


def is_late(article: ArticleText, story: StoryText, limits: Limits) -> bool:
    """Was the story filed well after the article was published?"""
    if article.published is None or story.published is None or not story.filed:
        return False
    return story.published - article.published > limits.late_seconds


def is_old(article: ArticleText, case: Case, limits: Limits) -> bool:
    """Had the story become background by the time of the article, of which it makes the smaller part?"""
    filed = case.story.published
    if article.published is None or filed is None or case.alignment.share_of_article >= limits.background_article:
        return False
    return article.published - filed > limits.old_seconds


def is_template(article: Text, case: Case, limits: Limits) -> bool:
    """Do the numbers differ where the words around them agree? A daily count, not a copy of yesterday's."""
    ours, theirs = article.numbers, case.story.text.numbers
    same = differing = changed = 0
    for span in case.alignment.spans:
        here = int(np.count_nonzero(ours[span.article_start : span.article_end]))
        if span.exact:
            same += here
        else:
            differing += min(here, int(np.count_nonzero(theirs[span.story_start : span.story_end])))
            changed += span.article_end - span.article_start
    return differing >= limits.template_numbers and differing > same and differing >= limits.template_share * changed


def order_beyond_chance(article: Text, ground: Ground, story: Text, limits: Limits) -> float:
    """The longest common subsequence of own content words, less that with the story read backwards, as a share.

    Read backwards the story has the same words, the same names as often, the same length: what it shares then is
    what any text on the subject would. Language and formulas drop out.
    """
    content = article.content
    ours = article.hashes[ground.live & content].tolist()
    theirs = story.hashes[story.content & ~story.quoted].tolist()
    if min(len(ours), len(theirs)) < limits.order_words * story.grain:
        return 0.0
    beyond = LCSseq.similarity(ours, theirs) - LCSseq.similarity(ours, theirs[::-1])
    return beyond / max(len(ours), limits.least_live * int(np.count_nonzero(ground.printed & content)))
