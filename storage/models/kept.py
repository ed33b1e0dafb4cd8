"""The tables of what people say and of what the jobs remember; storage.models holds the news itself.

One class a table, in the same conventions.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Address, Base, Host, Key


class VerdictRow(Base):
    """A person's yes or no about an article and a story. A re-run never overwrites it."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("article_url", "story_key"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    article_url: Mapped[Address] = mapped_column(comment="canonical address: outlives a re-import")
    story_key: Mapped[Key] = mapped_column(comment="public name of the story")
    judgement: Mapped[str] = mapped_column(String(10), comment="confirm or reject")
    judged_by: Mapped[str] = mapped_column(default="", comment="who")
    judged_at: Mapped[datetime] = mapped_column(comment="UTC")
    note: Mapped[str] = mapped_column(default="", comment="why, in words")


class HoldRow(Base):
    """An article whose texts do not expire, because somebody needs them as evidence."""

    __tablename__ = "holds"
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, comment="article"
    )
    held_by: Mapped[str] = mapped_column(comment="who")
    held_at: Mapped[datetime] = mapped_column(comment="UTC")
    reason: Mapped[str] = mapped_column(default="", comment="why, in words")


class DigestRow(Base):
    """The outbox: one daily email per local date and recipient, one weekly per week and recipient, ever."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("local_date", "recipient", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    local_date: Mapped[date] = mapped_column(Date, comment="the (last) day it reports on, in the reader's zone")
    recipient: Mapped[Key] = mapped_column(comment="email address, or 'file' when none is configured")
    kind: Mapped[str] = mapped_column(String(10), default="daily", comment="daily or weekly")
    message_id: Mapped[str] = mapped_column(comment="stable per date and recipient")
    state: Mapped[str] = mapped_column(String(10), comment="composed, sending, sent, uncertain or written")
    composed_at: Mapped[datetime] = mapped_column(comment="UTC")
    sending_at: Mapped[datetime | None] = mapped_column(comment="when the delivery now under way began, UTC")
    sent_at: Mapped[datetime | None] = mapped_column(comment="when the server took it, UTC")
    attempts: Mapped[int] = mapped_column(default=0, comment="deliveries begun")
    error: Mapped[str] = mapped_column(default="", comment="last delivery failure")
    subject: Mapped[str] = mapped_column(default="", comment="subject line")
    message: Mapped[bytes] = mapped_column(LargeBinary, comment="the whole message, RFC 5322")


class RunRow(Base):
    """One run of a job: for health, and to tell a fall in copies from a fall in crawling."""

    __tablename__ = "runs"
    __table_args__ = (Index(None, "job", "started_at"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    job: Mapped[str] = mapped_column(String(20), comment="crawl, match, digest, …")
    started_at: Mapped[datetime] = mapped_column(comment="UTC")
    ended_at: Mapped[datetime | None] = mapped_column(comment="UTC; null while running or after a crash")
    outcome: Mapped[str] = mapped_column(String(20), default="running", comment="running, ok or failed")
    counts: Mapped[dict[str, Any]] = mapped_column(comment="what it did: {name: number}")
    error: Mapped[str] = mapped_column(default="", comment="why it failed, in words")
    process: Mapped[str] = mapped_column(
        String(120), default="", comment="machine:pid:start of the process, so that the run of a dead one can be closed"
    )


class LeaseRow(Base):
    """Who may do a job or ask a host now. Held by token until a time, then anybody's."""

    __tablename__ = "leases"
    name: Mapped[Address] = mapped_column(primary_key=True, comment="job:match, host:example.com, …")
    token: Mapped[str] = mapped_column(String(40), comment="who holds it")
    taken_at: Mapped[datetime | None] = mapped_column(comment="when it was last taken, UTC; null before 0016")
    until: Mapped[datetime] = mapped_column(comment="when the claim lapses, UTC")


class HostRow(Base):
    """What a host asked of us, and what we asked of it today."""

    __tablename__ = "hosts"
    host: Mapped[Host] = mapped_column(primary_key=True, comment="host with port: the unit of politeness")
    outlet_id: Mapped[Host | None] = mapped_column(
        index=True, comment="outlet it was last asked for; null when only redirects led there"
    )
    wait_until: Mapped[datetime | None] = mapped_column(comment="not to be asked before, UTC; by its own word")
    day: Mapped[date | None] = mapped_column(Date, comment="UTC day that requests counts")
    requests: Mapped[int] = mapped_column(default=0, comment="requests made that day")
    failures: Mapped[int] = mapped_column(
        default=0, comment="requests in a row that brought no answer or a server error"
    )


class RobotsRow(Base):
    """A robots.txt as last read, kept for a day at most (RFC 9309, 2.4)."""

    __tablename__ = "robots"
    origin: Mapped[Address] = mapped_column(primary_key=True, comment="scheme, host and port it speaks for")
    fetched_at: Mapped[datetime] = mapped_column(comment="UTC")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="the file, packed by zlib (of nothing: all allowed)")
    tdmrep: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="its /.well-known/tdmrep.json, packed likewise; null when there is none"
    )


class SetAsideRow(Base):
    """A unit of work that failed and waits for its next time. Feeds, pages and digests have that in their own rows."""

    __tablename__ = "set_aside"
    kind: Mapped[str] = mapped_column(
        String(10), primary_key=True, comment="closure, page, feed, sitemap, robots, record, file or digest"
    )
    name: Mapped[Address] = mapped_column(primary_key=True, comment="address, path or name of the unit")
    reason: Mapped[str] = mapped_column(comment="why it failed the last time, in words")
    failures: Mapped[int] = mapped_column(comment="times in a row")
    first_at: Mapped[datetime] = mapped_column(comment="first of these failures, UTC")
    last_at: Mapped[datetime] = mapped_column(comment="last of them, UTC")
    next_at: Mapped[datetime] = mapped_column(comment="not taken up before, UTC")
