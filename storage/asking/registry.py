"""Every question by name: what it answers with, what it may be narrowed to, and the function that answers it.

Commands (cli.question_commands) and pages (report.site.site_lists) are made from these, so that both ask the same
and take the same filters. The columns are the fields of the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from storage import answers
from storage.agency import compliance
from storage.asking import details, questions
from storage.filters import Filters, Grouping

COPIES: Final = ("agency", "outlet", "country", "language", "use", "credited", "licence", "since", "until", "story")
_SENT: Final = ("agency", "outlet", "story", "since", "until")


@dataclass(frozen=True, slots=True)
class Entry:
    """A question: `kind` of answer, its filters by their names in Filters, and who answers it at a moment."""

    kind: type[Any]
    narrowed: tuple[str, ...]
    ask: Callable[[Session, datetime, Filters, Grouping], Sequence[Any]]


def _timeless(ask: Callable[[Session, Filters], Sequence[Any]]) -> Callable[..., Sequence[Any]]:
    return lambda session, _now, asked, _by: ask(session, asked)


REGISTRY: Final = {
    "pickups": Entry(answers.Pickup, COPIES, _timeless(questions.pickups)),
    "possible": Entry(answers.Pickup, COPIES, _timeless(questions.possible_pickups)),
    "stories": Entry(answers.Story, COPIES, _timeless(questions.stories)),
    "untaken": Entry(answers.Story, COPIES, _timeless(lambda s, asked: questions.stories(s, asked, untaken=True))),
    "outlets": Entry(answers.OutletAnswer, ("outlet", "country", "language"), _timeless(questions.outlets)),
    "shares": Entry(answers.AgencyShare, COPIES, _timeless(questions.agency_shares)),
    "uncredited": Entry(answers.CreditGap, COPIES, _timeless(questions.credit_gaps)),
    "unlicensed": Entry(answers.Unlicensed, COPIES, _timeless(questions.unlicensed)),
    "delays": Entry(answers.Delays, COPIES, lambda s, _, asked, by: questions.delays(s, asked, by=by)),
    "notices": Entry(answers.Notice, _SENT, lambda s, now, asked, _: questions.notices(s, now, asked)),
    "not-applied": Entry(answers.OpenNotice, _SENT, lambda s, now, asked, _: questions.open_notices(s, now, asked)),
    "outcomes": Entry(answers.Outcome, _SENT, _timeless(compliance.outcomes)),
    "compliance": Entry(answers.Compliance, _SENT, _timeless(compliance.by_outlet)),
    "followers": Entry(answers.Follower, ("agency", "outlet", "story"), _timeless(details.followers)),
    "health": Entry(answers.Health, ("outlet",), _timeless(questions.health)),
}
