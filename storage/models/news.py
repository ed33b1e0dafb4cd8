"""The tables. One class a table, in the order news flows: who, where to look, what was found, what it carries.

Conventions: instants are aware UTC (`Instant`); a moment is five columns with one prefix (see news.articles.Moment);
JSON columns hold lists and dicts whose shape the column's comment gives; names carry their unit.
Every table and column is described for users in docs/schema.md, from the docstrings and `comment`s here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from news.articles import Moment
from storage.columns import Address, AgencyCode, Base, Host, Key, Slugline, moment


class AgencyRow(Base):
    """An agency of the catalogue."""

    __tablename__ = "agencies"
    code: Mapped[AgencyCode] = mapped_column(primary_key=True, comment="catalogue code, such as AFP")
    name: Mapped[str] = mapped_column(comment="full name")
    country: Mapped[str] = mapped_column(comment="ISO 3166 country, or empty")


class OutletRow(Base):
    """An outlet of the catalogue, or one made from the host of an imported article."""

    __tablename__ = "outlets"
    id: Mapped[Host] = mapped_column(primary_key=True, comment="catalogue id, or the host")
    name: Mapped[str] = mapped_column(comment="display name")
    hosts: Mapped[list[Any]] = mapped_column(comment="list of host names, with port where one is part of it")
    country: Mapped[str] = mapped_column(comment="ISO 3166 country, or empty")
    zone: Mapped[str] = mapped_column(String(64), comment="IANA time zone its pages keep, or empty")
    language: Mapped[str] = mapped_column(comment="BCP 47 language, or empty")
    agency: Mapped[str] = mapped_column(default="", comment="set when the site is an agency's own")
    boilerplate: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="fingerprints its pages repeat on unrelated articles, as learned"
    )


class OutletHostRow(Base):
    """Which outlet a host belongs to: the lookup behind every imported address. Follows outlets.hosts."""

    __tablename__ = "outlet_hosts"
    host: Mapped[Host] = mapped_column(primary_key=True, comment="host, lower case, with port where one is part of it")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True, comment="outlet")


class LicenceRow(Base):
    """What an outlet may use of an agency, and from when to when. No row means unknown."""

    __tablename__ = "licences"
    __table_args__ = (UniqueConstraint("outlet_id", "agency", "valid_from"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), comment="outlet")
    agency: Mapped[AgencyCode] = mapped_column(comment="agency code")
    valid_from: Mapped[date | None] = mapped_column(Date, comment="first day, or null for always")
    valid_to: Mapped[date | None] = mapped_column(Date, comment="last day, or null for open-ended")
    terms: Mapped[str] = mapped_column(comment="licensed, none, or the contract's words")
    said_in: Mapped[str] = mapped_column(
        default="command", comment="command, or configuration: what that no longer says goes"
    )


class FeedRow(Base):
    """An address where an outlet lists new pages, with its poll state."""

    __tablename__ = "feeds"
    __table_args__ = (Index(None, "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True, comment="outlet")
    url: Mapped[Address] = mapped_column(unique=True, comment="address polled")
    host: Mapped[Host] = mapped_column(index=True, comment="host with port: the unit of politeness")
    kind: Mapped[str] = mapped_column(String(10), comment="feed, sitemap or section")
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("feeds.id", ondelete="CASCADE"),
        index=True,
        comment="sitemap index that listed it; null when the catalogue names it",
    )
    active: Mapped[bool] = mapped_column(default=True, comment="false when the catalogue no longer names it")
    due_at: Mapped[datetime] = mapped_column(comment="next poll, UTC")
    interval_minutes: Mapped[float] = mapped_column(default=15.0, comment="present poll interval, minutes")
    lease_token: Mapped[str | None] = mapped_column(String(40), comment="who is polling it now")
    lease_until: Mapped[datetime | None] = mapped_column(comment="when that claim lapses, UTC")
    polled_at: Mapped[datetime | None] = mapped_column(comment="last poll, UTC")
    read_at: Mapped[datetime | None] = mapped_column(comment="last poll that told us what it lists, UTC")
    habits: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="the hours its stories come at, as learned: crawler.habits"
    )
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
    __table_args__ = (
        Index(None, "due_at"),
        Index(None, "host", "due_at"),
        # Whether a spider is well is counted for every outlet at once.
        Index("ix_pages_health", "outlet_id", "outcome", "visits", "failures", "fetched_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), comment="outlet")
    url: Mapped[Address] = mapped_column(unique=True, comment="address, without tracking parameters")
    host: Mapped[Host] = mapped_column(comment="host with port: the unit of politeness")
    found_at: Mapped[datetime] = mapped_column(comment="when it was first listed, UTC")
    found_in: Mapped[str] = mapped_column(default="", comment="feed it was first found in")
    listed_headline: Mapped[str] = mapped_column(default="", comment="headline the feed gave")
    listed: Mapped[Moment] = moment("listed")
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
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey("articles.id", ondelete="SET NULL"), index=True, comment="article"
    )


class FetchRow(Base):
    """One request and how it ended. Kept for health and evidence; on PostgreSQL divided by month of `fetched_at`."""

    __tablename__ = "fetches"
    __table_args__ = (
        Index(None, "fetched_at"),
        Index(None, "url"),
        Index(
            "ix_fetches_kept_in",
            "kept_in",
            sqlite_where=text("kept_in is not null"),
            postgresql_where=text("kept_in is not null"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), index=True, comment="outlet")
    url: Mapped[Address] = mapped_column(comment="address asked for")
    fetched_at: Mapped[datetime] = mapped_column(comment="UTC")
    status: Mapped[int | None] = mapped_column(comment="HTTP status, or null when none came")
    bytes: Mapped[int] = mapped_column(default=0, comment="size of the body")
    sha256: Mapped[str] = mapped_column(String(64), default="", comment="of the body, hexadecimal")
    outcome: Mapped[str] = mapped_column(String(40), comment="ok, not modified, refused, gone, failed, not an article")
    reason: Mapped[str] = mapped_column(default="", comment="why, in words")
    tdm: Mapped[str] = mapped_column(default="", comment="text and data mining signals as received")
    kept_in: Mapped[Address | None] = mapped_column(comment="WARC file of the folder of kept pages, or null")
    kept_offset: Mapped[int | None] = mapped_column(BigInteger, comment="where in that file its record begins, bytes")
    headers: Mapped[list[Any] | None] = mapped_column(
        comment="[name, value] of the answer's headers, in order, at most 4 kB; null before 0010 and without an answer"
    )
    noindex: Mapped[bool | None] = mapped_column(
        comment="whether the page asks search engines to leave it out; null when no page came"
    )


class ArticleRow(Base):
    """One article of one outlet, whatever addresses lead to it."""

    __tablename__ = "articles"
    __table_args__ = (Index(None, "outlet_id", "first_seen_at"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    outlet_id: Mapped[Host] = mapped_column(ForeignKey("outlets.id", ondelete="CASCADE"), comment="outlet")
    canonical_url: Mapped[Address] = mapped_column(unique=True, comment="the article's one address")
    import_id: Mapped[Address | None] = mapped_column(unique=True, comment="id given with an imported row")
    first_seen_at: Mapped[datetime] = mapped_column(index=True, comment="UTC")
    last_seen_at: Mapped[datetime] = mapped_column(comment="UTC")


class ArticleVersionRow(Base):
    """What the article said at one time. A new row per change, not per visit."""

    __tablename__ = "article_versions"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        Index(None, "matched_by"),
        Index(
            "uq_article_versions_current",
            "article_id",
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
        Index(None, "article_id", "words"),
        # Few: whoever counts the present versions leaves these out instead of looking each present one up.
        Index(
            "ix_article_versions_superseded",
            "id",
            sqlite_where=text("not current"),
            postgresql_where=text("not current"),
        ),
        Index(
            "ix_article_versions_unread",
            "id",
            sqlite_where=text("fingerprint is null"),
            postgresql_where=text("fingerprint is null"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), comment="article")
    number: Mapped[int] = mapped_column(comment="1, 2, … in order of sight")
    current: Mapped[bool] = mapped_column(default=True, comment="true for the version seen last")
    seen_at: Mapped[datetime] = mapped_column(index=True, comment="when this text was first seen, UTC")
    last_seen_at: Mapped[datetime] = mapped_column(comment="when this text was last seen, UTC")
    headline: Mapped[str] = mapped_column(comment="as displayed")
    byline: Mapped[str] = mapped_column(default="", comment="the writer, as displayed")
    dateline: Mapped[str] = mapped_column(default="", comment="place that opens the text")
    language: Mapped[str] = mapped_column(default="", comment="BCP 47 language, or empty")
    truncated: Mapped[bool] = mapped_column(
        default=False, comment="true when the page held only the beginning (a wall, a teaser)"
    )
    words: Mapped[int] = mapped_column(comment="words in the paragraphs")
    published: Mapped[Moment] = moment("published")
    modified: Mapped[Moment] = moment("modified")
    content_sha256: Mapped[str] = mapped_column(String(64), comment="of headline, paragraphs and credits")
    matched_by: Mapped[str] = mapped_column(String(20), default="", comment="matcher version, empty while unmatched")
    pruned_at: Mapped[datetime | None] = mapped_column(
        comment="when its text expired, UTC; null while the paragraphs stand"
    )
    # The large ones last: SQLite reads a row from the front, and most questions want neither.
    paragraphs: Mapped[list[Any]] = mapped_column(comment="list of plain text paragraphs")
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, comment="matcher.fingerprint.to_bytes")
    seen_under: Mapped[str | None] = mapped_column(
        comment="own address of the page it was seen on, where that claims the article's; else null"
    )
    read_by: Mapped[str | None] = mapped_column(
        String(40), comment="program that read the text anew from the kept page; null while the first reading stands"
    )


class ContestedAddressRow(Base):
    """An address that pages of different articles claim: each goes by its own."""

    __tablename__ = "contested_addresses"
    address: Mapped[Address] = mapped_column(primary_key=True, comment="as it was claimed")


class CreditRow(Base):
    """One place where an article version names an agency."""

    __tablename__ = "credits"
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    version_id: Mapped[int] = mapped_column(
        ForeignKey("article_versions.id", ondelete="CASCADE"), index=True, comment="article version"
    )
    agency: Mapped[AgencyCode] = mapped_column(comment="agency code, empty for a generic credit")
    kind: Mapped[str] = mapped_column(String(10), comment="text, joint, generic, photo or quoted")
    place: Mapped[str] = mapped_column(comment="where on the page")
    text: Mapped[str] = mapped_column(comment="exact string as displayed")


class StoryRow(Base):
    """An agency story: filed by the agency, or inferred from the copies that credit it."""

    __tablename__ = "stories"
    __table_args__ = (CheckConstraint("origin in ('filed', 'inferred')", name="origin"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    key: Mapped[Key] = mapped_column(unique=True, comment="public name: AFP:<story id>, or AFP~<hash> while inferred")
    agency: Mapped[AgencyCode] = mapped_column(index=True, comment="agency code")
    origin: Mapped[str] = mapped_column(String(10), comment="filed or inferred")
    slugline: Mapped[str] = mapped_column(default="", comment="agency's keyword over the takes")
    headline: Mapped[str] = mapped_column(default="", comment="of the newest take")
    language: Mapped[str] = mapped_column(default="", comment="BCP 47 language, or empty")
    status: Mapped[str] = mapped_column(
        String(12),
        default="usable",
        comment="usable, corrected, killed, withheld or embargoed: the last word of the agency",
    )
    embargo_until: Mapped[datetime | None] = mapped_column(comment="not to be published before, UTC")
    filed: Mapped[Moment] = moment("filed")
    seen_at: Mapped[datetime] = mapped_column(index=True, comment="when we first knew of it, UTC")
    settled_at: Mapped[datetime | None] = mapped_column(
        comment="of an inferred story: since when copies' texts have expired, so that it is not inferred anew; UTC"
    )


class StoryNameRow(Base):
    """A story id the agency used. A story filed again under a new id has several; its key is that of its first take."""

    __tablename__ = "story_names"
    name: Mapped[Key] = mapped_column(primary_key=True, comment="agency code and the agency's own story id")
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True, comment="story")
    first_filed_at: Mapped[datetime | None] = mapped_column(
        comment="when the first take under this id was filed, UTC; null when only notices came"
    )


class StoryVersionRow(Base):
    """A take of a story. An inferred story has one take whose text is the union of its copies."""

    __tablename__ = "story_versions"
    __table_args__ = (
        UniqueConstraint("story_id", "take"),
        # An agency that changes a text under the same id has filed two takes; the same text twice is one.
        UniqueConstraint("story_id", "take_id", "content_sha256"),
        Index(None, "matched_by"),
        Index(
            "ix_story_versions_unread",
            "id",
            sqlite_where=text("fingerprint is null"),
            postgresql_where=text("fingerprint is null"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), comment="story")
    take: Mapped[int] = mapped_column(comment="1, 2, … in order of filing")
    take_id: Mapped[Key | None] = mapped_column(
        index=True, comment="agency code and the agency's own id of this item: AFP:<id>"
    )
    supersedes: Mapped[str] = mapped_column(default="", comment="the agency's id of the item it replaces, or empty")
    slugline: Mapped[Slugline] = mapped_column(default="", index=True, comment="agency's keyword over the takes")
    revision: Mapped[int | None] = mapped_column(comment="agency's own revision number")
    headline: Mapped[str] = mapped_column(default="", comment="as filed")
    byline: Mapped[str] = mapped_column(default="", comment="the writer, as displayed")
    dateline: Mapped[str] = mapped_column(default="", comment="place that opens the text")
    language: Mapped[str] = mapped_column(default="", comment="BCP 47 language, or empty")
    urgency: Mapped[int | None] = mapped_column(comment="agency's urgency, 1 highest")
    words: Mapped[int] = mapped_column(comment="words in the paragraphs")
    status: Mapped[str] = mapped_column(String(12), default="usable", comment="as Filing.status")
    status_at: Mapped[datetime | None] = mapped_column(
        comment="when the agency gave that status, UTC; null when inferred"
    )
    stated_at: Mapped[datetime | None] = mapped_column(
        comment="time the item stated, UTC, where that is later than it came: not believed; else null"
    )
    embargo_until: Mapped[datetime | None] = mapped_column(comment="not to be published before, UTC")
    notice: Mapped[str] = mapped_column(default="", comment="editorial text of a correction or kill")
    usage_terms: Mapped[str] = mapped_column(default="", comment="terms written in the item")
    filed: Mapped[Moment] = moment("filed")
    received_at: Mapped[datetime] = mapped_column(comment="UTC")
    received_from: Mapped[str] = mapped_column(default="", comment="file or address it came from")
    content_sha256: Mapped[str] = mapped_column(String(64), comment="of headline and paragraphs")
    matched_by: Mapped[str] = mapped_column(String(20), default="", comment="matcher version, empty while unmatched")
    pruned_at: Mapped[datetime | None] = mapped_column(
        comment="when its text expired, UTC; null while the paragraphs stand"
    )
    # The large ones last: SQLite reads a row from the front, and most questions want neither.
    paragraphs: Mapped[list[Any]] = mapped_column(comment="list of plain text paragraphs")
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, comment="matcher.fingerprint.to_bytes")


_COUNTED = ("version_id", "covered_words", "credited", "delay_minutes")


class PickupRow(Base):
    """An article version judged to carry a story, with the proof. One per version and story."""

    __tablename__ = "pickups"
    __table_args__ = (
        UniqueConstraint("version_id", "story_id"),
        # Whatever only counts reads one of these and not the rows, which hold the proof.
        Index("ix_pickups_story_id", "story_id", "certainty", "article_id", *_COUNTED),
        Index("ix_pickups_article_id", "article_id", "certainty", "story_id", *_COUNTED),
    )
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), comment="article")
    version_id: Mapped[int] = mapped_column(
        ForeignKey("article_versions.id", ondelete="CASCADE"), comment="article version"
    )
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), comment="story")
    story_version_id: Mapped[int] = mapped_column(
        ForeignKey("story_versions.id", ondelete="CASCADE"), index=True, comment="take"
    )
    certainty: Mapped[str] = mapped_column(String(10), comment="linked, possible, or confirmed by a person")
    use: Mapped[str] = mapped_column(String(20), comment="verbatim, cut, edited, merged, partial, …")
    share_of_article: Mapped[float] = mapped_column(comment="0..1, words of the article that are story text")
    share_of_story: Mapped[float] = mapped_column(comment="0..1, words of the take that were used")
    covered_words: Mapped[int] = mapped_column(comment="words of the article in aligned passages")
    score: Mapped[float] = mapped_column(comment="0..1")
    credited: Mapped[str] = mapped_column(String(20), comment="text, joint, generic, photo, quoted, wrong or none")
    credit_text: Mapped[str] = mapped_column(default="", comment="exact string of the credit that counts")
    appeared_at: Mapped[datetime | None] = mapped_column(
        comment="when this text appeared, where that was after the article was published, UTC; else null"
    )
    appeared_earliest: Mapped[datetime | None] = mapped_column(comment="appeared: not before, UTC")
    appeared_latest: Mapped[datetime | None] = mapped_column(comment="appeared: not after, UTC")
    delay_minutes: Mapped[float | None] = mapped_column(comment="appeared minus filed, minutes; null when not known")
    delay_earliest: Mapped[float | None] = mapped_column(comment="least delay the bounds allow, minutes")
    delay_latest: Mapped[float | None] = mapped_column(comment="largest delay the bounds allow, minutes")
    spans: Mapped[list[Any]] = mapped_column(comment="[article start, end, story start, end, exact] in words")
    edits: Mapped[list[Any]] = mapped_column(comment="{kind, story_text, article_text, substantive, …}, worst first")
    reasons: Mapped[list[Any]] = mapped_column(comment="sentences of evidence")
    matcher_version: Mapped[str] = mapped_column(String(20), comment="matcher that judged it")
