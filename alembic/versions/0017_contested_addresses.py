"""Addresses that different articles claim, and where a version was seen when its page claims another's address.

Revises: 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contested_addresses",
        sa.Column("address", sa.Text(), nullable=False, comment="as it was claimed"),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_contested_addresses")),
    )
    op.add_column(
        "article_versions",
        sa.Column(
            "seen_under",
            sa.Text(),
            nullable=True,
            comment="own address of the page it was seen on, where that claims the article's; else null",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("article_versions") as table:
        table.drop_column("seen_under")
    op.drop_table("contested_addresses")
