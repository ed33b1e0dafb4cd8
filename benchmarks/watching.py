"""Runs one command of the program and watches what all its processes take: CPU seconds, and memory at its highest.

Memory is the proportional set size: pages that processes share are counted once in all. CPU of processes that end
between two looks is lost, so looks are frequent.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Watched:
    """What a command took. `cpu_seconds` by process, the first one's first."""

    seconds: float
    cpu_seconds: tuple[float, ...]
    peak_mb: float
    returned: int


def watched(arguments: Sequence[str], settings: Mapping[str, str], log: Path) -> Watched:
    """Run `wiretrail ARGUMENTS` with these settings, its standard error in a file."""
    variables = os.environ | {f"WIRETRAIL_{name}": value for name, value in settings.items()}
    cpu: dict[int, float] = {}
    peak, started = 0.0, time.monotonic()
    with log.open("w") as errors:
        command = [sys.executable, "-m", "cli", *arguments]
        process = subprocess.Popen(
            command, env=variables, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
        )
        while process.poll() is None:
            pids = _session(process.pid)
            cpu |= {pid: seconds for pid in pids if (seconds := _cpu_seconds(pid)) is not None}
            peak = max(peak, sum(_pss_mb(pid) for pid in pids))
            time.sleep(LOOK_SECONDS)
    return Watched(time.monotonic() - started, tuple(cpu[pid] for pid in sorted(cpu)), peak, process.returncode)


def _session(leader: int) -> list[int]:
    """The processes of a session: the command's, its fork server's and its readers'."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError):
                if os.getsid(int(entry.name)) == leader:
                    pids.append(int(entry.name))
    return pids


def _cpu_seconds(pid: int) -> float | None:
    with suppress(OSError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return None


def _pss_mb(pid: int) -> float:
    with suppress(OSError, ValueError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next((float(line.split()[1]) for line in rollup if line.startswith("Pss:")), 0.0) / 1024
    return 0.0
