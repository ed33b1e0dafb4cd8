"""Every reader of outside input, against pieces repeated without end: twice the size may take 2.2 times the CPU.

    growing [SHAPES] [SEED]        so many shapes a reader (300 by default), the same ones for one seed

A shape is one piece of the reader's language, or two, repeated (`aaa…`, `abab…`, `aa…bb…`) between a beginning and an
end. It is doubled until it takes a fifth of a second, or is refused, or has four megabytes.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.listings import read_listing
from crawler.middlewares.robots import read_rules
from crawler.outcomes import Refusal
from crawler.pages import read_page
from crawler.rights import ruled
from crawler.wire import parse
from news.articles import FeedKind, Outlet
from news.errors import WiretrailError
from tests.crawler.site import page

MOST_TIMES = 2.2
_ENOUGH_SECONDS, _LARGEST = 0.2, 4_000_000
_NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
_AT = "https://varnholm.example/news/2026-bridge.html"
_POST = Outlet("post", "Varnholm Post", ("varnholm.example",), "SE", "Europe/Stockholm", "en")
_ANY = r"""
    a 9 - . , ; : / \ " ' ( ) [ ] { } < > & = * $ % # @ | ü 港 م ́ &amp; &#65; %41 &lt; <!-- --> <![CDATA[ ]]> \"
    \\u0041
