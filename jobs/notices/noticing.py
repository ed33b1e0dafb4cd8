"""After each match and each visit: what did every article do about every notice that is still watched?

    storage.agency.notices: notices, versions, visits ─> jobs.notices.complying: a state each ─> rows; the notice closes
    when all complied ─> pages of those who have not are asked for at once, and often, for a day

All states are worked out anew from what is stored, so that order, repetition and a crash change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobs.context import Context, log
from jobs.notices.complying import state_of
from jobs.notices.correcting import wrong_of
from news.terms import COMPLIED, NOT_COMPLIED
from storage.agency import notices
from storage.agency.notices import WATCHED, ArticleLook, NoticeFacts, State
from storage.engine import reading, writing

WAITS: Final = (
    (timedelta(hours=2), 15),
    (timedelta(hours=6), 30),
    (timedelta(days=1), 60),
    (timedelta(days=3), 180),
    (timedelta(days=14), 720),
)
"""Up to which age of a notice its pages are visited every so many minutes; later they keep their usual course.

Not only for a day: outlets that comply late comply at any hour, and the minutes to comply are what is asked for.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A notice, judged: the states, the articles nobody looked at since, and when it closed, if it did."""

    states: tuple[State, ...]
    unseen: tuple[int, ...]
    closed_at: datetime | None

    @property
    def left(self) -> tuple[int, ...]:
        """The articles that have not complied as far as we know."""
        return self.unseen + tuple(state.article_id for state in self.states if state.state in NOT_COMPLIED)


def look_after(context: Context) -> int:
    """Judge every watched notice; returns how many articles are in another state than before."""
    now = context.now()
    with reading(context.engine) as session:
        watched = notices.watched(session, now)
    changed = 0
    for notice in watched:
        with reading(context.engine) as session:
            judged = judge(notice, notices.looks(session, notice.story_id), now)
        with writing(context.engine) as session:
            changed += notices.record(session, notice.id, judged.states, closed_at=judged.closed_at, now=now)
            wait = wait_of(notice, now)
            if judged.closed_at is None and wait is not None:
                notices.hasten(session, judged.left, opened_at=notice.opened_at, wait=wait, now=now)
    if changed:
        log.info("notices.judged", notices=len(watched), changed=changed)
    return changed


def wait_of(notice: NoticeFacts, now: datetime) -> timedelta | None:
    """How long after a visit the pages of a notice are visited again; None when there is no hurry."""
    if notice.kind == "embargo":
        return None
    age = now - notice.opened_at
    return next((timedelta(minutes=minutes) for until, minutes in WAITS if age <= until), None)


def judge(notice: NoticeFacts, looks: Sequence[ArticleLook], now: datetime) -> Judged:
    """Every article's state, and when the last of those concerned complied."""
    wrong = wrong_of(notice)
    states, unseen = [], []
    for look in looks:
        state = state_of(notice, look, wrong)
        if state is None:
            unseen.append(look.article_id)
        else:
            states.append(state)
    return Judged(tuple(states), tuple(unseen), _closed_at(notice, states, unseen, now))


def _closed_at(notice: NoticeFacts, states: Sequence[State], unseen: Sequence[int], now: datetime) -> datetime | None:
    """When the last article complied. Where none had to, when new copies are no longer expected."""
    if notice.kind == "embargo":
        return _embargo_closed_at(notice, states, now)
    if unseen or any(state.state in NOT_COMPLIED for state in states):
        return None
    complied = [state.since for state in states if state.state in COMPLIED]
    end = notice.opened_at + WATCHED
    return max(complied) if complied else end if end <= now else None


def _embargo_closed_at(notice: NoticeFacts, states: Sequence[State], now: datetime) -> datetime | None:
    """An embargo ends by itself; one that was broken is shown until new copies are no longer expected."""
    end = notice.embargo_until or notice.opened_at + WATCHED
    if any(state.state == "broken" for state in states):
        end += WATCHED
    return end if end <= now else None
