"""Lines of an export, read back: the same article versions and filings again, exactly as they were stored.

A line tells what it is in `type`. Nothing is guessed from it: paragraphs, credits and moments are taken as they stand,
where the rows of jobs.importing are read as texts by the rules for pages. Storage takes both the same way.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from news.articles import Article, Credit, CreditKind, Filing, FilingStatus, Moment, MomentSource, MomentZone
from news.names import bare_id


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _MomentLine(_Line):
    at: AwareDatetime | None = None
    earliest: AwareDatetime | None = None
    latest: AwareDatetime | None = None
    source: MomentSource = "none"
    zone: MomentZone = "unknown"

    def moment(self) -> Moment:
        return Moment(self.at, self.earliest, self.latest, self.source, self.zone)

    @model_validator(mode="after")
    def _in_order(self) -> _MomentLine:
        self.moment()  # raises ValueError for bounds that cross
        return self


class _CreditLine(_Line):
    agency: str
    kind: CreditKind
    place: str
    text: str


class VersionLine(_Line):
    """What an article said at one time, as `wiretrail export articles` and `export versions` write it."""

    type: Literal["version"]
    url: str = Field(pattern="^https?://")
    id: str | None = None
    outlet: str | None = None
    seen: AwareDatetime
    last_seen: AwareDatetime
    headline: str
    paragraphs: tuple[str, ...]
    byline: str = ""
    dateline: str = ""
    language: str = ""
    published: _MomentLine = _MomentLine()
    modified: _MomentLine = _MomentLine()
    credits: tuple[_CreditLine, ...] = ()
    truncated: bool = False
    expired: AwareDatetime | None = None

    def article(self) -> Article:
        """The version as an Article."""
        return Article(
            url=self.url,
            canonical_url=self.url,
            headline=self.headline,
            paragraphs=self.paragraphs,
            byline=self.byline,
            dateline=self.dateline,
            language=self.language,
            published=self.published.moment(),
            modified=self.modified.moment(),
            credits=tuple(Credit(c.agency, c.kind, c.place, c.text) for c in self.credits),
            truncated=self.truncated,
        )


class FilingLine(_Line):
    """A take or a notice, as `wiretrail export stories` writes it."""

    type: Literal["filing"]
    agency: str = Field(min_length=1)
    story: str
    origin: Literal["filed", "inferred"]
    item: str | None = None
    headline: str
    paragraphs: tuple[str, ...]
    filed: _MomentLine = _MomentLine()
    stated: AwareDatetime | None = None
    received: AwareDatetime
    received_from: str = ""
    revision: int | None = Field(default=None, ge=0, lt=2**31)
    supersedes: str = ""
    slugline: str = ""
    dateline: str = ""
    byline: str = ""
    language: str = ""
    urgency: int | None = Field(default=None, ge=0, le=9)
    status: FilingStatus = "usable"
    embargo_until: AwareDatetime | None = None
    notice: str = ""
    usage_terms: str = ""
    expired: AwareDatetime | None = None

    def filing(self) -> Filing:
        """The agency's item. Stored names begin with the agency's code, which is not part of its own ids."""
        return Filing(
            story_id=self._bare(self.story),
            take_id=self._bare(self.item or self.story),
            # A time ahead of its receipt is told from a true one by being one again.
            filed=Moment(self.stated, source="filing", zone="stated") if self.stated else self.filed.moment(),
            origin=self.received_from,
            **{name: getattr(self, name) for name in _SAME},
        )

    def _bare(self, name: str) -> str:
        """Exports of before 0015 wrote a colon in an agency's code as it is."""
        bare = bare_id(self.agency, name)
        return name.removeprefix(f"{self.agency}:") if bare == name else bare


_SAME = (
    "agency",
    "headline",
    "paragraphs",
    "revision",
    "supersedes",
    "slugline",
    "dateline",
    "byline",
    "language",
    "urgency",
    "status",
    "embargo_until",
    "notice",
    "usage_terms",
)


class PickupLine(_Line):
    """A pickup: known, so that it can be refused by name."""

    type: Literal["pickup"]

    @model_validator(mode="after")
    def _refuse(self) -> PickupLine:
        raise ValueError("pickups are not imported: import articles and stories, then run wiretrail match")


_LINES: TypeAdapter[VersionLine | FilingLine | PickupLine] = TypeAdapter(
    Annotated[VersionLine | FilingLine | PickupLine, Field(discriminator="type")]
)


def is_line(values: object) -> bool:
    """Whether an export wrote it, and nobody else."""
    return isinstance(values, dict) and values.get("type") in ("version", "filing", "pickup")


def read_line(values: object) -> VersionLine | FilingLine:
    """The line these values make. Raises pydantic's ValidationError."""
    line = _LINES.validate_python(values)
    assert not isinstance(line, PickupLine)  # noqa: S101  -- its own check refuses every one
    return line
