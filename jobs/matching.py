"""The match job: which stories do the new versions and takes carry, and what does that change around them?

    join      filed stories that are takes of one (jobs.taking)
    open      the index of everything stored, from its files (jobs.library)
    part by part of what is unmatched:
      read      each text, once; its fingerprint stored and added to the index; boilerplate learned (jobs.boilerplate)
      closure   the new versions, and whoever a new text may affect: all carriers of an inferred story it touches
                (that story is taken apart and inferred again), uncredited neighbours of a credited newcomer,
                everything near a new filing
      resolve   matcher.families, a pure function of that set
      write     storage.pickups makes the tables say so, with who may have copied whom (jobs.copying); only then are
                the texts marked as matched
    keep      the index is written back once enough has come
    pack      what has changed is packed again for the questions (storage.packed)

Killed at any point, the next run starts from the same unmatched rows and comes to the same tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jobs import boilerplate
from jobs.context import Context, log
from jobs.copying import write_sources
from jobs.judging import member_of, pickups_of, story_of, take_of
from jobs.library import Library, keep, open_library
from jobs.noticing import look_after
from jobs.taking import join_takes
from matcher import VERSION
from matcher.families import NEAR, Member, resolve, unexplained
from matcher.fingerprint import fingerprint, from_bytes, to_bytes
from matcher.text import Hashes, Text, read_many
from storage import matching, packed, pickups, prints
from storage.engine import reading, writing
from storage.matching import VersionFacts

PART: Final = 8_000
"""New texts worked through at once: bounds memory in a first run over an archive."""
LEAST_SHARED: Final = 0.02
"""Share of the fingerprints of the shorter of two texts below which they have no more in common than a phrase."""


@dataclass(slots=True)
class Counts:
    """What a match run did."""

    versions: int = 0
    takes: int = 0
    stories_joined: int = 0
    stories_added: int = 0
    pickups_added: int = 0
    pickups_changed: int = 0
    pickups_removed: int = 0
    notice_states: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name, for the record of runs."""
        return asdict(self)

    def add(self, written: pickups.Written) -> None:
        """Take in what one write changed."""
        self.stories_added += written.stories_added
        self.pickups_added += written.pickups_added
        self.pickups_changed += written.pickups_changed
        self.pickups_removed += written.pickups_removed


@dataclass(slots=True)
class Desk:
    """One part of a run: its context, the library, and the texts read for it."""

    context: Context
    library: Library
    versions: dict[int, VersionFacts] = field(default_factory=dict)
    texts: dict[int, Text] = field(default_factory=dict)
    prints: dict[int, Hashes] = field(default_factory=dict)
    furniture: dict[str, Hashes] = field(default_factory=dict)  # by outlet, of all outlets of the versions read

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.context.engine

    def know(self, session: Session, version_ids: Collection[int]) -> None:
        """Read the texts of versions not read yet; what is gone by now stays unknown."""
        new = matching.versions(session, set(version_ids) - self.texts.keys())
        outlets = {found.outlet for found in new} - self.furniture.keys()
        learned = prints.boilerplate(session, outlets)
        self.furniture |= {outlet: from_bytes(learned.get(outlet, b"")) for outlet in outlets}
        for found, text in zip(new, read_many([(f.paragraphs, f.language) for f in new]), strict=True):
            self.versions[found.id], self.texts[found.id] = found, text
            self.prints[found.id] = fingerprint(text)

    def member(self, version_id: int) -> Member:
        """A version that was read, as a member of families."""
        facts = self.versions[version_id]
        furniture = self.furniture[facts.outlet]
        return member_of(facts, self.texts[version_id], self.prints[version_id], furniture)


