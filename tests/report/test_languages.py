"""English and French: every sentence translated, every placeholder kept, numbers and days as each place writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural

from report.digest import compose
from report.language import LANGUAGES, language, messages, read_catalogue
from tests.report.invented import LECTEUR, PERIOD, READER, WEEK, plain_day, plain_week

GOLDEN = Path(__file__).parents[1] / "data" / "report"
OTHERS = [code for code in LANGUAGES if code != "en"]
NARROW = "\N{NARROW NO-BREAK SPACE}"
WIDE = "\N{NO-BREAK SPACE}"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(params=OTHERS)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    return read_catalogue(request.param)


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def translated(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def test_every_message_is_translated_and_none_is_left_over(catalogue: Catalog) -> None:
    said = {message for _, _, message in messages()}
    assert len(said) > 100
    assert {
        message.id if isinstance(message.id, str) else tuple(message.id) for message in translated(catalogue)
    } == said
    for message in translated(catalogue):
        assert not message.fuzzy, message.id
        assert all(form.strip() for form in forms(message.string)), message.id


def test_placeholders_and_plural_forms_agree(catalogue: Catalog) -> None:
    rule = get_plural(str(catalogue.locale))
    assert (catalogue.num_plurals, catalogue.plural_expr) == (rule.num_plurals, rule.plural_expr)
    for message in translated(catalogue):
        wanted = set.union(*map(placeholders, forms(message.id)))
        assert len(forms(message.string)) == (1 if isinstance(message.id, str) else catalogue.num_plurals), message.id
        for form in forms(message.string):
            assert placeholders(form) == wanted, message.id


def test_french_marks_are_held_to_their_words() -> None:
    for message in translated(read_catalogue("fr")):
        for form in forms(message.string):
            assert not re.search(f"[^{WIDE}][;:!?»]|«[^{WIDE}]", form), form


def test_sentences_are_filled_in_and_counted_by_each_languages_own_rule() -> None:
    english, french = language("en"), language("fr")
    counted = [each.many("{count} copy", "{count} copies", n) for n in (0, 1, 2, 1234) for each in (english, french)]
    thousand = f"1{NARROW}234 reprises"
    assert counted == [
        "0 copies",
        "0 reprise",
        "1 copy",
        "1 reprise",
        "2 copies",
        "2 reprises",
        "1,234 copies",
        thousand,
    ]


@pytest.mark.parametrize(
    ("told", "english", "french"),
    [
        (lambda each: each.number(9812), "9,812", f"9{NARROW}812"),
        (lambda each: each.number(6.25), "6.2", "6,2"),
        (lambda each: each.number(0.2134, 2), "0.21", "0,21"),
        (lambda each: each.percent(0.96), "96%", f"96{WIDE}%"),
        (lambda each: each.percent(0.9999), "99%", f"99{WIDE}%"),
        (lambda each: each.percent(0.0001), "1%", f"1{WIDE}%"),
        (lambda each: each.change(112, 100), "+12%", f"+12{WIDE}%"),
        (lambda each: each.change(75, 100), "−25%", f"−25{WIDE}%"),
        (lambda each: each.change(5, 0), "", ""),
        (lambda each: each.duration(25), "25 min", f"25{WIDE}min"),
        (lambda each: each.duration(185), f"3h{WIDE}5m", f"3h{WIDE}5min"),
        (lambda each: each.duration(120), "2h", "2h"),
        (lambda each: each.duration(3120), f"2d{WIDE}4h", f"2j{WIDE}4h"),
        (lambda each: each.duration(-70), f"−1h{WIDE}10m", f"−1h{WIDE}10min"),
        (lambda each: each.duration(None), "–", "–"),
        (lambda each: each.day(date(2026, 11, 20)), "Fri 20 Nov", "ven. 20 nov."),
        (lambda each: each.days(date(2026, 10, 26), date(2026, 11, 1)), "26 Oct – 1 Nov", "26 oct. – 1 nov."),
        (
            lambda each: each.instant(datetime(2026, 8, 1, 22, 5, tzinfo=UTC), ZoneInfo("Europe/Paris")),
            "2 Aug 00:05",
            "2 août 00:05",
        ),
        (lambda each: each.some(["A", "B", "C", "D"]), "A, B, C and 1 more", "A, B, C et 1 autre"),
    ],
)
def test_numbers_days_and_durations(told: object, english: str, french: str) -> None:
    assert callable(told)
    shown = [told(language(code)).replace("\N{THIN SPACE}", " ") for code in ("en", "fr")]
    assert shown == [english, french]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("plain_day.txt", lambda: compose(plain_day(), READER, PERIOD).text),
        ("plain_day.fr.txt", lambda: compose(plain_day(), LECTEUR, PERIOD).text),
        ("plain_week.txt", lambda: compose(plain_week(), READER, WEEK).text),
    ],
)
def test_plain_days_and_weeks_read_as_they_did(file: str, text: object) -> None:
    assert callable(text)
    assert text() == (GOLDEN / file).read_text(encoding="utf-8")


def test_a_french_email_has_no_english_sentence_and_the_same_table() -> None:
    english, french = compose(plain_week(), READER, WEEK), compose(plain_week(), LECTEUR, WEEK)
    everything = french.subject + french.html + french.text
    catalogue = read_catalogue("fr")
    for message in translated(catalogue):
        for said in forms(message.id):
            longest = max(re.split(r"\{\w+\}", said), key=len).strip()
            if len(longest) > 9 and longest not in str(message.string):
                assert longest.lower() not in everything.lower(), longest
    assert french.files == english.files
    assert french.subject.startswith(f"Reprises AFP, semaine 16–22 nov.{WIDE}: 160 reprises")
    assert 'lang="fr"' in french.html
