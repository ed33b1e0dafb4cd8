"""What needs somebody's action today: the first thing the daily email says.

Notices and embargoes are judged by the latest instant the evidence allows, never by a guess: an article not looked
at since a notice is counted as unchecked, not as disobedient, and a time without a zone breaks no embargo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from storage.digest_copies import counted, of_agencies
from storage.digest_shapes import ActItem, ActKind, Copy, Window
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    NoticeRow,
    NoticeStateRow,
    OutletRow,
    PageRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)

SEVERITY: tuple[ActKind, ...] = get_args(ActKind)
_NOTICES: dict[str, ActKind] = {
    "kill": "kill not applied",
    "correction": "correction not applied",
    "hold": "hold not applied",
}


def act_items(
    session: Session, copies: Sequence[Copy], window: Window, agencies: Sequence[str]
) -> tuple[tuple[ActItem, ...], int]:
    """The items, worst first, one per article and story; and how many articles were not looked at since a notice.

    Notices are asked of every open one, whatever the day its copies became known; the rest of the window's copies.
    """
    notices, unchecked = _notice_items(session, window, agencies)
    found = [*notices, *(item for copy in copies if (item := _from_copy(copy)))]
    merged: dict[tuple[str, str], ActItem] = {}
    for item in found:
        place = (item.story, item.url)
        merged[place] = _merge(merged[place], item) if place in merged else item
    ordered = sorted(merged.values(), key=lambda i: (SEVERITY.index(i.kinds[0]), -(i.minutes or 0), i.outlet, i.url))
    return tuple(ordered), unchecked


def _merge(one: ActItem, other: ActItem) -> ActItem:
    """Two findings about one article are one thing to do."""
    kinds = tuple(sorted({*one.kinds, *other.kinds}, key=SEVERITY.index))
    base = one if kinds[0] in one.kinds else other
    return replace(base, kinds=kinds)


def _from_copy(copy: Copy) -> ActItem | None:
    kinds, minutes = _kinds(copy)
    if not kinds:
        return None
    return ActItem(
        kinds=kinds,
        agency=copy.agency,
        story=copy.story,
        story_headline=copy.story_headline,
        outlet=copy.outlet,
        url=copy.url,
        headline=copy.headline,
        share_of_story=copy.share_of_story,
        credited=copy.credited,
        credit_text=copy.credit_text,
        licence=copy.licence,
        minutes=minutes,
        seen_at=copy.known_at,
    )


def _kinds(copy: Copy) -> tuple[tuple[ActKind, ...], float | None]:
    """What is wrong with a copy, worst first, and the minutes by which an embargo was broken at least."""
    kinds: list[ActKind] = []
    minutes = None
    if copy.embargo_until and copy.not_after < copy.embargo_until:
        kinds.append("embargo broken")
        minutes = (copy.embargo_until - copy.not_after).total_seconds() / 60
    if copy.use == "verbatim" and copy.licence == "none":
        kinds.append("unlicensed copy")
    if copy.credited == "wrong":
        kinds.append("wrong agency credited")
    if copy.use == "verbatim" and copy.credited in ("none", "photo", "quoted"):
        kinds.append("credit missing")
    return tuple(kinds), minutes


@dataclass(frozen=True, slots=True)
class _OpenNotice:
    """A notice, and the take it speaks of. `replaced`: that take came with the notice and is the right text."""

    id: int
    story_id: int
    kind: str
    text: str
    opened_at: datetime
    take: int
    replaced: bool


def _notice_items(session: Session, window: Window, agencies: Sequence[str]) -> tuple[list[ActItem], int]:
    notices = _open_notices(session, window)
    if not notices:
        return [], 0
    carriers = _carriers(session, window, agencies, {notice.story_id for notice in notices})
    states = _states(session, notices)
    gone = _gone(session, {row.article_id for row in carriers})
    items: list[ActItem] = []
    unchecked = 0
    for notice in notices:
        for row in carriers:
            if row.story_id != notice.story_id:
                continue
            checked_at = _unchanged_at(notice, row, states.get((notice.id, row.article_id)), gone)
            if isinstance(checked_at, datetime):
                items.append(_notice_item(notice, row, checked_at))
            unchecked += checked_at == "unchecked"
    return items, unchecked


def _open_notices(session: Session, window: Window) -> list[_OpenNotice]:
    """Corrections, kills and holds sent before the window's end and not closed by then."""
    rows = session.execute(
        select(NoticeRow, StoryVersionRow.take, StoryVersionRow.content_sha256)
        .outerjoin(StoryVersionRow, StoryVersionRow.id == NoticeRow.story_version_id)
        .where(
            NoticeRow.kind.in_(_NOTICES),
            NoticeRow.opened_at < window.end,
            or_(NoticeRow.closed_at.is_(None), NoticeRow.closed_at >= window.end),
        )
        .order_by(NoticeRow.id)
    )
    return [
        _OpenNotice(n.id, n.story_id, n.kind, n.text, n.opened_at, take or 0, sha256 == n.content_sha256)
        for n, take, sha256 in rows
    ]


