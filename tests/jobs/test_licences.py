"""Licences of the configuration: synced with the catalogue, beside those set by command."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import config
from jobs import keeping
from jobs.context import Context, sync
from news import errors
from news.errors import JobError
from storage.asking import questions
from storage.engine import reading
from storage.matches import licences
from storage.matches.licences import Licence
from tests.jobs.newsdesk import article, context_of, filing, load, match, story

CATALOGUE = """
only = true
[[outlet]]
id = "herald"
name = "Harbour Herald"
hosts = ["herald.example"]
country = "GB"
zone = "Europe/London"
language = "en"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    return tmp_path


def context_for(database_url: str, home: Path, *entries: dict[str, Any]) -> Context:
    """A context whose configuration file says these licences."""
    lines = [f'catalogue = "{home / "catalogue.toml"}"']
    for entry in entries:
        lines += ["[[licences]]", *(f"{key} = {_written(value)}" for key, value in entry.items())]
    file = home / "wiretrail.toml"
    file.write_text("\n".join(lines))
    read = config.read({"WIRETRAIL_CONFIG": str(file)})
    plain = context_of(database_url, home)
    return Context(read.model_copy(update={"home": home, "database_url": database_url, "clock": plain.config.clock}))


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else f'"{value}"'


def listed(context: Context) -> list[Licence]:
    sync(context)
    with reading(context.engine) as session:
        return licences.listed(session)


def said(**more: Any) -> dict[str, Any]:
    return {"outlet": "herald", "agency": "AFP", "terms": "licensed"} | more


def test_the_table_follows_the_file(database_url: str, home: Path) -> None:
    assert listed(context_for(database_url, home)) == []
    year = {"from": date(2026, 1, 1), "to": date(2026, 12, 31)}
    first = context_for(database_url, home, said(**year), said(terms="none", agency="Reuters"))
    found = listed(first)
    assert found == [
        Licence("herald", "AFP", "licensed", date(2026, 1, 1), date(2026, 12, 31), "configuration"),
        Licence("herald", "Reuters", "none", None, None, "configuration"),
    ]
    assert listed(first) == found
    keeping.license_outlet(first, "herald", "dpa", "trial", None, None)
    found = listed(context_for(database_url, home, said(terms="photos only", **year)))
    assert [(one.agency, one.terms, one.said_in) for one in found] == [
        ("AFP", "photos only", "configuration"),
        ("dpa", "trial", "command"),
    ]
    assert [one.agency for one in listed(context_for(database_url, home))] == ["dpa"]


def test_the_file_wins_over_a_command_and_says_so(sqlite_database: str, home: Path) -> None:
    context = context_for(sqlite_database, home, said())
    sync(context)
    with pytest.raises(JobError, match="stands in the configuration"):
        keeping.license_outlet(context, "herald", "AFP", "none", None, None)
    earlier = context_for(sqlite_database, home)
    sync(earlier)
    keeping.license_outlet(earlier, "herald", "AFP", "none", None, None)
    assert [replace(one, said_in="") for one in listed(context)] == [Licence("herald", "AFP", "licensed", said_in="")]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([said(outlet="nobody")], "entry 1: no outlet 'nobody'"),
        ([said(), said(agency="Nowhere Wire")], "entry 2: no agency 'Nowhere Wire'"),
        ([said(), said(terms="none")], "entry 2: herald and AFP are given twice"),
        ([said(**{"from": date(2026, 5, 1), "to": date(2026, 4, 1)})], "ends 2026-04-01, before it begins"),
    ],
    ids=["outlet", "agency", "twice", "dates"],
)
def test_what_cannot_be_is_named_and_changes_nothing(
    sqlite_database: str, home: Path, entries: list[dict[str, Any]], reason: str
) -> None:
    sync(context_for(sqlite_database, home, said(terms="as before")))
    with pytest.raises(JobError, match=reason):
        sync(context_for(sqlite_database, home, *entries))
    assert [one.terms for one in listed(context_for(sqlite_database, home, said(terms="as before")))] == ["as before"]


@pytest.mark.parametrize("entry", [{"outlet": "herald"}, said(until="x"), said(**{"from": "soon"})])
def test_a_malformed_entry_is_refused_with_its_name(sqlite_database: str, home: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigError, match=r"licences\.0\."):
        context_for(sqlite_database, home, entry)


def test_unlicensed_copies_are_listed_with_shares_and_words(sqlite_database: str, home: Path) -> None:
    text = story(5)
    context = context_for(sqlite_database, home, said(terms="none"))
    rows = [
        filing(text, minutes=0, id="F"),
        article("herald", text, minutes=30, credit="AFP") | {"outlet": "herald"},
        article("other", text[:4], minutes=40),
    ]
    load(context, rows)
    match(context)
    with reading(context.engine) as session:
        found = {row.outlet: row for row in questions.unlicensed(session)}
        gaps = {row.outlet: (row.licence, row.words) for row in questions.credit_gaps(session)}
    assert {outlet: row.licence for outlet, row in found.items()} == {"herald": "none", "other.example": "unknown"}
    words = sum(len(paragraph.split()) for paragraph in text)
    assert (found["herald"].words, found["herald"].uncredited) == (words, 0)
    assert gaps == {"other.example": ("unknown", found["other.example"].words)}
