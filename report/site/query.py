"""What a page is asked for: the query of its address, checked, as filters and page numbers.

A parameter that a page does not know is refused rather than ignored: a misspelt filter would show wrong counts.
Every value ends up in a query with bound parameters; here only what no database could take is kept out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from news.errors import BadParameterError
from news.terms import CERTAINTIES, CREDITS
from storage.asking.questions import Filters

PAGE_ROWS: Final = 50
MOST_ROWS: Final = 500
MOST_PAGES: Final = 10_000
EXPORTS: Final = ("csv", "json", "jsonl")
CLASSES: Final = ("verbatim", "cut", "edited", "merged", "partial", "quoted only", "same event")
GROUPINGS: Final = ("outlet", "agency", "desk", "hour")
FILTERS: Final = (
    "agency",
    "outlet",
    "country",
    "language",
    "class",
    "credited",
    "certainty",
    "story",
    "since",
    "until",
)
_ALWAYS: Final = frozenset({"format", "table", "limit", "page"})
LONGEST: Final = 2000
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LOST_PLUS: Final = re.compile(r" (\d\d:?\d\d)$")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request understood. `values` are the parsed parameters, `given` the same as they were written.

    `format` is "html" or one of EXPORTS, `table` which table of the page to export ("" is its first).
    """

    path: str
    filters: Filters
    format: str
    table: str
    page: int
    rows: int
    limit: int | None
    values: Mapping[str, Any]
    given: Mapping[str, str]

    @property
    def first(self) -> int:
        """How many rows come before this page."""
        return (self.page - 1) * self.rows

    @property
    def reach(self) -> int | None:
        """How many rows to ask for: those of this page, and one more to know whether others follow; None for all."""
        return self.first + self.rows + 1 if self.format == "html" else self.limit

    def link(self, **changes: str | int | None) -> str:
        """The address of this page with some parameters changed; None takes one out."""
        kept = {name: value for name, value in self.given.items() if name not in changes}
        new = {name: str(value) for name, value in changes.items() if value is not None}
        return address(self.path, **(kept | new))


def address(path: str, **parameters: str | int | None) -> str:
    """A path with its query, without the parameters that are None or empty."""
    query = urlencode({name: value for name, value in parameters.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def read(path: str, parameters: Sequence[tuple[str, str]], known: Collection[str]) -> Asked:
    """The request, when every parameter is in `known` (or pages any list) and makes sense.

    Raises BadParameterError for the first that does not. An empty value, as forms send it, is none at all.
    """
    given: dict[str, str] = {}
    for name, value in parameters:
        if name not in known and name not in _ALWAYS:
            choice = ", ".join(sorted({*known, *_ALWAYS}))
            raise BadParameterError(name, f"this page knows no such parameter; it knows {choice}")
        if name in given:
            raise BadParameterError(name, "given twice")
        if value:
            given[name] = value
    values = {name: _PARSERS[name](name, value) for name, value in given.items()}
    return Asked(
        path=path,
        filters=_filters(values),
        format=values.get("format", "html"),
        table=values.get("table", ""),
        page=values.get("page", 1),
        rows=min(values.get("limit", PAGE_ROWS), MOST_ROWS),
        limit=values.get("limit"),
        values=values,
        given=given,
    )


def _filters(values: Mapping[str, Any]) -> Filters:
    certainty = values.get("certainty")
    return Filters(
        agency=values.get("agency"),
        outlet=values.get("outlet"),
        country=values.get("country"),
        language=values.get("language"),
        use=values.get("class"),
        credited=values.get("credited"),
        since=values.get("since"),
        until=values.get("until"),
        certainty=(certainty,) if certainty else (),
        licence=values.get("licence"),
        story=values.get("story"),
    )


def _text(name: str, value: str) -> str:
    if len(value) > LONGEST:
        raise BadParameterError(name, f"longer than {LONGEST} characters")
    if _UNSTORABLE.search(value):
        raise BadParameterError(name, "holds characters that nothing stored can hold")
    return value


def _choice(*choices: str) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value not in choices:
            raise BadParameterError(name, f"{value!r} is none of {', '.join(choices)}")
        return value

    return parse


def _count(most: int) -> Callable[[str, str], int]:
    def parse(name: str, value: str) -> int:
        if not value.isascii() or not value.isdigit() or len(value) > 9 or not 1 <= int(value) <= most:
            raise BadParameterError(name, f"{value!r} is no number from 1 to {most:,}")
        return int(value)

    return parse


def _instant(name: str, value: str) -> datetime:
    """A day or an instant of ISO 8601; without an offset it is UTC."""
    # "+02:00" typed into an address arrives as " 02:00".
    text = _LOST_PLUS.sub(r"+\1", value) if "T" in value else value
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadParameterError(
            name, f"{value!r} is no time such as 2026-11-20 or 2026-11-20T14:00+01:00 (UTC when no offset is given)"
        ) from error


_PARSERS: Final[dict[str, Callable[[str, str], Any]]] = {
    **dict.fromkeys(("agency", "outlet", "country", "language", "class", "story", "licence", "table"), _text),
    **dict.fromkeys(("q", "article", "address", "outcome"), _text),
    "credited": _choice(*CREDITS),
    "certainty": _choice(*CERTAINTIES),
    "by": _choice(*GROUPINGS),
    "in": _choice("headlines", "texts"),
    "format": _choice(*EXPORTS, "html"),
    "since": _instant,
    "until": _instant,
    "limit": _count(1_000_000),
    "page": _count(MOST_PAGES),
}
