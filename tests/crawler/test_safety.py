"""Addresses inside our own network are refused: as written, in a redirect, and in the answer of a look-up."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response

from crawler.middlewares.redirects import Redirects
from crawler.middlewares.safety import SafeAddresses, SafeResolver, is_public, literal, refuse
from crawler.outcomes import Refusal
from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, rss

INSIDE = """
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://0x7f.1/ http://0x7f000001/ http://2130706433/ http://0177.0.0.1/
http://0177.1/ http://017700000001/ http://127.0.0.1./ http://0/ http://0.0.0.0/ http://localhost/ http://LOCALHOST/
http://localhost./ http://news.localhost/ http://localhost.localdomain/ http://ip6-localhost/ http://[::1]/ http://[::]/
http://[0:0:0:0:0:0:0:1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://10.0.0.1/
http://10.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/ http://192.168.257/ http://3232235777/
http://169.254.169.254/ http://0xa9fea9fe/ http://2852039166/ http://[::ffff:169.254.169.254]/ http://100.64.0.1/
http://100.127.255.254/ http://[64:ff9b::10.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::1]/ http://[2002:7f00:1::]/
http://[2002:c0a8:101::1]/ http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/ http://[fe80::1]/ http://[fe80::1%25eth0]/
http://[fc00::1]/ http://[fd12:3456::1]/ http://[fec0::1]/ http://[ff02::1]/ http://224.0.0.1/ http://239.255.255.250/
http://240.0.0.1/ http://255.255.255.255/ http://192.0.2.1/ http://198.51.100.1/ http://203.0.113.1/ http://198.18.0.1/
http://192.0.0.8/ http://192.88.99.1/ http://[2001:db8::1]/ http://user@127.0.0.1/ http://example.com@127.0.0.1/
http://127.0.0.1:8080/ https://127.0.0.1/ ftp://example.com/ file:///etc/passwd gopher://example.com/ data:text/html,x
""".split()
OUTSIDE = """
http://example.com/ https://93.184.216.34/ http://8.8.8.8/ http://[2606:4700:4700::1111]/ http://1.1/a
http://127.0.0.1.example.com/ http://localhost.example.com/ http://10.example/ http://0x7f.example/ http://deadbeef.cafe/
""".split()  # fmt: skip


def ask(url: str, allow_loopback: bool = False) -> None:
    SafeAddresses(allow_loopback).process_request(Request(url))


@pytest.mark.parametrize("url", INSIDE)
def test_an_inside_address_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as caught:
        ask(url)
    assert caught.value.outcome == "refused"
    assert caught.value.reason


def test_there_are_enough_forms() -> None:
    assert len(set(INSIDE)) >= 60
    assert len(set(INSIDE_ANSWERS)) >= 40


@pytest.mark.parametrize("url", INSIDE)
def test_an_inside_address_is_not_followed_to(url: str) -> None:
    """A redirect is judged as it is followed: either it leads to no web address, or the next hop is refused."""
    first = Request("https://varnholm.example/feed.xml")
    response = Response(first.url, status=302, headers={"Location": url}, request=first)
    with pytest.raises(Refusal, match=r"\w"):
        _followed(first, response)


def _followed(first: Request, response: Response) -> None:
    following = Redirects(8).process_response(first, response)
    assert isinstance(following, Request)
    SafeAddresses(allow_loopback=False).process_request(following)


@pytest.mark.parametrize("url", OUTSIDE)
def test_an_outside_address_is_asked(url: str) -> None:
    ask(url)


def test_loopback_is_open_only_when_said_and_nothing_else_with_it() -> None:
    for url in ("http://127.0.0.1:8000/", "http://localhost/", "http://[::1]/"):
        ask(url, allow_loopback=True)
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/"):
        with pytest.raises(Refusal):
            ask(url, allow_loopback=True)


@given(st.ip_addresses(v=4))
def test_no_private_address_is_public_however_it_is_wrapped(address: ipaddress.IPv4Address) -> None:
    assert is_public(address) <= address.is_global
    number = int(address)
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert is_public(ipaddress.IPv6Address(wrapped)) == is_public(address)
    for form in (str(number), hex(number), f"0{number:o}", f"{number >> 24}.{number & 0xFFFFFF}"):
        assert literal(form) == address


@given(st.ip_addresses(v=6))
def test_only_global_unicast_is_public(address: ipaddress.IPv6Address) -> None:
    if is_public(address) and literal(str(address)) == address:
        assert address.is_global
        assert refuse(address, allow_loopback=True) is False


class Answering:
    """A resolver that answers every name with fixed addresses, as Twisted's do."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, **_: Any) -> None:  # noqa: N802  -- Twisted's name
        receiver.resolutionBegan(SimpleNamespace(name=name))
        for host in self.hosts:
            receiver.addressResolved(SimpleNamespace(host=host, port=port))
        receiver.resolutionComplete()


