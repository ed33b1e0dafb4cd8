"""The tables of the agency's side: its notices and what articles did about them, what of its files was refused, and
how far its interface was read.

One class a table, in the conventions of storage.models.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Address, Base, Key


class NoticeRow(Base):
    """A correction, kill, hold or embargo the agency sent about a story."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("story_id", "item_id", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), comment="story")
    story_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("story_versions.id", ondelete="SET NULL"),
        index=True,
        comment="take it speaks of; null before one came",
    )
    item_id: Mapped[Key] = mapped_column(comment="agency code and the agency's own id of the item that carried it")
    kind: Mapped[str] = mapped_column(String(12), comment="correction, kill, hold or embargo")
    text: Mapped[str] = mapped_column(default="", comment="what the agency wrote")
    opened_at: Mapped[datetime] = mapped_column(comment="when the agency sent it, UTC")
    stated_at: Mapped[datetime | None] = mapped_column(
        comment="time the item stated, UTC, where that is later than it came: not believed; else null"
    )
    slugline: Mapped[str] = mapped_column(default="", comment="agency's keyword, as the item gave it")
    supersedes: Mapped[str] = mapped_column(default="", comment="the agency's id of the item it speaks of, or empty")
    content_sha256: Mapped[str] = mapped_column(
        String(64), default="", comment="of the text that came with it, a take of the story; empty for words only"
    )
    embargo_until: Mapped[datetime | None] = mapped_column(comment="of an embargo: not to be published before, UTC")
    checked_at: Mapped[datetime | None] = mapped_column(comment="when its articles were last judged, UTC")
    closed_at: Mapped[datetime | None] = mapped_column(comment="when the last pickup complied, UTC")


class NoticeStateRow(Base):
    """What one pickup's article did after a notice, and since when."""

    __tablename__ = "notice_states"
    __table_args__ = (UniqueConstraint("notice_id", "article_id"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), comment="notice")
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="article"
    )
    state: Mapped[str] = mapped_column(
        String(20),
        comment="unchanged, headline still wrong, noindexed, silently changed, changed with a note, replaced, removed, "
        "redirected, unreachable, unchecked, broken (an embargo) or not affected",
    )
    since: Mapped[datetime] = mapped_column(comment="when we first saw it so, or the article's own word, UTC")
    checked_at: Mapped[datetime] = mapped_column(comment="when somebody last looked, UTC")
    minutes: Mapped[float | None] = mapped_column(
        comment="from the notice until it complied, minutes; of a broken embargo how long before its end; else null"
    )
    evidence: Mapped[str] = mapped_column(default="", comment="words of the page that say so, or why nobody can tell")


class RefusedFileRow(Base):
    """A file an agency sent that is no story. The same file again is no second row; one read after all has none."""

    __tablename__ = "refused_files"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="of the file, hexadecimal")
    origin: Mapped[str] = mapped_column(comment="file or address it came from, the first time")
    refused_at: Mapped[datetime] = mapped_column(comment="the first time, UTC")
    format: Mapped[str] = mapped_column(default="", comment="format it is in, as far as it can be told")
    kind: Mapped[str] = mapped_column(String(20), comment="no story, or unreadable: somebody has to look")
    reason: Mapped[str] = mapped_column(comment="why, in words")
    bytes: Mapped[int] = mapped_column(BigInteger, comment="size of the file")


class InterfaceRow(Base):
    """An agency's interface that is polled over HTTP, and how far it was read. One row an address and question."""

    __tablename__ = "interfaces"
    name: Mapped[Address] = mapped_column(primary_key=True, comment="address asked, with what is asked for")
    read_to: Mapped[datetime | None] = mapped_column(comment="published moment up to which all is stored, UTC")
    known: Mapped[list[Any]] = mapped_column(
        comment="list of [id, published] of items stored that the next poll meets again"
    )
    due_at: Mapped[datetime] = mapped_column(comment="next poll, UTC")
    polled_at: Mapped[datetime | None] = mapped_column(comment="last poll, UTC")
    failures: Mapped[int] = mapped_column(default=0, comment="failed polls in a row")
    outcome: Mapped[str] = mapped_column(
        String(10), default="new", comment="result of the last poll: new, ok or failed"
    )
    reason: Mapped[str] = mapped_column(default="", comment="why it failed, in words")
