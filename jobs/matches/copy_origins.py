"""Who copied from whom: worked out for the stories whose pickups have changed, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy.orm import Session

from matcher.copying import Copy, own_changes, sources
from storage.matches import followed_copies
from storage.matches.followed_copies import CopyFacts


def write_sources(session: Session, story_ids: Collection[int]) -> None:
    """Store for every pickup of these stories which earlier copy it probably came from, if any."""
    families: dict[int, list[Copy]] = defaultdict(list)
    for facts in followed_copies.copies(session, story_ids):
        copy = _copy(facts)
        if copy is not None:
            families[facts.story_id].append(copy)
    found = [
        {
            "pickup_id": key,
            "source_pickup_id": source.key,
            "shared_edits": source.shared,
            "examples": list(source.examples),
        }
        for family in families.values()
        for key, source in sources(family).items()
    ]
    followed_copies.save_sources(session, story_ids, found)


def _copy(facts: CopyFacts) -> Copy | None:
    """A pickup as a copy; None when nobody knows when it came out.

    A later version was published when the page says it was changed, else when it was first seen: not with the first.
    """
    changes = own_changes(facts.edits)
    published = facts.published.at
    if published is None or not changes:
        return None
    if facts.number > 1:
        published = max(published, facts.modified.at or facts.seen_at)
    return Copy(facts.pickup_id, facts.outlet, (published.timestamp(), facts.url, facts.number), changes)
