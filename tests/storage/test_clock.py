"""A clock that was wrong for a while: nothing waits for a moment nobody meant, and what it wrote is brought back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from news.visits import Exchange, FetchResult, FoundLink
from storage import leases, outbox, runs
from storage.agency import interfaces
from storage.articles.saving import save_article
from storage.brought_back import BY_FIRST_SIGHT, OURS, bring_back
from storage.clock import LONGEST_SLEEP, MOST_APART, SETTLED, unsettled_since
from storage.columns import Base, Instant
from storage.crawling import frontier
from storage.crawling.hosts import Asked, note_requests
from storage.engine import reading, writing
from storage.models import ArticleVersionRow, DigestRow, FeedRow, LeaseRow, PageRow, RunRow
from tests.storage.makers import NOON, ZED, article, feed, later, outlet

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AHEAD = (timedelta(minutes=30), 3 * DAY, 365 * DAY, 30 * 365 * DAY)


def fill(engine: Engine, now: datetime = NOON) -> None:
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], [outlet("o", feed("https://o.example/rss"))], now)
        frontier.add_links(session, "o", [FoundLink("https://o.example/1", "o.example")], "", now)


def due(engine: Engine, now: datetime) -> int:
    with reading(engine) as session:
        return frontier.count_due(session, now)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_poll_put_off_by_a_clock_that_was_ahead_is_due(engine: Engine, ahead: timedelta) -> None:
    fill(engine)
    wrong = NOON + ahead
    with writing(engine) as session:
        session.execute(update(FeedRow).values(polled_at=wrong, due_at=wrong + HOUR))
        session.execute(update(PageRow).values(due_at=None))
    assert due(engine, NOON) == 1
    with writing(engine) as session:
        batch = frontier.claim_batch(session, now=NOON, token="a", lease_until=later(9), max_hosts=5, max_pages=5)
    assert [task.url for task in batch.feeds] == ["https://o.example/rss"]


@pytest.mark.parametrize("wait", [8 * DAY + HOUR, 365 * DAY, 30 * 365 * DAY])
def test_nothing_waits_for_longer_than_any_wait_can_be(engine: Engine, wait: timedelta) -> None:
    fill(engine)
    with writing(engine) as session:
        session.execute(update(FeedRow).values(due_at=NOON + wait))
        session.execute(update(PageRow).values(due_at=NOON + wait))
        note_requests(session, [Asked("o.example", NOON, pause_seconds=wait.total_seconds())])
        assert leases.take(session, "job:match", "a", NOON, NOON + wait)
        assert leases.take(session, "job:match", "b", NOON, later(1))
        interfaces.end_poll(session, "afp", now=NOON, due_at=NOON + wait)
        assert interfaces.is_due(session, "afp", NOON)
    assert due(engine, NOON) == 2


def test_honest_waits_are_waited_for(engine: Engine) -> None:
    """Retry-After is obeyed for up to seven days."""
    fill(engine)
    week = 7 * DAY
    with writing(engine) as session:
        session.execute(update(FeedRow).values(polled_at=NOON, due_at=NOON + week))
        session.execute(update(PageRow).values(due_at=NOON + week))
        interfaces.end_poll(session, "afp", now=NOON, due_at=NOON + week)
        assert not interfaces.is_due(session, "afp", NOON + 6 * DAY)
    assert (due(engine, NOON), due(engine, NOON + week)) == (0, 2)
    with writing(engine) as session:
        session.execute(update(FeedRow).values(due_at=NOON))
        note_requests(session, [Asked("o.example", NOON, pause_seconds=week.total_seconds())])
    assert (due(engine, NOON), due(engine, NOON + 6 * DAY), due(engine, NOON + week)) == (0, 0, 2)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_lease_taken_at_a_moment_to_come_holds_nobody_up(engine: Engine, ahead: timedelta) -> None:
    fill(engine)
    wrong = NOON + ahead
    with writing(engine) as session:
        frontier.claim_batch(session, now=wrong, token="a", lease_until=wrong + HOUR, max_hosts=5, max_pages=5)
        assert leases.take(session, "job:match", "a", wrong, wrong + HOUR)
    assert due(engine, NOON) == 2
    with writing(engine) as session:
        mine = frontier.claim_batch(session, now=NOON, token="b", lease_until=later(5), max_hosts=5, max_pages=5)
        assert (len(mine.feeds), len(mine.pages)) == (1, 1)
        assert leases.take(session, "job:match", "b", NOON, later(5))
        assert not leases.take(session, "job:match", "c", later(1), later(9)), "one that is held is held"


def test_a_lease_of_before_they_said_when_is_held(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        session.add(LeaseRow(name="host:o.example", token="a", until=later(5)))
    assert (due(engine, NOON), due(engine, later(5))) == (0, 2)


def test_a_digest_begun_at_a_moment_to_come_is_for_a_person_now(engine: Engine) -> None:
    day = NOON.date()
    with writing(engine) as session:
        outbox.put(session, local_date=day, recipient="a@x.example", message_id="1", subject="", message=b"", now=NOON)
        taken = outbox.claim_to_send(session, day, "a@x.example", NOON + 365 * DAY)
        assert taken is not None
        assert outbox.begin_text(session, taken, NOON + 365 * DAY)
        assert len(outbox.uncertain(session, NOON)) == 1
        session.execute(update(DigestRow).values(state="composed"))
        assert outbox.is_owed(session, day, "a@x.example", NOON)


TOLD = {
    "articles": set(),
    "stories": {"embargo_until", "filed_at", "filed_earliest", "filed_latest"},
    "story_names": {"first_filed_at"},
    "story_versions": {"status_at", "stated_at", "embargo_until"},
    "article_versions": {"modified_at", "modified_earliest", "modified_latest"},
    "notices": {"opened_at", "stated_at", "embargo_until"},
    "interfaces": {"read_to"},
    "pickups": {"appeared_at", "appeared_earliest", "appeared_latest"},
    "carried": {"placed_at", "first_seen_at", "published_at", "used_at", "used_by", "sighted_at", "known_at"},
}
"""What others say, and what is told from other columns, by triggers or by the next match."""
NOT_BEFORE = {"due_at", "lease_until", "wait_until", "until", "next_at", "taken_at"}


def test_every_stored_instant_is_known_by_its_kind() -> None:
    """A new column is ours (brought back), a wait (believed for so long), or somebody else's word."""
    ours = {(column.class_.__tablename__, column.key) for column in OURS}
    ours |= {(table.__tablename__, name) for table, name, _ in BY_FIRST_SIGHT}
    for table in Base.metadata.sorted_tables:
        instants = {column.name for column in table.columns if isinstance(column.type, Instant)}
        known = {name for owner, name in ours if owner == table.name} | NOT_BEFORE | TOLD.get(table.name, set())
        assert instants <= known, f"{table.name}: {instants - known}"


