"""Processes of our own program, forked from one that has imported it already.

Importing it costs two CPU seconds, forking a fiftieth of that; what runs afterwards is the same. A reactor starts only
once per process, and a command ends its process: both need one each.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
_JOBS = ("crawling", "digesting", "importing", "keeping", "matches.matching", "matches.rematching", "agency.receiving")
_IMPORTED = (
    "tests.crawler.child",
    "cli",
    *(f"jobs.{job}" for job in _JOBS),
    "report.evidence_files",
    "storage.migrate",
)


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str


@cache
def server() -> ForkServerContext:
    """Where such processes come from, one for each process of the test run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    return context


def run(command: Callable[[], object], words: tuple[str, ...], environment: Mapping[str, str]) -> Done:
    """A command of the checkout, to its end: it finds its `words`, program first, where a shell would put them."""
    with TemporaryDirectory() as folder:
        streams = (Path(folder) / "out", Path(folder) / "err")
        child = server().Process(target=_become, args=(command, words, dict(environment), streams))
        child.start()
        child.join(PATIENCE_SECONDS)
        if child.exitcode is None:
            child.kill()
            child.join()
        out, err = (stream.read_text(encoding="utf-8") for stream in streams)
        return Done(cast(int, child.exitcode), out, err)


def _become(
    command: Callable[[], object], words: tuple[str, ...], environment: dict[str, str], streams: tuple[Path, Path]
) -> None:
    for number, path in enumerate(streams, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = list(words)
    command()
