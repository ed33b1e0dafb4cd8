"""Workers as processes of their own, each as if on a machine, and how much they have left to fetch."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy import func, make_url, select

from jobs.context import Context
from storage.engine import reading
from storage.models import PageRow
from tests.forked import ROOT
from tests.whole.program import Program


def start_worker(program: Program) -> subprocess.Popen[bytes]:
    """A worker and all it starts, in a process group of their own, as a machine is one."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", "worker"],
        env=program.environment(),
        cwd=ROOT,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )


def left(context: Context, pages: int) -> int:
    """How many of so many pages nobody has fetched yet."""
    with reading(context.engine) as session:
        return pages - (session.scalar(select(func.count()).where(PageRow.visits > 0)) or 0)


def ending_idle(database: str, *, seconds: int) -> str:
    """The address with less patience for a worker that was stopped in the middle of a transaction."""
    options = {"options": f"-c idle_in_transaction_session_timeout={seconds}s"}
    return make_url(database).update_query_dict(options).render_as_string(hide_password=False)
