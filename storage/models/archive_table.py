"""The table of archives read back: how far each has come, so that a backfill goes on where it was killed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Address, Base


class ArchiveRow(Base):
    """A WARC file and what of it is stored. One row per file and selection of its records."""

    __tablename__ = "archives"
    __table_args__ = (UniqueConstraint("sha256", "selection"),)
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file, hexadecimal")
    selection: Mapped[Address] = mapped_column(comment="hosts and first day asked for, as JSON")
    name: Mapped[str] = mapped_column(comment="the file's name when it was last read")
    bytes: Mapped[int] = mapped_column(BigInteger, comment="size of the file")
    offset: Mapped[int] = mapped_column(BigInteger, default=0, comment="up to this byte every record is stored")
    records: Mapped[int] = mapped_column(default=0, comment="pages among the records read")
    articles: Mapped[int] = mapped_column(default=0, comment="of those, articles and filings stored")
    refused: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="why others were not: {reason: number}")
    started_at: Mapped[datetime] = mapped_column(comment="UTC")
    finished_at: Mapped[datetime | None] = mapped_column(comment="UTC; null while there is more to read")
