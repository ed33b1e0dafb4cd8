"""Damaged pages: real ones mutated and markup made up, none of which may end in anything but an Article or a refusal.

Every input follows from the seed, so that a failure can be looked at again.
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extractors import extract
from news.articles import Article
from news.errors import NotAnArticle

URL = "https://news.example/story"
_LD = '<script type="application/ld+json">'
_PIECES = st.one_of(
    st.text(max_size=120),
    st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")),
    st.sampled_from(
        "p div br table tr td script style time a h1 h2 article noscript li figure template svg".split()
    ).map("<{}>".format),
    st.sampled_from("p div table td script a h1 article noscript li figure body html".split()).map("</{}>".format),
    st.sampled_from(
        (
            _LD + '{"@type":"NewsArticle","author":[{"name":[]}],"datePublished":"0"}</script>',
            _LD + '[{"@graph":[{"@type":["Article",3],"headline":{"@value":null}}]}]</script>',
            '<time datetime="2026-02-30T25:61:00+99:99">',
            '<meta property="article:published_time" content="99999999999999">',
            '<meta property="og:title" content="| - | - AFP">',
            '<link rel="canonical" href="//[::1]:99999/%ff">',
            "MOSCOW (AFP) - ",
            "(أ ف ب) - ",
            "【6月18日 AFP】",
            "A sentence that is long enough to be taken for running text, and ends like one. ",
        )
    ),
)


class Tally:
    """What came of the inputs, and how long the slowest took."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.slowest_seconds = 0.0
        self.failures: list[str] = []

    def read(self, html: bytes | str, name: str) -> None:
        """Read one input and note its outcome; the name says how to make it again."""
        started = time.process_time()
        try:
            outcome = "article" if isinstance(extract(html, URL), Article) else "no Article"
        except NotAnArticle:
            outcome = "refused"
        except Exception as error:
            outcome = "exception"
            self.failures.append(f"{name}: {error!r}"[:300])
        self.outcomes[outcome] += 1
        self.slowest_seconds = max(self.slowest_seconds, time.process_time() - started)


def _flip(data: bytearray, rng: random.Random, _other: bytes) -> None:
    for _ in range(rng.randrange(1, 60)):
        data[rng.randrange(len(data))] = rng.randrange(256)


def _cut(data: bytearray, rng: random.Random, _other: bytes) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.randrange(len(data))]


def _repeat(data: bytearray, rng: random.Random, _other: bytes) -> None:
    start = rng.randrange(len(data))
    data[start:start] = bytes(data[start : start + rng.randrange(2_000)]) * rng.randrange(1, 8)


def _graft(data: bytearray, rng: random.Random, other: bytes) -> None:
    start, theirs = rng.randrange(len(data)), rng.randrange(len(other))
    data[start:start] = other[theirs : theirs + rng.randrange(20_000)]


def _strip(data: bytearray, rng: random.Random, _other: bytes) -> None:
    """Lose every closing tag of one kind, or every quote mark."""
    lost = rng.choice((b"</div>", b"</p>", b"</script>", b"</a>", b'"', b">", b"</style>", b"</li>"))
    data[:] = data.replace(lost, b"")


def _recode(data: bytearray, rng: random.Random, _other: bytes) -> None:
    text = data.decode("utf-8", "replace")
    data[:] = text.encode(rng.choice(("utf-16", "utf-16-le", "cp1252", "shift_jis", "utf-7")), "replace")


MUTATIONS: tuple[Callable[[bytearray, random.Random, bytes], None], ...] = (
    _flip, _flip, _cut, _repeat, _graft, _graft, _strip, _recode,
)  # fmt: skip


def mutated(pages: list[bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many damaged pages, each with the seed that makes it again."""
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        data = bytearray(rng.choice(pages))
        for _ in range(rng.randrange(1, 4)):
            if data:
                rng.choice(MUTATIONS)(data, rng, rng.choice(pages))
        yield f"mutation {seed}/{number}", bytes(data)


def _pages(folder: Path, largest_bytes: int) -> list[bytes]:
    files = sorted(folder.rglob("*.html.gz")) + sorted(folder.rglob("*.html"))
    read = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files)
    return [page for page in read if 0 < len(page) <= largest_bytes]


def _soups(tally: Tally, count: int) -> None:
    @settings(
        max_examples=count, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(_PIECES, max_size=60).map("".join))
    def soup(html: str) -> None:
        tally.read(html, f"soup {html[:200]!r}")

    soup()


def main() -> None:
    """Print how many inputs became what, the slowest, and every exception; exit 1 when there was one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="mutated pages")
    parser.add_argument("--soups", type=int, default=3_000, help="inputs made by hypothesis")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=Path, default=Path("../shared/data/pages"), help="folder of saved pages")
    parser.add_argument("--largest", type=int, default=200_000, help="bytes of the largest page that is mutated")
    arguments = parser.parse_args()
    folder = arguments.pages if arguments.pages.is_dir() else Path("tests/data")
    pages = _pages(folder, arguments.largest)
    tally = Tally()
    for name, page in mutated(pages, arguments.inputs, arguments.seed):
        tally.read(page, name)
    _soups(tally, arguments.soups)
    total = sum(tally.outcomes.values())
    print(f"{total:,} inputs from {len(pages)} pages of {folder}: {dict(tally.outcomes.most_common())}")
    print(f"slowest {tally.slowest_seconds:.2f} s of CPU")
    for failure in tally.failures[:20]:
        print(failure)
    sys.exit(bool(tally.failures))


if __name__ == "__main__":
    main()
