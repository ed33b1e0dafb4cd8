"""What stands before every page: who may ask, and what the browser may do with the answer.

Without a token only requests that name this machine are answered, so that a page elsewhere cannot point a name of its
own at the loopback address and read along (DNS rebinding). With a token every request needs it; a browser brings it
once as `?token=` and keeps a cookie made from it, which does not hold the token itself. Behind a proxy that knows who
asks, its header is needed instead, from the proxy's own address: from anywhere else anybody could write it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Access:
    """Who is answered: whoever brings the `token`; whom a proxy at one of `proxies` names in `user_header`.

    With neither, who asks by a loopback name or one of `hosts`.
    """

    token: str = ""
    hosts: tuple[str, ...] = ()
    user_header: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")


LOCAL: Final = Access()
_USER: Final = "wiretrail.user"


def user_of(scope: Scope) -> str:
    """Who asks, as the proxy named them; or empty."""
    return str(scope.get(_USER, ""))


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._token = access.token
        self._hosts = LOOPBACK | {host.lower() for host in access.hosts}
        self._cookie = hmac.new(access.token.encode(), b"wiretrail pages", "sha256").hexdigest()

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
        if self._access.user_header:
            return self._by_proxy(scope, headers)
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

    def _by_proxy(self, scope: Scope, headers: Headers) -> Response | None:
        """Named by the proxy, and by nobody else."""
        user = headers.get(self._access.user_header, "").strip()
        client = scope.get("client") or ("",)
        if client[0] not in self._access.proxies:
            return PlainTextResponse("These pages are reached through their proxy only.\n", 421)
        if not user:
            return PlainTextResponse(f"The proxy gave no {self._access.user_header}.\n", 401)
        scope[_USER] = user
        return None

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
