"""What the agency's side keeps: refused files, how far an interface was read, whose word a licence is, noindex.

Revises: 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES_BEFORE = (
    "unchanged, silently changed, changed with a note, replaced, removed, redirected, unreachable, "
    "unchecked, broken (an embargo) or not affected"
)
_STATES = (
    "unchanged, headline still wrong, noindexed, silently changed, changed with a note, replaced, removed, "
    "redirected, unreachable, unchecked, broken (an embargo) or not affected"
)


def upgrade() -> None:
    op.create_table(
        "refused_files",
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the file, hexadecimal"),
        sa.Column("origin", sa.Text(), nullable=False, comment="file or address it came from, the first time"),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False, comment="the first time, UTC"),
        sa.Column("format", sa.Text(), nullable=False, comment="format it is in, as far as it can be told"),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="no story, or unreadable: somebody has to look"
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in words"),
        sa.Column("bytes", sa.Integer(), nullable=False, comment="size of the file"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_refused_files")),
    )
    op.create_table(
        "interfaces",
        sa.Column("name", sa.Text(), nullable=False, comment="address asked, with what is asked for"),
        sa.Column(
            "read_to",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="published moment up to which all is stored, UTC",
        ),
        sa.Column(
            "known",
            sa.JSON(),
            nullable=False,
            comment="list of [id, published] of items stored that the next poll meets again",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment="next poll, UTC"),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True, comment="last poll, UTC"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="failed polls in a row"),
        sa.Column(
            "outcome", sa.String(length=10), nullable=False, comment="result of the last poll: new, ok or failed"
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it failed, in words"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_interfaces")),
    )
    with op.batch_alter_table("licences") as table:
        table.add_column(
            sa.Column(
                "said_in",
                sa.Text(),
                nullable=False,
                server_default="command",
                comment="command, or configuration: what that no longer says goes",
            )
        )
    with op.batch_alter_table("licences") as table:
        table.alter_column("said_in", server_default=None)
    op.add_column(
        "fetches",
        sa.Column(
            "noindex",
            sa.Boolean(),
            nullable=True,
            comment="whether the page asks search engines to leave it out; null when no page came",
        ),
    )
    _describe_states(_STATES)


def _describe_states(comment: str) -> None:
    """SQLite keeps no comments: there is nothing to change."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("notice_states", "state", comment=comment)


def downgrade() -> None:
    _describe_states(_STATES_BEFORE)
    with op.batch_alter_table("fetches") as table:
        table.drop_column("noindex")
    with op.batch_alter_table("licences") as table:
        table.drop_column("said_in")
    op.drop_table("interfaces")
    op.drop_table("refused_files")
