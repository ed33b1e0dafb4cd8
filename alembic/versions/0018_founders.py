"""What inferred stories are made of: the table founders. Every text that stands is matched again, which fills it.

Revises: 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "founders",
        sa.Column("version_id", sa.Integer(), nullable=False, comment="article version"),
        sa.Column("story_id", sa.Integer(), nullable=False, comment="inferred story"),
        sa.Column("place", sa.Integer(), nullable=False, comment="0 for the story it is nearest to, 1 for the next, …"),
        sa.Column(
            "is_base",
            sa.Boolean(),
            nullable=False,
            comment="true for the one version whose text the story begins with",
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_founders_story_id_stories"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["article_versions.id"],
            name=op.f("fk_founders_version_id_article_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "story_id", name=op.f("pk_founders")),
    )
    op.create_index(op.f("ix_founders_story_id"), "founders", ["story_id"])
    # What settled stories are made of stays with them.
    op.execute(
        "insert into founders (version_id, story_id, place, is_base) select p.version_id, p.story_id, 0, false "
        "from pickups p join stories s on s.id = p.story_id where s.origin = 'inferred' and s.settled_at is not null"
    )
    op.execute("update article_versions set matched_by = '' where pruned_at is null")
    op.execute("update story_versions set matched_by = '' where pruned_at is null")


def downgrade() -> None:
    op.drop_table("founders")
