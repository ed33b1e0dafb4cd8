"""Copies of copies in the tables: what the pickups of some stories changed, and which copy each probably came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.in_parts import in_parts
from storage.models import ArticleRow, ArticleVersionRow, PickupRow, PickupSourceRow


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """A pickup that counts, with what its outlet changed. `number` and `seen_at` are of the article's version."""

    pickup_id: int
    story_id: int
    outlet: str
    url: str
    number: int
    published: Moment
    modified: Moment
    seen_at: datetime
    edits: list[Mapping[str, Any]]


def copies(session: Session, story_ids: Collection[int]) -> Iterator[CopyFacts]:
    """The linked and confirmed pickups of these stories that changed anything."""
    version: Any = ArticleVersionRow
    moments = [getattr(version, f"{name}_{part}") for name in ("published", "modified") for part in _PARTS]
    for part in in_parts(story_ids):
        query = (
            select(
                PickupRow.id,
                PickupRow.story_id,
                ArticleRow.outlet_id,
                ArticleRow.canonical_url,
                version.number,
                version.seen_at,
                PickupRow.edits,
                *moments,
            )
            .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
            .join(version, version.id == PickupRow.version_id)
            .where(PickupRow.story_id.in_(part), PickupRow.certainty != "possible")
        )
        for id_, story_id, outlet, url, number, seen_at, edits, *values in session.execute(query):
            if edits:
                published, modified = Moment(*values[:5]), Moment(*values[5:])
                yield CopyFacts(id_, story_id, outlet, url, number, published, modified, seen_at, edits)


_PARTS = ("at", "earliest", "latest", "source", "zone")


def save_sources(session: Session, story_ids: Collection[int], found: Collection[Mapping[str, Any]]) -> None:
    """Make the tables say that these, and no other pickups of the stories, have a source.

    `found`: pickup_id, source_pickup_id, shared_edits, examples.
    """
    wanted = {row["pickup_id"]: row for row in found}
    for row in _standing(session, story_ids):
        values = wanted.pop(row.pickup_id, None)
        if values is None:
            session.delete(row)
            continue
        for name in ("source_pickup_id", "shared_edits", "examples"):
            if getattr(row, name) != values[name]:
                setattr(row, name, values[name])
    session.flush()
    if wanted:
        session.execute(insert(PickupSourceRow), list(wanted.values()))


def _standing(session: Session, story_ids: Collection[int]) -> list[PickupSourceRow]:
    found: list[PickupSourceRow] = []
    for part in in_parts(story_ids):
        ours = select(PickupRow.id).where(PickupRow.story_id.in_(part))
        found += session.scalars(select(PickupSourceRow).where(PickupSourceRow.pickup_id.in_(ours)))
    return found
