"""From answers and errors to outcomes: waits as servers ask for them, charsets that lie, errors in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import Response

from crawler.outcomes import LONGEST_WAIT_SECONDS, Refusal, answered, decoded, failed, fresh_for, retry_after

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://post.example/a"


def busy(**headers: str) -> Response:
    return Response(URL, status=503, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e9", None),
        ("١٢٠", None),
        ("99999999999999999999", LONGEST_WAIT_SECONDS),
        (format_datetime(NOON + timedelta(hours=2), usegmt=True), 7200.0),
        (format_datetime(NOON - timedelta(hours=2), usegmt=True), 0.0),
        ("Fri, 20 Nov 2026 14:00:00 -0000", 7200.0),
        ("Friday, 20-Nov-26 13:00:00 GMT", 3600.0),
        ("Fri, 99 Nov 2026 14:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(busy(Retry_After=value), NOON) == seconds


@pytest.mark.parametrize(
    ("header", "body", "hidden"),
    [
        ("noindex", "", True),
        ("NOINDEX, nofollow", "", True),
        ("none", "", True),
        ("googlebot-news: noindex", "", False),
        ("index, follow", "", False),
        ("", '<meta name="robots" content="noindex, follow">', True),
        ("", "<META content='noindex' NAME=robots />", True),
        ("", '<meta name="robots" content="max-image-preview:large">', False),
        ("", '<meta name="googlebot-news" content="noindex">', False),
        ("", '<meta name="robots-note" content="noindex">', False),
        ("", '<!-- <meta name="robots" content="noindex"> --><title>a</title>', False),
        ("", '</head><body><meta name="robots" content="noindex">', False),
        ("", "<meta " + "name=" * 50_000, False),
    ],
)
def test_a_page_says_whether_it_may_be_listed(header: str, body: str, hidden: bool) -> None:
    headers = {"X-Robots-Tag": header} if header else {}
    page = Response(URL, headers=headers, body=f"<html><head>{body}".encode())
    assert answered(page, URL, NOON).noindex is hidden
    assert answered(busy(), URL, NOON).noindex is None


def test_a_date_counts_from_the_servers_own_clock() -> None:
    slow_clock = NOON - timedelta(hours=5)
    answer = busy(
        Retry_After=format_datetime(slow_clock + timedelta(minutes=10), usegmt=True),
        Date=format_datetime(slow_clock, usegmt=True),
    )
    assert retry_after(answer, NOON) == 600.0


@pytest.mark.parametrize(
    ("value", "age", "seconds"),
    [
        ("max-age=600", "", 600.0),
        ("public, Max-Age=600, s-maxage=9", "200", 400.0),
        ("max-age=60", "3600", 0.0),
        ("no-cache, max-age=600", "", None),
        ("s-maxage=600", "", None),
        ("max-age=soon", "", None),
        ("max-age=99999999999999999999", "", LONGEST_WAIT_SECONDS),
        ("", "", None),
    ],
)
def test_an_answer_holds_as_long_as_its_cache_control_says(value: str, age: str, seconds: float | None) -> None:
    assert fresh_for(Response(URL, headers={"Cache-Control": value, "Age": age})) == seconds


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_breaks_it(value: str, date: str) -> None:
    wait = retry_after(busy(Retry_After=value, Date=date), NOON)
    assert wait is None or 0 <= wait <= LONGEST_WAIT_SECONDS


@given(st.integers(100, 999), st.binary(max_size=40))
def test_every_status_has_an_outcome_and_a_failure_its_reason(status: int, body: bytes) -> None:
    exchange = answered(Response(URL, status=status, body=body), URL, NOON)
    assert exchange.status == status
    assert (exchange.reason == "") == (exchange.outcome in ("ok", "not modified"))
    assert bool(exchange.sha256) == bool(body)


def test_validators_of_a_failure_are_not_kept() -> None:
    headers = {"ETag": '"x"', "Last-Modified": "Fri, 20 Nov 2026 12:00:00 GMT"}
    assert answered(Response(URL, status=500, headers=headers), URL, NOON).etag == ""
    assert answered(Response(URL, status=200, headers=headers), URL, NOON).etag == '"x"'


@pytest.mark.parametrize(
    ("error", "outcome", "said"),
    [
        (Refusal("redirected", "redirects to another site"), "redirected", "redirects to another site"),
        (CannotResolveHostError("DNS lookup failed: no results"), "failed", "the host name cannot be resolved"),
        (DownloadTimeoutError("took longer"), "failed", "no complete answer within the time limit"),
        (RuntimeError("[<Failure x.y: odd>]"), "failed", "runtime error"),
        (ValueError("a\nb"), "failed", "value error: a b"),
        (KeyError(), "failed", "key error"),
    ],
)
def test_errors_are_told_in_plain_words(error: Exception, outcome: str, said: str) -> None:
    exchange = failed(error, URL, NOON)
    assert (exchange.outcome, exchange.reason) == (outcome, said)


@pytest.mark.parametrize(
    ("header", "body", "text"),
    [
        ("text/html; charset=windows-1252", "été ’ 80 €".encode("cp1252"), "été ’ 80 €"),
        ("text/html; charset=ISO-8859-1", "été ’ 80 €".encode("cp1252"), "été ’ 80 €"),
        ('text/html; charset="windows-1256"', "الجسر".encode("cp1256"), "الجسر"),
        ("text/html;charset=Shift_JIS", "港の橋".encode("shift_jis"), "港の橋"),
    ],
)
def test_a_charset_that_the_bytes_need_is_used(header: str, body: bytes, text: str) -> None:
    assert decoded(header, body) == text


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("text/html", b"\xe9t\xe9"),
        ("text/html; charset=utf-8", b"\xe9t\xe9"),
        ("text/html; charset=iso-8859-1", "été".encode()),
        ("text/html; charset=punycode", b"\xe9t\xe9"),
        ("text/html; charset=shift_jis", b"\xff\xff\xfe"),
        ("text/html; charset=nonsense", b"\xe9t\xe9"),
    ],
)
def test_a_charset_that_lies_leaves_the_bytes_to_the_reader(header: str, body: bytes) -> None:
    assert decoded(header, body) is body
