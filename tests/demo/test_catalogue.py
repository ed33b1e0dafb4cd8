"""The catalogue file says what the catalogue's reader expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.catalogue_file import catalogue_toml
from demo.shapes import Newsroom
from news.catalogue import load_catalogue


def bases(newsroom: Newsroom) -> dict[str, str]:
    return {site.id: f"http://127.0.0.1:{8800 + at}" for at, site in enumerate(newsroom.sites)}


def test_the_reader_takes_it_and_crawls_nothing_else(newsroom: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "newsroom.toml"
    file.write_text(catalogue_toml(newsroom, bases(newsroom)), encoding="utf-8")
    catalogue = load_catalogue(file)
    assert set(catalogue.outlets) == {site.id for site in newsroom.sites}
    assert [outlet.id for outlet in catalogue.outlets.values() if outlet.agency] == ["afp"]
    for site in newsroom.sites:
        outlet = catalogue.outlets[site.id]
        base = bases(newsroom)[site.id]
        zone = site.zone if site.zone_known else ""
        assert (outlet.name, outlet.country, outlet.zone) == (site.name, site.country, zone)
        assert [(feed.url, feed.kind) for feed in outlet.feeds] == [(base + f.path, f.kind) for f in site.feeds]
        assert catalogue.outlet_of(f"{base}/any/page") == outlet


def test_a_site_without_an_address_is_an_error(newsroom: Newsroom) -> None:
    with pytest.raises(KeyError):
        catalogue_toml(newsroom, {})
