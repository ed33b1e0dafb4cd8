"""Saves what was read: one article per canonical address, a version per change of its text and not per visit.

Looks may arrive out of order (an archive is imported after the live page was crawled) and twice (a crash between
saving and recording). Versions are numbered by when they were seen, whatever the order of arrival; the version seen
last is current; a second look at the same text only widens when it was seen and completes its dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crawler.articles import Article, Credit
from storage.catalogue import outlet_for_host as outlet_for_host
from storage.columns import clean
from storage.filings import SavedTake as SavedTake
from storage.filings import save_filing as save_filing
from storage.inserting import LONGEST_ADDRESS_BYTES, insert_into
from storage.models import ArticleRow, ArticleVersionRow, CreditRow
from storage.moments import merge
from storage.texts import cleaned, content_sha256, count_words


@dataclass(frozen=True, slots=True)
class Saved:
    """Where an article went, and whether its text was new."""

    article_id: int
    version_id: int
    new_version: bool


def save_article(
    session: Session, article: Article, outlet_id: str, *, seen_at: datetime, import_id: str | None = None
) -> Saved:
    """Store one look at an article. Saving the same look again changes nothing.

    `import_id` names the article to whoever imported it; the first one given stays. Raises ValueError for an
    address of over 2,000 bytes.
    """
    row = _article_row(session, article, outlet_id, seen_at)
    if import_id and row.import_id is None and not _is_taken(session, import_id):
        row.import_id = import_id
    row.first_seen_at, row.last_seen_at = min(row.first_seen_at, seen_at), max(row.last_seen_at, seen_at)
    versions = list(
        session.scalars(
            select(ArticleVersionRow)
            .where(ArticleVersionRow.article_id == row.id)
            .order_by(ArticleVersionRow.seen_at, ArticleVersionRow.number)
        )
    )
    fresh = _version_of(article, seen_at)
    same = _seen_before(versions, fresh)
    if same is not None:
        _complete(same, fresh)
    else:
        _insert(session, row, versions, fresh, article.credits)
    _mark_current(session, versions if same is not None else [*versions, fresh])
    session.flush()
    version = same or fresh
    return Saved(row.id, version.id, same is None)


def _article_row(session: Session, article: Article, outlet_id: str, seen_at: datetime) -> ArticleRow:
    """The article's row, made if need be, and on PostgreSQL locked: one writer at a time numbers its versions."""
    url = clean(article.canonical_url or article.url)
    if len(url.encode()) > LONGEST_ADDRESS_BYTES:
        raise ValueError(f"address of {len(url.encode())} bytes: {url[:100]}…")
    made = insert_into(session, ArticleRow).values(
        outlet_id=outlet_id, canonical_url=url, first_seen_at=seen_at, last_seen_at=seen_at
    )
    session.execute(made.on_conflict_do_nothing())
    query = select(ArticleRow).where(ArticleRow.canonical_url == url).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _is_taken(session: Session, import_id: str) -> bool:
    return session.scalars(select(ArticleRow.id).where(ArticleRow.import_id == import_id)).first() is not None


def _version_of(article: Article, seen_at: datetime) -> ArticleVersionRow:
    headline, paragraphs = clean(article.headline), cleaned(article.paragraphs)
    named = [(credit.agency, credit.kind, credit.place, clean(credit.text)) for credit in article.credits]
    return ArticleVersionRow(
        seen_at=seen_at,
        last_seen_at=seen_at,
        headline=headline,
        paragraphs=paragraphs,
        byline=article.byline,
        dateline=article.dateline,
        language=article.language,
        words=count_words(paragraphs),
        published=article.published,
        modified=article.modified,
        content_sha256=content_sha256(headline, paragraphs, named),
    )


def _seen_before(versions: Sequence[ArticleVersionRow], fresh: ArticleVersionRow) -> ArticleVersionRow | None:
    """The version this look saw again: the one in force at that time, or the next one, seen a little earlier."""
    in_force = [v for v in versions if v.seen_at <= fresh.seen_at][-1:]
    following = [v for v in versions if v.seen_at > fresh.seen_at][:1]
    for version in (*in_force, *following):
        if version.content_sha256 == fresh.content_sha256:
            return version
    return None


def _complete(row: ArticleVersionRow, look: ArticleVersionRow) -> None:
    """Add what another look at the same text knew. A better date asks for the delays to be judged again."""
    row.seen_at, row.last_seen_at = min(row.seen_at, look.seen_at), max(row.last_seen_at, look.last_seen_at)
    published = merge(row.published, look.published)
    if published != row.published:
        row.published, row.matched_by = published, ""
    row.modified = merge(row.modified, look.modified)
    row.byline, row.dateline = row.byline or look.byline, row.dateline or look.dateline
    row.language = row.language or look.language


def _insert(
    session: Session,
    article: ArticleRow,
    versions: Sequence[ArticleVersionRow],
    fresh: ArticleVersionRow,
    credits_: Sequence[Credit],
) -> None:
    """Add a version in its place in time; those seen later move up by one."""
    earlier = [v for v in versions if v.seen_at <= fresh.seen_at]
    for version in sorted(versions[len(earlier) :], key=lambda v: v.number, reverse=True):
        version.number += 1
        session.flush()  # one at a time, highest first: two rows never share a number
    if earlier and fresh.published.at is None:
        # The redesign that dropped the date did not publish the article anew.
        fresh.published = merge(earlier[-1].published, fresh.published)
    fresh.article_id, fresh.number, fresh.current = article.id, len(earlier) + 1, False
    session.add(fresh)
    session.flush()
    session.add_all(
        CreditRow(version_id=fresh.id, agency=c.agency, kind=c.kind, place=c.place, text=c.text) for c in credits_
    )


def _mark_current(session: Session, versions: Sequence[ArticleVersionRow]) -> None:
    newest = max(versions, key=lambda v: (v.last_seen_at, v.seen_at))
    if newest.current:
        return
    session.execute(
        update(ArticleVersionRow).where(ArticleVersionRow.article_id == newest.article_id).values(current=False)
    )
    newest.current = True
