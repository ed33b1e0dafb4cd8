"""The tables. One class a table, in the order news flows: who, where to look, what was found, what it carries.

Conventions: instants are aware UTC (`Instant`); a moment is five columns with one prefix (see crawler.articles.Moment);
JSON columns hold lists and dicts whose shape the column's comment gives; names carry their unit.
Every table and column is described for users in docs/schema.md, from the `comment`s here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, composite, mapped_column
from sqlalchemy.types import TypeDecorator

from crawler.articles import Moment

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases. SQLite keeps no zone, so it is dropped on the way in and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: a wall clock in the database is the bug this type exists for."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value.isoformat()} bound to an Instant column")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Aware UTC, whatever the driver gave."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base: constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON, str: Text}  # noqa: RUF012  -- SQLAlchemy's own class-level hook


def _moment(prefix: str) -> Any:
    """The five columns of a Moment with one prefix, read and written as one Moment."""
    return composite(
        Moment,
        mapped_column(f"{prefix}_at", Instant, comment=f"{prefix}: best single instant, UTC; null when none is stated"),
        mapped_column(f"{prefix}_earliest", Instant, comment=f"{prefix}: not before, UTC"),
        mapped_column(f"{prefix}_latest", Instant, comment=f"{prefix}: not after, UTC"),
        mapped_column(f"{prefix}_source", String(20), nullable=False, comment=f"{prefix}: where the evidence stood"),
        mapped_column(
            f"{prefix}_zone", String(10), nullable=False, comment=f"{prefix}: offset stated, outlet's or unknown"
        ),
    )


class AgencyRow(Base):
    """An agency of the catalogue."""

    __tablename__ = "agencies"
    code: Mapped[str] = mapped_column(String(40), primary_key=True, comment="catalogue code, such as AFP")
    name: Mapped[str] = mapped_column(comment="full name")
    country: Mapped[str] = mapped_column(String(2), comment="ISO 3166 country, or empty")


class OutletRow(Base):
    """An outlet of the catalogue, or one made from the host of an imported article."""

    __tablename__ = "outlets"
    id: Mapped[str] = mapped_column(String(120), primary_key=True, comment="catalogue id, or the host")
    name: Mapped[str] = mapped_column(comment="display name")
    hosts: Mapped[list[Any]] = mapped_column(comment="list of host names, with port where one is part of it")
    country: Mapped[str] = mapped_column(String(2), comment="ISO 3166 country, or empty")
    zone: Mapped[str] = mapped_column(String(64), comment="IANA time zone its pages keep, or empty")
    language: Mapped[str] = mapped_column(String(10), comment="BCP 47 language, or empty")
    agency: Mapped[str] = mapped_column(String(40), default="", comment="set when the site is an agency's own")


class LicenceRow(Base):
    """What an outlet may use of an agency, and from when to when. No row means unknown."""

    __tablename__ = "licences"
    __table_args__ = (UniqueConstraint("outlet_id", "agency", "valid_from"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"))
    agency: Mapped[str] = mapped_column(String(40), comment="agency code")
    valid_from: Mapped[date | None] = mapped_column(Date, comment="first day, or null for always")
    valid_to: Mapped[date | None] = mapped_column(Date, comment="last day, or null for open-ended")
    terms: Mapped[str] = mapped_column(comment="licensed, none, or the contract's words")


class FeedRow(Base):
    """An address where an outlet lists new pages, with its poll state."""

    __tablename__ = "feeds"
    __table_args__ = (Index(None, "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(unique=True, comment="address polled")
    host: Mapped[str] = mapped_column(String(255), index=True, comment="host with port: the unit of politeness")
    kind: Mapped[str] = mapped_column(String(10), comment="feed, sitemap or section")
    active: Mapped[bool] = mapped_column(default=True, comment="false when the catalogue no longer names it")
    due_at: Mapped[datetime] = mapped_column(comment="next poll, UTC")
    interval_minutes: Mapped[float] = mapped_column(default=15.0, comment="present poll interval, minutes")
    lease_token: Mapped[str | None] = mapped_column(String(40), comment="who is polling it now")
    lease_until: Mapped[datetime | None] = mapped_column(comment="when that claim lapses, UTC")
    polled_at: Mapped[datetime | None] = mapped_column(comment="last poll, UTC")
    unconditional_at: Mapped[datetime | None] = mapped_column(comment="last poll without validators, UTC")
    etag: Mapped[str] = mapped_column(default="", comment="validator of the last 200")
    last_modified: Mapped[str] = mapped_column(default="", comment="validator of the last 200")
    failures: Mapped[int] = mapped_column(default=0, comment="failed polls in a row")
    outcome: Mapped[str] = mapped_column(String(40), default="new", comment="result of the last poll")
    reason: Mapped[str] = mapped_column(default="", comment="why it failed, in words")
    found_at: Mapped[datetime | None] = mapped_column(comment="when it last listed a page not seen before, UTC")


class PageRow(Base):
    """A page's address: the frontier and the revisit queue. It stands here before it is first fetched."""

    __tablename__ = "pages"
    __table_args__ = (Index(None, "due_at"), Index(None, "host", "due_at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(unique=True, comment="address, without tracking parameters")
    host: Mapped[str] = mapped_column(String(255), comment="host with port: the unit of politeness")
    found_at: Mapped[datetime] = mapped_column(comment="when it was first listed, UTC")
    found_in: Mapped[str] = mapped_column(default="", comment="feed it was first found in")
    listed_headline: Mapped[str] = mapped_column(default="", comment="headline the feed gave")
    listed: Mapped[Moment] = _moment("listed")
    due_at: Mapped[datetime | None] = mapped_column(comment="next fetch, UTC; null when it is not visited again")
    lease_token: Mapped[str | None] = mapped_column(String(40), comment="who is fetching it now")
    lease_until: Mapped[datetime | None] = mapped_column(comment="when that claim lapses, UTC")
    visits: Mapped[int] = mapped_column(default=0, comment="times fetched")
    failures: Mapped[int] = mapped_column(default=0, comment="failed fetches in a row")
    fetched_at: Mapped[datetime | None] = mapped_column(comment="last fetch, UTC")
    etag: Mapped[str] = mapped_column(default="", comment="validator of the last 200")
    last_modified: Mapped[str] = mapped_column(default="", comment="validator of the last 200")
    outcome: Mapped[str] = mapped_column(String(40), default="new", comment="result of the last fetch")
    reason: Mapped[str] = mapped_column(default="", comment="why it failed, in words")
    article_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id", ondelete="SET NULL"), index=True)


class FetchRow(Base):
    """One request and how it ended. Kept for health and evidence."""

    __tablename__ = "fetches"
    __table_args__ = (Index(None, "fetched_at"), Index(None, "url"))
    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(comment="address asked for")
    fetched_at: Mapped[datetime] = mapped_column(comment="UTC")
    status: Mapped[int | None] = mapped_column(comment="HTTP status, or null when none came")
    bytes: Mapped[int] = mapped_column(default=0, comment="size of the body")
    sha256: Mapped[str] = mapped_column(String(64), default="", comment="of the body, hexadecimal")
    outcome: Mapped[str] = mapped_column(String(40), comment="ok, not modified, refused, gone, failed, not an article")
    reason: Mapped[str] = mapped_column(default="", comment="why, in words")
    tdm: Mapped[str] = mapped_column(default="", comment="text and data mining signals as received")


class ArticleRow(Base):
    """One article of one outlet, whatever addresses lead to it."""

    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[str] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True)
    canonical_url: Mapped[str] = mapped_column(unique=True, comment="the article's one address")
    import_id: Mapped[str | None] = mapped_column(unique=True, comment="id given with an imported row")
    first_seen_at: Mapped[datetime] = mapped_column(index=True, comment="UTC")
    last_seen_at: Mapped[datetime] = mapped_column(comment="UTC")


class ArticleVersionRow(Base):
    """What the article said at one time. A new row per change, not per visit."""

    __tablename__ = "article_versions"
    __table_args__ = (UniqueConstraint("article_id", "number"), Index(None, "matched_by"))
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(comment="1, 2, … in order of sight")
    current: Mapped[bool] = mapped_column(default=True, comment="true for the newest version")
    seen_at: Mapped[datetime] = mapped_column(comment="when this text was first seen, UTC")
    headline: Mapped[str] = mapped_column()
    paragraphs: Mapped[list[Any]] = mapped_column(comment="list of plain text paragraphs")
    byline: Mapped[str] = mapped_column(default="")
    dateline: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(10), default="")
    words: Mapped[int] = mapped_column(comment="words in the paragraphs")
    published: Mapped[Moment] = _moment("published")
    modified: Mapped[Moment] = _moment("modified")
    content_sha256: Mapped[str] = mapped_column(String(64), comment="of headline, paragraphs and credits")
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, comment="matcher.fingerprint.to_bytes")
    matched_by: Mapped[str] = mapped_column(String(20), default="", comment="matcher version, empty while unmatched")


