"""AFP's Core API over HTTP: a token by OAuth's password grant, then documents in the order they were published.

    POST /oauth/token      Basic client:secret, grant_type=password&username&password -> access_token, refresh_token?
    POST /v1/api/search    Bearer token, {dateRange, sortField, sortOrder, maxRows, startat, query}
                           -> {"response": {"docs": [...]}} or {"error": {"code", "message"}}

Nothing is stored or decided here but the token, which lives in memory only. Redirects are not followed: credentials go
to the configured address and nowhere else. Whatever goes wrong is an ApiError with a sentence to act on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Self

import httpx

from crawler.wire.fields import Json, as_list, as_number, as_object, as_text
from crawler.wire.times import read_time
from news.errors import ApiError
from news.hiding import hidden

MAX_ANSWER_BYTES: Final = 20_000_000
_MAX_TOKEN_BYTES: Final = 100_000
_EARLY_SECONDS: Final = 30.0
_LONGEST_WAIT_SECONDS: Final = 24 * 3600.0
_LONGEST_REASON: Final = 300
_REASONS: Final = {
    401: "access is not granted: look at user, password, client and client_secret",
    403: "access is forbidden: the account may not ask this",
    404: "there is nothing at this address: look at wire.afp.address",
    429: "asked too often",
    503: "busy, or asked too often",
}


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """Where to ask, as whom, and what for. It has no repr: secrets must not reach a log by accident."""

    address: str
    client: str
    client_secret: str
    user: str
    password: str
    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    rows: int = 100
    timeout_seconds: float = 30.0

    def question(self, since: datetime, start: int) -> dict[str, object]:
        """The body of a search: everything published from `since` on, the oldest first, from row `start`."""
        filters = {"lang": self.languages, "product": self.products}
        query = [{"name": key, "in": list(values)} for key, values in filters.items() if values]
        return {
            "dateRange": {"from": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "to": "now"},
            "sortField": "published",
            "sortOrder": "asc",
            "tz": "GMT",
            "maxRows": self.rows,
            "startat": start,
        } | ({"query": {"and": query}} if query else {})


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it came. `id` is empty and `published` None where it does not say."""

    id: str
    published: datetime | None
    body: Json


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: Json


