"""Saves what agencies file: stories as chains of takes, and notices, the same whatever order the items arrive in.

Items of one story come late, twice and out of order (a folder is read by name, a poller starts in the middle), so
every save works out the story again from all its rows: takes are numbered by when they were filed, the story's status
is the agency's last word, and a notice without a text of its own speaks of the newest take filed before it. What states
a time later than it came (`stated_at`) is placed after all that was filed, and had come, before it. A story
filed under several ids (Reuters gives an UPDATE a new one; jobs.matches.taking finds them) goes by its first take's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.ahead import believed, believed_embargo, stated_ahead
from news.articles import Filing, Moment
from news.names import clean, key_of, within_bounds
from storage.articles.merged_moments import merge, place_in_time
from storage.articles.texts import cleaned, content_sha256, count_words
from storage.inserting import insert_into, moment_values
from storage.matches.verdicts import follow
from storage.models import NoticeRow, StoryNameRow, StoryRow, StoryVersionRow
from storage.stops import redactor

KINDS: Final = {"corrected": "correction", "killed": "kill", "withheld": "hold", "embargoed": "embargo"}
_STATUSES: Final = {kind: status for status, kind in KINDS.items()}
# Of two words given at one instant the graver counts.
_GRAVITY: Final = ("usable", "corrected", "embargoed", "withheld", "killed")


@dataclass(frozen=True, slots=True)
class SavedTake:
    """Where a filing went, and whether it was new. `story_version_id` is None for a notice no take came for yet."""

    story_id: int
    story_version_id: int | None
    new: bool


def save_filing(session: Session, filing: Filing, *, received_at: datetime) -> SavedTake:
    """Store one agency item. The same item again changes nothing but what is known of when it was filed."""
    filing, stated_at = _believed(within_bounds(redactor(session).filing(filing)), received_at)
    story = _story_row(session, filing, received_at)
    takes = list(session.scalars(select(StoryVersionRow).where(StoryVersionRow.story_id == story.id)))
    notices = list(session.scalars(select(NoticeRow).where(NoticeRow.story_id == story.id)))
    take, new_take = None, False
    if not _is_only_notice(filing):
        take, new_take = _save_take(session, story, takes, filing, received_at, stated_at)
        _date_name(session, filing, place_in_time(filing.filed) or received_at)
    new_notice = filing.status in KINDS and _save_notice(session, story, notices, filing, received_at, stated_at)
    tell(session, story, takes, notices)
    spoken_of = take or _spoken_of(takes, place_in_time(filing.filed) or received_at)
    return SavedTake(story.id, spoken_of.id if spoken_of else None, new_take or new_notice)


def _believed(filing: Filing, received_at: datetime) -> tuple[Filing, datetime | None]:
    """The filing with times that can be, and the one it stated where that is ahead."""
    until = believed_embargo(filing.embargo_until, received_at)
    told = replace(filing, filed=believed(filing.filed, received_at), embargo_until=until)
    return told, stated_ahead(filing.filed, received_at)


def _story_row(session: Session, filing: Filing, received_at: datetime) -> StoryRow:
    """The story's row, made if need be, and on PostgreSQL locked: its takes are numbered by one writer at a time."""
    name = _name(filing)
    story = _locked(session, name)
    while story is None:
        if session.get(StoryNameRow, name, populate_existing=True) is None:
            _add_story(session, name, filing.agency, received_at)
        story = _locked(session, name)  # not there once more: its story was just joined to another, look again
    story.seen_at = min(story.seen_at, received_at)
    return story


def _name(filing: Filing) -> str:
    return key_of(filing.agency, filing.story_id)


def _locked(session: Session, name: str) -> StoryRow | None:
    query = select(StoryRow).join(StoryNameRow, StoryNameRow.story_id == StoryRow.id).where(StoryNameRow.name == name)
    locked = query.with_for_update(of=StoryRow).execution_options(populate_existing=True)
    return session.scalars(locked).first()


def _add_story(session: Session, name: str, agency: str, received_at: datetime) -> None:
    made = insert_into(session, StoryRow).values(
        key=name,
        agency=agency,
        origin="filed",
        seen_at=received_at,
        **moment_values("filed", Moment()),
    )
    session.execute(made.on_conflict_do_nothing())
    story_id = session.scalars(select(StoryRow.id).where(StoryRow.key == name)).one()
    session.execute(insert_into(session, StoryNameRow).values(name=name, story_id=story_id).on_conflict_do_nothing())


