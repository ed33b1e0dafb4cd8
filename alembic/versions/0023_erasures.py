"""What was erased and what is kept out since; writers' names of texts that have expired go with them.

Revises: 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("kind", sa.String(10), nullable=False, comment="article or person"),
        sa.Column("what", sa.Text(), nullable=False, comment="the article's address; of a person only that it was one"),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("erased_by", sa.Text(), nullable=False, comment="who"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in words"),
        sa.Column("counts", sa.JSON(), nullable=False, comment="how much went: {name: number}"),
        sa.Column(
            "lifted_at", sa.DateTime(timezone=True), nullable=True, comment="since when it may come in again, UTC"
        ),
        sa.Column("lifted_by", sa.Text(), nullable=False, comment="who allowed that"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "stops",
        sa.Column("kind", sa.String(10), nullable=False, comment="address or person"),
        sa.Column("name", sa.Text(), nullable=False, comment="the address, or the name as it was given"),
        sa.Column("erasure_id", sa.Integer(), nullable=False, comment="erasure it belongs to"),
        sa.ForeignKeyConstraint(
            ["erasure_id"], ["erasures.id"], name=op.f("fk_stops_erasure_id_erasures"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_stops")),
    )
    op.create_index(op.f("ix_stops_erasure_id"), "stops", ["erasure_id"])
    op.execute("update article_versions set byline = '' where pruned_at is not null and byline <> ''")


def downgrade() -> None:
    op.drop_table("stops")
    op.drop_table("erasures")
