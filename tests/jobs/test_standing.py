"""How the work stands, and whose silence is our fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.context import Context
from jobs.daemon import standing
from jobs.processes import machine, process
from news.articles import Moment
from storage import runs
from storage.crawling.silence import Looked, Outcomes, judged, silences
from storage.engine import reading, writing
from storage.models import ArticleRow, FeedRow, OutletRow, PageRow
from tests.jobs.newsdesk import context_of

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


def hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


def feed(*, polled: float | None = 0.2, found: float | None = 60, failures: int = 0, reason: str = "") -> FeedRow:
    return FeedRow(
        url="https://daily.example/feed",
        failures=failures,
        reason=reason,
        outcome="failed" if failures else "ok",
        polled_at=None if polled is None else hours(polled),
        found_at=None if found is None else hours(found),
    )


def looked(
    feeds: Sequence[FeedRow], *, last: float | None = 60, before: int = 140, reason: str = "", **pages: int
) -> Looked:
    counted = Counter({name.replace("_", " "): count for name, count in pages.items()})
    last_at = None if last is None else hours(last)
    return Looked("daily", "Daily", feeds, last_at, before, Outcomes(counted, reason))


@pytest.mark.parametrize(
    ("last", "before", "silent"),
    [
        (23, 1400, False),  # less than a day is no silence, however many it usually prints
        (25, 1400, True),
        (60, 14, False),  # one a day: two days and a half of nothing come about
        (5 * 24, 14, True),
        (30, 0, True),
        (None, 0, False),  # followed for less than a day
    ],
)
def test_silent_is_what_chance_does_not_explain(last: float | None, before: int, silent: bool) -> None:
    found = judged(looked([feed()], last=last, before=before), NOW)
    assert (found is not None) == silent


@pytest.mark.parametrize(
    ("case", "state", "why"),
    [
        (looked([feed()]), "quiet", "its feeds answer and list nothing new"),
        (looked([feed()], not_modified=3), "quiet", "list nothing new but 3 pages seen before"),
        (looked([feed(failures=4, reason="HTTP 403")]), "broken", "its 1 feed cannot be read: HTTP 403"),
        (looked([feed(), feed(failures=4, reason="HTTP 500")]), "broken", "1 of 2 feeds cannot be read: HTTP 500"),
        (looked([feed(polled=40)]), "broken", "not polled since 2026-03-18 20:00 UTC"),
        (looked([feed(polled=None)], last=None), "broken", "was ever polled"),
        (looked([feed(found=None, polled=0.1)], last=None, before=0), "none", ""),
        (looked([feed(found=None)], last=50, before=0), "broken", "never listed a page"),
        (
            looked([feed()], refused=9, not_modified=1, reason="HTTP 403"),
            "broken",
            "9 of 10 pages listed since ended as",
        ),
        (looked([feed()], not_an_article=7, reason="no text"), "broken", "hold no article we can read: no text"),
        (looked([feed()], new=12), "broken", "12 pages listed and not fetched yet"),
        (
            looked([feed()], failed=1, reason="timed out"),
            "broken",
            "1 of 1 page listed since ended as failed: timed out",
        ),
    ],
)
def test_quiet_is_told_from_broken(case: Looked, state: str, why: str) -> None:
    found = judged(case, NOW)
    if found is None:
        assert state == "none"
        return
    assert found.state == state
    assert why in found.why


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Context:
    return context_of(database_url, tmp_path)


def fill(context: Context) -> None:
    """Three outlets at ten articles a day, silent for three: quiet, refused, and one that prints."""
    now = context.now()
    with writing(context.engine) as session:
        for name in ("broken", "prints", "quiet"):
            session.add(
                OutletRow(id=name, name=name.title(), hosts=[f"{name}.example"], country="", zone="", language="")
            )
            session.flush()
            url, host = f"https://{name}.example/feed", f"{name}.example"
            session.add(
                FeedRow(outlet_id=name, url=url, kind="feed", host=host, polled_at=now, found_at=now, due_at=now)
            )
            for number in range(100):
                seen = now - timedelta(days=0 if name == "prints" else 3, hours=number * 2.4)
                address = f"https://{host}/{number}"
                session.add(ArticleRow(outlet_id=name, canonical_url=address, first_seen_at=seen, last_seen_at=seen))
        for number in range(4):
            found: dict[str, Any] = {
                "found_at": now - timedelta(days=1),
                "outcome": "refused",
                "reason": "HTTP 402: subscribers only",
            }
            found["listed"] = Moment()
            address = f"https://broken.example/new-{number}"
            session.add(
                PageRow(outlet_id="broken", url=address, host="broken.example", failures=1, due_at=now, **found)
            )


def test_the_database_tells_quiet_from_broken(context: Context) -> None:
    fill(context)
    with reading(context.engine) as session:
        found = silences(session, context.now())
    assert [(one.outlet, one.state, one.since) for one in found] == [
        ("broken", "broken", context.now() - timedelta(days=3)),
        ("quiet", "quiet", context.now() - timedelta(days=3)),
    ]
    assert found[0].why == "4 of 4 pages listed since ended as refused: HTTP 402: subscribers only"
    assert 6 < found[0].usual_per_day < 9


def test_status_says_what_is_due_runs_fails_and_is_silent(context: Context) -> None:
    fill(context)
    now = context.now()
    with writing(context.engine) as session:
        runs.start_run(session, "match", now, process())
        runs.start_run(session, "crawl", now, f"{machine()}:99999999:1")
        failed = runs.start_run(session, "digest", now)
        runs.end_run(session, failed, now, outcome="failed", counts={}, error="mail server gone")
    lines = {line.what: (line.state, line.detail) for line in standing.status(context)}
    assert lines["due"] == ("well", "3 feeds, 4 pages")
    assert lines["running"][0] == "look"
    assert lines["running"][1].startswith("match since ")
    assert "crawl died" in lines["running"][1]
    assert lines["digest"] == ("bad", f"failed {now:%Y-%m-%d %H:%M} UTC: mail server gone")
    assert lines["failing"][1].startswith("4 pages: HTTP 402: subscribers only; such as https://broken.example/new-0")
    assert lines["broken: broken"][0] == "bad"
    assert lines["quiet: quiet"][0] == "look"
    assert "daemon" not in lines


def test_an_idle_installation_is_not_well(context: Context) -> None:
    assert {line.what for line in standing.status(context) if line.state == "bad"} == {"daemon"}
    with writing(context.engine) as session:
        run = runs.start_run(session, "crawl", context.now() - timedelta(hours=2))
        runs.end_run(session, run, context.now() - timedelta(hours=2), outcome="ok", counts={})
    [line] = [line for line in standing.status(context) if line.state == "bad"]
    assert "nothing has run since" in line.detail
