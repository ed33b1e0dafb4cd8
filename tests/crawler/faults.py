"""What a web site can do to a crawl, one answer each, with the outcome and the words it must be recorded with."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

from tests.crawler.site import Answer, page, rss

HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
_BOMB = zlib.compressobj(9, zlib.DEFLATED, 31)
GZIP_BOMB = _BOMB.compress(b"\0" * 60_000_000) + _BOMB.flush()
_PAGE = page("A page packed badly").encode()


@dataclass(frozen=True)
class Fault:
    """An answer, and what becomes of it. `alone`: it makes its host be left alone, so it has a host to itself."""

    reply: Answer | str
    outcome: str
    reason: str
    kind: str = "page"
    alone: bool = False


Ends = dict[str, tuple[Answer | str, str, str]]
"""By name: the answer, the outcome, words of the reason."""


def redirect(location: str, **headers: str) -> Answer:
    return Answer(status=302, headers={"Location": location, **headers})


def raw(head: str, body: bytes = b"") -> Answer:
    return Answer(raw=f"HTTP/1.1 {head}\r\n\r\n".replace("\n", "\r\n").replace("\r\r", "\r").encode() + body)


def packed(body: bytes, encoding: str) -> Answer:
    return Answer(body, headers=HTML | {"Content-Encoding": encoding})


def typed(body: bytes | str, kind: str) -> Answer:
    return Answer(body, headers={"Content-Type": kind})


def listing(body: bytes | str, kind: str = "feed", **headers: str) -> tuple[Answer, str]:
    return Answer(body, headers=XML | headers), kind


_STATUSES = {
    "bad-request": (400, "failed", "status 400"),
    "unauthorised": (401, "refused", "status 401"),
    "wants-money": (402, "refused", "status 402"),
    "forbidden": (403, "refused", "status 403"),
    "missing": (404, "gone", "status 404"),
    "not-acceptable": (406, "failed", "status 406"),
    "proxy-login": (407, "refused", "status 407"),
    "withdrawn": (410, "gone", "status 410"),
    "for-legal-reasons": (451, "refused", "status 451"),
    "server-error": (500, "failed", "status 500"),
    "bad-gateway": (502, "failed", "status 502"),
    "gateway-timeout": (504, "failed", "status 504"),
    "status-of-a-guard": (520, "failed", "status 520"),
    "no-content": (204, "failed", "without a page"),
    "part-of-a-page": (206, "failed", "not asked for"),
    "unasked-304": (304, "failed", "carried no validators"),
    "redirect-without-location": (302, "failed", "leads nowhere"),
    "many-choices": (300, "failed", "leads nowhere"),
}
_REDIRECTS: Ends = {
    "to-itself": (redirect("/news/2026-to-itself.html"), "failed", "redirects to itself"),
    "to-itself-with-cookie": (
        redirect("/news/2026-to-itself-with-cookie.html", **{"Set-Cookie": "seen=1; Path=/"}),
        "failed",
        "cookie or consent wall",
    ),
    "loop": (redirect("/news/2026-loop-b.html"), "failed", "in a loop"),
    "loop-b": (redirect("/news/2026-loop.html"), "failed", "in a loop"),
    "endless-chain": (redirect("/chain/1"), "failed", "more than 8 redirects"),
    "to-file": (redirect("file:///etc/passwd"), "failed", "no http or https"),
    "to-data": (redirect("data:text/html,hello"), "failed", "no http or https"),
    "to-script": (redirect("javascript:alert(1)"), "failed", "no http or https"),
    "to-ftp": (redirect("ftp://varnholm.example/a"), "failed", "no http or https"),
    "to-nothing": (redirect("http://[varnholm"), "failed", "no http or https"),
    "to-long-address": (redirect("/news/" + "a" * 3000), "failed", "no http or https"),
    "to-other-site": (redirect("https://www.example.com/varnholm"), "redirected", "www.example.com"),
    "to-metadata": (redirect("http://169.254.169.254/latest/"), "redirected", "169.254.169.254"),
    "to-secret": (redirect("https://reader:geheim@varnholm.example/a"), "failed", "a user name or a password"),
    "to-name": (redirect("//127.0.0.1@varnholm.example/a"), "failed", "a user name or a password"),
    "to-front-page": (redirect("/"), "redirected", "front page"),
    "gate-of-members": (redirect("/account/login?back=1"), "refused", "login, consent or robot wall"),
    "gate-of-cookies": (redirect("/consent?return=/news"), "refused", "login, consent or robot wall"),
    "gate-of-humans": (redirect("/captcha/verify"), "refused", "login, consent or robot wall"),
}
_WALLS: Ends = {
    "guarded": (Answer("no", 403, {"cf-mitigated": "challenge"}), "refused", "wall against robots"),
    "guarded-as-busy": (Answer("wait", 503, {"x-datadome": "protected"}), "refused", "wall against robots"),
}
_CONTENT: Ends = {
    "empty": (Answer("", headers=HTML), "not an article", "empty"),
    "blank": (Answer("  \n ", headers=HTML), "not an article", "empty"),
    "soft-404": ("<html><body><h1>Page not found</h1></body></html>", "not an article", "no article text"),
    "no-text": ("<html><body><ul><li><a href=/a>a</a></li></ul></body></html>", "not an article", "no article text"),
    "script-only": (
        "<html><body><div id=root></div><script>go()</script></body></html>",
        "not an article",
        "no article",
    ),
    "meta-refresh": (
        '<meta http-equiv="refresh" content="0;url=/x"><body></body>',
        "not an article",
        "no article text",
    ),
    "pdf": (typed(b"%PDF-1.4 1 0 obj", "application/pdf"), "not an article", "application/pdf"),
    "picture": (typed(b"\x89PNG\r\n", "image/png"), "not an article", "image/png"),
    "json": (typed('{"error": "nothing here"}', "application/json"), "not an article", "application/json"),
    "feed-at-a-page": (typed(rss([]).body, "application/rss+xml"), "not an article", "application/rss+xml"),
    "binary-as-html": (Answer(b"\x89PNG\r\n\x1a\n" * 40, headers=HTML), "not an article", "binary"),
    "pdf-as-html": (Answer(b"%PDF-1.7\n" + b"\0\1\2" * 99, headers=HTML), "not an article", "binary"),
    "zip-as-html": (Answer(b"PK\3\4" + b"\0" * 99, headers=HTML), "not an article", "binary"),
    "deep": (Answer("<div>" * 60_000 + "deep", headers=HTML), "not an article", ""),
    "charset-damage": (
        Answer(page("Damaged", number=7).encode().replace(b"bridge", b"br\xffdge", 3), headers=HTML),
        "ok",
        "characters cannot be read",
    ),
}
_SIZES: Ends = {
    "too-large": (Answer(b"<p>" + b"x" * 3_000_000, headers=HTML), "failed", "size limit"),
    "large-without-length": (raw("200 OK\nContent-Type: text/html", b"<p>" + b"x" * 3_000_000), "failed", "size limit"),
    "gzip-bomb": (packed(GZIP_BOMB, "gzip"), "failed", "size limit"),
    "gzip-bomb-in-members": (packed(gzip.compress(b"\0" * 300_000) * 9, "gzip"), "failed", "size limit"),
    "deflate-bomb": (packed(zlib.compress(b"\0" * 60_000_000, 9), "deflate"), "failed", "size limit"),
    "damaged-gzip": (packed(gzip.compress(_PAGE)[:-40], "gzip"), "failed", "ends too early"),
    "damaged-deflate": (packed(zlib.compress(_PAGE)[:-40], "deflate"), "failed", "ends too early"),
    "garbled-gzip": (packed(gzip.compress(_PAGE)[:60] + b"\xff" * 90, "gzip"), "failed", "damaged"),
    "not-gzip-at-all": (packed(b"plain", "gzip"), "failed", "it is not gzip"),
    "not-deflate-at-all": (packed(b"plain text", "deflate"), "failed", "damaged"),
    "brotli-unasked": (packed(b"\x8b\x02\x80garbage", "br"), "failed", "did not ask for (br)"),
    "zstd-unasked": (packed(b"\x28\xb5\x2f\xfd", "zstd"), "failed", "did not ask for (zstd)"),
    "packed-twice": (packed(gzip.compress(gzip.compress(_PAGE)), "gzip, gzip"), "failed", "did not ask for"),
    "endless-headers": (
        Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 900) for n in range(4000))),
        "failed",
        "headers are larger",
    ),
    "one-endless-header": (raw(f"200 OK\nX-Long: {'x' * 100_000}", b"hello"), "failed", "headers is longer"),
    "endless-status": (raw(f"200 {'O' * 100_000}", b"hello"), "failed", "headers is longer"),
    "endless-name": (raw(f"200 OK\n{'x' * 100_000}: 1", b"hello"), "failed", "headers is longer"),
    "empty-members": (packed(gzip.compress(b"", mtime=0) * 12_000, "gzip"), "failed", "over 10,000 pieces"),
}
_WIRE: Ends = {
    "slow": (Answer(page("Too slow to wait for"), slow_seconds=4), "failed", "time limit"),
    "drip": (Answer(page("One line at a time"), drip_seconds=0.3), "failed", "time limit"),
    "cut-off": (raw("200 OK\nContent-Type: text/html\nContent-Length: 5000", b"<html>"), "failed", "before the answer"),
    "cut-off-in-chunks": (raw("200 OK\nTransfer-Encoding: chunked", b"400\r\n<html>"), "failed", "before the answer"),
    "bad-chunk": (raw("200 OK\nTransfer-Encoding: chunked", b"zz\r\n<html>\r\n0\r\n\r\n"), "failed", ""),
    "huge-chunk": (raw("200 OK\nTransfer-Encoding: chunked", b"f" * 40 + b"\r\n<html>"), "failed", ""),
    "two-lengths": (raw("200 OK\nContent-Length: 5\nContent-Length: 9", b"<html>...."), "failed", ""),
    "negative-length": (raw("200 OK\nContent-Length: -5", b"<html>"), "failed", ""),
    "length-of-words": (raw("200 OK\nContent-Length: many", b"<html>"), "failed", ""),
    "hangs-up": (Answer(raw=b""), "failed", ""),
    "hangs-up-in-head": (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Ty"), "failed", ""),
    "only-continue": (Answer(raw=b"HTTP/1.1 100 Continue\r\n\r\n"), "failed", ""),
    "no-http": (Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "failed", ""),
    "bad-status": (Answer(raw=b"HTTP/1.1 999999 Odd\r\n\r\n"), "failed", ""),
    "status-of-words": (Answer(raw=b"HTTP/1.1 fine OK\r\n\r\n"), "failed", ""),
}
_LISTINGS = {
    "feed-missing": (Answer("no", 404), "feed", "gone", "status 404"),
    "feed-broken": (Answer("no", 500), "feed", "failed", "status 500"),
    "feed-empty": (*listing(""), "failed", "empty"),
    "feed-html": (*listing("<!doctype html><html><body>Maintenance</body></html>"), "failed", "an HTML page"),
    "feed-json": (*listing('{"error": "no such feed"}'), "failed", "not a feed"),
    "feed-binary": (*listing(b"\x89PNG\r\n\x1a\n" * 40), "failed", "not a feed"),
    "feed-style-only": (*listing('<?xml-stylesheet href="a.xsl"?><error>500</error>'), "failed", "not a feed"),
    "feed-itself": (redirect("/feeds/feed-itself"), "feed", "failed", "redirects to itself"),
    "feed-inside": (redirect("http://10.0.0.1/feed"), "feed", "refused", "not a public address"),
    "feed-inside-by-number": (redirect("http://2852039166/feed"), "feed", "refused", "not a public address"),
    "feed-packed-badly": (*listing(gzip.compress(b"<rss/>")[:-9], **{"Content-Encoding": "gzip"}), "failed", "damaged"),
    "feed-unasked-304": (Answer(status=304), "feed", "failed", "carried no validators"),
    "sitemap-html": (*listing("<html><body>no map</body></html>", "sitemap"), "failed", "an HTML page"),
    "sitemap-hollow": (*listing("<urlset></urlset>", "sitemap"), "failed", "without entries"),
    "sitemap-bomb": (*listing(gzip.compress(b"\0" * 60_000_000), "sitemap"), "failed", "more than 50 MB"),
    "sitemap-packed-badly": (*listing(b"\x1f\x8b\x08garbage", "sitemap"), "failed", "damaged"),
    "section-empty": (*listing("<html><body><p>Soon.</p></body></html>", "section"), "failed", "without links"),
    "feed-too-often": (Answer("later", 429), "feed", "refused", "asked too often"),
    "feed-later": (Answer("later", 503, {"Retry-After": "7200"}), "feed", "failed", "status 503"),
}
_ALONE = ("feed-too-often", "feed-later")

PAGES: dict[str, Fault] = {
    name: Fault(Answer("said", status, HTML), outcome, reason) for name, (status, outcome, reason) in _STATUSES.items()
} | {name: Fault(*each) for group in (_REDIRECTS, _WALLS, _CONTENT, _SIZES, _WIRE) for name, each in group.items()}
LISTINGS: dict[str, Fault] = {
    name: Fault(reply, outcome, reason, kind, name in _ALONE)
    for name, (reply, kind, outcome, reason) in _LISTINGS.items()
}
