"""What expires, and what a person holds: third-party texts are kept for a time, the findings about them for good.

    a version older than its days, matched, of no held article ─> its paragraphs go; the quotes in its pickups' edits
    are cut short and lose their places in it ─> its inferred stories are settled: never inferred anew from what is left
    an inferred story whose every copy expired ─> its own text, made of theirs, goes too
    fetches older than theirs ─> the rows go, on PostgreSQL by the month; those whose page is kept stay as long as it

What stays: headline, credits, dates, hashes, fingerprint, spans, scores, reasons; of bylines and credits that may name
a person only the agency. Agencies' own filings stay whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, delete, exists, select, text, update
from sqlalchemy.orm import Session

from news.errors import UnknownObjectError
from storage.inserting import insert_into
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    FetchRow,
    HoldRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
)
from storage.named import is_named

QUOTE_CHARACTERS: Final = 200
"""Of each side of an edit: what a quotation needs to be recognised, and no substitute for the text."""
_OF_PEOPLE: Final = ("byline", "caption", "json-ld", "meta", "body")
"""Places of credits where writers, photographers and those who told it stand."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An article whose texts do not expire: who wants it so, since when, why."""

    article: str
    held_by: str
    held_at: datetime
    reason: str


def hold(session: Session, article: str, *, by: str, now: datetime, reason: str) -> None:
    """Keep an article's texts until released; a second hold replaces who and why. `article` is address or id.

    Raises UnknownObjectError when it is not stored. A text that has expired already does not come back.
    """
    said = {"held_by": by, "held_at": now, "reason": reason}
    row = insert_into(session, HoldRow).values(article_id=_article_id(session, article), **said)
    session.execute(row.on_conflict_do_update(index_elements=["article_id"], set_=said))


def release(session: Session, article: str) -> bool:
    """Let an article's texts expire as others do; False when it was not held. Raises UnknownObjectError."""
    ours = delete(HoldRow).where(HoldRow.article_id == _article_id(session, article))
    return session.execute(ours.returning(HoldRow.article_id)).first() is not None


def holds(session: Session) -> list[Hold]:
    """What is held, the oldest first."""
    query = select(ArticleRow.canonical_url, HoldRow).join(HoldRow, HoldRow.article_id == ArticleRow.id)
    rows = session.execute(query.order_by(HoldRow.held_at, ArticleRow.id))
    return [Hold(url, row.held_by, row.held_at, row.reason) for url, row in rows]


def expire_texts(session: Session, *, before: datetime, now: datetime, most: int) -> int:
    """Let the texts of at most so many versions first seen before then go; returns how many went.

    One not matched yet waits: its findings are what is to stay.
    """
    version = ArticleVersionRow
    query = select(version.id).where(
        version.seen_at < before,
        version.pruned_at.is_(None),
        version.matched_by != "",
        version.article_id.not_in(select(HoldRow.article_id)),
    )
    ids = list(session.scalars(query.order_by(version.seen_at, version.id).limit(most)))
    if ids:
        _shorten_quotes(session, PickupRow.version_id.in_(ids), ("article_at", "article_paragraph"))
        _settle(session, ids, now)
        _let_names_go(session, ids)
        gone: dict[str, Any] = {"paragraphs": [], "byline": "", "pruned_at": now}
        _update(session, update(version).where(version.id.in_(ids)).values(gone))
    return len(ids)


def _let_names_go(session: Session, version_ids: Sequence[int]) -> None:
    """Of credits that may name a person beside the agency ("By Ada Quill, Zed Wire", a photographer, who told it),
    leave the agency's code: that it was credited, where and how, is what has to stay."""
    of = CreditRow.version_id.in_(version_ids), CreditRow.place.in_(_OF_PEOPLE), CreditRow.text != CreditRow.agency
    personal = list(session.execute(select(CreditRow.version_id, CreditRow.text, CreditRow.agency).where(*of)))
    for version_id, text_, agency in personal:
        ours = PickupRow.version_id == version_id, PickupRow.credit_text == text_
        _update(session, update(PickupRow).where(*ours).values(credit_text=agency))
    _update(session, update(CreditRow).where(*of).values(text=CreditRow.agency))