def match(
    context: Context, *, everything: bool = False, progress: Callable[[int, int], None] = lambda *_: None
) -> Counts:
    """Match what is unmatched; with `everything`, all of it anew. Safe to run twice, or beside itself by lease.

    `progress` is told how many more texts are done, and of how many.
    """
    counts = Counts()
    if everything:
        with writing(context.engine) as session:
            matching.forget_matches(session)
    counts.stories_joined = join_takes(context)
    with reading(context.engine) as session:
        versions, takes = matching.unmatched(session, VERSION)
    if versions or takes:
        library = open_library(context)
        total = len(takes) + len(versions)
        progress(0, total)
        _match_takes(context, library, takes, counts)
        progress(len(takes), total)
        _match_versions(context, library, versions, counts, lambda done: progress(done, total))
        keep(context, library)
    counts.notice_states = look_after(context)
    packed.refresh(context.engine)
    return counts


def _match_takes(context: Context, library: Library, takes: Sequence[int], counts: Counts) -> None:
    for start in range(0, len(takes), PART):
        desk = Desk(context, library)
        with reading(context.engine) as session:
            facts = matching.takes(session, takes[start : start + PART])
        texts = read_many([(take.paragraphs, take.language) for take in facts])
        found = {take.id: fingerprint(text) for take, text in zip(facts, texts, strict=True)}
        with writing(context.engine) as session:
            prints.save(session, "take", [(id_, to_bytes(each)) for id_, each in found.items()], context.token())
            library.reached = prints.point(session)
        library.add("take", ((take.id, found[take.id], take.story_key) for take in facts))
        _match_part(desk, [], found, counts)
        counts.takes += len(found)


def _match_versions(
    context: Context, library: Library, versions: Sequence[int], counts: Counts, progress: Callable[[int], None]
) -> None:
    """Match versions part by part, then once more those that hold boilerplate learned on the way."""
    again: set[int] = set()
    for start in range(0, len(versions), PART):
        desk = Desk(context, library)
        part = versions[start : start + PART]
        again |= _read_versions(desk, part)
        _match_part(desk, part, {}, counts)
        again -= set(part)
        progress(len(part))
    counts.versions = len(versions)
    ordered = sorted(again)
    for start in range(0, len(ordered), PART):
        _match_part(Desk(context, library), ordered[start : start + PART], {}, counts)


def _read_versions(desk: Desk, part: Sequence[int]) -> set[int]:
    """Read new versions, store and index their fingerprints; returns those that hold something newly learned."""
    with reading(desk.engine) as session:
        desk.know(session, part)
    fresh: dict[str, list[Hashes]] = defaultdict(list)
    for id_, found in desk.prints.items():
        fresh[desk.versions[id_].outlet].append(found)
    desk.library.add("version", ((id_, each, desk.versions[id_].outlet) for id_, each in desk.prints.items()))
    with writing(desk.engine) as session:
        stored = [(id_, to_bytes(each)) for id_, each in sorted(desk.prints.items())]
        prints.save(session, "version", stored, desk.context.token())
        again = boilerplate.learn(session, desk.library, fresh)
        desk.furniture |= {outlet: from_bytes(blob) for outlet, blob in prints.boilerplate(session, fresh).items()}
        matching.mark_matched(session, again, [], "")
        desk.library.reached = prints.point(session)
    return again


@dataclass(slots=True)
class Closure:
    """What has to be decided together."""

    versions: set[int] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)  # inferred stories taken apart
    given: set[int] = field(default_factory=set)  # takes that stand as they are


def _match_part(desk: Desk, versions: Sequence[int], takes: dict[int, Hashes], counts: Counts) -> None:
    """Decide some new versions and takes with all they affect, and store the outcome in one transaction."""
    with reading(desk.engine) as session:
        desk.know(session, versions)
        closure = _closure(session, desk, versions, takes)
        given = matching.takes(session, closure.given)
        judged = matching.verdicts(session)
    facts = {id_: desk.versions[id_] for id_ in sorted(closure.versions) if not desk.versions[id_].outlet_agency}
    members = [desk.member(id_) for id_ in facts]
    stories = {take.id: take_of(take) for take in given}
    resolution = resolve(members, list(stories.values()))
    inferred = [story_of(story, facts) for story in resolution.inferred]
    found = pickups_of(resolution, members, facts, [(take, stories[take.id]) for take in given], judged)
    with writing(desk.engine) as session:
        written = pickups.save_outcome(
            session,
            version_ids=closure.versions,
            rebuilt=closure.rebuilt,
            stories=inferred,
            pickups=found,
            matcher_version=VERSION,
        )
        write_sources(session, written.touched)
        matching.mark_matched(session, closure.versions, takes.keys(), VERSION)
        prints.note_changes(session, "take", written.takes.keys() | written.ended_takes, desk.context.token())
        desk.library.reached = prints.point(session)
    desk.library.takes.remove(written.ended_takes)
    _index_inferred(desk.library, written.takes, inferred)
    counts.add(written)
    for old, new in sorted(written.rerooted.items()):
        log.info("story.rerooted", story=old, now=new)


