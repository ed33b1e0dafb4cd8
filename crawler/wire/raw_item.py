"""What a format's reader hands over before the rules common to all formats are applied.

Apart from Filing because dateline, sign-off, notice, status and agency are settled once, in finish(), from
fields that only make sense together: a format module copies what stands in its file and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from news.articles import Moment


@dataclass(frozen=True, slots=True)
class Reading:
    """One item as it stands in its file.

    `agencies` are the names and addresses by which the file says whose it is, best first. `status` and
    `signals` are its own words ("Canceled", "sig:correction"), `notes` editorial text not for publication.
    `table_words` counts words in tables, which are kept out of `paragraphs`.
    """

    agencies: tuple[str, ...]
    story_id: str
    take_id: str
    headline: str
    paragraphs: tuple[str, ...]
    filed: Moment
    revision: int | None = None
    supersedes: str = ""
    slugline: str = ""
    dateline: str = ""
    byline: str = ""
    language: str = ""
    urgency: int | None = None
    status: str = ""
    signals: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    embargo_until: datetime | None = None
    usage_terms: str = ""
    table_words: int = 0
