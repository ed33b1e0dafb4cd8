"""What the matcher reads and writes: texts with their facts, and pickups.

Reading gives plain frozen facts, writing takes the whole outcome for a set of article versions and makes the tables
say exactly that: pickups are updated in place (a story re-rooted on a late filing keeps its pickups' numbers), what
no longer holds is deleted, and a person's verdict is never touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar, cast

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from news.articles import Moment
from storage.in_parts import in_parts
from storage.models import (
    ArticleRow,
    ArticleVersionRow,
    CreditRow,
    FounderRow,
    OutletRow,
    PickupRow,
    StoryRow,
    StoryVersionRow,
    VerdictRow,
)

T = TypeVar("T")
Kind = Literal["version", "take"]
_ROWS: Final[dict[Kind, Any]] = {"version": ArticleVersionRow, "take": StoryVersionRow}


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """An article version as the matcher needs it: its address first seen at `known_at`, this text at `seen_at`."""

    id: int
    article_id: int
    number: int
    url: str
    outlet: str
    outlet_agency: str
    headline: str
    paragraphs: tuple[str, ...]
    language: str
    published: Moment
    modified: Moment
    known_at: datetime
    seen_at: datetime
    credits: tuple[tuple[str, str, str], ...]  # agency, kind, exact text


@dataclass(frozen=True, slots=True)
class TakeFacts:
    """A take as the matcher needs it."""

    id: int
    story_id: int
    story_key: str
    take_id: str
    agency: str
    origin: str
    take: int
    headline: str
    paragraphs: tuple[str, ...]
    language: str
    filed: Moment


@dataclass(frozen=True, slots=True)
class InferredStory:
    """A story the matcher inferred, to be written: its key, its text, and what bounds its filing."""

    key: str
    agency: str
    headline: str
    paragraphs: tuple[str, ...]
    language: str
    filed: Moment
    words: int
    fingerprint: bytes
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Pickup:
    """A pickup to be written. `story` is the story's key, `take_id` the take's row, or None for an inferred story."""

    version_id: int
    article_id: int
    story: str
    take_id: int | None
    values: Mapping[str, Any]


def is_waiting(session: Session, kind: Kind, matcher_version: str, but: Collection[int] = ()) -> bool:
    """Is there any version or take, but these rows, that this matcher has not seen?"""
    row = _ROWS[kind]
    some = session.scalars(select(row.id).where(*_waiting(row, matcher_version)).limit(len(but) + 1))
    return not set(some) <= set(but)


def address_of(session: Session, kind: Kind, row_id: int) -> str:
    """What people know a version or a take by: its address, or the story's key."""
    if kind == "take":
        query = select(StoryRow.key).join(StoryVersionRow, StoryVersionRow.story_id == StoryRow.id)
        return session.scalars(query.where(StoryVersionRow.id == row_id)).first() or ""
    named = select(ArticleRow.canonical_url).join(ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id)
    return session.scalars(named.where(ArticleVersionRow.id == row_id)).first() or ""


def _waiting(row: type[ArticleVersionRow] | type[StoryVersionRow], matcher_version: str) -> Any:
    """Not seen by this matcher, and with a text to see: two ranges of an index instead of one inequality over all."""
    return (or_(row.matched_by < matcher_version, row.matched_by > matcher_version), row.pruned_at.is_(None))


def unmatched_versions(session: Session, matcher_version: str) -> list[int]:
    """The article versions this matcher has not seen."""
    version = ArticleVersionRow
    return list(session.scalars(select(version.id).where(*_waiting(version, matcher_version)).order_by(version.id)))


def unmatched_takes(session: Session, matcher_version: str) -> list[int]:
    """The takes this matcher has not seen."""
    take = StoryVersionRow
    return list(session.scalars(select(take.id).where(*_waiting(take, matcher_version)).order_by(take.id)))


def versions(session: Session, ids: Collection[int]) -> list[VersionFacts]:
    """The facts of article versions, in order of id."""
    found: list[VersionFacts] = []
    for some in in_parts(ids):
        credited = _credits(session, some)
        query = (
            select(*_VERSION_FACTS)
            .join(ArticleRow, ArticleRow.id == _VERSION.article_id)
            .join(OutletRow, OutletRow.id == ArticleRow.outlet_id)
            .where(_VERSION.id.in_(some))
            .order_by(_VERSION.id)
        )
        for row in session.execute(query):
            id_, article_id, number, url, outlet, agency, headline, paragraphs, language, known_at, seen_at = row[:11]
            found.append(
                VersionFacts(
                    id=id_,
                    article_id=article_id,
                    number=number,
                    url=url,
                    outlet=outlet,
                    outlet_agency=agency,
                    headline=headline,
                    paragraphs=tuple(paragraphs),
                    language=language,
                    published=Moment(*row[11:16]),
                    modified=Moment(*row[16:21]),
                    known_at=known_at,
                    seen_at=seen_at,
                    credits=credited.get(id_, ()),
                )
            )
    return found


