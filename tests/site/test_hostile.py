"""What strangers write, in headlines, names, credits, texts and addresses, is shown and never obeyed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawler.articles import Credit
from storage import frontier, saving
from storage.engine import writing
from storage.models import PickupRow, StoryVersionRow
from tests.site.browser import Browser, open_pages
from tests.storage.makers import NOON, ZED, article, filing, later, outlet, stated

PAYLOADS = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "javascript:alert(1)",
    "<!--><script>alert(1)</script>-->",
    "</textarea></select></option><iframe src=//evil.example>",
    '" autofocus onfocus="alert(1)',
    "<a href=javascript:alert(1)>x</a>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "\u202egnp.exe\u202c",
    '=HYPERLINK("http://evil.example";"x")',
    "\x1b[31mred\x07",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\r\nSet-Cookie: x=1",
    "𝕏 مرحبا שלום ﷽",
    "../../etc/passwd",
)
ALLOWED = set(
    """html head meta title link body a header form label input button nav ul li main footer p time h1 h2 section table
    caption thead tbody tr th td div span bdi b strong ol svg rect circle line text details summary select option del
    ins mark sup q pre code blockquote""".split()
)


def plant(engine: Engine, payload: str) -> None:
    """An outlet, a story and its copy that carry the payload wherever text is kept."""
    with writing(engine) as session:
        named = replace(outlet("daily"), name=payload or "x", country=payload[:20])
        frontier.sync_catalogue(session, [ZED], [named], NOON)
        item = filing("1", "story" + payload, 0, payload + " one", "two", headline=payload, slugline=payload)
        saving.save_filing(session, item, received_at=later(1))
        page = article("https://daily.example/x?a=" + payload.encode().hex(), payload + " one", headline=payload)
        page = replace(page, byline=payload, dateline=payload, published=stated(5))
        page = replace(
            page, credits=(Credit("ZED", "text", "body start", payload), Credit("", "photo", payload, payload))
        )
        saved = saving.save_article(session, page, "daily", seen_at=later(6))
        take = session.scalars(select(StoryVersionRow)).one()
        texts = {"kind": payload, "story_text": payload, "article_text": payload}
        edit = texts | {"substantive": True, "story_at": [0, 3], "article_at": [1, 4]}
        values: dict[str, Any] = {
            "certainty": "linked",
            "use": payload[:20],
            "share_of_article": 0.9,
            "share_of_story": 0.5,
            "covered_words": 9,
            "score": 0.9,
            "credited": "none",
            "credit_text": payload,
            "spans": [[0, 1, 0, 1, True]],
            "edits": [edit],
            "reasons": [payload],
            "matcher_version": payload[:20],
        }
        session.add(
            PickupRow(
                article_id=saved.article_id,
                version_id=saved.version_id,
                story_id=take.story_id,
                story_version_id=take.id,
                **values,
            )
        )


def check(browser: Browser, path: str) -> set[str]:
    """The page answers with nothing but our own elements, attributes and links; returns where it leads."""
    page = browser.page(path)
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag in ALLOWED, f"<{element.tag}> on {path}"
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"], path
        for name in ("href", "action", "src"):
            assert element.get(name, "/").startswith(("/", "#", "https://daily.example/")), element.get(name)
            assert not element.get(name, "/").startswith("//")
    assert not set(page.source) & set("\u202e\u202c\x1b\x07\r")
    return {link for link in page.links if link.startswith("/") and "format=" not in link}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_lives_on_any_page(tmp_engine: Engine, payload: str) -> None:
    plant(tmp_engine, payload)
    browser = open_pages(tmp_engine)
    waiting, seen = {"/", "/stories", "/pickups", "/outlets", "/uncredited", "/search?q=o"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        waiting |= {link.partition("#")[0] for link in check(browser, path)} - seen
    assert any(path.startswith("/story/") for path in seen)
    assert any(path.startswith("/pickup?") for path in seen)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_a_formula_or_a_header(tmp_engine: Engine, payload: str) -> None:
    plant(tmp_engine, payload)
    answer = open_pages(tmp_engine).get("/pickups?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "set-cookie" not in answer.headers
    for line in answer.text.splitlines():
        assert not [cell for cell in line.split(",") if cell.strip('" ')[:1] in ("=", "+", "@")]
    assert not set(answer.text) & set("\u202e\x1b\x07\r")


def test_a_query_is_shown_as_text(browser: Browser) -> None:
    for payload in PAYLOADS:
        answer = browser.send("GET", "/search?q=" + "".join(f"%{byte:02x}" for byte in payload.encode()))
        assert answer.status_code in (200, 400)
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        missing = browser.send("GET", "/story/" + "".join(f"%{byte:02x}" for byte in payload.encode()))
        assert missing.status_code == 404
        assert "<script" not in missing.text
