"""A copy is news once, also when the agency's own item arrives the day after and takes the inferred story's place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import config
from jobs.context import Context
from report.periods import Period
from storage.digest.digest_rows import DigestFacts, Scope
from storage.digest.facts import digest_facts
from storage.engine import reading
from tests.jobs.newsdesk import START, article, filing, load, match, story


def context_on(day: int, database_url: str, home: Path) -> Context:
    """A context whose clock stands at noon, so many days after the start."""
    clock = config.ClockConfig(start=START + timedelta(days=day, hours=4), epoch=datetime.now(UTC), rate=1e-9)
    return Context(config.Config(home=home, database_url=database_url, clock=clock))


def facts_of(context: Context, day: date) -> DigestFacts:
    window = Period("daily", day).window(ZoneInfo("UTC"))
    with reading(context.engine) as session:
        return digest_facts(session, window=window, earlier=(), scope=Scope(agencies=("AFP",)))


def test_copies_of_a_story_rerooted_on_a_late_filing_stay_in_the_day_they_were_found(
    database_url: str, tmp_path: Path
) -> None:
    text, first = story(1), START.date()
    monday = context_on(0, database_url, tmp_path)
    load(monday, [article(name, text, minutes=60, credit="AFP") for name in ("post", "herald")])
    match(monday)
    before = facts_of(monday, first)
    assert {copy.origin for copy in before.copies} == {"inferred"}
    tuesday = context_on(1, database_url, tmp_path)
    load(tuesday, [filing(text, minutes=0, id="late"), article("gazette", text, minutes=1500)])
    match(tuesday)
    after, next_day = facts_of(tuesday, first), facts_of(tuesday, first + timedelta(days=1))
    assert {copy.origin for copy in after.copies} == {"filed"}
    assert sorted(copy.outlet for copy in after.copies) == ["herald.example", "post.example"]
    assert [copy.outlet for copy in next_day.copies] == ["gazette.example"]


def test_an_article_without_credit_is_reported_when_the_filing_gives_it_away(database_url: str, tmp_path: Path) -> None:
    text, first = story(2), START.date()
    monday = context_on(0, database_url, tmp_path)
    load(monday, [article("post", text, minutes=60)])
    match(monday)
    assert facts_of(monday, first).copies == ()
    tuesday = context_on(1, database_url, tmp_path)
    load(tuesday, [filing(text, minutes=0, id="late")])
    match(tuesday)
    facts = facts_of(tuesday, first + timedelta(days=1))
    assert [copy.outlet for copy in facts.late] == ["post.example"]
    assert [item.kinds for item in facts.act_now] == [("credit missing",)]
    assert facts_of(tuesday, first).copies == ()
