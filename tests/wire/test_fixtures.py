"""Every file in data/ against the JSON beside it: the filings it becomes, or the reason it is refused.

A new format's test is two files: the feed file with invented text, and `<name>.expected.json`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pytest

from crawler.wire import parse
from news.articles import Filing
from news.errors import WireError
from tests.wire.catalogue import AGENCIES, DATA, RECEIVED

INPUTS = sorted(path for path in DATA.iterdir() if not path.name.endswith(".expected.json"))


def outcome(path: Path) -> object:
    """What parse() makes of a file, in JSON's types."""
    try:
        return [plain(filing) for filing in parse(path.read_bytes(), path.name, received=RECEIVED, agencies=AGENCIES)]
    except WireError as error:
        return {"refused": type(error).__name__, "reason": error.reason, "origin": error.origin}


def plain(filing: Filing) -> object:
    fields = {name: value for name, value in asdict(filing).items() if value not in ("", None, ())}
    return json.loads(
        json.dumps(fields, default=lambda value: value.isoformat() if isinstance(value, datetime) else None)
    )


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_file_becomes_what_stands_beside_it(path: Path) -> None:
    expected = path.with_name(path.name + ".expected.json")
    assert outcome(path) == json.loads(expected.read_text(encoding="utf-8"))


def test_every_format_has_a_fixture_that_becomes_a_filing() -> None:
    filed = {path.name for path in INPUTS if isinstance(outcome(path), list)}
    kinds = (
        "newsml_",
        "g2_",
        "nitf_",
        "ninjs1",
        "ninjs2",
        "ninjs3",
        "afp_core",
        "iptc7901",
        "anpa_",
        "rss",
        "atom",
        "ours",
    )
    assert [kind for kind in kinds if not any(name.startswith(kind) for name in filed)] == []


def test_the_same_take_has_the_same_ids_in_newsml_and_in_core_documents() -> None:
    newsml = parse((DATA / "newsml_afp_deep_latin1.xml").read_bytes(), "a", received=RECEIVED, agencies=AGENCIES)[0]
    core = parse((DATA / "afp_core.json").read_bytes(), "b", received=RECEIVED, agencies=AGENCIES)[0]
    assert (newsml.story_id, newsml.take_id) == (core.story_id, core.take_id)


def test_a_take_names_the_one_it_supersedes_by_its_take_id() -> None:
    first = parse((DATA / "newsml_afp.xml").read_bytes(), "a", received=RECEIVED, agencies=AGENCIES)[0]
    second = parse((DATA / "newsml_afp_deep_latin1.xml").read_bytes(), "b", received=RECEIVED, agencies=AGENCIES)[0]
    assert (second.story_id, second.supersedes) == (first.story_id, first.take_id)


def test_every_language_of_afp_has_its_notices_in_a_fixture() -> None:
    for language in ("en", "fr", "de", "es", "pt", "ar"):
        filed = outcome(DATA / f"afp_core_notices_{language}.json")
        assert isinstance(filed, list)
        assert [item["status"] for item in filed] == ["corrected", "killed", "embargoed"], language
        assert filed[2]["embargo_until"] == "2024-03-13T06:00:00+00:00"
