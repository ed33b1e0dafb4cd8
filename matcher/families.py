"""Which stories do these articles carry, when the agency's own texts may be missing? In three stages.

    gather    a credited article, the given takes and the bases before it ─> it is explained by some, or a base itself
    infer     a base and all that gathered in it ─> its story: the paragraphs two outlets print beyond it are added
    carry     an article, credited or not, and all takes ─> what it carries; a base always its own story

Longest first, every article before another or after it: the bases are the one set in which each article not explained
by those before it is one. Each outcome rests on the takes that meet the article (matcher.index.meets) and on nothing
else, so that what is stored can be followed: whoever is met by what changed is asked again, and nobody else need be.
That is what lets a late filing, a late copy or a crash be answered in any order and come to the same stories.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matcher import text as texts
from matcher.decide import ArticleText, Decision, StoryText, decide
from matcher.fingerprint import fingerprint, held_in
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

TWIN = 0.9
"""Share of the fingerprints of the longer of two texts that both have when they are one text."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Stub:
    """A take as far as the shelf needs it to be found: its text is read when it is asked for."""

    key: int
    family: str
    take: int
    fingerprint: Hashes


Asked = tuple[tuple[int, ...], bytes]
"""The takes an article is aligned with, and the fingerprints that prove nothing in it: what a decision rests on."""
Memo = dict[tuple[int, Asked], tuple[Decision, ...]]
"""Decisions by member and what they rest on."""


class Shelf:
    """Takes to match against, with their working index. Ties go by the order of adding."""

    def __init__(self, stubs: Iterable[Stub], texts: Mapping[int, StoryText], memo: Memo | None = None) -> None:
        """`texts` has the text of every take that is not put here by `put`; they are asked for when needed.

        `memo` keeps decisions for another shelf on which the same keys stand for the same takes.
        """
        self._index = Index()
        self._stubs = sorted(stubs, key=lambda stub: (stub.family, stub.take, stub.key))
        self._index.add_many(range(len(self._stubs)), [stub.fingerprint for stub in self._stubs])
        self._texts = texts
        self._known: dict[int, StoryText] = {}
        self._memo: Memo = {} if memo is None else memo

    def put(self, take: StoryText) -> None:
        """Put a take on the shelf, behind all others; its key must be new."""
        stub = Stub(take.key, take.family, take.take, fingerprint(take.text))
        self._index.add(len(self._stubs), stub.fingerprint)
        self._stubs.append(stub)
        self._known[take.key] = take

    def asked(self, prints: Hashes, furniture: Hashes | None, own: str = "") -> Asked:
        """Of the takes that share most with a text, the best few of the best stories; the story `own` is among them."""
        near = self._index.near(prints, top=NEAR, ignore=furniture)
        takes: dict[str, list[int]] = {}
        for candidate in near.candidates:
            stub = self._stubs[candidate.number]
            takes.setdefault(stub.family, []).append(stub.key)
        chosen = [key for family in list(takes.values())[:STORIES] for key in family[:TAKES]]
        if own and own not in list(takes)[:STORIES]:
            chosen += [stub.key for stub in self._stubs if stub.family == own]
        return tuple(chosen), near.frequent.tobytes()

    def text(self, key: int) -> StoryText:
        """A take on the shelf."""
        return self._known[key] if key in self._known else self._texts[key]

    def decisions(self, member: Member, own: str = "") -> tuple[Decision, ...]:
        """What is decided about a member and the takes that share most with it.

        Words under fingerprints that the member's outlet repeats, or that many stories hold, prove nothing; of a text
        that stands in a story whole, only if a story explains it otherwise.
        """
        return self._decided(member, own)[2]

    def decisions_filed_first(self, member: Member, own: str = "") -> tuple[Decision, ...]:
        """As `decisions`, but no filed story is hidden by one inferred from the article itself or from its copies.

        An article always explains itself best: credited to another agency, it would found a story of that agency and
        leave nothing to the filed text it carries in part. And the story that was inferred from it is always its own:
        it is not given up to another that came to hold its text as well.
        """
        article, near, made = self._decided(member, own)
        if own and not any(d.verdict == "linked" and d.family == own for d in made):
            ours = [take for take in near if take.family == own]
            made = (*decide(member.article, ours), *(d for d in made if d.family in _filed(near)))
        filed = _filed(near)
        if not filed or any(d.verdict == "linked" and d.family in filed for d in made):
            return made
        hidden = [d for d in decide(article, [take for take in near if take.filed]) if d.verdict == "linked"]
        known = {d.family for d in hidden}
        return (*(d for d in made if d.family not in known), *hidden)

    def _decided(self, member: Member, own: str) -> tuple[ArticleText, list[StoryText], tuple[Decision, ...]]:
        """The article with what proves nothing in it, the takes it is aligned with, and what is decided."""
        furniture = member.article.boilerplate
        keys, frequent = asked = self.asked(member.fingerprint, furniture, own)
        often = np.frombuffer(frequent, np.uint64)
        known = often if furniture is None else np.union1d(often, furniture)
        article = replace(member.article, boilerplate=known)
        near = [self.text(key) for key in keys]
        if (member.key, asked) in self._memo:
            return article, near, self._memo[member.key, asked]
        made = decide(article, near) if near else ()
        if len(often) and not any(d.verdict == "linked" for d in made):
            twins = [take for take in near if _is_twin(member, take)]
            made = decide(member.article, twins) or made
        self._memo[member.key, asked] = made
        return article, near, made


