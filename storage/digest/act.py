"""What needs somebody's action: the first thing the daily email says.

Notices and embargoes are judged by the latest instant the evidence allows, never by a guess: an article not looked
at since a notice is counted as unchecked, not as disobedient, and a time without a zone breaks no embargo.

Copies are those of a window. Notices are those open `as_of` an instant, which may be later than the window's end: an
email of yesterday that is written at seven must not name an outlet that complied at six, nor leave out a kill of two
o'clock. Asked for an old day, it says what was known then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from news.terms import COUNTED, CREDITED, STANDING, UNSEEN
from storage.answers import Pickup
from storage.digest.copies import carrying, of_scope, outlet_name, standing
from storage.digest.digest_rows import EVERYTHING, ActItem, ActKind, ClosedNotice, Scope, Window
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CarriedRow,
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
_CARRIER = (
    "agency",
    "story",
    "story_headline",
    "url",
    "headline",
    "share_of_story",
    "credited",
    "credit_text",
    "licence",
)
"""What an item says of the article and the story: fields of Pickup, and names of the columns of `_carrying`."""


def act_items(
    session: Session,
    copies: Sequence[Pickup],
    window: Window,
    scope: Scope = EVERYTHING,
    as_of: datetime | None = None,
) -> tuple[tuple[ActItem, ...], int]:
    """The items, worst first, one per article and story; and how many articles were not looked at since a notice.

    Notices are those open at `as_of`, by default the window's end, whatever the day their copies became known.
    """
    notices, unchecked = _notice_items(session, as_of or window.end, scope)
    found = [
        *notices,
        *(item for copy in copies if (item := _from_copy(copy))),
        *_credit_removed(session, window, scope),
    ]
    merged: dict[tuple[str, str], ActItem] = {}
    for item in found:
        place = (item.story, item.url)
        merged[place] = _merge(merged[place], item) if place in merged else item
    ordered = sorted(merged.values(), key=lambda i: (SEVERITY.index(i.kinds[0]), -(i.minutes or 0), i.outlet, i.url))
    return tuple(ordered), unchecked


def closed_notices(session: Session, window: Window, scope: Scope) -> tuple[ClosedNotice, ...]:
    """The notices whose last article complied in the window, the slowest first. Counts are of the scope's outlets."""
    rows = session.execute(
        select(
            NoticeRow.kind,
            NoticeRow.opened_at,
            NoticeRow.closed_at,
            NoticeRow.text.label("notice"),
            StoryRow.key.label("story"),
            StoryRow.headline.label("story_headline"),
            func.count().label("articles"),
            func.count(ArticleRow.outlet_id.distinct()).label("outlets"),
        )
        .join(StoryRow, StoryRow.id == NoticeRow.story_id)
        .join(NoticeStateRow, NoticeStateRow.notice_id == NoticeRow.id)
        .join(ArticleRow, ArticleRow.id == NoticeStateRow.article_id)
        .join(OutletRow, OutletRow.id == ArticleRow.outlet_id)
        .where(
            NoticeRow.kind.in_(_NOTICES),
            NoticeRow.closed_at >= window.start,
            NoticeRow.closed_at < window.end,
            *of_scope(scope),
        )
        .group_by(NoticeRow.id, StoryRow.id)
    )
    made = [
        ClosedNotice(
            row.kind,
            row.story,
            row.story_headline,
            row.notice,
            row.articles,
            row.outlets,
            _minutes(row.opened_at, row.closed_at),
        )
        for row in rows
    ]
    return tuple(sorted(made, key=lambda notice: (-notice.minutes, notice.story, notice.kind)))


def _merge(one: ActItem, other: ActItem) -> ActItem:
    """Two findings about one article are one thing to do."""
    kinds = tuple(sorted({*one.kinds, *other.kinds}, key=SEVERITY.index))
    base = one if kinds[0] in one.kinds else other
    return replace(base, kinds=kinds)


def _item(carrier: Pickup | Row[Any], *kinds: ActKind, seen_at: datetime, **known: Any) -> ActItem:
    """An item about a copy, or about a row of `_carrying`."""
    told: dict[str, Any] = {name: getattr(carrier, name, "") for name in _CARRIER}
    told |= {"outlet": carrier.outlet_name, "minutes": None}
    return ActItem(kinds=kinds, seen_at=seen_at, **(told | known))


def _from_copy(copy: Pickup) -> ActItem | None:
    kinds, minutes = _kinds(copy)
    return _item(copy, *kinds, seen_at=copy.known_at, minutes=minutes) if kinds else None


def _kinds(copy: Pickup) -> tuple[tuple[ActKind, ...], float | None]:
    """What is wrong with a copy, worst first, and the minutes by which an embargo was broken at least."""
    kinds: list[ActKind] = []
    minutes = None
    if copy.embargo_until and copy.used_by < copy.embargo_until:
        kinds.append("embargo broken")
        minutes = _minutes(copy.used_by, copy.embargo_until)
    if copy.use == "verbatim" and copy.licence == "none":
        kinds.append("unlicensed copy")
    if copy.credited == "wrong":
        kinds.append("wrong agency credited")
    if copy.use == "verbatim" and copy.credited in ("none", "photo", "quoted"):
        kinds.append("credit missing")
    return tuple(kinds), minutes


