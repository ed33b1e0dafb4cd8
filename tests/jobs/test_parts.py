"""What fails while it is matched costs itself alone, is named, and is taken up again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs import due
from jobs.context import Context
from jobs.leasing import alone
from jobs.matches import matching, parts, rematching
from matcher import VERSION
from news.errors import JobError
from storage import set_aside
from storage.engine import reading, writing
from storage.matches import match_facts as stored
from storage.models import ArticleRow, ArticleVersionRow, LeaseRow, StoryRow, StoryVersionRow
from tests.jobs.newsdesk import article, context_of, filing, load, match, pickups, stories, story


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    made = context_of(database_url, tmp_path)
    yield made
    made.engine.dispose()


def version_of(context: Context, outlet: str) -> int:
    """The row of the first version of an outlet's article."""
    query = select(ArticleVersionRow.id).join(ArticleRow, ArticleRow.id == ArticleVersionRow.article_id)
    with reading(context.engine) as session:
        return session.scalars(query.where(ArticleRow.outlet_id == f"{outlet}.example")).one()


def aside(context: Context) -> list[tuple[str, int]]:
    """What is set aside, and how often it failed."""
    with reading(context.engine) as session:
        return [(row.name, row.failures) for row in set_aside.rows(session, "closure")]


def later(context: Context, **by: float) -> Context:
    """The same installation some time later."""
    clock = context.config.clock.model_copy(update={"start": context.now() + timedelta(**by)})
    return Context(context.config.model_copy(update={"clock": clock}))


def spoil(context: Context, version: int, paragraphs: Any) -> None:
    """Store what no text is: a list where a paragraph should be breaks the reader."""
    change = update(ArticleVersionRow).where(ArticleVersionRow.id == version)
    with writing(context.engine) as session:
        session.execute(change.values(paragraphs=paragraphs))


def test_a_text_that_fails_is_set_aside_and_all_others_are_decided(context: Context) -> None:
    told = [story(number) for number in range(9)]
    load(context, [article(f"o{n}", text, minutes=n, credit="AFP") for n, text in enumerate(told)])
    broken = version_of(context, "o4")
    spoil(context, broken, [["no", "paragraph"]])
    counts = match(context)
    assert (counts.set_aside, counts.versions) == (1, 8)
    assert aside(context) == [(f"version {broken}", 1)]
    with reading(context.engine) as session:
        [row] = set_aside.rows(session, "closure")
    assert row.reason.startswith("https://o4.example/story: ")
    assert {found["url"][8:10] for found in pickups(context)} == {f"o{n}" for n in (0, 1, 2, 3, 5, 6, 7, 8)}
    assert not due.match(context), "nothing else waits, and its time has not come"
    assert match(context).set_aside == 1
    assert due.match(later(context, minutes=16))
    spoil(context, broken, told[4])
    assert match(later(context, minutes=16)).versions == 1
    assert aside(context) == []
    assert len(pickups(context)) == 9


def test_names_that_collide_cost_only_who_brought_them(context: Context) -> None:
    """A story in the tables under the name another is to get, however it came there: once this ended every run."""
    load(
        context, [article("one", story(1), minutes=0, credit="AFP"), article("two", story(2), minutes=1, credit="AFP")]
    )
    match(context)
    keys = sorted(found["key"] for found in stories(context))
    load(context, [article("three", story(3), minutes=2, credit="AFP"), article("four", story(4), minutes=3)])
    with writing(context.engine) as session:
        settled = {"key": _key_of(context, "three"), "settled_at": context.now()}
        session.execute(update(StoryRow).where(StoryRow.key == keys[0]).values(**settled))
    counts = match(context)
    assert (counts.set_aside, counts.versions) == (1, 1)
    assert aside(context) == [(f"version {version_of(context, 'three')}", 1)]


def _key_of(context: Context, outlet: str) -> str:
    import hashlib

    return f"AFP~{hashlib.sha256(f'https://{outlet}.example/story'.encode()).hexdigest()[:10]}"


