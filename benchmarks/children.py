"""Runs commands as the daemon's children do, in processes forked from one that has everything imported.

A child of the daemon takes seconds to load; a benchmark that kills hundreds at random would kill most while loading.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Final

COMMANDS: Final = {"crawl": ("crawl",), "match": ("match",), "digest": ("digest", "--due")}
_JOBS = ("crawling", "digesting", "importing", "keeping", "leasing", "matches.matching", "matches.rematching")
_IMPORTED = ("cli", *(f"jobs.{job}" for job in _JOBS), "jobs.archives.backfilling", "jobs.moving.database_copy")


def work(words: Sequence[str], settings: Mapping[str, str], errors: str, began: Connection) -> None:
    """Do one command in a process group of its own, standard error in a file."""
    from cli import main

    os.setsid()
    os.environ.update({f"WIRETRAIL_{name}": value for name, value in settings.items()})
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["wiretrail", *words]
    began.send(True)
    main()


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.children", *_IMPORTED])
    return context


def start(job: str, settings: Mapping[str, str], errors: str) -> BaseProcess:
    """A child of the daemon that has just begun its job."""
    return command(COMMANDS[job], settings, errors)


def command(words: Sequence[str], settings: Mapping[str, str], errors: str) -> BaseProcess:
    """A child that has just begun a command."""
    ours, theirs = _server().Pipe(duplex=False)
    child = _server().Process(target=work, args=(words, settings, errors, theirs))
    child.start()
    theirs.close()
    ours.recv()
    ours.close()
    return child


def kill(child: BaseProcess) -> bool:
    """SIGKILL to a child and all it started. Returns whether it still ran."""
    ran = child.is_alive()
    if ran and child.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.join()
    return ran
