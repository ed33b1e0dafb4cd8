"""What the daemon side of the program keeps: which process a run belongs to.

Revises: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "machine:pid:start of the process, so that the run of a dead one can be closed"
    op.add_column("runs", sa.Column("process", sa.String(120), nullable=False, server_default="", comment=comment))


def downgrade() -> None:
    op.drop_column("runs", "process")
