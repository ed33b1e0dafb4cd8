"""The tables behind quick answers: what each pickup counts for, kept beside it and packed, and readers' last looks.

`carried` and `packed_stale` are kept by the database itself, whoever writes (storage.carried, totals.staleness).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import AgencyCode, Base, Host


class CarriedRow(Base):
    """What each pickup counts for, in few bytes: one row a pickup, kept by triggers. Ask the view pickup_list."""

    __tablename__ = "carried"
    __table_args__ = (
        Index("ix_carried_placed", "placed_at"),
        Index("ix_carried_story", "story_id", "certainty", "placed_at"),
        Index("ix_carried_outlet_placed", "outlet", "placed_at"),
        Index("ix_carried_article", "article_id"),
        Index("ix_carried_seen", "first_seen_at"),
        Index("ix_carried_known", "known_at"),
        Index(
            "ix_carried_possible",
            "score",
            sqlite_where=text("certainty = 'possible'"),
            postgresql_where=text("certainty = 'possible'"),
        ),
    )
    pickup_id: Mapped[int] = mapped_column(
        ForeignKey("pickups.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, comment="pickup"
    )
    article_id: Mapped[int] = mapped_column(comment="row of articles")
    version_id: Mapped[int] = mapped_column(comment="row of article_versions")
    story_id: Mapped[int] = mapped_column(comment="row of stories")
    story_version_id: Mapped[int] = mapped_column(comment="row of story_versions")
    first_pickup_id: Mapped[int] = mapped_column(
        comment="row of pickups of the first version of the article that counts as carrying the story"
    )
    outlet: Mapped[Host] = mapped_column(comment="outlet id")
    agency: Mapped[AgencyCode] = mapped_column(comment="agency code of the story")
    country: Mapped[str] = mapped_column(comment="outlet's country")
    language: Mapped[str] = mapped_column(comment="language of the article")
    desk: Mapped[str] = mapped_column(comment="first word of the story's slugline")
    certainty: Mapped[str] = mapped_column(
        String(12),
        comment="linked and confirmed (by a person) count; possible; rejected, own site (the agency's), superseded",
    )
    judged: Mapped[str] = mapped_column(String(12), comment="as certainty, whether or not a newer version came")
    use: Mapped[str] = mapped_column("class", String(20), comment="as pickups.use")
    credited: Mapped[str] = mapped_column(String(20), comment="as in pickups")
    gap: Mapped[str] = mapped_column(String(20), comment="credited, where it is neither text nor joint; or empty")
    licence: Mapped[str] = mapped_column(comment="terms in force on licence_day; unknown when nobody said")
    licence_day: Mapped[date] = mapped_column(
        comment="day of first use, UTC: on which the text appeared, else on which it was first seen"
    )
    covered_words: Mapped[int] = mapped_column(comment="as in pickups")
    words: Mapped[int] = mapped_column(comment="words of the article")
    score: Mapped[float] = mapped_column(comment="as in pickups")
    delay_minutes: Mapped[float | None] = mapped_column(
        comment="first use: from the filing of the take it carried until the text appeared, minutes"
    )
    update_minutes: Mapped[float | None] = mapped_column(
        comment="later update: from the filing of a later take until it appeared, minutes; null while as first used"
    )
    undated: Mapped[bool] = mapped_column(comment="true when nothing but our first sight dates the article")
    placed_at: Mapped[datetime] = mapped_column(
        comment="best known time, UTC: published, else its bounds, else first seen"
    )
    first_seen_at: Mapped[datetime] = mapped_column(comment="when the article was first seen, UTC")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="first use: when the text appeared, UTC; null when not known to the instant"
    )
    used_by: Mapped[datetime] = mapped_column(comment="first use: the latest instant the evidence allows, UTC")
    sighted_at: Mapped[datetime] = mapped_column(comment="when a version with the text was first seen, UTC")
    known_at: Mapped[datetime] = mapped_column(comment="when both that version and the story had been seen, UTC")


class PackedRow(Base):
    """Some columns of carried, articles and stories, some thousand rows a row here: for questions about everything."""

    __tablename__ = "packed"
    source: Mapped[str] = mapped_column(String(10), primary_key=True, comment="carried, articles or stories")
    field: Mapped[str] = mapped_column(String(20), primary_key=True, comment="which column")
    block: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="rows 4096 * block and up to the next, by row number"
    )
    kind: Mapped[str] = mapped_column(String(2), comment="numpy type of a value, without its byte order")
    data: Mapped[bytes] = mapped_column(LargeBinary, comment="the values, little-endian, in order of the rows")


class PackedNameRow(Base):
    """What the codes of packed texts stand for."""

    __tablename__ = "packed_names"
    field: Mapped[str] = mapped_column(String(20), primary_key=True, comment="which column")
    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="what stands for it in packed")
    name: Mapped[str] = mapped_column(comment="the text")


class PackedStaleRow(Base):
    """A block of packed whose rows have changed: it is read from them until it is packed again. May be said twice."""

    __tablename__ = "packed_stale"
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number")
    source: Mapped[str] = mapped_column(String(10), comment="as in packed")
    block: Mapped[int] = mapped_column(comment="as in packed")


class LookRow(Base):
    """How far a reader has read: the newest rows there were at the last look (`--last-visit`)."""

    __tablename__ = "looks"
    reader: Mapped[Host] = mapped_column(primary_key=True, comment="name of the user")
    question: Mapped[Host] = mapped_column(primary_key=True, comment="what was asked, as the command is called")
    looked_at: Mapped[datetime] = mapped_column(comment="UTC")
    newest: Mapped[int] = mapped_column(comment="highest row number there was of pickups, stories or notices")
