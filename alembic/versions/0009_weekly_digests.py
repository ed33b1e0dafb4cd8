"""The outbox holds daily and weekly digests: one of each kind per local date and recipient.

Revises: 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OLD = "uq_digests_local_date_recipient"
_NEW = "uq_digests_local_date_recipient_kind"
_DATE = "the (last) day it reports on, in the reader's zone"


def upgrade() -> None:
    kind = sa.Column("kind", sa.String(10), nullable=False, server_default="daily", comment="daily or weekly")
    with op.batch_alter_table("digests") as batch_op:
        batch_op.add_column(kind)
        batch_op.alter_column("local_date", existing_type=sa.Date(), existing_nullable=False, comment=_DATE)
        batch_op.drop_constraint(op.f(_OLD), type_="unique")
        batch_op.create_unique_constraint(op.f(_NEW), ["local_date", "recipient", "kind"])


def downgrade() -> None:
    op.execute("delete from digests where kind <> 'daily'")
    with op.batch_alter_table("digests") as batch_op:
        batch_op.drop_constraint(op.f(_NEW), type_="unique")
        batch_op.create_unique_constraint(op.f(_OLD), ["local_date", "recipient"])
        batch_op.drop_column("kind")
