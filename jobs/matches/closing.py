"""What has to be decided together with some new texts: whoever they may affect, and nobody else.

    new texts ─> the credited ones gather anew (matcher.families) ─> has a base come or gone? Then whoever it meets
    gathers anew too, until no base changes ─> the stories of all bases concerned are inferred anew ─> has one changed?
    Then whoever meets it, and has other takes to be aligned with now, is decided anew

So it is closed: outside of it no member's bases have changed, and no take that anybody rests on. A copy of a story
that is not concerned stays with it, however near it is, and no story is inferred in two places. Once a closure held
what shared text with the newcomer and took apart the 32 nearest stories only: copies of the 33rd founded it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from jobs.matches.members import story_of, take_of
from jobs.matches.texts_at_hand import Desk
from matcher import VERSION
from matcher.evidence import StoryText
from matcher.families import Gathered, Gathering, Inferred, Member, Memo, Shelf, Stub, gather, infer
from matcher.fingerprint import fingerprint, from_bytes
from matcher.text import Hashes
from storage.matches import founders, match_facts, prints
from storage.matches.match_facts import InferredStory, StoredStory, TakeFacts, TakeStub


@dataclass(slots=True)
class Closure:
    """What has to be decided together, and what is known already.

    `gathered`: the credited versions that gathered anew; `key_of`: the name of each base's story. `inferred`: the
    stories that came out of it and are not as they stand, with what is to be stored of them; `ended`: the keys of those
    in whose place they come. `own`: by version, the story of which it is the base.
    """

    versions: set[int]
    takes: frozenset[int] = frozenset()
    gathered: Gathered = field(default_factory=dict)
    key_of: dict[int, str] = field(default_factory=dict)
    inferred: list[tuple[Inferred, InferredStory]] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    own: dict[int, str] = field(default_factory=dict)


class TakeTexts(dict[int, StoryText]):
    """Takes by row number, each read when it is first asked for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.facts: dict[int, TakeFacts] = {}

    def __missing__(self, take: int) -> StoryText:
        self.read([take])
        return self[take]

    def read(self, takes: Collection[int]) -> None:
        """Read many at once."""
        for found in match_facts.takes(self._session, set(takes) - self.keys()):
            self.facts[found.id], self[found.id] = found, take_of(found)


def closure_of(
    session: Session, desk: Desk, texts: TakeTexts, versions: Collection[int], takes: Mapping[int, Hashes]
) -> Closure:
    """The new texts and everything they change, their texts read."""
    new = set(versions) & desk.texts.keys()
    met = _met_by_takes(session, desk, takes)
    gathered, changed = _gathered(session, desk, texts, new, met)
    closure = Closure(new | met, frozenset(takes), gathered)
    former = _infer(session, desk, closure, changed)
    _widen(session, desk, closure, former)
    closure.own |= founders.bases(session, closure.versions - closure.gathered.keys())
    closure.own |= {base: closure.key_of[base] for base in closure.versions & closure.key_of.keys()}
    return closure


def _met_by_takes(session: Session, desk: Desk, takes: Mapping[int, Hashes]) -> set[int]:
    """The decided versions that share text with new takes, or carry their stories."""
    found = {id_ for each in takes.values() for id_ in desk.library.versions.meeting(each)}
    keys = {stub.family for stub in match_facts.stubs(session, takes)}
    found |= set[int]().union(*match_facts.carriers(session, keys).values())
    found = prints.decided(session, found, VERSION)
    desk.know(session, found)
    return found & desk.texts.keys()


def _gathered(
    session: Session, desk: Desk, texts: TakeTexts, new: Collection[int], met: Collection[int]
) -> tuple[Gathered, set[int]]:
    """In which bases the credited versions gather, of those new, met, and met by a base that came or went.

    Returns with it the bases whose members may be others now.
    """
    opened = set(match_facts.credited(session, {*new, *met})) | founders.gathered(session, new).keys()
    memo: Memo = {}
    while True:
        opened = _members(session, desk, opened)
        found = _gather(session, desk, texts, opened, memo)
        before = founders.gathered(session, opened)
        turned = {id_ for id_ in opened if _has_turned(id_, found, before, id_ in new)}
        near = set[int]().union(*(desk.meeting(id_) for id_ in turned))
        more = set(match_facts.credited(session, prints.decided(session, near - opened, VERSION)))
        more -= founders.settled(session, more) | desk.agencies_own
        if not more:
            break
        opened |= more
    changed = {id_ for id_ in opened if id_ in new or found[id_] != before.get(id_, ())}
    return found, {base for id_ in changed for base in (*found[id_], *before.get(id_, ()))}


