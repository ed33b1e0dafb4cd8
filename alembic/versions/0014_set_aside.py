"""Units of work that failed and wait for their next time (storage.set_aside).

Revises: 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column(
            "kind",
            sa.String(10),
            nullable=False,
            comment="closure, page, feed, sitemap, robots, record, file or digest",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="address, path or name of the unit"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it failed the last time, in words"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="times in a row"),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False, comment="first of these failures, UTC"),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, comment="last of them, UTC"),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False, comment="not taken up before, UTC"),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_set_aside")),
    )


def downgrade() -> None:
    op.drop_table("set_aside")
