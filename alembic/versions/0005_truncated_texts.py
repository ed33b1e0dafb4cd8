"""What the reading side of the program keeps: whether a version holds only the beginning of its article.

Revises: 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column(
        "truncated",
        sa.Boolean(),
        nullable=False,
        server_default=sa.false(),
        comment="true when the page held only the beginning (a wall, a teaser)",
    )
    op.add_column("article_versions", column)


def downgrade() -> None:
    op.drop_column("article_versions", "truncated")
