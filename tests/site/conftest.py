"""The pages over the small invented world of the questions' tests, on each kind of database.

The pages only read, so that one database of each kind serves all tests of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from storage.engine import open_engine, writing
from storage.models import ArticleRow, FeedRow, NoticeRow, NoticeStateRow, StoryRow
from tests import postgres
from tests.site.browser import Browser, open_pages
from tests.storage import world
from tests.storage.makers import NOON, later


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The invented world, with a notice that one outlet obeyed, and feeds of which one fails."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("pages") / "pages.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        made: AbstractContextManager[str] = nullcontext(f"sqlite:///{path}")
    else:
        made = postgres.migrated_database(request.getfixturevalue("postgres_server"))
    with made as url:
        engine = open_engine(url)
        fill(engine)
        yield engine
        engine.dispose()


def fill(engine: Engine) -> None:
    with writing(engine) as session:
        world.fill(session)
        story = session.scalars(select(StoryRow).where(StoryRow.key == "ZED:bridge")).one()
        notice = NoticeRow(
            story_id=story.id, item_id="ZED:n1", kind="correction", text="Two arches.", opened_at=later(95)
        )
        session.add(notice)
        session.flush()
        url = world.address("gazette", "bridge")
        obeyed = session.scalars(select(ArticleRow).where(ArticleRow.canonical_url == url)).one()
        session.add(
            NoticeStateRow(
                notice_id=notice.id, article_id=obeyed.id, state="noted", since=later(100), checked_at=later(110)
            )
        )
        for outlet, failures in (("daily", 0), ("gazette", 3)):
            session.add(
                FeedRow(
                    outlet_id=outlet,
                    url=f"https://{outlet}.example/rss",
                    host=f"{outlet}.example",
                    kind="feed",
                    due_at=NOON + timedelta(days=1),
                    failures=failures,
                    reason="refused the connection" if failures else "",
                )
            )


@pytest.fixture
def browser(filled: Engine) -> Browser:
    return open_pages(filled)


@pytest.fixture
def tmp_engine(sqlite_database: str) -> Iterator[Engine]:
    """An empty SQLite database: what is written does not depend on where it was kept."""
    engine = open_engine(sqlite_database)
    yield engine
    engine.dispose()
