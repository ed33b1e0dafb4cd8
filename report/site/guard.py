"""What stands before every page: who may ask, and what the browser may do with the answer.

Without a token only requests that name this machine are answered, so that a page elsewhere cannot point a name of its
own at the loopback address and read along (DNS rebinding). With a token every request needs it; a browser brings it
once as `?token=` and keeps a cookie made from it, which does not hold the token itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "wiretrail"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_COOKIE_SECONDS: Final = 30 * 24 * 3600
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware. `hosts` are further names it may be asked by when there is no token."""

    def __init__(self, app: ASGIApp, token: str, hosts: Collection[str]) -> None:
        self._app = app
        self._token = token
        self._hosts = LOOPBACK | {host.lower() for host in hosts}
        self._cookie = hmac.new(token.encode(), b"wiretrail pages", "sha256").hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or pass on; each with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer that keeps a request from the pages; None when it may pass."""
        headers = Headers(scope=scope)
        if not self._token:
            if _host(headers.get("host", "")) in self._hosts:
                return None
            return PlainTextResponse("These pages are served to this machine only.\n", 421)
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        if any(name == "token" and _equal(value, self._token) for name, value in query):
            return self._welcome(scope, [(name, value) for name, value in query if name != "token"])
        if self._holds(headers):
            return None
        return PlainTextResponse(
            "A token is needed: ask with the header “Authorization: Bearer TOKEN”, or open any page once "
            "with ?token=TOKEN.\n",
            401,
            {"www-authenticate": 'Bearer realm="wiretrail"'},
        )

    def _holds(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(given.strip(), self._token):
            return True
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and _equal(cookies[COOKIE].value, self._cookie)

    def _welcome(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """Keep a cookie, and lead to the same page without the token in its address."""
        path = scope.get("raw_path", b"/").decode("latin-1").split("?")[0]
        # "//elsewhere.example/" would lead away.
        target = "/" + path.lstrip("/") + (f"?{urlencode(query)}" if query else "")
        answer = RedirectResponse(target, 303)
        secure = scope.get("scheme") == "https"
        answer.set_cookie(COOKIE, self._cookie, _COOKIE_SECONDS, httponly=True, samesite="lax", secure=secure)
        return answer


def _host(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _equal(given: str, wanted: str) -> bool:
    """In a time that does not tell how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
