"""Local sites, and crawls of them into real databases, each in a child process as in production."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import forked
from tests.crawler.child import run
from tests.crawler.site import Site
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


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


def outlet_row(
    outlet_id: str, site: Site, *feeds: tuple[str, str], more: str = "", zone: str = "Europe/Stockholm"
) -> str:
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
    errors = folder / "stderr.txt"
    ours, theirs = forked.server().Pipe(duplex=False)
    orders |= {"database": database, "catalogue": str(catalogue)}
    child = forked.server().Process(target=run, args=(orders, str(errors), theirs))
    child.start()
    theirs.close()
    counts: dict[str, Any] | None = ours.recv() if ours.poll(PATIENCE_SECONDS) else None
    child.join(PATIENCE_SECONDS)
    said = errors.read_text(encoding="utf-8", errors="replace")
    assert counts is not None, said
    assert "Traceback" not in said, said
    return counts
