"""What each view is: its SQL and what each column means. Data for storage.views.making and for docs/schema.md.

The SQL is what both databases understand alike; the one thing they do not, the UTC day of an instant, is written
utc_day(x) and translated by storage.dialects. Quantiles are summed up from ranked rows (storage.quantiles), because
SQLite has no percentile_cont. The summaries are for people's own SQL: our questions get the same
from packed columns (storage.packed.sums and story_sums).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Boolean, Date

from storage.views.notices import COMPLIANCE, OPEN_NOTICES
from storage.views.shapes import (
    AGENCY,
    ARTICLE,
    LICENCE,
    OUTLET,
    OUTLET_NAME,
    PLACED_AT,
    STORY,
    URL,
    USE,
)
from storage.views.shapes import View as View
from storage.views.shapes import ViewColumn as ViewColumn
from storage.views.shapes import count_column as _count
from storage.views.shapes import instant_column as _instant
from storage.views.shapes import number_column as _number
from storage.views.shapes import text_column as _text

_PICKUPS: Final = """
select s.key as story, s.origin, c.agency, t.take,
    coalesce(a.import_id, a.canonical_url) as article,
    c.outlet, o.name as outlet_name, c.country, c.language,
    a.canonical_url as url, v.headline, s.headline as story_headline, s.slugline,
    c.class, c.certainty, p.share_of_article, p.share_of_story, c.words, c.covered_words, c.credited, p.credit_text,
    c.licence, t.filed_at, v.published_at, v.published_earliest, v.published_latest, v.published_source,
    v.published_zone, c.placed_at, c.undated, c.first_seen_at, c.delay_minutes, f.delay_earliest, f.delay_latest,
    c.score, p.reasons, p.matcher_version, c.used_at, e.filed_at as used_take_filed_at, c.update_minutes,
    case when t.take > e.take then coalesce(p.appeared_at, v.published_at) end as updated_at,
    c.sighted_at, c.known_at, c.licence_day, c.pickup_id, c.article_id, c.version_id, c.story_id, c.story_version_id
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
WITH_REJECTED: Final = f"{_PICKUPS} where c.certainty <> 'superseded'"
"""Beside the rows of pickup_list those a person rejected: for the pages on which that is taken back."""

PICKUP_LIST = View(
    "pickup_list",
    "Every pickup of the current version of every article, without those a person rejected. "
    "Filter on certainty: linked and confirmed count, possible waits for a person.",
    (
        STORY,
        _text("origin", "filed or inferred"),
        AGENCY,
        _count("take", "take of the story, 1, 2, …"),
        ARTICLE,
        OUTLET,
        OUTLET_NAME,
        _text("country", "outlet's country"),
        _text("language", "language of the article"),
        URL,
        _text("headline", "headline of the article"),
        _text("story_headline", "headline of the story's newest take"),
        _text("slugline", "agency's keyword over the takes"),
        USE,
        _text("certainty", "linked, possible, or confirmed by a person"),
        _number("share_of_article", "0..1, words of the article that are story text"),
        _number("share_of_story", "0..1, words of the take that were used"),
        _count("words", "words of the article"),
        _count("covered_words", "words of the article in aligned passages"),
        _text("credited", "text, joint, generic, photo, quoted, wrong or none"),
        _text("credit_text", "exact string of the credit that counts"),
        LICENCE,
        _instant("filed_at", "when the take it carries now was filed, UTC"),
        _instant("published_at", "published: best single instant, UTC"),
        _instant("published_earliest", "published: not before, UTC"),
        _instant("published_latest", "published: not after, UTC"),
        _text("published_source", "published: where the evidence stood"),
        _text("published_zone", "published: offset stated, outlet's or unknown"),
        PLACED_AT,
        ViewColumn("undated", Boolean(), "true when nothing but our first sight dates the article"),
        _instant("first_seen_at", "when the article was first seen, UTC"),
        _number("delay_minutes", "first use: used_at minus used_take_filed_at, minutes"),
        _number("delay_earliest", "first use: least delay the bounds allow, minutes"),
        _number("delay_latest", "first use: largest delay the bounds allow, minutes"),
        _number("score", "0..1"),
        ViewColumn("reasons", JSON(), "sentences of evidence"),
        _text("matcher_version", "matcher that judged it"),
        _instant("used_at", "first use: when the story's text appeared in the article, UTC; null when not known"),
        _instant("used_take_filed_at", "first use: when the take it carried then was filed, UTC"),
        _number("update_minutes", "later update: updated_at minus filed_at, minutes; null while as first used"),
        _instant("updated_at", "later update: when the later take appeared in the article, UTC"),
        _instant("sighted_at", "when a version with the story's text was first seen, UTC"),
        _instant("known_at", "when both that version and the story had been seen, UTC"),
        ViewColumn("licence_day", Date(), "day of first use, for which the licence is asked, UTC"),
        _count("pickup_id", "row of pickups"),
        _count("article_id", "row of articles"),
        _count("version_id", "row of article_versions"),
        _count("story_id", "row of stories"),
        _count("story_version_id", "row of story_versions"),
    ),
    f"{_PICKUPS} where is_listed(c.certainty)\n",
)

