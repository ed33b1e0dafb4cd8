"""The two pages every reading must get right, in three layouts, from the shared material where it is present."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.extractors import extract

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


@pytest.mark.parametrize("name", ["almaghribtoday.class", "almaghribtoday.table", "globaltimes.br"])
def test_seed_page(name: str) -> None:
    if not SEEDS.exists():
        pytest.skip("the seed pages are third-party material kept outside the project")
    gold = json.loads((SEEDS / f"{name}.json").read_text(encoding="utf-8"))
    article = extract((SEEDS / f"{name}.html").read_bytes(), gold["url"])
    assert _words(article.headline) == _words(gold["headline"])
    assert [_words(p) for p in article.paragraphs] == [_words(p) for p in gold["paragraphs"]]
    texts = [credit for credit in article.credits if credit.kind == "text"]
    assert [credit.agency for credit in texts] == ["AFP"]
    assert gold["credits"][0]["text"] in texts[0].text
    at = article.published.at.isoformat().replace("+00:00", "Z") if article.published.at else None
    assert at == gold["published"]["at"]
    assert article.published.zone == gold["published"].get("zone", "unknown")
