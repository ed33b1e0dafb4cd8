"""The table `carried`: the one place that says what each pickup counts for, narrow enough to be read whole.

A pickup counts by what stands in eight tables: its own row, whether its version is the current one, what a person said,
the first version of its article that carried the story and what that carried, the outlet's licence of that day. One
statement tells a pickup's row from them, and a trigger on each repeats it for the pickups a change concerns: five parts
of the program write there, and no call in one of them can be forgotten. Every list, sum, view, page, export and email
selects from here.

    certainty   linked, confirmed (they count), possible; rejected, own site, superseded by a newer version (never)
    judged      the same without superseded: what counted on a day when the version was the newest
    first use   the earliest version that counts: when its text appeared, by when at the latest (used_by), how late
                after the take it carried, how late a later take came (update_minutes), when all was known (known_at)
    licence     the terms in force on the day of first use; on that of our first sight where the article states none, or
                states a time at which an earlier version was seen without the text
"""

from __future__ import annotations

from functools import reduce
from typing import Final

from sqlalchemy import Connection

from storage import triggers
from storage.dialects import for_dialect
from storage.models.quick_tables import CarriedRow
from storage.triggers import Trigger

_JUDGED: Final = """case when j.judgement = 'reject' then 'rejected' when o.agency = s.agency then 'own site'
        when j.judgement = 'confirm' then 'confirmed' else p.certainty end"""
_FIRST: Final = """
    select g.id from pickups g join article_versions w on w.id = g.version_id
    where g.article_id = p.article_id and g.story_id = p.story_id
      and (is_counted(g.certainty) or j.judgement = 'confirm')
    order by w.number limit 1
"""
_AT: Final = "case when coalesce(f.appeared_at, f.appeared_latest) is null then u.published_at else f.appeared_at end"
_LATEST: Final = "case when f.appeared_latest is null then u.published_latest else f.appeared_latest end"
"""When the text appeared: as published, unless the matcher found that it came later."""
_BEFORE: Final = """coalesce(@at, @latest) <= (
        select max(w.seen_at) from article_versions w where w.article_id = p.article_id and w.number < u.number)"""
"""The time stated for the first use lies before our last sight of the article without the text."""
_ZONED: Final = "case when u.published_zone <> 'unknown' then @at end"
"""An instant whose zone nobody stated bounds nothing: it may be off by a day."""
_JOINED: Final = """
select p.id as pickup_id, p.article_id, p.version_id, p.story_id, p.story_version_id, f.id as first_pickup_id,
    a.outlet_id as outlet, s.agency, o.country, v.language, desk_of(s.slugline) as desk,
    case when v.current then @judged else 'superseded' end as certainty, @judged as judged, p.use as class,
    p.credited, case when is_credited(p.credited) then '' else p.credited end as gap,
    case when @before then u.seen_at else coalesce(@at, @latest, u.seen_at) end as asked_at,
    case when @before or coalesce(@latest, @zoned, u.seen_at) > u.seen_at then u.seen_at
        else coalesce(@latest, @zoned, u.seen_at) end as used_by,
    p.covered_words, v.words, p.score, f.delay_minutes,
    case when t.take > e.take then p.delay_minutes end as update_minutes,
    coalesce(v.published_at, v.published_earliest, v.published_latest) is null as undated,
    coalesce(v.published_at, v.published_earliest, v.published_latest, a.first_seen_at) as placed_at, a.first_seen_at,
    @at as used_at, u.seen_at as sighted_at,
    case when u.seen_at >= s.seen_at then u.seen_at else s.seen_at end as known_at
from pickups p
join article_versions v on v.id = p.version_id
join articles a on a.id = p.article_id
join outlets o on o.id = a.outlet_id
join stories s on s.id = p.story_id
join story_versions t on t.id = p.story_version_id
left join verdicts j on j.article_url = a.canonical_url and j.story_key = s.key
join pickups f on f.id = coalesce((@first), p.id)
join article_versions u on u.id = f.version_id
join story_versions e on e.id = f.story_version_id
"""
_WORDS: Final = {
    "@judged": _JUDGED,
    "@first": _FIRST,
    "@before": _BEFORE,
    "@zoned": _ZONED,
    "@at": f"({_AT})",
    "@latest": f"({_LATEST})",
}
_FACTS: Final = reduce(lambda sql, word: sql.replace(word, _WORDS[word]), _WORDS, _JOINED)
_COLUMNS: Final = tuple(column.name for column in CarriedRow.__table__.columns)
_LICENCE: Final = """coalesce((
        select l.terms from licences l
        where l.outlet_id = x.outlet and l.agency = x.agency
          and (l.valid_from is null or l.valid_from <= utc_day(x.asked_at))
          and (l.valid_to is null or l.valid_to >= utc_day(x.asked_at))
        order by l.valid_from is null, l.valid_from desc limit 1
    ), 'unknown')"""
