"""A small invented world for the questions: three stories of Zed Wire, four outlets, seven articles."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from news.articles import Article, Moment, Outlet
from storage.agency import filings
from storage.articles import saving
from storage.crawling import frontier
from storage.matches.licences import Licence, set_licence
from storage.models import PickupRow, StoryVersionRow
from tests.storage.makers import NOON, ZED, article, filing, later, outlet, stated

OUTLETS = (
    outlet("courier"),
    outlet("daily"),
    Outlet("gazette", "The Gazette", ("gazette.example",), "YY", "Asia/Tokyo", "fr-FR"),
    outlet("zedwire", agency="ZED"),
)


def fill(session: Session) -> None:
    """Stories `bridge` (two takes), `ferry` and `snow` (nobody took it); pickups of every kind."""
    frontier.sync_catalogue(session, [ZED], OUTLETS, NOON)
    for item in (
        filing("1", "bridge", 0, slugline="CITY-BRIDGE"),
        filing("2", "bridge", 30, slugline="CITY-BRIDGE"),
        filing("1", "ferry", 5, slugline="SEA-FERRY"),
        filing("1", "snow", 6),
    ):
        filings.save_filing(session, item, received_at=later(60))
    set_licence(session, Licence("courier", "ZED", "licensed", date(2026, 1, 1), date(2026, 3, 9)))
    set_licence(session, Licence("daily", "ZED", "none"))
    carry(session, "courier", "bridge", 1, stated(10), delay_minutes=10.0, share_of_article=0.98765)
    carry(session, "daily", "bridge", 2, stated(50), delay_minutes=20.0, credited="none", use="cut", edits=OWN_EDITS)
    carry(session, "gazette", "bridge", 2, BETWEEN, credited="photo", credit_text="Photo: Zed Wire", use="edited")
    carry(session, "daily", "ferry", 1, stated(65), delay_minutes=60.0, score=0.61234)
    carry(session, "gazette", "ferry", 1, Moment(), certainty="possible", score=0.2)
    carry(session, "courier", "ferry", 1, stated(70), delay_minutes=65.0, edits=OWN_EDITS)
    saving.save_article(
        session, article("https://courier.example/own", "Our own report."), "courier", seen_at=later(90)
    )


OWN_EDITS = [
    {"kind": "changed", "story_text": "the bridge", "article_text": "The  Shaky bridge", "substantive": True},
    {"kind": "cut", "story_text": "Trams cross it from today.", "article_text": "", "substantive": False},
]
BETWEEN = Moment(None, later(35), later(95), "visible text", "unknown")


def address(outlet_id: str, story: str) -> str:
    """Where an outlet published a story."""
    return f"https://{outlet_id}.example/{story}"


def text_of(outlet_id: str, story: str, published: Moment) -> Article:
    """What the outlet published, ten words."""
    words = f"{outlet_id} tells of the {story} in exactly ten words here."
    return article(
        address(outlet_id, story), words, headline=f"{story} at {outlet_id}", published=published, language="en"
    )


def carry(session: Session, outlet_id: str, story: str, take: int, published: Moment, **changes: Any) -> None:
    """An article of the outlet that carries a take of the story, and the pickup."""
    seen_at = max(later(80), published.at or later(80))
    saved = saving.save_article(session, text_of(outlet_id, story, published), outlet_id, seen_at=seen_at)
    query = select(StoryVersionRow).where(StoryVersionRow.take_id == f"ZED:{take}", StoryVersionRow.take == take)
    rows = [row for row in session.scalars(query) if story == key_of(session, row)]
    values: dict[str, Any] = {
        "certainty": "linked",
        "use": "verbatim",
        "share_of_article": 0.9,
        "share_of_story": 0.5,
        "covered_words": 9,
        "score": 0.9,
        "credited": "text",
        "credit_text": "PORTVALE (Zed Wire)",
        "spans": [[0, 9, 0, 9, True]],
        "edits": [],
        "reasons": ["9 words in one passage"],
        "matcher_version": "1",
    }
    session.add(
        PickupRow(
            article_id=saved.article_id,
            version_id=saved.version_id,
            story_id=rows[0].story_id,
            story_version_id=rows[0].id,
            **(values | changes),
        )
    )
    session.flush()


def key_of(session: Session, take: StoryVersionRow) -> str:
    """The agency's own name of the story of a take."""
    from storage.models import StoryRow

    return session.get_one(StoryRow, take.story_id).key.removeprefix("ZED:")
