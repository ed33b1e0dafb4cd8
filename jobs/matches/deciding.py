"""What some texts carry: decided from a closure, and what of it still holds once other match runs have written.

Several runs decide at once, without waiting for each other. Before one writes, in its turn, it compares what its
outcome rests on with what stands by then; stories that are affected by a difference are decided again with everything
that hangs together with them, the others are written. So whatever is written is what one run, taking the parts one
after the other, would have written there. Their order changes a few links between short texts (docs/reliability.md).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from jobs.matches.closing import LEAST_SHARED, Closure, candidates
from jobs.matches.desk import Desk
from jobs.matches.groups import Groups
from jobs.matches.judging import pickups_of, story_of, take_of
from jobs.matches.library import Changed
from matcher import VERSION
from matcher.families import resolve
from matcher.fingerprint import from_bytes, held_in
from matcher.index import Index
from storage.matches import matching, prints
from storage.matches.matching import InferredStory, Pickup


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided: pickups of the versions, and the stories inferred in place of those taken apart.

    `founders`: by inferred story, the versions it was made from.
    """

    versions: frozenset[int]
    takes: frozenset[int]
    rebuilt: frozenset[str]
    stories: Sequence[InferredStory]
    pickups: Sequence[Pickup]
    founders: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Stale:
    """What of a closure is not as it was seen."""

    versions: set[int]
    stories: frozenset[str] = frozenset()


def decide(desk: Desk, closure: Closure) -> Outcome:
    """Decide everything in a closure: a pure function of it and of what was read."""
    facts = {id_: desk.versions[id_] for id_ in sorted(closure.versions) if not desk.versions[id_].outlet_agency}
    members = [desk.member(id_) for id_ in facts]
    stories = {take.id: take_of(take) for take in closure.given}
    resolution = resolve(members, list(stories.values()))
    given = [(take, stories[take.id]) for take in closure.given]
    return Outcome(
        versions=frozenset(closure.versions),
        takes=closure.takes,
        rebuilt=frozenset(closure.rebuilt),
        stories=[story_of(story, facts) for story in resolution.inferred],
        pickups=pickups_of(resolution, members, facts, given, closure.judged),
        founders={story.key: story.founders for story in resolution.inferred},
    )


def stale(session: Session, desk: Desk, closure: Closure, changed: Changed) -> Stale:
    """What others have changed of all that was seen. Asked in a writer's turn; the desk learns new furniture.

    `changed` is what the library was told since the closure was worked out.
    """
    if changed.lost or _are_moved(session, closure):
        return Stale(set(closure.versions))
    found = closure.versions - prints.standing(session, closure.versions)
    found |= _by_takes(desk, closure, changed)
    found |= _by_decisions(session, desk, closure, changed)
    found |= _by_furniture(session, desk, closure)
    found |= _by_verdicts(session, desk, closure)
    stories = _rebuilt_otherwise(session, closure)
    if any(not closure.carriers.get(key) for key in stories):
        return Stale(set(closure.versions), stories)
    return Stale(found.union(*(closure.carriers[key] & closure.versions for key in stories)), stories)


def _are_moved(session: Session, closure: Closure) -> bool:
    """Is a take gone that was decided against, or is it another story's by now?"""
    seen = {take.id: take.story_key for take in closure.given}
    return prints.stories_of(session, seen) != seen


def _by_takes(desk: Desk, closure: Closure, changed: Changed) -> set[int]:
    """The versions that had a changed take near them, or have now."""
    if not changed.takes:
        return set()
    found = {id_ for id_, near in closure.near.items() if not near.isdisjoint(changed.takes)} & closure.versions
    index = _index_of(desk, closure.versions - found)
    met = {each.number for take in changed.take_prints.values() for each in index.neighbours(take, least=1)}
    return found | {id_ for id_ in met if not candidates(desk, id_).isdisjoint(changed.takes)}


def _by_decisions(session: Session, desk: Desk, closure: Closure, changed: Changed) -> set[int]:
    """The openers that have neighbours now which were not decided, or not there, when the others were drawn in."""
    left_out = set[int]().union(*closure.left_out.values())
    decided = prints.decided(session, left_out | (changed.versions.keys() - closure.versions), VERSION)
    if not decided:
        return set()
    found = {id_ for id_, waiting in closure.left_out.items() if not waiting.isdisjoint(decided)}
    index = _index_of(desk, set(closure.openers) - found)
    for id_ in decided & changed.versions.keys():
        near = index.neighbours(changed.versions[id_], least=2, share=LEAST_SHARED)
        found |= {each.number for each in near}
    return found


def _index_of(desk: Desk, versions: Collection[int]) -> Index:
    index = Index()
    ordered = sorted(versions)
    index.add_many(ordered, [desk.prints[id_] for id_ in ordered])
    return index


def _by_furniture(session: Session, desk: Desk, closure: Closure) -> set[int]:
    """The versions that hold what their outlet is now known to repeat."""
    before = dict(desk.furniture)
    learned = prints.boilerplate(session, before.keys())
    new = {
        outlet: np.setdiff1d(from_bytes(blob), before[outlet])
        for outlet, blob in learned.items()
        if len(blob) != 4 * len(before[outlet])
    }
    if not new:
        return set()
    desk.furnish(session, new.keys())
    ours = [id_ for id_ in closure.versions if desk.versions[id_].outlet in new]
    return {id_ for id_ in ours if held_in(desk.prints[id_], new[desk.versions[id_].outlet]).any()}


def _by_verdicts(session: Session, desk: Desk, closure: Closure) -> set[int]:
    """The versions of articles somebody judged meanwhile."""
    now = matching.verdicts(session)
    if now == closure.judged:
        return set()
    urls = {pair[0] for pair, _ in set(now.items()) ^ set(closure.judged.items())}
    return {id_ for id_ in closure.versions if desk.versions[id_].url in urls}


def _rebuilt_otherwise(session: Session, closure: Closure) -> frozenset[str]:
    """The stories taken apart that can be no more, or have copies that were not seen."""
    now = matching.carriers(session, closure.rebuilt)
    grown = {key for key, found in now.items() if not found <= closure.versions}
    return frozenset(grown | (closure.rebuilt - matching.inferred_keys(session)))


def without(outcome: Outcome, closure: Closure, stale: Stale) -> Outcome:
    """What of an outcome can be written: nothing that hangs together with what is stale by an inferred story.

    New takes are decided with all they affect, or not at all.
    """
    if not stale.versions and not stale.stories:
        return outcome
    again = outcome.versions if outcome.takes else _hanging_together(outcome, closure, stale.versions)
    kept = outcome.versions - again
    return replace(
        outcome,
        versions=kept,
        takes=frozenset(),
        rebuilt=frozenset(key for key, carriers in closure.carriers.items() if carriers <= kept) - stale.stories,
        stories=[story for story in outcome.stories if kept.issuperset(outcome.founders[story.key])],
        pickups=[pickup for pickup in outcome.pickups if pickup.version_id in kept],
    )


def _hanging_together(outcome: Outcome, closure: Closure, stale: Collection[int]) -> frozenset[int]:
    groups = Groups()
    by_story = {key: set(carriers) for key, carriers in closure.carriers.items()}
    for key, founders in outcome.founders.items():
        by_story[key] = by_story.get(key, set()).union(founders)
    for pickup in outcome.pickups:
        if pickup.story in by_story:
            by_story[pickup.story].add(pickup.version_id)
    for members in by_story.values():
        groups.unite_all(members)
    roots = {groups.find(id_) for id_ in stale}
    return frozenset(id_ for id_ in outcome.versions if groups.find(id_) in roots)
