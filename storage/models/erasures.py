"""The tables of what was erased: that it was done, and what is kept out since. The texts stand in neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Address, Base


class ErasureRow(Base):
    """One erasure: when, by whom, why, and how much went."""

    __tablename__ = "erasures"
    id: Mapped[int] = mapped_column(primary_key=True, comment="row number, for joins")
    kind: Mapped[str] = mapped_column(String(10), comment="article or person")
    what: Mapped[str] = mapped_column(comment="the article's address; of a person only that it was one")
    erased_at: Mapped[datetime] = mapped_column(comment="UTC")
    erased_by: Mapped[str] = mapped_column(comment="who")
    reason: Mapped[str] = mapped_column(comment="why, in words")
    counts: Mapped[dict[str, Any]] = mapped_column(comment="how much went: {name: number}")
    lifted_at: Mapped[datetime | None] = mapped_column(comment="since when it may come in again, UTC")
    lifted_by: Mapped[str] = mapped_column(default="", comment="who allowed that")


class StopRow(Base):
    """What is kept out: an erased article's addresses, a person's name. It goes when the erasure is lifted."""

    __tablename__ = "stops"
    kind: Mapped[str] = mapped_column(String(10), primary_key=True, comment="address or person")
    name: Mapped[Address] = mapped_column(primary_key=True, comment="the address, or the name as it was given")
    erasure_id: Mapped[int] = mapped_column(
        ForeignKey("erasures.id", ondelete="CASCADE"), index=True, comment="erasure it belongs to"
    )
