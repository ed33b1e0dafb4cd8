"""Articles, stories and outlets by a part of what they are called, and articles by when they came. All read only."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, cast, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.asking.object_rows import FoundArticle, FoundStory
from storage.models import ArticleRow, ArticleVersionRow, OutletRow, StoryRow
from storage.named import is_named

MOST_WORDS: Final = 8


def find_articles(session: Session, text: str, limit: int | None, *, in_texts: bool = False) -> list[FoundArticle]:
    """Articles with all these words, or parts of words, in their headline or their address, the newest first.

    With `in_texts` also those that have them in their text: every text is read for it, some seconds a million. An
    address known exactly comes alone.
    """
    query = _articles()
    exact = query.where(is_named([text]))
    rows = session.execute(exact).all()
    words = text.split()[:MOST_WORDS]
    if not rows and words:
        version = ArticleVersionRow
        headline = select(version.article_id).where(version.current, *(_holds(version.headline, w) for w in words))
        address = select(ArticleRow.id).where(*(_holds(ArticleRow.canonical_url, word) for word in words))
        parts = [headline, address]
        if in_texts:
            paragraphs = cast(version.paragraphs, Text)
            # As they stand in JSON, where a quotation mark is two characters.
            quoted = [json.dumps(word, ensure_ascii=False)[1:-1] for word in words]
            parts.append(select(version.article_id).where(version.current, *(_holds(paragraphs, w) for w in quoted)))
        found = query.where(ArticleRow.id.in_(union(*parts)))
        rows = session.execute(_newest(found, ArticleRow.first_seen_at, limit)).all()
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


def find_stories(session: Session, text: str, limit: int | None) -> list[FoundStory]:
    """Stories with all these words in headline, slugline or name, the newest first."""
    columns = (StoryRow.headline, StoryRow.slugline, StoryRow.key)
    holds = [or_(*(_holds(column, word) for column in columns)) for word in text.split()[:MOST_WORDS]]
    if not holds:
        return []
    query = _newest(select(StoryRow).where(*holds), StoryRow.seen_at, limit)
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


def _holds(column: ColumnElement[Any] | InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column holds the text, in whatever case: SQLite folds ASCII only, so the usual cases are all asked."""
    spellings = {text, text.lower(), text.upper(), text.capitalize()}
    if text.isascii():
        spellings = {text}
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))