class CoreApi:
    """A session with the API. Use as a context manager, so that its connection is closed."""

    def __init__(self, access: Access, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._seconds = seconds
        self._http = httpx.Client(timeout=access.timeout_seconds, headers={"Accept-Encoding": "identity"})
        self._token, self._refresh, self._until = "", "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def search(self, since: datetime, start: int = 0) -> tuple[Document, ...]:
        """At most `rows` documents published from `since` on, the oldest first, from row `start`. Raises ApiError."""
        question = self._access.question(since, start)
        answer = self._ask(question)
        if _refused(answer):  # it may have expired early, or been taken back: a new one is asked for, once
            self._token = ""
            answer = self._ask(question)
        self._require(answer, "/v1/api/search")
        response = answer.body.get("response")
        docs = as_object(response).get("docs", [])
        if not isinstance(response, dict) or not isinstance(docs, list):
            raise self._error("/v1/api/search", "an answer in another shape than response.docs")
        return tuple(_document(as_object(one)) for one in docs)

    def _ask(self, question: dict[str, object]) -> _Answer:
        bearer = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json"}
        return self._send("/v1/api/search", json.dumps(question).encode(), bearer, MAX_ANSWER_BYTES)

    def _bearer(self) -> str:
        if not self._token or self._seconds() >= self._until:
            self._log_in()
        return self._token

    def _log_in(self) -> None:
        """A new token: by the refresh token while the server takes it, else by user and password."""
        access = self._access
        grants = [{"grant_type": "password", "username": access.user, "password": access.password}]
        if self._refresh:
            grants.insert(0, {"grant_type": "refresh_token", "refresh_token": self._refresh})
        answer = self._grant(grants.pop(0))
        if grants and answer.status in (400, 401):
            answer = self._grant(grants.pop())
        self._require(answer, "/oauth/token")
        token, lifetime = answer.body.get("access_token"), as_number(answer.body.get("expires_in"))
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise self._error("/oauth/token", "an answer without a token")
        self._token, self._refresh = token, as_text(answer.body.get("refresh_token"))
        self._until = self._seconds() + max((lifetime if lifetime is not None else 3600) - _EARLY_SECONDS, 1.0)

    def _grant(self, form: dict[str, str]) -> _Answer:
        basic = httpx.BasicAuth(self._access.client, self._access.client_secret)
        body = str(httpx.QueryParams(form)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("/oauth/token", body, headers, _MAX_TOKEN_BYTES, basic)

    def _send(
        self, path: str, body: bytes, headers: dict[str, str], most: int, auth: httpx.Auth | None = None
    ) -> _Answer:
        url = self._access.address.rstrip("/") + path
        try:
            with self._http.stream("POST", url, content=body, headers=headers, auth=auth) as response:
                raw = self._read(path, response, most)
        except httpx.TimeoutException as error:
            raise self._error(path, f"no answer within {self._access.timeout_seconds:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._error(path, f"cannot be asked: {type(error).__name__}: {error}") from error
        return _Answer(response.status_code, response.headers, self._parsed(path, response.status_code, raw))

    def _read(self, path: str, response: httpx.Response, most: int) -> bytes:
        """The whole body, or an error for one that is too large or drips."""
        began, pieces, size = self._seconds(), [], 0
        for piece in response.iter_raw():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise self._error(path, f"an answer of more than {most:,} bytes")
            if self._seconds() - began > self._access.timeout_seconds:
                raise self._error(path, f"the answer was not over within {self._access.timeout_seconds:g} s")
        return b"".join(pieces)

    def _parsed(self, path: str, status: int, raw: bytes) -> Json:
        try:
            return as_object(json.loads(raw))
        except (ValueError, RecursionError) as error:
            if status >= 300:
                return {}
            raise self._error(path, "an answer that is not JSON") from error

    def _require(self, answer: _Answer, path: str) -> None:
        """Raise unless the answer is one: by its status, else by the error it holds."""
        error = as_object(answer.body.get("error"))
        said = as_text(error.get("message")) or as_text(answer.body.get("error_description"))
        if 200 <= answer.status < 300 and not error and not said:
            return
        status = answer.status if answer.status >= 300 else as_number(error.get("code")) or answer.status
        plain = _REASONS.get(status, "the server reports an error" if status >= 500 else "no answer to be used")
        wait = _retry_after(answer.headers) if status in (429, 503) else None
        raise self._error(path, f"status {status}: {plain}{f' ({said})' if said else ''}", status=status, wait=wait)

    def _error(self, path: str, reason: str, *, status: int = 0, wait: float | None = None) -> ApiError:
        """Servers repeat what they are sent; no secret may come back in a reason."""
        reason = hidden(reason, self._access.password, self._access.client_secret, self._token, self._refresh)
        printable = "".join(character for character in reason if character.isprintable())[:_LONGEST_REASON]
        return ApiError(self._access.address.rstrip("/") + path, printable, status=status, retry_after_seconds=wait)


def _refused(answer: _Answer) -> bool:
    """A token that is not taken (any more): by status, or inside an answer that says 200."""
    return answer.status == 401 or as_number(as_object(answer.body.get("error")).get("code")) == 401


def _document(body: Json) -> Document:
    written = next((read_time(one) for one in as_list(body.get("published")) if isinstance(one, str)), None)
    published = written.clock if written is not None and written.zoned else None
    return Document(as_text(body.get("uno")), published, body)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: a number, or a date on the server's own clock; at most a day."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _LONGEST_WAIT_SECONDS)
    when, now = _date(text), _date(headers.get("Date", "")) or datetime.now(UTC)
    return None if when is None else min(max((when - now).total_seconds(), 0.0), _LONGEST_WAIT_SECONDS)


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
