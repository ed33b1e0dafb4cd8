"""Fingerprints in the tables, and the numbered changes by which an index kept in files follows them.

    a fingerprint is written ─> a row in index_changes, in the same transaction ─> whoever holds an index up to number n
    adds what was written since ─> rows that every file holds are removed, the last one stays

Processes that write take turns (storage.turns): no change is ever numbered below one that was seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from storage.in_parts import in_parts
from storage.matches.match_facts import Kind
from storage.models import ArticleRow, ArticleVersionRow, IndexChangeRow, OutletRow, StoryRow, StoryVersionRow

PART: Final = 20_000
"""Fingerprints read at once when an index is made anew."""


@dataclass(frozen=True, slots=True)
class Print:
    """A stored fingerprint: of an article version (owner: its outlet) or of a take (owner: its story)."""

    id: int
    owner: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Point:
    """How far a history of changes has come; the token is that of the transaction that wrote this change."""

    number: int
    token: str


START: Final = Point(0, "")


def save(session: Session, kind: Kind, fingerprints: Sequence[tuple[int, bytes]], token: str) -> None:
    """Store fingerprints by row, and note the change."""
    row = ArticleVersionRow if kind == "version" else StoryVersionRow
    if fingerprints:
        session.execute(update(row), [{"id": id_, "fingerprint": blob} for id_, blob in fingerprints])
        note_changes(session, kind, [id_ for id_, _ in fingerprints], token)


def note_changes(session: Session, kind: Kind, row_ids: Collection[int], token: str) -> None:
    """Note that these rows have a new fingerprint."""
    first = point(session).number + 1
    rows = [
        {"number": number, "kind": kind, "row_id": id_, "token": token}
        for number, id_ in enumerate(sorted(row_ids), first)
    ]
    if rows:
        session.execute(insert(IndexChangeRow), rows)


def point(session: Session) -> Point:
    """The newest change."""
    query = select(IndexChangeRow.number, IndexChangeRow.token).order_by(IndexChangeRow.number.desc()).limit(1)
    row = session.execute(query).first()
    return START if row is None else Point(row.number, row.token)


def changed_since(session: Session, reached: Point) -> Mapping[Kind, set[int]] | None:
    """The rows whose fingerprint was written after that point; None when this history does not lead through it."""
    row = session.get(IndexChangeRow, reached.number)
    if row is None or row.token != reached.token:
        return None
    changed: dict[Kind, set[int]] = {"version": set(), "take": set()}
    query = select(IndexChangeRow.kind, IndexChangeRow.row_id).where(IndexChangeRow.number > reached.number)
    for kind, row_id in session.execute(query):
        changed[cast(Kind, kind)].add(row_id)
    return changed


def forget_changes(session: Session, before: int) -> None:
    """Remove the changes numbered below that one, which an index now holds."""
    session.execute(delete(IndexChangeRow).where(IndexChangeRow.number < before))


def all_of(session: Session, kind: Kind) -> Iterator[list[Print]]:
    """Every stored fingerprint of a text that stands, in order of row, in parts."""
    row = ArticleVersionRow if kind == "version" else StoryVersionRow
    last = 0
    while True:
        part = _prints(session, kind, row.id > last)
        yield part
        if len(part) < PART:
            return
        last = part[-1].id


def some(session: Session, kind: Kind, ids: Collection[int]) -> list[Print]:
    """The stored fingerprints of these rows whose text stands."""
    row = ArticleVersionRow if kind == "version" else StoryVersionRow
    return [found for part in in_parts(ids) for found in _prints(session, kind, row.id.in_(part))]


def _prints(session: Session, kind: Kind, condition: Any) -> list[Print]:
    if kind == "version":
        row: Any = ArticleVersionRow
        query = select(row.id, ArticleRow.outlet_id, row.fingerprint)
        query = query.join(ArticleRow, ArticleRow.id == row.article_id)
    else:
        row = StoryVersionRow
        query = select(row.id, StoryRow.key, row.fingerprint).join(StoryRow, StoryRow.id == row.story_id)
    query = query.where(condition, row.fingerprint.is_not(None), row.pruned_at.is_(None))
    return [Print(id_, owner, blob) for id_, owner, blob in session.execute(query.order_by(row.id).limit(PART))]


def standing(session: Session, version_ids: Collection[int]) -> set[int]:
    """Those of the article versions that are still there, with their text."""
    found: set[int] = set()
    for part in in_parts(version_ids):
        query = select(ArticleVersionRow.id).where(ArticleVersionRow.id.in_(part))
        found |= set(session.scalars(query.where(ArticleVersionRow.pruned_at.is_(None))))
    return found


def decided(session: Session, version_ids: Collection[int], matcher_version: str) -> set[int]:
    """Those of the article versions that this matcher has decided, and whose text is still there."""
    found: set[int] = set()
    for part in in_parts(version_ids):
        query = select(ArticleVersionRow.id).where(ArticleVersionRow.id.in_(part))
        query = query.where(ArticleVersionRow.matched_by == matcher_version, ArticleVersionRow.pruned_at.is_(None))
        found |= set(session.scalars(query))
    return found


def stories_of(session: Session, take_ids: Collection[int]) -> dict[int, str]:
    """The story's key of each of these takes."""
    found: dict[int, str] = {}
    for part in in_parts(take_ids):
        query = select(StoryVersionRow.id, StoryRow.key).join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        for id_, key in session.execute(query.where(StoryVersionRow.id.in_(part))):
            found[id_] = key
    return found


@dataclass(frozen=True, slots=True)
class Printed:
    """Where and on which day (ISO, UTC) an article version was published, or first seen where no time is known."""

    article_id: int
    day: str


def printed(session: Session, version_ids: Collection[int]) -> dict[int, Printed]:
    """When each version was published."""
    found: dict[int, Printed] = {}
    row: Any = ArticleVersionRow
    for part in in_parts(version_ids):
        query = select(row.id, row.article_id, row.published_at, row.seen_at).where(row.id.in_(part))
        for id_, article_id, published_at, seen_at in session.execute(query):
            moment: datetime = published_at or seen_at
            found[id_] = Printed(article_id, moment.date().isoformat())
    return found


def boilerplate(session: Session, outlets: Collection[str]) -> dict[str, bytes]:
    """The fingerprints each of these outlets repeats on unrelated articles, as learned so far."""
    found: dict[str, bytes] = {}
    for part in in_parts(outlets):
        query = select(OutletRow.id, OutletRow.boilerplate).where(OutletRow.boilerplate.is_not(None))
        found |= {id_: blob for id_, blob in session.execute(query.where(OutletRow.id.in_(part))) if blob is not None}
    return found


def save_boilerplate(session: Session, learned: Mapping[str, bytes]) -> None:
    """Remember what outlets repeat."""
    if learned:
        session.execute(update(OutletRow), [{"id": k, "boilerplate": v} for k, v in sorted(learned.items())])
