"""Each page on a database of each kind: it answers, says what it should, and leads where its numbers come from."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from jobs.matches.copy_origins import write_sources
from report.site.front import DAY
from report.site.rendering import FURTHER, NAVIGATION
from report.site.site_lists import LISTINGS
from report.wording import duration
from storage.asking import details, object_pages, questions
from storage.asking.questions import Filters
from storage.engine import reading, writing
from storage.models import PickupRow
from tests.site.browser import NOW, Browser, open_pages
from tests.storage import world
from tests.storage.world import address

PICKUP = f"/pickup?article={address('daily', 'bridge')}&story=ZED:bridge"
EVERY = (
    "/",
    "/search",
    "/search?q=bridge",
    "/story/ZED:bridge",
    "/story/ZED:snow",
    "/outlet/gazette",
    "/outlet/zedwire",
    "/notice/1",
    PICKUP,
    f"/seen?address={address('gazette', 'ferry')}",
    *(f"/{listing.name}" for listing in LISTINGS),
    *(f"/delays?by={by}" for by in ("outlet", "agency", "desk", "hour")),
)


@pytest.mark.parametrize("path", EVERY)
def test_every_page_answers_and_is_whole(browser: Browser, path: str) -> None:
    page = browser.page(path)
    tree = page.tree
    assert len(tree.xpath("//h1")) == 1
    assert tree.xpath("//html/@lang") == ["en"]
    assert tree.xpath("//a[@class='skip']/@href") == ["#main"]
    assert not tree.xpath("//script"), "no script is needed to read"
    assert not tree.xpath("//*[@style]"), "the policy forbids inline styles"
    assert tree.xpath("//@src") == [], "nothing is loaded from anywhere"
    ids = [str(found) for found in tree.xpath("//@id")]
    assert len(ids) == len(set(ids)), f"an id twice on {path}: {ids}"
    for table in tree.xpath("//table"):
        assert table.xpath("./caption"), "a table without a caption"
    for field in tree.xpath("//input | //select"):
        assert field.xpath("ancestor::label") or tree.xpath(f"//label[@for='{field.get('id')}']")


@pytest.mark.parametrize("path", EVERY)
def test_every_link_leads_somewhere(browser: Browser, path: str) -> None:
    source = browser.page(path)
    for link in sorted(set(source.links)):
        if link.startswith("#"):
            assert source.tree.xpath("//*[@id=$id]", id=link[1:]), f"{link} on {path}"
        elif link.startswith("/"):
            assert browser.get(link).status_code == 200, f"{link} on {path}"
        else:
            assert link.startswith(("https://", "http://"))


@pytest.mark.parametrize("path", ["/", *(f"/{listing.name}" for listing in LISTINGS), "/search?q=x"])
def test_an_empty_database_says_something_sensible(engine: Engine, path: str) -> None:
    assert "table" not in [element.tag for element in open_pages(engine).page(path).tree.xpath("//table")]


def test_an_empty_database_is_no_all_clear(engine: Engine) -> None:
    text = open_pages(engine).page("/").text
    assert "Nothing is stored yet" in text
    assert "this is no all-clear" in text


def test_the_navigation_leads_to_pages(browser: Browser) -> None:
    assert all(browser.get(path).status_code == 200 for path, _ in (*NAVIGATION, *FURTHER))


def test_today_counts_as_the_questions_do(browser: Browser, filled: Engine) -> None:
    page = browser.page("/")
    with reading(filled) as session:
        asked = Filters(since=NOW - DAY, until=NOW)
        (delays,) = questions.delays(session, asked, by="agency")
        wanted = {
            "the day before": len(questions.pickups(session, asked)),
            "without credit": len(questions.credit_gaps(session, asked)),
            "without licence": sum(r.pickups for r in questions.unlicensed(session, asked) if r.licence == "none"),
            "stories filed": len(questions.stories(session, asked)),
            "taken by nobody": len(questions.stories(session, asked, untaken=True)),
            "not applied": len(questions.open_notices(session, NOW)),
            "to confirm": len(questions.possible_pickups(session, asked)),
        }
    assert wanted == {"the day before": 5, "without credit": 2, "without licence": 2, "stories filed": 3,
                      "taken by nobody": 1, "not applied": 2, "to confirm": 1}  # fmt: skip
    assert page.figure("median delay")[0] == f"{duration(delays.median_minutes)} ZED"
    for label, count in wanted.items():
        value, href = page.figure(label)
        assert value == str(count), label
        rows = browser.get(href + ("&" if "?" in href else "?") + "format=json").json()
        assert len(rows) == count, f"{label} leads to {len(rows)} rows"


@pytest.mark.parametrize("story", ["ZED:bridge", "ZED:ferry", "ZED:snow"])
def test_a_story_counts_as_its_lists_do(browser: Browser, filled: Engine, story: str) -> None:
    page = browser.page(f"/story/{story}")
    with reading(filled) as session:
        (row,) = questions.stories(session, Filters(story=story))
        drawn = [each.pickup for each in object_pages.drawn_pickups(session, story, 80)]
        assert drawn == questions.pickups(session, Filters(story=story))
    for label, count in (("pickup", row.pickups), ("outlet", row.outlets), ("without any credit", row.uncredited)):
        value, href = page.figure(label)
        assert value == str(count)
        assert bool(href) == bool(count)
        if href and label != "outlet":
            assert len(browser.get(href + "&format=json").json()) == count


def test_a_story_draws_takes_and_pickups_on_one_line(browser: Browser) -> None:
    page = browser.page("/story/ZED:bridge")
    rows = page.tree.xpath("//div[@class='line']//li")
    shown = [" ".join(row.text_content().split()) for row in rows]
    assert [text.split()[0] for text in shown] == ["Take", "Take", "Courier", "The", "Daily"]
    gazette = rows[3]
    assert gazette.xpath(".//rect[contains(@class, 'bar')]"), "what is not known of a moment is drawn"
    assert not gazette.xpath(".//circle"), "there is no single instant to draw"
    assert rows[2].xpath(".//circle[@class='dot']")
    assert rows[4].xpath(".//circle[@class='dot hollow']"), "uncredited"
    assert "photo credit only" in shown[3]
    assert "50% of the story" in shown[2]


def test_an_outlet_counts_as_its_lists_do(browser: Browser, filled: Engine) -> None:
    for outlet in ("courier", "daily", "gazette"):
        page = browser.page(f"/outlet/{outlet}")
        with reading(filled) as session:
            (row,) = questions.outlets(session, Filters(outlet=outlet))
        wanted = {
            "article": row.articles,
            "pickup": row.pickups,
            "without any credit": row.uncredited,
            "without licence": row.unlicensed,
            "licence unknown": row.licence_unknown,
        }
        for label, count in wanted.items():
            value, href = page.figure(label)
            assert value == str(count), (outlet, label)
            if href:
                assert len(browser.get(href + "&format=json").json()) == count, (outlet, label, href)


def test_habits_lead_to_as_many_rows_as_they_say(browser: Browser) -> None:
    page = browser.page("/outlet/daily")
    for caption in ("How it credits", "How it uses stories"):
        (table,) = page.tree.xpath(f"//table[caption='{caption}']")
        for row in table.xpath(".//tbody/tr"):
            (link,) = row.xpath("./td[3]//a")
            rows = browser.get(link.get("href") + "&format=json").json()
            assert len(rows) == int(link.text_content())


def test_a_notice_tells_who_applied_it(browser: Browser) -> None:
    page = browser.page("/notice/1")
    assert "Two arches." in page.text
    assert {row["Outlet"] for row in page.rows("Not applied")} == {"Courier", "Daily"}
    assert [(row["Outlet"], row["State"]) for row in page.rows("What the others did")] == [("The Gazette", "noted")]
    assert page.figure("have not applied it")[0] == "2"


def test_a_pickup_page_shows_the_evidence(browser: Browser, filled: Engine) -> None:
    page = browser.page(PICKUP)
    with reading(filled) as session:
        (both,) = details.side_by_side(session, address("daily", "bridge"), "ZED:bridge")
    for paragraph in (*both.story_paragraphs, *both.article_paragraphs):
        assert all(word in page.text for word in paragraph.split())
    assert "appears to reproduce 50%" in page.text
    assert [row["In the story"] for row in page.rows("Edits, the substantive ones first")] == [
        "the bridge",
        "Trams cross it from today.",
    ]
    moments = {row["What"]: row for row in page.rows("Moments and their evidence, UTC")}
    assert moments["Article published"]["Evidence"] == "json-ld"
    assert moments["Article published"]["Zone"] == "offset stated"
    assert "9 words in one passage" in page.text
    assert f"wiretrail reject {address('daily', 'bridge')} ZED:bridge" in page.text
    assert [row["Exact words"] for row in page.rows("Credits on the page")] == ["PORTVALE (Zed Wire)"]


def test_an_undated_pickup_is_only_known_to_be_out_when_first_seen(browser: Browser) -> None:
    page = browser.page(f"/pickup?article={address('gazette', 'ferry')}&story=ZED:ferry")
    moments = {row["What"]: row for row in page.rows("Moments and their evidence, UTC")}
    assert moments["Article published"]["When"] == "not known exactly"
    assert "first seen" in moments["Article published"]["Evidence"]


def test_followers_are_found_by_what_they_changed(tmp_engine: Engine) -> None:
    with writing(tmp_engine) as session:
        world.fill(session)
        for pickup in session.scalars(select(PickupRow)):
            pickup.edits = world.OWN_EDITS
        session.flush()
        write_sources(session, set(session.scalars(select(PickupRow.story_id))))
    browser = open_pages(tmp_engine)
    for path in ("/followers", "/followers?story=ZED:bridge", "/story/ZED:bridge"):
        rows = [row for row in browser.page(path).rows("Who may have copied whom") if "shaky bridge" in row["Such as"]]
        assert ("Daily", "Courier") in [(row["Outlet"], row["May follow"]) for row in rows], path
    assert "Nothing found." in open_pages(tmp_engine).page("/followers?outlet=zedwire").text


def test_health_shows_the_failing_feed_first(browser: Browser) -> None:
    first = browser.page("/health").rows("Health")[0]
    assert first["Outlet"].startswith("The Gazette")
    assert "refused the connection" in first["Outlet"]
    assert browser.page("/outlet/gazette").rows("Feeds")[0]["Failures in a row"] == "3"


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("BRIDGE AT", "bridge at courier"),
        ("sea-ferry", "ferry"),
        ("gazett", "The Gazette"),
        ("courier.example/own", "own"),
        ("courier bridge", "bridge at courier"),
        ("exactly&in=texts", "bridge at daily"),
    ],
)
def test_search_finds_headlines_sluglines_outlets_and_addresses(browser: Browser, sought: str, found: str) -> None:
    assert found in browser.page(f"/search?q={sought}").text


@pytest.mark.parametrize("sought", ["%", "_", "\\", "'; drop table stories; --", "bridge nowhere", '"'])
def test_search_takes_no_sign_for_more_than_itself(browser: Browser, sought: str) -> None:
    from urllib.parse import quote

    assert "Nothing found." in browser.page(f"/search?q={quote(sought)}").text
    assert "Nothing found." in browser.page(f"/search?in=texts&q={quote(sought)}").text
