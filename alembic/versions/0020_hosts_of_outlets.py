"""Each host knows its outlet: an outlet's hosts are bounded, share a budget, and are asked by one batch at a time.

Revises: 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "outlet it was last asked for; null when only redirects led there"
    op.add_column("hosts", sa.Column("outlet_id", sa.Text(), nullable=True, comment=comment))
    op.create_index("ix_hosts_outlet_id", "hosts", ["outlet_id"])
    for table in ("pages", "feeds"):
        op.execute(
            f"update hosts set outlet_id = (select min(outlet_id) from {table} where {table}.host = hosts.host) "  # noqa: S608  -- names of ours
            f"where exists (select 1 from {table} where {table}.host = hosts.host)"
        )


def downgrade() -> None:
    op.drop_index("ix_hosts_outlet_id", "hosts")
    with op.batch_alter_table("hosts") as batch:
        batch.drop_column("outlet_id")
