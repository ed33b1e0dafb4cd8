"""How well and how fast pages are read, beside trafilatura, readability, newspaper4k and resiliparse."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Reading = dict[str, Any]


def wiretrail(html: bytes, url: str) -> Any:
    from crawler.extractors import extract

    return extract(html, url)


def trafilatura(html: bytes, url: str) -> Reading:
    return _by_trafilatura(html, url, precision=False)


def trafilatura_precision(html: bytes, url: str) -> Reading:
    return _by_trafilatura(html, url, precision=True)


def _by_trafilatura(html: bytes, url: str, *, precision: bool) -> Reading:
    from trafilatura import bare_extraction

    document: Any = bare_extraction(
        html, url=url, favor_precision=precision, include_comments=False, with_metadata=True
    )
    if document is None:
        return {}
    return {
        "headline": document.title,
        "paragraphs": (document.text or "").split("\n"),
        "authors": (document.author or "").split("; "),
        "published": document.date,
    }


def readability(html: bytes, _url: str) -> Reading:
    import lxml.html
    from readability import Document  # type: ignore[import-not-found,unused-ignore]  # a peer, installed by hand

    document = Document(html.decode("utf-8", "replace"))
    tree: Any = lxml.html.fromstring(document.summary())
    return {
        "headline": document.short_title(),
        "paragraphs": ["".join(p.itertext()) for p in tree.iter("p", "li", "h2", "h3")],
    }


def newspaper4k(html: bytes, url: str) -> Reading:
    import newspaper  # type: ignore[import-not-found,unused-ignore]  # a peer, installed by hand

    article = newspaper.Article(url)
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    return {
        "headline": article.title,
        "paragraphs": article.text.split("\n"),
        "authors": article.authors,
        "published": article.publish_date,
    }


def resiliparse(html: bytes, _url: str) -> Reading:
    from resiliparse.extract.html2text import (  # type: ignore[import-not-found,unused-ignore]  # a peer, by hand
        extract_plain_text,
    )

    text = extract_plain_text(html.decode("utf-8", "replace"), main_content=True)
    return {"paragraphs": text.split("\n")}


PEERS: dict[str, tuple[str, Callable[[bytes, str], Any]]] = {
    "wiretrail": ("crawler", wiretrail),
    "trafilatura": ("trafilatura", trafilatura),
    "trafilatura_precision": ("trafilatura", trafilatura_precision),
    "readability": ("readability", readability),
    "newspaper4k": ("newspaper", newspaper4k),
    "resiliparse": ("resiliparse", resiliparse),
}


_FIGURE = re.compile(r"^(?P<name>\S.*?) {2,}(?P<value>[\d.]+) +(?P<more>\(.*\))?", re.M)
_SPEED = re.compile(r"p50 ([\d.]+) ms, p99 ([\d.]+) ms")


def measured(peer: str, bench: Path, pages: Path) -> dict[str, str]:
    """What the shared measure says of one peer, by the measure's names; run in a process of its own, so that none
    pays for another's memory."""
    command = [sys.executable, str(bench), f"benchmarks.extraction_peers:{peer}", "--data", str(pages)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures = {match["name"]: match["value"] for match in _FIGURE.finditer(printed)}
    speed = _SPEED.search(printed)
    return figures | ({"p50 ms": speed[1], "p99 ms": speed[2]} if speed else {})


def table(columns: dict[str, dict[str, str]]) -> str:
    """A Markdown table: a row for each measure, a column for each peer."""
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    rows = [["", *columns], ["---"] * (len(columns) + 1)]
    rows += [[name, *(figures.get(name, "") for figures in columns.values())] for name in names]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Print one table of every peer that is installed, all measured in this run.

    A peer is a callable of (html, url) in the shape the shared measure wants.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", default=list(PEERS), help="which to run; all that are installed by default")
    parser.add_argument("--pages", type=Path, default=Path("../shared/data"), help="the folder with pages.jsonl.gz")
    parser.add_argument("--bench", type=Path, default=Path("../shared/bench/extraction.py"), help="the shared measure")
    parser.add_argument("--jobs", type=int, default=1, help="peers measured at once; the slowest takes minutes")
    arguments = parser.parse_args()
    installed = [peer for peer in arguments.peers if importlib.util.find_spec(PEERS[peer][0]) is not None]
    for peer in sorted(set(arguments.peers) - set(installed)):
        print(f"{peer}: not installed ({PEERS[peer][0]})", file=sys.stderr)

    def figures_of(peer: str) -> dict[str, str]:
        figures = measured(peer, arguments.bench, arguments.pages)
        print(f"{peer}: {figures}", file=sys.stderr, flush=True)
        return figures

    with ThreadPoolExecutor(arguments.jobs) as pool:
        print(table(dict(zip(installed, pool.map(figures_of, installed), strict=True))))


if __name__ == "__main__":
    main()
