"""What is set aside is said wherever somebody looks: aside, status, doctor, health, metrics and the digest."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from cli import app
from jobs.context import Context
from jobs.daemon.measuring import Watch, exposition, registry
from jobs.digesting import composed
from jobs.readers import Subscriber
from report.periods import Period
from storage.digest.digest_rows import EVERYTHING
from storage.engine import open_engine
from tests.jobs.newsdesk import context_of
from tests.storage.troubles import EXPECTED, URL, make_trouble

KINDS = "1 closure, 1 page, 1 feed, 1 sitemap, 1 robots, 1 file, 1 digest"


class Desk:
    """The commands over one database in which everything failed once."""

    def __init__(self, home: Path, url: str) -> None:
        self.env = {"WIRETRAIL_HOME": str(home), "WIRETRAIL_DATABASE_URL": url}
        self.context: Context = context_of(url, home)

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.env)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    engine = open_engine(database_url)
    make_trouble(engine)
    engine.dispose()
    return Desk(tmp_path, database_url)


def test_the_command_lists_everything(desk: Desk) -> None:
    rows = json.loads(desk.type("aside", "--format", "json").stdout)
    assert [(row["kind"], row["name"], row["failures"]) for row in rows] == [
        (one.kind, one.name, one.failures) for one in EXPECTED
    ]
    assert rows[0] == {
        "kind": "closure",
        "name": "ZED:bridge",
        "reason": "still none",
        "failures": 2,
        "first_at": "2026-03-09T12:02:00Z",
        "last_at": "2026-03-09T12:30:00Z",
        "next_at": "2026-03-09T13:00:00Z",
    }
    assert len(json.loads(desk.type("aside", "robots", "--format", "json").stdout)) == 1
    assert "still none" in desk.type("aside").stdout


def test_the_command_takes_up_again(desk: Desk) -> None:
    assert "1 is tried again now" in desk.type("aside", "--retry", "closure", "ZED:bridge").stderr
    assert json.loads(desk.type("aside", "closure", "--format", "json").stdout) == []
    assert "1 is tried again now" in desk.type("aside", "--retry", "page").stderr
    assert "5 are tried again now" in desk.type("aside", "--retry", "all").stderr


@pytest.mark.parametrize(
    "words", [("story",), ("--retry",), ("all", "x"), ("--retry", "all", "x"), ("closure", "ZED:bridge")]
)
def test_what_is_not_understood_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.type("aside", *words).exit_code == 2


def test_a_unit_that_is_not_set_aside_is_an_error(desk: Desk) -> None:
    result = desk.type("aside", "--retry", "page", URL + "fine")
    assert "no page" in str(result.exception)
    assert len(json.loads(desk.type("aside", "--format", "json").stdout)) == len(EXPECTED)


def test_status_doctor_and_health_say_so(desk: Desk) -> None:
    status = {row["what"]: row for row in json.loads(desk.type("status", "--format", "json").stdout)}
    assert status["set aside"]["state"] == "look"
    assert status["set aside"]["detail"].startswith(KINDS)
    assert status["set aside: closure"]["detail"] == (
        "ZED:bridge: still none; 2 times since 2026-03-09 12:02 UTC, tried again 2026-03-09 13:00 UTC"
    )
    assert "too deep" in status["set aside: robots"]["detail"]
    assert KINDS in " ".join(desk.type("doctor").stdout.split())
    assert f"set aside: {KINDS}" in desk.type("health").stderr


def test_metrics_count_each_kind(desk: Desk) -> None:
    said = exposition(registry(Watch(), lambda: desk.context)).decode()
    for kind in ("closure", "robots", "digest"):
        assert f'wiretrail_set_aside{{kind="{kind}"}} 1.0' in said
    assert 'wiretrail_set_aside{kind="record"} 0.0' in said


@pytest.mark.parametrize(
    ("language", "words"), [("en", "7 units of work set aside: wiretrail aside"), ("fr", "7 unités de travail mises")]
)
def test_the_digest_says_so(desk: Desk, language: str, words: str) -> None:
    reader = Subscriber("", "ed@daily.example", ZoneInfo("Europe/Paris"), 7, language, None, EVERYTHING)
    digest = composed(desk.context, reader, Period("daily", date(2026, 3, 9)))
    assert words in digest.text.replace("\n", " ")
    assert words in digest.html
    assert "robots https://daily.example: too deep (1 times)" in " ".join(digest.text.split())
    assert "closure ZED:bridge: still none (2 times)" in digest.html
