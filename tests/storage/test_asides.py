"""One list of all that is set aside, whatever table says so, and each of it taken up again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from news.errors import UnknownObjectError
from news.visits import FetchResult, PageTask
from storage import asides, outbox, set_aside
from storage.crawling import frontier
from storage.engine import reading, writing
from storage.models import PageRow
from storage.set_aside import SetAside
from tests.storage.makers import later
from tests.storage.troubles import DIGEST, EXPECTED, URL, exchange, make_trouble


@pytest.fixture
def troubled(engine: Engine) -> Engine:
    make_trouble(engine)
    return engine


def test_everything_that_failed_is_in_one_list(troubled: Engine) -> None:
    with reading(troubled) as session:
        assert asides.listed(session) == EXPECTED
        assert asides.counted(session) == {one.kind: 1 for one in EXPECTED}
        assert [asides.listed(session, one.kind) for one in EXPECTED] == [[one] for one in EXPECTED]
        assert asides.listed(session, limit=3) == EXPECTED[:3]
        assert asides.in_words(session).startswith("1 closure, 1 page, 1 feed, 1 sitemap, 1 robots, 1 file, 1 digest: ")


def test_nothing_failed(engine: Engine) -> None:
    with reading(engine) as session:
        assert (asides.listed(session), asides.counted(session), asides.in_words(session)) == ([], {}, "")


@pytest.mark.parametrize("one", [one for one in EXPECTED if one.kind != "file"], ids=lambda one: one.kind)
def test_one_is_taken_up_again_and_no_other(troubled: Engine, one: SetAside) -> None:
    with writing(troubled) as session:
        asides.retry(session, one.kind, one.name, later(40))
        left = asides.listed(session)
    others = [each for each in left if each.name != one.name]
    assert others == [each for each in EXPECTED if each != one]
    assert [each.next_at for each in left if each.name == one.name] in ([], [later(40)], [None]), "kept until it works"


def test_all_are_taken_up_again(troubled: Engine) -> None:
    with writing(troubled) as session:
        assert asides.retry_all(session, later(40), "closure") == 1
        assert asides.retry_all(session, later(40)) == 5
        assert {one.kind: one.next_at for one in asides.listed(session)} == {
            "page": later(40),
            "feed": later(40),
            "sitemap": later(40),
            "file": None,
            "digest": None,
        }
        assert outbox.is_owed(session, DIGEST["local_date"], DIGEST["recipient"], later(5))  # type: ignore[arg-type]
        assert not set_aside.rows(session)


@pytest.mark.parametrize(
    ("kind", "name", "way_out"),
    [
        ("closure", "never", "no closure 'never'"),
        ("page", URL + "fine", "no page"),
        ("feed", URL + "map", "no feed"),
        ("file", "unreadable.xml", "lies in refused/"),
        ("digest", "2026-03-07 daily x", "wiretrail settle"),
    ],
)
def test_what_is_not_set_aside_is_said_to_be_none(
    troubled: Engine, kind: set_aside.Kind, name: str, way_out: str
) -> None:
    with writing(troubled) as session, pytest.raises(UnknownObjectError, match=way_out):
        asides.retry(session, kind, name, later(40))


def test_a_page_that_works_again_is_gone_from_the_list(troubled: Engine) -> None:
    with writing(troubled) as session:
        page = session.scalars(select(PageRow).where(PageRow.url == URL + "page")).one()
        result = FetchResult(PageTask(page.id, "daily", page.url), exchange("page", "ok", 95))
        frontier.record_fetch(session, result, due_at=later(95) + timedelta(days=1), article_id=None)
        assert asides.listed(session, "page") == []
