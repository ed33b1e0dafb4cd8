"""Stories that turn out to be one: what there is to compare, and the moving of rows.

Whether two stories are one is decided by jobs.matches.taking from slugline, time and text. Here a story takes in
another: its takes, pickups, notices and names; a take both have is kept once. What is moved is matched again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from news.names import key_of
from storage.agency.filings import complete, tell
from storage.articles.merged_moments import place_in_time
from storage.in_parts import in_parts
from storage.matches.verdicts import follow
from storage.models import NoticeRow, PickupRow, StoryNameRow, StoryRow, StoryVersionRow

_TAKE_AND_AGENCY: tuple[Any, ...] = (StoryVersionRow, StoryRow.agency)


@dataclass(frozen=True, slots=True)
class Kin:
    """A take of a story whose slugline another story has too. `fresh`: not matched yet."""

    id: int
    story_id: int
    agency: str
    slugline: str
    take_id: str
    filed_at: datetime
    headline: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class LoneNotice:
    """A notice whose story has no take: the agency sent it under an id of its own."""

    id: int
    story_id: int
    agency: str
    slugline: str
    supersedes: str
    opened_at: datetime
    text: str


def kin(session: Session, matcher_version: str) -> list[Kin]:
    """All takes whose agency and slugline are those of a fresh take or of a lone notice."""
    fresh = _filed(select(StoryVersionRow.slugline)).where(StoryVersionRow.matched_by != matcher_version)
    sluglines = set(session.scalars(fresh)) | {notice.slugline for notice in lone_notices(session)}
    found: list[Kin] = []
    for some in in_parts(sluglines - {""}):
        query = _filed(select(*_TAKE_AND_AGENCY)).where(StoryVersionRow.slugline.in_(some))
        for row, agency in session.execute(query.order_by(StoryVersionRow.id)):
            found.append(_kin(row, agency, matcher_version))
    session.expunge_all()
    return found


def lone_notices(session: Session) -> list[LoneNotice]:
    """Notices that no take came for."""
    has_takes = exists().where(StoryVersionRow.story_id == NoticeRow.story_id)
    query = select(NoticeRow, StoryRow.agency).join(StoryRow, StoryRow.id == NoticeRow.story_id).where(~has_takes)
    return [
        LoneNotice(row.id, row.story_id, agency, row.slugline, row.supersedes, row.opened_at, row.text)
        for row, agency in session.execute(query.order_by(NoticeRow.id))
    ]


def replaced(session: Session, matcher_version: str) -> list[tuple[int, int]]:
    """Pairs of takes, later and earlier, of different stories of which the later says that it replaces the earlier."""
    later, earlier = aliased(StoryVersionRow), aliased(StoryVersionRow)
    of_later, of_earlier = aliased(StoryRow), aliased(StoryRow)
    names_it = and_(later.supersedes != "", earlier.take_id == _escaped(of_later.agency) + ":" + later.supersedes)
    query = (
        select(later.id, earlier.id)
        .join(of_later, of_later.id == later.story_id)
        .join(earlier, and_(names_it, earlier.story_id != later.story_id))
        .join(of_earlier, and_(of_earlier.id == earlier.story_id, of_earlier.agency == of_later.agency))
        .where(or_(later.matched_by != matcher_version, earlier.matched_by != matcher_version))
        .order_by(later.id, earlier.id)
    )
    return [(one, other) for one, other in session.execute(query)]


def story_of_item(session: Session, agency: str, item: str) -> int | None:
    """The story in which an agency's item is a take, or which goes by that id."""
    name = key_of(agency, item)
    story = session.scalars(select(StoryVersionRow.story_id).where(StoryVersionRow.take_id == name)).first()
    return story or session.scalars(select(StoryNameRow.story_id).where(StoryNameRow.name == name)).first()


