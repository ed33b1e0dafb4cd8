"""Runs a job as the daemon's child does, in a process forked from one that has everything imported.

A child of the daemon takes seconds to load; a benchmark that kills hundreds at random would kill most while loading.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess


def work(job: str, settings: Mapping[str, str], errors: str, began: Connection) -> None:
    """Do one job by the command of that name, standard error in a file."""
    from cli import told
    from cli import work as commands

    os.environ.update({f"WIRETRAIL_{name}": value for name, value in settings.items()})
    file = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 2)
    began.send(True)
    with told():
        if job == "crawl":
            commands.crawl(outlet=None, hosts=None)
        elif job == "match":
            commands.match(everything=False)
        else:
            commands.digest(due=True)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    jobs = ["jobs.crawling", "jobs.digesting", "jobs.importing", "jobs.leasing", "jobs.matches.matching"]
    context.set_forkserver_preload(["benchmarks.children", "cli.work", *jobs])
    return context


def start(job: str, settings: Mapping[str, str], errors: str) -> BaseProcess:
    """A child that has just begun its job."""
    ours, theirs = _server().Pipe(duplex=False)
    child = _server().Process(target=work, args=(job, settings, errors, theirs))
    child.start()
    theirs.close()
    ours.recv()
    ours.close()
    return child
