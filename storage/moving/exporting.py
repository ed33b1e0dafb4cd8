"""Everything stored, as rows to hand on: articles, versions, filings and pickups, some hundreds at a time.

    one reading transaction ─> rows by key, in the order in which they were stored ─> dicts of plain values

Rows are read by the key and not by an offset or a cursor, so that memory does not grow with the table. A row of an
article, a version or a filing holds all that an import needs to make the same row again (jobs.moving.restoring).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Date, Float, Integer, Text, select, tuple_
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.agency.filings import KINDS
from storage.columns import Instant
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    NoticeRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)
from storage.views.making import PICKUP_LIST

Line = dict[str, Any]
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is exported: only what was seen from an instant on, only one outlet. None is no narrowing."""

    since: datetime | None = None
    outlet: str | None = None


EVERYTHING: Final = Narrowed()


def articles(session: Session, narrowed: Narrowed = EVERYTHING) -> Iterator[Line]:
    """The current version of every article, in the order in which the articles were stored."""
    yield from _versions(session, _version_query(narrowed).where(ArticleVersionRow.current))


def versions(session: Session, narrowed: Narrowed = EVERYTHING) -> Iterator[Line]:
    """Every version of every article, those of one article together."""
    yield from _versions(session, _version_query(narrowed))


def stories(session: Session, narrowed: Narrowed = EVERYTHING) -> Iterator[Line]:
    """Every take of every story as the filing it came as, then the notices that brought no take of their own.

    Takes of inferred stories are among them, with origin "inferred": nobody filed those.
    """
    query: Any = (
        select(StoryVersionRow, StoryRow.key, StoryRow.agency, StoryRow.origin)
        .join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        .execution_options(populate_existing=True)
    )
    if narrowed.since:
        query = query.where(StoryVersionRow.received_at >= narrowed.since)
    if narrowed.outlet:
        carried = select(PickupRow.story_id).join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        query = query.where(StoryVersionRow.story_id.in_(carried.where(ArticleRow.outlet_id == narrowed.outlet)))
    for rows in _in_parts(session, query, StoryVersionRow.story_id, StoryVersionRow.take):
        said = _own_words(session, [row.id for row, *_ in rows])
        yield from (_take(row, key, agency, origin, said) for row, key, agency, origin, *_ in rows)
    if not narrowed.outlet:
        yield from _notices(session, narrowed)


def pickups(session: Session, narrowed: Narrowed = EVERYTHING) -> Iterator[Line]:
    """Every pickup of a current version that nobody rejected, whatever its certainty: the view pickup_list."""
    query = select(PICKUP_LIST).join(ArticleVersionRow, ArticleVersionRow.id == PICKUP_LIST.c.version_id)
    if narrowed.since:
        query = query.where(ArticleVersionRow.seen_at >= narrowed.since)
    if narrowed.outlet:
        query = query.where(PICKUP_LIST.c.outlet == narrowed.outlet)
    for rows in _in_parts(session, query, PICKUP_LIST.c.pickup_id):
        yield from (
            {"type": "pickup"} | {name: row[name] for name in PICKUP_FIELDS} for row in (row._mapping for row in rows)
        )


_KINDS: Final[dict[type[Any], str]] = {
    Text: "text",
    Integer: "whole",
    Float: "number",
    Boolean: "yes",
    Instant: "instant",
    Date: "day",
    JSON: "texts",
}
PICKUP_FIELDS: Final = {
    column.name: _KINDS[type(column.type)] for column in PICKUP_LIST.columns if not column.name.endswith("_id")
}
"""Columns of the view, and what kind of value each holds; row numbers mean nothing elsewhere."""
EXPORTS: Final[dict[str, Callable[[Session, Narrowed], Iterator[Line]]]] = {
    "articles": articles,
    "versions": versions,
    "stories": stories,
    "pickups": pickups,
}


def _in_parts(session: Session, query: Any, *keys: Any) -> Iterator[Sequence[Any]]:
    """The query's rows in order of these keys, which stand last in each, some hundreds at a time."""
    after: Sequence[Any] = (0,) * len(keys)
    ordered = query.add_columns(*(key.label(f"part_{n}") for n, key in enumerate(keys)))
    ordered = ordered.order_by(*keys).limit(AT_ONCE)
    while rows := session.execute(ordered.where(tuple_(*keys) > tuple_(*after))).all():
        after = rows[-1][-len(keys) :]
        yield rows
        session.expunge_all()


def _version_query(narrowed: Narrowed) -> Any:
    query: Any = select(ArticleVersionRow, ArticleRow).join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
    if narrowed.since:
        query = query.where(ArticleVersionRow.seen_at >= narrowed.since)
    if narrowed.outlet:
        query = query.where(ArticleRow.outlet_id == narrowed.outlet)
    return query


