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

from crawler.articles import Article
from crawler.errors import NotAnArticle
from crawler.extractors import explain, extract

DATA = Path(__file__).parent.parent / "data"
GOLDEN = sorted(path for path in DATA.glob("*/*.json") if path.with_suffix(".html").exists())


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


def _by_place(credits: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(credits, key=lambda credit: sorted(credit.items()))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_page_is_read_as_its_golden_file_says(golden: Path) -> None:
    if "refused" in json.loads(golden.read_text(encoding="utf-8"))["expected"]:
        pytest.skip("a page to be refused")
    expected, article = _read(golden)
    got = _plain(asdict(article))
    for field, value in expected.items():
        if field in ("published", "modified"):
            assert {part: got[field][part] for part in value} == value, field
        elif field == "credits":
            assert _by_place(got[field]) == _by_place(value)
        else:
            assert got[field] == value, field


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_field_of_a_page_is_explained(golden: Path) -> None:
    case = json.loads(golden.read_text(encoding="utf-8"))
    html = golden.with_suffix(".html").read_bytes()
    if "refused" in case["expected"]:
        with pytest.raises(NotAnArticle, match=case["expected"]["refused"]) as refusal:
            extract(html, case["url"])
        assert refusal.value.url == case["url"]
        return
    article = extract(html, case["url"])
    findings = {finding.field: finding for finding in explain(html, case["url"])}
    assert findings["headline"].value == article.headline
    assert all(findings[field].rule for field in ("headline", "paragraphs", "published", "canonical_url"))
    assert sum(field.startswith("credit ") for field in (f.field for f in explain(html, case["url"]))) == len(
        article.credits
    )


def test_every_page_has_its_golden_file_and_says_why_it_is_there() -> None:
    assert {path.with_suffix(".json") for path in DATA.glob("*/*.html")} <= set(GOLDEN)
    assert all(json.loads(path.read_text(encoding="utf-8"))["why"] for path in GOLDEN)
