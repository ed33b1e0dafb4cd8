"""Who may read the pages, and what the browser is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from report.site.guard import Access
from tests.site.browser import Browser, open_pages

TOKEN = "a token with spaces & ümlaut"


@pytest.fixture
def locked(filled: Engine) -> Browser:
    return replace(open_pages(filled, access=Access(TOKEN)), base="https://pages.example")


def test_a_token_is_needed_everywhere(locked: Browser) -> None:
    for path in ("/", "/pickups", "/style.css", "/nowhere", "/?token=wrong"):
        response = locked.get(path)
        assert response.status_code == 401, path
        assert response.headers["www-authenticate"].startswith("Bearer")
        assert TOKEN not in response.text


def test_a_bearer_header_opens(filled: Engine) -> None:
    locked = open_pages(filled, access=Access("plain-token"))
    assert locked.get("/pickups", authorization="Bearer plain-token").status_code == 200
    assert locked.get("/pickups", authorization="bearer  plain-token ").status_code == 200
    for wrong in ("Bearer plain-toke", "Bearer plain-tokenn", "Basic plain-token", "plain-token", "Bearer"):
        assert locked.get("/pickups", authorization=wrong).status_code == 401


def test_a_token_in_the_address_is_asked_for_once(locked: Browser) -> None:
    welcome = locked.get("/pickups?outlet=daily&token=a+token+with+spaces+%26+%C3%BCmlaut")
    assert welcome.status_code == 303
    assert welcome.headers["location"] == "/pickups?outlet=daily"
    cookie = welcome.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" in cookie
    assert "token with spaces" not in cookie
    kept = cookie.partition(";")[0]
    assert locked.get("/pickups?outlet=daily", cookie=kept).status_code == 200
    assert locked.get("/pickups", cookie=kept + "x").status_code == 401


def test_an_old_token_in_a_bookmark_does_not_keep_a_reader_out(locked: Browser) -> None:
    kept = locked.get("/?token=a+token+with+spaces+%26+%C3%BCmlaut").headers["set-cookie"].partition(";")[0]
    again = locked.get("/pickups?token=a+token+with+spaces+%26+%C3%BCmlaut", cookie=kept)
    assert again.status_code == 303
    assert again.headers["location"] == "/pickups"


def test_the_way_back_never_leads_elsewhere(filled: Engine) -> None:
    locked = open_pages(filled, access=Access("t"))
    for path in ("//elsewhere.example/", "///elsewhere.example/%2e%2e", "/\\elsewhere.example/"):
        location = locked.get(f"{path}?token=t").headers["location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize("base", ["http://evil.example", "http://192.0.2.1", "http://localhost.evil.example"])
def test_without_a_token_only_this_machine_is_answered(filled: Engine, base: str) -> None:
    assert replace(open_pages(filled), base=base).get("/").status_code == 421


@pytest.mark.parametrize("base", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:9", "http://desk.example"])
def test_this_machine_is_known_by_its_names(filled: Engine, base: str) -> None:
    assert (
        replace(open_pages(filled, access=Access(hosts=("Desk.example",))), base=base).get("/style.css").status_code
        == 200
    )


@pytest.mark.parametrize("path", ["/", "/nowhere", "/pickups?bad=1", "/pickups?format=csv", "/style.css"])
def test_every_answer_carries_the_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "noindex" in headers["x-robots-tag"]


def test_a_refusal_carries_the_headers(locked: Browser) -> None:
    assert locked.get("/").headers["x-content-type-options"] == "nosniff"


def test_a_lost_database_is_said_without_its_password(filled: Engine) -> None:
    from storage.engine import open_engine

    gone = open_engine("postgresql://desk:secret@127.0.0.1:1/wiretrail")
    response = open_pages(gone).get("/")
    gone.dispose()
    assert response.status_code == 503
    assert "cannot be reached" in response.text
    assert "secret" not in response.text


def test_a_proxy_names_who_asks_and_nobody_else_can(filled: Engine) -> None:
    access = Access(user_header="X-User", hosts=("pages.example",))
    behind = replace(open_pages(filled, access=access), base="https://pages.example")
    assert behind.get("/pickups", X_User="ann").status_code == 200
    assert behind.get("/pickups").status_code == 401
    assert behind.get("/pickups", X_User=" ").status_code == 401
    elsewhere = open_pages(filled, access=Access(user_header="X-User", proxies=("192.0.2.7",)))
    assert elsewhere.get("/pickups", X_User="ann").status_code == 421


BEHIND = Access(user_header="X-User", hosts=("pages.example",))


@pytest.mark.parametrize(
    "host", ["evil.example", "pages.example.evil.example", "pages.example@evil.example", "127.0.0.1, evil", "", "[::2]"]
)
def test_behind_a_proxy_only_its_names_are_answered(filled: Engine, host: str) -> None:
    """A page elsewhere that points its own name here (DNS rebinding) can write any header."""
    behind = open_pages(filled, access=BEHIND)
    assert behind.get("/", X_User="ann", Host=host).status_code == 421
    assert behind.get("/", X_User="ann", Host=host, X_Forwarded_Host="pages.example").status_code == 421


@pytest.mark.parametrize("host", ["pages.example", "PAGES.example:8443", "pages.example.", "127.0.0.1:8765", "[::1]:1"])
def test_behind_a_proxy_its_names_and_ours_are_answered(filled: Engine, host: str) -> None:
    assert open_pages(filled, access=BEHIND).get("/style.css", X_User="ann", Host=host).status_code == 200


def test_the_proxy_is_believed_about_the_name_it_was_asked_by(filled: Engine) -> None:
    behind = open_pages(filled, access=BEHIND)
    assert behind.get("/style.css", X_User="ann", X_Forwarded_Host="pages.example").status_code == 200
    assert behind.get("/style.css", X_User="ann", X_Forwarded_Host="evil.example").status_code == 421


def test_forwarded_headers_are_believed_from_the_configured_proxy_only(filled: Engine) -> None:
    """The client of these tests is 127.0.0.1."""
    told = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "other.example", "Host": "localhost"}
    for proxies, secure in (((), False), (("192.0.2.7",), False), (("127.0.0.1",), True)):
        access = Access("t", hosts=("other.example",), proxies=proxies)
        cookie = open_pages(filled, access=access).get("/?token=t", **told).headers["set-cookie"]
        assert ("Secure" in cookie) is secure


def test_a_token_with_a_configured_name_is_asked_for_by_that_name(filled: Engine) -> None:
    named = open_pages(filled, access=Access("t", hosts=("köln.example",)))
    assert named.get("/style.css", authorization="Bearer t", Host="xn--kln-sna.example").status_code == 200
    assert named.get("/style.css", authorization="Bearer t", Host="evil.example").status_code == 421
