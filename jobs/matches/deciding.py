"""What some texts carry: decided from a closure, a pure function of what was read; and whether that still stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jobs.matches.closing import Closure, TakeTexts, decision_shelf
from jobs.matches.members import pickups_of
from jobs.matches.texts_at_hand import Desk
from matcher.families import Gathered
from storage.matches import match_facts
from storage.matches.match_facts import InferredStory, Pickup, Seen


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided: the pickups of these versions, and the inferred stories in place of those that ended.

    `gathered`: in which bases credited versions gathered; `key_of`: the name of each base's story.
    `rests_on`: the takes all of it rests on; `seen`: what these and the versions were.
    """

    versions: frozenset[int]
    takes: frozenset[int]
    ended: frozenset[str]
    stories: Sequence[InferredStory]
    pickups: Sequence[Pickup]
    gathered: Gathered
    key_of: Mapping[int, str]
    rests_on: frozenset[int]
    seen: Seen


def decide(session: Session, desk: Desk, texts: TakeTexts, closure: Closure) -> Outcome:
    """Decide everything in a closure."""
    members = [desk.member(id_) for id_ in sorted(closure.versions - desk.agencies_own)]
    shelf = decision_shelf(session, desk, texts, closure)
    decisions = {m.key: shelf.decisions_filed_first(m, closure.own.get(m.key, "")) for m in members}
    carried = {d.family for made in decisions.values() for d in made if d.verdict == "linked"}
    inferred = [(story, written) for story, written in closure.inferred if story.key in carried]
    given = [(take, texts[take.id]) for take in texts.facts.values()]
    judged = match_facts.verdicts(session)
    rests_on = frozenset(texts.facts.keys() | closure.takes)
    return Outcome(
        versions=frozenset(closure.versions),
        takes=closure.takes,
        ended=frozenset(closure.ended),
        stories=[written for _, written in inferred],
        pickups=pickups_of(inferred, decisions, members, desk.versions, given, judged),
        gathered=closure.gathered,
        key_of=closure.key_of,
        rests_on=rests_on,
        seen=match_facts.seen(session, closure.versions | closure.gathered.keys(), rests_on, judged),
    )


def stands(session: Session, outcome: Outcome) -> bool:
    """Is everything an outcome rests on still what it was?"""
    concerned = outcome.versions | outcome.gathered.keys()
    return match_facts.seen(session, concerned, outcome.rests_on, match_facts.verdicts(session)) == outcome.seen
