"""Every question as a command: its filters narrow, its columns stay, its counts are those of view and page."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli import app
from cli.question_commands import QUESTIONS
from cli.question_options import OPTIONS
from storage import migrate
from storage.answers import columns_of
from storage.engine import open_engine, reading, writing
from tests.site.browser import open_pages
from tests.storage import world
from tests.storage.makers import stated

NOTHING = {"agency": "NONE", "outlet": "zedwire", "country": "QQ", "language": "xx", "use": "same event",
           "credited": "joint", "licence": "gold", "since": "2031-01-01", "until": "2001-01-01@Asia/Tokyo",
           "story": "ZED:none"}  # fmt: skip
PAGES = {"pickups": "pickups", "stories": "stories", "credit-gaps": "uncredited", "unlicensed": "unlicensed",
         "shares": "shares", "delays": "delays", "notices": "notices", "health": "health"}  # fmt: skip


class Desk:
    """The commands over one database, as somebody types them."""

    def __init__(self, home: Path) -> None:
        self.url = f"sqlite:///{home / 'desk.db'}"
        self.env = {"WIRETRAIL_HOME": str(home), "WIRETRAIL_DATABASE_URL": self.url}

    def type(self, *words: str) -> str:
        result = CliRunner().invoke(app, list(words), env=self.env)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.stdout

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return [dict(row) for row in json.loads(self.type(*words, "--format", "json"))]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    migrate.upgrade(desk.url)
    engine = open_engine(desk.url)
    with writing(engine) as session:
        world.fill(session)
    engine.dispose()
    return desk


def flag(name: str) -> str:
    (option,) = OPTIONS[name].__metadata__
    return option.default if isinstance(option.default, str) else f"--{name}"


@pytest.mark.parametrize(("question", "name"), [(q.name, name) for q in QUESTIONS for name in q.narrowed])
def test_no_filter_is_ignored(desk: Desk, question: str, name: str) -> None:
    found = desk.rows(question, flag(name), NOTHING[name])
    if (question, name) == ("health", "outlet"):
        assert [row["outlet"] for row in found] == ["zedwire"]
    else:
        assert found == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_columns_stay_the_same_in_every_format_and_without_rows(desk: Desk, question: Any) -> None:
    wanted = list(columns_of(question.kind))
    for words in ((), ("--limit", "1"), *((flag(name), NOTHING[name]) for name in question.narrowed[:1])):
        table = csv.reader(io.StringIO(desk.type(question.name, *words, "--format", "csv")))
        assert next(table) == wanted
    rows = desk.rows(question.name)
    assert all(list(row) == wanted for row in rows)
    assert [json.loads(line) for line in desk.type(question.name, "--format", "jsonl").splitlines()] == rows
    assert len(desk.type(question.name, "--format", "md").splitlines()) == len(rows) + 2
    assert desk.rows(question.name, "--limit", "1") == rows[:1]


def test_a_flag_that_asks_for_other_rows_has_their_columns_even_when_empty(desk: Desk) -> None:
    for words, first in ((["--open"], "notice"), (["--outlets"], "outlet")):
        assert desk.type("notices", *words, "--format", "csv").startswith(first + ",")


@pytest.mark.parametrize("question", sorted(PAGES))
def test_command_page_and_view_count_alike(desk: Desk, question: str) -> None:
    rows = desk.rows(question)
    engine = open_engine(desk.url)
    answer = open_pages(engine).get(f"/{PAGES[question]}?format=json").json()
    assert answer == rows
    with reading(engine) as session:
        counted = "certainty in ('linked', 'confirmed')"
        views = {
            "pickups": f"select count(*) from pickup_list where {counted}",
            "stories": "select count(*) from story_summary",
            "credit-gaps": "select count(*) from credit_gaps",
            "health": "select count(*) from crawl_health",
        }
        if question in views:
            assert session.scalar(text(views[question])) == len(rows)
        sums = {"unlicensed": "licence in ('none', 'unknown')", "shares": "true", "delays": "delay_minutes is not null"}
        if question in sums:
            total = session.scalar(text(f"select count(*) from pickup_list where {counted} and {sums[question]}"))
            assert sum(row["pickups"] for row in rows) == total
    engine.dispose()


def test_since_takes_any_zone(desk: Desk) -> None:
    for since in ("2026-03-09T13:00", "2026-03-09T14:00+01:00", "2026-03-09T22:00@Asia/Tokyo"):
        assert len(desk.rows("pickups", "--since", since)) == 2
    result = CliRunner().invoke(app, ["pickups", "--since", "yesterday"], env=desk.env)
    assert result.exit_code == 2
    assert "yesterday" in result.output


def test_the_last_visit_leaves_only_what_came_since(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    migrate.upgrade(desk.url)
    engine = open_engine(desk.url)
    with writing(engine) as session:
        world.fill(session)
    assert len(desk.rows("pickups", "--last-visit")) == 5
    assert desk.rows("pickups", "--last-visit") == []
    assert len(desk.rows("stories", "--last-visit")) == 3, "each question has its own last visit"
    with writing(engine) as session:
        # Published and seen long before the visit, but found out after it.
        world.carry(session, "gazette", "snow", 1, stated(-3000))
    assert [row["outlet"] for row in desk.rows("pickups", "--last-visit")] == ["gazette"]
    assert len(desk.rows("pickups")) == 6
    engine.dispose()


def test_search_finds_by_all_words_in_headline_address_or_text(desk: Desk) -> None:
    assert [row["url"] for row in desk.rows("search", "BRIDGE", "courier")] == ["https://courier.example/bridge"]
    assert desk.rows("search", "exactly") == []
    assert len(desk.rows("search", "exactly", "ten", "--text")) == 6
    assert len(desk.rows("search", "exactly", "--text", "--limit", "2")) == 2
    assert [row["story"] for row in desk.rows("search", "sea-ferry", "--stories")] == ["ZED:ferry"]
    assert desk.rows("search", "%", "--text") == []
