"""The views about notices: where they are not applied, and what everybody did and how soon."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from storage.answers import OpenNotice, Outcome
from storage.views.view_parts import View

OPEN_NOTICES: Final = View(
    "open_notices",
    "Corrections, kills, holds and embargoes not yet applied: one row a notice and article that carried the story "
    "in any version and, as far as we know, left it as it was; for an embargo, articles published before its end.",
    OpenNotice,
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
    {
        "opened_at": (datetime, "when the agency sent it, UTC"),
        "embargo_until": (datetime, "of an embargo: not to be published before, UTC"),
        "outlet_name": (str, "outlet's display name"),
        "checked_at": (datetime, "when somebody last looked, UTC"),
        "article_id": (int, "row of articles"),
    },
)

COMPLIANCE: Final = View(
    "compliance",
    "What every article a notice concerns did about it, and how many minutes it took, closed notices too.",
    Outcome,
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
    {
        "outlet_name": (str, "outlet's display name"),
        "closed_at": (datetime, "when the last article complied, UTC; null while one has not"),
        "article_id": (int, "row of articles"),
    },
)
