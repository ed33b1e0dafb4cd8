"""Real pages, served by local sites, through the whole path into both databases."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, rss

DATA = Path(__file__).parents[3] / "shared" / "data"
PAGES = 240
SITES = 8


@pytest.mark.skipif(not (DATA / "pages.jsonl.gz").exists(), reason="the real pages of ../shared are not there")
def test_real_pages_are_crawled_and_read(engine: Engine, new_site: Callable[[], Site], tmp_path: Path) -> None:
    sites = [new_site() for _ in range(SITES)]
    listed: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    with gzip.open(DATA / "pages.jsonl.gz", "rt", encoding="utf-8") as rows:
        for number, line in enumerate(rows):
            if number >= PAGES:
                break
            row = json.loads(line)
            site = sites[number % SITES]
            path = f"/news/{number}.html"
            body = (DATA / row["file"]).read_bytes()
            site[path] = Answer(body, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})
            listed[number % SITES].append((site.url(path), f"Listed {number}", ""))
    outlets = []
    for number, site in enumerate(sites):
        site["/feed.xml"] = rss(listed[number])
        outlets.append(outlet_row(f"outlet-{number}", site, ("feed", "/feed.xml")))
    counts = crawl_once(
        engine.url.render_as_string(hide_password=False), tmp_path, *outlets, options={"extract_workers": 2}
    )
    assert counts["unsaved"] == counts["unanswered"] == 0
    assert counts["fetches"] == counts["links"] >= 0.95 * PAGES
    assert counts["articles"] >= 0.97 * counts["fetches"]
    with engine.connect() as connection:
        read = connection.execute(text("select count(*), min(words) from article_versions where headline <> ''")).one()
    assert read[0] >= 0.97 * counts["articles"]
