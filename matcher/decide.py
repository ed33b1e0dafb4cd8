"""Does this article carry one of these stories, which take of it, and why?

    each story aligned ─> words that prove nothing discounted (quotations, boilerplate, the outlet's furniture)
    ─> the story that explains most, then what explains the rest (several in one article)
    ─> a second look at the order of content words, for rewritten texts ─> vetoes ─> verdict, class, reasons

Pure: the result depends on the arguments alone, and not on the order of `stories`. Every threshold stands in
`Limits`; shares reported are raw, only `own_share` and `score` are discounted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from rapidfuzz.distance import LCSseq

from matcher.align import Alignment, align
from matcher.fingerprint import WIDTH, sampled
from matcher.text import Flags, Hashes, Text

Verdict = Literal["linked", "possible", "apart"]
Class = Literal["verbatim", "cut", "edited", "merged", "partial", "quoted only", "same event"]


@dataclass(frozen=True, slots=True)
class Limits:
    """All thresholds of the decision. Strengths are shares of own words, 0..1; words are counted in English ones."""

    linked: float = 0.25
    possible: float = 0.16
    least_words: int = 12
    """Own words in passages below which nothing is decided."""
    sure_words: int = 40
    """Own words from which a share of the article counts in full; below, it counts in proportion."""
    sure_story_words: int = 100
    """The same for a share of the story, which a paragraph of background can make large when the story is short."""
    further_words: int = 40
    """Own words a second or third story in one article must explain."""
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
    order: float = 0.31
    """Share of content words in the story's order, beyond chance, from which a text is a rewriting of it.

    Of texts with half their words changed 98 % reach .30; of 4,500 pairs on the same event the highest reached .26.
    """
    order_words: int = 30
    second_looks: int = 5
    credit_raise: float = 1.25
    template_numbers: int = 3
    """Numbers that differ in a template; they outnumber those that agree, and are `template_share` of what differs."""
    template_share: float = 0.15
    most_stories: int = 4
    background_families: int = 3
    """Stories that must share a passage before it is background and proves nothing for those used in small part."""
    background_story: float = 0.3
    background_article: float = 0.5
    furniture_gap: int = 40
    """Words between two known pieces of boilerplate that are taken for boilerplate too."""


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
    outlet, or in more stories than one story can explain: words under them prove nothing.
    """

    text: Text
    published: float | None = None
    credits: tuple[tuple[str, str], ...] = ()
    boilerplate: Hashes | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """An article and a take of a story, judged.

    `share_of_article` and `share_of_story` are raw shares of words in aligned passages; `own_share` is that of the
    article's own words after discounts; `covered` counts own words in passages. `score` is 0..1, .5 at the threshold.
    """

    key: int
    family: str
    verdict: Verdict
    class_: Class
    share_of_article: float
    share_of_story: float
    own_share: float
    covered: int
    score: float
    reasons: tuple[str, ...]
    alignment: Alignment


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A story against the article: the alignment, and what each word of the article proves (0..1)."""

    story: StoryText
    alignment: Alignment
    proof: np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What of the article can prove anything: `live` words, how many count as its own, words outside boilerplate."""

    live: Flags
    own_words: int
    printed: Flags


def decide(article: ArticleText, stories: Sequence[StoryText], limits: Limits = LIMITS) -> tuple[Decision, ...]:
    """What the article carries, best first: one decision per family, linked or possible."""
    ground = _ground(article, limits)
    cases = [_case(article, ground, story, limits) for story in sorted(stories, key=_identity)]
    _discount_background(cases, limits)
    decisions = _cover(article, ground, cases, limits)
    if not any(decision.verdict == "linked" for decision in decisions):
        decisions = _second_look(article, ground, cases, decisions, limits)
    linked = sum(decision.verdict == "linked" for decision in decisions)
    if linked > 1:
        decisions = [replace(d, class_="merged") if d.verdict == "linked" else d for d in decisions]
    return tuple(sorted(decisions, key=lambda d: (d.verdict != "linked", -d.score, d.family)))


def judge(article: ArticleText, story: StoryText, limits: Limits = LIMITS) -> Decision:
    """What is to be said of any one pair, "apart" included."""
    decided = decide(article, [story], limits)
    if decided:
        return decided[0]
    ground = _ground(article, limits)
    case = _case(article, ground, story, limits)
    return _decision(article, ground, case, case.proof, limits)


def _identity(story: StoryText) -> tuple[str, int, int]:
    return story.family, story.take, story.key


def _ground(article: ArticleText, limits: Limits) -> _Ground:
    text = article.text
    printed = ~_under(text, article.boilerplate, limits)
    live = printed & ~text.quoted
    own = max(1, int(np.count_nonzero(live)), int(limits.least_live * np.count_nonzero(printed)))
    return _Ground(live, own, printed)