def _members(session: Session, desk: Desk, versions: Collection[int]) -> set[int]:
    """Those of the versions that may gather: their texts stand, they are no agency's own, no settled story's copies."""
    desk.know(session, versions)
    return (set(versions) & desk.texts.keys()) - desk.agencies_own - founders.settled(session, versions)


def _has_turned(version: int, found: Gathered, before: Gathered, is_new: bool) -> bool:
    """Has a base come or gone, or may one say something else?"""
    is_base, was_base = found[version][:1] == (version,), before.get(version, ())[:1] == (version,)
    return is_base != was_base or (is_base and is_new)


def _gather(session: Session, desk: Desk, texts: TakeTexts, opened: Collection[int], memo: Memo) -> Gathered:
    """Let these versions gather beside the bases that stand, and beside the stories that were filed or settled."""
    standing = founders.bases(session, set[int]().union(*(desk.meeting(id_) for id_ in opened)) - set(opened))
    desk.know(session, standing)
    members = [desk.member(id_) for id_ in opened]
    credited = [member for member in members if member.credited]
    given = [stub for stub in _near(session, desk, credited) if stub.is_given]
    shelf = Shelf(map(_stub, given), texts, memo)
    texts.read({key for member in credited for key in shelf.asked(member.fingerprint, member.article.boilerplate)[0]})
    beside = [desk.member(id_) for id_ in standing if id_ in desk.texts]
    found = gather(credited, [m for m in beside if m.credited], shelf, {stub.family: stub.agency for stub in given})
    return {member.key: found.get(member.key, ()) for member in members}


def _near(session: Session, desk: Desk, members: Iterable[Member]) -> list[TakeStub]:
    """The takes that share text with any of these."""
    near = {id_ for each in members for id_ in desk.library.takes.meeting(each.fingerprint, each.article.boilerplate)}
    return match_facts.stubs(session, near)


def _stub(take: TakeStub) -> Stub:
    return Stub(take.id, take.family, take.take, from_bytes(take.fingerprint))


def _infer(session: Session, desk: Desk, closure: Closure, bases: Collection[int]) -> dict[int, StoredStory]:
    """Infer the stories of these bases anew; returns those stored, by base, in whose place others come or none."""
    closure.key_of = _stand(session, closure.gathered, bases)
    by_base = _members_of(session, closure, bases)
    desk.know(session, set[int]().union(*by_base.values()))
    former = match_facts.inferred_stories(session, founders.bases(session, bases).values())
    stored = {base: former[key] for base, key in founders.bases(session, bases).items() if key in former}
    for base in sorted(by_base):
        members = [desk.member(id_) for id_ in by_base[base] if id_ in desk.texts]
        nearest = {id_ for id_, place in by_base[base].items() if place == 0}
        story = infer(Gathering(desk.member(base), members, nearest))
        closure.key_of[base] = story.key
        written = story_of(story, desk.versions)
        if base in stored and written == stored[base].story:
            del stored[base]
        else:
            closure.inferred.append((story, written))
    concerned = set[int]().union(*(story.founders for story, _ in closure.inferred)) - closure.gathered.keys()
    closure.gathered |= founders.gathered(session, concerned)  # their stories may get other rows
    closure.key_of = _stand(session, closure.gathered, ()) | closure.key_of
    closure.ended = {each.story.key for each in stored.values()}
    return stored


def _stand(session: Session, gathered: Gathered, bases: Collection[int]) -> dict[int, str]:
    """Of these bases and all that anybody gathered in, those that stand, each with its story's key as it is stored."""
    stored = founders.bases(session, {base for at in gathered.values() for base in at} | set(bases))
    return {base: key for base, key in stored.items() if base in gathered.get(base, (base,))}


