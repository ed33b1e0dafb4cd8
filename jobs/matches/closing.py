"""What has to be decided together with some new texts: whoever they may affect, and what that rests on.

Only what is decided already is drawn in. A text another match run has read and not decided yet (several may run at
once) is left out, as one that has not come: when it is decided, it draws in those it affects itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from jobs.matches.desk import Desk
from jobs.matches.judging import take_of
from matcher import VERSION
from matcher.families import NEAR, unexplained
from matcher.fingerprint import held_in
from matcher.text import Hashes
from storage.matches import matching, prints
from storage.matches.matching import TakeFacts, VersionFacts

LEAST_SHARED: Final = 0.02
"""Share of the fingerprints of the shorter of two texts below which they have no more in common than a phrase."""


@dataclass(slots=True)
class Closure:
    """What has to be decided together, and what was seen of everything else."""

    versions: set[int] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)  # inferred stories taken apart
    takes: frozenset[int] = frozenset()  # new takes this is about
    carriers: Mapping[str, set[int]] = field(default_factory=dict)  # of the stories taken apart
    given: Sequence[TakeFacts] = ()  # takes that stand as they are
    judged: Mapping[tuple[str, str], str] = field(default_factory=dict)  # persons' verdicts
    near: dict[int, frozenset[int]] = field(default_factory=dict)  # by version, the takes that share most with it
    left_out: dict[int, set[int]] = field(default_factory=dict)  # by version, its neighbours not decided yet
    openers: Sequence[int] = ()  # the versions that may change an inferred story or found one


def closure_of(session: Session, desk: Desk, versions: Collection[int], takes: Mapping[int, Hashes]) -> Closure:
    """The new texts and everything they may change, their texts read.

    Only a credited newcomer or a new take can change what an inferred story says; an uncredited one is decided
    against stories as they stand, so a story taken by hundreds costs each of them the same.
    """
    inferred = matching.inferred_keys(session)
    closure = Closure(versions=set(versions) & desk.texts.keys(), takes=frozenset(takes))
    closure.openers = _openers(session, desk, closure, sorted(closure.versions), inferred)
    closure.versions |= _beside(session, desk, closure)
    beside = {id_ for each in takes.values() for id_ in desk.library.neighbours(each, LEAST_SHARED)}
    beside = prints.standing(session, beside)
    closure.versions |= beside
    closure.rebuilt |= _stories(session, _near(desk, closure, closure.openers)) & inferred
    closure.rebuilt |= (matching.carried_by(session, beside) | _stories(session, takes)) & inferred
    closure.carriers = matching.carriers(session, closure.rebuilt)
    for carriers in closure.carriers.values():
        closure.versions |= carriers
    desk.know(session, closure.versions)
    closure.versions &= desk.texts.keys()
    keys = _stories(session, _near(desk, closure, sorted(closure.versions)))
    keys |= matching.carried_by(session, closure.versions)
    keys |= _stories(session, takes)
    closure.given = matching.takes(session, matching.take_ids(session, keys - closure.rebuilt))
    closure.judged = matching.verdicts(session)
    return closure


def _openers(
    session: Session, desk: Desk, closure: Closure, versions: Sequence[int], inferred: Collection[str]
) -> list[int]:
    """The new versions that may found an inferred story or change one: credited, near one or explained by no other.

    A copy that a filed story explains changes nothing for the copies before it, be they five hundred.
    """
    credited = [id_ for id_ in versions if _is_credited(desk.versions[id_])]
    story_of = prints.stories_of(session, _near(desk, closure, credited))
    near = {id_: {story_of[take] for take in closure.near[id_] if take in story_of} for id_ in credited}
    standing = set[str]().union(*near.values()).difference(inferred)
    takes = [take_of(take) for take in matching.takes(session, matching.take_ids(session, standing))]
    founders = unexplained([desk.member(id_) for id_ in credited], takes)
    return [id_ for id_ in credited if id_ in founders or not near[id_].isdisjoint(inferred)]


def _is_credited(version: VersionFacts) -> bool:
    """Does it credit an agency for its text, alone or jointly?"""
    return any(agency and kind in ("text", "joint") for agency, kind, _ in version.credits)


def _beside(session: Session, desk: Desk, closure: Closure) -> set[int]:
    """The decided neighbours of the openers; what is not decided yet is noted as left out."""
    near = {id_: _neighbours(desk, id_) - closure.versions for id_ in closure.openers}
    decided = prints.decided(session, set[int]().union(*near.values()), VERSION)
    closure.left_out = {id_: rest for id_, found in near.items() if (rest := found - decided)}
    return decided


def _neighbours(desk: Desk, version: int) -> set[int]:
    """The versions that share more than chance with this one, its outlet's own furniture left out."""
    found = desk.prints[version]
    return desk.library.neighbours(found[~held_in(found, desk.furniture[desk.versions[version].outlet])], LEAST_SHARED)


def _stories(session: Session, takes: Collection[int]) -> set[str]:
    return set(prints.stories_of(session, takes).values())


def _near(desk: Desk, closure: Closure, versions: Sequence[int]) -> set[int]:
    """The takes that share most with any of these versions, noted by version; each is looked up once."""
    for id_ in versions:
        if id_ not in closure.near:
            closure.near[id_] = candidates(desk, id_)
    return set[int]().union(*(closure.near[id_] for id_ in versions))


def candidates(desk: Desk, version: int) -> frozenset[int]:
    """The takes that share most with a version."""
    return frozenset(each.number for each in desk.library.takes.candidates(desk.prints[version], top=NEAR))
