"""What outlets did about notices, asked by article and by outlet, and the view it comes from."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine, select

from storage.agency import compliance
from storage.agency.filings import save_filing
from storage.agency.notices import State, record
from storage.articles.saving import save_article
from storage.asking import questions
from storage.asking.questions import Filters
from storage.crawling.frontier import sync_catalogue
from storage.engine import reading, writing
from storage.models import ArticleRow, NoticeRow
from tests.storage.makers import NOON, ZED, article, filing, later, outlet


def fill(engine: Engine) -> None:
    """A kill at minute 10, an embargo at 20; one outlet complied twice and broke the embargo, one did nothing."""
    with writing(engine) as session:
        sync_catalogue(session, [ZED], [outlet("courier"), outlet("daily")], NOON)
        save_filing(session, filing(), received_at=NOON)
        kill = replace(filing("k", minutes=10, status="killed", notice="Kill it."), paragraphs=())
        save_filing(session, kill, received_at=later(10))
        held = filing("e", "ferry", 20, "Quite another text.", status="embargoed", embargo_until=later(90))
        save_filing(session, held, received_at=later(20))
        for site, name in (("courier", "a"), ("courier", "b"), ("daily", "a"), ("daily", "b")):
            save_article(session, article(f"https://{site}.example/{name}"), site, seen_at=later(5))
        ids = {row.canonical_url: row.id for row in session.scalars(select(ArticleRow))}
        killed, embargoed = session.scalars(select(NoticeRow.id).order_by(NoticeRow.opened_at))

        def state(url: str, said: str, minutes: float | None) -> State:
            since = later(10 + (minutes or 0))
            return State(ids[f"https://{url}"], said, since, later(60), minutes, f"proof of {url}")

        states = [
            state("courier.example/a", "changed with a note", 20.0),
            state("courier.example/b", "removed", 40.0),
            state("daily.example/a", "unchanged", None),
            state("daily.example/b", "not affected", None),
        ]
        assert record(session, killed, states, closed_at=None, now=later(60)) == 4
        assert record(session, killed, states, closed_at=None, now=later(61)) == 0
        broken = state("courier.example/a", "broken", 5.0)
        record(session, embargoed, [broken], closed_at=None, now=later(60))


def test_every_article_concerned_is_told_with_its_minutes(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        found = compliance.outcomes(session, Filters(story="ZED:bridge"))
        assert [(row.outlet, row.state, row.minutes, row.evidence) for row in found] == [
            ("daily", "unchanged", None, "proof of daily.example/a"),
            ("courier", "changed with a note", 20.0, "proof of courier.example/a"),
            ("courier", "removed", 40.0, "proof of courier.example/b"),
        ]
        assert [row.state for row in compliance.outcomes(session, Filters(outlet="daily", agency="zed"))] == [
            "unchanged"
        ]
        assert len(compliance.outcomes(session, Filters(since=later(15)))) == 1


def test_an_outlet_s_minutes_to_comply(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        daily, courier = compliance.by_outlet(session)
        assert (daily.outlet, daily.open, daily.applied, daily.median_minutes) == ("daily", 1, 0, None)
        assert (courier.notices, courier.applied, courier.with_note, courier.removed) == (1, 2, 1, 1)
        assert (courier.median_minutes, courier.slowest_minutes, courier.open) == (30.0, 40.0, 0)


def test_open_notices_and_compliance_agree(engine: Engine) -> None:
    fill(engine)
    with reading(engine) as session:
        still = {(row.notice, row.url) for row in questions.open_notices(session, later(100))}
        said = {(row.notice, row.url): row.state for row in compliance.outcomes(session)}
        assert still <= said.keys()
        assert {said[place] for place in still} <= {"unchanged", "broken"}
