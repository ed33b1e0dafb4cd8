"""What each view is: its SQL and what each column means. Data for storage.views.making and for docs/schema.md.

The SQL is what both databases understand alike; the one thing they do not, the UTC day of an instant, is written
utc_day(x) and translated by storage.dialects. Quantiles are summed up from ranked rows (storage.quantiles), because
SQLite has no percentile_cont. The summaries are for people's own SQL: our questions get the same
from packed columns (storage.totals.outlet_totals and story_sums).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.answers import CreditGap, Health, OutletAnswer, Pickup, Story
from storage.views.notice_views import COMPLIANCE, OPEN_NOTICES
from storage.views.view_parts import View as View

EVERY_PICKUP: Final = """
select s.key as story, s.origin, c.agency, t.take,
    coalesce(a.import_id, a.canonical_url) as article,
    c.outlet, coalesce(nullif(o.name, ''), o.id) as outlet_name, c.country, c.language,
    a.canonical_url as url, v.headline, s.headline as story_headline, s.slugline,
    c.class, c.certainty, p.share_of_article, p.share_of_story, c.words, c.covered_words, c.credited, p.credit_text,
    c.licence, t.filed_at, v.published_at, v.published_earliest, v.published_latest, v.published_source,
    v.published_zone, c.placed_at, c.undated, c.first_seen_at, c.delay_minutes, f.delay_earliest, f.delay_latest,
    c.score, p.reasons, p.matcher_version, c.used_at, e.filed_at as used_take_filed_at, c.update_minutes,
    case when t.take > e.take then coalesce(p.appeared_at, v.published_at) end as updated_at,
    c.used_by, c.sighted_at, c.known_at, c.licence_day,
    coalesce(
        (select max(n.embargo_until) from notices n where n.story_id = s.id and n.kind = 'embargo'), s.embargo_until
    ) as embargo_until, c.pickup_id, c.article_id, c.version_id, c.story_id, c.story_version_id
from carried c
left join pickups p on p.id = c.pickup_id
left join article_versions v on v.id = c.version_id
left join articles a on a.id = c.article_id
left join outlets o on o.id = c.outlet
left join stories s on s.id = c.story_id
left join story_versions t on t.id = c.story_version_id
left join pickups f on f.id = c.first_pickup_id
left join story_versions e on e.id = f.story_version_id
"""
PICKUP_LIST = View(
    "pickup_list",
    "Every pickup of the current version of every article, without those a person rejected. "
    "Filter on certainty: linked and confirmed count, possible waits for a person.",
    Pickup,
    f"{EVERY_PICKUP} where is_listed(c.certainty)\n",
    {},
)

STORY_SUMMARY = View(
    "story_summary",
    "One row a story: what it is, how far it went, who was first. Stories nobody took have pickups = 0.",
    Story,
    """
with counted as (
    select story_id, outlet, credited, used_at, sighted_at, delay_minutes
    from carried where is_counted(certainty)
), totals as (
    select story_id, count(*) as pickups, count(distinct outlet) as outlets,
        sum(case when credited = 'none' then 1 else 0 end) as uncredited, max(used_at) as last_at
    from counted group by story_id
), ordered as (
    select story_id, outlet, used_at, delay_minutes,
        row_number() over (
            partition by story_id
            order by used_at is null, coalesce(used_at, sighted_at), outlet, delay_minutes is null, delay_minutes
        ) as place
    from counted
), ranked as (
    select story_id, delay_minutes,
        row_number() over (partition by story_id order by delay_minutes) as place,
        count(*) over (partition by story_id) as many
    from counted where delay_minutes is not null
), medians as (
    select story_id, quantile(delay_minutes, 0.5) as median from ranked group by story_id
), waiting as (
    select story_id, count(*) as possible from carried
    where certainty = 'possible' group by story_id
), takes as (
    select story_id, count(*) as takes from story_versions group by story_id
)
select s.key as story, s.origin, s.agency, s.slugline, s.headline, s.language, s.status, s.embargo_until,
    s.filed_at, s.seen_at, coalesce(k.takes, 0) as takes, coalesce(c.pickups, 0) as pickups,
    coalesce(w.possible, 0) as possible, coalesce(c.outlets, 0) as outlets, coalesce(c.uncredited, 0) as uncredited,
    f.used_at as first_at, f.outlet as first_outlet, f.delay_minutes as first_delay_minutes,
    m.median as median_delay_minutes, c.last_at, s.id as story_id
from stories s
left join takes k on k.story_id = s.id
left join totals c on c.story_id = s.id
left join waiting w on w.story_id = s.id
left join ordered f on f.story_id = s.id and f.place = 1
left join medians m on m.story_id = s.id
""",
    {
        "embargo_until": (datetime, "not to be published before, UTC"),
        "seen_at": (datetime, "when we first knew of it, UTC"),
        "last_at": (datetime, "newest first use with a known time, UTC"),
        "story_id": (int, "row of stories"),
    },
)

OUTLET_SUMMARY = View(
    "outlet_summary",
    "One row an outlet: how much of what it published is agency text, how soon, and how credited and licensed.",
    OutletAnswer,
    """