def test_what_kills_its_process_is_found_and_set_aside_and_the_rest_is_decided(context: Context) -> None:
    load(context, [article(f"o{n}", story(n), minutes=n, credit="AFP") for n in range(6)])
    killer = version_of(context, "o3")
    for failures in (1, 2):
        context.engine.dispose()
        child = os.fork()
        if child == 0:
            _die_over(context, killer)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        context.settle_dead()  # as every run begins
        assert (f"version {killer}", failures) in aside(context)
    counts = match(context)
    assert counts.set_aside == 1
    assert 0 < counts.versions < 5, "those before it were matched one by one before it killed again"
    assert aside(context) == [(f"version {killer}", 2)]
    assert len(pickups(context)) == 5
    assert match(later(context, minutes=16)).set_aside == 0
    assert len(pickups(context)) == 6


def _die_over(context: Context, killer: int) -> None:
    """What a process does that is killed for its memory while it decides about one text."""
    real = matching._match_part

    def decide(desk: Any, versions: Any, *rest: Any) -> None:
        if killer in versions:
            os.kill(os.getpid(), signal.SIGKILL)
        real(desk, versions, *rest)

    matching._match_part = decide  # type: ignore[assignment]  # in a child of its own, which ends here
    own = Context(context.config)  # as a process has: what it has in hand is its own
    with own.run("match"):
        matching.match(own)
    os._exit(0)


def test_a_take_that_fails_costs_no_other(context: Context) -> None:
    load(context, [filing(story(n), minutes=0, id=f"T{n}") for n in range(3)])
    load(context, [article(f"o{n}", story(n), minutes=10) for n in range(3)])
    with writing(context.engine) as session:
        change = update(StoryVersionRow).where(StoryVersionRow.id == 2)
        session.execute(change.values(paragraphs=[{"no": "paragraph"}]))
    assert match(context).set_aside == 1
    assert aside(context) == [("take 2", 1)]
    assert {found["story"] for found in pickups(context)} == {"AFP:T0", "AFP:T2"}


def test_a_run_that_was_overtaken_ends_before_it_writes(context: Context) -> None:
    load(context, [article("one", story(1), minutes=0, credit="AFP")])
    long = 1e12  # the clock of these tests stands nearly still
    with alone(context, "match", long) as lease, alone(context, "match", long) as second:
        assert lease
        assert second is None, "the second says so and leaves it"
        with writing(context.engine) as session:
            session.execute(update(LeaseRow).where(LeaseRow.name == "job:match").values(token="another"))
        with pytest.raises(JobError, match="another process does match by now"):
            matching.match(context, lease=lease)
    assert pickups(context) == []


def test_a_text_that_changes_while_it_is_decided_is_decided_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(context, [article("one", story(1), minutes=0, credit="AFP"), filing(story(2), minutes=0, id="F2")])
    real, version = matching._decide, version_of(context, "one")

    def decide_while_it_changes(*arguments: Any) -> Any:
        outcome = real(*arguments)
        if version in outcome.versions:
            monkeypatch.undo()
            spoil_with = {"paragraphs": story(2), "content_sha256": "another"}
            with writing(context.engine) as session:
                session.execute(update(ArticleVersionRow).where(ArticleVersionRow.id == version).values(**spoil_with))
        return outcome

    monkeypatch.setattr(matching, "_decide", decide_while_it_changes)
    assert match(context).decided_again == 1
    assert [found["story"] for found in pickups(context)] == ["AFP:F2"]


def test_everything_anew_passes_over_what_is_set_aside(context: Context) -> None:
    load(context, [article(f"o{n}", story(n), minutes=n, credit="AFP") for n in range(3)])
    match(context)
    with writing(context.engine) as session:
        set_aside.fail(session, "closure", parts.name_of("version", 2), "as told", context.now())
    counts, changes = rematching.match_all(context)
    assert (counts.versions, counts.set_aside, changes) == (2, 1, [])
    with reading(context.engine) as session:
        assert stored.is_waiting(session, "version", VERSION)
        assert not stored.is_waiting(session, "version", VERSION, {2})
