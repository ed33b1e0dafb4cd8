"""Press releases as NTB and STT distribute them: <release id> with title, leadtext, body and publisher.

publicationDate is a Nordic wall clock ("28.09.2018 11:15") without a zone, so it gives bounds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from crawler.wire.markup import Element, attribute, child, escaped_paragraphs, text_of
from crawler.wire.raw_item import Reading
from crawler.wire.sender import authority
from crawler.wire.times import Written, first_moment, instant_or_earliest, to_moment
from news.articles import Moment

_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d\d)")


def read(root: Element, origin: str, received: datetime) -> list[Reading]:  # noqa: ARG001  -- every format has this signature
    """The one release of a document; it is filed by the service that distributes it, and its publisher writes it."""
    site = authority(text_of(child(root, "longurl")))
    number = attribute(root, "id")
    body = child(root, "body")
    lead = text_of(child(root, "leadtext"))
    return [
        Reading(
            agencies=(site,) if site else (),
            story_id=f"{site}:{number}" if number else "",
            take_id=f"{site}:{number}" if number else "",
            headline=text_of(child(root, "title")),
            paragraphs=tuple(
                line for line in (lead, *escaped_paragraphs((body.text or "") if body is not None else "")) if line
            ),
            filed=_moment(text_of(child(root, "publicationDate")), received),
            byline=text_of(child(root, "publisher", "name")),
            language=attribute(root, "lang").lower(),
            embargo_until=instant_or_earliest(text_of(child(root, "embargo"))),
        )
    ]


def _moment(written: str, received: datetime) -> Moment:
    found = _DATE.fullmatch(written)
    if found is None:
        return first_moment([written], received)
    day, month, year, hour, minute = map(int, found.groups())
    try:
        return to_moment(Written(datetime(year, month, day, hour, minute, tzinfo=UTC), zoned=False), received)
    except (ValueError, OverflowError):
        return first_moment([], received)