def _date_name(session: Session, filing: Filing, filed_at: datetime) -> None:
    """Note when a story id was first used for a text."""
    row = session.get_one(StoryNameRow, _name(filing))
    row.first_filed_at = min(filed_at, row.first_filed_at or filed_at)


def _is_only_notice(filing: Filing) -> bool:
    """Whether the item is words about a story rather than the story: nothing beside the editorial text."""
    if filing.status not in KINDS:
        return False
    own = " ".join(" ".join(filing.paragraphs).split())
    return not own or own == " ".join(filing.notice.split())


def _item_id(filing: Filing) -> str:
    return key_of(filing.agency, filing.take_id)


def _save_take(
    session: Session,
    story: StoryRow,
    takes: list[StoryVersionRow],
    filing: Filing,
    received_at: datetime,
    stated_at: datetime | None,
) -> tuple[StoryVersionRow, bool]:
    """The take's row and whether it is new; appended to `takes` when it is. The same text is the same take."""
    fresh = _take_of(filing, received_at)
    fresh.stated_at = stated_at
    for take in takes:
        if take.content_sha256 == fresh.content_sha256:
            complete(take, fresh)
            return take, False
    fresh.story_id = story.id
    # A number nobody has, until _number says which it is.
    fresh.take = max((take.take for take in takes), default=0) + 1
    session.add(fresh)
    session.flush()
    takes.append(fresh)
    return fresh, True


def _take_of(filing: Filing, received_at: datetime) -> StoryVersionRow:
    headline, paragraphs = clean(filing.headline), cleaned(filing.paragraphs)
    return StoryVersionRow(
        take_id=_item_id(filing),
        supersedes=filing.supersedes,
        slugline=filing.slugline,
        revision=filing.revision,
        headline=headline,
        paragraphs=paragraphs,
        byline=filing.byline,
        dateline=filing.dateline,
        language=filing.language,
        urgency=filing.urgency,
        words=count_words(paragraphs),
        status=filing.status,
        status_at=place_in_time(filing.filed) or received_at,
        embargo_until=filing.embargo_until,
        notice=filing.notice,
        usage_terms=filing.usage_terms,
        filed=filing.filed,
        received_at=received_at,
        received_from=filing.origin,
        content_sha256=content_sha256(headline, paragraphs),
    )


def complete(take: StoryVersionRow, again: StoryVersionRow) -> None:
    """Add to a take what the same text, received again, knew. A better date asks for its delays to be judged again."""
    if _filing_order(again) < _filing_order(take):
        take.take_id, take.revision = again.take_id, again.revision
    if again.received_at < take.received_at:
        take.received_at, take.received_from = again.received_at, again.received_from
    filed = believed(_earlier(take.filed, again.filed), take.received_at)
    if filed != take.filed:
        take.filed, take.matched_by = filed, ""
    take.stated_at = (take.stated_at or again.stated_at) if filed.at is None else None
    if again.stated_at is None and _word(again.status_at, again.status) > _word(take.status_at, take.status):
        take.status, take.status_at = again.status, again.status_at
        take.embargo_until, take.notice = again.embargo_until, again.notice or take.notice
    for name in ("supersedes", "slugline", "byline", "dateline", "language", "usage_terms"):
        setattr(take, name, getattr(take, name) or getattr(again, name))


def _earlier(one: Moment, other: Moment) -> Moment:
    """When an item was first filed: sending it again later does not make it younger."""
    if one.at and other.at and one.at != other.at:
        return one if one.at < other.at else other
    return merge(one, other)


def _save_notice(
    session: Session,
    story: StoryRow,
    notices: list[NoticeRow],
    filing: Filing,
    received_at: datetime,
    stated_at: datetime | None,
) -> bool:
    """Open a notice for an item that carries one; whether it is new. The item's first sending opens it."""
    kind, item_id = KINDS[filing.status], _item_id(filing)
    opened_at = place_in_time(filing.filed) or received_at
    text = clean(filing.notice or filing.headline)
    for notice in notices:
        if (notice.item_id, notice.kind) == (item_id, kind):
            if (opened_at, text) < (notice.opened_at, notice.text):
                notice.opened_at, notice.text, notice.embargo_until = opened_at, text, filing.embargo_until
                notice.stated_at = stated_at
                notice.content_sha256 = _own_sha256(filing)
            return False
    notice = NoticeRow(
        story_id=story.id,
        item_id=item_id,
        kind=kind,
        text=text,
        opened_at=opened_at,
        slugline=filing.slugline,
        supersedes=filing.supersedes,
        content_sha256=_own_sha256(filing),
        embargo_until=filing.embargo_until,
        stated_at=stated_at,
    )
    session.add(notice)
    notices.append(notice)
    return True