def _versions(session: Session, query: Any) -> Iterator[Line]:
    for rows in _in_parts(session, query, ArticleVersionRow.article_id, ArticleVersionRow.number):
        credits_ = _credits(session, [version.id for version, *_ in rows])
        yield from (_version(version, article, credits_[version.id]) for version, article, *_ in rows)


def _credits(session: Session, ids: Sequence[int]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for row in session.scalars(select(CreditRow).where(CreditRow.version_id.in_(ids)).order_by(CreditRow.id)):
        found[row.version_id].append({"agency": row.agency, "kind": row.kind, "place": row.place, "text": row.text})
    return found


def _version(version: ArticleVersionRow, article: ArticleRow, credits_: list[Line]) -> Line:
    return {
        "type": "version",
        "url": article.canonical_url,
        "id": article.import_id,
        "outlet": article.outlet_id,
        "version": version.number,
        "current": version.current,
        "seen": version.seen_at,
        "last_seen": version.last_seen_at,
        "headline": version.headline,
        "paragraphs": version.paragraphs,
        "byline": version.byline,
        "dateline": version.dateline,
        "language": version.language,
        "words": version.words,
        "truncated": version.truncated,
        "published": moment_line(version.published),
        "modified": moment_line(version.modified),
        "credits": credits_,
        "expired": version.pruned_at,
    }


def moment_line(moment: Moment) -> Line:
    """A moment as a dict of its five fields."""
    names = ("at", "earliest", "latest", "source", "zone")
    return {name: getattr(moment, name) for name in names}


def _own_words(session: Session, take_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """Story, item and status of the notices among whose items are these takes: their own words, not a later item's."""
    query = (
        select(NoticeRow.story_id, NoticeRow.item_id, NoticeRow.kind)
        .join(StoryVersionRow, StoryVersionRow.story_id == NoticeRow.story_id)
        .where(StoryVersionRow.id.in_(take_ids), NoticeRow.content_sha256 != "")
    )
    statuses = {kind: status for status, kind in KINDS.items()}
    return {(story, item, statuses[kind]) for story, item, kind in session.execute(query)}


def _take(row: StoryVersionRow, key: str, agency: str, origin: str, said: set[tuple[int, str, str]]) -> Line:
    own = (row.story_id, row.take_id or "", row.status) in said
    return {
        "type": "filing",
        "agency": agency,
        "story": key,
        "origin": origin,
        "take": row.take,
        "item": row.take_id,
        "headline": row.headline,
        "paragraphs": row.paragraphs,
        "filed": moment_line(row.filed),
        "stated": row.stated_at,
        "received": row.received_at,
        "received_from": row.received_from,
        "revision": row.revision,
        "supersedes": row.supersedes,
        "slugline": row.slugline,
        "dateline": row.dateline,
        "byline": row.byline,
        "language": row.language,
        "urgency": row.urgency,
        # A status that another item gave comes with that item's own line.
        "status": row.status if own else "usable",
        "embargo_until": row.embargo_until if own else None,
        "notice": row.notice if own else "",
        "usage_terms": row.usage_terms,
        "expired": row.pruned_at,
    }


def _notices(session: Session, narrowed: Narrowed) -> Iterator[Line]:
    """Each notice that no take's line brings: the words alone, or with the text it came with."""
    query: Any = select(NoticeRow, StoryRow.key, StoryRow.agency).join(StoryRow, StoryRow.id == NoticeRow.story_id)
    if narrowed.since:
        query = query.where(NoticeRow.opened_at >= narrowed.since)
    for rows in _in_parts(session, query, NoticeRow.id):
        stories_ = {row.story_id for row, *_ in rows}
        takes = session.scalars(select(StoryVersionRow).where(StoryVersionRow.story_id.in_(stories_)))
        by_text = {(take.story_id, take.content_sha256): take for take in takes}
        for row, key, agency, _ in rows:
            take = by_text.get((row.story_id, row.content_sha256))
            if take is None or (take.take_id, KINDS.get(take.status)) != (row.item_id, row.kind):
                yield _notice(row, key, agency, take)


def _notice(row: NoticeRow, key: str, agency: str, take: StoryVersionRow | None) -> Line:
    statuses = {kind: status for status, kind in KINDS.items()}
    line = {
        "type": "filing",
        "agency": agency,
        "story": key,
        "origin": "filed",
        "take": None,
        "item": row.item_id,
        "headline": take.headline if take else row.text,
        "paragraphs": take.paragraphs if take else [],
        "filed": moment_line(Moment(at=row.opened_at, source="filing", zone="stated")),
        "stated": row.stated_at,
        "received": take.received_at if take else row.opened_at,
        "received_from": "",
        "revision": None,
        "supersedes": row.supersedes,
        "slugline": row.slugline,
        "status": statuses[row.kind],
        "embargo_until": row.embargo_until,
        "notice": row.text,
        "expired": take.pruned_at if take else None,
    }
    blank = dict.fromkeys(("dateline", "byline", "language", "usage_terms"), "")
    return line | blank | {"urgency": None}
