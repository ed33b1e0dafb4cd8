"""What hosts ask of us, kept over crawls: waits, requests of the day, robots.txt.

Revises: 0003, size and age.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False, comment="host with port: the unit of politeness"),
        sa.Column(
            "wait_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="not to be asked before, UTC; by its own word",
        ),
        sa.Column("day", sa.Date(), nullable=True, comment="UTC day that requests counts"),
        sa.Column("requests", sa.Integer(), nullable=False, comment="requests made that day"),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text(), nullable=False, comment="scheme, host and port it speaks for"),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=False,
            comment="the file; empty when there is none, which allows all",
        ),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_robots")),
    )


def downgrade() -> None:
    op.drop_table("robots")
    op.drop_table("hosts")
