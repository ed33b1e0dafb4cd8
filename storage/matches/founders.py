"""Which article versions the inferred stories are made of: read to see what a change affects, written with its outcome.

A base is a version whose text a story begins with; others gather in it. An inferred story without one is an orphan, of
an older program or of a base that was erased: its copies are matched again, and it is left as it stands until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from storage.in_parts import in_parts
from storage.models import ArticleVersionRow, FounderRow, PickupRow, StoryRow

_INFERRED = (StoryRow.origin == "inferred", StoryRow.settled_at.is_(None))
_HAS_BASE = exists().where(FounderRow.story_id == StoryRow.id, FounderRow.is_base)


def gathered(session: Session, version_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """By version, the bases it gathered in, the nearest first; those that gathered in none are left out."""
    base = aliased(FounderRow)
    found: dict[int, tuple[int, ...]] = defaultdict(tuple)
    for part in in_parts(version_ids):
        query = (
            select(FounderRow.version_id, base.version_id)
            .join(base, (base.story_id == FounderRow.story_id) & base.is_base)
            .where(FounderRow.version_id.in_(part))
        )
        for version, at in session.execute(query.order_by(FounderRow.version_id, FounderRow.place)):
            found[version] += (at,)
    return dict(found)


def bases(session: Session, version_ids: Collection[int]) -> dict[int, str]:
    """Those of the versions that are bases, each with the key of its story; of settled stories none."""
    found: dict[int, str] = {}
    for part in in_parts(version_ids):
        query = select(FounderRow.version_id, StoryRow.key).join(StoryRow, StoryRow.id == FounderRow.story_id)
        query = query.where(FounderRow.version_id.in_(part), FounderRow.is_base, *_INFERRED)
        found |= {version: key for version, key in session.execute(query)}  # noqa: C416  -- rows are no pairs to mypy
    return found


def members(session: Session, base_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """By base, the versions that gathered in it, each with its place there."""
    base = aliased(FounderRow)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for part in in_parts(base_ids):
        query = select(base.version_id, FounderRow.version_id, FounderRow.place)
        query = query.join(base, (base.story_id == FounderRow.story_id) & base.is_base)
        for at, version, place in session.execute(query.where(base.version_id.in_(part))):
            found[at][version] = place
    return dict(found)


def settled(session: Session, version_ids: Collection[int]) -> set[int]:
    """Those of the versions that a settled story is made of: they stay with it."""
    found: set[int] = set()
    for part in in_parts(version_ids):
        query = select(FounderRow.version_id).join(StoryRow, StoryRow.id == FounderRow.story_id)
        found |= set(session.scalars(query.where(FounderRow.version_id.in_(part), StoryRow.settled_at.is_not(None))))
    return found


def orphans(session: Session, version_ids: Collection[int], keys: Iterable[str] = ()) -> set[str]:
    """The orphans that are carried by these versions and by no other, and those with one of these keys."""
    found: set[str] = set()
    for part in in_parts(set(keys)):
        found |= set(session.scalars(select(StoryRow.key).where(StoryRow.key.in_(part), *_INFERRED, ~_HAS_BASE)))
    carried: dict[str, set[int]] = defaultdict(set)
    pickup = aliased(PickupRow)
    for some in in_parts(version_ids):
        ours = exists().where(pickup.story_id == StoryRow.id, pickup.version_id.in_(some))
        query = select(StoryRow.key, PickupRow.version_id).join(PickupRow, PickupRow.story_id == StoryRow.id)
        for key, version in session.execute(query.where(*_INFERRED, ~_HAS_BASE, ours)):
            carried[key].add(version)
    return found | {key for key, versions in carried.items() if versions <= set(version_ids)}


def save(session: Session, found: Mapping[int, tuple[int, ...]], key_of: Mapping[int, str]) -> None:
    """Store in which bases versions gathered, `key_of` each base's story, in place of what was stored of them."""
    for part in in_parts(found):
        session.execute(delete(FounderRow).where(FounderRow.version_id.in_(part)))
    id_of: dict[str, int] = {}
    for keys in in_parts(set(key_of.values())):
        id_of |= {
            key: id_ for id_, key in session.execute(select(StoryRow.id, StoryRow.key).where(StoryRow.key.in_(keys)))
        }
    rows = [
        {"version_id": version, "story_id": id_of[key_of[base]], "place": place, "is_base": base == version}
        for version, at in sorted(found.items())
        for place, base in enumerate(at)
        if key_of.get(base) in id_of  # a story that nobody carries is not written
    ]
    if rows:
        session.execute(insert(FounderRow), rows)


def forget(session: Session) -> None:
    """Let every story that is not settled be inferred from nothing."""
    unsettled = select(StoryRow.id).where(*_INFERRED)
    session.execute(delete(FounderRow).where(FounderRow.story_id.in_(unsettled)))


def match_orphans_again(session: Session, matcher_version: str) -> None:
    """Ask for the copies of orphans to be matched again, and remove the orphans that nobody carries."""
    nobody = ~exists().where(PickupRow.story_id == StoryRow.id)
    _run(session, delete(StoryRow).where(*_INFERRED, ~_HAS_BASE, nobody))
    theirs = select(PickupRow.version_id).join(StoryRow, StoryRow.id == PickupRow.story_id)
    version = ArticleVersionRow
    waiting = update(version).where(version.matched_by == matcher_version, version.pruned_at.is_(None))
    _run(session, waiting.where(version.id.in_(theirs.where(*_INFERRED, ~_HAS_BASE))).values(matched_by=""))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
