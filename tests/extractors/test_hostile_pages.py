"""Pages are input from strangers: whatever comes, there is an Article or a NotAnArticle that names the address."""

from __future__ import annotations

import pickle
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extractors import extract
from crawler.extractors.decode import MAX_BYTES
from news.articles import Article
from news.errors import NotAnArticle

URL = "https://news.example/story"
PAGES = sorted((Path(__file__).parent.parent / "data").glob("*/*.html"))


def _outcome(html: bytes | str) -> Article | NotAnArticle:
    try:
        return extract(html, URL)
    except NotAnArticle as refusal:
        return refusal


def _survives(html: bytes | str) -> None:
    outcome = _outcome(html)
    if isinstance(outcome, Article):
        assert outcome.paragraphs
    else:
        assert outcome.url == URL
        assert outcome.reason


@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    _survives(data)


_TAGS = st.sampled_from(
    ["p", "div", "br", "table", "td", "script", "time", "a", "h1", "article", "noscript", "li", "figure"]
)
_PIECES = st.one_of(
    st.text(max_size=80),
    _TAGS.map(lambda tag: f"<{tag}>"),
    _TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        [
            '<script type="application/ld+json">{"@type":"NewsArticle","author":[[[]]],"datePublished":{}}</script>',
            '<time datetime="9999-99-99T99:99">',
            '<meta property="article:published_time" content="0001-01-01T00:00:00+99:00">',
            '<link rel="canonical" href="http://[::1">',
            "(AFP) - ",
            "A sentence that is long enough to be taken for running text, and ends like one. ",
        ]
    ),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_PIECES, max_size=60).map("".join))
def test_any_soup_of_tags(html: str) -> None:
    _survives(html)


@settings(max_examples=60)
@given(st.sampled_from(PAGES), st.integers(min_value=0, max_value=2**32), st.integers(min_value=1, max_value=40))
def test_damaged_pages(page: Path, seed: int, wounds: int) -> None:
    rng = random.Random(seed)
    data = bytearray(page.read_bytes())
    for _ in range(wounds):
        place = rng.randrange(len(data))
        kind = rng.randrange(3)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            del data[place : place + rng.randrange(200)]
        else:
            data[place:place] = data[rng.randrange(len(data)) :][:300]
        if not data:
            break
    _survives(bytes(data))


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (b"", "empty"),
        (b" \n\x00 ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "binary"),
        (b"\x89PNG\r\n", "binary"),
        (b"x" * (MAX_BYTES + 1), "over the limit"),
        (b"<!-- nothing -->", "no "),
    ],
)
def test_what_is_no_page_is_refused_with_a_reason(html: bytes, reason: str) -> None:
    with pytest.raises(NotAnArticle, match=reason) as refusal:
        extract(html, URL)
    assert URL in str(refusal.value)


def test_a_refusal_crosses_a_process_pool() -> None:
    refusal = pickle.loads(pickle.dumps(NotAnArticle(URL, "empty page")))
    assert (refusal.url, refusal.reason) == (URL, "empty page")


TEXT = "<p>Officials said on Thursday that the second phase would begin once the river was made safe again.</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + TEXT,
        TEXT + "<b>" * 20_000,
        "<table><tr><td>" * 3_000 + TEXT,
        "<p>" + "(" * 200_000 + "</p>" + TEXT,
        "<p>" + '"' * 200_000 + "</p>" + TEXT,
        "<p>" + "AFP " * 50_000 + "</p>" + TEXT,
        "<p>" + "A. " * 60_000 + "</p>" + TEXT,
        '<script>var a = "' + "\\" * 200_001 + "</script>",
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>" + TEXT,
        "<title>" + "| - " * 50_000 + "</title>" + TEXT,
        f'<div class="{"comment-" * 20_000}">' + TEXT + "</div>",
        "<br>" * 100_000 + TEXT,
    ],
    ids=[
        "deep",
        "unclosed",
        "tables",
        "brackets",
        "quotes",
        "agencies",
        "letters",
        "escapes",
        "json",
        "title",
        "class",
        "br",
    ],
)
def test_no_page_freezes_the_crawl(html: str) -> None:
    started = time.process_time()
    _survives(html)
    assert time.process_time() - started < 5, "seconds for a page made to be slow"
