"""The tables beside pickups: further names of articles, who copied from whom, what the matcher's index must hear of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Address, Base


class ImportIdRow(Base):
    """A further id under which an article was imported. Its first one stands in articles.import_id."""

    __tablename__ = "import_ids"
    import_id: Mapped[Address] = mapped_column(primary_key=True, comment="id given with an imported row")
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="article"
    )


class PickupSourceRow(Base):
    """The article a pickup was probably copied from: an earlier copy whose own changes to the story it repeats."""

    __tablename__ = "pickup_sources"
    pickup_id: Mapped[int] = mapped_column(
        ForeignKey("pickups.id", ondelete="CASCADE"), primary_key=True, comment="pickup"
    )
    source_pickup_id: Mapped[int] = mapped_column(
        ForeignKey("pickups.id", ondelete="CASCADE"), index=True, comment="the earlier copy: a pickup of the same story"
    )
    shared_edits: Mapped[int] = mapped_column(comment="changes both made, which the agency never wrote")
    examples: Mapped[list[Any]] = mapped_column(comment="some of these changes in lower case, the weightiest first")


class FounderRow(Base):
    """A credited article version that an inferred story is made of: what a match run goes by, not what people ask."""

    __tablename__ = "founders"
    version_id: Mapped[int] = mapped_column(
        ForeignKey("article_versions.id", ondelete="CASCADE"), primary_key=True, comment="article version"
    )
    story_id: Mapped[int] = mapped_column(
        ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True, index=True, comment="inferred story"
    )
    place: Mapped[int] = mapped_column(comment="0 for the story it is nearest to, 1 for the next, …")
    is_base: Mapped[bool] = mapped_column(comment="true for the one version whose text the story begins with")


class IndexChangeRow(Base):
    """A fingerprint written or renewed, in order: what an index kept in files has to add to be up to date.

    Rows that every index holds are removed; the last one stays, so that numbers go on.
    """

    __tablename__ = "index_changes"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="1, 2, … in order")
    kind: Mapped[str] = mapped_column(String(10), comment="version or take")
    row_id: Mapped[int] = mapped_column(comment="article version or take")
    token: Mapped[str] = mapped_column(
        String(16), comment="random, one per transaction: tells this history from that of a restored backup"
    )
