"""Saves what was read: one article per canonical address, a version per change of its text and not per visit.

Looks may arrive out of order (an archive is imported after the live page was crawled) and twice (a crash between
saving and recording). Versions are numbered by when they were seen, whatever the order of arrival; the version seen
last is current; a second look at the same text only widens when it was seen and completes its dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from news.ahead import believed
from news.articles import Article, Credit
from news.names import LONGEST_NAME_BYTES, bounded, clean
from storage.articles.addressing import Place, contests, give_back, places
from storage.articles.merged_moments import merge
from storage.articles.texts import cleaned, content_sha256, count_words
from storage.inserting import insert_into
from storage.models import ArticleRow, ArticleVersionRow, CreditRow
from storage.models.match_tables import ImportIdRow
from storage.stops import redactor, stopped


@dataclass(frozen=True, slots=True)
class Saved:
    """Where an article went, and whether its text was new."""

    article_id: int
    version_id: int
    new_version: bool


KEPT_OUT: Final = Saved(0, 0, False)
"""Nothing was stored: the article was erased, and is not to come in again (storage.stops)."""


def save_article(
    session: Session, article: Article, outlet_id: str, *, seen_at: datetime, import_id: str | None = None
) -> Saved:
    """Store one look at an article. Saving the same look again changes nothing.

    `import_id` names the article to whoever imported it; a further one is kept beside the first. Raises
    ValueError for an address of over 2,000 bytes.
    """
    [place] = places(session, [article])
    if stopped(session, {place.url, place.own}):
        return KEPT_OUT
    told = redactor(session).article(article)
    return save_admitted(session, told, outlet_id, place, seen_at=seen_at, import_id=import_id)


def save_admitted(
    session: Session, article: Article, outlet_id: str, place: Place, *, seen_at: datetime, import_id: str | None = None
) -> Saved:
    """As save_article, of one that nobody keeps out and whose place is known."""
    import_id = bounded(import_id, LONGEST_NAME_BYTES) if import_id else None
    if import_id and _is_taken(session, import_id):
        import_id = None
    fresh = _version_of(article, seen_at)
    row, fresh.seen_under = _find(session, place, fresh)
    url = place.own if fresh.seen_under is None else place.url
    if row is None:
        values = {"outlet_id": outlet_id, "canonical_url": url, "import_id": import_id}
        made = insert_into(session, ArticleRow).values(first_seen_at=seen_at, last_seen_at=seen_at, **values)
        article_id = session.scalar(made.on_conflict_do_nothing().returning(ArticleRow.id))
        if article_id is not None:
            _add(session, article_id, 1, fresh, article.credits, current=True)
            return Saved(article_id, fresh.id, True)
        row = session.scalars(_FIND, {"url": url}).one()  # another process made it meanwhile
    row.import_id = row.import_id or import_id
    if import_id and import_id != row.import_id:
        further = insert_into(session, ImportIdRow).values(import_id=import_id, article_id=row.id)
        session.execute(further.on_conflict_do_nothing())
    row.first_seen_at, row.last_seen_at = min(row.first_seen_at, seen_at), max(row.last_seen_at, seen_at)
    return _look_again(session, row, fresh, article.credits)


def _find(session: Session, place: Place, fresh: ArticleVersionRow) -> tuple[ArticleRow | None, str | None]:
    """The article a look belongs to, if it is known, and the page's own address where that is another than the
    article's. Two articles that claim one address are told apart here, and keep their own."""
    fresh.seen_under = place.seen_under
    row = session.scalars(_FIND, {"url": place.url}).first()
    if row is None:
        return None, place.seen_under
    versions = list(session.scalars(_VERSIONS, {"article_id": row.id}))
    if not contests(versions, fresh):
        return row, place.seen_under
    give_back(session, row, versions)
    return session.scalars(_FIND, {"url": place.own}).first(), None


