"""Small reads stay small when tables grow; texts that expire, and holds.

Revises: 0002, notices judged.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTED = ("version_id", "covered_words", "credited", "delay_minutes")
_ADDED = (
    ("ix_articles_outlet_id_first_seen_at", "articles", ("outlet_id", "first_seen_at")),
    ("ix_article_versions_seen_at", "article_versions", ("seen_at",)),
    ("ix_stories_seen_at", "stories", ("seen_at",)),
    ("ix_article_versions_article_id_words", "article_versions", ("article_id", "words")),
    ("ix_pickups_story_id", "pickups", ("story_id", "certainty", "article_id", *_COUNTED)),
    ("ix_pickups_article_id", "pickups", ("article_id", "certainty", "story_id", *_COUNTED)),
)
_SOME = (
    ("ix_article_versions_superseded", "article_versions", "not current"),
    ("ix_article_versions_unread", "article_versions", "fingerprint is null"),
    ("ix_story_versions_unread", "story_versions", "fingerprint is null"),
)
# Another index over the same first column serves as well.
_DROPPED = (
    ("ix_articles_outlet_id", "articles", "outlet_id"),
    ("ix_article_versions_article_id", "article_versions", "article_id"),
    ("ix_story_versions_story_id", "story_versions", "story_id"),
    ("ix_pickups_version_id", "pickups", "version_id"),
    ("ix_pickups_story_id", "pickups", "story_id"),
    ("ix_pickups_article_id", "pickups", "article_id"),
)
_LARGE = ("paragraphs", "fingerprint")


def upgrade() -> None:
    for name, table, _ in _DROPPED:
        op.drop_index(name, table)
    for table in ("article_versions", "story_versions"):
        _large_columns_last(table)
    for name, table, columns in _ADDED:
        op.create_index(name, table, list(columns))
    for name, table, where in _SOME:
        op.create_index(name, table, ["id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.add_column(
        "stories",
        sa.Column(
            "settled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of an inferred story: since when copies' texts have expired, so that it is not inferred anew; UTC",
        ),
    )
    op.create_table(
        "holds",
        sa.Column("article_id", sa.Integer(), nullable=False, comment="article"),
        sa.Column("held_by", sa.Text(), nullable=False, comment="who"),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in words"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_holds_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_holds")),
    )


def _large_columns_last(table: str) -> None:
    """Add the day a text expired; on SQLite, which reads a row from the front, with the texts behind it.

    PostgreSQL keeps long values apart by itself, and cannot move a column.
    """
    pruned = sa.Column(
        "pruned_at",
        sa.DateTime(timezone=True),
        nullable=True,
        comment="when its text expired, UTC; null while the paragraphs stand",
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.add_column(table, pruned)
        return
    names = [column["name"] for column in sa.inspect(connection).get_columns(table)]
    order = (*(name for name in names if name not in _LARGE), "pruned_at", *_LARGE)
    with op.batch_alter_table(table, recreate="always", partial_reordering=[order]) as batch_op:
        batch_op.add_column(pruned)


def downgrade() -> None:
    op.drop_table("holds")
    for name, table, _ in (*_ADDED, *_SOME):
        op.drop_index(name, table)
    for table, column in (
        ("article_versions", "pruned_at"),
        ("story_versions", "pruned_at"),
        ("stories", "settled_at"),
    ):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)
    for name, table, column in _DROPPED:
        op.create_index(name, table, [column])