class CreditRow(Base):
    """One place where an article version names an agency."""

    __tablename__ = "credits"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("article_versions.id", ondelete="CASCADE"), index=True)
    agency: Mapped[str] = mapped_column(String(40), comment="agency code, empty for a generic credit")
    kind: Mapped[str] = mapped_column(String(10), comment="text, joint, generic, photo or quoted")
    place: Mapped[str] = mapped_column(String(40), comment="where on the page")
    text: Mapped[str] = mapped_column(comment="exact string as displayed")


class StoryRow(Base):
    """An agency story: filed by the agency, or inferred from the copies that credit it."""

    __tablename__ = "stories"
    __table_args__ = (CheckConstraint("origin in ('filed', 'inferred')", name="origin"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True, comment="public name: AFP:<story id>, or AFP~<hash> while inferred")
    agency: Mapped[str] = mapped_column(String(40), index=True, comment="agency code")
    origin: Mapped[str] = mapped_column(String(10), comment="filed or inferred")
    slugline: Mapped[str] = mapped_column(default="")
    headline: Mapped[str] = mapped_column(default="", comment="of the newest take")
    language: Mapped[str] = mapped_column(String(10), default="")
    status: Mapped[str] = mapped_column(String(12), default="usable", comment="as Filing.status")
    embargo_until: Mapped[datetime | None] = mapped_column(comment="UTC")
    filed: Mapped[Moment] = _moment("filed")
    seen_at: Mapped[datetime] = mapped_column(comment="when we first knew of it, UTC")


class StoryVersionRow(Base):
    """A take of a story. An inferred story has one take whose text is the union of its copies."""

    __tablename__ = "story_versions"
    __table_args__ = (UniqueConstraint("story_id", "take"), Index(None, "matched_by"))
    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    take: Mapped[int] = mapped_column(comment="1, 2, … in order of filing")
    take_id: Mapped[str | None] = mapped_column(unique=True, comment="agency code and the agency's own id of this item")
    supersedes: Mapped[str] = mapped_column(default="", comment="take_id it replaces")
    revision: Mapped[int | None] = mapped_column()
    headline: Mapped[str] = mapped_column(default="")
    paragraphs: Mapped[list[Any]] = mapped_column(comment="list of plain text paragraphs")
    byline: Mapped[str] = mapped_column(default="")
    dateline: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(10), default="")
    urgency: Mapped[int | None] = mapped_column()
    words: Mapped[int] = mapped_column(comment="words in the paragraphs")
    status: Mapped[str] = mapped_column(String(12), default="usable")
    notice: Mapped[str] = mapped_column(default="", comment="editorial text of a correction or kill")
    usage_terms: Mapped[str] = mapped_column(default="")
    filed: Mapped[Moment] = _moment("filed")
    received_at: Mapped[datetime] = mapped_column(comment="UTC")
    received_from: Mapped[str] = mapped_column(default="", comment="file or address it came from")
    content_sha256: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary)
    matched_by: Mapped[str] = mapped_column(String(20), default="", comment="matcher version, empty while unmatched")


