"""How far archives have been read, where fetched pages are kept, and by which program a text was read again.

Revises: 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("fetches", "kept_in", sa.Text(), "WARC file of the folder of kept pages, or null"),
    ("fetches", "kept_offset", sa.BigInteger(), "where in that file its record begins, bytes"),
    (
        "article_versions",
        "read_by",
        sa.String(40),
        "program that read the text anew from the kept page; null while the first reading stands",
    ),
)


def upgrade() -> None:
    for table, name, kind, comment in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True, comment=comment))
    op.create_index(
        "ix_fetches_kept_in",
        "fetches",
        ["kept_in"],
        sqlite_where=sa.text("kept_in is not null"),
        postgresql_where=sa.text("kept_in is not null"),
    )
    op.create_table(
        "archives",
        sa.Column("id", sa.Integer(), nullable=False, comment="row number, for joins"),
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the file, hexadecimal"),
        sa.Column("selection", sa.Text(), nullable=False, comment="hosts and first day asked for, as JSON"),
        sa.Column("name", sa.Text(), nullable=False, comment="the file's name when it was last read"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="size of the file"),
        sa.Column("offset", sa.BigInteger(), nullable=False, comment="up to this byte every record is stored"),
        sa.Column("records", sa.Integer(), nullable=False, comment="pages among the records read"),
        sa.Column("articles", sa.Integer(), nullable=False, comment="of those, articles and filings stored"),
        sa.Column("refused", sa.JSON(), nullable=False, comment="why others were not: {reason: number}"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column(
            "finished_at", sa.DateTime(timezone=True), nullable=True, comment="UTC; null while there is more to read"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("sha256", "selection", name=op.f("uq_archives_sha256_selection")),
    )


def downgrade() -> None:
    op.drop_table("archives")
    op.drop_index("ix_fetches_kept_in", "fetches")
    for table, name, _, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
