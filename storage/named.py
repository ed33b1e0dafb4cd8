"""From what a person types, an address, an imported id or a story's name, to rows.

Addresses are compared as they are stored, without tracking parameters; the caller normalises.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.orm import Session

from news.names import key_of
from storage.models import ArticleRow, ArticleVersionRow, PageRow, PickupRow, StoryRow, StoryVersionRow
from storage.models.match_tables import ImportIdRow


@dataclass(frozen=True, slots=True)
class Named:
    """A current article version, by a name people use for it."""

    version_id: int
    name: str


def is_named(names: Collection[str]) -> ColumnElement[bool]:
    """Whether an article goes by one of these names: its address, or any id it was imported under."""
    return ArticleRow.id.in_(union(*_named(names)))


def _named(names: Collection[str]) -> list[Select[Any]]:
    # One select a way to be named: "or" over several tables reads all of them.
    return [
        select(ArticleRow.id).where(ArticleRow.canonical_url.in_(names)),
        select(ArticleRow.id).where(ArticleRow.import_id.in_(names)),
        select(ImportIdRow.article_id).where(ImportIdRow.import_id.in_(names)),
    ]


def version_named(session: Session, names: Collection[str]) -> int | None:
    """The current version of the article that one of these names (address, found address, imported id) means."""
    found = select(PageRow.article_id).where(PageRow.url.in_(names), PageRow.article_id.is_not(None))
    query = select(ArticleVersionRow.id).where(
        ArticleVersionRow.current, ArticleVersionRow.article_id.in_(union(*_named(names), found))
    )
    return session.scalars(query.order_by(ArticleVersionRow.id)).first()


def take_named(session: Session, names: Collection[str]) -> int | None:
    """The newest take of the story of this name, or the take of this agency id ("AFP:<id>", or the bare id)."""
    ids = [*names, *(key_of(agency, name) for agency in _agencies(session) for name in names)]
    of_story = select(StoryVersionRow.id).join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
    found = union(
        of_story.where(StoryRow.key.in_(names)), select(StoryVersionRow.id).where(StoryVersionRow.take_id.in_(ids))
    )
    query = select(StoryVersionRow.id).where(StoryVersionRow.id.in_(found))
    return session.scalars(query.order_by(StoryVersionRow.take.desc())).first()


def _agencies(session: Session) -> list[str]:
    return list(session.scalars(select(StoryRow.agency).distinct().order_by(StoryRow.agency)))


def current_versions(session: Session) -> list[Named]:
    """Every current article version that can share text, under each id it was imported with, else its address."""
    query = (
        select(ArticleVersionRow.id, ArticleRow.import_id, ArticleRow.canonical_url)
        .join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
        .where(ArticleVersionRow.current, ArticleVersionRow.pruned_at.is_(None))
        .order_by(ArticleVersionRow.id)
    )
    further = (
        select(ArticleVersionRow.id, ImportIdRow.import_id)
        .join(ImportIdRow, ImportIdRow.article_id == ArticleVersionRow.article_id)
        .where(ArticleVersionRow.current, ArticleVersionRow.pruned_at.is_(None))
        .order_by(ArticleVersionRow.id, ImportIdRow.import_id)
    )
    named = [Named(id_, import_id or url) for id_, import_id, url in session.execute(query)]
    return named + [Named(id_, import_id) for id_, import_id in session.execute(further)]


def stories_of_versions(session: Session) -> dict[int, set[int]]:
    """Which stories each article version is judged to carry."""
    found: dict[int, set[int]] = {}
    query = select(PickupRow.version_id, PickupRow.story_id).where(PickupRow.certainty != "possible")
    for version_id, story_id in session.execute(query):
        found.setdefault(version_id, set()).add(story_id)
    return found


def filed_takes(session: Session) -> list[int]:
    """The newest take of every filed story."""
    query = (
        select(StoryVersionRow.id, StoryVersionRow.story_id)
        .join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        .where(StoryRow.origin == "filed")
        .order_by(StoryVersionRow.story_id, StoryVersionRow.take)
    )
    return list({story_id: id_ for id_, story_id in session.execute(query)}.values())
