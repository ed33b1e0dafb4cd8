"""The match job: which stories do the new versions and takes carry, and what does that change around them?

    join      filed stories that are takes of one (jobs.matches.taking)
    open      the index of everything stored, from its files (jobs.matches.fingerprint_index)
    part by part of what is unmatched; what fails is set aside (jobs.matches.parts):
      read      each text, once; its fingerprint stored and added to the index; boilerplate learned
      close     the new texts, and whoever they affect (jobs.matches.closing)
      decide    matcher.families, on what was read (jobs.matches.deciding)
      compare   has a crawl or a person changed what that rests on? Then it is decided again
      write     storage.matches.pickups makes the tables say so, with who may have copied whom
                (jobs.matches.copy_origins); only then are the texts marked as matched
    keep      the index is written back once enough has come
    pack      what has changed is packed again for the questions (storage.totals.packing)

Killed at any point, the next run starts from the same unmatched rows and comes to the same tables. One run is at work
at a time, under a lease that it renews with everything it writes; one that was halted for so long that another has
begun finds out before it writes, and ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from jobs.context import Context, log
from jobs.leasing import Lease
from jobs.matches import boilerplate
from jobs.matches.closing import TakeTexts, closure_of
from jobs.matches.copy_origins import write_sources
from jobs.matches.deciding import Outcome, decide
from jobs.matches.fingerprint_index import keep, open_library
from jobs.matches.parts import parts_of, work_through
from jobs.matches.taking import join_takes
from jobs.matches.texts_at_hand import Desk
from jobs.notices.noticing import look_after
from matcher import VERSION
from matcher.fingerprint import fingerprint, from_bytes, to_bytes
from matcher.text import Hashes, read_many
from storage.engine import reading, writing
from storage.matches import founders, match_facts, pickups, prints
from storage.totals import packing as packed
from storage.turns import Turn, take_turn

TRIES: Final = 2
"""How often a part is decided while others may write; what is still not settled then is decided in its own turn."""


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
    decided_again: int = 0
    set_aside: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts by name, for the record of runs."""
        return asdict(self)

    def add(self, written: pickups.Written) -> None:
        """Take in what one write changed."""
        self.stories_added += written.stories_added
        self.pickups_added += written.pickups_added
        self.pickups_changed += written.pickups_changed
        self.pickups_removed += written.pickups_removed


