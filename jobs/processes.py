"""Which process is this, and does one still live? How a run is told from the run of a process that died.

A number alone is given to another process soon; with the moment its process began it is not.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """This machine's name; a colon in it would end it."""
    return platform.node().replace(":", "-")[:60] or "unnamed"


def process(pid: int | None = None) -> str:
    """machine:pid:start of a process, by default this one; "" when there is none of that number."""
    number = os.getpid() if pid is None else pid
    started = _started(number)
    return "" if started is None else f"{machine()}:{number}:{started}"


def is_alive(name: str) -> bool:
    """Whether the process of that name, on this machine, still runs. A zombie does not."""
    _, number, _ = name.rsplit(":", 2)
    return number.isdigit() and process(int(number)) == name


def _started(pid: int) -> str | None:
    """Clock ticks from boot to its start; 0 where there is no /proc; None for a process that is gone."""
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except OSError as error:
            return "0" if isinstance(error, PermissionError) else None
        return "0"
    try:
        # The command's name stands in brackets and may hold anything: count from its end.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]
