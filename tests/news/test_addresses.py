"""One spelling for an address, and nothing folded that could be two pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.addresses import covers, host_of, normalise, same_site

SAME = [
    ("HTTP://WWW.Example.com:80/a", "http://www.example.com/a"),
    ("https://example.com:443", "https://example.com/"),
    ("https://example.com/a#comments", "https://example.com/a"),
    ("https://example.com/a?utm_source=x&id=3&fbclid=y", "https://example.com/a?id=3"),
    ("https://example.com/a?id=3&amp;utm_medium=rss", "https://example.com/a?id=3"),
    ("https://example.com/a?xtor=RSS-1", "https://example.com/a"),
    ("https://example.com/x/../a/./b", "https://example.com/a/b"),
    ("https://example.com/%7euser/%c3%a9t%c3%a9", "https://example.com/~user/%C3%A9t%C3%A9"),
    ("https://example.com/été", "https://example.com/%C3%A9t%C3%A9"),
    ("https://example.com/العربية/1", "https://example.com/%D8%A7%D9%84%D8%B9%D8%B1%D8%A8%D9%8A%D8%A9/1"),
    ("https://exämple.com/a", "https://xn--exmple-cua.com/a"),
    ("https://straße.example/a", "https://xn--strae-oqa.example/a"),
    ("https://ΦΆΡΟΣ.example/a", "https://xn--hxa2bfjl.example/a"),
    ("https://ｎｅｗｓ。example/a", "https://news.example/a"),
    ("  https://example.com/a\n", "https://example.com/a"),
    ("https://philstar.com/happens/1010/amp", "https://philstar.com/happens/1010"),
    ("https://example.com/2026/bridge/amp/", "https://example.com/2026/bridge/"),
    ("https://example.com/bridge?amp=1", "https://example.com/bridge"),
    ("https://example.com/bridge?outputType=amp", "https://example.com/bridge"),
    ("https://example.com/bridge?print=true&id=2", "https://example.com/bridge?id=2"),
    ("https://www.google.com/amp/s/www.example.com/bridge/amp/", "https://www.example.com/bridge/"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/bridge", "https://www.example.com/bridge"),
    ("http://user:secret@example.com/a", "http://example.com/a"),
    ("http://example.com./a", "http://example.com/a"),
    ("http://[2606:4700::1111]:8080/a", "http://[2606:4700::1111]:8080/a"),
]
KEPT = [
    "https://example.com/amp",
    "https://example.com/amp/1187/talks",
    "https://m.example.com/bridge",
    "https://example.com/a?page=2",
    "https://example.com/a?ref=home",
    "https://example.com/a?output=xml",
    "https://example.com/a/",
    "https://example.com/a?b=&c",
    "https://example.com/a%2Fb",
    "https://example.com/?p=102239253",
]
NONE = ["", "example.com/a", "ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x",
        "mailto:a@example.com", "http://", "http:///a", "http://example.com:99999/", "http://exa mple.com:x/", "http://[oops",
        "http://example.com/" + "a" * 2000, "http://example.com/" + "ع" * 700, "http://a%00b.com/",
        "http://<b>/"]  # fmt: skip


@pytest.mark.parametrize(("given_", "wanted"), SAME)
def test_spellings_of_one_page_become_one(given_: str, wanted: str) -> None:
    assert normalise(given_) == wanted


@pytest.mark.parametrize("url", KEPT)
def test_what_may_be_another_page_is_kept(url: str) -> None:
    assert normalise(url) == url


@pytest.mark.parametrize("url", NONE)
def test_what_cannot_be_fetched_is_no_address(url: str) -> None:
    assert normalise(url) == ""


@given(st.text(max_size=200) | st.builds("https://{}/{}".format, st.text(max_size=30), st.text(max_size=80)))
def test_any_text_has_one_spelling_that_stays(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == "" or (once.isascii() and once.startswith(("http://", "https://")) and host_of(once))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("https://www.example.co.uk/a", "http://news.example.co.uk/b", True),
        ("https://a.example.com/", "https://b.example.com/", True),
        ("https://one.co.uk/", "https://two.co.uk/", False),
        ("https://alpha.blogspot.com/", "https://beta.blogspot.com/", False),
        ("http://127.0.0.1:8001/", "http://127.0.0.1:8002/", False),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8001/b", True),
        ("http://localhost/", "http://localhost:81/", False),
        ("", "", False),
    ],
)
def test_a_site_is_a_registered_domain(a: str, b: str, same: bool) -> None:
    assert same_site(a, b) is same


@pytest.mark.parametrize(
    ("hosts", "url", "covered"),
    [
        (["example.com"], "https://www.example.com/a", True),
        (["www.example.com"], "https://example.com/a", False),
        (["example.com"], "https://notexample.com/", False),
        (["127.0.0.1:8001"], "http://127.0.0.1:8001/", True),
        (["127.0.0.1:8001"], "http://127.0.0.1:8002/", False),
        (["example.com"], "http://example.com:8080/", True),
        (["0.0.1"], "http://127.0.0.1/", False),
    ],
)
def test_hosts_cover_their_subdomains(hosts: list[str], url: str, covered: bool) -> None:
    assert covers(hosts, url) is covered
