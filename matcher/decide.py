"""Does this article carry one of these stories, which take of it, and why?

    each story weighed against the article (matcher.evidence) ─> the story that explains most, then what explains the
    rest (several in one article) ─> a second look at the order of content words, for texts rewritten word by word
    ─> verdict, class, reasons

Pure: the result depends on the arguments alone, and not on the order of `stories`. Shares reported are raw, only
`own_share` and `score` are discounted. Evidence that is not lexical would enter where a credit does, in `_decision`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from matcher import evidence
from matcher.align import Alignment
from matcher.evidence import LIMITS, ArticleText, Case, Ground, Limits, StoryText, Weights
from matcher.text import Flags

__all__ = ["LIMITS", "ArticleText", "Class", "Decision", "Limits", "StoryText", "Verdict", "decide", "judge"]

Verdict = Literal["linked", "possible", "apart"]
Class = Literal["verbatim", "cut", "edited", "merged", "partial", "quoted only", "same event"]

_TOP: Final = 40
"""Words at the start of a story that are its top."""
_EVEN: Final = 0.27
_STEEPNESS: Final = 20.0
"""The strength at which every other pair is a copy, and how fast that changes: see benchmarks.matcher_calibration."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """An article and a take of a story, judged.

    `share_of_article` and `share_of_story` are raw shares of words in aligned passages; `own_share` is that of the
    article's own words after discounts; `covered` counts own words in passages. The verdict is drawn from `strength`,
    by the thresholds of `Limits`; `score` is the probability that the article carries the story.
    """

    key: int
    family: str
    verdict: Verdict
    class_: Class
    share_of_article: float
    share_of_story: float
    own_share: float
    covered: int
    strength: float
    score: float
    reasons: tuple[str, ...]
    alignment: Alignment


def decide(article: ArticleText, stories: Sequence[StoryText], limits: Limits = LIMITS) -> tuple[Decision, ...]:
    """What the article carries, best first: one decision per family, linked or possible."""
    ground = evidence.ground_of(article, limits)
    cases = [evidence.case_of(article, ground, story, limits) for story in sorted(stories, key=_identity)]
    recurring = evidence.recurring_in(cases, len(article.text), limits)
    decisions = _cover(article, ground, cases, limits)
    if not any(decision.verdict == "linked" for decision in decisions):
        own = replace(ground, live=ground.live & ~recurring)
        decisions = _second_look(article, own, cases, decisions, limits)
    if sum(decision.verdict == "linked" for decision in decisions) > 1:
        decisions = [replace(d, class_="merged") if d.verdict == "linked" else d for d in decisions]
    return tuple(sorted(decisions, key=lambda d: (d.verdict != "linked", -d.strength, d.family)))


def judge(article: ArticleText, story: StoryText, limits: Limits = LIMITS) -> Decision:
    """What is to be said of any one pair, "apart" included."""
    decided = decide(article, [story], limits)
    if decided:
        return decided[0]
    ground = evidence.ground_of(article, limits)
    case = evidence.case_of(article, ground, story, limits)
    return _decision(article, ground, case, case.proof, limits)


def _identity(story: StoryText) -> tuple[str, int, int]:
    return story.family, story.take, story.key


def _cover(article: ArticleText, ground: Ground, cases: list[Case], limits: Limits) -> list[Decision]:
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


def _explains(case: Case, left: Flags, limits: Limits) -> bool:
    """Enough of its own for a further story in the same article, quotations counted where passages are long?"""
    grain = case.story.text.grain
    own = float((case.proof * left).sum())
    words = int(np.count_nonzero(case.alignment.covered & left))
    return own >= limits.further_words * grain or words >= limits.half_words * grain


def _fit(article: ArticleText, case: Case, left: Flags) -> tuple[float, ...]:
    """How well a take explains what is left: most own words; then filed in time, most words, its top used, the latest.

    A later take often is the earlier one under a new top: an article without that top carries the earlier one.
    """
    story = case.story
    words = int(np.count_nonzero(case.proof[case.alignment.exact & left])) + round(float((case.proof * left).sum()))
    filed = story.published if story.published is not None else 0.0
    in_time = article.published is None or filed <= article.published
    top = int(np.count_nonzero(case.alignment.used[: _TOP * story.text.grain]))
    return (words, in_time, case.alignment.words, top, filed, case.alignment.share_of_story)


def _decision(article: ArticleText, ground: Ground, case: Case, proof: Weights, limits: Limits) -> Decision:
    """The decision about one story by the words of `proof`, with the reasons in the order they weighed."""
    own = float(proof.sum())
    covered = own / article.text.grain
    share = min(1.0, own / ground.own_words)
    strength, reasons = _weighed(article, case, evidence.strength(ground, case, own, limits), limits)
    verdict: Verdict = "linked" if strength >= limits.linked else "possible" if strength >= limits.possible else "apart"
    return Decision(
        key=case.story.key,
        family=case.story.family,
        verdict=verdict,
        class_=_class(case.alignment, verdict, covered),
        share_of_article=case.alignment.share_of_article,
        share_of_story=case.alignment.share_of_story,
        own_share=share,
        covered=round(covered),
        strength=strength,
        score=probability(strength),
        reasons=(f"{covered:.0f} own words in shared passages, {share:.0%} of the article's", *reasons),
        alignment=case.alignment,
    )


def _weighed(article: ArticleText, case: Case, strength: float, limits: Limits) -> tuple[float, list[str]]:
    """The strength after what is known beside the words, and what was."""
    reasons = []
    if strength < limits.linked and evidence.is_credited(article, case.story.agency):
        strength *= limits.credit_raise
        reasons.append(f"credited to {case.story.agency}")
    if evidence.is_late(article, case.story, limits):
        strength *= limits.late_factor
        reasons.append("the story was filed long after the article was published")
    if evidence.is_old(article, case, limits):
        strength *= limits.old_factor
        reasons.append("the story was old by then: perhaps its background")
    if strength >= limits.possible and evidence.is_template(article.text, case, limits):
        strength = min(strength, (limits.linked + limits.possible) / 2)
        reasons.append("the numbers differ throughout: a template filled again")
    return strength, reasons


def _class(alignment: Alignment, verdict: Verdict, covered: float) -> Class:
    """How the story was used, by raw shares. `covered` own words tell a quotation from an account of the same event."""
    if verdict == "apart":
        return "quoted only" if alignment.words and covered < alignment.words / 4 else "same event"
    gaps = (span for span in alignment.spans if not span.exact)
    changed = sum(max(g.article_end - g.article_start, g.story_end - g.story_start) for g in gaps)
    if alignment.share_of_article >= 0.9 and changed <= 0.02 * np.count_nonzero(alignment.covered):
        return "verbatim" if alignment.share_of_story >= 0.97 else "cut"
    return "partial" if alignment.share_of_article < 0.5 else "edited"


def probability(strength: float) -> float:
    """Of pairs of this strength, the share that are copies: between .005 and .995, for nobody knows better."""
    return min(0.995, max(0.005, 1.0 / (1.0 + math.exp(_STEEPNESS * (_EVEN - strength)))))


def _second_look(
    article: ArticleText, ground: Ground, cases: list[Case], decisions: list[Decision], limits: Limits
) -> list[Decision]:
    """A text rewritten word by word keeps the order of its content words: the best such story, if any is linked."""
    likely = [case for case in cases if len(case.alignment.runs[0]) >= limits.order_runs]
    likely = sorted(likely, key=lambda case: -float(case.proof.sum()))[: limits.second_looks]
    orders = [evidence.order_beyond_chance(article.text, ground, case.story.text, limits) for case in likely]
    if max(orders, default=0.0) < limits.order:
        return decisions
    ordered = max(orders)
    case = likely[orders.index(ordered)]
    decision = _decision(article, ground, case, case.proof, limits)
    strength, reasons = _weighed(article, case, limits.linked + ordered - limits.order, limits)
    rewritten = replace(
        decision,
        verdict="linked" if strength >= limits.linked else "possible",
        class_="edited",
        strength=strength,
        score=probability(strength),
        reasons=(
            decision.reasons[0],
            f"{ordered:.0%} more of its content words stand in the story's order than by chance",
            *reasons,
        ),
    )
    return [rewritten, *(d for d in decisions if d.family != rewritten.family)]