def _members_of(session: Session, closure: Closure, bases: Collection[int]) -> dict[int, dict[int, int]]:
    """The members of each of the bases that is one, each with its place there."""
    found = {
        base: {id_: place for id_, place in members.items() if id_ not in closure.gathered}
        for base, members in founders.members(session, bases).items()
    }
    for id_, at in closure.gathered.items():
        for place, base in enumerate(at):
            if base in bases:
                found.setdefault(base, {})[id_] = place
    return {base: members for base, members in found.items() if base in members}


def _widen(session: Session, desk: Desk, closure: Closure, former: Mapping[int, StoredStory]) -> None:
    """Take in the decided versions for which it matters that these stories came, went or changed."""
    changed = [fingerprint(story.take.text) for story, _ in closure.inferred]
    changed += [from_bytes(each.story.fingerprint) for each in former.values()]
    closure.versions |= set[int]().union(*match_facts.carriers(session, closure.ended).values())
    closure.versions |= {story.base for story, _ in closure.inferred}
    near = {id_ for each in changed for id_ in desk.library.versions.meeting(each)}
    near = prints.decided(session, near - closure.versions, VERSION) - desk.agencies_own
    closure.versions |= _affected(session, desk, closure, near)
    desk.know(session, closure.versions)
    closure.versions &= desk.texts.keys()


def _affected(session: Session, desk: Desk, closure: Closure, near: Collection[int]) -> set[int]:
    """Those that are to be aligned with other takes than they were."""
    if not near:
        return set()
    found = {each.id: (from_bytes(each.fingerprint), each.owner) for each in prints.some(session, "version", near)}
    desk.furnish(session, {outlet for _, outlet in found.values()} - desk.furniture.keys())
    met = {id_ for each, outlet in found.values() for id_ in desk.library.takes.meeting(each, desk.furniture[outlet])}
    stubs = match_facts.stubs(session, met)
    before = Shelf(map(_stub, standing(stubs)), {})
    after = shelf_of(closure, stubs, {})
    return {
        id_
        for id_, (each, outlet) in found.items()
        if before.asked(each, desk.furniture[outlet]) != after.asked(each, desk.furniture[outlet])
    }


def standing(stubs: Iterable[TakeStub]) -> list[TakeStub]:
    """The takes of all but orphans."""
    return [stub for stub in stubs if stub.is_given or stub.base is not None]


def shelf_of(closure: Closure, stubs: Iterable[TakeStub], texts: Mapping[int, StoryText]) -> Shelf:
    """The takes as they stand once this is written."""
    kept = [stub for stub in standing(stubs) if stub.family not in closure.ended]
    inferred = {story.take.key: story.take for story, _ in closure.inferred}
    fresh = [Stub(take.key, take.family, take.take, fingerprint(take.text)) for take in inferred.values()]
    return Shelf([*map(_stub, kept), *fresh], _Both(inferred, texts))


def decision_shelf(session: Session, desk: Desk, texts: TakeTexts, closure: Closure) -> Shelf:
    """The shelf on which everything in a closure is decided, its texts read."""
    members = [desk.member(id_) for id_ in closure.versions - desk.agencies_own]
    own = set(closure.own.values()) - {story.key for story, _ in closure.inferred}
    stubs = {stub.id: stub for stub in _near(session, desk, members)}
    stubs |= {stub.id: stub for stub in match_facts.stubs(session, match_facts.take_ids(session, own))}
    shelf = shelf_of(closure, stubs.values(), texts)
    asked = (shelf.asked(m.fingerprint, m.article.boilerplate, closure.own.get(m.key, ""))[0] for m in members)
    texts.read({key for keys in asked for key in keys if key > 0})
    return shelf


class _Both(dict[int, StoryText]):
    """Takes just inferred, and behind them those of the tables."""

    def __init__(self, inferred: Mapping[int, StoryText], others: Mapping[int, StoryText]) -> None:
        super().__init__(inferred)
        self._others = others

    def __missing__(self, take: int) -> StoryText:
        return self._others[take]