def _escaped(agency: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """As news.names.escaped."""
    return func.replace(func.replace(agency, "%", "%25"), ":", "%3A")


def join(session: Session, story_ids: Collection[int]) -> str:
    """Make these stories of one agency one, and return its key: that under which the first take was filed."""
    query = select(StoryRow).where(StoryRow.id.in_(story_ids)).order_by(StoryRow.id)
    home, *others = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    ids = [story.id for story in others]
    takes = _move_takes(session, home.id, ids)
    notices = _move_notices(session, home.id, ids)
    _move_pickups(session, home.id, ids)
    session.execute(update(StoryNameRow).where(StoryNameRow.story_id.in_(ids)).values(story_id=home.id))
    home.seen_at = min(story.seen_at for story in (home, *others))
    ended = [story.key for story in others]
    session.flush()
    session.execute(delete(StoryRow).where(StoryRow.id.in_(ids)), execution_options={"synchronize_session": "fetch"})
    session.expire_all()
    tell(session, home, takes, notices)
    follow(session, {key: home.key for key in ended if key != home.key})
    return home.key


def _filed(query: Select[Any]) -> Select[Any]:
    return query.join(StoryRow, StoryRow.id == StoryVersionRow.story_id).where(StoryRow.origin == "filed")


def _kin(row: StoryVersionRow, agency: str, matcher_version: str) -> Kin:
    return Kin(
        id=row.id,
        story_id=row.story_id,
        agency=agency,
        slugline=row.slugline,
        take_id=row.take_id or "",
        filed_at=place_in_time(row.filed) or row.received_at,
        headline=row.headline,
        fresh=row.matched_by != matcher_version,
    )


def _move_takes(session: Session, home: int, others: list[int]) -> list[StoryVersionRow]:
    """All takes under the story `home`, each text once; returned unnumbered, and to be matched again."""
    query = select(StoryVersionRow).where(StoryVersionRow.story_id.in_([home, *others]))
    rows = sorted(session.scalars(query), key=lambda take: (take.story_id != home, take.id))
    number = max((take.take for take in rows if take.story_id == home), default=0)
    kept: dict[str, StoryVersionRow] = {}
    for take in rows:
        twin = kept.setdefault(take.content_sha256, take)
        if twin is not take:
            _replace(session, take, twin)
        elif take.story_id != home:
            number += 1
            take.story_id, take.take = home, number
        session.flush()
    for take in kept.values():
        take.matched_by = ""
    return list(kept.values())


def _replace(session: Session, take: StoryVersionRow, twin: StoryVersionRow) -> None:
    """Let `twin`, the same text in another story, stand for a take."""
    complete(twin, take)
    for row in (PickupRow, NoticeRow):
        pointing = update(row).where(row.story_version_id == take.id)
        session.execute(pointing.values(story_version_id=twin.id))
    session.delete(take)


def _move_notices(session: Session, home: int, others: list[int]) -> list[NoticeRow]:
    """All notices under the story `home`; an item that both stories have is kept as first sent."""
    query = select(NoticeRow).where(NoticeRow.story_id.in_([home, *others]))
    kept: dict[tuple[str, str], NoticeRow] = {}
    for notice in sorted(session.scalars(query), key=lambda row: (row.opened_at, row.text, row.id)):
        if kept.setdefault((notice.item_id, notice.kind), notice) is not notice:
            session.delete(notice)
            session.flush()
    for notice in kept.values():
        notice.story_id = home
    session.flush()
    return list(kept.values())


def _move_pickups(session: Session, home: int, others: list[int]) -> None:
    """An article version carries the joined story once; the match that follows says which take."""
    query = select(PickupRow.id, PickupRow.version_id, PickupRow.story_id).where(
        PickupRow.story_id.in_([home, *others])
    )
    kept: dict[int, int] = {}
    gone: list[int] = []
    for id_, version_id, _ in sorted(session.execute(query), key=lambda row: (row.story_id != home, row.id)):
        if kept.setdefault(version_id, id_) != id_:
            gone.append(id_)
    for some in in_parts(gone):
        session.execute(delete(PickupRow).where(PickupRow.id.in_(some)))
    session.execute(update(PickupRow).where(PickupRow.story_id.in_(others)).values(story_id=home))
