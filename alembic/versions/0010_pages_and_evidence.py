"""Quick answers and evidence: what each pickup counts for, readers' last looks, the headers of answers.

The table carried is filled, and kept, by what is made after the migrations (storage.totals.carried).
Revises: 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WHOLE = (
    ("article_id", "row of articles"),
    ("version_id", "row of article_versions"),
    ("story_id", "row of stories"),
    ("story_version_id", "row of story_versions"),
)
_TEXTS = (
    ("outlet", "outlet id"),
    ("agency", "agency code of the story"),
    ("country", "outlet's country"),
    ("language", "language of the article"),
    ("desk", "first word of the story's slugline"),
)
_INDEXES = (
    ("order", ["undated", "placed_at", "certainty"], None),
    ("placed", ["placed_at"], None),
    ("story", ["story_id", "certainty", "placed_at"], None),
    ("outlet", ["outlet", "agency", "certainty", "licence", "credited", "covered_words", "placed_at"], None),
    ("outlet_placed", ["outlet", "placed_at"], None),
    ("delay", ["outlet", "delay_minutes", "certainty"], None),
    ("article", ["article_id"], None),
    ("seen", ["first_seen_at"], None),
    ("possible", ["score"], "certainty = 'possible'"),
    ("gap", ["covered_words"], "gap <> ''"),
)


def upgrade() -> None:
    _make_carried()
    op.create_table(
        "looks",
        sa.Column("reader", sa.Text(), nullable=False, comment="name of the user"),
        sa.Column("question", sa.Text(), nullable=False, comment="what was asked, as the command is called"),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False, comment="UTC"),
        sa.Column(
            "newest",
            sa.Integer(),
            nullable=False,
            comment="highest row number there was of pickups, stories or notices",
        ),
        sa.PrimaryKeyConstraint("reader", "question", name=op.f("pk_looks")),
    )
    op.create_index("ix_pages_health", "pages", ["outlet_id", "outcome", "visits", "failures", "fetched_at"])
    op.add_column(
        "fetches",
        sa.Column(
            "headers",
            sa.JSON(),
            nullable=True,
            comment="[name, value] of the answer's headers, in order, at most 4 kB; "
            "null before 0010 and without an answer",
        ),
    )


def _make_carried() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "carried",
        sa.Column("pickup_id", sa.Integer(), autoincrement=False, nullable=False, comment="pickup"),
        *(sa.Column(name, sa.Integer(), nullable=False, comment=comment) for name, comment in _WHOLE),
        *(sa.Column(name, sa.Text(), nullable=False, comment=comment) for name, comment in _TEXTS),
        sa.Column(
            "certainty",
            sa.String(12),
            nullable=False,
            comment="linked, possible, confirmed or rejected by a person, or superseded by a newer version",
        ),
        sa.Column("class", sa.String(20), nullable=False, comment="as pickups.use"),
        sa.Column("credited", sa.String(20), nullable=False, comment="as in pickups"),
        sa.Column(
            "gap",
            sa.String(20),
            nullable=False,
            comment="credited, where it is neither text nor joint and the outlet not the agency's own; or empty",
        ),
        sa.Column(
            "licence",
            sa.Text(),
            nullable=False,
            comment="terms in force on the day of publication; unknown when nobody said",
        ),
        sa.Column("covered_words", sa.Integer(), nullable=False, comment="as in pickups"),
        sa.Column("words", sa.Integer(), nullable=False, comment="words of the article"),
        sa.Column("score", sa.Double(), nullable=False, comment="as in pickups"),
        sa.Column("delay_minutes", sa.Double(), nullable=True, comment="as in pickups"),
        sa.Column(
            "undated", sa.Boolean(), nullable=False, comment="true when nothing but our first sight dates the article"
        ),
        sa.Column(
            "placed_at",
            moment,
            nullable=False,
            comment="best known time, UTC: published, else its bounds, else first seen",
        ),
        sa.Column("first_seen_at", moment, nullable=False, comment="when the article was first seen, UTC"),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_carried_pickup_id_pickups"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pickup_id", name=op.f("pk_carried")),
    )
    for name, columns, only in _INDEXES:
        where = sa.text(only) if only else None
        op.create_index(f"ix_carried_{name}", "carried", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    with op.batch_alter_table("fetches") as table:
        table.drop_column("headers")
    op.drop_index("ix_pages_health", table_name="pages")
    op.drop_table("looks")
    op.drop_table("carried")
