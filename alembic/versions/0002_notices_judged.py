"""Stories filed under several ids; what is known of a notice and of those it concerns.

Revises: 0001, the first tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMMENTS = (
    (
        "state",
        sa.String(20),
        "unchanged, silently changed, changed with a note, replaced, removed, redirected, unreachable, "
        "unchecked, broken (an embargo) or not affected",
    ),
    ("since", sa.DateTime(timezone=True), "when we first saw it so, or the article's own word, UTC"),
    ("checked_at", sa.DateTime(timezone=True), "when somebody last looked, UTC"),
)


def upgrade() -> None:
    op.create_table(
        "story_names",
        sa.Column("name", sa.Text(), nullable=False, comment="agency code and the agency's own story id"),
        sa.Column("story_id", sa.Integer(), nullable=False, comment="story"),
        sa.Column(
            "first_filed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the first take under this id was filed, UTC; null when only notices came",
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_names_story_id_stories"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_story_names")),
    )
    with op.batch_alter_table("story_names", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_names_story_id"), ["story_id"], unique=False)
    op.execute(
        "insert into story_names (name, story_id, first_filed_at) "
        "select key, id, coalesce(filed_at, filed_earliest, filed_latest) from stories where origin = 'filed'"
    )
    with op.batch_alter_table("story_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_versions_slugline"), ["slugline"], unique=False)
    _extend_notices()
    _extend_states()


def _extend_notices() -> None:
    words = (
        ("slugline", sa.Text(), "agency's keyword, as the item gave it"),
        ("supersedes", sa.Text(), "the agency's id of the item it speaks of, or empty"),
        ("content_sha256", sa.String(64), "of the text that came with it, a take of the story; empty for words only"),
    )
    for name, kind, comment in words:
        op.add_column("notices", sa.Column(name, kind, nullable=False, server_default="", comment=comment))
    op.add_column(
        "notices",
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when its articles were last judged, UTC",
        ),
    )
    op.execute(
        "update notices set content_sha256 = coalesce((select v.content_sha256 from story_versions v "
        "where v.id = notices.story_version_id and v.take_id = notices.item_id), '')"
    )


def _extend_states() -> None:
    op.add_column(
        "notice_states",
        sa.Column(
            "minutes",
            sa.Double(),
            nullable=True,
            comment="from the notice until it complied, minutes; of a broken embargo how long before its end; "
            "else null",
        ),
    )
    op.add_column(
        "notice_states",
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="words of the page that say so, or why nobody can tell",
        ),
    )

    with op.batch_alter_table("notice_states", schema=None) as batch_op:
        for name, kind, comment in _COMMENTS:
            batch_op.alter_column(name, existing_type=kind, existing_nullable=False, comment=comment)


def downgrade() -> None:
    for table, names in (
        ("notice_states", ("evidence", "minutes")),
        ("notices", ("checked_at", "content_sha256", "supersedes", "slugline")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
    with op.batch_alter_table("story_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_versions_slugline"))
    op.drop_table("story_names")
