"""On PostgreSQL the record of requests is divided by month; three indexes that another begins with are dropped.

The rows are copied into a table divided by `fetched_at`, with their numbers; the old table goes. A part is made for
every month that has rows, for this one and the next two; what is further than ten years away goes to the default part.
An expired month goes at once. The primary key of a divided table must contain the column it is divided by. SQLite
keeps its one table.

Revises: 0011.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BEGIN = (
    "alter table fetches rename to fetches_before",
    *(f"drop index ix_fetches_{name}" for name in ("fetched_at", "outlet_id", "url", "kept_in")),
    "alter table fetches_before drop constraint fk_fetches_outlet_id_outlets",
    "alter table fetches_before drop constraint pk_fetches",
)
_END = (
    "insert into fetches select * from fetches_before",
    "alter sequence fetches_id_seq owned by fetches.id",
    "drop table fetches_before",
    "alter table fetches add constraint fk_fetches_outlet_id_outlets"
    " foreign key (outlet_id) references outlets (id) on delete cascade",
    "create index ix_fetches_fetched_at on fetches (fetched_at)",
    "create index ix_fetches_outlet_id on fetches (outlet_id)",
    "create index ix_fetches_url on fetches (url)",
    "create index ix_fetches_kept_in on fetches (kept_in) where kept_in is not null",
    "analyze fetches",
)
_MONTHS = """
do $$
declare
    first timestamptz;
begin
    perform set_config('timezone', 'UTC', true);
    for first in
        select distinct date_trunc('month', fetched_at) from fetches_before
        where fetched_at between now() - interval '10 years' and now() + interval '10 years'
        union
        select date_trunc('month', now()) + month * interval '1 month' from generate_series(0, 2) as ahead (month)
    loop
        execute 'create table fetches_' || to_char(first, 'YYYY_MM') || ' partition of fetches for values from ('
            || quote_literal(first) || ') to (' || quote_literal(first + interval '1 month') || ')';
    end loop;
end
$$
"""


_DROPPED = (("pages", "outlet_id"), ("notices", "story_id"), ("notice_states", "notice_id"))


def upgrade() -> None:
    for table, column in _DROPPED:
        op.drop_index(f"ix_{table}_{column}", table)
    if op.get_context().dialect.name != "postgresql":
        return
    for statement in (
        *_BEGIN,
        "create table fetches (like fetches_before including defaults including comments)"
        " partition by range (fetched_at)",
        _MONTHS,
        "create table fetches_default partition of fetches default",
        *_END,
        "alter table fetches add constraint pk_fetches primary key (id, fetched_at)",
    ):
        op.execute(statement)


def downgrade() -> None:
    for table, column in _DROPPED:
        op.create_index(f"ix_{table}_{column}", table, [column])
    if op.get_context().dialect.name != "postgresql":
        return
    for statement in (
        *_BEGIN,
        "create table fetches (like fetches_before including defaults including comments)",
        *_END,
        "alter table fetches add constraint pk_fetches primary key (id)",
    ):
        op.execute(statement)