class PickupRow(Base):
    """An article version judged to carry a story, with the proof. One per version and story."""

    __tablename__ = "pickups"
    __table_args__ = (UniqueConstraint("version_id", "story_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("article_versions.id", ondelete="CASCADE"), index=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    story_version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id", ondelete="CASCADE"), index=True)
    certainty: Mapped[str] = mapped_column(String(10), comment="linked, possible, or confirmed by a person")
    use: Mapped[str] = mapped_column(String(20), comment="verbatim, cut, edited, merged, partial, …")
    share_of_article: Mapped[float] = mapped_column(comment="0..1, words of the article that are story text")
    share_of_story: Mapped[float] = mapped_column(comment="0..1, words of the take that were used")
    covered_words: Mapped[int] = mapped_column(comment="words of the article in aligned passages")
    score: Mapped[float] = mapped_column(comment="0..1")
    credited: Mapped[str] = mapped_column(String(20), comment="text, joint, generic, photo, quoted, wrong or none")
    credit_text: Mapped[str] = mapped_column(default="", comment="exact string of the credit that counts")
    delay_minutes: Mapped[float | None] = mapped_column(comment="published minus filed, minutes; null when not known")
    delay_earliest: Mapped[float | None] = mapped_column(comment="least delay the bounds allow, minutes")
    delay_latest: Mapped[float | None] = mapped_column(comment="largest delay the bounds allow, minutes")
    spans: Mapped[list[Any]] = mapped_column(comment="[article start, end, story start, end, exact] in words")
    edits: Mapped[list[Any]] = mapped_column(comment="{kind, story_text, article_text, substantive, …}, worst first")
    reasons: Mapped[list[Any]] = mapped_column(comment="sentences of evidence")
    matcher_version: Mapped[str] = mapped_column(String(20))


