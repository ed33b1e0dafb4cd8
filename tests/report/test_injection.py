"""Over forty things strangers write, in every field of theirs: shown in email, table and file, and dead in each."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from report.digest import Digest, compose
from report.mail import build
from report.tables import FORMATS, render
from tests.report.hostile import HOSTILE, everything_says
from tests.report.invented import PERIOD, READER, WEEK, plain_day

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
FORMULA = re.compile(r"\s*'?[=+@＝＋＠|%\t\r]|\s*-(?!\d+(\.\d+)?$)")


def test_there_are_over_forty() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) > 40


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_payload_lives_in_the_email(payload: str) -> None:
    check_email(payload)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(), max_size=60) | st.sampled_from(HOSTILE).map(lambda t: t * 3))
def test_no_text_lives_in_the_email(payload: str) -> None:
    check_email(payload)


def check_email(payload: str) -> None:
    """Page, text, subject and headers of a digest whose every outside text, address too, is the payload."""
    digest = compose(everything_says(payload), READER, PERIOD)
    check_page(digest)
    assert not CONTROL.search(digest.text + digest.subject)
    assert "\n" not in digest.subject
    check_message(digest, payload)
    for name, rows in tables(digest).items():
        assert len(rows) == {"pickups.csv": 4, "act-now.csv": 3}[name]
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if FORMULA.match(cell.removeprefix("'")) and cell[:1] != "'"]


def check_page(digest: Digest) -> None:
    """Nothing but our own elements and links."""
    tree = lxml_html.document_fromstring(digest.html)
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    assert {element.tag for element in elements} <= plain_tags()
    assert not [name for element in elements for name in element.attrib if str(name).startswith("on")]
    assert {element.get("href", "https:").split(":")[0] for element in elements} == {"https"}
    assert not [element for element in elements if "src" in element.attrib]
    assert not [element for element in elements if "evil" in element.get("style", "")]
    assert not [
        element for element in tree.iter() if not isinstance(element.tag, str) and element.getparent() is not None
    ]


def check_message(digest: Digest, payload: str) -> None:
    """The envelope as sent and parsed again: our headers, once each, whatever the subject tried to add."""
    hostile = replace(digest, subject=payload or "x")
    sent = build(
        hostile, "wiretrail@example.org", "desk@example.org", "<a@example.org>", datetime(2026, 11, 21, tzinfo=UTC)
    )
    again = message_from_bytes(sent.as_bytes(policy=SMTP), policy=default)
    assert isinstance(again, EmailMessage)
    assert sorted(again.keys()) == sorted(plain_headers())
    assert [part.get_filename() for part in again.iter_attachments()] == ["pickups.csv", "act-now.csv"]


def tables(digest: Digest) -> dict[str, list[list[str]]]:
    return {name: list(csv.reader(io.StringIO(table.removeprefix("\ufeff")))) for name, table in digest.files.items()}


@cache
def plain_tags() -> set[str]:
    tree = lxml_html.document_fromstring(compose(everything_says("word"), READER, PERIOD).html)
    return {element.tag for element in tree.iter() if isinstance(element.tag, str)}


@cache
def plain_headers() -> tuple[str, ...]:
    digest = compose(plain_day(3), READER, PERIOD)
    sent = build(
        digest, "wiretrail@example.org", "desk@example.org", "<a@example.org>", datetime(2026, 11, 21, tzinfo=UTC)
    )
    return tuple(message_from_bytes(sent.as_bytes(policy=SMTP), policy=default).keys())


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", "{0.__class__}", '=HYPERLINK("http://evil.example")'])
def test_no_payload_lives_in_the_weekly_email_or_in_an_address(payload: str) -> None:
    check_page(compose(everything_says(payload), READER, WEEK))
    check_page(compose(everything_says("words", payload), READER, WEEK))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_payload_lives_in_a_table_or_a_file(payload: str) -> None:
    rows: list[Any] = [{"outlet": payload, "reasons": [payload, {payload or "x": payload}]}]
    shown = {}
    for format_ in FORMATS:
        out = io.StringIO()
        render(rows, ("outlet", "reasons"), format_, out)  # type: ignore[arg-type]  # formats come in as words here
        shown[format_] = out.getvalue()
        assert not CONTROL.search(shown[format_]), format_
        shown[format_].encode()
    assert [row["outlet"] for row in json.loads(shown["json"])] == [payload]
    assert len(shown["jsonl"].splitlines()) == 1
    assert not [
        cell for row in csv.reader(io.StringIO(shown["csv"])) for cell in row if FORMULA.match(cell) and cell[:1] != "'"
    ]
    drawn = Terminal()
    render(rows, ("outlet", "reasons"), "table", drawn)
    without_our_styles = re.sub(r"\x1b\[[0-9;]*m", "", drawn.getvalue())
    assert not CONTROL.search(without_our_styles)
