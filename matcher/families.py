"""Which stories do these articles carry, when the agency's own texts may be missing?

    members (articles) + given takes (filed, or inferred and settled)
      ─> founders: credited articles no given story explains, longest first, gather into inferred stories
      ─> union: paragraphs two outlets print that the founder lacks are added to the story
      ─> carriers: every member, credited or not, is decided against the final texts

A pure function of the set of members and takes: their order of arrival changes nothing, which is what lets a late
filing, a late copy or a crash be answered by simply asking again.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matcher import text as texts
from matcher.decide import ArticleText, Decision, StoryText, decide
from matcher.fingerprint import fingerprint
from matcher.index import Index
from matcher.text import Hashes
from news.names import escaped

NEAR = 32
STORIES = 8
TAKES = 3
"""Of the takes that share most with an article, the best three of each of the best eight stories are aligned with it.

The right story was among the first 8 of 980,000 every time (MATCHING.md); without the limit by story, eight takes of
one story hide the second story of a page.
"""

EXPLAINED = 0.6
"""Share of an article's own words from which a story is what the article is, whoever it credits."""

LEAST_SHARED_PARAGRAPH_WORDS = 8
"""A paragraph shorter than this is printed alike by chance; it proves no common origin."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """An article version that may carry stories.

    `rank` orders members by when they were published or first known (epoch seconds), then address, then version;
    it never depends on when we processed them. `credited` are the agencies with a text or joint credit, as named.
    `sole` when one agency is credited, for the whole text.
    """

    key: int
    rank: tuple[float, str, int]
    outlet: str
    article: ArticleText
    fingerprint: Hashes
    credited: tuple[str, ...] = ()
    sole: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """A story whose agency text was never seen: the union of its copies.

    `key` is public and depends only on the agency and the earliest credited copy's address. `base` is the member
    whose text it starts from, `founders` all credited members that gathered in it, `added` paragraphs beyond the base.
    """

    key: str
    agency: str
    base: int
    founders: tuple[int, ...]
    added: tuple[str, ...]
    take: StoryText


@dataclass(frozen=True, slots=True)
class Resolution:
    """Stories inferred, and for each member the decisions about inferred and given stories, best first."""

    inferred: tuple[Inferred, ...]
    decisions: Mapping[int, tuple[Decision, ...]]


class Shelf:
    """Takes to match against, with their working index."""

    def __init__(self, takes: Iterable[StoryText] = ()) -> None:
        self._index = Index()
        self._takes: dict[int, StoryText] = {}
        for take in takes:
            self.add(take)

    def add(self, take: StoryText) -> None:
        """Put a take on the shelf; its key must be new."""
        self._takes[take.key] = take
        self._index.add(take.key, fingerprint(take.text))

    def decisions(self, member: Member) -> tuple[Decision, ...]:
        """What is decided about a member and the takes that share most with it.

        Words under fingerprints that the member's outlet repeats, or that many stories hold, prove nothing.
        """
        article, near = self._asked(member)
        return decide(article, near) if near else ()

    def decisions_filed_first(self, member: Member) -> tuple[Decision, ...]:
        """As `decisions`, but no filed story is hidden by one inferred from the article itself or from its copies.

        An article always explains itself best: credited to another agency, it would found a story of that agency and
        leave nothing to the filed text it carries in part.
        """
        article, near = self._asked(member)
        made = decide(article, near) if near else ()
        filed = {take.family for take in near if take.filed}
        if not filed or any(d.verdict == "linked" and d.family in filed for d in made):
            return made
        hidden = [d for d in decide(article, [take for take in near if take.filed]) if d.verdict == "linked"]
        known = {d.family for d in hidden}
        return (*(d for d in made if d.family not in known), *hidden)

    def _asked(self, member: Member) -> tuple[ArticleText, list[StoryText]]:
        """The article with what proves nothing in it, and the takes that share most with it."""
        furniture = member.article.boilerplate
        near = self._index.near(member.fingerprint, top=NEAR, ignore=furniture)
        known = [near.frequent] if furniture is None else [near.frequent, furniture]
        article = replace(member.article, boilerplate=np.unique(np.concatenate(known)))
        takes: dict[str, list[StoryText]] = {}
        for candidate in near.candidates:
            take = self._takes[candidate.number]
            takes.setdefault(take.family, []).append(take)
        return article, [take for family in list(takes.values())[:STORIES] for take in family[:TAKES]]


@dataclass(slots=True)
class _Gathering:
    """An inferred story while its copies gather."""

    base: Member
    number: int
    members: list[Member] = field(default_factory=list)

    @property
    def agency(self) -> str:
        """The agency most outlets credit for this text, the base's on a tie: one wrong credit names no story."""
        own = self.base.credited[0]
        votes = Counter(m.credited[0] for m in {(m.outlet, m.credited): m for m in self.members if m.sole}.values())
        return max(sorted(votes | {own: votes[own]}), key=lambda agency: (votes[agency], agency == own))


def resolve(members: Sequence[Member], given: Sequence[StoryText]) -> Resolution:
    """The stories `members` carry. `given` takes have positive keys; inferred ones get negative keys here."""
    inferred = _infer_all(_gather(members, given))
    shelf = Shelf([*sorted(given, key=lambda t: t.key), *(story.take for story in inferred)])
    decisions = {member.key: shelf.decisions_filed_first(member) for member in members}
    return Resolution(_with_carriers(inferred, decisions), decisions)


