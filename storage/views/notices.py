"""The views about notices: where they are not applied, and what everybody did and how soon."""

from __future__ import annotations

from typing import Final

from storage.views.shapes import (
    AGENCY,
    ARTICLE,
    OUTLET,
    OUTLET_NAME,
    STORY,
    URL,
    View,
    count_column,
    instant_column,
    number_column,
    text_column,
)

OPEN_NOTICES: Final = View(
    "open_notices",
    "Corrections, kills, holds and embargoes not yet applied: one row a notice and article that carried the story "
    "in any version and, as far as we know, left it as it was; for an embargo, articles published before its end.",
    (
        count_column("notice", "row of notices"),
        text_column("kind", "correction, kill, hold or embargo"),
        STORY,
        AGENCY,
        text_column("text", "what the agency wrote"),
        instant_column("opened_at", "when the agency sent it, UTC"),
        instant_column("embargo_until", "of an embargo: not to be published before, UTC"),
        OUTLET,
        OUTLET_NAME,
        ARTICLE,
        URL,
        text_column(
            "state",
            "unchanged, headline still wrong, noindexed (only hidden from search engines), unreachable, unchecked "
            "while nobody could tell, or broken (an embargo)",
        ),
        instant_column("since", "since when it is in that state, UTC"),
        instant_column("checked_at", "when somebody last looked, UTC"),
        text_column("evidence", "words of the page that say so"),
        count_column("article_id", "row of articles"),
    ),
    """
with carriers as (
    select distinct story_id, article_id from carried
    where is_counted(judged) and story_id in (select story_id from notices where closed_at is null)
)
select n.id as notice, n.kind, s.key as story, s.agency, n.text, n.opened_at, n.embargo_until,
    o.id as outlet, o.name as outlet_name, coalesce(a.import_id, a.canonical_url) as article,
    a.canonical_url as url, coalesce(x.state, 'unchecked') as state, coalesce(x.since, n.opened_at) as since,
    x.checked_at, coalesce(x.evidence, '') as evidence, a.id as article_id
from notices n
join stories s on s.id = n.story_id
join carriers c on c.story_id = n.story_id
join articles a on a.id = c.article_id
join outlets o on o.id = a.outlet_id
left join notice_states x on x.notice_id = n.id and x.article_id = a.id
where n.closed_at is null and (
    is_open(x.state) or (n.kind <> 'embargo' and x.state is null)
)
""",
)

COMPLIANCE: Final = View(
    "compliance",
    "What every article a notice concerns did about it, and how many minutes it took, closed notices too.",
    (
        count_column("notice", "row of notices"),
        text_column("kind", "correction, kill, hold or embargo"),
        STORY,
        AGENCY,
        OUTLET,
        OUTLET_NAME,
        ARTICLE,
        URL,
        instant_column("opened_at", "when the agency sent it, UTC"),
        instant_column("closed_at", "when the last article complied, UTC; null while one has not"),
        text_column(
            "state", "unchanged, headline still wrong, silently changed, changed with a note, replaced, removed, …"
        ),
        instant_column("since", "when we first saw it so, or the article's own word, UTC"),
        instant_column("checked_at", "when somebody last looked, UTC"),
        number_column("minutes", "from the notice until it complied; of a broken embargo how long before its end"),
        text_column("evidence", "words of the page that say so"),
        count_column("article_id", "row of articles"),
    ),
    """
select n.id as notice, n.kind, s.key as story, s.agency, o.id as outlet, o.name as outlet_name,
    coalesce(a.import_id, a.canonical_url) as article, a.canonical_url as url, n.opened_at, n.closed_at,
    x.state, x.since, x.checked_at, x.minutes, x.evidence, a.id as article_id
from notice_states x
join notices n on n.id = x.notice_id
join stories s on s.id = n.story_id
join articles a on a.id = x.article_id
join outlets o on o.id = a.outlet_id
where x.state <> 'not affected'
""",
)