def _index_inferred(library: Library, takes: Mapping[int, str], inferred: Sequence[matching.InferredStory]) -> None:
    """Let the index of takes hold the inferred stories as they were written; `takes` are their rows, with the story."""
    found = {story.key: from_bytes(story.fingerprint) for story in inferred}
    library.add("take", ((id_, found[key], key) for id_, key in takes.items()))


def _closure(session: Session, desk: Desk, versions: Sequence[int], takes: dict[int, Hashes]) -> Closure:
    """The new texts and everything they may change, their texts read.

    Only a credited newcomer or a new take can change what an inferred story says; an uncredited one is decided
    against stories as they stand, so a story taken by hundreds costs each of them the same.
    """
    inferred = matching.inferred_keys(session)
    closure = Closure(versions=set(versions) & desk.texts.keys())
    openers = _openers(session, desk, versions, inferred)
    near = [_neighbours(desk, id_) for id_ in openers]
    beside = {id_ for each in takes.values() for id_ in desk.library.neighbours(each, LEAST_SHARED)}
    beside = prints.standing(session, beside)
    closure.versions |= prints.standing(session, set[int]().union(*near)) | beside
    closure.rebuilt |= _near(session, desk, [desk.prints[id_] for id_ in openers]) & inferred
    closure.rebuilt |= (matching.carried_by(session, beside) | _stories(session, takes)) & inferred
    for carriers in matching.carriers(session, closure.rebuilt).values():
        closure.versions |= carriers
    desk.know(session, closure.versions)
    closure.versions &= desk.texts.keys()
    keys = _near(session, desk, [desk.prints[id_] for id_ in sorted(closure.versions)])
    keys |= matching.carried_by(session, closure.versions)
    keys |= _stories(session, takes)
    closure.given = matching.take_ids(session, keys - closure.rebuilt)
    return closure


def _openers(session: Session, desk: Desk, versions: Sequence[int], inferred: Collection[str]) -> list[int]:
    """The new versions that may found an inferred story or change one: credited, near one or explained by no other.

    A copy that a filed story explains changes nothing for the copies before it, be they five hundred.
    """
    credited = [id_ for id_ in versions if id_ in desk.texts and _is_credited(desk.versions[id_])]
    near = {id_: _near(session, desk, [desk.prints[id_]]) for id_ in credited}
    standing = set[str]().union(*near.values()).difference(inferred)
    takes = [take_of(take) for take in matching.takes(session, matching.take_ids(session, standing))]
    founders = unexplained([desk.member(id_) for id_ in credited], takes)
    return [id_ for id_ in credited if id_ in founders or not near[id_].isdisjoint(inferred)]


def _is_credited(version: VersionFacts) -> bool:
    """Does it credit an agency for its text, alone or jointly?"""
    return any(agency and kind in ("text", "joint") for agency, kind, _ in version.credits)


def _stories(session: Session, takes: Collection[int]) -> set[str]:
    return set(prints.stories_of(session, takes).values())


def _near(session: Session, desk: Desk, texts: Sequence[Hashes]) -> set[str]:
    """The stories whose takes share most with any of these texts."""
    found = {c.number for each in texts for c in desk.library.takes.candidates(each, top=NEAR)}
    return _stories(session, found)


def _neighbours(desk: Desk, version: int) -> set[int]:
    """The versions that share more than chance with this one, its outlet's own furniture left out."""
    found = desk.prints[version]
    return desk.library.neighbours(found[~np.isin(found, desk.furniture[desk.versions[version].outlet])], LEAST_SHARED)