def _carriers(session: Session, window: Window, agencies: Sequence[str], story_ids: set[int]) -> Sequence[Row[Any]]:
    """Every article whose present text carries one of the stories, with the take it carries."""
    columns: tuple[Any, ...] = (
        PickupRow.story_id,
        PickupRow.article_id,
        PickupRow.share_of_story,
        PickupRow.credited,
        PickupRow.credit_text,
        StoryVersionRow.take,
        StoryRow.agency,
        StoryRow.key,
        StoryRow.headline.label("story_headline"),
        ArticleRow.canonical_url,
        ArticleVersionRow.headline,
        ArticleVersionRow.seen_at,
        ArticleVersionRow.last_seen_at,
        OutletRow.id.label("outlet_id"),
        OutletRow.name.label("outlet"),
    )
    statement = (
        select(*columns)
        .select_from(PickupRow)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(OutletRow, OutletRow.id == ArticleRow.outlet_id)
        .where(
            PickupRow.story_id.in_(story_ids),
            ArticleVersionRow.current,
            ArticleVersionRow.seen_at < window.end,
            counted(),
            *of_agencies(agencies),
        )
        .order_by(PickupRow.id)
    )
    return session.execute(statement).all()


def _states(session: Session, notices: Sequence[_OpenNotice]) -> dict[tuple[int, int], NoticeStateRow]:
    rows = session.scalars(select(NoticeStateRow).where(NoticeStateRow.notice_id.in_([n.id for n in notices])))
    return {(row.notice_id, row.article_id): row for row in rows}


def _gone(session: Session, article_ids: set[int]) -> dict[int, datetime]:
    """When each article's page was last found to be gone."""
    rows = session.execute(
        select(PageRow.article_id, func.max(PageRow.fetched_at))
        .where(PageRow.article_id.in_(article_ids), PageRow.outcome == "gone", PageRow.fetched_at.is_not(None))
        .group_by(PageRow.article_id)
    )
    return {id_: fetched_at for id_, fetched_at in rows if id_ is not None and fetched_at is not None}


def _unchanged_at(
    notice: _OpenNotice, row: Row[Any], state: NoticeStateRow | None, gone: dict[int, datetime]
) -> datetime | str:
    """When the article was last seen not to have applied the notice; "applied" or "unchecked" otherwise.

    A recorded state wins. Without one, a page that is gone has applied any notice, and one that carries the corrected
    take the correction. A text first seen after a correction that came without a new text may hold it: nobody knows.
    """
    if state is not None:
        recorded: dict[str, datetime | str] = {"unchanged": state.checked_at}
        recorded |= {"unreachable": "unchecked", "unchecked": "unchecked"}
        return recorded.get(state.state, "applied")
    if row.article_id in gone and gone[row.article_id] >= notice.opened_at:
        return "applied"
    right_take = notice.take if notice.replaced else notice.take + 1
    if notice.kind == "correction" and row.take >= right_take:
        return "applied"
    changed_since: bool = row.seen_at >= notice.opened_at and notice.kind == "correction" and not notice.replaced
    last_seen_at: datetime = row.last_seen_at
    return "unchecked" if changed_since or last_seen_at < notice.opened_at else last_seen_at


def _notice_item(notice: _OpenNotice, row: Row[Any], checked_at: datetime) -> ActItem:
    return ActItem(
        kinds=(_NOTICES[notice.kind],),
        agency=row.agency,
        story=row.key,
        story_headline=row.story_headline,
        outlet=row.outlet or row.outlet_id,
        url=row.canonical_url,
        headline=row.headline,
        share_of_story=row.share_of_story,
        credited=row.credited,
        credit_text=row.credit_text,
        licence="",
        minutes=(checked_at - notice.opened_at).total_seconds() / 60,
        seen_at=checked_at,
        notice=notice.text,
    )
