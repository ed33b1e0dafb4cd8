"""The case the project began with: two outlets' copies of one agency story, crawled over HTTP.

The pages are not ours to publish, so this reads them from beside the checkout and skips where they are not;
pages of the same shapes with invented text stand in tests/data.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.conftest import outlet_row
from tests.crawler.site import Answer, Site
from tests.whole.program import SHARED, Program

SEEDS = SHARED / "seeds"


@pytest.mark.parametrize("layout", ["class", "table"])
def test_both_copies_are_crawled_and_linked(
    layout: str, sqlite_database: str, tmp_path: Path, new_site: Callable[[], Site]
) -> None:
    if not SEEDS.exists():
        pytest.skip("the seed pages are not beside this checkout (../shared/seeds)")
    maghrib, times = new_site(), new_site()
    program = _newsroom(layout, maghrib, times, sqlite_database, tmp_path)
    program.must("crawl")
    program.must("match")
    rows = {row["outlet"]: row for row in program.rows("pickups")}
    assert set(rows) == {"almaghribtoday", "globaltimes"}
    assert len({row["story"] for row in rows.values()}) == 1
    assert all(row["origin"] == "inferred" and row["agency"] == "AFP" for row in rows.values())
    cut, whole = rows["globaltimes"], rows["almaghribtoday"]
    assert cut["share_of_article"] >= 0.95
    assert 0.45 <= cut["share_of_story"] <= 0.70
    assert cut["published"] == "2015-05-11T16:03:01Z"
    assert whole["published"] is None
    assert all(row["credited"] == "text" for row in rows.values())
    _check_moments(program, times, maghrib)
    _check_why(program, cut, whole)
    _check_re_rooting(program, tmp_path, set(rows))


def _newsroom(layout: str, maghrib: Site, times: Site, database: str, home: Path) -> Program:
    maghrib["/story.html"] = Answer((SEEDS / f"almaghribtoday.{layout}.html").read_bytes())
    times["/content/921136.shtml"] = Answer((SEEDS / "globaltimes.br.html").read_bytes())
    for site, path in ((maghrib, "/story.html"), (times, "/content/921136.shtml")):
        site["/feed.xml"] = Answer(
            f"<rss version='2.0'><channel><title>t</title><item><title>Kerry</title><link>{site.url(path)}</link>"
            "</item></channel></rss>",
            headers={"Content-Type": "application/rss+xml"},
        )
    catalogue = home / "catalogue.toml"
    catalogue.write_text(
        "only = true\n"
        + outlet_row("almaghribtoday", maghrib, ("feed", "/feed.xml"), zone="Africa/Casablanca")
        + outlet_row("globaltimes", times, ("feed", "/feed.xml"), zone="Asia/Shanghai"),
        encoding="utf-8",
    )
    crawl = {"CONTACT": "tests@localhost", "DELAY_SECONDS": "0", "ALLOW_LOOPBACK": "true"}
    return Program(
        home, database, {"CATALOGUE": str(catalogue), **{f"CRAWL__{name}": value for name, value in crawl.items()}}
    )


def _check_moments(program: Program, times: Site, maghrib: Site) -> None:
    """Global Times's clock is its outlet's; Almaghrib Today's page states no time, and its own clock is none."""
    from sqlalchemy import select

    from storage.engine import open_engine, reading
    from storage.models import ArticleRow, ArticleVersionRow, CreditRow

    engine = open_engine(program.database_url)
    query = select(ArticleVersionRow, ArticleRow.outlet_id).join(ArticleRow)
    with reading(engine) as session:
        versions = {outlet: version for version, outlet in session.execute(query)}
        credited = {
            outlet: list(session.scalars(select(CreditRow.text).where(CreditRow.version_id == version.id)))
            for outlet, version in versions.items()
        }
    engine.dispose()
    assert versions["globaltimes"].published.zone == "outlet"
    silent = versions["almaghribtoday"].published
    assert silent.at is None
    assert silent.latest is not None, "it was out when we fetched it"
    assert "Moscow - AFP" in credited["almaghribtoday"]
    assert any("Source:AFP" in text for text in credited["globaltimes"])
    assert maghrib.paths()
    assert times.paths()


def _check_why(program: Program, cut: dict[str, Any], whole: dict[str, Any]) -> None:
    from sqlalchemy import select

    from storage.engine import open_engine, reading
    from storage.models import ArticleRow, PickupRow

    engine = open_engine(program.database_url)
    with reading(engine) as session:
        query = select(PickupRow.edits).join(ArticleRow).where(ArticleRow.outlet_id == "globaltimes")
        edits = session.scalars(query).one()
    engine.dispose()
    substantive = {edit["article_text"] for edit in edits if edit["substantive"]}
    assert any("former president Viktor Yanukovych" in text for text in substantive)
    assert any("in East Ukraine" in text for text in substantive)
    respelled = {edit["article_text"] for edit in edits if edit["kind"] == "house spelling"}
    assert {"signaled", "normalization", "cease-fire"} <= respelled
    assert "former president Viktor Yanukovych" in program.must("why", cut["url"], whole["url"])


def _check_re_rooting(program: Program, folder: Path, outlets: set[str]) -> None:
    """The agency's own item arrives afterwards: the same pickups now hang on it, with delays."""
    gold = json.loads((SEEDS / "almaghribtoday.class.json").read_text(encoding="utf-8"))
    row = {
        "url": "https://www.afp.com/item/1",
        "id": "item-1",
        "agency": "AFP",
        "headline": gold["headline"],
        "text": "\n".join(gold["paragraphs"]),
        "published": "2015-05-11T13:00:00Z",
    }
    path = folder / "filing.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    program.must("import", str(path))
    program.must("match")
    rows = {row["outlet"]: row for row in program.rows("pickups")}
    assert set(rows) == outlets
    assert {(row["story"], row["origin"]) for row in rows.values()} == {("AFP:item-1", "filed")}
    assert rows["globaltimes"]["delay_minutes"] == pytest.approx(183.02, abs=0.01)
