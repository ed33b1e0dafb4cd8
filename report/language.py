"""The languages the email is written in: a catalogue of sentences, and how a place writes numbers, days and durations.

English stands in the code and templates; every other language is report/locale/<code>/LC_MESSAGES/wiretrail.po. The
file is read as it is: there is no compiled copy that could be older than it. Placeholders are in braces.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from news.errors import DigestLanguageError

# English as written in Europe: days before their months, Fri 20 Nov.
_LOCALES: Final[Mapping[str, str]] = {"en": "en_150", "fr": "fr"}
LANGUAGES: Final = tuple(_LOCALES)
CATALOGUES: Final = Path(__file__).parent / "locale"
NOTHING: Final = "–"
_MINUTES_A_DAY: Final = 24 * 60


def N_(message: str) -> str:  # noqa: N802  -- gettext's own name for "translated where it is used"
    """The message itself: marks words of a table for the catalogue."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `say` and `many` give its sentences, the others its numbers, days and durations."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def say(self, message: str, **values: object) -> str:
        """The message in this language, its {placeholders} filled in."""
        told = self.catalogue.gettext(message) if message else ""
        return told.format(**values) if values else told

    def many(self, one: str, more: str, count: int, **values: object) -> str:
        """The message in the form this language uses for so many; `{count}` is the number as it writes it."""
        return self.catalogue.ngettext(one, more, count).format(count=self.number(count), **values)

    def number(self, count: float, decimals: int | None = None) -> str:
        """`9,812`; without `decimals`, small means have one."""
        if decimals is None:
            decimals = 0 if count >= 10 or count == int(count) else 1
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(count, pattern, self.locale))

    def percent(self, share: float) -> str:
        """`96%`. Never 100% for less than all, nor 0% for more than nothing."""
        rounded = round(share * 100)
        if (rounded == 100 and share < 1) or (rounded == 0 and share > 0):
            rounded = 99 if share > 0.5 else 1
        return str(format_percent(rounded / 100, locale=self.locale))

    def change(self, now: float, before: float) -> str:
        """`+12%` against an earlier figure; empty where that was 0 or nothing changed."""
        if not before or now == before:
            return ""
        moved = (now - before) / before
        return ("+" if moved > 0 else "−") + str(format_percent(abs(moved), locale=self.locale))

    def duration(self, minutes: float | None) -> str:
        """`25 min`, `3h 5m`, `2d 4h`; a dash when not known."""
        if minutes is None:
            return NOTHING
        sign, whole = ("−" if minutes <= -0.5 else ""), round(abs(minutes))
        if whole < 60:
            return sign + self._unit(whole, "minute", "short")
        if whole < 2 * _MINUTES_A_DAY:
            parts = ((whole // 60, "hour"), (whole % 60, "minute"))
        else:
            parts = ((whole // _MINUTES_A_DAY, "day"), (whole % _MINUTES_A_DAY // 60, "hour"))
        return sign + "\N{NO-BREAK SPACE}".join(self._unit(count, unit, "narrow") for count, unit in parts if count)

    def _unit(self, count: int, unit: str, length: str) -> str:
        # The plain language, not the place: Europe's English has "25 mins".
        return str(format_unit(count, f"duration-{unit}", length, locale=self.code))  # type: ignore[arg-type]  # babel's Literal

    def day(self, when: date) -> str:
        """`Fri 20 Nov`."""
        return str(format_date(when, "EEE d MMM", self.locale))

    def weekday(self, when: date) -> str:
        """`Fri`."""
        return str(format_date(when, "EEE", self.locale))

    def days(self, first: date, last: date) -> str:
        """`16–22 Nov`."""
        return str(format_interval(first, last, "MMMd", locale=self.locale))

    def instant(self, when: datetime, zone: tzinfo, *, year: bool = False) -> str:
        """`20 Nov 14:05` on the reader's clock, with the year where asked."""
        local = when.astimezone(zone)
        return str(format_datetime(local, "d MMM y HH:mm" if year else "d MMM HH:mm", locale=self.locale))

    def some(self, names: Sequence[str], shown: int = 3) -> str:
        """`Riverton Post, Il Corriere and 4 more`."""
        if len(names) <= shown:
            return ", ".join(names)
        rest = len(names) - shown
        return self.many("{names} and {count} more", "{names} and {count} more", rest, names=", ".join(names[:shown]))


@cache
def language(code: str) -> Language:
    """A language by its code. Raises DigestLanguageError, naming those there are."""
    if code not in _LOCALES:
        raise DigestLanguageError(f"digest language {code!r}: there are {', '.join(LANGUAGES)}")
    locale = Locale.parse(_LOCALES[code])
    return Language(code, locale, NullTranslations() if code == "en" else _translations(read_catalogue(code)))


def read_catalogue(code: str) -> Catalog:
    """The messages of a language other than English, from its .po file."""
    with (CATALOGUES / code / "LC_MESSAGES" / "wiretrail.po").open("rb") as file:
        return read_po(file, locale=code)


def _translations(catalogue: Catalog) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def messages() -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    """(file, line, message or its forms) of everything the email says: what a catalogue must hold."""
    found = extract_from_dir(
        CATALOGUES.parent,
        method_map=[("*.py", "python"), ("templates/digest*.j2", "jinja2")],
        options_map={"**": {"trimmed": "false"}},
        keywords={"say": None, "_": None, "N_": None, "many": (1, 2), "ngettext": (1, 2)},
    )
    for path, line, message, _comments, _context in found:
        yield path, line, message if isinstance(message, str) else tuple(message)
