"""The digest's content, composed from facts alone: no database, no clock, no mail server.

    DigestFacts + Reader + Period ─> charts, view ─> templates ─> Digest(subject, html, text, files)

The templates are report/templates/digest.html.j2 and digest.txt.j2, the sentences report.wording and report/locale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from report.attached import ACT_NOW, PICKUPS, attachments
from report.charts import USUAL, times_chart, uses_chart
from report.clean import html_templates, one_line, web_address
from report.language import NOTHING, Language, language
from report.periods import Period
from report.wording import Wording
from report.wrapping import pad, wrap
from storage.digest.digest_rows import LEAST_DAYS, DigestFacts, Numbers, Passage

MOST_HTML_BYTES: Final = 100_000  # Gmail cuts a message off at 102 kB
_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: an email address (or a name for a file), the zone of their day, their language."""

    recipient: str
    zone: ZoneInfo
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Digest:
    """A day's or a week's email before it has an envelope. `files`: name to contents of what is attached."""

    subject: str
    html: str
    text: str
    files: Mapping[str, str]
    language: str


@dataclass(frozen=True, slots=True)
class _Limits:
    """How much of each list is shown; the attached files hold all that needs action and all copies."""

    act_now: int = 12
    closed: int = 10
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


def compose(facts: DigestFacts, reader: Reader, period: Period) -> Digest:
    """The email that says `facts` to `reader`. `period` is what is reported on. Raises DigestLanguageError."""
    say = Wording(language(reader.language))
    charts = (times_chart(facts, say, reader.zone, period), uses_chart(facts, say)) if facts.copies else ()
    values = _view(facts, reader, period, say) | {"charts": charts, "usual": USUAL}
    limits = _Limits()
    html = _html(values | {"limits": limits}, say)
    while len(html.encode()) >= MOST_HTML_BYTES:
        limits = limits.halved()
        html = _html(values | {"limits": limits}, say)
    return Digest(
        subject=one_line(say.subject(facts, period), 160),
        html=html,
        text=_text(values | {"limits": limits}, say),
        files=attachments(facts),
        language=reader.language,
    )


def _html(values: Mapping[str, Any], say: Wording) -> str:
    page = _environment(html=True).get_template("digest.html.j2").render(values, **_gettext(say.language))
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
    return str(inliner.inline(page)) + "\n"


def _text(values: Mapping[str, Any], say: Wording) -> str:
    text = _environment(html=False).get_template("digest.txt.j2").render(values, **_gettext(say.language))
    return "\n".join(line.rstrip(" ") for line in text.splitlines()).strip() + "\n"


def _gettext(language: Language) -> dict[str, Any]:
    """What templates call, under the names under which messages are looked for in them."""
    return {"_": language.say, "ngettext": language.many, "language": language}


def _view(facts: DigestFacts, reader: Reader, period: Period, say: Wording) -> dict[str, Any]:
    """All a template sees. Sentences are called from the templates by their own names."""
    return {
        "facts": facts,
        "numbers": facts.numbers,
        "health": facts.health,
        "say": say,
        "period": period,
        "subject": say.subject(facts, period),
        "zone": reader.zone,
        "columns": [say.column(one) for one in (period, *period.earlier())],
        "rows": _number_rows(facts, say.language),
        "health_lines": say.health_lines(facts.health),
        "troubles": facts.health.troubles if facts.crawls else (),
        "enough_days": max(LEAST_DAYS, facts.window.days),
        "method": say.method(facts, reader.zone),
        "pickups_csv": PICKUPS,
        "act_csv": ACT_NOW,
    }


def _number_rows(facts: DigestFacts, language: Language) -> list[tuple[str, list[str], str]]:
    """(what, each window's figure, change against the nearest earlier one) for each line of the numbers."""
    windows = (facts.numbers, *facts.earlier)

    def counts(what: str, field: str) -> tuple[str, list[str], str]:
        values = [getattr(numbers, field) for numbers in windows]
        return what, [language.number(value) for value in values], language.change(values[0], values[1])

    def told(what: str, values: list[str]) -> tuple[str, list[str], str]:
        return what, values, ""

    return [
        counts(language.say("Copies"), "copies"),
        counts(language.say("Stories"), "stories"),
        counts(language.say("Outlets"), "outlets"),
        told(language.say("Credited"), [_share(numbers, language) for numbers in windows]),
        told(language.say("Median delay"), [language.duration(numbers.median_delay_minutes) for numbers in windows]),
        counts(language.say("Pages read"), "pages_read"),
        counts(language.say("Requests failed"), "requests_failed"),
    ]


def _share(numbers: Numbers, language: Language) -> str:
    return language.percent(numbers.credited / numbers.copies) if numbers.copies else NOTHING


@cache
def _environment(*, html: bool) -> Environment:
    """Templates with every value cleaned: one line, no control characters; in HTML also escaped, always."""
    environment = html_templates(_TEMPLATES) if html else _text_templates()
    passage: Callable[[Passage, int], str] = _passage_html if html else _passage_text
    environment.filters.update(link=web_address, short=one_line, wrap=_wrap_clean, pad=pad, passage=passage)
    return environment


def _text_templates() -> Environment:
    return Environment(  # noqa: S701  -- plain text: nothing is escaped
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


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