STORY_SUMMARY = View(
    "story_summary",
    "One row a story: what it is, how far it went, who was first. Stories nobody took have pickups = 0.",
    (
        STORY,
        _text("origin", "filed or inferred"),
        AGENCY,
        _text("slugline", "agency's keyword over the takes"),
        _text("headline", "headline of the newest take"),
        _text("language", "language it was filed in"),
        _text("status", "usable, corrected, killed, withheld or embargoed"),
        _instant("embargo_until", "not to be published before, UTC"),
        _instant("filed_at", "when the first take was filed, UTC"),
        _instant("seen_at", "when we first knew of it, UTC"),
        _count("takes", "takes known"),
        _count("pickups", "articles linked or confirmed"),
        _count("possible", "articles that wait for a person"),
        _count("outlets", "outlets that took it"),
        _count("uncredited", "pickups that name no agency"),
        _instant("first_at", "when the first outlet first used it, UTC; null when not known to the instant"),
        _text("first_outlet", "outlet of the first use with a known time, else of the first we saw"),
        _number("first_delay_minutes", "its delay, minutes"),
        _number("median_delay_minutes", "median delay of the pickups whose delay is known, minutes"),
        _instant("last_at", "newest first use with a known time, UTC"),
        _count("story_id", "row of stories"),
    ),
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
)

OUTLET_SUMMARY = View(
    "outlet_summary",
    "One row an outlet: how much of what it published is agency text, how soon, and how credited and licensed.",
    (
        OUTLET,
        OUTLET_NAME,
        _text("country", "outlet's country"),
        _text("language", "outlet's language"),
        _text("own_agency", "set when the site is an agency's own"),
        _count("articles", "articles stored"),
        _count("words", "words of their current versions"),
        _count("agency_articles", "articles that carry at least one story"),
        _number("share_of_articles", "0..1, agency_articles of articles"),
        _count("agency_words", "words in aligned passages, no article counted over its length"),
        _number("share_of_words", "0..1, agency_words of words"),
        _count("pickups", "pickups linked or confirmed; an article merged from two stories counts twice"),
        _count("stories", "stories taken"),
        _count("uncredited", "pickups that name no agency"),
        _count("unlicensed", "pickups for which the licence table says none"),
        _count("licence_unknown", "pickups for which nobody said"),
        _number("median_delay_minutes", "median delay of the pickups whose delay is known, minutes"),
        _instant("last_article_at", "when its newest article was first seen, UTC"),
        _number("quarter_delay_minutes", "delay below which a quarter of them lies, minutes"),
        _number("three_quarters_delay_minutes", "delay below which three quarters of them lie, minutes"),
    ),
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
)

CREDIT_GAPS = View(
    "credit_gaps",
    "Pickups whose text credit does not name the agency: none at all, another agency, only a picture, only "
    "'Agencies', or only as a quoted source. An agency's own site is left out.",
    (
        STORY,
        AGENCY,
        ARTICLE,
        OUTLET,
        OUTLET_NAME,
        _text("country", "outlet's country"),
        _text("language", "language of the article"),
        URL,
        _text("headline", "headline of the article"),
        _text("gap", "none, wrong, photo, generic or quoted"),
        _text("credit_text", "exact string of the credit that counts"),
        USE,
        _number("share_of_article", "0..1, words of the article that are story text"),
        _count("covered_words", "words of the article in aligned passages"),
        LICENCE,
        PLACED_AT,
        _count("pickup_id", "row of pickups"),
    ),
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
)

CRAWL_HEALTH = View(
    "crawl_health",
    "One row an outlet: is it quiet, or is our spider broken?",
    (
        OUTLET,
        OUTLET_NAME,
        _count("feeds", "feeds polled"),
        _count("failing_feeds", "feeds whose last poll failed"),
        _instant("polled_at", "last poll of any of its feeds, UTC"),
        _instant("found_at", "when a feed last listed a page not seen before, UTC"),
        _count("pages", "page addresses known"),
        _count("unfetched_pages", "pages never fetched yet"),
        _count("failing_pages", "pages whose last fetch failed"),
        _count("refused_pages", "pages refused by robots or by us"),
        _instant("fetched_at", "last fetch of any of its pages, UTC"),
        _count("articles", "articles stored"),
        _instant("last_article_at", "when its newest article was first seen, UTC"),
        _text("reason", "why its worst feed fails, in words"),
    ),
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
)

VIEWS = (PICKUP_LIST, STORY_SUMMARY, OUTLET_SUMMARY, CREDIT_GAPS, OPEN_NOTICES, COMPLIANCE, CRAWL_HEALTH)
