"""Saves many articles at once: what save_article does one by one, in a few statements for those that are new.

    looks ─> one look-up of their addresses and ids ─> new ones: three inserts ─> the rest: save_article, in order

The outcome is that of saving them one by one: a look goes the short way only when no other look of the batch and no
row has anything to do with it. Another process that is quicker sends it the long way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from news.ahead import believed
from news.articles import Article
from news.names import LONGEST_NAME_BYTES, bounded
from news.redacting import Redactor
from storage.articles.addressing import Place, places
from storage.articles.saving import KEPT_OUT, Saved, credit_values, save_admitted, text_values
from storage.bulk import copy_rows, insert_or_leave, next_ids
from storage.in_parts import in_parts
from storage.inserting import moment_values
from storage.models import ArticleRow, ArticleVersionRow, CreditRow
from storage.models.match_tables import ImportIdRow
from storage.stops import redactor, stopped


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an article, as save_article takes it; with `last_seen_at`, two, the later at the same text."""

    article: Article
    outlet_id: str
    seen_at: datetime
    import_id: str | None = None
    last_seen_at: datetime | None = None


def save_articles(session: Session, looks: Sequence[Look]) -> list[Saved]:
    """Store looks as if by save_article, one after the other. Raises ValueError for an address over 2,000 bytes."""
    placed = places(session, [look.article for look in looks])
    out = stopped(session, {address for place in placed for address in (place.url, place.own)})
    admitted = [number for number, place in enumerate(placed) if place.url not in out and place.own not in out]
    clean = redactor(session)
    told = [_told(looks[number], clean) for number in admitted]
    saved = _save_admitted(session, told, [placed[number] for number in admitted])
    by_number = dict(zip(admitted, saved, strict=True))
    return [by_number.get(number, KEPT_OUT) for number in range(len(looks))]


def _save_admitted(session: Session, looks: Sequence[Look], placed: Sequence[Place]) -> list[Saved]:
    addresses = [place.url for place in placed]
    new = {url: (looks[number], placed[number].seen_under) for number, url in _new(session, looks, addresses)}
    made = _insert_new(session, new)
    saved = []
    for look, place in zip(looks, placed, strict=True):
        # A later look at the same address finds the article made, and goes the long way.
        done = made.pop(place.url, None)
        if done is None:
            done = _save_one(session, look)
        saved.append(done)
    return saved


def _told(look: Look, clean: Redactor) -> Look:
    """The look as it is stored: under the id that comes back from the database, without the names of the erased."""
    article, import_id = clean.article(look.article), look.import_id
    stored = bounded(import_id, LONGEST_NAME_BYTES) if import_id else None
    if article is look.article and stored == import_id:
        return look
    return replace(look, article=article, import_id=stored)


def _save_one(session: Session, look: Look) -> Saved:
    """The long way. Where it belongs is asked again: a look of this batch may have contested its address."""
    article, outlet_id = look.article, look.outlet_id
    [place] = places(session, [article])
    saved = save_admitted(session, article, outlet_id, place, seen_at=look.seen_at, import_id=look.import_id or None)
    if look.last_seen_at and look.last_seen_at > look.seen_at:
        [place] = places(session, [article])
        save_admitted(session, article, outlet_id, place, seen_at=look.last_seen_at)
    return saved


def _new(session: Session, looks: Sequence[Look], addresses: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Places and addresses of looks at articles nobody knows, under ids nobody else has or claims."""
    known = _present(session, ArticleRow.__table__.c.canonical_url, set(addresses))
    named = {(look.import_id, url) for look, url in zip(looks, addresses, strict=True) if look.import_id}
    claims = Counter(import_id for import_id, _ in named)
    taken = _present(session, ArticleRow.__table__.c.import_id, claims.keys())
    taken |= _present(session, ImportIdRow.__table__.c.import_id, claims.keys() - taken)
    for place, (look, url) in enumerate(zip(looks, addresses, strict=True)):
        if url not in known and (not look.import_id or (claims[look.import_id] == 1 and look.import_id not in taken)):
            yield place, url
        known.add(url)


def _present(session: Session, column: ColumnElement[Any], values: Collection[str]) -> set[str]:
    """Those of the values that stand in the column."""
    return {found for part in in_parts(values) for found in session.scalars(select(column).where(column.in_(part)))}


def _insert_new(session: Session, looks: dict[str, tuple[Look, str | None]]) -> dict[str, Saved]:
    """Articles, their first versions and credits, by address; without those another process made meanwhile.

    A look comes with the address of its page, where that is another.
    """
    if not looks:
        return {}
    rows = [
        {
            "outlet_id": look.outlet_id,
            "canonical_url": url,
            "import_id": look.import_id or None,
            "first_seen_at": look.seen_at,
            "last_seen_at": look.last_seen_at or look.seen_at,
        }
        for url, (look, _) in looks.items()
    ]
    by_copy = session.get_bind().dialect.name == "postgresql"
    ids: dict[str, int] = {url: id_ for id_, url in (_articles_by_array if by_copy else _articles)(session, rows)}
    if not ids:
        return {}
    texts = [_first_version(*looks[url], article_id) for url, article_id in ids.items()]
    of_article = (_versions_by_copy if by_copy else _versions)(session, texts)
    named = [row for url, id_ in ids.items() for row in credit_values(of_article[id_], looks[url][0].article.credits)]
    if named and by_copy:
        copy_rows(session, _CREDITS, named)
    elif named:
        session.execute(insert(_CREDITS), named)
    return {url: Saved(id_, of_article[id_], True) for url, id_ in ids.items()}


_ARTICLES = cast(Table, ArticleRow.__table__)
_VERSIONS = cast(Table, ArticleVersionRow.__table__)
_CREDITS = cast(Table, CreditRow.__table__)


def _articles(session: Session, rows: list[dict[str, Any]]) -> list[Any]:
    made = sqlite.insert(_ARTICLES).on_conflict_do_nothing()
    return list(session.execute(made.returning(_ARTICLES.c.id, _ARTICLES.c.canonical_url), rows))


def _articles_by_array(session: Session, rows: list[dict[str, Any]]) -> list[Any]:
    return insert_or_leave(session, _ARTICLES, rows, ("id", "canonical_url"))


def _versions(session: Session, rows: list[dict[str, Any]]) -> dict[int, int]:
    made = insert(_VERSIONS).returning(_VERSIONS.c.id, _VERSIONS.c.article_id)
    return {article_id: id_ for id_, article_id in session.execute(made, rows)}


def _versions_by_copy(session: Session, rows: list[dict[str, Any]]) -> dict[int, int]:
    ids = next_ids(session, _VERSIONS, len(rows))
    copy_rows(session, _VERSIONS, [{"id": id_, **row} for id_, row in zip(ids, rows, strict=True)])
    return {row["article_id"]: id_ for id_, row in zip(ids, rows, strict=True)}


def _first_version(look: Look, seen_under: str | None, article_id: int) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "number": 1,
        "current": True,
        "seen_at": look.seen_at,
        "last_seen_at": look.last_seen_at or look.seen_at,
        "seen_under": seen_under,
        "matched_by": "",
        **text_values(look.article),
        **moment_values("published", believed(look.article.published, look.seen_at)),
        **moment_values("modified", believed(look.article.modified, look.seen_at)),
    }