def expire_stories(session: Session, *, now: datetime, most: int) -> int:
    """Let the texts of inferred stories go whose every copy has expired; returns how many went."""
    standing = (
        exists()
        .where(PickupRow.story_id == StoryRow.id, ArticleVersionRow.pruned_at.is_(None))
        .where(ArticleVersionRow.id == PickupRow.version_id)
    )
    query = (
        select(StoryVersionRow.id)
        .join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        .where(StoryRow.settled_at.is_not(None), StoryVersionRow.pruned_at.is_(None), ~standing)
    )
    ids = list(session.scalars(query.order_by(StoryVersionRow.id).limit(most)))
    gone: dict[str, Any] = {"paragraphs": [], "byline": "", "pruned_at": now}
    if ids:
        _shorten_quotes(session, PickupRow.story_version_id.in_(ids), ("story_at", "story_paragraph"))
        _update(session, update(StoryVersionRow).where(StoryVersionRow.id.in_(ids)).values(gone))
    return len(ids)


def forget_fetches(session: Session, *, before: datetime, most: int) -> int:
    """Remove at most so many requests made before then, none whose page is kept; returns how many went.

    Where requests are divided by month, whole months go first (storage.crawling.partitions).
    """
    old = (
        select(FetchRow.id)
        .where(FetchRow.fetched_at < before, FetchRow.kept_in.is_(None))
        .order_by(FetchRow.fetched_at)
        .limit(most)
    )
    # The time once more: no other month is looked through for the numbers.
    gone = delete(FetchRow).where(FetchRow.id.in_(old), FetchRow.fetched_at < before)
    return len(session.execute(gone.returning(FetchRow.id)).all())


def overwrite_freed(engine: Engine) -> None:
    """After pruning: nothing of a removed text stays readable in SQLite's log, and its planner knows the new sizes."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:  # a checkpoint stands outside any transaction
            cursor = connection.cursor()
            for pragma in ("query_only = off", "wal_checkpoint(truncate)", "optimize"):
                cursor.execute(f"pragma {pragma}").fetchall()


def erase_on_delete(session: Session) -> None:
    """Make SQLite overwrite what this connection removes, instead of leaving it in free pages."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("pragma secure_delete = on"))


def _article_id(session: Session, name: str) -> int:
    found = session.scalars(select(ArticleRow.id).where(is_named([name])).order_by(ArticleRow.id)).first()
    if found is None:
        raise UnknownObjectError(f"no article {name!r} is stored")
    return found


def _settle(session: Session, version_ids: Sequence[int], now: datetime) -> None:
    """Inferred anew from what is left, a story would lose the copies that expired, and its name."""
    carried = select(PickupRow.story_id).where(PickupRow.version_id.in_(version_ids))
    ours = (StoryRow.id.in_(carried), StoryRow.origin == "inferred", StoryRow.settled_at.is_(None))
    _update(session, update(StoryRow).where(*ours).values(settled_at=now))


def _shorten_quotes(session: Session, which: ColumnElement[bool], places: Collection[str]) -> None:
    """Cut the quotes of these pickups' edits short, and forget where in a text that is gone they stood."""
    query = select(PickupRow.id, PickupRow.edits).where(which)
    changed = [
        {"id": id_, "edits": [_short(e, places) for e in edits]} for id_, edits in session.execute(query) if edits
    ]
    if changed:
        session.execute(update(PickupRow), changed)


def _short(edit: dict[str, Any], places: Collection[str]) -> dict[str, Any]:
    kept = {name: value for name, value in edit.items() if name not in places}
    return kept | {name: _quote(edit[name]) for name in ("story_text", "article_text") if name in edit}


def _quote(words: str) -> str:
    return words if len(words) <= QUOTE_CHARACTERS else words[: QUOTE_CHARACTERS - 1].rstrip() + "…"


def _update(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
