"""The daily email's content, composed from facts alone: no database, no clock, no mail server.

    DigestFacts + Reader + local date ─> charts, view ─> templates ─> Digest(subject, html, text, csv, charts)

The templates are report/templates/digest.html.j2 and digest.txt.j2; a user may read and change them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from report import wording
from report.charts import Chart, hours_chart, uses_chart
from report.clean import csv_text, one_line, web_address
from report.errors import DigestLanguageError
from report.wrapping import pad, wrap
from storage.digest_shapes import DigestFacts, Numbers, Passage, Window

LANGUAGES: Final = ("en",)
MOST_HTML_BYTES: Final = 100_000  # Gmail cuts a message off at 102 kB
CSV_COLUMNS: Final = (
    "story",
    "origin",
    "agency",
    "take",
    "article",
    "outlet",
    "url",
    "headline",
    "class",
    "share_of_article",
    "share_of_story",
    "credited",
    "credit_text",
    "licence",
    "published",
    "known",
    "delay_minutes",
    "delay_earliest_minutes",
    "delay_latest_minutes",
    "certainty",
    "score",
    "late",
    "needs_action",
)
_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: an email address (or a name for a file), the zone of their day, their language."""

    recipient: str
    zone: ZoneInfo
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Digest:
    """One day's email before it has an envelope. `csv` begins with a byte order mark, which Excel needs."""

    subject: str
    html: str
    text: str
    csv: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much of each list is shown; the CSV always holds everything."""

    act_now: int = 12
    stories: int = 10
    edits: int = 8
    moves: int = 10
    possible: int = 10
    late: int = 8
    troubles: int = 8
    edit_characters: int = 420
    headline_characters: int = 160

    def halved(self) -> _Limits:
        """Half of everything, for a day whose texts do not fit an email."""
        return _Limits(*(max(1, getattr(self, name) // 2) for name in self.__slots__))


def day_windows(local_date: date, zone: ZoneInfo) -> tuple[Window, Window, Window]:
    """The reader's day from midnight to midnight, the day before, and the same weekday a week before.

    Days of 23 and 25 hours come out as such; where midnight does not exist, the day begins when the clock changes.
    """
    one, before, week = (local_date - timedelta(days=back) for back in (0, 1, 7))
    return _day(one, zone), _day(before, zone), _day(week, zone)


def compose(facts: DigestFacts, reader: Reader, local_date: date) -> Digest:
    """The email that says `facts` to `reader`. `local_date` is the day reported on. Raises DigestLanguageError."""
    if reader.language not in LANGUAGES:
        raise DigestLanguageError(f"digest language {reader.language!r} of {reader.recipient}: there is {LANGUAGES[0]}")
    charts = (hours_chart(facts, reader.zone, local_date), uses_chart(facts, local_date)) if facts.copies else ()
    limits = _Limits()
    html = _html(facts, reader, local_date, charts, limits)
    while len(html.encode()) >= MOST_HTML_BYTES:
        limits = limits.halved()
        html = _html(facts, reader, local_date, charts, limits)
    return Digest(
        subject=one_line(wording.subject(facts, local_date), 160),
        html=html,
        text=_text(facts, reader, local_date, charts, limits),
        csv=_csv(facts),
        charts=charts,
    )


def standalone_html(digest: Digest) -> str:
    """The HTML with its pictures inside it, to be opened as a file."""
    from base64 import b64encode

    html = digest.html
    for chart in digest.charts:
        html = html.replace(f"cid:{chart.cid}", f"data:image/png;base64,{b64encode(chart.png).decode()}")
    return html


def _day(when: date, zone: ZoneInfo) -> Window:
    start, end = (
        datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (when, when + timedelta(days=1))
    )
    return Window(start, end)


def _html(facts: DigestFacts, reader: Reader, local_date: date, charts: tuple[Chart, ...], limits: _Limits) -> str:
    page = (
        _environment(html=True).get_template("digest.html.j2").render(_view(facts, reader, local_date, charts, limits))
    )
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return str(inliner.inline(page)) + "\n"


def _text(facts: DigestFacts, reader: Reader, local_date: date, charts: tuple[Chart, ...], limits: _Limits) -> str:
    text = (
        _environment(html=False).get_template("digest.txt.j2").render(_view(facts, reader, local_date, charts, limits))
    )
    return "\n".join(line.rstrip() for line in text.splitlines()).strip() + "\n"


def _view(
    facts: DigestFacts, reader: Reader, local_date: date, charts: tuple[Chart, ...], limits: _Limits
) -> Mapping[str, Any]:
    """All a template sees. Functions of wording are called from the templates by their own names."""
    days = (local_date, local_date - timedelta(days=1), local_date - timedelta(days=7))
    return {
        "facts": facts,
        "numbers": facts.numbers,
        "health": facts.health,
        "charts": charts,
        "limits": limits,
        "say": wording,
        "subject": wording.subject(facts, local_date),
        "title": f"{wording.agencies(facts)} pickup",
        "day": wording.day(local_date),
        "local_date": local_date,
        "zone": reader.zone,
        "zone_name": reader.zone.key,
        "language": reader.language,
        "columns": [wording.day(day) for day in days],
        "rows": _number_rows(facts),
    }


def _number_rows(facts: DigestFacts) -> list[tuple[str, list[str], str]]:
    """(what, the three windows' figures, change against the day before) for each line of the numbers."""
    windows = (facts.numbers, facts.day_before, facts.week_before)

    def counts(what: str, field: str) -> tuple[str, list[str], str]:
        values = [getattr(numbers, field) for numbers in windows]
        return what, [f"{value:,}" for value in values], wording.change(values[0], values[1])

    return [
        counts("Copies", "copies"),
        counts("Stories", "stories"),
        counts("Outlets", "outlets"),
        ("Credited", [_share(numbers) for numbers in windows], ""),
        ("Median delay", [wording.duration(numbers.median_delay_minutes) for numbers in windows], ""),
        counts("Pages read", "pages_read"),
        counts("Requests failed", "requests_failed"),
    ]


def _share(numbers: Numbers) -> str:
    return wording.percent(numbers.credited / numbers.copies) if numbers.copies else "–"


@cache
def _environment(*, html: bool) -> Environment:
    """Templates with every value cleaned: one line, no control characters; in HTML also escaped, always."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean if html else None,
    )
    passage = _passage_html if html else _passage_text
    environment.filters.update(link=web_address, short=one_line, wrap=_wrap_clean, pad=pad, passage=passage)
    return environment


def _clean(value: object) -> object:
    """Markup is our own template's; every other string is somebody else's."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _passage_html(passage: Passage, limit: int) -> Markup:
    """The sentence with the words that differ in bold. Joined here because a template's values lose outer spaces."""
    before, changed, after = _passage_parts(passage, limit)
    return Markup("{}<b>{}</b>{}").format(before, changed, after) if changed else Markup("{}{}").format(before, after)


def _passage_text(passage: Passage, limit: int) -> str:
    """The sentence with the words that differ between asterisks."""
    before, changed, after = _passage_parts(passage, limit)
    return f"{before}*{changed}*{after}" if changed and (before or after) else before + changed + after


def _passage_parts(passage: Passage, limit: int) -> tuple[str, str, str]:
    """Each part on one line, with the spaces that stood between them; the sentence keeps its end nearest the change."""
    before, after = one_line(passage.before), one_line(passage.after, limit)
    before = "…" + before[-limit + 1 :] if len(before) > limit else before
    left = " " if before and passage.before[-1:].isspace() else ""
    right = " " if after and passage.after[:1].isspace() else ""
    return before + left, one_line(passage.changed, limit), right + after


def _wrap_clean(text: str, first: str = "", rest: str | None = None) -> str:
    return wrap(one_line(text), first, rest)


def _csv(facts: DigestFacts) -> str:
    """Every copy of the window, for a spreadsheet; no cell of it is a formula."""
    reasons = {(item.story, item.url): "; ".join(item.kinds) for item in facts.act_now}
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for copy in facts.copies:
        row = (
            copy.story,
            copy.origin,
            copy.agency,
            copy.take,
            copy.article_id,
            copy.outlet,
            copy.url,
            copy.headline,
            copy.use,
            f"{copy.share_of_article:.3f}",
            f"{copy.share_of_story:.3f}",
            copy.credited,
            copy.credit_text,
            copy.licence,
            _iso(copy.published_at),
            _iso(copy.known_at),
            _minutes(copy.delay_minutes),
            _minutes(copy.delay_earliest),
            _minutes(copy.delay_latest),
            copy.certainty,
            f"{copy.score:.3f}",
            "yes" if copy.late else "no",
            reasons.get((copy.story, copy.url), ""),
        )
        writer.writerow([csv_text(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def _iso(when: datetime | None) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def _minutes(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:.1f}"