def match(
    context: Context,
    *,
    everything: bool = False,
    lease: Lease | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Counts:
    """Match what is unmatched; with `everything`, all of it anew. Safe to run twice. `lease`: what keeps others from
    matching meanwhile.

    `progress` is told how many more texts are done, and of how many. What is set aside is left out, and counted.
    """
    counts = Counts()
    with writing(context.engine) as session:
        if everything:
            match_facts.forget_matches(session)
            founders.forget(session)
        founders.match_orphans_again(session, VERSION)
    counts.stories_joined = join_takes(context)
    with reading(context.engine) as session:
        versions = match_facts.unmatched_versions(session, VERSION)
        takes = match_facts.unmatched_takes(session, VERSION)
    to_match = parts_of(context, "take", takes), parts_of(context, "version", versions)
    counts.set_aside = sum(each.passed_over for each in to_match)
    total = sum(map(len, to_match))
    if total:
        progress(0, total)
        run = _Run(Desk(context, open_library(context), lease), counts, lambda done: progress(done, total))
        counts.set_aside += sum(
            work_through(context, *each) for each in zip(to_match, (run.takes, run.versions), strict=True)
        )
        run.once_more()
        keep(context, run.desk.library)
    counts.notice_states = look_after(context)
    packed.refresh(context.engine)
    return counts


@dataclass(slots=True)
class _Run:
    """A run under way: what it counts, and the versions that hold boilerplate learned after they were matched."""

    desk: Desk
    counts: Counts
    progress: Callable[[int], None]
    again: set[int] = field(default_factory=set)

    def takes(self, part: Sequence[int]) -> None:
        """Match some takes."""
        desk = self.desk.cleared()
        with reading(desk.engine) as session:
            facts = match_facts.takes(session, part)
        texts = read_many([(take.paragraphs, take.language) for take in facts])
        found = {take.id: fingerprint(text) for take, text in zip(facts, texts, strict=True)}
        with _turn(desk) as session:
            prints.save(session, "take", [(id_, to_bytes(each)) for id_, each in found.items()], desk.context.token())
        desk.library.add("take", ((take.id, found[take.id], take.story_key) for take in facts))
        _match_part(desk, [], found, self.counts)
        self.counts.takes += len(found)
        self.progress(len(part))

    def versions(self, part: Sequence[int]) -> None:
        """Match some versions."""
        desk = self.desk.cleared()
        self.again |= _read_versions(desk, part)
        _match_part(desk, part, {}, self.counts)
        self.again -= set(part)
        self.counts.versions += len(part)
        self.progress(len(part))

    def once_more(self) -> None:
        """Match again what holds boilerplate that was learned on the way."""
        parts = parts_of(self.desk.context, "version", sorted(self.again))
        self.counts.set_aside += work_through(
            self.desk.context, parts, lambda part: _match_part(self.desk.cleared(), part, {}, self.counts)
        )


def _read_versions(desk: Desk, part: Sequence[int]) -> set[int]:
    """Read new versions, store and index their fingerprints; returns those that hold something newly learned."""
    with reading(desk.engine) as session:
        desk.know(session, part)
        stood = {each.id: from_bytes(each.fingerprint) for each in prints.some(session, "version", desk.prints)}
    desk.former |= {id_: each for id_, each in stood.items() if not np.array_equal(each, desk.prints[id_])}
    fresh: dict[str, list[Hashes]] = defaultdict(list)
    for id_, found in desk.prints.items():
        fresh[desk.versions[id_].outlet].append(found)
    with _turn(desk) as session:
        desk.library.add("version", ((id_, each, desk.versions[id_].outlet) for id_, each in desk.prints.items()))
        stored = [(id_, to_bytes(each)) for id_, each in sorted(desk.prints.items())]
        prints.save(session, "version", stored, desk.context.token())
        again = boilerplate.learn(session, desk.library, fresh)
        desk.furnish(session, fresh)
        match_facts.mark_matched(session, again, [], "")
    return again


@contextmanager
def _turn(desk: Desk) -> Iterator[Session]:
    """A transaction in which nobody else joins stories or prunes."""
    with writing(desk.engine) as session:
        take_turn(session, Turn.MATCH)
        if desk.lease:
            desk.lease.renew(session)
        yield session
        desk.library.reached = prints.point(session)


def _match_part(desk: Desk, versions: Collection[int], takes: Mapping[int, Hashes], counts: Counts) -> None:
    """Decide some new versions and takes with all they affect, and store the outcome.

    A crawl, a person or a prune may have changed something of it in the meantime: then all of it is decided again, at
    last while they wait.
    """
    for _ in range(TRIES):
        with reading(desk.engine) as session:
            outcome = _decide(session, desk, versions, takes)
        with _turn(desk) as session:
            still = (
                match_facts.seen(
                    session, outcome.versions | outcome.gathered.keys(), outcome.rests_on, match_facts.verdicts(session)
                )
                == outcome.seen
            )
            written = _write(session, desk, outcome) if still else None
        if written is not None:
            _tell(desk, outcome, written, counts)
            return
        counts.decided_again += len(outcome.versions)
        desk = desk.cleared(desk.former)
    with _turn(desk) as session:
        outcome = _decide(session, desk, versions, takes)
        written = _write(session, desk, outcome)
    _tell(desk, outcome, written, counts)


def _decide(session: Session, desk: Desk, versions: Collection[int], takes: Mapping[int, Hashes]) -> Outcome:
    """What has to be decided together, by what every outlet is known to repeat by now, and what they carry."""
    desk.know(session, versions)
    texts = TakeTexts(session)
    return decide(session, desk, texts, closure_of(session, desk, texts, versions, takes))


def _write(session: Session, desk: Desk, outcome: Outcome) -> pickups.Written:
    """Make the tables say what was decided."""
    keys = [story.key for story in outcome.stories]
    written = pickups.save_outcome(
        session,
        version_ids=outcome.versions,
        rebuilt=outcome.ended | founders.orphans(session, outcome.versions, keys),
        stories=outcome.stories,
        pickups=outcome.pickups,
        matcher_version=VERSION,
    )
    founders.save(session, outcome.gathered, outcome.key_of)
    write_sources(session, written.touched)
    match_facts.mark_matched(session, outcome.versions, outcome.takes, VERSION)
    prints.note_changes(session, "take", written.takes.keys() | written.ended_takes, desk.context.token())
    return written


def _tell(desk: Desk, outcome: Outcome, written: pickups.Written, counts: Counts) -> None:
    """Let the index of takes hold the inferred stories as they were written, and the log what became of others."""
    found = {story.key: from_bytes(story.fingerprint) for story in outcome.stories}
    desk.library.takes.remove(written.ended_takes)
    desk.library.add("take", ((id_, found[key], key) for id_, key in written.takes.items()))
    counts.add(written)
    for old, new in sorted(written.rerooted.items()):
        log.info("story.rerooted", story=old, now=new)
