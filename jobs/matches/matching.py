"""The match job: which stories do the new versions and takes carry, and what does that change around them?

    join      filed stories that are takes of one (jobs.matches.taking)
    open      the index of everything stored, from its files (jobs.matches.library)
    part by part of what is unmatched:
      read      each text, once; its fingerprint stored and added to the index; boilerplate learned
      close     the new texts, and whoever they may affect (jobs.matches.closing)
      decide    matcher.families, a pure function of that set (jobs.matches.deciding)
      compare   has another run changed what that rests on? Then what hangs together with it is decided again
      write     storage.matches.pickups makes the tables say so, with who may have copied whom (jobs.matches.copying);
                only then are the texts marked as matched
    keep      the index is written back once enough has come
    pack      what has changed is packed again for the questions (storage.packed.blocks)

Killed at any point, the next run starts from the same unmatched rows and comes to the same tables. Several runs may
be at work at once, on one machine or many, each with a share of the versions: they decide side by side and write in
turns (storage.turns).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from jobs.context import Context, log
from jobs.leasing import alone
from jobs.matches import boilerplate
from jobs.matches.closing import TakeTexts, closure_of
from jobs.matches.copying import write_sources
from jobs.matches.deciding import Outcome, decide
from jobs.matches.desk import Desk
from jobs.matches.library import Library, keep, open_library
from jobs.matches.taking import join_takes
from jobs.notices.noticing import look_after
from matcher import VERSION
from matcher.fingerprint import fingerprint, from_bytes, to_bytes
from matcher.text import Hashes, read_many
from storage.engine import reading, writing
from storage.matches import founders, matching, pickups, prints
from storage.packed import blocks as packed
from storage.turns import Turn, take_turn

PART: Final = 8_000
"""New texts worked through at once: bounds memory in a first run over an archive."""
TRIES: Final = 2
"""How often a part is decided while others may write; what is still not settled then is decided in its own turn."""
FINISH_SECONDS: Final = 120
"""Judging notices and packing take seconds; a process that died over it is not waited for longer."""


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
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Counts:
    """Match what is unmatched; with `everything`, all of it anew. Safe to run twice, and beside itself: several
    processes, each with a share, come to the tables one would come to.

    `progress` is told how many more texts are done, and of how many.
    """
    counts = Counts()
    with writing(context.engine) as session:
        if everything:
            matching.forget_matches(session)
            founders.forget(session)
        founders.match_orphans_again(session, VERSION)
    counts.stories_joined = join_takes(context)
    with reading(context.engine) as session:
        versions = matching.unmatched_versions(session, VERSION)
        takes = matching.unmatched_takes(session, VERSION)
    if versions or takes:
        library = open_library(context)
        total = len(takes) + len(versions)
        progress(0, total)
        _match_takes(context, library, takes, counts)
        progress(len(takes), total)
        _match_versions(context, library, versions, counts, lambda done: progress(done, total))
        keep(context, library)
    counts.notice_states = _finish(context)
    return counts


def _finish(context: Context) -> int:
    """Judge the notices and pack, one process at a time; whoever comes last has seen everything."""
    for _ in range(FINISH_SECONDS):
        with alone(context, "match end", FINISH_SECONDS) as held:
            if held:
                changed = look_after(context)
                packed.refresh(context.engine)
                return changed
        time.sleep(1.0)
    return 0  # the daemon asks again


def _match_takes(context: Context, library: Library, takes: Sequence[int], counts: Counts) -> None:
    for start in range(0, len(takes), PART):
        desk = Desk(context, library)
        with reading(context.engine) as session:
            facts = matching.takes(session, takes[start : start + PART])
        texts = read_many([(take.paragraphs, take.language) for take in facts])
        found = {take.id: fingerprint(text) for take, text in zip(facts, texts, strict=True)}
        with _turn(desk) as session:
            prints.save(session, "take", [(id_, to_bytes(each)) for id_, each in found.items()], context.token())
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
        matching.mark_matched(session, again, [], "")
    return again


@contextmanager
def _turn(desk: Desk) -> Iterator[Session]:
    """A transaction in which nobody else joins stories or prunes."""
    with writing(desk.engine) as session:
        take_turn(session, Turn.MATCH)
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
                matching.seen(
                    session, outcome.versions | outcome.gathered.keys(), outcome.rests_on, matching.verdicts(session)
                )
                == outcome.seen
            )
            written = _write(session, desk, outcome) if still else None
        if written is not None:
            _tell(desk, outcome, written, counts)
            return
        counts.decided_again += len(outcome.versions)
        desk = Desk(desk.context, desk.library, former=desk.former)
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
    matching.mark_matched(session, outcome.versions, outcome.takes, VERSION)
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
