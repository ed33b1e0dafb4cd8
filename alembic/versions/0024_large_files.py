"""A refused file may be larger than two gigabytes: on PostgreSQL its size did not fit, and it came again and again.

Revises: 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("refused_files") as table:
        table.alter_column("bytes", existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("refused_files") as table:
        table.alter_column("bytes", existing_type=sa.BigInteger(), type_=sa.Integer(), existing_nullable=False)
