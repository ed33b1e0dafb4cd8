"""From what a request came to, to one of seven outcomes and a sentence a person can act on.

Every failure ends here: a task whose failure has no name would vanish from the reports, and a fall in copies would
be taken for quiet news.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from service_identity import VerificationError

from crawler.extractors.decode import codec_of
from crawler.rights import signals
from news.visits import Exchange, VisitOutcome

LONGEST_REASON = 300
LONGEST_HEADER = 500
MOST_HEADERS = 4_000
LONGEST_WAIT_SECONDS = 7 * 24 * 3600.0


_HEAD_BYTES = 64 * 1024
_META = re.compile(
    r"""<meta\s{1,9}name\s?=\s?["']?(?P<name>tdm-(?:reservation|policy))["']?\s{1,9}content\s?=\s?["']?(?P<value>[^"'>]{1,500})""",
    re.I,
)
_META = re.compile(r"<meta\s[^<>]{1,600}>", re.I)
_ROBOTS_META = re.compile(r"""\bname\s?=\s?["']?robots(?=["'\s/>])""", re.I)
_CONTENT = re.compile(r"""\bcontent\s?=\s?["']?([^"'<>]{1,300})""", re.I)
_NOINDEX = frozenset({"noindex", "none"})
_NO_LETTER = re.compile("[\uf8f0-\uf8f3]")
"""What Python makes of bytes that Shift_JIS does not have."""
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})")
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s?=\s?\"?(\d{1,12})", re.ASCII)


# What the common guards against robots name themselves by. Recorded, never evaded.
_WALL_HEADERS = ("cf-mitigated", "x-datadome", "x-amzn-waf-action", "x-px-authorization")


class Refusal(IgnoreRequest):
    """Raised by our middlewares to stop a request: `outcome` and `reason` are what the task is reported with."""

    def __init__(self, outcome: VisitOutcome, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (CannotResolveHostError, "the host name cannot be resolved"),
    (DownloadConnectionRefusedError, "the server refused the connection"),
    (DownloadTimeoutError, "no complete answer within the time limit"),
    (ResponseDataLossError, "the connection ended before the answer was complete"),
    (UnsupportedURLSchemeError, "not an http or https address"),
    (EOFError, "the compressed answer is damaged"),
    (UnicodeError, "the address or a header cannot be decoded"),
)


def failed(error: BaseException, url: str, now: datetime, request: Request | None = None) -> Exchange:
    """The exchange of a request that brought no response to judge. `request` is its last hop."""
    asked, pause = asked_by(request), request.meta.get("pause_seconds") if request else None
    error = _refusal_within(error) or error
    if isinstance(error, Refusal):
        return Exchange(
            url,
            error.outcome,
            now,
            reason=error.reason[:LONGEST_REASON],
            retry_after_seconds=error.retry_after_seconds,
            asked=asked,
            pause_seconds=pause,
        )
    reason = _sentence(error)[:LONGEST_REASON]
    of_host = bool(asked) and is_host_fault(error)
    return Exchange(url, "failed", now, reason=reason, asked=asked, host_failed=of_host, pause_seconds=pause)


def asked_by(request: Request | None) -> tuple[str, ...]:
    """The hosts asked for a request and the redirects before it, as the download handler noted them."""
    return tuple(request.meta.get("asked", ())) if request is not None else ()


def is_host_fault(error: BaseException) -> bool:
    """Whether an error is the server's or the way's to it, and not that of one page: too large, damaged, a bad name."""
    if isinstance(error, DownloadCancelledError | EOFError | UnicodeError | ValueError | UnsupportedURLSchemeError):
        return False
    return _refusal_within(error) is None and "DOWNLOAD_MAXSIZE" not in str(error)


def _refusal_within(error: BaseException) -> BaseException | None:
    """Our own refusal, when it was raised below Twisted's and Scrapy's errors."""
    return next((each for each in _below(error) if isinstance(each, Refusal)), None)


