"""The process of a run; the hours of each feed and when it was read, a host's failures, its tdmrep.json.

Revises: 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("feeds", "read_at", sa.DateTime(timezone=True), "last poll that told us what it lists, UTC"),
    ("feeds", "habits", sa.LargeBinary(), "the hours its stories come at, as learned: crawler.habits"),
    (
        "robots",
        "tdmrep",
        sa.LargeBinary(),
        "its /.well-known/tdmrep.json, asked for with it; null when there is none",
    ),
)


def upgrade() -> None:
    comment = "machine:pid:start of the process, so that the run of a dead one can be closed"
    op.add_column("runs", sa.Column("process", sa.String(120), nullable=False, server_default="", comment=comment))
    comment = "requests in a row that brought no answer or a server error"
    op.add_column("hosts", sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment=comment))
    for table, name, kind, comment in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))


def downgrade() -> None:
    for table, name, _, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
    op.drop_column("hosts", "failures")
    op.drop_column("runs", "process")
