"""Every reader of what comes from outside, against mutated input: nothing unhandled, nothing over a second.

    parser_fuzz [INPUTS] [SEED]        100,000 inputs by default, the same ones for one seed

robots.txt, tdmrep.json, feeds, sitemaps, section pages, article pages, headers (Retry-After, Cache-Control, Age, Date,
Link, Content-Type, validators), packed bodies, addresses, Location, configuration and catalogue. Agency files have
a fuzz of their own (wire_fuzz). What a reader is meant to raise is no failure.
"""

from __future__ import annotations

import gzip
import random
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from scrapy import Request
from scrapy.http import HtmlResponse

from config import read
from crawler.extractors import extract
from crawler.listings import read_listing
from crawler.middlewares.compression import unpacked
from crawler.middlewares.redirects import Redirects
from crawler.middlewares.robots import read_rules
from crawler.middlewares.safety import SafeAddresses, literal
from crawler.outcomes import Refusal, answered, decoded
from crawler.rights import ruled
from news.addresses import covering_hosts, host_of, normalise, same_site, site_of
from news.articles import FeedKind
from news.catalogue import load_catalogue
from news.errors import ConfigError, WiretrailError
from tests.crawler.site import page, rss

SLOWEST_SECONDS = 1.0
MOST_SHOWN = 10
NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
ADDRESS = "https://varnholm.example/news/2026-bridge.html?a=1"
_SPICE = (
    *(b"\x00", b"\xff\xfe", b"\xc3\x28", b"&#x0;", b"<![CDATA[", b"]]>", b"<!--", b"<", b"[", b"{", b'"', b"'", b"%zz"),
    *(b"%00", b"*" * 200, b"a" * 3000, b"9" * 400, b"-1", b"$", b"\r\n", b"\xef\xbb\xbf", "\u202e\u0130".encode()),
    *(b"1e999", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:60Z", b"[::ffff:", b"@", b"//", b"xn--", b"\x1f\x8b"),
)
_ROBOTS = (
    b"User-agent: *\nDisallow: /*/print$\nAllow: /news/*.html\nCrawl-delay: 2\n\n"
    b"User-agent: wiretrail\nDisallow: /a%2Fb\n"
    b"Sitemap: https://varnholm.example/map.xml\nLicense: https://varnholm.example/rsl.xml\n"
)
_TDMREP = (
    b'[{"location": "/news/*", "tdm-reservation": 1, "tdm-policy": "https://varnholm.example/p"}, {"location": "/"}]'
)
_ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Bridge</title><link href="/a/1"/>'
    b"<published>2026-03-02T09:00:00Z</published><updated>2026-03-02</updated></entry></feed>"
)
_MAP = (
    b'<urlset xmlns:news="x"><url><loc>https://varnholm.example/a/1</loc><lastmod>2026-11-20</lastmod><news:news>'
    b"<news:publication_date>2026-11-21T09:00:00+01:00</news:publication_date><news:title>Bridge</news:title></news:news>"
    b"</url></urlset>"
)
_HEADERS = (
    b"Retry-After: 120\nCache-Control: public, max-age=60\nAge: 3\nDate: Sat, 21 Nov 2026 18:00:00 GMT\n",
    b"Retry-After: Sat, 21 Nov 2026 19:00:00 GMT\nLocation: /news/next.html\nContent-Type: text/html; charset=latin1\n",
    b'Link: <https://varnholm.example/rsl.xml>; rel="license"; type="application/rsl+xml"\ntdm-reservation: 1\n',
    b'ETag: "a"\nLast-Modified: Sat, 21 Nov 2026 17:00:00 GMT\nX-Robots-Tag: noindex\nContent-Encoding: gzip\n',
)
_ADDRESSES = tuple(
    address.encode()
    for address in (
        ADDRESS,
        "http://0x7f.1/x",
        "https://www.google.com/amp/s/varnholm.example/a",
        "http://user:p@[::ffff:10.0.0.1]:8080/../a//b/./c?utm_source=x&b=%e2%82%ac#d",
        "//bücher.example/ä?ö",
        "javascript:alert(1)",
    )
)
_CONFIG = (
    b'[crawl]\ncontact = "desk@example.com"\ndelay_seconds = 2.0\nnever = ["a.example"]\n'
    b'[digest]\nzone = "Europe/Paris"\n'
)
_CATALOGUE = (
    b'only = true\n[[outlet]]\nid = "a"\nname = "A"\nhosts = ["a.example"]\ncountry = "SE"\nzone = "Europe/Stockholm"\n'
    b'language = "sv"\nfeeds = [{kind = "feed", url = "https://a.example/rss"}]\n'
)


@dataclass(frozen=True)
class Reader:
    """One reader: inputs to start from, how to read one, its share of all inputs, and what it may raise."""

    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    share: float
    raises: tuple[type[Exception], ...] = ()


def _robots(body: bytes) -> None:
    rules = read_rules(body)
    rules.allows(ADDRESS, "wiretrail")
    rules.delay_seconds("wiretrail")


def _headers(body: bytes) -> None:
    pairs = [line.partition(b":") for line in body.split(b"\n")[:40]]
    headers = [(name.strip().decode("latin-1") or "X", value.strip()) for name, _, value in pairs]
    found: dict[str, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    response = HtmlResponse(ADDRESS, status=302, headers=found, body=b"<html>", request=Request(ADDRESS))
    answered(response, ADDRESS, NOW)
    decoded((response.headers.get("Content-Type") or b"").decode("latin-1"), b"caf\xe9")
    Redirects(8).process_response(Request(ADDRESS), response)


def _address(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    normal = normalise(text)
    host_of(text), site_of(text), same_site(text, ADDRESS), list(covering_hosts(text)), literal(text[:300])
    if normal:
        SafeAddresses(allow_loopback=False).process_request(Request(normal))


def _unpacked(body: bytes) -> None:
    for encoding in ("gzip", "deflate", "br"):
        unpacked(body, encoding, 1_000_000)


def _listing(kind: FeedKind) -> Callable[[bytes], object]:
    return lambda body: read_listing(kind, body, ADDRESS, None, NOW)


def _in_file(folder: Path, read_file: Callable[[Path], object]) -> Callable[[bytes], object]:
    def read_bytes(body: bytes) -> object:
        file = folder / "mutant.toml"
        file.write_bytes(body)
        return read_file(file)

    return read_bytes


def readers(folder: Path) -> dict[str, Reader]:
    """All of them, by name. Shares are by cost more than by danger: a page takes ten milliseconds, a header none."""
    article = page("Bridge over the sound", number=3, head='<meta name="tdm-reservation" content="1">').encode()
    feed, told = rss([(ADDRESS, "Bridge", "Sat, 21 Nov 2026 09:00:00 +0100")]).body, NOW
    first = feed.encode() if isinstance(feed, str) else feed
    packed = (gzip.compress(article), zlib.compress(article), gzip.compress(b"\0" * 2_000_000))
    kinds = dict(zip(get_args(FeedKind), ((first, _ATOM), (_MAP, gzip.compress(_MAP)), (article,)), strict=True))
    listings = {kind: Reader(seeds, _listing(kind), 0.08) for kind, seeds in kinds.items()}
    return listings | {
        "robots.txt": Reader((_ROBOTS,), _robots, 0.12),
        "tdmrep.json": Reader((_TDMREP,), lambda body: ruled(body, ADDRESS), 0.12),
        "headers": Reader(_HEADERS, _headers, 0.2, (Refusal,)),
        "packed": Reader(packed, _unpacked, 0.1, (Refusal,)),
        "address": Reader(_ADDRESSES, _address, 0.18, (Refusal,)),
        "page": Reader((article,), lambda body: extract(body, ADDRESS, fetched=told), 0.02, (WiretrailError,)),
        "configuration": Reader(
            (_CONFIG,), _in_file(folder, lambda file: read({"WIRETRAIL_CONFIG": str(file)})), 0.01, (ConfigError,)
        ),
        "catalogue": Reader((_CATALOGUE,), _in_file(folder, load_catalogue), 0.01, (WiretrailError,)),
    }


def mutant(seed: bytes, chance: random.Random) -> bytes:
    """The seed after one to six cuts, doublings, swaps, spices or random bytes."""
    out = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) + 1)
        end = min(len(out), at + chance.randrange(1, 60))
        change = chance.randrange(5)
        if change == 0:
            del out[at:end]
        elif change == 1:
            out[at:at] = out[at:end] * chance.choice((1, 2, 50))
        elif change == 2:
            out[at:at] = chance.choice(_SPICE)
        elif change == 3:
            out[at:end] = chance.randbytes(end - at)
        else:
            out[at:at] = out[: chance.randrange(len(out) + 1)]
    return bytes(out[:200_000])


def main() -> None:
    """Read them all, print by reader, exit 1 for anything unhandled or slow."""
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    bad: list[str] = []
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, reader in readers(Path(folder)).items():
            count, worst = max(1, round(inputs * reader.share)), 0.0
            chance = random.Random(f"{name} {seed}")
            for number in range(count):
                body = mutant(chance.choice(reader.seeds), chance)
                seconds, fault = _tried(reader, body)
                worst = max(worst, seconds)
                if fault or seconds > SLOWEST_SECONDS:
                    bad.append(f"{name} {seed}:{number}: {fault or f'{seconds:.1f} s'}: {body[:120]!r}")
            done += count
            print(f"{name:14} {count:7} inputs, slowest {1000 * worst:7.1f} ms CPU", flush=True)
    print(f"{done} inputs, {len(bad)} unhandled or over a second")
    print("\n".join(bad[:MOST_SHOWN]))
    sys.exit(bool(bad))


def _tried(reader: Reader, body: bytes) -> tuple[float, str]:
    started = time.process_time()
    try:
        reader.read(body)
    except reader.raises:
        pass
    except Exception as error:  # whatever it is, it is what we look for
        return time.process_time() - started, f"{type(error).__name__}: {str(error)[:100]}"
    return time.process_time() - started, ""


if __name__ == "__main__":
    main()