def run(engine: Engine, at: datetime) -> None:
    with writing(engine) as session:
        runs.end_run(session, runs.start_run(session, "crawl", at), at, outcome="ok", counts={})


def visit(engine: Engine, at: datetime, *text: str) -> None:
    """A crawl of the page and its feed at that time, as the clock says."""
    run(engine, at)
    with writing(engine) as session:
        saved = save_article(session, article("https://o.example/1", *text), "o", seen_at=at)
        batch = frontier.claim_batch(session, now=at, token="t", lease_until=at + HOUR, max_hosts=5, max_pages=5)
        for page in batch.pages:
            result = FetchResult(page, Exchange(page.url, "ok", at, status=200))
            frontier.record_fetch(session, result, due_at=at + HOUR / 3, article_id=saved.article_id)
        frontier.release(session, "t")


@pytest.mark.parametrize("ahead", AHEAD)
def test_what_a_clock_wrote_that_was_ahead_is_brought_back(engine: Engine, ahead: timedelta) -> None:
    fill(engine)
    visit(engine, NOON, "One text.")
    visit(engine, NOON + ahead, "Another text.")
    with writing(engine) as session:
        tomorrow = (NOON + ahead).date() + DAY
        outbox.put(
            session, local_date=tomorrow, recipient="a", message_id="1", subject="", message=b"", now=NOON + ahead
        )
        assert bring_back(session, later(10)) > 0
        assert bring_back(session, later(10)) == 0, "once"
    with reading(engine) as session:
        page = session.scalars(select(PageRow)).one()
        assert (page.due_at, page.fetched_at) == (later(10), later(10))
        seen = session.scalars(select(ArticleVersionRow.seen_at).order_by(ArticleVersionRow.number)).all()
        assert list(seen) == [NOON, later(10)]
        assert session.scalar(select(func.max(RunRow.started_at))) == later(10)
        assert session.scalar(select(func.count(DigestRow.id))) == 0, "its day has not been"
    visit(engine, later(90), "A third text.")
    with reading(engine) as session:
        current = session.scalars(select(ArticleVersionRow.paragraphs).where(ArticleVersionRow.current)).one()
    assert current == ["A third text."]


def test_a_clock_that_is_behind_rewrites_nothing(engine: Engine) -> None:
    """2015, as a board without a battery says until it hears of the time."""
    fill(engine)
    for day in range(40):
        run(engine, NOON + day * DAY)
    behind = NOON - 4000 * DAY
    with writing(engine) as session:
        assert bring_back(session, behind) == 0
    run(engine, behind)
    for day in range(40, 50):
        run(engine, NOON + day * DAY)
    with writing(engine) as session:
        assert bring_back(session, behind + HOUR) == 0, "the second time it starts there is a run before them"
        assert session.scalar(select(func.max(RunRow.started_at))) == NOON + 49 * DAY
    assert due(engine, behind) == 2, "and meanwhile it crawls"


def test_machines_a_minute_apart_are_no_fault(engine: Engine) -> None:
    run(engine, NOON)
    run(engine, NOON + MOST_APART)
    with writing(engine) as session:
        assert bring_back(session, NOON) == 0


def unsettled(engine: Engine, now: datetime) -> datetime | None:
    with reading(engine) as session:
        return unsettled_since(session, now)


def test_a_clock_is_believed_from_its_second_day_on(engine: Engine) -> None:
    assert unsettled(engine, NOON) is None, "nothing ran before"
    for hour in range(0, 100, 5):
        run(engine, NOON + hour * HOUR)
    assert unsettled(engine, NOON + 100 * HOUR) is None
    assert unsettled(engine, NOON + 95 * HOUR + LONGEST_SLEEP) is None, "a weekend"
    wrong = NOON + 365 * DAY
    assert unsettled(engine, wrong) == NOON + 95 * HOUR
    for hour in range(0, 20, 5):
        run(engine, wrong + hour * HOUR)
        assert unsettled(engine, wrong + hour * HOUR) == NOON + 95 * HOUR
    assert unsettled(engine, wrong + SETTLED) is None, "it slept for a year, and has been awake for a day"
