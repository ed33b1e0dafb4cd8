"""Tables as the pages show them: cells with their links, made once for every page that lists the same thing.

Nothing here is HTML; the template escapes every text. `Names` are the outlets' display names by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from report.clean import one_line
from report.site.query import address
from report.wording import duration, percent

HEADLINE_CHARACTERS: Final = 160
_LONGEST_WORD: Final = 24
CREDIT_WORDS: Final = {
    "text": "text credit",
    "joint": "joint credit",
    "generic": "“agencies” only",
    "photo": "photo credit only",
    "quoted": "named as quoted only",
    "wrong": "another agency credited",
    "none": "no credit found",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `href` is ours, `outside` another site's address; `note` is a second, quieter line.

    `tone` is "", "good", "warn" or "bad": never the only sign, the text says it too.
    """

    text: str = ""
    href: str = ""
    outside: str = ""
    note: str = ""
    when: datetime | None = None
    number: bool = False
    tone: str = ""

    @property
    def long(self) -> bool:
        """Whether a word of it may be broken: an address or a story's name, never a word of a language."""
        return any(len(word) > _LONGEST_WORD for word in self.text.split())


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for a name in the tables: outlets by id, headlines of stories by name and of articles by address."""

    outlets: Mapping[str, str]
    stories: Mapping[str, str] = field(default_factory=dict)
    articles: Mapping[str, str] = field(default_factory=dict)

    def outlet(self, id_: str) -> str:
        """The outlet's display name."""
        return one_line(self.outlets.get(id_, id_), 60)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading; numbers stand to the right."""

    label: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A table as it leaves: public column names, and one mapping a row."""

    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown. `name` is what `?table=` calls it; `empty` is said when there are no rows.

    `total` is how many rows there are, of which `rows` are the first.
    """

    name: str
    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    empty: str = "Nothing found."


def heads(*labels: str) -> tuple[Heading, ...]:
    """Headings; one that begins with "#" is over numbers."""
    return tuple(Heading(label.removeprefix("#"), label.startswith("#")) for label in labels)


def story_path(key: str) -> str:
    """The page of a story."""
    return f"/story/{quote(key, safe=':~')}"


def outlet_path(outlet: str) -> str:
    """The page of an outlet."""
    return f"/outlet/{quote(outlet, safe=':')}"


def pickup_path(article: str, story: str) -> str:
    """The page of a pickup: named by article and story, which outlive a new match run."""
    return address("/pickup", article=article, story=story)


def seen_path(url: str) -> str:
    """The page of everything seen at an address."""
    return address("/seen", address=url)


def story_cell(key: str, headline: str = "") -> Cell:
    """A story by its headline, its name below."""
    shown = one_line(headline, HEADLINE_CHARACTERS)
    return Cell(shown or key, story_path(key), note=key if shown else "")


def outlet_cell(outlet: str, names: Names) -> Cell:
    """An outlet by its display name."""
    return Cell(names.outlet(outlet), outlet_path(outlet))


def known_story_cell(key: str, names: Names, note: str = "") -> Cell:
    """A story by the headline we know it by."""
    shown = one_line(names.stories.get(key, ""), 80)
    return Cell(shown or key, story_path(key), note=note)


def pickup_cell(headline: str, article: str, url: str, story: str) -> Cell:
    """An article's headline, leading to what it took from the story, and to the page itself."""
    return Cell(one_line(headline, HEADLINE_CHARACTERS) or url, pickup_path(article, story), outside=url)


def count_cell(count: int, href: str = "", tone: str = "") -> Cell:
    """A number that leads to its rows; 0 leads nowhere."""
    return Cell(f"{count:,}", href if count else "", number=True, tone=tone if count else "")


def share_cell(share: float | None) -> Cell:
    """A share of 0..1."""
    return Cell("–" if share is None else percent(share), number=True)


def minutes_cell(minutes: float | None, bounds: tuple[float | None, float | None] | None = None) -> Cell:
    """A delay; when only bounds are known, these."""
    if minutes is not None or bounds is None:
        return Cell(duration(minutes), number=True)
    least, most = bounds
    if least is not None and most is not None:
        return Cell(f"{duration(least)} to {duration(most)}", number=True)
    if least is not None:
        return Cell(f"at least {duration(least)}", number=True)
    return Cell(f"at most {duration(most)}", number=True)


def after(minutes: float) -> str:
    """`after 25 min`; an article that was out before the take it carries now says so."""
    return f"after {duration(minutes)}" if minutes > -0.5 else f"out {duration(-minutes)} before this take"


def when_cell(when: datetime | None, missing: str = "–") -> Cell:
    """An instant, UTC."""
    return Cell(missing) if when is None else Cell(moment_text(when), when=when)


def credit_cell(credited: str) -> Cell:
    """How the agency is credited."""
    tone = {"text": "good", "joint": "good", "wrong": "bad", "none": "bad"}.get(credited, "warn")
    return Cell(CREDIT_WORDS.get(credited, credited), tone=tone)


def moment_text(when: datetime) -> str:
    """`2026-11-20 14:05`, UTC as everything on the pages."""
    return f"{when:%Y-%m-%d %H:%M}"
