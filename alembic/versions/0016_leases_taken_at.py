"""Each lease says when it was taken: one taken at a moment to come was taken by a clock that was wrong, and is over.

Revises: 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "leases",
        sa.Column(
            "taken_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was last taken, UTC; null before 0016",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("leases") as batch:
        batch.drop_column("taken_at")
