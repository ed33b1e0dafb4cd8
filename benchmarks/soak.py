"""The daemon's parent over many batches: how much does it grow? `soak [BATCHES] [SECONDS_A_TICK]`

The real daemon over a local site, ticking fast; each batch is a real child process. Its children start about once in
three seconds on a loaded machine, so 1,000 batches take an hour. Exit 1 when the parent grew by more than 5 MB after
its 100th batch (or, in shorter runs, after the first half).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from scheduler import memory_mb
from storage.engine import open_engine, reading
from storage.migrate import upgrade
from storage.models import RunRow
from tests.crawler.conftest import outlet_row
from tests.crawler.site import Site, rss

MOST_GROWTH_MB = 5.0
SETTLED_AFTER = 100


def main() -> None:
    """Run, print, judge."""
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.2
    with tempfile.TemporaryDirectory() as folder, Site() as site:
        site["/feed.xml"] = rss([])
        sizes, child = soak(Path(folder), site, batches, seconds)
    settled = min(SETTLED_AFTER, batches // 2)
    before = next(size for done, size in sizes if done >= settled)
    print(f"batches {sizes[-1][0]}; parent {sizes[0][1]:.1f} MB at first, {before:.1f} after {settled}, ", end="")
    print(f"{sizes[-1][1]:.1f} at the end: grew {sizes[-1][1] - before:+.1f} MB; largest child {child:.0f} MB")
    sys.exit(sizes[-1][1] - before > MOST_GROWTH_MB)


def soak(home: Path, site: Site, batches: int, seconds: float) -> tuple[list[tuple[int, float]], float]:
    """(batches done, resident MB of the parent) at every look, and the most a crawl child was seen to take."""
    database = f"sqlite:///{home / 'soak.db'}"
    upgrade(database)
    (home / "catalogue.toml").write_text("only = true\n" + outlet_row("local", site, ("feed", "/feed.xml")))
    clock = {"START": datetime(2026, 3, 2, 12, tzinfo=UTC).isoformat(), "EPOCH": datetime.now(UTC).isoformat()}
    settings = {"HOME": str(home), "DATABASE_URL": database, "CATALOGUE": str(home / "catalogue.toml"), "LOG": "json"}
    settings |= {f"CLOCK__{name}": value for name, value in clock.items()}
    # A minute a second, and polls every minute: there is always a batch to do.
    settings |= {"CLOCK__RATE": "6000", "CRAWL__POLL_LEAST_MINUTES": "1", "CRAWL__POLL_MOST_MINUTES": "1"}
    settings |= {"CRAWL__CONTACT": "desk@example.com", "CRAWL__ALLOW_LOOPBACK": "true", "CRAWL__DELAY_SECONDS": "0"}
    settings |= {"CRAWL__TICK_SECONDS": str(seconds), "CRAWL__DAILY_REQUESTS_PER_HOST": "0"}
    settings |= {"CRAWL__DAILY_POLLS_PER_FEED": "0", "DIGEST__TICK_SECONDS": "3600", "CRAWL__EXTRACT_WORKERS": "1"}
    variables = os.environ | {f"WIRETRAIL_{name}": value for name, value in settings.items()}
    with (home / "daemon.log").open("w") as log:
        daemon = subprocess.Popen([sys.executable, "-m", "cli", "run"], env=variables, stderr=log)
        try:
            return _watch(daemon, database, batches)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(20)
            _complain(home / "daemon.log")


def _watch(daemon: subprocess.Popen[bytes], database: str, batches: int) -> tuple[list[tuple[int, float]], float]:
    engine = open_engine(database)
    sizes: list[tuple[int, float]] = []
    child = 0.0
    while not sizes or sizes[-1][0] < batches:
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon ended with {daemon.returncode}")
        time.sleep(0.5)
        with reading(engine) as session:
            done = session.scalar(select(func.count(RunRow.id)).where(RunRow.job == "crawl", RunRow.outcome == "ok"))
        sizes.append((done or 0, _resident_mb(daemon.pid)))
        child = max(child, memory_mb(daemon.pid) - memory_mb_alone(daemon.pid))
        print(f"\r{done}/{batches} {sizes[-1][1]:.1f} MB", end="", file=sys.stderr, flush=True)
    engine.dispose()
    return sizes, child


def memory_mb_alone(pid: int) -> float:
    """The parent's own share of what `memory_mb` counts."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def _complain(log: Path) -> None:
    for line in log.read_text(encoding="utf-8").splitlines():
        if line.startswith("{") and json.loads(line).get("level") == "error":
            print(line[:300])


if __name__ == "__main__":
    main()
