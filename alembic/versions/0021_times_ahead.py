"""What an agency's item states as its time, where that is later than it came: such a time is not believed.

Takes and notices that came before keep the times they have: when a notice came was not written down.

Revises: 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = ("story_versions", "notices")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table,
            sa.Column(
                "stated_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="time the item stated, UTC, where that is later than it came: not believed; else null",
            ),
        )


def downgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as changed:
            changed.drop_column("stated_at")
