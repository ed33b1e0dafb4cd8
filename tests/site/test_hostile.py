"""What strangers write, in headlines, names, credits, texts and addresses, is shown and never obeyed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from news.articles import Credit
from storage.agency import filings
from storage.articles import saving
from storage.crawling import frontier
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
    "<img src=x onerror=alert(1)//",
    "<svg><script href=data:,alert(1) />",
    "<math><mi//xlink:href='javascript:alert(1)'>x",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example/x.swf>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><button>Send",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/%2e%2e",
    "{% include '/etc/passwd' %}{{ config }}",
    "#{7*7}<%= 7*7 %>",
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\x9b31mred\x1b]0;title\x07",
    "a\u2028b\u2029c\ufeff",
    "\u2066isolated\u2069\u200f",
    "%0d%0aX-Injected: 1",
    "a\nX-Injected: 1\n\n<script>alert(1)</script>",
)
assert len(PAYLOADS) == len(set(PAYLOADS)) >= 40
OBJECTS = ("/story/", "/pickup?", "/outlet/", "/seen?")
ALLOWED = set(
    """html head meta title link body a header form label input button nav ul li main footer p time h1 h2 section table
    caption thead tbody tr th td div span bdi b strong ol svg rect circle line text details summary select option del
    ins mark sup q pre code blockquote""".split()
)


def plant(engine: Engine, payloads: Sequence[str]) -> None:
    """For each payload an outlet, a story and its copy that carry it wherever text is kept."""
    outlets = [replace(outlet(f"p{n}"), name=text, country=text[:20]) for n, text in enumerate(payloads)]
    with writing(engine) as session:
        frontier.sync_catalogue(session, [ZED], outlets, NOON)
    for number, payload in enumerate(payloads):
        _plant(engine, f"p{number}", payload)


def _plant(engine: Engine, name: str, payload: str) -> None:
    with writing(engine) as session:
        item = filing(name, f"story {name} {payload}", 0, payload + " one", "two", headline=payload, slugline=payload)
        filings.save_filing(session, item, received_at=later(1))
        page = article(f"https://{name}.example/x?a=" + payload.encode().hex(), payload + " one", headline=payload)
        page = replace(page, byline=payload, dateline=payload, published=stated(5))
        page = replace(
            page, credits=(Credit("ZED", "text", "body start", payload), Credit("", "photo", payload, payload))
        )
        saved = saving.save_article(session, page, name, seen_at=later(6))
        take = session.scalars(select(StoryVersionRow).order_by(StoryVersionRow.id.desc())).first()
        assert take is not None
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
            assert element.get(name, "/").startswith(("/", "#", "https://p")), element.get(name)
            assert not element.get(name, "/").startswith("//")
    assert not set(page.source) & set("\u202e\u202c\x1b\x07\r")
    return {link for link in page.links if link.startswith("/") and "format=" not in link}


@pytest.mark.parametrize("part", range(4))
def test_no_payload_lives_on_any_page_or_in_any_export(tmp_engine: Engine, part: int) -> None:
    planted = PAYLOADS[part::4]
    plant(tmp_engine, planted)
    browser = open_pages(tmp_engine)
    waiting, seen = {"/", "/stories", "/pickups", "/outlets", "/uncredited", "/search?q=o"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        # Every list narrowed to every outlet would be the same templates again and again.
        waiting |= {link.partition("#")[0] for link in check(browser, path) if link.startswith(OBJECTS)} - seen
    for kind in ("/story/", "/pickup?", "/outlet/"):
        assert sum(path.startswith(kind) for path in seen) == len(planted), kind
    answer = browser.get("/pickups?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "set-cookie" not in answer.headers
    assert "x-injected" not in answer.headers
    for row in csv.reader(io.StringIO(answer.text)):
        assert not [cell for cell in row if cell.strip()[:1] in ("=", "+", "@", "|", "%")], row
        assert not [cell for cell in row if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()], row
    assert not set(answer.text) & set("\u202e\u2028\u2066\x1b\x9b\x07\r")


def test_a_query_is_shown_as_text(browser: Browser) -> None:
    for payload in PAYLOADS:
        answer = browser.send("GET", "/search?q=" + "".join(f"%{byte:02x}" for byte in payload.encode()))
        assert answer.status_code in (200, 400)
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        missing = browser.send("GET", "/story/" + "".join(f"%{byte:02x}" for byte in payload.encode()))
        assert missing.status_code == 404
        assert "<script" not in missing.text
