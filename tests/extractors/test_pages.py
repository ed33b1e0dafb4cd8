"""Every saved page is read as its golden file says. A new case is two files: tests/data/<outlet>/<page>.html and .json.

The texts are invented; the shapes are those of real pages. `expected` names only the fields the case is about, or
`refused` with a part of the reason; `fetched` is the time of the visit where it matters.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.extractors import explain, extract
from news.articles import Article
from news.errors import NotAnArticle

DATA = Path(__file__).parent.parent / "data"
GOLDEN = sorted(path for path in DATA.glob("*/*.json") if path.with_suffix(".html").exists())
REFUSED = [path for path in GOLDEN if "refused" in json.loads(path.read_text(encoding="utf-8"))["expected"]]
ARTICLES = [path for path in GOLDEN if path not in REFUSED]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _plain(value: Any) -> Any:
    """A field of an Article as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _read(golden: Path) -> tuple[dict[str, Any], Article]:
    case = json.loads(golden.read_text(encoding="utf-8"))
    fetched = datetime.fromisoformat(case["fetched"]) if "fetched" in case else None
    return case["expected"], extract(golden.with_suffix(".html").read_bytes(), case["url"], fetched=fetched)


def _by_place(found: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(found, key=lambda credit: sorted(credit.items()))


@pytest.mark.parametrize("golden", ARTICLES, ids=_name)
def test_page_is_read_as_its_golden_file_says(golden: Path) -> None:
    expected, article = _read(golden)
    got = _plain(asdict(article))
    for field, value in expected.items():
        if field in ("published", "modified"):
            assert {part: got[field][part] for part in value} == value, field
        elif field == "credits":
            assert _by_place(got[field]) == _by_place(value)
        else:
            assert got[field] == value, field


@pytest.mark.parametrize("golden", ARTICLES, ids=_name)
def test_every_field_of_a_page_is_explained(golden: Path) -> None:
    case = json.loads(golden.read_text(encoding="utf-8"))
    html = golden.with_suffix(".html").read_bytes()
    article = extract(html, case["url"])
    findings = explain(html, case["url"])
    by_field = {finding.field: finding for finding in findings}
    assert by_field["headline"].value == article.headline
    assert all(by_field[field].rule for field in ("headline", "paragraphs", "published", "canonical_url"))
    assert sum(finding.field.startswith("credit ") for finding in findings) == len(article.credits)


@pytest.mark.parametrize("golden", REFUSED, ids=_name)
def test_a_page_that_is_no_article_is_refused_with_a_reason(golden: Path) -> None:
    case = json.loads(golden.read_text(encoding="utf-8"))
    with pytest.raises(NotAnArticle, match=case["expected"]["refused"]) as refusal:
        extract(golden.with_suffix(".html").read_bytes(), case["url"])
    assert refusal.value.url == case["url"]


def test_every_page_has_its_golden_file_and_says_why_it_is_there() -> None:
    assert {path.with_suffix(".json") for path in DATA.glob("*/*.html")} <= set(GOLDEN)
    assert all(json.loads(path.read_text(encoding="utf-8"))["why"] for path in GOLDEN)
