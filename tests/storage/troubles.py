"""An installation in which one unit of every kind is set aside, and something is well beside each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from news.articles import Feed, Moment
from news.visits import Exchange, FeedTask, FetchResult, FoundLink, PageTask, PollResult
from storage import outbox
from storage.agency.refusals import RefusedFile, refuse
from storage.crawling import frontier
from storage.engine import writing
from storage.models import FeedRow, PageRow
from storage.set_aside import SetAside, fail
from tests.storage.makers import NOON, later, outlet

URL = "https://daily.example/"
DIGEST = {"local_date": date(2026, 3, 8), "recipient": "ed@daily.example", "kind": "daily"}
DIGEST_NAME = "2026-03-08 daily ed@daily.example"


def exchange(name: str, outcome: str, minutes: float) -> Exchange:
    return Exchange(URL + name, outcome, later(minutes), reason="" if outcome == "ok" else f"{name} failed")  # type: ignore[arg-type]  # a str of the tuple


def make_trouble(engine: Engine) -> None:
    """One of everything that fails, and something well beside each."""
    feeds = (Feed(URL + "feed", "feed"), Feed(URL + "map", "sitemap"), Feed(URL + "well", "feed"))
    with writing(engine) as session:
        frontier.sync_catalogue(session, [], [outlet("daily", *feeds)], NOON)
        links = [FoundLink(URL + name, "daily.example", name, Moment()) for name in ("page", "fine", "gone")]
        frontier.add_links(session, "daily", links, URL + "feed", NOON)
        for row in session.scalars(select(FeedRow)).all():
            name = row.url.removeprefix(URL)
            task = FeedTask(row.id, "daily", row.url, row.kind)  # type: ignore[arg-type]  # a str of the row
            for minutes, outcome in ((0, "ok"), (10, "failed"), (20, "failed")):
                told = exchange(name, "ok" if name == "well" else outcome, minutes)
                frontier.record_poll(session, PollResult(task, told), due_at=later(60), interval_minutes=15)
        for page in session.scalars(select(PageRow)).all():
            name = page.url.removeprefix(URL)
            outcome = {"page": "failed", "gone": "gone"}.get(name, "ok")
            result = FetchResult(PageTask(page.id, "daily", page.url), exchange(name, outcome, 5))
            frontier.record_fetch(session, result, due_at=later(90), article_id=None)
        fail(session, "robots", "https://daily.example", "too deep", later(1))
        fail(session, "closure", "ZED:bridge", "no such key", later(2))
        fail(session, "closure", "ZED:bridge", "still none", later(30))
        for kind in ("unreadable", "no story"):
            refuse(session, RefusedFile(kind, f"{kind}.xml", later(3), "XML", kind, "damaged", 10))
        outbox.put(session, message_id="<1>", subject="s", message=b"m", now=later(4), **DIGEST)  # type: ignore[arg-type]  # the fields' own kinds
        claimed = outbox.claim_to_send(session, DIGEST["local_date"], DIGEST["recipient"], later(5))  # type: ignore[arg-type]
        assert claimed is not None
        outbox.mark_failed(session, claimed, "no such host")


EXPECTED = [
    SetAside("closure", "ZED:bridge", "still none", 2, later(2), later(30), later(60)),
    SetAside("page", URL + "page", "page failed", 1, later(5), later(5), later(90)),
    SetAside("feed", URL + "feed", "feed failed", 2, later(10), later(20), later(60)),
    SetAside("sitemap", URL + "map", "map failed", 2, later(10), later(20), later(60)),
    SetAside("robots", "https://daily.example", "too deep", 1, later(1), later(1), later(16)),
    SetAside("file", "unreadable.xml", "damaged", 1, later(3), later(3), None),
    SetAside("digest", DIGEST_NAME, "no such host", 1, later(4), later(5), later(10)),
]
