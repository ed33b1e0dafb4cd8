"""Which filed stories are takes of one? Before each match: an agency may file a story again under a new id.

    takes with the same slugline, filed within a day and a half ─┐
    a take that says it replaces another ────────────────────────┴─> texts aligned ─> joined in storage.agency.takes
    a notice without a text ─> the item it names, or the headline it repeats under the same slugline

Reuters gives an UPDATE a new guid, dpa a lead a new number. A slugline alone proves nothing: "FOREX" comes daily,
and a sidebar shares its story's. Pairs are judged by themselves, so the outcome does not depend on who came first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy.orm import Session

from jobs.context import Context, log
from jobs.matches.groups import Groups
from jobs.matches.members import take_of
from matcher import VERSION
from matcher import text as texts
from matcher.decide import ArticleText, judge
from storage.agency import takes as stored
from storage.agency.takes import Kin, LoneNotice
from storage.engine import reading, writing
from storage.matches import match_facts
from storage.turns import Turn, take_turn

WITHIN = timedelta(hours=36)
"""Takes of one story follow each other within a day; what comes later under the same slugline is the next day's."""
SHARE = 0.45
"""Of one of two takes, the share the other must hold. A sidebar repeats a quarter of its story as background; of
Reuters' and AP's updates, the sparsest keep about half of what they replace, or of themselves."""
HEADLINE_WORDS = 4


def join_takes(context: Context) -> int:
    """Join the stories that are one; returns how many ended in another. Running it again changes nothing."""
    with reading(context.engine) as session:
        groups = Groups()
        for one, other in _joined(session):
            groups.unite(one, other)
    ended = 0
    for group in groups.all():
        with writing(context.engine) as session:
            take_turn(session, Turn.MATCH)
            key = stored.join(session, group)
        log.info("story.joined", story=key, stories=len(group))
        ended += len(group) - 1
    return ended


def _joined(session: Session) -> Iterator[tuple[int, int]]:
    """Pairs of stories that are one."""
    same = _judge_of(session)
    known = stored.kin(session, VERSION)
    for earlier, later in _candidates(known):
        if same(earlier.id, later.id):
            yield earlier.story_id, later.story_id
    story_of = _stories_of(session, [id_ for pair in stored.replaced(session, VERSION) for id_ in pair])
    for one, other in stored.replaced(session, VERSION):
        if same(other, one):
            yield story_of[one], story_of[other]
    for notice in stored.lone_notices(session):
        yield from ((notice.story_id, story) for story in _spoken_of(session, notice, known))


def _candidates(known: Sequence[Kin]) -> Iterator[tuple[Kin, Kin]]:
    """Takes of different stories under one slugline of one agency, near in time, at least one of them new."""
    groups: dict[tuple[str, str], list[Kin]] = defaultdict(list)
    for take in known:
        groups[take.agency, take.slugline].append(take)
    for group in groups.values():
        ordered = sorted(group, key=lambda take: (take.filed_at, take.take_id, take.id))
        first = 0
        for number, later in enumerate(ordered):
            while later.filed_at - ordered[first].filed_at > WITHIN:
                first += 1
            others = (take for take in ordered[first:number] if take.story_id != later.story_id)
            yield from ((earlier, later) for earlier in others if earlier.fresh or later.fresh)


def _judge_of(session: Session) -> Callable[[int, int], bool]:
    """A judge of two takes that reads each text once."""

    @cache
    def facts(take: int) -> match_facts.TakeFacts:
        return match_facts.takes(session, [take])[0]

    def same(earlier: int, later: int) -> bool:
        return is_take_of(facts(earlier), facts(later))

    return same


def is_take_of(earlier: match_facts.TakeFacts, later: match_facts.TakeFacts) -> bool:
    """Do two items of an agency tell one story: is half of either in the other, and not as a template refilled?"""
    before, after = take_of(earlier), take_of(later)
    decision = judge(ArticleText(text=after.text, published=after.published), before)
    return decision.verdict == "linked" and max(decision.share_of_article, decision.share_of_story) >= SHARE


def _stories_of(session: Session, take_ids: Sequence[int]) -> dict[int, int]:
    return {take.id: take.story_id for take in match_facts.takes(session, take_ids)}


def _spoken_of(session: Session, notice: LoneNotice, known: Sequence[Kin]) -> set[int]:
    """The stories a notice without a text of its own is about."""
    if notice.supersedes:
        named = stored.story_of_item(session, notice.agency, notice.supersedes)
        return {named} if named is not None else set()
    near = [
        take
        for take in known
        if (take.agency, take.slugline) == (notice.agency, notice.slugline)
        and _is_before(take.filed_at, notice.opened_at)
    ]
    return {take.story_id for take in near if repeats(notice.text, take.headline)}


def _is_before(filed_at: datetime, opened_at: datetime) -> bool:
    return timedelta() <= opened_at - filed_at <= WITHIN


def repeats(text: str, headline: str) -> bool:
    """Whether a headline stands in a text, word for word."""
    wanted, words = texts.read([headline]).hashes.tolist(), texts.read([text]).hashes.tolist()
    if len(wanted) < HEADLINE_WORDS:
        return False
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))
