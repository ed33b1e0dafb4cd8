"""The table `carried`: what each pickup counts for, narrow enough to be read whole and indexed for every list.

A pickup counts by what stands in six tables: its own row, whether its version is the current one, what a person said,
when the article was published, the outlet's licence of that day. Lists and sums over the joined six took 0.2 to 0.7
seconds at 60,000 pickups. Here one statement tells a pickup's row from them, and a trigger on each repeats it for the
pickups a change concerns: five parts of the program write there, and no call in one of them can be forgotten.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from storage import triggers
from storage.models.pages import CarriedRow
from storage.triggers import Trigger
from storage.views.shapes import for_dialect

_SELECT: Final = """
select p.id, p.article_id, p.version_id, p.story_id, p.story_version_id, a.outlet_id, s.agency, o.country, v.language,
    desk_of(s.slugline),
    case when not v.current then 'superseded' when j.judgement = 'reject' then 'rejected'
        when j.judgement = 'confirm' then 'confirmed' else p.certainty end,
    p.use, p.credited,
    case when p.credited in ('text', 'joint') or o.agency = s.agency then '' else p.credited end,
    coalesce((
        select l.terms from licences l
        where l.outlet_id = o.id and l.agency = s.agency
          and (l.valid_from is null or l.valid_from <= coalesce(utc_day(v.published_at), utc_day(a.first_seen_at)))
          and (l.valid_to is null or l.valid_to >= coalesce(utc_day(v.published_at), utc_day(a.first_seen_at)))
        order by l.valid_from is null, l.valid_from desc limit 1
    ), 'unknown'),
    p.covered_words, v.words, p.score, p.delay_minutes,
    coalesce(v.published_at, v.published_earliest, v.published_latest) is null,
    coalesce(v.published_at, v.published_earliest, v.published_latest, a.first_seen_at), a.first_seen_at,
    v.published_at
from pickups p
join article_versions v on v.id = p.version_id
join articles a on a.id = p.article_id
join outlets o on o.id = a.outlet_id
join stories s on s.id = p.story_id
left join verdicts j on j.article_url = a.canonical_url and j.story_key = s.key
"""
_COLUMNS: Final = tuple(column.name for column in CarriedRow.__table__.columns)
_FILL: Final = f"insert into carried ({', '.join(_COLUMNS)}) {_SELECT} where {{which}}"
_AGAIN: Final = (
    f"{_FILL} on conflict (pickup_id) do update set {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_JUDGED: Final = (
    "p.article_id in (select id from articles where canonical_url = {row}.article_url)"
    " and p.story_id in (select id from stories where key = {row}.story_key)"
)
_PICKUP: Final = (
    "article_id, version_id, story_id, story_version_id, certainty, use, credited, covered_words, score, delay_minutes"
)
_VERSION: Final = "current, published_at, published_earliest, published_latest, language, words"
# (name, table, event, which pickups it concerns, when). A pickup that goes takes its row along by its foreign key.
_EVENTS: Final = (
    ("pickup_added", "pickups", "insert", "p.id = new.id", ""),
    ("pickup_changed", "pickups", f"update of {_PICKUP}", "p.id = new.id", ""),
    ("version_changed", "article_versions", f"update of {_VERSION}", "p.version_id = new.id", ""),
    (
        "article_changed",
        "articles",
        "update of outlet_id, canonical_url, first_seen_at",
        "p.article_id = new.id",
        "old.outlet_id <> new.outlet_id or old.canonical_url <> new.canonical_url"
        " or old.first_seen_at <> new.first_seen_at",
    ),
    ("story_changed", "stories", "update of key, agency, slugline", "p.story_id = new.id", ""),
    (
        "outlet_changed",
        "outlets",
        "update of country, agency",
        "a.outlet_id = new.id",
        # The catalogue is written over the outlets at every start, nearly always with what stood there.
        "old.country <> new.country or old.agency <> new.agency",
    ),
    ("verdict_added", "verdicts", "insert", _JUDGED.format(row="new"), ""),
    ("verdict_changed", "verdicts", "update of judgement", _JUDGED.format(row="new"), ""),
    ("verdict_left", "verdicts", "update of article_url, story_key", _JUDGED.format(row="old"), ""),
    ("verdict_came", "verdicts", "update of article_url, story_key", _JUDGED.format(row="new"), ""),
    ("verdict_removed", "verdicts", "delete", _JUDGED.format(row="old"), ""),
    ("licence_added", "licences", "insert", "a.outlet_id = new.outlet_id", ""),
    ("licence_changed", "licences", "update", "a.outlet_id in (old.outlet_id, new.outlet_id)", ""),
    ("licence_removed", "licences", "delete", "a.outlet_id = old.outlet_id", ""),
)


def create(connection: Connection) -> None:
    """Make the triggers, and fill the table of a database that had pickups before it had this."""
    dialect = connection.dialect.name
    triggers.create(connection, _triggers(dialect))
    if connection.exec_driver_sql("select 1 from carried limit 1").first() is None:
        connection.exec_driver_sql(for_dialect(_FILL.format(which="true"), dialect))


def drop(connection: Connection) -> None:
    """Drop the triggers."""
    triggers.drop(connection, _triggers(connection.dialect.name))


def expected(dialect: str) -> str:
    """What the table should hold, worked out anew: for the test that holds the triggers to it."""
    return for_dialect(f"{_SELECT} order by p.id", dialect)


def _triggers(dialect: str) -> list[Trigger]:
    return [
        Trigger(f"carried_{name}", table, event, (for_dialect(_AGAIN.format(which=which), dialect),), when)
        for name, table, event, which, when in _EVENTS
    ]
