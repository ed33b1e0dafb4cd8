"""Two processes that save the same thing at once leave what one would have left."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.agency import filings
from storage.articles import saving
from storage.crawling import outlet_rows
from storage.engine import open_engine, reading, writing
from storage.models import ArticleRow, ArticleVersionRow, NoticeRow, OutletRow, StoryRow, StoryVersionRow
from tests.storage.makers import article, filing, later


def at_once(url: str, work: Callable[[Session, int], object]) -> None:
    """Run `work` for 0..9 in each of three threads, each time in a transaction of its own."""
    failed: list[BaseException] = []

    def one() -> None:
        engine = open_engine(url)
        try:
            for number in range(10):
                with writing(engine) as session:
                    work(session, number)
        except BaseException as error:
            failed.append(error)
        engine.dispose()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def count(url: str, *tables: type) -> list[int | None]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    engine.dispose()
    return found


def test_articles(database_url: str) -> None:
    def save(session: Session, number: int) -> None:
        outlet_id = outlet_rows.outlet_for_host(session, f"o{number}.example")
        look = article("https://daily.example/1", f"Text {number}.")
        saving.save_article(session, look, outlet_id, seen_at=later(number))

    at_once(database_url, save)
    assert count(database_url, OutletRow, ArticleRow, ArticleVersionRow) == [10, 1, 10]


def test_filings(database_url: str) -> None:
    def save(session: Session, number: int) -> None:
        status = "corrected" if number == 7 else "usable"
        item = filing(str(number), "bridge", number, status=status, notice="Wrong." if number == 7 else "")
        filings.save_filing(session, item, received_at=later(60))

    at_once(database_url, save)
    assert count(database_url, StoryRow, StoryVersionRow, NoticeRow) == [1, 10, 1]