def _below(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from: Twisted hides the causes of a broken connection in `reasons`."""
    for each in (error, error.__cause__, error.__context__):
        if each is not None:
            yield each
            yield from (reason.value for reason in getattr(each, "reasons", ()) if hasattr(reason, "value"))


def _sentence(error: BaseException) -> str:
    text = str(error)
    # OpenSSL judges the chain and the dates, service_identity whether the certificate is of this host.
    if "certificate verify failed" in text or any(isinstance(each, VerificationError) for each in _below(error)):
        return "the server's certificate cannot be verified"
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in text or "decompress" in text:
        return "the answer is larger than the size limit"
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    # A handshake cut short comes wrapped without a word of its own: then the innermost error is the one that speaks.
    return _in_words(error) or _in_words(list(_below(error))[-1]) or _named(error)


def _in_words(error: BaseException) -> str:
    plain = " ".join(re.sub(r"<[^<>]{0,200}>", "", str(error)[:2000]).split()).strip(" []:")
    return f"{_named(error)}: {plain}" if plain else ""


def _named(error: BaseException) -> str:
    """ConnectionLost as "connection lost"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()


def answered(response: Response, url: str, now: datetime) -> Exchange:
    """The exchange of a response, judged by its status alone; `ok` still has to be read."""
    outcome, reason = _judge(response)
    good = outcome in ("ok", "not modified")
    kept = response.request.meta.get("kept") if response.request else None
    return Exchange(
        url=url,
        outcome=outcome,
        fetched_at=now,
        status=response.status,
        bytes=len(response.body),
        sha256=hashlib.sha256(response.body).hexdigest() if response.body else "",
        reason=reason,
        tdm=signals(response),
        noindex=asks_noindex(response) if outcome == "ok" else None,
        etag=_header(response, "ETag") if good else "",
        last_modified=_header(response, "Last-Modified") if good else "",
        headers=_kept_headers(response),
        retry_after_seconds=retry_after(response, now),
        fresh_seconds=fresh_for(response),
        pause_seconds=response.request.meta.get("pause_seconds") if response.request else None,
        asked=asked_by(response.request),
        host_failed=response.status >= 500,
        kept_in=kept.file if kept else None,
        kept_offset=kept.offset if kept else None,
    )


def _judge(response: Response) -> tuple[VisitOutcome, str]:
    """By the status, and by what a wall against robots says of itself."""
    outcome, reason = _judge_status(response.status)
    wall = next((name for name in _WALL_HEADERS if name in response.headers), "")
    if wall and response.status >= 400:
        return "refused", f"status {response.status}: a wall against robots ({wall})"
    return outcome, reason


def _judge_status(status: int) -> tuple[VisitOutcome, str]:
    if status == 206:
        return "failed", "status 206: a part of the page, which was not asked for"
    if 200 <= status < 300:
        return ("ok", "") if status not in (204, 205) else ("failed", f"status {status}: an answer without a page")
    if status == 304:
        return "not modified", ""
    if status in (404, 410):
        return "gone", f"status {status}: the page is not there"
    if status in (401, 402, 403, 407, 451):
        return "refused", f"status {status}: access is not granted"
    if status == 429:
        return "refused", "status 429: asked too often"
    if 300 <= status < 400:
        return "failed", f"status {status}: a redirect that leads nowhere"
    return "failed", f"status {status}: the server reports an error"


def retry_after(response: Response, now: datetime) -> float | None:
    """Seconds to wait as the server asks (RFC 9110: a number of seconds or a date), at most seven days."""
    text = _header(response, "Retry-After").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
        if when.tzinfo is None:  # "-0000" gives a naive time in UTC
            when = when.replace(tzinfo=now.tzinfo)
        seconds = (when - _server_now(response, now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def fresh_for(response: Response) -> float | None:
    """Seconds an answer stays fresh by its Cache-Control, its Age taken off (RFC 9111, 4.2); None when it says nothing.

    `no-cache` and `no-store` ask for nothing here: they speak to caches that would answer without asking.
    """
    directives = _header(response, "Cache-Control").lower()
    found = _MAX_AGE.search(directives)
    if found is None or "no-cache" in directives or "no-store" in directives:
        return None
    age = _header(response, "Age").strip()
    passed = float(age[:12]) if age.isascii() and age.isdigit() else 0.0
    return min(max(float(found[1]) - passed, 0.0), LONGEST_WAIT_SECONDS)


def _server_now(response: Response, now: datetime) -> datetime:
    """A date in Retry-After is on the server's clock, so its own Date is what to count from."""
    try:
        date = parsedate_to_datetime(_header(response, "Date"))
    except (ValueError, IndexError, TypeError, OverflowError):
        return now
    return date if date.tzinfo else now


def asks_noindex(response: Response) -> bool:
    """Whether a page asks search engines in general not to list it: `X-Robots-Tag`, or a robots meta in its head.

    A request to one of them alone is none: `googlebot-news: noindex` is how outlets mark agency text from the start.
    """
    headers = (bytes(raw).decode("latin-1").lower() for raw in response.headers.getlist("X-Robots-Tag"))
    said = [rule for header in headers for rule in _rules_for_all(header[:LONGEST_HEADER])]
    head = response.body[:_HEAD_BYTES].partition(b"</head")[0].decode("latin-1")
    first, *commented = head.split("<!--")
    for tag in _META.findall(first + "".join(piece.partition("-->")[2] for piece in commented)):
        if _ROBOTS_META.search(tag) and (content := _CONTENT.search(tag)):
            said += re.split(r"[\s,]+", content[1].lower())
    return not _NOINDEX.isdisjoint(said)


def _rules_for_all(header: str) -> list[str]:
    """The rules of one header, unless it names whom they are for, as in `googlebot: noindex`."""
    first = header.partition(",")[0]
    return [] if ":" in first else re.split(r"[\s,]+", header)


def _kept_headers(response: Response) -> tuple[tuple[str, str], ...]:
    """What came before the page, in order, for whoever must prove it; at most 4 kB, and no cookie: that is a secret."""
    kept: list[tuple[str, str]] = []
    left = MOST_HEADERS
    for name, values in response.headers.items():
        for value in values:
            pair = _printable(name)[:100].lower(), _printable(value)[:LONGEST_HEADER]
            left -= len(pair[0]) + len(pair[1])
            if left < 0:
                return tuple(kept)
            if pair[0] != "set-cookie":
                kept.append(pair)
    return tuple(kept)


def _printable(raw: bytes) -> str:
    return "".join(char for char in bytes(raw).decode("latin-1") if char.isprintable())


def _header(response: Response, name: str) -> str:
    raw: Any = response.headers.get(name)
    text = bytes(raw or b"").decode("latin-1")
    return "".join(char for char in text if char.isprintable())[:LONGEST_HEADER]


def decoded(content_type: str, body: bytes) -> bytes | str:
    """The body, decoded when the header names a charset that its bytes need and fit, else as it came.

    Headers lie both ways: "UTF-8" over Latin-1 bytes, and a server's default Latin-1 over UTF-8. What is valid UTF-8 or
    does not fit the header is left to the page's reader, which looks at the page's own declaration.
    """
    match = _CHARSET.search(content_type.lower())
    codec = codec_of(match[1]) if match is not None else None
    if codec is None or _fits("utf-8", body):
        return body
    try:
        text = body.decode(codec)
    except (LookupError, UnicodeError):
        return body
    return body if _NO_LETTER.search(text) else text


def _fits(charset: str, body: bytes) -> bool:
    try:
        body.decode(charset)
    except UnicodeError:
        return False
    return True
