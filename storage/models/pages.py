"""The tables behind quick answers: what each pickup counts for, kept beside it and packed, and readers' last looks.

`carried` and `packed_stale` are kept by the database itself, whoever writes (storage.packed.carried and blocks).
"""

from __future__ import annotations

from datetime import datetime

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
    outlet: Mapped[Host] = mapped_column(comment="outlet id")
    agency: Mapped[AgencyCode] = mapped_column(comment="agency code of the story")
    country: Mapped[str] = mapped_column(comment="outlet's country")
    language: Mapped[str] = mapped_column(comment="language of the article")
    desk: Mapped[str] = mapped_column(comment="first word of the story's slugline")
    certainty: Mapped[str] = mapped_column(
        String(12), comment="linked, possible, confirmed or rejected by a person, or superseded by a newer version"
    )
    use: Mapped[str] = mapped_column("class", String(20), comment="as pickups.use")
    credited: Mapped[str] = mapped_column(String(20), comment="as in pickups")
    gap: Mapped[str] = mapped_column(
        String(20), comment="credited, where it is neither text nor joint and the outlet not the agency's own; or empty"
    )
    licence: Mapped[str] = mapped_column(comment="terms in force on the day of publication; unknown when nobody said")
    covered_words: Mapped[int] = mapped_column(comment="as in pickups")
    words: Mapped[int] = mapped_column(comment="words of the article")
    score: Mapped[float] = mapped_column(comment="as in pickups")
    delay_minutes: Mapped[float | None] = mapped_column(comment="as in pickups")
    undated: Mapped[bool] = mapped_column(comment="true when nothing but our first sight dates the article")
    placed_at: Mapped[datetime] = mapped_column(
        comment="best known time, UTC: published, else its bounds, else first seen"
    )
    first_seen_at: Mapped[datetime] = mapped_column(comment="when the article was first seen, UTC")
    published_at: Mapped[datetime | None] = mapped_column(comment="best single instant, UTC")


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
