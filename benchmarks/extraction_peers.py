"""How well and how fast pages are read, beside trafilatura, readability, newspaper4k and resiliparse."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reading = dict[str, Any]


def wiretrail(html: bytes, url: str) -> Any:
    from crawler.extractors import extract

    return extract(html, url)


def trafilatura_precision(html: bytes, url: str) -> Reading:
    import trafilatura

    document: Any = trafilatura.bare_extraction(
        html, url=url, favor_precision=True, include_comments=False, with_metadata=True
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
    "trafilatura_precision": ("trafilatura", trafilatura_precision),
    "readability": ("readability", readability),
    "newspaper4k": ("newspaper", newspaper4k),
    "resiliparse": ("resiliparse", resiliparse),
}


def main() -> None:
    """Run the shared measure over each peer in a process of its own, so that none pays for another's memory.

    A peer is a callable of (html, url) in the shape that measure wants; one that is not installed is left out.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", default=list(PEERS), help="which to run; all that are installed by default")
    parser.add_argument("--pages", type=Path, default=Path("../shared/data"), help="the folder with pages.jsonl.gz")
    parser.add_argument("--bench", type=Path, default=Path("../shared/bench/extraction.py"), help="the shared measure")
    arguments = parser.parse_args()
    for peer in arguments.peers:
        package, _ = PEERS[peer]
        print(f"== {peer}", flush=True)
        if importlib.util.find_spec(package) is None:
            print(f"not installed: {package}")
            continue
        command = [
            sys.executable,
            str(arguments.bench),
            f"benchmarks.extraction_peers:{peer}",
            "--data",
            str(arguments.pages),
        ]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
