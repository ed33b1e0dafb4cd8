"""One outlet or machine keeps one pace, whatever its hosts are called: in a crawl, and pure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.middlewares.pace import SHARE_OF_MACHINE, Pace
from tests.crawler.conftest import crawl_once
from tests.crawler.site import Site, page, rss


def walked(requests: Sequence[tuple[str, str, str]]) -> list[float]:
    """When requests go out that are all asked for at once, (host, outlet, machine) each; the delay is 1."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(1.0, seconds=lambda: 100.0, sleep=sleep)
    at = []
    for request in requests:
        slept.clear()
        asyncio.run(pace.wait(*request))
        at.append(sum(slept))
    return at


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ([("a.x", "x", "1"), ("b.x", "x", "2"), ("c.x", "x", "3")], [0, 1, 2]),
        ([("a.x", "x", "1"), ("a.y", "y", "1"), ("a.z", "z", "1")], [0, SHARE_OF_MACHINE, 2 * SHARE_OF_MACHINE]),
        ([("a.x", "x", "1"), ("a.y", "y", "2"), ("a.z", "z", "3")], [0, 0, 0]),
        ([("a.x", "x", "1"), ("a.x", "x", "1"), ("a.x", "x", "1")], [0, 0, 0]),  # the host's slot keeps its pace
        ([("a.x", "x", "1"), ("b.x", "x", "1"), ("a.x", "x", "1")], [0, 1, 2]),
    ],
)
def test_requests_of_one_outlet_or_machine_are_spread(
    requests: list[tuple[str, str, str]], expected: list[float]
) -> None:
    assert walked(requests) == pytest.approx(expected)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("xy"), st.sampled_from("12")), max_size=30))
def test_no_outlet_and_no_machine_is_asked_faster_under_another_name(asked: list[tuple[str, str, str]]) -> None:
    requests = [(f"{host}.{outlet}", outlet, machine) for host, outlet, machine in asked]
    at = walked(requests)
    for which, least in ((1, 1.0), (2, SHARE_OF_MACHINE)):
        for key in {request[which] for request in requests}:
            ours = [(when, request[0]) for when, request in zip(at, requests, strict=True) if request[which] == key]
            for (before, host), (after, other) in pairwise(ours):
                assert after >= before
                assert host == other or after - before >= least - 1e-9


def test_an_outlet_with_a_host_for_each_page_keeps_its_pace(
    new_site: Callable[[], Site], sqlite_database: str, tmp_path: Path
) -> None:
    """Hosts that are ports of one machine; all answer at once, and still each request waits for the one before."""
    sites = [new_site() for _ in range(5)]
    for site in sites:
        site["/robots.txt"] = ""
        site["/news/2026-03-02-one.html"] = page("One")
    links = [(site.url("/news/2026-03-02-one.html"), "One", "") for site in sites]
    sites[0]["/feed.xml"] = rss(links)
    row = (
        '[[outlet]]\nid = "many"\nname = "many"\nhosts = ["127.0.0.1"]\ncountry = "SE"\nzone = "Europe/Stockholm"\n'
        f'language = "en"\nfeeds = [{{kind = "feed", url = "{sites[0].url("/feed.xml")}"}}]\n'
    )
    crawl_once(sqlite_database, tmp_path, row, options={"delay_seconds": 0.0})
    asked = sum(len(site.paths()) for site in sites[1:])
    began = time.monotonic()
    crawl_once(sqlite_database, tmp_path, row, options={"delay_seconds": 0.4})
    took = time.monotonic() - began
    asked = sum(len(site.paths()) for site in sites[1:]) - asked
    hosts = [site for site in sites[1:] if site.paths()]
    assert len(hosts) > 1
    assert took >= 0.4 * (len(hosts) - 1), f"{asked} requests to {len(hosts)} hosts"