class VerdictRow(Base):
    """A person's yes or no about an article and a story. A re-run never overwrites it."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("article_url", "story_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    article_url: Mapped[str] = mapped_column(comment="canonical address: outlives a re-import")
    story_key: Mapped[str] = mapped_column(comment="public name of the story")
    judgement: Mapped[str] = mapped_column(String(10), comment="confirm or reject")
    judged_by: Mapped[str] = mapped_column(default="")
    judged_at: Mapped[datetime] = mapped_column(comment="UTC")
    note: Mapped[str] = mapped_column(default="")


class NoticeRow(Base):
    """A correction, kill, hold or embargo the agency sent about a story."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("story_version_id", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    story_version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12), comment="correction, kill, hold or embargo")
    text: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime] = mapped_column(comment="when the agency sent it, UTC")
    closed_at: Mapped[datetime | None] = mapped_column(comment="when the last pickup complied, UTC")


class NoticeStateRow(Base):
    """What one pickup's article did after a notice, and since when."""

    __tablename__ = "notice_states"
    __table_args__ = (UniqueConstraint("notice_id", "article_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20), comment="unchanged, silently changed, noted, removed, …")
    since: Mapped[datetime] = mapped_column(comment="UTC")
    checked_at: Mapped[datetime] = mapped_column(comment="UTC")


class DigestRow(Base):
    """The outbox: one email per local date and recipient, ever."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("local_date", "recipient"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, comment="the day it reports on, in the reader's zone")
    recipient: Mapped[str] = mapped_column(comment="email address, or 'file' when none is configured")
    message_id: Mapped[str] = mapped_column(comment="stable per date and recipient")
    state: Mapped[str] = mapped_column(String(10), comment="composed, sending, sent or written")
    composed_at: Mapped[datetime] = mapped_column(comment="UTC")
    sent_at: Mapped[datetime | None] = mapped_column(comment="UTC")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="", comment="last delivery failure")
    subject: Mapped[str] = mapped_column(default="")
    message: Mapped[bytes] = mapped_column(LargeBinary, comment="the whole message, RFC 5322")


class RunRow(Base):
    """One run of a job: for health, and to tell a fall in copies from a fall in crawling."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "job", "started_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(20), comment="crawl, match, digest, …")
    started_at: Mapped[datetime] = mapped_column(comment="UTC")
    ended_at: Mapped[datetime | None] = mapped_column(comment="UTC; null while running or after a crash")
    outcome: Mapped[str] = mapped_column(String(20), default="running", comment="running, ok or failed")
    counts: Mapped[dict[str, Any]] = mapped_column(comment="what it did: {name: number}")
    error: Mapped[str] = mapped_column(default="")


class LeaseRow(Base):
    """Who may do a job or ask a host now. Held by token until a time, then anybody's."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="job:match, host:example.com, …")
    token: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime] = mapped_column(comment="UTC")