_OWN: Final = {"licence": _LICENCE, "licence_day": "utc_day(x.asked_at)"}
_SELECT: Final = (
    f"select {', '.join(_OWN.get(name, f'x.{name}') for name in _COLUMNS)} from ({_FACTS} where {{which}}) x where true"  # noqa: S608  -- our own names
)
_FILL: Final = f"insert into carried ({', '.join(_COLUMNS)}) {_SELECT}"
_AGAIN: Final = (
    f"{_FILL} on conflict (pickup_id) do update set {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_SAID_OF: Final = (
    "p.article_id in (select id from articles where canonical_url = {row}.article_url)"
    " and p.story_id in (select id from stories where key = {row}.story_key)"
)
_BESIDE: Final = "p.article_id = {row}.article_id and p.story_id = {row}.story_id"
"""All versions of one article that carry the story: the first of them dates the others."""
_PICKUP: Final = (
    "article_id, version_id, story_id, story_version_id, certainty, use, credited, covered_words, score, delay_minutes,"
    " appeared_at, appeared_latest"
)
_VERSION: Final = (
    "number, current, seen_at, published_at, published_earliest, published_latest, published_zone, language, words"
)
# (name, table, event, which pickups it concerns, when). A pickup that goes takes its row along by its foreign key.
_EVENTS: Final = (
    ("pickup_added", "pickups", "insert", _BESIDE.format(row="new"), ""),
    ("pickup_changed", "pickups", f"update of {_PICKUP}", _BESIDE.format(row="new"), ""),
    (
        "pickup_moved",
        "pickups",
        "update of article_id, story_id",
        _BESIDE.format(row="old"),
        "old.article_id <> new.article_id or old.story_id <> new.story_id",
    ),
    ("pickup_removed", "pickups", "delete", _BESIDE.format(row="old"), ""),
    ("version_changed", "article_versions", f"update of {_VERSION}", "p.article_id = new.article_id", ""),
    (
        "article_changed",
        "articles",
        "update of outlet_id, canonical_url, first_seen_at",
        "p.article_id = new.id",
        "old.outlet_id <> new.outlet_id or old.canonical_url <> new.canonical_url"
        " or old.first_seen_at <> new.first_seen_at",
    ),
    ("story_changed", "stories", "update of key, agency, slugline, seen_at", "p.story_id = new.id", ""),
    ("take_changed", "story_versions", "update of take", "p.story_id = new.story_id", "old.take <> new.take"),
    (
        "outlet_changed",
        "outlets",
        "update of country, agency",
        "a.outlet_id = new.id",
        # The catalogue is written over the outlets at every start, nearly always with what stood there.
        "old.country <> new.country or old.agency <> new.agency",
    ),
    ("verdict_added", "verdicts", "insert", _SAID_OF.format(row="new"), ""),
    ("verdict_changed", "verdicts", "update of judgement", _SAID_OF.format(row="new"), ""),
    ("verdict_left", "verdicts", "update of article_url, story_key", _SAID_OF.format(row="old"), ""),
    ("verdict_came", "verdicts", "update of article_url, story_key", _SAID_OF.format(row="new"), ""),
    ("verdict_removed", "verdicts", "delete", _SAID_OF.format(row="old"), ""),
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
    return for_dialect(f"{_SELECT.format(which='true')} order by x.pickup_id", dialect)


def _triggers(dialect: str) -> list[Trigger]:
    return [
        Trigger(f"carried_{name}", table, event, (for_dialect(_AGAIN.format(which=which), dialect),), when)
        for name, table, event, which, when in _EVENTS
    ]