# One writer at a time numbers an article's versions: on PostgreSQL the row is locked, on SQLite the database is.
_FIND = (
    select(ArticleRow)
    .where(ArticleRow.canonical_url == bindparam("url"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_VERSIONS = (
    select(ArticleVersionRow)
    .where(ArticleVersionRow.article_id == bindparam("article_id"))
    .order_by(ArticleVersionRow.seen_at, ArticleVersionRow.number)
)


def _look_again(session: Session, row: ArticleRow, fresh: ArticleVersionRow, credits_: Sequence[Credit]) -> Saved:
    """A look at an article already known: at a version of it, or at a new one."""
    versions = list(session.scalars(_VERSIONS, {"article_id": row.id}))
    same = _seen_before(versions, fresh)
    if same is not None:
        _complete(same, fresh)
    else:
        _insert(session, row, versions, fresh, credits_)
        versions.append(fresh)
    _hand_down_dates(versions)
    _mark_current(session, versions)
    session.flush()
    return Saved(row.id, (same or fresh).id, same is None)


def _is_taken(session: Session, import_id: str) -> bool:
    first = select(ArticleRow.id).where(ArticleRow.import_id == import_id)
    further = select(ImportIdRow.article_id).where(ImportIdRow.import_id == import_id)
    return session.scalars(first.union_all(further)).first() is not None


def _version_of(article: Article, seen_at: datetime) -> ArticleVersionRow:
    moments = {"published": believed(article.published, seen_at), "modified": believed(article.modified, seen_at)}
    return ArticleVersionRow(seen_at=seen_at, last_seen_at=seen_at, **moments, **text_values(article))


def text_values(article: Article) -> dict[str, Any]:
    """What a version says and how it is told from another, by column."""
    headline, paragraphs = clean(article.headline), cleaned(article.paragraphs)
    named = [(credit.agency, credit.kind, credit.place, clean(credit.text)) for credit in article.credits]
    return {
        "headline": headline,
        "paragraphs": paragraphs,
        "byline": article.byline,
        "dateline": article.dateline,
        "language": article.language,
        "truncated": article.truncated,
        "words": count_words(paragraphs),
        "content_sha256": content_sha256(headline, paragraphs, named),
    }


def credit_values(version_id: int, credits_: Sequence[Credit]) -> list[dict[str, Any]]:
    """The credits of a version, by column."""
    return [
        {"version_id": version_id, "agency": c.agency, "kind": c.kind, "place": c.place, "text": c.text}
        for c in credits_
    ]


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
    row.last_seen_at = max(row.last_seen_at, look.last_seen_at)
    seen_at = min(row.seen_at, look.seen_at)
    published = believed(merge(row.published, look.published), seen_at)
    modified = believed(merge(row.modified, look.modified), seen_at)
    if (seen_at, published, modified) != (row.seen_at, row.published, row.modified):
        row.seen_at, row.published, row.modified, row.matched_by = seen_at, published, modified, ""
    row.seen_under = min(row.seen_under, look.seen_under) if row.seen_under and look.seen_under else None
    if row.pruned_at is None:  # the writer's name went with the text
        row.byline = row.byline or look.byline
    row.dateline = row.dateline or look.dateline
    row.language = row.language or look.language


def _insert(
    session: Session,
    article: ArticleRow,
    versions: Sequence[ArticleVersionRow],
    fresh: ArticleVersionRow,
    credits_: Sequence[Credit],
) -> None:
    """Add a version in its place in time; those seen later move up by one.

    What was the first version is judged again: until now it counted as what the article was published with.
    """
    earlier = [v for v in versions if v.seen_at <= fresh.seen_at]
    for version in sorted(versions[len(earlier) :], key=lambda v: v.number, reverse=True):
        version.matched_by = "" if version.number == 1 else version.matched_by
        version.number += 1
        session.flush()  # one at a time, highest first: two rows never share a number
    _add(session, article.id, len(earlier) + 1, fresh, credits_, current=False)


def _hand_down_dates(versions: Sequence[ArticleVersionRow]) -> None:
    """The redesign that dropped the date did not publish the article anew: a version without one has that before it."""
    for before, after in pairwise(sorted(versions, key=lambda v: v.number)):
        published = merge(before.published, after.published) if after.published.at is None else after.published
        if published != after.published:
            after.published, after.matched_by = published, ""


def _add(
    session: Session,
    article_id: int,
    number: int,
    fresh: ArticleVersionRow,
    credits_: Sequence[Credit],
    *,
    current: bool,
) -> None:
    fresh.article_id, fresh.number, fresh.current = article_id, number, current
    session.add(fresh)
    session.flush()
    if credits_:
        session.execute(insert(CreditRow), credit_values(fresh.id, credits_))


def _mark_current(session: Session, versions: Sequence[ArticleVersionRow]) -> None:
    newest = max(versions, key=lambda v: (v.last_seen_at, v.seen_at))
    if newest.current:
        return
    session.execute(
        update(ArticleVersionRow).where(ArticleVersionRow.article_id == newest.article_id).values(current=False)
    )
    newest.current = True
