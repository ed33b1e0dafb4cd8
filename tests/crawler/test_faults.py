"""Every way a request can go wrong ends as one recorded outcome with a plain reason. One crawl, many faults."""

from __future__ import annotations

import gzip
import sqlite3
import zlib
from pathlib import Path

import pytest

from tests.crawler.conftest import crawl_once, outlet_row
from tests.crawler.site import Answer, Site, page, rss

HTML = {"Content-Type": "text/html; charset=utf-8"}
BOMB = zlib.compressobj(9, zlib.DEFLATED, 31)
GZIP_BOMB = BOMB.compress(b"\0" * 60_000_000) + BOMB.flush()


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


FAULTS: dict[str, tuple[Answer | str, str, str]] = {
    "missing": (Answer("gone", 404), "gone", "status 404"),
    "withdrawn": (Answer("gone", 410), "gone", "status 410"),
    "server-error": (Answer("oops", 500), "failed", "status 500"),
    "bad-gateway": (Answer("oops", 502), "failed", "status 502"),
    "forbidden": (Answer("no", 403), "refused", "status 403"),
    "wants-money": (Answer("pay", 402), "refused", "status 402"),
    "for-legal-reasons": (Answer("no", 451), "refused", "status 451"),
    "no-content": (Answer(status=204), "failed", "without a page"),
    "unasked-304": (Answer(status=304), "failed", "carried no validators"),
    "empty": (Answer("", headers=HTML), "not an article", "empty"),
    "blank": (Answer("  \n ", headers=HTML), "not an article", "empty"),
    "pdf": (
        Answer(b"%PDF-1.4 1 0 obj", headers={"Content-Type": "application/pdf"}),
        "not an article",
        "application/pdf",
    ),
    "picture": (Answer(b"\x89PNG\r\n", headers={"Content-Type": "image/png"}), "not an article", "image/png"),
    "binary-as-html": (Answer(b"\x89PNG\r\n\x1a\n" * 40, headers=HTML), "not an article", "binary"),
    "no-text": ("<html><body><ul><li><a href=/a>a</a></li></ul></body></html>", "not an article", "no article text"),
    "to-itself": (redirect("/news/2026-to-itself.html"), "failed", "redirects to itself"),
    "loop": (redirect("/news/2026-loop-b.html"), "failed", "in a loop"),
    "loop-b": (redirect("/news/2026-loop.html"), "failed", "in a loop"),
    "to-file": (redirect("file:///etc/passwd"), "failed", "no http or https"),
    "to-data": (redirect("data:text/html,hello"), "failed", "no http or https"),
    "to-nothing": (redirect("http://[varnholm"), "failed", "no http or https"),
    "to-other-site": (redirect("https://www.example.com/varnholm"), "redirected", "www.example.com"),
    "to-metadata": (redirect("http://169.254.169.254/latest/"), "redirected", "169.254.169.254"),
    "to-front-page": (redirect("/"), "redirected", "front page"),
    "redirect-without-location": (Answer(status=302), "failed", "leads nowhere"),
    "endless-chain": (redirect("/chain/1"), "failed", "more than 8 redirects"),
    "too-large": (Answer(b"<p>" + b"x" * 3_000_000, headers=HTML), "failed", "size limit"),
    "gzip-bomb": (Answer(GZIP_BOMB, headers=HTML | {"Content-Encoding": "gzip"}), "failed", "size limit"),
    "damaged-gzip": (
        Answer(gzip.compress(page("A damaged answer").encode())[:-40], headers=HTML | {"Content-Encoding": "gzip"}),
        "failed",
        "damaged",
    ),
    "not-gzip-at-all": (Answer("plain", headers=HTML | {"Content-Encoding": "gzip"}), "failed", "damaged"),
    "slow": (Answer(page("Too slow to wait for"), slow_seconds=6), "failed", "time limit"),
    "cut-off": (
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<html>"),
        "failed",
        "before the answer was complete",
    ),
    "endless-headers": (
        Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 900) for n in range(4000))),
        "failed",
        "headers are larger",
    ),
    "hangs-up": (Answer(raw=b""), "failed", ""),
    "no-http": (Answer(raw=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "failed", ""),
    "bad-status": (Answer(raw=b"HTTP/1.1 999999 Odd\r\n\r\n"), "failed", ""),
    "plain-good": (page("A page between all the faults", number=41), "ok", ""),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> dict[str, tuple[str, str]]:
    """Outcome and reason of each fault, by name, after one crawl of them all."""
    folder = tmp_path_factory.mktemp("faults")
    database = folder / "faults.db"
    database.write_bytes(sqlite_template.read_bytes())
    with Site() as site:
        items = []
        for name, (reply, _, _) in FAULTS.items():
            site[f"/news/2026-{name}.html"] = reply
            items.append((site.url(f"/news/2026-{name}.html"), f"About {name}", ""))
        site["/"] = page("The front page of the Varnholm Post", number=77)
        for number in range(1, 30):
            site[f"/chain/{number}"] = redirect(f"/chain/{number + 1}")
        site["/feed.xml"] = rss(items)
        counts = crawl_once(
            f"sqlite:///{database}",
            folder,
            outlet_row("varnholm", site, ("feed", "/feed.xml")),
            options={"max_bytes": 1_000_000, "timeout_seconds": 2.0},
        )
    assert counts["fetches"] == len(FAULTS)
    assert counts["unanswered"] == counts["unsaved"] == 0
    rows = sqlite3.connect(database).execute("select url, outcome, reason, due_at from pages").fetchall()
    return {url.rpartition("2026-")[2].removesuffix(".html"): (outcome, reason) for url, outcome, reason, _ in rows}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_outcome_and_reason(name: str, outcomes: dict[str, tuple[str, str]]) -> None:
    _, wanted_outcome, wanted_reason = FAULTS[name]
    outcome, reason = outcomes[name]
    assert outcome == wanted_outcome, reason
    assert wanted_reason in reason
    assert (outcome == "ok") == (reason == ""), "a failure must say why, a success has nothing to say"
    assert "\n" not in reason
    assert "<" not in reason
