"""What an address may say: filters, paging, exports, and what is refused by name."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from news.errors import BadParameterError
from report.site.query import Asked, read
from report.site.site_lists import LISTINGS
from storage.answers import record
from storage.asking import questions
from storage.asking.questions import Filters
from storage.engine import reading
from tests.site.browser import Browser

NAMES = {listing.name: listing for listing in LISTINGS}
NOTHING = {
    "agency": "NONE",
    "country": "QQ",
    "language": "xx",
    "class": "same event",
    "credited": "joint",
    "certainty": "confirmed",
    "licence": "gold",
    "since": "2031-01-01",
    "until": "2001-01-01",
    "outcome": "gone",
}


@pytest.mark.parametrize(
    ("listing", "name"), [(li.name, name) for li in LISTINGS for name in sorted(li.known) if name in NOTHING]
)
def test_no_filter_a_list_offers_is_ignored(browser: Browser, listing: str, name: str) -> None:
    rows = browser.get(f"/{listing}?" + urlencode({name: NOTHING[name], "format": "json"})).json()
    assert rows == []


@pytest.mark.parametrize(
    ("query", "outlets"),
    [
        ("", ["courier", "gazette", "daily", "daily", "courier"]),
        ("outlet=daily", ["daily", "daily"]),
        ("story=ZED:ferry", ["daily", "courier"]),
        ("class=cut", ["daily"]),
        ("credited=photo", ["gazette"]),
        ("licence=none", ["daily", "daily"]),
        ("certainty=possible", ["gazette"]),
        ("since=2026-03-09T13:00:00Z", ["daily", "courier"]),
        ("since=2026-03-09T14:00:00%2B01:00&until=2026-03-09T13:06:00Z", ["daily"]),
        ("since=2026-03-09T14:00:00+01:00&until=2026-03-09T13:06:00Z", ["daily"]),
        ("until=2026-03-09", []),
    ],
)
def test_filters_narrow(browser: Browser, query: str, outlets: list[str]) -> None:
    rows = browser.get(f"/pickups?format=json&{query}").json()
    assert [row["outlet"] for row in rows] == outlets
    shown = browser.page(f"/pickups?{query}")
    assert len(shown.rows("Pickups") if outlets else []) == len(outlets)


def test_pages_of_a_list_hold_every_row_once(browser: Browser) -> None:
    links, path = [], "/pickups?limit=2"
    for _ in range(3):
        page = browser.page(path)
        links += page.tree.xpath("//table//tbody/tr/td[3]//a[1]/@href")
        further = page.tree.xpath("//a[@rel='next']/@href")
        path = further[0] if further else ""
    assert path == "", "the third page is the last"
    every = browser.page("/pickups").tree.xpath("//table//tbody/tr/td[3]//a[1]/@href")
    assert links == every
    assert "3 to 4" in browser.page("/pickups?limit=2&page=2").text
    assert "Nothing found." in browser.page("/pickups?page=9").text


@pytest.mark.parametrize("listing", sorted(NAMES))
def test_every_list_exports_alike_in_each_format(browser: Browser, listing: str) -> None:
    answers = {form: browser.get(f"/{listing}?format={form}") for form in ("csv", "json", "jsonl")}
    for form, answer in answers.items():
        assert answer.headers["content-disposition"] == f'attachment; filename="wiretrail-{listing}.{form}"'
    rows = answers["json"].json()
    assert [json.loads(line) for line in answers["jsonl"].text.splitlines()] == rows
    table = list(csv.DictReader(io.StringIO(answers["csv"].text)))
    assert len(table) == len(rows)
    assert all(list(row) == list(table[0]) for row in rows)


def test_an_export_is_what_the_question_says(browser: Browser, filled: Engine) -> None:
    with reading(filled) as session:
        wanted = [record(row) for row in questions.pickups(session)]
    assert browser.get("/pickups?format=json").json() == json.loads(json.dumps(wanted))
    assert len(browser.get("/pickups?format=jsonl&limit=2").text.splitlines()) == 2


@pytest.mark.parametrize(
    ("path", "table", "rows"),
    [
        ("/story/ZED:bridge", "takes", 2),
        ("/story/ZED:bridge", "pickups", 3),
        ("/outlet/daily", "shares", 1),
        ("/outlet/daily", "licences", 1),
        ("/notice/1", "open", 2),
        ("/pickup?article=https://daily.example/bridge&story=ZED:bridge", "edits", 2),
        ("/seen?address=https://daily.example/bridge", "sightings", 2),
    ],
)
def test_every_table_of_a_page_exports(browser: Browser, path: str, table: str, rows: int) -> None:
    join = "&" if "?" in path else "?"
    assert len(browser.get(f"{path}{join}format=json&table={table}").json()) == rows
    page = browser.page(path)
    for link in page.tree.xpath("//p[@class='exports']/a/@href"):
        assert browser.get(link).headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/pickups?outlets=daily", "outlets"),
        ("/pickups?since=yesterday", "since"),
        ("/pickups?since=0001-01-01T00:00:00%2B14:00", "since"),
        ("/pickups?until=2026-02-30", "until"),
        ("/pickups?limit=0", "limit"),
        ("/pickups?limit=-1", "limit"),
        ("/pickups?limit=٣", "limit"),
        ("/pickups?page=99999999999999999999", "page"),
        ("/pickups?format=xlsx", "format"),
        ("/pickups?credited=perhaps", "credited"),
        ("/pickups?certainty=sure", "certainty"),
        ("/delays?by=moon", "by"),
        ("/pickups?agency=A&agency=B", "agency"),
        ("/pickups?agency=%00", "agency"),
        ("/pickups?agency=" + "x" * 3000, "agency"),
        ("/story/ZED:bridge?table=nothing&format=csv", "table"),
        ("/?since=2026-01-01", "since"),
        ("/search?q=a%00", "q"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(browser: Browser, path: str, name: str) -> None:
    response = browser.get(path)
    assert response.status_code == 400
    assert f"<bdi>{name}: " in response.text


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/story/ZED:nothing", "ZED:nothing"),
        ("/story/" + quote("AFP:a/../b?<i>", safe=""), "AFP:a/../b?"),
        ("/outlet/nobody", "nobody"),
        ("/outlet/%00", "nothing is called"),
        ("/notice/7", "notice 7"),
        ("/notice/99999999999999999999", "99999999999999999999"),
        ("/pickup?article=https://x.example/&story=ZED:bridge", "https://x.example/"),
        ("/pickup", "no pickup is named"),
        ("/seen?address=https://x.example/", "https://x.example/"),
        ("/seen", "no address is named"),
        ("/pickups?outlet=nobody", "nobody"),
        ("/pickups?story=ZED:nothing", "ZED:nothing"),
        ("/elsewhere", "/elsewhere"),
    ],
)
def test_what_is_not_stored_is_named(browser: Browser, path: str, named: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert named in response.text.replace("&#39;", "'")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(browser: Browser, method: str) -> None:
    assert browser.send(method, "/pickups").status_code == 405


def test_head_answers_like_get(browser: Browser) -> None:
    response = browser.send("HEAD", "/pickups")
    assert response.status_code == 200
    assert not response.content


def _understood(parameters: list[tuple[str, str]]) -> Asked | str:
    """The request, or the name of the parameter that was refused."""
    try:
        return read("/pickups", parameters, {"agency", "since"})
    except BadParameterError as error:
        return error.name


@given(st.lists(st.tuples(st.sampled_from(["since", "limit", "page", "agency", "format", "x"]), st.text())))
def test_any_query_is_understood_or_refused(parameters: list[tuple[str, str]]) -> None:
    asked = _understood(parameters)
    if isinstance(asked, str):
        assert asked in {name for name, _ in parameters}
    else:
        assert asked.filters.since is None or asked.filters.since.utcoffset() is not None
        assert (asked.reach is None) or asked.reach > 0


def test_a_link_changes_only_what_it_is_told() -> None:
    asked = read("/pickups", [("agency", "A&B"), ("page", "3")], {"agency"})
    assert asked.link(page=None) == "/pickups?agency=A%26B"
    assert asked.link(page=4) == "/pickups?agency=A%26B&page=4"
    assert asked.filters == Filters(agency="A&B")