# Columns and not rows of the ORM: an object each would be most of the time of reading.
_VERSION = ArticleVersionRow.__table__.c
_VERSION_FACTS = (
    _VERSION.id,
    _VERSION.article_id,
    _VERSION.number,
    ArticleRow.canonical_url,
    OutletRow.id,
    OutletRow.agency,
    _VERSION.headline,
    _VERSION.paragraphs,
    _VERSION.language,
    ArticleRow.first_seen_at,
    _VERSION.seen_at,
    *(_VERSION[f"published_{part}"] for part in ("at", "earliest", "latest", "source", "zone")),
    *(_VERSION[f"modified_{part}"] for part in ("at", "earliest", "latest", "source", "zone")),
)


def _credits(session: Session, version_ids: list[int]) -> dict[int, tuple[tuple[str, str, str], ...]]:
    query = (
        select(CreditRow.version_id, CreditRow.agency, CreditRow.kind, CreditRow.text)
        .where(CreditRow.version_id.in_(version_ids))
        .order_by(CreditRow.id)
    )
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for version_id, agency, kind, text in session.execute(query):
        found[version_id].append((agency, kind, text))
    return {version_id: tuple(named) for version_id, named in found.items()}


def takes(session: Session, ids: Collection[int]) -> list[TakeFacts]:
    """The facts of takes, in order of id."""
    found: list[TakeFacts] = []
    for some in in_parts(ids):
        query = (
            select(StoryVersionRow, StoryRow.key, StoryRow.agency, StoryRow.origin)
            .join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
            .where(StoryVersionRow.id.in_(some))
            .order_by(StoryVersionRow.id)
        )
        for row, key, agency, origin in session.execute(query):
            found.append(
                TakeFacts(
                    row.id,
                    row.story_id,
                    key,
                    row.take_id or "",
                    agency,
                    origin,
                    row.take,
                    row.headline,
                    tuple(row.paragraphs),
                    row.language,
                    row.filed,
                )
            )
    session.expunge_all()
    return found


def credited(session: Session, version_ids: Collection[int]) -> list[int]:
    """Those of the versions that credit an agency for their text, alone or jointly."""
    found: set[int] = set()
    for some in in_parts(version_ids):
        query = select(CreditRow.version_id).where(
            CreditRow.version_id.in_(some), CreditRow.kind.in_(("text", "joint"))
        )
        found |= set(session.scalars(query.where(CreditRow.agency != "")))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class TakeStub:
    """A take without its text. `family` is its story's key, `base` the version its story begins with, if inferred.

    `is_given`: what it says is settled: it was filed, or its story is not inferred anew.
    """

    id: int
    family: str
    take: int
    agency: str
    fingerprint: bytes
    is_given: bool
    base: int | None


def stubs(session: Session, take_ids: Collection[int]) -> list[TakeStub]:
    """Takes without their texts, of those whose text stands."""
    found: list[TakeStub] = []
    take = StoryVersionRow
    for part in in_parts(take_ids):
        query = (
            select(take.id, StoryRow.key, take.take, StoryRow.agency, take.fingerprint)
            .add_columns((StoryRow.origin == "filed") | StoryRow.settled_at.is_not(None), FounderRow.version_id)
            .join(StoryRow, StoryRow.id == take.story_id)
            .outerjoin(FounderRow, (FounderRow.story_id == StoryRow.id) & FounderRow.is_base)
            .where(take.id.in_(part), take.pruned_at.is_(None), take.fingerprint.is_not(None))
        )
        found += [TakeStub(*row) for row in session.execute(query)]
    return found


@dataclass(frozen=True, slots=True)
class StoredStory:
    """An inferred story as it is stored, with the row of its take."""

    story: InferredStory
    take_id: int


def inferred_stories(session: Session, story_keys: Collection[str]) -> dict[str, StoredStory]:
    """Inferred stories by key."""
    found: dict[str, StoredStory] = {}
    for part in in_parts(story_keys):
        query = select(StoryRow, StoryVersionRow).join(StoryVersionRow, StoryVersionRow.story_id == StoryRow.id)
        for row, take in session.execute(query.where(StoryRow.key.in_(part), StoryRow.origin == "inferred")):
            text = (take.headline, tuple(take.paragraphs), take.language, take.filed, take.words)
            story = InferredStory(row.key, row.agency, *text, take.fingerprint or b"", take.received_at)
            found[row.key] = StoredStory(story, take.id)
    session.expunge_all()
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """What a decision rests on, to be compared with what stands when it is written: versions, takes, verdicts."""

    versions: frozenset[tuple[Any, ...]]
    takes: frozenset[tuple[Any, ...]]
    judged: Mapping[tuple[str, str], str]