with totals as (
    select outlet, count(*) as pickups, count(distinct story_id) as stories,
        sum(case when credited = 'none' then 1 else 0 end) as uncredited,
        sum(case when licence = 'none' then 1 else 0 end) as unlicensed,
        sum(case when licence = 'unknown' then 1 else 0 end) as licence_unknown
    from carried where is_counted(certainty) group by outlet
), carriers as (
    select outlet, article_id, sum(covered_words) as covered, max(words) as words
    from carried where is_counted(certainty) group by outlet, article_id
), shares as (
    select outlet, count(*) as agency_articles,
        sum(case when covered > words then words else covered end) as agency_words
    from carriers group by outlet
), ranked as (
    select outlet, delay_minutes,
        row_number() over (partition by outlet order by delay_minutes) as place,
        count(*) over (partition by outlet) as many
    from carried where is_counted(certainty) and delay_minutes is not null
), medians as (
    select outlet, quantile(delay_minutes, 0.25) as quarter,
        quantile(delay_minutes, 0.5) as median, quantile(delay_minutes, 0.75) as three_quarters
    from ranked group by outlet
), published as (
    select a.outlet_id as outlet, count(*) as articles, sum(v.words) as words, max(a.first_seen_at) as last_article_at
    from articles a join article_versions v on v.article_id = a.id
    where v.id not in (select id from article_versions where not current)
    group by a.outlet_id
)
select o.id as outlet, o.name as outlet_name, o.country, o.language, o.agency as own_agency,
    coalesce(b.articles, 0) as articles, coalesce(b.words, 0) as words,
    coalesce(h.agency_articles, 0) as agency_articles,
    cast(coalesce(h.agency_articles, 0) as double precision) / nullif(b.articles, 0) as share_of_articles,
    coalesce(h.agency_words, 0) as agency_words,
    cast(coalesce(h.agency_words, 0) as double precision) / nullif(b.words, 0) as share_of_words,
    coalesce(c.pickups, 0) as pickups, coalesce(c.stories, 0) as stories, coalesce(c.uncredited, 0) as uncredited,
    coalesce(c.unlicensed, 0) as unlicensed, coalesce(c.licence_unknown, 0) as licence_unknown,
    m.median as median_delay_minutes, b.last_article_at, m.quarter as quarter_delay_minutes,
    m.three_quarters as three_quarters_delay_minutes
from outlets o
left join published b on b.outlet = o.id
left join shares h on h.outlet = o.id
left join totals c on c.outlet = o.id
left join medians m on m.outlet = o.id
""",
    {
        "own_agency": (str, "set when the site is an agency's own"),
        "last_article_at": (datetime, "when its newest article was first seen, UTC"),
        "quarter_delay_minutes": (float, "delay below which a quarter of them lies, minutes"),
        "three_quarters_delay_minutes": (float, "delay below which three quarters of them lie, minutes"),
    },
)

CREDIT_GAPS = View(
    "credit_gaps",
    "Pickups whose text credit does not name the agency: none at all, another agency, only a picture, only "
    "'Agencies', or only as a quoted source. An agency's own site is left out.",
    CreditGap,
    """
select s.key as story, c.agency, coalesce(a.import_id, a.canonical_url) as article, c.outlet, o.name as outlet_name,
    c.country, c.language, a.canonical_url as url, v.headline, c.gap, p.credit_text, c.class, p.share_of_article,
    c.covered_words, c.licence, c.placed_at, c.pickup_id
from carried c
left join pickups p on p.id = c.pickup_id
left join article_versions v on v.id = c.version_id
left join articles a on a.id = c.article_id
left join outlets o on o.id = c.outlet
left join stories s on s.id = c.story_id
where c.gap <> '' and is_counted(c.certainty)
""",
    {
        "outlet_name": (str, "outlet's display name"),
        "country": (str, "outlet's country"),
        "language": (str, "language of the article"),
        "pickup_id": (int, "row of pickups"),
    },
)

CRAWL_HEALTH = View(
    "crawl_health",
    "One row an outlet: is it quiet, or is our spider broken?",
    Health,
    """
with polled as (
    select outlet_id, count(*) as feeds, sum(case when failures > 0 then 1 else 0 end) as failing_feeds,
        max(polled_at) as polled_at, max(found_at) as found_at
    from feeds where active group by outlet_id
), worst as (
    select outlet_id, reason, row_number() over (partition by outlet_id order by failures desc, id) as place
    from feeds where active and failures > 0
), fetched as (
    select outlet_id, count(*) as pages,
        sum(case when visits = 0 and failures = 0 then 1 else 0 end) as unfetched_pages,
        sum(case when outcome = 'failed' then 1 else 0 end) as failing_pages,
        sum(case when outcome = 'refused' then 1 else 0 end) as refused_pages, max(fetched_at) as fetched_at
    from pages group by outlet_id
), stored as (
    select outlet_id, count(*) as articles, max(first_seen_at) as last_article_at from articles group by outlet_id
)
select o.id as outlet, o.name as outlet_name, coalesce(f.feeds, 0) as feeds,
    coalesce(f.failing_feeds, 0) as failing_feeds, f.polled_at, f.found_at, coalesce(p.pages, 0) as pages,
    coalesce(p.unfetched_pages, 0) as unfetched_pages, coalesce(p.failing_pages, 0) as failing_pages,
    coalesce(p.refused_pages, 0) as refused_pages, p.fetched_at, coalesce(a.articles, 0) as articles,
    a.last_article_at, coalesce(w.reason, '') as reason
from outlets o
left join polled f on f.outlet_id = o.id
left join worst w on w.outlet_id = o.id and w.place = 1
left join fetched p on p.outlet_id = o.id
left join stored a on a.outlet_id = o.id
""",
    {},
)

VIEWS = (PICKUP_LIST, STORY_SUMMARY, OUTLET_SUMMARY, CREDIT_GAPS, OPEN_NOTICES, COMPLIANCE, CRAWL_HEALTH)
