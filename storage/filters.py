"""What an answer is narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Grouping = Literal["outlet", "agency", "desk", "hour"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer is narrowed to; None is no narrowing. `since` and `until` are instants, `until` excluded.

    Times are the published instant, else a bound, else when the article was first seen. `language` "en" includes
    "en-GB". `certainty` empty means linked and confirmed. `licence` is that in force: "unknown", "none" or its terms.
    `newer_than` leaves only rows of a higher number (pickup, story or notice): what came since somebody's last look.
    """

    agency: str | None = None
    outlet: str | None = None
    country: str | None = None
    language: str | None = None
    use: str | None = None
    credited: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    certainty: tuple[str, ...] = ()
    licence: str | None = None
    story: str | None = None
    limit: int | None = None
    newer_than: int | None = None


EVERYTHING: Final = Filters()
