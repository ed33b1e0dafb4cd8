"""robots.txt files are kept packed. Those there are go: each is read again by the next crawl.

Revises: 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COMMENTS = {
    "body": (
        "the file; empty when there is none, which allows all",
        "the file, packed by zlib (of nothing: all allowed)",
    ),
    "tdmrep": (
        "its /.well-known/tdmrep.json, asked for with it; null when there is none",
        "its /.well-known/tdmrep.json, packed likewise; null when there is none",
    ),
}


def upgrade() -> None:
    op.execute("delete from robots")
    for name, (before, after) in _COMMENTS.items():
        with op.batch_alter_table("robots") as batch:
            batch.alter_column(name, existing_type=sa.LargeBinary(), comment=after, existing_comment=before)


def downgrade() -> None:
    op.execute("delete from robots")
    for name, (before, after) in _COMMENTS.items():
        with op.batch_alter_table("robots") as batch:
            batch.alter_column(name, existing_type=sa.LargeBinary(), comment=before, existing_comment=after)
