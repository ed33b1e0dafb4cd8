"""What stands before every page: who may ask, and what the browser may do with the answer.

Only requests that name this machine or a configured host are answered, so that a page elsewhere cannot point a name of
its own at our address and read along (DNS rebinding). With a token every request needs it; a browser brings it once as
`?token=` and keeps a cookie made from it, which does not hold the token itself; a name is then asked for where hosts
are configured, since another name's pages do not have the cookie. Behind a proxy that knows who asks, its header is
needed instead, from the proxy's own address: from anywhere else anybody could write it, and X-Forwarded-* too.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlencode

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

    All of them by a loopback name or one of `hosts`. X-Forwarded-Host and -Proto are believed from `proxies` only,
    which with a `user_header` are those of this machine unless others are named.
    """

    token: str = ""
    hosts: tuple[str, ...] = ()
    user_header: str = ""
    proxies: tuple[str, ...] = ()


LOCAL: Final = Access()
_USER: Final = "wiretrail.user"
_HERE: Final = ("127.0.0.1", "::1")
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")


def user_of(scope: Scope) -> str:
    """Who asks, as the proxy named them; or empty."""
    return str(scope.get(_USER, ""))


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._token = access.token
        self._hosts = LOOPBACK | {_ascii(host) for host in access.hosts}
        self._proxies = access.proxies or (_HERE if access.user_header else ())
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
        if (self._access.hosts or not self._token) and _host(headers.get("host", "")) not in self._hosts:
            return _misdirected("is not reached by that name: set serve.address to the address its readers open")
        if self._proxies and (scope.get("client") or ("",))[0] in self._proxies:
            refusal = self._forwarded(scope, headers)
            if refusal is not None:
                return refusal
        elif self._access.user_header:
            return _misdirected("is reached through its proxy only")
        return self._by_proxy(scope, headers) if self._access.user_header else self._by_token(scope, headers)

    def _forwarded(self, scope: Scope, headers: Headers) -> Response | None:
        """What the proxy says of the request it had: the name and scheme our pages and cookies go by."""
        host = headers.get("x-forwarded-host")
        if host is not None:
            if _host(host) not in self._hosts:
                return _misdirected("is not reached by the name its proxy gave: set serve.address")
            kept = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [*kept, (b"host", host.encode("latin-1"))]
        if headers.get("x-forwarded-proto", "").lower() in ("http", "https"):
            scope["scheme"] = headers["x-forwarded-proto"].lower()
        return None

    def _by_token(self, scope: Scope, headers: Headers) -> Response | None:
        """With the token, where there is one."""
        if not self._token:
            return None
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
        """Named by the proxy."""
        user = headers.get(self._access.user_header, "").strip()
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
    """The name a Host header asks for, without its port; "" for what is no host."""
    found = _HOST.fullmatch(header.lower())
    return found[1].strip("[]").removesuffix(".") if found else ""


def _ascii(host: str) -> str:
    """A configured name as browsers send it: xn--… for other scripts."""
    try:
        return host.lower().encode("idna").decode()
    except UnicodeError:
        return host.lower()


def _misdirected(why: str) -> Response:
    return PlainTextResponse(f"This server {why}.\n", 421)


def _equal(given: str, wanted: str) -> bool:
    """In a time that does not tell how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
