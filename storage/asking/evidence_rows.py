"""What can be shown for one pickup: the requests behind it, with the headers of each answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from storage.models import ArticleRow, FetchRow, PageRow, PickupRow, StoryRow

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request and its answer. `sha256` is of the body, `headers` (name, value) in order, both as received."""

    url: str
    fetched_at: datetime
    status: int | None
    bytes: int
    sha256: str
    outcome: str
    reason: str
    tdm: str
    headers: tuple[tuple[str, str], ...]


def fetches(session: Session, article: str) -> list[Fetch]:
    """The last requests for an article (address or imported id) that are still on record, oldest first."""
    named = (ArticleRow.canonical_url == article) | (ArticleRow.import_id == article)
    ids = list(session.scalars(select(ArticleRow.id).where(named)))
    urls = set(session.scalars(select(ArticleRow.canonical_url).where(ArticleRow.id.in_(ids))))
    urls |= set(session.scalars(select(PageRow.url).where(PageRow.article_id.in_(ids))))
    query = select(FetchRow).where(FetchRow.url.in_(urls)).order_by(FetchRow.fetched_at.desc(), FetchRow.id.desc())
    rows = list(session.scalars(query.limit(MOST)))
    return [
        Fetch(
            url=row.url,
            fetched_at=row.fetched_at,
            status=row.status,
            bytes=row.bytes,
            sha256=row.sha256,
            outcome=row.outcome,
            reason=row.reason,
            tdm=row.tdm,
            headers=tuple((str(name), str(value)) for name, value in row.headers or ()),
        )
        for row in reversed(rows)
    ]


def pickup_numbered(session: Session, number: int) -> tuple[str, str]:
    """(address of the article, name of the story) of a row of pickups. Raises UnknownObjectError."""
    query = (
        select(ArticleRow.canonical_url, StoryRow.key)
        .select_from(PickupRow)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
    )
    found = session.execute(query.where(PickupRow.id == number)).first()
    if found is None:
        raise UnknownObjectError(f"no pickup has the number {number}")
    return found.canonical_url, found.key