class Receiving:
    """What a connection would be made to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.complete = False

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  -- Twisted's name
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802  -- Twisted's name
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802  -- Twisted's name
        self.complete = True


def resolved(*answers: str, allow_loopback: bool = False) -> tuple[list[str], set[str]]:
    resolver, receiver = SafeResolver(Answering(*answers), allow_loopback), Receiving()
    resolver.resolveHostName(receiver, "varnholm.example", 80)
    assert receiver.complete
    return receiver.hosts, resolver.dropped


INSIDE_ANSWERS = """
127.0.0.1 127.1.2.3 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.9 172.31.255.255 192.168.0.1 192.168.255.255
169.254.169.254 169.254.0.1 100.64.0.1 100.127.255.254 0.0.0.0 0.1.2.3 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 192.0.0.8 192.88.99.1 ::1 ::
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::a00:1 64:ff9b::7f00:1 64:ff9b:1::1
2002:7f00:1:: 2002:c0a8:101::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00::1
fd12:3456::1 ff02::1 ff05::2 2001:db8::1 3fff::1 100::1 5f00::1 varnholm
""".split()


@pytest.mark.parametrize("answer", INSIDE_ANSWERS)
def test_a_name_that_leads_inside_has_no_address(answer: str) -> None:
    assert resolved(answer) == ([], {"varnholm.example"})
    assert resolved("93.184.216.34", answer)[0] == ["93.184.216.34"]


def test_a_name_may_lead_to_loopback_only_when_said() -> None:
    assert resolved("127.0.0.1", "10.0.0.1", allow_loopback=True)[0] == ["127.0.0.1"]


def test_redirects_inside_and_names_of_this_machine_are_refused_in_a_crawl(
    sqlite_database: str, new_site: Callable[[], Site], tmp_path: Path
) -> None:
    import socket
    import sqlite3

    site, other = new_site(), new_site()
    forms = ["http://10.0.0.1/x", "http://0x0a000001/x", "http://[::ffff:169.254.169.254]/x", "http://192.168.1/x"]
    # The catalogue says these hosts are the outlet's own, so that only the safety rules stand between.
    hosts = [form.split("/")[2] for form in forms]
    for number, form in enumerate(forms):
        site[f"/news/2026-{number}.html"] = Answer(status=302, headers={"Location": form})
    site["/feed.xml"] = rss([(site.url(f"/news/2026-{n}.html"), "x", "") for n in range(len(forms))])
    own_name = socket.gethostname()
    row = outlet_row("varnholm", site, ("feed", "/feed.xml")).replace(
        f'hosts = ["{site.host}"]', f"hosts = {[site.host, *hosts]!r}".replace("'", '"')
    )
    named = outlet_row("named", other, ("feed", "/feed.xml")).replace("127.0.0.1", own_name)
    crawl_once(sqlite_database, tmp_path, row, named)
    database = sqlite3.connect(sqlite_database.removeprefix("sqlite:///"))
    pages = database.execute("select outcome, reason from pages").fetchall()
    assert len(pages) == len(forms)
    assert all(outcome == "refused" and "not a public address" in reason for outcome, reason in pages), pages
    if not socket.gethostbyname(own_name).startswith("127."):  # a name of this machine on its private network
        outcome, reason = database.execute("select outcome, reason from feeds where outlet_id = 'named'").fetchone()
        assert (outcome, other.asked) == ("refused", [])
        assert "not public" in reason
