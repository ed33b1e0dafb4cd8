"""One article, or one person's name, taken out of every table, for good.

    an article ─> its rows, and those that hang on it ─> inferred stories made of it are taken apart, their other copies
    matched again ─> its addresses are stopped
    a person ─> the name out of every text ─> texts that changed are read by the matcher again ─> the name is stopped

Both leave a record, and say which kept pages (crawler.kept_warc) have to go. Copies others made of the database, emails
that were sent and files that were written are not in our hands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from news.errors import HeldArticleError, UnknownObjectError
from news.redacting import Redactor
from storage.articles.texts import content_sha256
from storage.columns import Base
from storage.in_parts import in_parts
from storage.inserting import insert_into
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    DigestRow,
    ErasureRow,
    FetchRow,
    HoldRow,
    NoticeRow,
    NoticeStateRow,
    PageRow,
    PickupRow,
    PickupSourceRow,
    SetAsideRow,
    StopRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)
from storage.named import version_named

_PART: Final = 500


@dataclass(frozen=True, slots=True)
class Order:
    """Who erases, when and why."""

    by: str
    now: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, by name and number, and the (file, offset) of kept pages that have to go."""

    counts: dict[str, int]
    kept: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line of the record."""

    erased_at: datetime
    kind: str
    what: str
    erased_by: str
    reason: str
    counts: dict[str, int]
    lifted_at: datetime | None
    lifted_by: str


def erase_article(session: Session, name: str, order: Order) -> Erased:
    """Take out one article by address or id, with all that hangs on it, and stop its addresses.

    Raises UnknownObjectError when it is not stored, HeldArticleError when somebody holds it.
    """
    version = session.get(ArticleVersionRow, version_named(session, [name]) or 0)
    if version is None:
        raise UnknownObjectError(f"no article {name!r} is stored")
    article = session.get_one(ArticleRow, version.article_id)
    _require_not_held(session, [article.id])
    url, id_ = article.canonical_url, article.id
    addresses = _addresses(session, [id_]) | {url}
    kept = _kept(session, addresses)
    versions = select(ArticleVersionRow.id).where(ArticleVersionRow.article_id == id_)
    counts = {
        "versions": session.scalar(select(func.count()).select_from(versions.subquery())) or 0,
        "pickups": session.scalar(select(func.count(PickupRow.id)).where(PickupRow.article_id == id_)) or 0,
        "inferred_stories": _take_apart(session, id_, order.now),
        "kept_pages": len(kept),
        "digests": _forget_digests(session, lambda text: any(address in text for address in addresses)),
    }
    for some in in_parts(addresses):
        _run(session, delete(PageRow).where(PageRow.url.in_(some)))
        _run(session, delete(FetchRow).where(FetchRow.url.in_(some)))
        _run(session, delete(VerdictRow).where(VerdictRow.article_url.in_(some)))
        _run(session, delete(SetAsideRow).where(SetAsideRow.name.in_(some)))
    _run(session, delete(PageRow).where(PageRow.article_id == id_))
    _run(session, delete(ArticleRow).where(ArticleRow.id == id_))
    session.expire_all()
    _record(session, "article", url, order, counts, [("address", address) for address in sorted(addresses)])
    return Erased(counts, kept)


def erase_person(session: Session, name: str, order: Order) -> Erased:
    """Take a person's name out of every text stored, and stop it.

    Raises HeldArticleError when it stands in an article that somebody holds.
    """
    redactor = Redactor((name,))
    changed = {row: _redact(session, row, columns, redactor) for row, columns in _TEXTS}
    versions = set(changed[ArticleVersionRow])
    of_credits = select(CreditRow.version_id).where(CreditRow.id.in_(changed[CreditRow]))
    versions |= set(session.scalars(of_credits))
    articles = set()
    for some in in_parts(versions):
        articles |= set(session.scalars(select(ArticleVersionRow.article_id).where(ArticleVersionRow.id.in_(some))))
    _require_not_held(session, articles)
    for some in in_parts(versions):
        _read_again(session, some)
    _takes_again(session, changed[StoryVersionRow])
    kept = _kept(session, _addresses(session, articles))
    for file, offset in kept:
        ours = update(FetchRow).where(FetchRow.kept_in == file, FetchRow.kept_offset == offset)
        _run(session, ours.values(kept_in=None, kept_offset=None))
    counts = {row.__tablename__: len(ids) for row, ids in changed.items() if ids}
    counts |= {"kept_pages": len(kept), "digests": _forget_digests(session, lambda text: redactor.value(text) != text)}
    _record(session, "person", "a person's name", order, counts, [("person", name)])
    return Erased(counts, kept)


def lift(session: Session, name: str, *, by: str, now: datetime) -> bool:
    """Let an erased article (by one of its addresses) or a person's name come in again; False when none is stopped."""
    erasure = session.scalars(select(StopRow.erasure_id).where(StopRow.name == name)).first()
    if erasure is None:
        return False
    _run(session, delete(StopRow).where(StopRow.erasure_id == erasure))
    _run(session, update(ErasureRow).where(ErasureRow.id == erasure).values(lifted_at=now, lifted_by=by))
    return True


