"""Articles, stories and outlets by a part of what they are called, and articles by when they came. All read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.models import ArticleRow, ArticleVersionRow, OutletRow, StoryRow
from storage.page_shapes import FoundArticle, FoundStory


def find_articles(session: Session, text: str, limit: int) -> list[FoundArticle]:
    """Articles whose headline or address holds `text`, the newest first; an address known exactly comes alone."""
    query = _articles()
    exact = query.where(or_(ArticleRow.canonical_url == text, ArticleRow.import_id == text))
    rows = session.execute(exact).all()
    if not rows:
        holds = [_holds(ArticleVersionRow.headline, text), _holds(ArticleRow.canonical_url, text)]
        rows = session.execute(_newest(query.where(or_(*holds)), ArticleRow.first_seen_at, limit)).all()
    return [_found(row) for row in rows]


def articles(
    session: Session, outlet: str | None, since: datetime | None, until: datetime | None, limit: int | None
) -> list[FoundArticle]:
    """The articles stored, the newest first, by when they were first seen."""
    query = _articles()
    if outlet:
        query = query.where(ArticleRow.outlet_id == outlet)
    if since:
        query = query.where(ArticleRow.first_seen_at >= since)
    if until:
        query = query.where(ArticleRow.first_seen_at < until)
    return [_found(row) for row in session.execute(_newest(query, ArticleRow.first_seen_at, limit))]


def find_stories(session: Session, text: str, limit: int) -> list[FoundStory]:
    """Stories whose headline, slugline or name holds `text`, the newest first."""
    holds = [_holds(column, text) for column in (StoryRow.headline, StoryRow.slugline, StoryRow.key)]
    query = _newest(select(StoryRow).where(or_(*holds)), StoryRow.seen_at, limit)
    return [
        FoundStory(row.key, row.agency, row.headline, row.slugline, row.status, row.seen_at)
        for row in session.scalars(query)
    ]


def find_outlets(session: Session, text: str, limit: int) -> list[tuple[str, str]]:
    """(id, name) of the outlets whose id or name holds `text`."""
    query = select(OutletRow.id, OutletRow.name).where(or_(_holds(OutletRow.id, text), _holds(OutletRow.name, text)))
    return [(id_, name or id_) for id_, name in session.execute(query.order_by(OutletRow.id).limit(limit))]


def _articles() -> Select[Any]:
    """Every article with its present headline and length."""
    columns: tuple[Any, ...] = (
        ArticleRow.outlet_id,
        ArticleRow.canonical_url,
        ArticleRow.first_seen_at,
        ArticleVersionRow.headline,
        ArticleVersionRow.words,
    )
    query: Select[Any] = select(*columns).join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
    return query.where(ArticleVersionRow.current)


def _found(row: Any) -> FoundArticle:
    return FoundArticle(row.outlet_id, row.canonical_url, row.headline, row.first_seen_at, row.words)


def _newest(query: Select[Any], when: InstrumentedAttribute[datetime], limit: int | None) -> Select[Any]:
    return query.order_by(when.desc()).limit(limit)


def _holds(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds the text, in whatever case: SQLite folds ASCII only, so the usual cases are all asked."""
    spellings = {text, text.lower(), text.upper(), text.capitalize()}
    if text.isascii():
        spellings = {text}
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))
