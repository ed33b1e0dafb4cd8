"""The packaged catalogue is sound, a user's file changes it, and a bad row says which, where and what to do."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from news.catalogue import default_catalogue, load_catalogue
from news.errors import CatalogueError

ROW = """[[outlet]]
id = "varnholm"
name = "Varnholm Post"
hosts = ["varnholm.example"]
country = "SE"
zone = "Europe/Stockholm"
language = "sv"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_holds_what_was_promised() -> None:
    catalogue = default_catalogue()
    assert "AFP" in catalogue.agencies
    assert len(catalogue.agencies) >= 13
    assert len(catalogue.outlets) >= 45
    for outlet in catalogue.outlets.values():
        assert outlet.hosts, outlet.id
        assert outlet.feeds, outlet.id
        assert outlet.language, outlet.id
        assert ZoneInfo(outlet.zone), outlet.id


def test_afp_is_known_in_every_script_and_not_taken_for_an_army() -> None:
    afp = default_catalogue().agencies["AFP"]
    for form in (
        "AFP",
        "Agence France-Presse",
        "أ ف ب",
        "ا ف ب",
        "اف ب",
        "أ.ف.ب",
        "فرانس برس",
        "АФП",
        "法新社",
        "AFP時事",
    ):
        assert form in afp.names
    for veto in (
        "Armed Forces of the Philippines",
        "Australian Federal Police",
        "alpha-fetoprotein",
        "fondos de pensiones",
    ):
        assert veto in afp.vetoes


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.ndtv.com/world-news/x", "ndtv"),
        ("https://uk.news.yahoo.com/x.html", "yahoo-news-uk"),
        ("https://news.yahoo.com/x.html", "yahoo-news"),
        ("http://www.globaltimes.cn:80/content/921136.shtml", "global-times"),
        ("https://ndtv.com.evil.example/", None),
        ("not an address", None),
    ],
)
def test_an_address_finds_its_outlet(url: str, outlet: str | None) -> None:
    found = default_catalogue().outlet_of(url)
    assert (found.id if found else None) == outlet


def test_a_file_adds_an_outlet_and_keeps_the_rest(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, ROW))
    assert catalogue.outlets["varnholm"].hosts == ("varnholm.example",)
    assert set(default_catalogue().outlets) < set(catalogue.outlets)


def test_a_file_changes_only_the_fields_it_gives(tmp_path: Path) -> None:
    catalogue = load_catalogue(written(tmp_path, '[[outlet]]\nid = "ndtv"\nzone = "UTC"\n'))
    before, after = default_catalogue().outlets["ndtv"], catalogue.outlets["ndtv"]
    assert (after.zone, after.hosts, after.feeds) == ("UTC", before.hosts, before.feeds)


def test_a_file_can_remove_some_or_all(tmp_path: Path) -> None:
    assert "ndtv" not in load_catalogue(written(tmp_path, 'remove = ["ndtv"]\n')).outlets
    only = load_catalogue(written(tmp_path, "only = true\n" + ROW))
    assert list(only.outlets) == ["varnholm"]
    assert "AFP" in only.agencies


BAD = {
    "zone": (ROW.replace("Europe/Stockholm", "Europe/Varnholm"), "zone", "'Europe/Varnholm'"),
    "zone path": (ROW.replace("Europe/Stockholm", "../../etc/passwd"), "zone", "IANA"),
    "country": (ROW.replace('"SE"', '"Sweden"'), "country", "ISO 3166"),
    "agency": (ROW + 'agency = "NOPE"\n', "agency", "'NOPE'"),
    "feed kind": (ROW + 'feeds = [{kind = "atom", url = "https://varnholm.example/a"}]\n', "feeds", "'atom'"),
    "feed address": (ROW + 'feeds = [{kind = "feed", url = "varnholm.example/a"}]\n', "feeds", "full http"),
    "feed scheme": (ROW + 'feeds = [{kind = "feed", url = "file:///etc/passwd"}]\n', "feeds", "full http"),
    "feed shape": (ROW + 'feeds = ["https://varnholm.example/a"]\n', "feeds", "kind and url"),
    "host with path": (ROW.replace("varnholm.example", "https://varnholm.example/"), "hosts", "host name"),
    "host taken": (ROW.replace("varnholm.example", "ndtv.com"), "hosts", "'ndtv'"),
    "no hosts": (ROW.replace('["varnholm.example"]', "[]"), "hosts", "empty"),
    "missing": (ROW.replace('country = "SE"\n', ""), "country", "missing"),
    "no id": (ROW.replace('id = "varnholm"\n', ""), "id", "missing"),
    "wrong type": (ROW.replace('"Varnholm Post"', "7"), "name", "text"),
    "unknown field": (ROW + 'color = "blue"\n', "color", "unknown"),
    "twice": (ROW + ROW, "id", "twice"),
    "agency without names": (
        '[[agency]]\ncode = "VPA"\nname = "V"\ncountry = "SE"\nnames = []\n',
        "names",
        "at least one",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_names_file_row_and_field(name: str, tmp_path: Path) -> None:
    text, column, said = BAD[name]
    path = written(tmp_path, text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    error = caught.value
    assert (error.file, error.column) == (str(path), column)
    assert error.row
    assert said in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("outlet = 7", "tables"),
        ("[[outlet", "not valid TOML"),
        ("outlets = []", "unknown"),
        ('remove = ["nobody"]', "not in the catalogue"),
        ('only = "yes"', "true or false"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(CatalogueError, match=said) as caught:
        load_catalogue(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_catalogue(tmp_path / "nowhere.toml")
