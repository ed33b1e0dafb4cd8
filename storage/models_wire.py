"""The tables of how agencies' items come in: what was refused, and how far an agency's interface was read.

One class a table, in the conventions of storage.models.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base


class RefusedFileRow(Base):
    """A file an agency sent that is no story. The same file again is no second row; one read after all has none."""

    __tablename__ = "refused_files"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, comment="of the file, hexadecimal")
    origin: Mapped[str] = mapped_column(comment="file or address it came from, the first time")
    refused_at: Mapped[datetime] = mapped_column(comment="the first time, UTC")
    format: Mapped[str] = mapped_column(default="", comment="format it is in, as far as it can be told")
    kind: Mapped[str] = mapped_column(String(20), comment="no story, or unreadable: somebody has to look")
    reason: Mapped[str] = mapped_column(comment="why, in words")
    bytes: Mapped[int] = mapped_column(comment="size of the file")


class InterfaceRow(Base):
    """An agency's interface that is polled over HTTP, and how far it was read. One row an address and question."""

    __tablename__ = "interfaces"
    name: Mapped[str] = mapped_column(primary_key=True, comment="address asked, with what is asked for")
    read_to: Mapped[datetime | None] = mapped_column(comment="published moment up to which all is stored, UTC")
    known: Mapped[list[Any]] = mapped_column(
        comment="list of [id, published] of items stored that the next poll meets again"
    )
    due_at: Mapped[datetime] = mapped_column(comment="next poll, UTC")
    polled_at: Mapped[datetime | None] = mapped_column(comment="last poll, UTC")
    failures: Mapped[int] = mapped_column(default=0, comment="failed polls in a row")
    outcome: Mapped[str] = mapped_column(String(10), default="new", comment="result of the last poll: new, ok or failed")
    reason: Mapped[str] = mapped_column(default="", comment="why it failed, in words")