def erasures(session: Session) -> list[Erasure]:
    """The record, the latest first."""
    return [
        Erasure(row.erased_at, row.kind, row.what, row.erased_by, row.reason, row.counts, row.lifted_at, row.lifted_by)
        for row in session.scalars(select(ErasureRow).order_by(ErasureRow.erased_at.desc(), ErasureRow.id.desc()))
    ]


_TEXTS: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (ArticleVersionRow, ("headline", "byline", "dateline", "paragraphs")),
    (CreditRow, ("text",)),
    (PickupRow, ("credit_text", "edits", "reasons")),
    (NoticeStateRow, ("evidence",)),
    (StoryRow, ("headline",)),
    (StoryVersionRow, ("headline", "byline", "dateline", "notice", "paragraphs")),
    (NoticeRow, ("text",)),
    (PageRow, ("listed_headline",)),
)
"""Where a person can stand, beside pickup_sources, which has another key. The users' own notes are theirs."""


def _redact(session: Session, row: type[Base], columns: Sequence[str], redactor: Redactor) -> list[int]:
    """Take the names out of these columns, some rows at a time; returns the rows that had them."""
    found: list[int] = []
    for part in _parts(session, row, columns):
        changed = []
        for id_, *values in part:
            told = {name: redactor.value(value) for name, value in zip(columns, values, strict=True)}
            if list(told.values()) != values:
                changed.append({"id": id_, **told})
        if changed:
            session.execute(update(row), changed)
            found += [one["id"] for one in changed]
    if row is PickupRow:
        found += _redact_sources(session, redactor)
    return found


def _parts(session: Session, row: Any, columns: Sequence[str]) -> Iterator[list[Any]]:
    """All rows of a table with these columns, in order, some at a time. JSON and case leave SQL no way to choose."""
    last = 0
    while True:
        query = select(row.id, *(getattr(row, name) for name in columns)).where(row.id > last)
        part = [tuple(found) for found in session.execute(query.order_by(row.id).limit(_PART))]
        if not part:
            return
        yield part
        last = part[-1][0]


def _redact_sources(session: Session, redactor: Redactor) -> list[int]:
    found = []
    for row in session.scalars(select(PickupSourceRow)):
        told = redactor.value(row.examples)
        if told != row.examples:
            row.examples = told
            found.append(row.pickup_id)
    session.flush()
    return found


def _read_again(session: Session, version_ids: Sequence[int]) -> None:
    """Texts that changed: told from others by what they say now, and matched again."""
    credits_: dict[int, list[tuple[str, ...]]] = {}
    for credit in session.scalars(select(CreditRow).where(CreditRow.version_id.in_(version_ids))):
        said = (credit.agency, credit.kind, credit.place, credit.text)
        credits_.setdefault(credit.version_id, []).append(said)
    for row in session.scalars(select(ArticleVersionRow).where(ArticleVersionRow.id.in_(version_ids))):
        if row.pruned_at is None:
            row.content_sha256 = content_sha256(row.headline, row.paragraphs, credits_.get(row.id, []))
            row.fingerprint, row.matched_by = None, ""
    session.flush()


