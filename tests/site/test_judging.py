"""Confirming and rejecting from the pickup page: only when asked to serve it, only from our own page."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from report.site.guard import Access
from report.site.verdict_form import Judging
from storage.asking import questions
from storage.engine import reading, writing
from storage.matches import verdicts
from tests.site.browser import Browser, Page, open_pages
from tests.storage import world
from tests.storage.world import address

PICKUP = f"/pickup?article={address('gazette', 'ferry')}&story=ZED:ferry"
KEY = b"of this test alone"


@pytest.fixture
def written(tmp_engine: Engine) -> Engine:
    with writing(tmp_engine) as session:
        world.fill(session)
    return tmp_engine


@pytest.fixture
def desk(written: Engine) -> Browser:
    return open_pages(written, judging=Judging(KEY, "ann"))


def form(page: Page, **changes: str) -> dict[str, str]:
    """What the page's form would send."""
    (found,) = page.tree.xpath("//form[@action='/verdict']")
    fields = {field.get("name"): field.get("value") or "" for field in found.xpath(".//input")}
    return fields | {"verb": "confirm"} | changes


def said(engine: Engine) -> list[tuple[str, str, str, str]]:
    with reading(engine) as session:
        return [(v.story, v.judgement, v.judged_by, v.note) for v in verdicts.listed(session)]


def test_without_the_flag_there_is_no_form_and_no_address(written: Engine) -> None:
    browser = open_pages(written)
    assert not browser.page(PICKUP).tree.xpath("//form[@method='post']")
    assert browser.post("/verdict", {"verb": "confirm"}).status_code in (404, 405)


def test_a_link_is_confirmed_rejected_and_freed_again(desk: Browser, written: Engine) -> None:
    answer = desk.post("/verdict", form(desk.page(PICKUP), note="read both"))
    assert answer.status_code == 303
    assert said(written) == [("ZED:ferry", "confirm", "ann", "read both")]
    page = desk.page(answer.headers["location"].partition("#")[0])
    assert "A person said: confirm, ann" in page.text
    desk.post("/verdict", form(page, verb="reject", by="bea"))
    with reading(written) as session:
        assert "https://gazette.example/ferry" not in [row.url for row in questions.pickups(session)]
    page = desk.page(PICKUP)
    assert "A person said: reject, bea" in page.text
    assert page.figure("score")[0] == "rejected"
    desk.post("/verdict", form(page, verb="withdraw"))
    assert said(written) == []
    assert desk.page(PICKUP).figure("score")[0] == "possible"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "0" * 64}, 403),
        ({"token": ""}, 403),
        ({"token": "ü"}, 403),
        ({"story": "ZED:bridge"}, 403),
        ({"verb": "delete"}, 400),
        ({"by": " \u202e "}, 400),
        ({"note": "x" * 1001}, 400),
        ({"note": "\0"}, 400),
        ({"more": "1"}, 400),
    ],
)
def test_a_form_we_did_not_send_is_not_taken(
    desk: Browser, written: Engine, changes: dict[str, str], status: int
) -> None:
    assert desk.post("/verdict", form(desk.page(PICKUP), **changes)).status_code == status
    assert said(written) == []


def test_a_form_from_another_site_is_not_taken(desk: Browser, written: Engine) -> None:
    fields = form(desk.page(PICKUP))
    assert desk.post("/verdict", fields, origin="https://evil.example").status_code == 403
    assert desk.post("/verdict", fields, origin="null").status_code == 403
    for site in ("cross-site", "same-site", "none"):
        assert desk.post("/verdict", fields, origin="http://localhost", sec_fetch_site=site).status_code == 403
    assert desk.post("/verdict", {"note": "x" * 70_000}).status_code == 413
    assert desk.post("/verdict", {}).status_code == 403
    assert said(written) == []
    assert desk.post("/verdict", fields, origin="null", sec_fetch_site="same-origin").status_code == 303


def test_a_token_is_of_one_server_and_one_link(desk: Browser, written: Engine) -> None:
    fields = form(desk.page(PICKUP))
    other = open_pages(written, judging=Judging(b"another key", "ann"))
    assert other.post("/verdict", fields).status_code == 403


def test_the_proxy_says_who_it_was(written: Engine) -> None:
    desk = open_pages(written, judging=Judging(KEY), access=Access(user_header="X-User"))
    page = Page(desk.get(PICKUP, X_User="carol").text)
    desk.post("/verdict", form(page, by="mallory"), X_User="carol")
    assert said(written) == [("ZED:ferry", "confirm", "carol", "")]