def _gather(members: Sequence[Member], given: Sequence[StoryText]) -> list[_Gathering]:
    """Credited members that no given story explains, grouped by the text they share.

    A story explains a member when its agency is one the member credits, or when it accounts for most of the text
    whatever the credit says: agencies are confused often enough, and a wrong credit is a finding, not a story.
    Longest first, so that a cut copy meets the fuller text it was cut from; articles credited to one agency before
    jointly credited ones, whose text may be half another's.
    """
    shelf = Shelf(sorted(given, key=lambda t: t.key))
    agency_of = {take.family: take.agency for take in given}
    gatherings: dict[str, _Gathering] = {}
    founders = sorted((m for m in members if m.credited), key=lambda m: (not m.sole, -len(m.article.text), m.rank))
    for member in founders:
        explained = _explaining(shelf, agency_of, member)
        for family in explained:
            if family in gatherings:
                gatherings[family].members.append(member)
        if not explained:
            gathering = _Gathering(member, -1 - len(gatherings), [member])
            family = f"gathering {gathering.number}"
            gatherings[family], agency_of[family] = gathering, member.credited[0]
            shelf.add(_take(gathering, family, member.article.text))
    return list(gatherings.values())


def _explaining(shelf: Shelf, agency_of: Mapping[str, str], member: Member) -> list[str]:
    """The stories on the shelf that explain a credited member."""
    carried = [d for d in shelf.decisions(member) if d.verdict == "linked"]
    return [d.family for d in carried if agency_of[d.family] in member.credited or d.own_share >= EXPLAINED]


def unexplained(members: Sequence[Member], given: Sequence[StoryText]) -> set[int]:
    """The keys of the credited members that none of these stories explains: they may found an inferred one."""
    shelf = Shelf(sorted(given, key=lambda t: t.key))
    agency_of = {take.family: take.agency for take in given}
    return {m.key for m in members if m.credited and not _explaining(shelf, agency_of, m)}


def _take(gathering: _Gathering, family: str, text: texts.Text) -> StoryText:
    """The gathering's text as a take: known to have been filed before its earliest copy, no more."""
    earliest = min(member.rank[0] for member in gathering.members)
    return StoryText(
        key=gathering.number,
        family=family,
        agency=gathering.agency,
        take=1,
        text=text,
        published=earliest,
        filed=False,
    )


def _infer_all(gatherings: Sequence[_Gathering]) -> tuple[Inferred, ...]:
    """The stories of the gatherings, each named after its earliest copy; after its base where that name is taken.

    Two stories have one earliest copy when an article that merges both came first.
    """
    named: dict[str, Inferred] = {}
    for gathering in gatherings:
        first = min(gathering.members, key=lambda m: m.rank)
        key = story_key(gathering.agency, first)
        if key in named:
            key = story_key(gathering.agency, gathering.base)
        named[key] = _infer(gathering, key)
    return tuple(named.values())


def _infer(gathering: _Gathering, key: str) -> Inferred:
    """The story of a gathering: the base's paragraphs, then those that two outlets print alike."""
    added = _attested(gathering)
    base = gathering.base.article.text
    text = texts.read([*base.source.split("\n"), *added], base.language) if added else base
    founders = tuple(m.key for m in sorted(gathering.members, key=lambda m: m.rank))
    return Inferred(key, gathering.agency, gathering.base.key, founders, added, _take(gathering, key, text))


def story_key(agency: str, copy: Member) -> str:
    """The public name of a story inferred from a copy: agency, tilde, and a hash of the copy's address and version."""
    _, address, number = copy.rank
    named = address if number == 1 else f"{address}#{number}"
    return f"{escaped(agency)}~{hashlib.sha256(named.encode()).hexdigest()[:10]}"


def _paragraphs(text: texts.Text) -> list[tuple[bytes, str]]:
    """Each paragraph's folded words as bytes, and its exact characters; short ones left out."""
    found = []
    for number in np.unique(text.paragraph):
        where = np.flatnonzero(text.paragraph == number)
        if len(where) >= LEAST_SHARED_PARAGRAPH_WORDS * text.grain:
            found.append((text.hashes[where].tobytes(), text.source.split("\n")[int(number)]))
    return found


def _attested(gathering: _Gathering) -> tuple[str, ...]:
    """Paragraphs the base lacks and at least two outlets print, as the earliest of them printed them."""
    if len(gathering.members) < 2:
        return ()
    held = {folded for folded, _ in _paragraphs(gathering.base.article.text)}
    outlets: dict[bytes, set[str]] = defaultdict(set)
    printed: dict[bytes, str] = {}
    for member in sorted(gathering.members, key=lambda m: m.rank):
        for folded, exact in _paragraphs(member.article.text):
            if folded not in held:
                outlets[folded].add(member.outlet)
                printed.setdefault(folded, exact)
    return tuple(printed[folded] for folded in printed if len(outlets[folded]) >= 2)


def _with_carriers(
    inferred: tuple[Inferred, ...], decisions: Mapping[int, tuple[Decision, ...]]
) -> tuple[Inferred, ...]:
    """The inferred stories that somebody carries: a founder too short to be decided founds nothing."""
    carried = {d.family for made in decisions.values() for d in made if d.verdict == "linked"}
    return tuple(story for story in inferred if story.key in carried)
