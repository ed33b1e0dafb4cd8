"""The match job: which stories do the new versions and takes carry, and what does that change around them?

    join      filed stories that are takes of one (jobs.taking)
    read      fingerprints for texts that have none
    closure   the new versions, and whoever a new text may affect: all carriers of an inferred story it touches
              (that story is taken apart and inferred again), uncredited neighbours of a credited newcomer,
              everything near a new filing
    resolve   matcher.families, a pure function of that set
    write     storage.pickups makes the tables say so; only then are the texts marked as matched

Killed at any point, the next run starts from the same unmatched rows and comes to the same tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from jobs.context import Context, log
from jobs.judging import member_of, pickups_of, story_of, take_of
from jobs.noticing import look_after
from jobs.taking import join_takes
from matcher import VERSION
from matcher import text as texts
from matcher.families import NEAR, resolve
from matcher.fingerprint import fingerprint, from_bytes, to_bytes
from matcher.index import Index
from matcher.text import Hashes
from storage import matching, pickups
from storage.engine import reading, writing

CHUNK = 4_000
"""New versions worked through at once: bounds memory in a first run over an archive."""

BOILERPLATE_ARTICLES = 6
BOILERPLATE_DAYS = 3
"""A run of words an outlet prints on six articles of three different days is its furniture, not news. Absolute
counts: what once is boilerplate stays so, whatever is crawled later, so that order does not matter."""


LEAST_SHARED = 0.02
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
class Library:
    """Everything stored, as fingerprints: versions by outlet, takes by story, and the index of each."""

    versions: Index = field(default_factory=Index)
    takes: Index = field(default_factory=Index)
    prints: dict[int, Hashes] = field(default_factory=dict)
    outlet_of: dict[int, str] = field(default_factory=dict)
    story_of: dict[int, str] = field(default_factory=dict)
    boilerplate: dict[str, Hashes] = field(default_factory=dict)


def match(context: Context, *, everything: bool = False) -> Counts:
    """Match what is unmatched; with `everything`, all of it anew. Safe to run twice, or beside itself by lease."""
    counts = Counts()
    if everything:
        with writing(context.engine) as session:
            matching.forget_matches(session)
    counts.stories_joined = join_takes(context)
    _read_texts(context.engine)
    _learn_boilerplate(context.engine)
    with reading(context.engine) as session:
        unmatched, new_takes = matching.unmatched(session, VERSION)
        # What a crawl has saved since the texts were read waits for the next run.
        versions = sorted(set(unmatched) - set(matching.unread_versions(session)))
        takes = sorted(set(new_takes) - set(matching.unread_takes(session)))
    counts.versions, counts.takes = len(versions), len(takes)
    for start in range(0, max(len(versions), 1), CHUNK):
        part = versions[start : start + CHUNK]
        if part or takes:
            _match_part(context.engine, part, takes if start == 0 else [], counts)
    counts.notice_states = look_after(context)
    return counts


def _read_texts(engine: Engine) -> None:
    """Fingerprint every version and take that has none, in parts, each part stored before the next is read."""
    with reading(engine) as session:
        versions, takes = matching.unread_versions(session), matching.unread_takes(session)
    for start in range(0, len(versions), CHUNK):
        with reading(engine) as session:
            facts = matching.versions(session, versions[start : start + CHUNK])
        stored = [(v.id, to_bytes(fingerprint(texts.read(v.paragraphs, v.language)))) for v in facts]
        with writing(engine) as session:
            matching.save_fingerprints(session, stored, [])
    with reading(engine) as session:
        filed = matching.takes(session, takes)
    with writing(engine) as session:
        blobs = [(t.id, to_bytes(fingerprint(texts.read(t.paragraphs, t.language)))) for t in filed]
        matching.save_fingerprints(session, [], blobs)


def _learn_boilerplate(engine: Engine) -> None:
    """Find what outlets repeat; versions that hold something newly found are matched again."""
    with reading(engine) as session:
        known = {outlet: from_bytes(blob) for outlet, blob in matching.boilerplate(session).items()}
        prints = matching.version_prints(session)
        unmatched, _ = matching.unmatched(session, VERSION)
        waiting = set(unmatched)
        fresh = {p.owner for p in prints if p.id in waiting}
        by_outlet = defaultdict(list)
        for p in prints:
            if p.owner in fresh:
                by_outlet[p.owner].append(p)
        learned: dict[str, Hashes] = {}
        again: list[int] = []
        for outlet, own in sorted(by_outlet.items()):
            days = matching.publication_days(session, [p.id for p in own])
            repeated = _repeated([(from_bytes(p.fingerprint), days[p.id]) for p in own])
            new = np.setdiff1d(repeated, known.get(outlet, repeated[:0]))
            if len(new):
                learned[outlet] = repeated
                again += [p.id for p in own if np.isin(from_bytes(p.fingerprint), new).any()]
    if learned:
        with writing(engine) as session:
            matching.save_boilerplate(session, {outlet: to_bytes(prints) for outlet, prints in learned.items()})
            matching.mark_matched(session, again, [], "")


def _repeated(printed: Sequence[tuple[Hashes, str]]) -> Hashes:
    """Fingerprints that stand in enough of an outlet's articles, on enough different days."""
    if len(printed) < BOILERPLATE_ARTICLES:
        return np.zeros(0, np.uint64)
    hashes, counts = np.unique(np.concatenate([prints for prints, _ in printed]), return_counts=True)
    often = hashes[counts >= BOILERPLATE_ARTICLES]
    days: dict[int, set[str]] = defaultdict(set)
    for prints, day in printed:
        for number in np.flatnonzero(np.isin(often, prints)):
            days[int(number)].add(day)
    return often[[n for n in range(len(often)) if len(days[n]) >= BOILERPLATE_DAYS]]


