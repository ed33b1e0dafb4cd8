"""Why each field of a reading has its value: the rule, the block that shows it, the words (`extract --explain`).

Nothing here decides anything: it is only asked when a person wants to know, so that reading a page does not pay for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.extractors.authors import Signed
from crawler.extractors.blocks import Page
from crawler.extractors.body import Body
from crawler.extractors.choosing import Candidate, weights_of
from crawler.extractors.credits import Found
from crawler.extractors.metadata import Said
from crawler.extractors.moments import Timed
from news.articles import Article, Moment

_LONGEST = 200
_MOST_CANDIDATES = 6
_MOST_DROPPED = 30
"""Blocks left out of the text that are listed: the first ones that read like text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a field has its value: the rule that chose it, and the words or block it rests on."""

    field: str
    value: str
    rule: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """An article with what each of its fields was read from."""

    article: Article
    page: Page
    text: Body
    headline: Said
    signed: Signed
    language: Said
    canonical: Said
    published: Timed
    modified: Timed
    cut: Said
    credits: tuple[Found, ...]


def findings(reading: Reading) -> tuple[Finding, ...]:
    """One finding for each field, one for each credit, and one for each block left out of the text."""
    page, text, article = reading.page, reading.text, reading.article
    said = (
        ("headline", reading.headline),
        ("truncated", Said(reading.cut.value or "no", reading.cut.rule, reading.cut.evidence)),
        ("language", reading.language),
        ("canonical_url", reading.canonical),
    )
    times = (("published", reading.published), ("modified", reading.modified))
    return (
        *(Finding(name, one.value, one.rule, _where(page, one.evidence)) for name, one in said),
        Finding("paragraphs", f"{len(text.blocks)} of {len(page.blocks)} blocks", text.rule, _path(text)),
        Finding("byline", reading.signed.byline, reading.signed.rule, _where(page, reading.signed.byline)),
        Finding("authors", ", ".join(article.authors), reading.signed.rule, ""),
        *(Finding(name, _shown(one.moment), one.rule, _where(page, one.evidence)) for name, one in times),
        Finding("dateline", article.dateline, "place in the first text credit" if article.dateline else "", ""),
        *map(_credit, reading.credits),
        *_stood_for_choice("headline", reading.headline.candidates),
        *_stood_for_choice("authors", reading.signed.candidates),
        *_stood_for_choice("published", reading.published.candidates),
        *_left_out(page, text),
    )


def _where(page: Page, words: str) -> str:
    """The words with the first block that shows them; without one when only data hold them."""
    block = next((b.order for b in page.blocks if words in b.text), None) if len(words) > 3 else None
    return words[:_LONGEST] if block is None else f"block {block}: {words[:_LONGEST]}"


def _path(text: Body) -> str:
    kept = f"blocks {text.blocks[0].order} to {text.blocks[-1].order}"
    if text.container is None:
        return kept
    steps = [f"{f.tag}.{f.hints.split(' ')[0]}" if f.hints else f.tag for f in text.container.ancestors()]
    return f"{kept} in {' > '.join(reversed(steps[:4]))}"


def _shown(moment: Moment) -> str:
    bounds = f", {moment.earliest} to {moment.latest}" if moment.at is None and moment.earliest else ""
    return f"{str(moment) or 'none'} (source {moment.source}, zone {moment.zone}{bounds})"


def _credit(one: Found) -> Finding:
    where = "" if one.block is None else f"block {one.block}: "
    return Finding(f"credit {one.credit.kind}", one.credit.agency or "agencies", one.rule, where + one.credit.text)


def _stood_for_choice(name: str, candidates: Sequence[Candidate[Any]]) -> Iterator[Finding]:
    """The best candidates of a field, each with its score and its evidence, what counts most first."""
    worth = weights_of(name)
    for one in sorted(candidates, key=lambda one: -one.score)[:_MOST_CANDIDATES]:
        value = ", ".join(one.value) if isinstance(one.value, tuple) else str(one.value)
        weighed = sorted(
            ((worth.get(evidence, 0.0), evidence) for evidence in one.evidence), key=lambda pair: -abs(pair[0])
        )
        shown = "; ".join(f"{evidence} {weight:+.2f}" for weight, evidence in weighed if weight)
        yield Finding(f"{name} candidate", value, f"score {one.score:.2f}", shown)


def _left_out(page: Page, text: Body) -> Iterator[Finding]:
    for order, rule in list(text.dropped.items())[:_MOST_DROPPED]:
        if order < len(page.blocks):
            yield Finding("left out", page.blocks[order].text[:60], rule, f"block {order}")
