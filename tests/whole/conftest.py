"""Local sites for the tests of the whole path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.crawler.site import Site


@pytest.fixture
def new_site() -> Iterator[Callable[[], Site]]:
    """As many local sites as a test needs, each on a port of its own."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Site())
