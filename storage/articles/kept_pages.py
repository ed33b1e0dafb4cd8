"""Which fetches are kept where (crawler.kept_warc), whose they are, and a version's text read anew from its page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from news.articles import Article, Moment
from storage.articles.merged_moments import merge
from storage.articles.saving import credit_values, text_values
from storage.in_parts import in_parts
from storage.models import ArticleRow, ArticleVersionRow, CreditRow, FetchRow, HoldRow, PageRow


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A kept page that shows a version for the first time. `listed` is what its feed said of it."""

    offset: int
    fetched_at: datetime
    outlet_id: str
    version_id: int
    listed_headline: str
    listed: Moment


@dataclass(frozen=True, slots=True)
class Changed:
    """What reading anew changed in a version; `fields` names what differs."""

    url: str
    version: int
    fields: tuple[str, ...]


def known_today(session: Session, urls: Collection[str], since: datetime) -> dict[tuple[str, str], datetime]:
    """(page, SHA-256) of the bodies of these pages kept since then, and when."""
    found: dict[tuple[str, str], datetime] = {}
    for some in in_parts(urls):
        query = select(FetchRow.url, FetchRow.sha256, FetchRow.fetched_at).where(
            FetchRow.url.in_(some), FetchRow.fetched_at >= since, FetchRow.kept_in.is_not(None)
        )
        for url, sha256, at in session.execute(query.order_by(FetchRow.fetched_at.desc())):
            found[url, sha256] = at
    return found


def held(session: Session, name: str) -> bool:
    """Whether a file of kept pages has one of an article that somebody holds."""
    query = (
        select(FetchRow.id)
        .join(PageRow, PageRow.url == FetchRow.url)
        .join(HoldRow, HoldRow.article_id == PageRow.article_id)
        .where(FetchRow.kept_in == name)
    )
    return session.execute(query.limit(1)).first() is not None


def forget(session: Session, name: str) -> None:
    """Note that a file of kept pages is gone."""
    ours = update(FetchRow).where(FetchRow.kept_in == name).values(kept_in=None, kept_offset=None)
    session.execute(ours, execution_options={"synchronize_session": False})


def first_looks(session: Session, name: str) -> Iterator[KeptPage]:
    """The pages of a file that are the first kept look at a version whose text stands.

    Later looks at one version are left out: the first shows what the version was made from.
    """
    query = (
        select(FetchRow.kept_offset, FetchRow.fetched_at, FetchRow.url, PageRow)
        .join(PageRow, PageRow.url == FetchRow.url)
        .where(FetchRow.kept_in == name, FetchRow.outcome == "ok", PageRow.article_id.is_not(None))
        .order_by(FetchRow.kept_offset)
    )
    for offset, fetched_at, url, page in session.execute(query).all():
        version = _version_at(session, page.article_id, fetched_at) if page.article_id else None
        if version is None or version.pruned_at is not None:
            continue
        earlier = select(FetchRow.id).where(
            FetchRow.url == url, FetchRow.fetched_at >= version.seen_at, FetchRow.fetched_at < fetched_at
        )
        if session.execute(earlier.where(FetchRow.kept_in.is_not(None)).limit(1)).first() is None:
            yield KeptPage(offset or 0, fetched_at, page.outlet_id, version.id, page.listed_headline, page.listed)


def _version_at(session: Session, article_id: int, when: datetime) -> ArticleVersionRow | None:
    """The version an article showed at a time."""
    query = select(ArticleVersionRow).where(
        ArticleVersionRow.article_id == article_id, ArticleVersionRow.seen_at <= when
    )
    return session.scalars(query.order_by(ArticleVersionRow.seen_at.desc(), ArticleVersionRow.number.desc())).first()


def replace_reading(
    session: Session, version_id: int, article: Article, *, read_by: str, write: bool
) -> Changed | None:
    """Put a new reading in the place of a version's text; None when it says the same.

    It is the same version: what the outlet showed has not changed, only what we understood of it. The version is
    matched again. With `write` false nothing is changed but told.
    """
    row = session.get_one(ArticleVersionRow, version_id, populate_existing=True)
    credits_ = session.scalars(select(CreditRow).where(CreditRow.version_id == version_id))
    named = sorted((c.agency, c.kind, c.place, c.text) for c in credits_)
    fresh: dict[str, Any] = text_values(article)
    fresh |= {
        "published": _better(row.published, article.published),
        "modified": _better(row.modified, article.modified),
    }
    fields = [name for name, value in fresh.items() if name not in _TOLD and getattr(row, name) != value]
    if named != sorted((c.agency, c.kind, c.place, c.text) for c in article.credits):
        fields.append("credits")
    url = session.scalars(select(ArticleRow.canonical_url).where(ArticleRow.id == row.article_id)).one()
    if not fields:
        return None
    if write:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.fingerprint, row.matched_by, row.read_by = None, "", read_by
        session.execute(delete(CreditRow).where(CreditRow.version_id == version_id))
        if article.credits:
            session.execute(insert(CreditRow), credit_values(version_id, article.credits))
    return Changed(url, row.number, tuple(fields))


# They follow from the others.
_TOLD = ("words", "content_sha256")


def _better(stored: Moment, read: Moment) -> Moment:
    """A reading that states an instant is believed over the older one; else what was known stays."""
    return read if read.at is not None else merge(stored, read)