def _under(text: Text, boilerplate: Hashes | None, limits: Limits) -> Flags:
    """Words inside the given fingerprints' runs, and between two runs near enough to be one piece of furniture."""
    under = np.zeros(len(text), bool)
    if boilerplate is None or not len(boilerplate):
        return under
    values, places = sampled(text)
    places = places[np.isin(values, boilerplate)]
    width = WIDTH * text.grain
    for place in places.tolist():
        under[place : place + width] = True
    for place, following in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        if following - place <= limits.furniture_gap * text.grain:
            under[place : following + width] = True
    return under


def _case(article: ArticleText, ground: _Ground, story: StoryText, limits: Limits) -> _Case:
    alignment = align(article.text, story.text)
    proof = np.where(alignment.covered, 1.0, np.where(alignment.weak, limits.weak, 0.0))
    proof[~ground.live] = 0.0
    if story.text.quoted.any():
        for span in alignment.spans:
            if span.exact:
                spoken = story.text.quoted[span.story_start : span.story_end]
                proof[span.article_start : span.article_end][spoken] = 0.0
    return _Case(story, alignment, proof)


def _discount_background(cases: list[_Case], limits: Limits) -> None:
    """Words that several stories share, each used in small part, are background: they name an agency, not a story."""
    minor = [
        case
        for case in cases
        if case.alignment.share_of_story < limits.background_story
        and case.alignment.share_of_article < limits.background_article
    ]
    if len({case.story.family for case in minor}) < limits.background_families:
        return
    held = dict.fromkeys((case.story.family for case in minor), np.zeros(len(minor[0].proof), bool))
    for case in minor:
        held[case.story.family] = held[case.story.family] | case.alignment.covered
    recurring = np.sum(list(held.values()), axis=0) >= limits.background_families
    for case in minor:
        case.proof[recurring] = 0.0


def _cover(article: ArticleText, ground: _Ground, cases: list[_Case], limits: Limits) -> list[Decision]:
    """The story that explains most of the article, then the one that explains most of the rest, and so on."""
    left = np.ones(len(article.text), bool)
    decisions: list[Decision] = []
    remaining = list(cases)
    while remaining and len(decisions) < limits.most_stories:
        best = max(remaining, key=lambda case: _fit(article, case, left))
        decision = _decision(article, ground, best, best.proof * left, limits)
        remaining = [case for case in remaining if case.story.family != best.story.family]
        if decision.verdict != "apart" and (not decisions or _explains(best, left, limits)):
            decisions.append(decision)
            left &= ~best.alignment.covered
    return decisions


def _explains(case: _Case, left: Flags, limits: Limits) -> bool:
    """Enough of its own for a further story in the same article, quotations counted where passages are long?"""
    words = float((case.proof * left).sum()), int(np.count_nonzero(case.alignment.covered & left))
    grain = case.story.text.grain
    return words[0] >= limits.further_words * grain or words[1] >= limits.half_words * grain


def _fit(article: ArticleText, case: _Case, left: Flags) -> tuple[float, ...]:
    """How well a take explains what is left: most words, then not filed after the article, then most used, latest."""
    story = case.story
    words = int(np.count_nonzero(case.proof[case.alignment.exact & left])) + round(float((case.proof * left).sum()))
    filed = story.published if story.published is not None else 0.0
    in_time = article.published is None or filed <= article.published
    return (words, in_time, case.alignment.words, filed, case.alignment.share_of_story, -story.key)


def _decision(
    article: ArticleText,
    ground: _Ground,
    case: _Case,
    proof: np.ndarray[tuple[int], np.dtype[np.float64]],
    limits: Limits,
) -> Decision:
    grain = article.text.grain
    story, alignment = case.story, case.alignment
    own = float(proof.sum())
    covered = own / grain
    share = min(1.0, own / ground.own_words)
    strength = _strength(ground, case, own, share, covered, limits)
    reasons = [f"{covered:.0f} own words in shared passages, {share:.0%} of the article's"]
    if strength < limits.linked and _credited(article, story.agency):
        strength *= limits.credit_raise
        reasons.append(f"credited to {story.agency}")
    if strength >= limits.possible and _is_template(article.text, story.text, alignment, limits):
        strength = min(strength, (limits.linked + limits.possible) / 2)
        reasons.append("the numbers differ throughout: a template filled again")
    verdict: Verdict = "linked" if strength >= limits.linked else "possible" if strength >= limits.possible else "apart"
    return Decision(
        key=story.key,
        family=story.family,
        verdict=verdict,
        class_=_class(alignment, verdict, own),
        share_of_article=alignment.share_of_article,
        share_of_story=alignment.share_of_story,
        own_share=share,
        covered=round(covered),
        score=_calibrated(strength, limits),
        reasons=tuple(reasons),
        alignment=alignment,
    )