"""
_HTML = """
    <p> <div> <b> <a§href=/2026/a-b-c.html>a§b§c§d§e </a> <br> <li> <td> <h1>x</h1> <span§class=author>A§B
    </span> </p> </div> <time§datetime=2026-01-01>1</time> <div§class=comment> <nav> <noscript> <script>
    </script> <script§type=text/template> <script§type="application/ld+json">[ {"@type":"NewsArticle"},
    {"@graph":[ "articleBody":" <meta§name=author§content="A§B"> <link§rel=canonical§href=/a> <base§href=/x>
    <img> <figure> <form> <table> <svg> <title>a AFP§ (AFP)§-§ By§A§B, 12§May§2026§10:00§ PARIS,§
    The§council§voted§on§Tuesday.§ <p>The§council§voted§on§Tuesday§(AFP).</p> class="a-b§c" </x> </b> <!a> <?a>
"""
_FEED = """
    <item> <item/> </item> <a> </a> <title>a</title> <link>/a</link> <author>a@b.c§(x)</author> a@ a.
    <pubDate>1</pubDate> <entry> <link§href="/a"/> <content§type="xhtml"><div> <category>a</category>
    <x§xml:base="a/"> <a§b="c"> b="c" <!ENTITY§a§"b"> <!DOCTYPE§a> <?a§?> <guid>a</guid>
    <dc:date>2026-11-20</dc:date> <summary§type="html">&lt;p&gt; xmlns:a="b" </rss>
"""
_MAP = """
    <url> </url> <url/> <loc>/a</loc> <loc> </loc> <lastmod>2026-11-28</lastmod> <sitemap>
    <sitemap><loc>/1-2-3</loc></sitemap> <url><loc>/a</loc></url> <news:news> <news:title>a</news:title> <x>
    xmlns:a="b" <!ENTITY§a§"b"> <?a§?>
"""
_ROBOTS = """
    user-agent:*§ user-agent:§wiretrail§ disallow:§/a§ allow:/*a$§ disallow:§/ *a $ crawl-delay:1§ sitemap:§/a§
    license:§/a§ ~
"""
_JSON = '{"location":"/*a*b$","tdm-reservation":1}, {"location":"/ [ { {}, *a'
_WIRE = """
    <p> </p> <NewsML> <nitf> <body.content> <hl1>a</hl1> <NewsItem> <inlineXML> <a§b="c"> b="c" {"uri":"a"},
    "body_text":" AFP§ (AFP)§-§ ~
"""


@dataclass(frozen=True)
class Reader:
    """How to read bytes, the pieces of its language (§ is a blank, ~ a line's end), beginnings, the end."""

    read: Callable[[bytes], object]
    pieces: str
    begins: tuple[str, ...]
    end: str = ""


def _rules(body: bytes) -> None:
    rules = read_rules(body)
    rules.allows("https://varnholm.example/" + "a" * 1900, "wiretrail")
    rules.delay_seconds("wiretrail")


def _listing(kind: FeedKind) -> Callable[[bytes], object]:
    return lambda body: read_listing(kind, body, _AT, _POST, _NOW)


def _wire(body: bytes) -> object:
    return parse(body, "a", received=_NOW)


def _page(body: bytes) -> object:
    return read_page(body, _AT, _NOW, _POST)


ARTICLE = page("Bridge over the sound", first="<p>By Anna Berg</p><time datetime='2026-11-29T10:00:00Z'>today</time>")
RSS = '<?xml version="1.0"?><rss><channel>'
READERS = {
    "page": Reader(_page, _HTML, ("<html><body>", "<html><body><article><p>", "<html><head>", ARTICLE), ARTICLE),
    "shell": Reader(_page, _HTML, ("<html><body><script>", "<html><body><p>")),
    "section": Reader(_listing("section"), _HTML, ("<html><body>", "<a href=/2026/a-b-c.html>")),
    "feed": Reader(_listing("feed"), _FEED, ("", RSS, RSS + "<item><title>", "<feed><entry>")),
    "sitemap": Reader(_listing("sitemap"), _MAP, ("", "<urlset>", "<urlset><url><loc>", "<sitemapindex>")),
    "robots.txt": Reader(_rules, _ROBOTS, ("", "user-agent:*~", "user-agent:*~disallow: /")),
    "tdmrep.json": Reader(lambda body: ruled(body, _AT), _JSON, ("[", '[{"location":"/')),
    "agency file": Reader(
        lambda body: parse(body, "a", received=_NOW),
        _WIRE,
        ("<NewsML>", "<nitf><body><body.content><p>", "[{", "AFP-123~"),
    ),
}


def shapes(reader: Reader, wanted: int, chance: random.Random) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """A name and what makes the bytes of a size."""
    pieces = [piece.replace("§", " ").replace("~", "\n") for piece in f"{reader.pieces} {_ANY}".split()] + [
        " ",
        "\n",
        "\t",
    ]
    for number in range(wanted):
        first = pieces[number % len(pieces)]
        second = chance.choice(pieces) if number >= len(pieces) else ""
        begin, apart = chance.choice(reader.begins).replace("~", "\n"), bool(second) and chance.random() < 0.5

        def made(size: int, first: str = first, second: str = second, begin: str = begin, apart: bool = apart) -> bytes:
            times = max(1, size // len(first + second))
            middle = first * times + second * times if apart else (first + second) * times
            return (begin + middle + reader.end).encode()

        yield f"{begin[-30:]!r} + {first!r}{' … ' if apart else ''}{second!r}", made


def grown(read: Callable[[bytes], object], made: Callable[[int], bytes]) -> tuple[float, float]:
    """CPU seconds of the largest, and how many times those of half of it."""
    before, size = 0.0, 8_000
    while True:
        seconds = min(_seconds(read, made(size)) for _ in range(2 if before < _ENOUGH_SECONDS / 4 else 3))
        if seconds > _ENOUGH_SECONDS or size > _LARGEST:
            return seconds, seconds / before if before else 1.0
        before, size = seconds, size * 2


def _seconds(read: Callable[[bytes], object], body: bytes) -> float:
    started = time.process_time()
    with suppress(WiretrailError, Refusal):
        read(body)
    return time.process_time() - started


def main() -> None:
    """Grow them all, print the worst of each reader, exit 1 for one over the goal."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    bad = 0
    for name, reader in READERS.items():
        slowest, over = 0.0, []
        for shape, made in shapes(reader, wanted, random.Random(f"{name} {seed}")):
            seconds, times = grown(reader.read, made)
            slowest = max(slowest, seconds)
            if times > MOST_TIMES and seconds > _ENOUGH_SECONDS:
                over.append(f"    x {times:.1f} to {seconds:.2f} s: {shape}")
        bad += len(over)
        print(
            f"{name:12} {wanted:4} shapes, slowest {slowest:5.2f} s CPU, {len(over)} over", *over, sep="\n", flush=True
        )
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