def _filed(takes: Iterable[StoryText]) -> set[str]:
    return {take.family for take in takes if take.filed}


def _is_twin(member: Member, take: StoryText) -> bool:
    """Is it one text, but for a few words? What many stories have in common then is no reason to doubt it."""
    ours, theirs = member.fingerprint, fingerprint(take.text)
    return int(np.count_nonzero(held_in(ours, theirs))) >= TWIN * max(len(ours), len(theirs))


@dataclass(frozen=True, slots=True)
class Gathering:
    """What gathered in a base: all members with the base itself, and those that gathered in it before all others."""

    base: Member
    members: Sequence[Member]
    own: Collection[int]

    @property
    def agency(self) -> str:
        """The agency most outlets credit for this text, the base's on a tie: one wrong credit names no story."""
        own = self.base.credited[0]
        votes = Counter(m.credited[0] for m in {(m.outlet, m.credited): m for m in self.members if m.sole}.values())
        return max(sorted(votes | {own: votes[own]}), key=lambda agency: (votes[agency], agency == own))

    @property
    def key(self) -> str:
        """The story's name, after the earliest copy that gathered in this base before all others: no two have it."""
        return story_key(self.agency, min((m for m in self.members if m.key in self.own), key=lambda m: m.rank))


Gathered = dict[int, tuple[int, ...]]
"""By credited member, the bases it gathered in, the nearest first: a base in itself, the agency's own story in none."""


def gather(
    members: Sequence[Member], standing: Sequence[Member], shelf: Shelf, agencies: Mapping[str, str]
) -> Gathered:
    """In which bases credited members gather, beside the bases that stand already, and beside given stories.

    A story explains a member when its agency is one the member credits, or when it accounts for most of the text
    whatever the credit says: agencies are confused often enough, and a wrong credit is a finding, not a story.
    Longest first, so that a cut copy meets the fuller text it was cut from; articles credited to one agency before
    jointly credited ones, whose text may be half another's. `agencies` are those of the given stories on the shelf,
    by family; bases are put on it in their turn.
    """
    asked = {member.key for member in members}
    agency_of, base_of = dict(agencies), dict[str, int]()
    found: Gathered = {}
    for member in sorted([*members, *standing], key=_turn):
        if member.key in asked:
            explained = _explaining(shelf, agency_of, member)
            found[member.key] = tuple(base_of[family] for family in explained if family in base_of)
            if explained or not _proves_itself(member):
                continue
            found[member.key] = (member.key,)
        take = _base_take(member)
        agency_of[take.family], base_of[take.family] = take.agency, member.key
        shelf.put(take)
    return found


def _turn(member: Member) -> tuple[bool, int, tuple[float, str, int]]:
    return (not member.sole, -len(member.article.text), member.rank)


def _explaining(shelf: Shelf, agency_of: Mapping[str, str], member: Member) -> list[str]:
    """The stories on the shelf that explain a credited member."""
    carried = [d for d in shelf.decisions(member) if d.verdict == "linked"]
    return [d.family for d in carried if agency_of[d.family] in member.credited or d.own_share >= EXPLAINED]


def _base_take(member: Member) -> StoryText:
    """A base's text as a take, which was filed before it was printed: we know no more. Named by no story's name."""
    family = f"~{member.rank[1]}#{member.rank[2]}"
    return StoryText(-member.key, family, member.credited[0], 1, member.article.text, member.rank[0], filed=False)


def _proves_itself(member: Member) -> bool:
    """Would it be linked to itself? A text too short, or all furniture, founds nothing."""
    return any(d.verdict == "linked" for d in decide(member.article, [_base_take(member)]))


def infer(gathering: Gathering) -> Inferred:
    """The story of a gathering: the base's paragraphs, then those that two outlets print alike."""
    added = _attested(gathering)
    base = gathering.base.article.text
    text = texts.read([*base.source.split("\n"), *added], base.language) if added else base
    members = sorted(gathering.members, key=lambda m: m.rank)
    take = StoryText(
        -gathering.base.key, gathering.key, gathering.agency, 1, text, published=members[0].rank[0], filed=False
    )
    return Inferred(take.family, take.agency, gathering.base.key, tuple(m.key for m in members), added, take)


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


def _attested(gathering: Gathering) -> tuple[str, ...]:
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