def seen(
    session: Session, version_ids: Collection[int], take_ids: Collection[int], judged: Mapping[tuple[str, str], str]
) -> Seen:
    """What these versions and takes are at this moment."""
    found: list[set[tuple[Any, ...]]] = [set(), set()]
    take, version = StoryVersionRow, cast(Any, ArticleVersionRow)  # moments are columns with no attribute of their own
    facts = (version.content_sha256, version.matched_by, version.pruned_at, version.published_at, version.modified_at)
    bounds = (version.published_earliest, version.published_latest, ArticleRow.canonical_url)
    for part in in_parts(version_ids):
        query = select(version.id, *facts, *bounds).join(ArticleRow, ArticleRow.id == version.article_id)
        found[0] |= {tuple(row) for row in session.execute(query.where(version.id.in_(part)))}
    for part in in_parts(take_ids):
        of_story = select(take.id, take.take, take.fingerprint, take.pruned_at, StoryRow.key, StoryRow.settled_at)
        joined = of_story.join(StoryRow, StoryRow.id == take.story_id)
        found[1] |= {tuple(row) for row in session.execute(joined.where(take.id.in_(part)))}
    return Seen(frozenset(found[0]), frozenset(found[1]), judged)


def carriers(session: Session, story_keys: Collection[str]) -> dict[str, set[int]]:
    """The article versions that carry each of these stories, whatever the certainty."""
    found: dict[str, set[int]] = defaultdict(set)
    for some in in_parts(story_keys):
        query = (
            select(StoryRow.key, PickupRow.version_id)
            .join(PickupRow, PickupRow.story_id == StoryRow.id)
            .where(StoryRow.key.in_(some))
        )
        for key, version_id in session.execute(query):
            found[key].add(version_id)
    return dict(found)


def carried_by(session: Session, version_ids: Collection[int]) -> set[str]:
    """The keys of the stories these article versions carry."""
    found: set[str] = set()
    for some in in_parts(version_ids):
        query = (
            select(StoryRow.key)
            .join(PickupRow, PickupRow.story_id == StoryRow.id)
            .where(PickupRow.version_id.in_(some))
        )
        found |= set(session.scalars(query))
    return found


def take_ids(session: Session, story_keys: Collection[str]) -> set[int]:
    """The takes of these stories, those whose text has expired left out."""
    found: set[int] = set()
    for some in in_parts(story_keys):
        query = select(StoryVersionRow.id).join(StoryRow, StoryRow.id == StoryVersionRow.story_id)
        found |= set(session.scalars(query.where(StoryRow.key.in_(some), StoryVersionRow.pruned_at.is_(None))))
    return found


def verdicts(session: Session) -> dict[tuple[str, str], str]:
    """Every person's judgement, by article address and story key."""
    return {(v.article_url, v.story_key): v.judgement for v in session.scalars(select(VerdictRow))}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a pickup says, in short."""

    story: str
    take: int
    article: str
    version: int
    certainty: str
    use: str


def carried(session: Session) -> dict[int, Carried]:
    """Every pickup by its number, which it keeps when its story is re-rooted."""
    columns = (StoryRow.key, StoryVersionRow.take, ArticleRow.canonical_url, ArticleVersionRow.number)
    query = (
        select(PickupRow.id, *columns, PickupRow.certainty, PickupRow.use)
        .join(StoryRow, StoryRow.id == PickupRow.story_id)
        .join(StoryVersionRow, StoryVersionRow.id == PickupRow.story_version_id)
        .join(ArticleRow, ArticleRow.id == PickupRow.article_id)
        .join(ArticleVersionRow, ArticleVersionRow.id == PickupRow.version_id)
    )
    return {row[0]: Carried(*row[1:]) for row in session.execute(query)}


def mark_matched(session: Session, version_ids: Collection[int], taken: Collection[int], matcher_version: str) -> None:
    """Note that this matcher has dealt with these versions and takes."""
    for some in in_parts(version_ids):
        session.execute(
            update(ArticleVersionRow).where(ArticleVersionRow.id.in_(some)).values(matched_by=matcher_version),
            execution_options={"synchronize_session": False},
        )
    for some in in_parts(taken):
        session.execute(
            update(StoryVersionRow).where(StoryVersionRow.id.in_(some)).values(matched_by=matcher_version),
            execution_options={"synchronize_session": False},
        )


def forget_matches(session: Session) -> None:
    """Ask for everything to be matched again; pickups stand until they are decided anew, and where a text expired."""
    for row in (ArticleVersionRow, StoryVersionRow):
        session.execute(update(row).where(row.pruned_at.is_(None)).values(matched_by=""))