def _library(engine: Engine) -> Library:
    """Everything stored, indexed."""
    library = Library()
    with reading(engine) as session:
        versions, takes = matching.version_prints(session), matching.take_prints(session)
        library.boilerplate = {k: from_bytes(blob) for k, blob in matching.boilerplate(session).items()}
    library.prints = {p.id: from_bytes(p.fingerprint) for p in versions}
    library.outlet_of = {p.id: p.owner for p in versions}
    library.story_of = {p.id: p.owner for p in takes}
    library.versions.add_many(list(library.prints), library.prints.values())
    library.takes.add_many(list(library.story_of), [from_bytes(p.fingerprint) for p in takes])
    return library


@dataclass(slots=True)
class Closure:
    """What has to be decided together."""

    versions: set[int] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)  # inferred stories taken apart
    given: set[int] = field(default_factory=set)  # takes that stand as they are


def _match_part(engine: Engine, versions: Sequence[int], takes: Sequence[int], counts: Counts) -> None:
    """Decide some new versions and takes with all they affect, and store the outcome in one transaction."""
    library = _library(engine)
    with reading(engine) as session:
        closure = _closure(session, library, versions, takes)
        facts = [f for f in matching.versions(session, closure.versions) if not f.outlet_agency]
        given = matching.takes(session, closure.given)
        judged = matching.verdicts(session)
    members = [member_of(f, library.prints[f.id], library.boilerplate.get(f.outlet)) for f in facts]
    resolution = resolve(members, [take_of(t) for t in given])
    by_id = {f.id: f for f in facts}
    stories = [story_of(story, by_id) for story in resolution.inferred]
    found = pickups_of(resolution, members, by_id, given, judged)
    with writing(engine) as session:
        written = pickups.save_outcome(
            session,
            version_ids=closure.versions,
            rebuilt=closure.rebuilt,
            stories=stories,
            pickups=found,
            matcher_version=VERSION,
        )
        matching.mark_matched(session, closure.versions, takes, VERSION)
    counts.add(written)
    for old, new in sorted(written.rerooted.items()):
        log.info("story.rerooted", story=old, now=new)


def _closure(session: Session, library: Library, versions: Sequence[int], takes: Sequence[int]) -> Closure:
    """The new texts and everything they may change.

    Only a credited newcomer or a new take can change what an inferred story says; an uncredited one is decided
    against stories as they stand, so a story taken by hundreds costs each of them the same.
    """
    inferred = matching.inferred_keys(session)
    closure = Closure(versions=set(versions))
    for version in matching.credited(session, versions):
        closure.versions |= _neighbours(library, library.prints[version], library.outlet_of[version])
        closure.rebuilt |= _near(library, library.prints[version]) & inferred
    beside = set[int]()
    for prints in matching.prints_of_takes(session, takes).values():
        beside |= _neighbours(library, from_bytes(prints), "")
    closure.versions |= beside
    closure.rebuilt |= (matching.carried_by(session, beside) | {library.story_of[take] for take in takes}) & inferred
    for carriers in matching.carriers(session, closure.rebuilt).values():
        closure.versions |= carriers
    keys = set[str]().union(*(_near(library, library.prints[v]) for v in sorted(closure.versions)))
    keys |= matching.carried_by(session, closure.versions)
    keys |= {library.story_of[take] for take in takes}
    closure.given = matching.take_ids(session, keys - closure.rebuilt)
    return closure


def _near(library: Library, prints: Hashes) -> set[str]:
    """The stories whose takes share most with a text."""
    return {library.story_of[c.number] for c in library.takes.candidates(prints, top=NEAR)}


def _neighbours(library: Library, prints: Hashes, outlet: str) -> set[int]:
    """The versions that share more than chance with a text, the outlet's own furniture left out."""
    furniture = library.boilerplate.get(outlet)
    if furniture is not None:
        prints = prints[~np.isin(prints, furniture)]
    return {c.number for c in library.versions.neighbours(prints, least=2, share=LEAST_SHARED)}
