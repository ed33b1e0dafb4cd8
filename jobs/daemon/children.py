"""What the daemon and a worker do with the processes they start: watch their memory, and stop them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

STOP_SECONDS: Final = 6.0
"""Between the word and the kill: a crawl gives its tasks back within four, and SIGTERM promises ten in all."""


def memory_mb(pid: int) -> float:
    """Resident memory of a process and all it started, shared pages counted by share; 0 where there is no /proc."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (OSError, ValueError):  # it has just ended, or this is another system
        return 0.0
    own = next((float(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0.0)
    return own / 1024 + sum(memory_mb(int(child)) for child in children)


async def stop(child: asyncio.subprocess.Process) -> None:
    """SIGTERM, a little time, then SIGKILL."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