def _credit_removed(session: Session, window: Window, scope: Scope) -> list[ActItem]:
    """Articles that credited the agency before the window, or at its first sight in it, and at its end no longer."""
    changed = select(ArticleVersionRow.article_id).where(
        ArticleVersionRow.number > 1, ArticleVersionRow.seen_at >= window.start, ArticleVersionRow.seen_at < window.end
    )
    rows = session.execute(
        _carrying(scope)
        .where(CarriedRow.article_id.in_(changed), ArticleVersionRow.seen_at < window.end)
        .order_by(CarriedRow.article_id, CarriedRow.story_id, ArticleVersionRow.number)
    )
    by_copy: defaultdict[tuple[int, int], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_copy[row.article_id, row.story_id].append(row)
    return [
        _item(own[-1], "credit removed", seen_at=own[-1].seen_at)
        for own in by_copy.values()
        if own[-1].seen_at >= window.start and _lost_its_credit(own, window)
    ]


def _lost_its_credit(versions: Sequence[Row[Any]], window: Window) -> bool:
    """Whether the last version names the agency no more; compared with the last before the window, else the first."""
    before = [row for row in versions if row.seen_at < window.start][-1:] or versions[:1]
    return before[0].credited in CREDITED and versions[-1].credited in ("none", "photo", "quoted", "generic")


def _minutes(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 60


def _carrying(scope: Scope, *columns: Any) -> Any:
    """A select of article versions that count, under the names of `_CARRIER`, with what is judged by."""
    return carrying(
        scope,
        StoryRow.agency,
        StoryRow.key.label("story"),
        StoryRow.headline.label("story_headline"),
        outlet_name().label("outlet_name"),
        ArticleRow.canonical_url.label("url"),
        ArticleVersionRow.headline,
        PickupRow.share_of_story,
        CarriedRow.credited,
        PickupRow.credit_text,
        CarriedRow.story_id,
        CarriedRow.article_id,
        ArticleVersionRow.seen_at,
        ArticleVersionRow.last_seen_at,
        *columns,
    ).where(CarriedRow.judged.in_(COUNTED))


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


def _notice_items(session: Session, as_of: datetime, scope: Scope) -> tuple[list[ActItem], int]:
    notices = _open_notices(session, as_of)
    if not notices:
        return [], 0
    carriers = _carriers(session, as_of, scope, {notice.story_id for notice in notices})
    states = _states(session, notices, as_of)
    gone = _gone(session, {row.article_id for row in carriers}, as_of)
    items: list[ActItem] = []
    unchecked = 0
    for notice in notices:
        for row in carriers:
            if row.story_id != notice.story_id:
                continue
            checked_at = _unchanged_at(notice, row, states.get((notice.id, row.article_id)), gone)
            if isinstance(checked_at, datetime):
                items.append(_notice_item(notice, row, min(checked_at, as_of)))
            unchecked += checked_at == "unchecked"
    return items, unchecked


def _open_notices(session: Session, as_of: datetime) -> list[_OpenNotice]:
    """Corrections, kills and holds sent before an instant and not closed by then."""
    rows = session.execute(
        select(NoticeRow, StoryVersionRow.take, StoryVersionRow.content_sha256)
        .outerjoin(StoryVersionRow, StoryVersionRow.id == NoticeRow.story_version_id)
        .where(
            NoticeRow.kind.in_(_NOTICES),
            NoticeRow.opened_at < as_of,
            or_(NoticeRow.closed_at.is_(None), NoticeRow.closed_at >= as_of),
        )
        .order_by(NoticeRow.id)
    )
    return [
        _OpenNotice(n.id, n.story_id, n.kind, n.text, n.opened_at, take or 0, sha256 == n.content_sha256)
        for n, take, sha256 in rows
    ]


def _carriers(session: Session, as_of: datetime, scope: Scope, story_ids: set[int]) -> Sequence[Row[Any]]:
    """Every article that carried one of the stories before an instant: its last version that did, and its take."""
    looked = (standing(as_of).label("stands"), ArticleRow.last_seen_at.label("article_seen_at"))
    statement = _carrying(scope, StoryVersionRow.take, *looked)
    rows = session.execute(
        statement.where(CarriedRow.story_id.in_(story_ids), ArticleVersionRow.seen_at < as_of).order_by(
            CarriedRow.article_id, ArticleVersionRow.number
        )
    )
    return list({(row.article_id, row.story_id): row for row in rows}.values())


def _states(session: Session, notices: Sequence[_OpenNotice], as_of: datetime) -> dict[tuple[int, int], NoticeStateRow]:
    """What each article was found to have done. What it did since `as_of` is left out: the versions speak for then."""
    rows = session.scalars(
        select(NoticeStateRow).where(
            NoticeStateRow.notice_id.in_([n.id for n in notices]), NoticeStateRow.since < as_of
        )
    )
    return {(row.notice_id, row.article_id): row for row in rows}


def _gone(session: Session, article_ids: set[int], as_of: datetime) -> dict[int, datetime]:
    """When each article's page was last found to be gone."""
    rows = session.execute(
        select(PageRow.article_id, func.max(PageRow.fetched_at))
        .where(PageRow.article_id.in_(article_ids), PageRow.outcome == "gone", PageRow.fetched_at < as_of)
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
        if state.state in STANDING:
            return state.checked_at
        return "unchecked" if state.state in UNSEEN else "applied"
    if not row.stands:
        return "applied" if row.article_seen_at >= notice.opened_at else "unchecked"
    if row.article_id in gone and gone[row.article_id] >= notice.opened_at:
        return "applied"
    right_take = notice.take if notice.replaced else notice.take + 1
    if notice.kind == "correction" and row.take >= right_take:
        return "applied"
    changed_since: bool = row.seen_at >= notice.opened_at and notice.kind == "correction" and not notice.replaced
    last_seen_at: datetime = row.last_seen_at
    return "unchecked" if changed_since or last_seen_at < notice.opened_at else last_seen_at


def _notice_item(notice: _OpenNotice, row: Row[Any], checked_at: datetime) -> ActItem:
    minutes = _minutes(notice.opened_at, checked_at)
    return _item(row, _NOTICES[notice.kind], seen_at=checked_at, minutes=minutes, notice=notice.text)
