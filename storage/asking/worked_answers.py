"""Ten questions people ask of the database, answered in SQL that runs on SQLite and PostgreSQL alike.

They stand in docs/schema.md, and a test runs each on both databases: a document that cannot lie.
"""

from __future__ import annotations

from typing import Final

ANSWERS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Who picked up a story, in order, with delay and share?",
        """
select outlet_name, url, published_at, delay_minutes, share_of_article, class, credited
from pickup_list
where story = 'AFP:20150511T160301' and certainty in ('linked', 'confirmed')
order by placed_at, outlet;
""",
    ),
    (
        "Which outlets use agency text without naming the agency, and how many words of it?",
        """
select outlet, agency, count(*) as copies, sum(covered_words) as words
from credit_gaps
where gap = 'none'
group by outlet, agency
order by words desc, outlet;
""",
    ),
    (
        "Which outlets have no licence for what they carry? Unknown is not none.",
        """
select outlet_name, agency, licence, count(*) as copies, sum(covered_words) as words
from pickup_list
where certainty in ('linked', 'confirmed') and licence in ('none', 'unknown')
group by outlet_name, agency, licence
order by licence, copies desc, outlet_name;
""",
    ),
    (
        "Which stories did nobody take?",
        """
select story, headline, filed_at
from story_summary
where pickups = 0 and origin = 'filed'
order by seen_at desc, story;
""",
    ),
    (
        "How fast is each outlet, and how much of it is agency text?",
        """
select outlet_name, pickups, median_delay_minutes, share_of_articles, share_of_words
from outlet_summary
where median_delay_minutes is not null
order by median_delay_minutes, outlet_name;
""",
    ),
    (
        "Where is a correction or kill still not applied?",
        """
select kind, story, outlet_name, url, state, opened_at
from open_notices
where kind in ('correction', 'kill')
order by opened_at, outlet_name;
""",
    ),
    (
        "Who was first with each story, and by how much?",
        """
select story, headline, first_outlet, first_delay_minutes, median_delay_minutes, outlets
from story_summary
where pickups > 1
order by outlets desc, story;
""",
    ),
    (
        "Which agency does each outlet rely on?",
        """
select outlet_name, agency, count(*) as copies, sum(covered_words) as words,
    rank() over (partition by outlet_name order by sum(covered_words) desc) as place
from pickup_list
where certainty in ('linked', 'confirmed')
group by outlet_name, agency
order by outlet_name, place;
""",
    ),
    (
        "Which articles changed after they were first published, and what did they say before?",
        """
select a.canonical_url, v.number, v.seen_at, v.headline, v.words
from article_versions v
join articles a on a.id = v.article_id
where exists (select 1 from article_versions w where w.article_id = v.article_id and w.number > 1)
order by a.canonical_url, v.number;
""",
    ),
    (
        "Is an outlet quiet, or is our spider broken?",
        """
select outlet_name, feeds, failing_feeds, polled_at, found_at, last_article_at, reason
from crawl_health
where failing_feeds > 0 or found_at is null
order by failing_feeds desc, outlet_name;
""",
    ),
)
