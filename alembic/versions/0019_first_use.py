"""When each text appeared, so that first use and later update are two delays; what `carried` says of first use.

`appeared` of pickups that stand is worked out as the matcher does: where a page was changed since it was published and
carries a take filed later, when the page says it was changed, or else between filing and our sight.
Revises: 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_APPEARED = {
    "appeared_at": "when this text appeared, where that was after the article was published, UTC; else null",
    "appeared_earliest": "appeared: not before, UTC",
    "appeared_latest": "appeared: not after, UTC",
}


def _carried() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(
            "first_pickup_id",
            sa.Integer(),
            nullable=False,
            comment="row of pickups of the first version of the article that counts as carrying the story",
        ),
        sa.Column("judged", sa.String(12), nullable=False, comment="as certainty, whether or not a newer version came"),
        sa.Column(
            "licence_day",
            sa.Date(),
            nullable=False,
            comment="day of first use, UTC: on which the text appeared, else on which it was first seen",
        ),
        sa.Column(
            "update_minutes",
            sa.Double(),
            nullable=True,
            comment="later update: from the filing of a later take until it appeared, minutes; null while as first used",  # noqa: E501  -- as the model has it
        ),
        sa.Column(
            "used_at",
            _INSTANT,
            nullable=True,
            comment="first use: when the text appeared, UTC; null when not known to the instant",
        ),
        sa.Column(
            "used_by", _INSTANT, nullable=False, comment="first use: the latest instant the evidence allows, UTC"
        ),
        sa.Column("sighted_at", _INSTANT, nullable=False, comment="when a version with the text was first seen, UTC"),
        sa.Column(
            "known_at", _INSTANT, nullable=False, comment="when both that version and the story had been seen, UTC"
        ),
    )


_COMMENTS = {
    ("carried", "certainty"): (
        "linked, possible, confirmed or rejected by a person, or superseded by a newer version",
        "linked and confirmed (by a person) count; possible; rejected, own site (the agency's), superseded",
    ),
    ("carried", "gap"): (
        "credited, where it is neither text nor joint and the outlet not the agency's own; or empty",
        "credited, where it is neither text nor joint; or empty",
    ),
    ("carried", "licence"): (
        "terms in force on the day of publication; unknown when nobody said",
        "terms in force on licence_day; unknown when nobody said",
    ),
    ("carried", "delay_minutes"): (
        "as in pickups",
        "first use: from the filing of the take it carried until the text appeared, minutes",
    ),
    ("pickups", "delay_minutes"): (
        "published minus filed, minutes; null when not known",
        "appeared minus filed, minutes; null when not known",
    ),
}
_OUT = "coalesce(v.published_at, v.published_latest)"
_AS_PUBLISHED = f"(v.number = 1 or {_OUT} is null or t.filed_at is null or {_OUT} >= t.filed_at)"
_AS_CHANGED = "(v.modified_at >= t.filed_at and v.modified_at <= v.seen_at)"
_SEEN = "case when v.seen_at > t.filed_at then v.seen_at else t.filed_at end"


def upgrade() -> None:
    for name, comment in _APPEARED.items():
        op.add_column("pickups", sa.Column(name, _INSTANT, nullable=True, comment=comment))
    op.execute(f"update pickups set {', '.join(_value(part) for part in ('at', 'earliest', 'latest'))}")  # noqa: S608  -- our own names
    op.execute("delete from packed")
    op.execute("delete from packed_stale")
    # Filled anew, with the columns, by what is made after the migrations.
    op.execute("delete from carried")
    with op.batch_alter_table("carried") as table:
        for column in _carried():
            table.add_column(column)
        table.drop_column("published_at")
    _say(1)
    op.create_index(op.f("ix_carried_known"), "carried", ["known_at"])


def _say(which: int) -> None:
    """Only PostgreSQL keeps comments."""
    if op.get_bind().dialect.name == "postgresql":
        for (table, column), comments in _COMMENTS.items():
            op.alter_column(table, column, comment=comments[which])


def _value(part: str) -> str:
    otherwise = {"at": "null", "earliest": "t.filed_at", "latest": _SEEN}[part]
    said = f"case when {_AS_PUBLISHED} then null when {_AS_CHANGED} then v.modified_{part} else {otherwise} end"
    return (
        f"appeared_{part} = (select {said} from article_versions v, story_versions t"  # noqa: S608  -- our own names
        " where v.id = pickups.version_id and t.id = pickups.story_version_id)"
    )


def downgrade() -> None:
    _say(0)
    op.drop_index(op.f("ix_carried_known"), "carried")
    op.execute("delete from packed")
    op.execute("delete from packed_stale")
    op.execute("delete from carried")
    with op.batch_alter_table("carried") as table:
        for column in _carried():
            table.drop_column(column.name)
        table.add_column(sa.Column("published_at", _INSTANT, nullable=True, comment="best single instant, UTC"))
    with op.batch_alter_table("pickups") as table:
        for name in _APPEARED:
            table.drop_column(name)
