"""Further ids of imported articles, copies of copies, and what the matcher's index has to hear of.

Revises: 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_ids",
        sa.Column("import_id", sa.Text(), nullable=False, comment="id given with an imported row"),
        sa.Column("article_id", sa.Integer(), nullable=False, comment="article"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_import_ids_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_ids")),
    )
    op.create_index("ix_import_ids_article_id", "import_ids", ["article_id"])
    op.create_table(
        "pickup_sources",
        sa.Column("pickup_id", sa.Integer(), nullable=False, comment="pickup"),
        sa.Column(
            "source_pickup_id",
            sa.Integer(),
            nullable=False,
            comment="the earlier copy: a pickup of the same story",
        ),
        sa.Column(
            "shared_edits", sa.Integer(), nullable=False, comment="changes both made, which the agency never wrote"
        ),
        sa.Column(
            "examples",
            sa.JSON(),
            nullable=False,
            comment="some of these changes in lower case, the weightiest first",
        ),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_pickup_sources_pickup_id_pickups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_pickup_id"],
            ["pickups.id"],
            name=op.f("fk_pickup_sources_source_pickup_id_pickups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pickup_id", name=op.f("pk_pickup_sources")),
    )
    op.create_index("ix_pickup_sources_source_pickup_id", "pickup_sources", ["source_pickup_id"])
    op.create_table(
        "index_changes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False, comment="1, 2, … in order"),
        sa.Column("kind", sa.String(10), nullable=False, comment="version or take"),
        sa.Column("row_id", sa.Integer(), nullable=False, comment="article version or take"),
        sa.Column(
            "token",
            sa.String(16),
            nullable=False,
            comment="random, one per transaction: tells this history from that of a restored backup",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_index_changes")),
    )


def downgrade() -> None:
    op.drop_table("index_changes")
    op.drop_table("pickup_sources")
    op.drop_table("import_ids")
