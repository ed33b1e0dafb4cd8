"""The pages in a real browser: read, filter, follow, judge, export, by keyboard alone, and what axe-core says of them.

Runs where a Chromium is installed (or named in CHROMIUM); elsewhere it is skipped and says so.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine

from matcher import text
from report.site.app import make_app
from report.site.site_lists import LISTINGS
from report.site.verdict_form import Judging
from storage.engine import open_engine, reading
from storage.matches import verdicts
from tests.site.browser import NOW
from tests.site.conftest import fill
from tests.storage.world import address

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install one, or name it in CHROMIUM"),
    pytest.mark.xdist_group("browser"),
]
PICKUP = f"/pickup?article={address('daily', 'bridge')}&story=ZED:bridge"
PAGES = (
    "/",
    "/search?q=bridge",
    "/story/ZED:bridge",
    "/outlet/daily",
    "/notice/1",
    PICKUP,
    f"/seen?address={address('daily', 'bridge')}",
    *(f"/{listing.name}" for listing in LISTINGS),
    "/nowhere",
)
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("browser") / "pages.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def site(written: Engine) -> Iterator[str]:
    """The pages on a port of this machine, as `wiretrail serve --write` serves them."""
    app = make_app(written, lambda: NOW, read_words=text.read, judging=Judging(b"of this test", "ann"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=site, viewport=WIDE, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def heading(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_a_reader_filters_and_follows_a_story_to_what_was_changed(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Pickups", exact=True).click()
    page.get_by_text("Filter", exact=True).click()
    page.locator("select[name=outlet]").select_option("daily")
    page.get_by_role("button", name="Show").click()
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("link", name="Portvale bridge opens").first.click()
    assert "Portvale bridge opens" in heading(page)
    page.locator(".line").get_by_role("link", name="Daily").click()
    assert heading(page) == "bridge at daily"
    assert page.locator("mark.changed, del.cut, ins.added").count() > 3
    assert page.locator("tr[id^=edit-]").count() == 2


def test_a_reader_confirms_a_link_and_takes_it_back(page: Page, written: Engine) -> None:
    page.goto("/possible")
    page.get_by_role("link", name="ferry at gazette").click()
    page.get_by_label("Why, in a few words").fill("read both")
    page.get_by_role("button", name="Confirm").click()
    assert "A person said: confirm, ann" in page.locator("main").inner_text()
    with reading(written) as session:
        assert [(said.story, said.judged_by, said.note) for said in verdicts.listed(session)] == [
            ("ZED:ferry", "ann", "read both")
        ]
    page.get_by_role("button", name="Take the verdict back").click()
    with reading(written) as session:
        assert verdicts.listed(session) == []


def test_a_table_is_taken_along_as_a_file(page: Page, tmp_path: Path) -> None:
    page.goto("/pickups?outlet=daily")
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV of pickups").click()
    started.value.save_as(tmp_path / "pickups.csv")
    assert started.value.suggested_filename == "wiretrail-pickups.csv"
    assert len((tmp_path / "pickups.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/stories")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        page.keyboard.press("Tab")
        if "/story/" in (page.evaluate("document.activeElement.href") or ""):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "focus is to be seen"
    page.keyboard.press("Enter")
    page.wait_for_url("**/story/**")
    page.goto("/pickups")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("ZED")
    while page.evaluate("document.activeElement.textContent") != "Show":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**agency=ZED**")
    assert page.locator("tbody tr").count() == 5


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", PHONE)])
def test_no_page_has_a_serious_fault_or_is_wider_than_its_window(
    chromium: Browser, site: str, scheme: str, size: dict[str, int]
) -> None:
    context = chromium.new_context(base_url=site, viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    found, wide = {}, {}
    for path in PAGES:
        page.goto(path)
        faults = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if serious := [
            (f["id"], f["nodes"][0]["html"][:120]) for f in faults if f["impact"] in ("serious", "critical")
        ]:
            found[path] = serious
        if (over := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            wide[path] = over
    context.close()
    assert found == {}
    assert wide == {}


def test_nothing_is_asked_of_any_other_host(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/story/ZED:bridge", PICKUP):
        page.goto(path)
    assert asked
    assert all(url.startswith(site) for url in asked)