def _strength(ground: _Ground, case: _Case, own: float, share: float, covered: float, limits: Limits) -> float:
    """Share of the article's own words, or of the story's when most of it was used, scaled down for short passages."""
    if covered < limits.least_words:
        return 0.0
    text, alignment = case.story.text, case.alignment
    story_own = max(1.0, len(text) * limits.least_live, float(np.count_nonzero(~text.quoted)))
    used = min(1.0, own / story_own) * min(1.0, covered / limits.sure_story_words)
    strength = max(share * min(1.0, covered / limits.sure_words), limits.factor * used)
    printed = max(1, int(np.count_nonzero(ground.printed)))
    words = int(np.count_nonzero(alignment.covered & ground.printed))
    total = words / printed
    if (total >= limits.total and printed >= limits.total_words) or (
        total >= limits.whole and printed >= limits.whole_words
    ):
        strength = max(strength, limits.factor * total)
    both = min(total, alignment.share_of_story)
    if both >= limits.half and words >= limits.half_words:
        strength = max(strength, limits.factor * both)
    return strength


def _credited(article: ArticleText, agency: str) -> bool:
    return any(name == agency and kind in ("text", "joint") for name, kind in article.credits)


def _is_template(article: Text, story: Text, alignment: Alignment, limits: Limits) -> bool:
    """Do the numbers differ where the words around them agree? A daily count, not a copy of yesterday's."""
    ours, theirs = article.numbers, story.numbers
    same = differing = changed = 0
    for span in alignment.spans:
        here = int(np.count_nonzero(ours[span.article_start : span.article_end]))
        if span.exact:
            same += here
        else:
            differing += min(here, int(np.count_nonzero(theirs[span.story_start : span.story_end])))
            changed += span.article_end - span.article_start
    return differing >= limits.template_numbers and differing > same and differing >= limits.template_share * changed


def _class(alignment: Alignment, verdict: Verdict, own: float) -> Class:
    if verdict == "apart":
        return "quoted only" if alignment.words and own < alignment.words / 4 else "same event"
    changed = sum(
        max(s.article_end - s.article_start, s.story_end - s.story_start) for s in alignment.spans if not s.exact
    )
    whole, mostly = alignment.share_of_story >= 0.97, alignment.share_of_article >= 0.9
    if mostly and changed <= 0.02 * alignment.words:
        return "verbatim" if whole else "cut"
    if alignment.share_of_article < 0.5:
        return "partial"
    return "edited"


def _calibrated(strength: float, limits: Limits) -> float:
    """The strength as a number between 0 and 1 that is .5 where a link begins."""
    return 1.0 / (1.0 + math.exp(-12.0 * (strength - limits.linked)))


def _second_look(
    article: ArticleText, ground: _Ground, cases: list[_Case], decisions: list[Decision], limits: Limits
) -> list[Decision]:
    """A text rewritten word by word keeps the order of its content words: the best such story, if any is linked."""
    ours = article.text.hashes[ground.live & article.text.content].tolist()
    if len(ours) < limits.order_words * article.text.grain:
        return decisions
    best: tuple[float, _Case] | None = None
    for case in sorted(cases, key=lambda case: -float(case.proof.sum()))[: limits.second_looks]:
        ordered = _order_beyond_chance(ours, case.story.text, limits)
        if ordered >= limits.order and (best is None or ordered > best[0]):
            best = ordered, case
    if best is None:
        return decisions
    ordered, case = best
    decision = _decision(article, ground, case, case.proof, limits)
    template = _is_template(article.text, case.story.text, case.alignment, limits)
    rewritten = replace(
        decision,
        verdict="possible" if template else "linked",
        class_="edited",
        score=decision.score if template else _calibrated(limits.linked + ordered - limits.order, limits),
        reasons=(
            *decision.reasons,
            f"{ordered:.0%} more of its content words stand in the story's order than by chance",
        ),
    )
    return [rewritten, *(d for d in decisions if d.family != rewritten.family)]


def _order_beyond_chance(ours: list[int], story: Text, limits: Limits) -> float:
    """The longest common subsequence of content words, less that with the story read backwards, as a share of ours.

    Read backwards the story has the same words, the same names as often, the same length: what it shares then is
    what any text on the subject would. Language and formulas drop out.
    """
    theirs = story.hashes[story.content & ~story.quoted].tolist()
    if len(theirs) < limits.order_words * story.grain:
        return 0.0
    return (LCSseq.similarity(ours, theirs) - LCSseq.similarity(ours, theirs[::-1])) / len(ours)
