"""Columns packed for questions about everything: packed, names, and which blocks are stale (storage.totals.packing).

They are filled by what is made after the migrations. Indexes of carried that only served sums go.
Revises: 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_GONE = (
    ("order", ["undated", "placed_at", "certainty"], None),
    ("outlet", ["outlet", "agency", "certainty", "licence", "credited", "covered_words", "placed_at"], None),
    ("delay", ["outlet", "delay_minutes", "certainty"], None),
    ("gap", ["covered_words"], "gap <> ''"),
)


def upgrade() -> None:
    op.create_table(
        "packed",
        sa.Column("source", sa.String(10), nullable=False, comment="carried, articles or stories"),
        sa.Column("field", sa.String(20), nullable=False, comment="which column"),
        sa.Column("block", sa.Integer(), nullable=False, comment="rows 4096 * block and up to the next, by row number"),
        sa.Column("kind", sa.String(2), nullable=False, comment="numpy type of a value, without its byte order"),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="the values, little-endian, in order of the rows"),
        sa.PrimaryKeyConstraint("source", "field", "block", name=op.f("pk_packed")),
    )
    op.create_table(
        "packed_names",
        sa.Column("field", sa.String(20), nullable=False, comment="which column"),
        sa.Column("code", sa.Integer(), autoincrement=False, nullable=False, comment="what stands for it in packed"),
        sa.Column("name", sa.Text(), nullable=False, comment="the text"),
        sa.PrimaryKeyConstraint("field", "code", name=op.f("pk_packed_names")),
    )
    op.create_table(
        "packed_stale",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number"),
        sa.Column("source", sa.String(10), nullable=False, comment="as in packed"),
        sa.Column("block", sa.Integer(), nullable=False, comment="as in packed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packed_stale")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Packed already; to press it again costs as much as the question.
        op.execute("alter table packed alter column data set storage external")
    op.create_index(op.f("ix_story_versions_take_id"), "story_versions", ["take_id"])
    for name, _, _ in _GONE:
        op.drop_index(f"ix_carried_{name}", "carried")
    op.add_column(
        "carried",
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True, comment="best single instant, UTC"),
    )
    # Filled anew, with the column, by what is made after the migrations.
    op.execute("delete from carried")


def downgrade() -> None:
    with op.batch_alter_table("carried") as table:
        table.drop_column("published_at")
    for name, columns, only in _GONE:
        where = sa.text(only) if only else None
        op.create_index(f"ix_carried_{name}", "carried", columns, sqlite_where=where, postgresql_where=where)
    op.drop_index(op.f("ix_story_versions_take_id"), "story_versions")
    for made in ("packed_stale", "packed_names", "packed"):
        op.drop_table(made)