def _own_sha256(filing: Filing) -> str:
    """Of the text an item brings beside its words about the story."""
    return "" if _is_only_notice(filing) else content_sha256(clean(filing.headline), cleaned(filing.paragraphs))


def _number(session: Session, takes: Sequence[StoryVersionRow]) -> None:
    """Number the takes in the order in which they were filed. One at a time: two rows never share a number."""
    known = _known_times(takes, ())
    ordered = sorted(takes, key=lambda take: _filing_order(take, known))
    wanted = {take.id: number for number, take in enumerate(ordered, start=1)}
    moving = [take for take in takes if take.take != wanted[take.id]]
    for take in moving:
        take.take = -take.take
        session.flush()
    for take in moving:
        take.take = wanted[take.id]
        session.flush()


def _known_times(takes: Sequence[StoryVersionRow], notices: Sequence[NoticeRow]) -> list[tuple[datetime, datetime]]:
    """When each item was filed, and had come, of those that do not state a time ahead."""
    of_takes = [
        (place_in_time(take.filed) or take.received_at, take.received_at) for take in takes if not take.stated_at
    ]
    return of_takes + [(notice.opened_at, notice.opened_at) for notice in notices if not notice.stated_at]


def _placed(came_at: datetime, known: Sequence[tuple[datetime, datetime]]) -> datetime:
    """The place of an item that states a time ahead: that of the last one filed of those that came before it."""
    return max((filed_at for filed_at, received_at in known if received_at <= came_at), default=came_at)


def _filing_order(
    take: StoryVersionRow, known: Sequence[tuple[datetime, datetime]] = ()
) -> tuple[bool, str, bool, int, str, str]:
    when = _placed(take.received_at, known) if take.stated_at else place_in_time(take.filed)
    ahead = take.stated_at is not None
    return when is None, _iso(when), ahead, take.revision or 0, take.take_id or "", take.content_sha256


def _word(at: datetime | None, status: str) -> tuple[str, int]:
    """A status the agency gave, in an order in which its last word is the greatest."""
    return _iso(at), _GRAVITY.index(status)


def tell(session: Session, story: StoryRow, takes: Sequence[StoryVersionRow], notices: Sequence[NoticeRow]) -> None:
    """Make the story and its notices say what all its takes and notices together say. Verdicts follow its name."""
    _number(session, takes)
    _describe(story, takes, notices)
    session.flush()
    names = session.scalars(select(StoryNameRow).where(StoryNameRow.story_id == story.id))
    first = min(names, key=lambda name: (name.first_filed_at is None, _iso(name.first_filed_at), name.name))
    if first.name != story.key:
        before, story.key = story.key, first.name
        session.flush()
        follow(session, {before: first.name})


def _iso(when: datetime | None) -> str:
    return when.isoformat() if when else ""


def _describe(story: StoryRow, takes: Sequence[StoryVersionRow], notices: Sequence[NoticeRow]) -> None:
    ordered, known = sorted(takes, key=lambda take: take.take), _known_times(takes, notices)
    words = []
    for take in ordered:
        at = _placed(take.received_at, known) if take.stated_at else take.status_at
        words.append((_word(at, take.status), take.status, take.embargo_until))
    for notice in notices:
        status, at = _STATUSES[notice.kind], notice.opened_at
        at = _placed(at, known) if notice.stated_at else at
        words.append((_word(at, status), status, notice.embargo_until))
        own = [take for take in ordered if notice.content_sha256 and take.content_sha256 == notice.content_sha256]
        target = own[-1] if own else _spoken_of(ordered, at)
        notice.story_version_id = target.id if target else None
    _, story.status, story.embargo_until = max(words, key=lambda word: word[0])
    if ordered:
        newest = ordered[-1]
        story.headline, story.language, story.filed = newest.headline, newest.language, ordered[0].filed
        story.slugline = next((take.slugline for take in reversed(ordered) if take.slugline), "")
    else:
        first = min(notices, key=lambda notice: (notice.opened_at, notice.text))
        story.headline, story.language, story.slugline, story.filed = first.text, "", first.slugline, Moment()


def _spoken_of(takes: Sequence[StoryVersionRow], when: datetime) -> StoryVersionRow | None:
    """The take an item without a text of its own speaks of: the newest filed before it, else the newest."""
    ordered = sorted(takes, key=lambda take: take.take)
    before = [take for take in ordered if (place_in_time(take.filed) or take.received_at) <= when]
    return before[-1] if before else ordered[-1] if ordered else None