def _takes_again(session: Session, take_ids: Collection[int]) -> None:
    for some in in_parts(take_ids):
        for row in session.scalars(select(StoryVersionRow).where(StoryVersionRow.id.in_(some))):
            if row.pruned_at is None:
                row.content_sha256 = content_sha256(row.headline, row.paragraphs)
                row.fingerprint, row.matched_by = None, ""
    session.flush()


def _take_apart(session: Session, article_id: int, now: datetime) -> int:
    """End the inferred stories that hold an article's text; their other copies are matched again.

    A settled one, whose copies' texts have expired, cannot be inferred anew: it loses its own text.
    """
    carried = select(PickupRow.story_id).where(PickupRow.article_id == article_id)
    rows = session.scalars(select(StoryRow).where(StoryRow.id.in_(carried), StoryRow.origin == "inferred")).all()
    for story in rows:
        others = select(PickupRow.version_id).where(PickupRow.story_id == story.id)
        if story.settled_at is None:
            _run(session, update(ArticleVersionRow).where(ArticleVersionRow.id.in_(others)).values(matched_by=""))
            _run(session, delete(StoryRow).where(StoryRow.id == story.id))
        else:
            gone = {"paragraphs": [], "headline": "", "byline": "", "pruned_at": now}
            _run(session, update(StoryVersionRow).where(StoryVersionRow.story_id == story.id).values(gone))
            _run(session, update(StoryRow).where(StoryRow.id == story.id).values(headline=""))
    return len(rows)


def _require_not_held(session: Session, article_ids: Collection[int]) -> None:
    for some in in_parts(article_ids):
        query = select(ArticleRow.canonical_url, HoldRow.held_by).join(HoldRow, HoldRow.article_id == ArticleRow.id)
        found = session.execute(query.where(ArticleRow.id.in_(some)).order_by(ArticleRow.id)).first()
        if found is not None:
            raise HeldArticleError(found.canonical_url, found.held_by)


def _addresses(session: Session, article_ids: Collection[int]) -> set[str]:
    """Every address under which these articles were seen."""
    found: set[str] = set()
    for some in in_parts(article_ids):
        found |= set(session.scalars(select(PageRow.url).where(PageRow.article_id.in_(some))))
        found |= set(session.scalars(select(ArticleRow.canonical_url).where(ArticleRow.id.in_(some))))
        under = select(ArticleVersionRow.seen_under).where(ArticleVersionRow.article_id.in_(some))
        found |= {url for url in session.scalars(under) if url}
    return found


def _kept(session: Session, addresses: Collection[str]) -> tuple[tuple[str, int], ...]:
    found: set[tuple[str, int]] = set()
    for some in in_parts(addresses):
        query = select(FetchRow.kept_in, FetchRow.kept_offset).where(FetchRow.url.in_(some))
        found |= {(file, offset) for file, offset in session.execute(query) if file is not None and offset is not None}
    return tuple(sorted(found))


def _forget_digests(session: Session, holds: Any) -> int:
    """Let the stored messages go that quote it: they were sent or written. Returns how many."""
    gone = 0
    for row in session.scalars(select(DigestRow).where(DigestRow.state.in_(("sent", "written")))):
        parts = message_from_bytes(row.message, policy=policy.default).walk() if row.message else ()
        texts = [part.get_payload(decode=True) for part in parts if part.get_content_maintype() == "text"]
        if any(holds(text.decode("utf-8", "replace")) for text in texts if isinstance(text, bytes)):
            row.message = b""
            gone += 1
    session.flush()
    return gone


def _record(
    session: Session, kind: str, what: str, order: Order, counts: dict[str, int], stops: Sequence[tuple[str, str]]
) -> None:
    said = {"erased_at": order.now, "erased_by": order.by, "reason": order.reason, "counts": counts}
    made = insert(ErasureRow).values(kind=kind, what=what, lifted_by="", **said)
    id_ = session.scalars(made.returning(ErasureRow.id)).one()
    for stop, name in stops:
        row = insert_into(session, StopRow).values(kind=stop, name=name, erasure_id=id_)
        session.execute(row.on_conflict_do_update(index_elements=["kind", "name"], set_={"erasure_id": id_}))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
