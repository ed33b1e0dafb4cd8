"""Local sites, and crawls of them into real databases, each in a child process as in production."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.site import Site

ROOT = Path(__file__).parents[2]
Crawl = Callable[..., dict[str, Any]]


@pytest.fixture
def site() -> Iterator[Site]:
    """One local site."""
    with Site() as made:
        yield made


@pytest.fixture
def new_site() -> Iterator[Callable[[], Site]]:
    """As many local sites as a test needs, each on a port of its own."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Site())


def outlet_row(outlet_id: str, site: Site, *feeds: tuple[str, str], more: str = "", zone: str = "Europe/Stockholm") -> str:
    """A catalogue row for a local site; feeds are (kind, path)."""
    listed = ", ".join(f'{{kind = "{kind}", url = "{site.url(path)}"}}' for kind, path in feeds)
    return (
        f'[[outlet]]\nid = "{outlet_id}"\nname = "{outlet_id}"\nhosts = ["{site.host}"]\ncountry = "SE"\n'
        f'zone = "{zone}"\nlanguage = "en"\nfeeds = [{listed}]\n{more}\n'
    )


def crawl_once(database: str, folder: Path, *rows: str, **orders: Any) -> dict[str, Any]:
    """Crawl what is due in a child process and return its counts. Standard error must stay empty of tracebacks."""
    catalogue = folder / "catalogue.toml"
    catalogue.write_text("only = true\n" + "\n".join(rows), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.crawler.child"],
        input=json.dumps({"database": database, "catalogue": str(catalogue), **orders}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts
