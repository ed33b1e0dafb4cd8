"""How fast archives are read back: real pages packed as WARC, into SQLite, killed once and gone on. `backfill [PAGES]`

Reads ../shared/data/pages.jsonl.gz. Records a CPU second, of one process that does everything, the start of the
job included: archive, reading, storing; then the same into a second database by a process that is killed midway.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

import config
from jobs.archives.backfilling import Selection, backfill
from jobs.context import Context
from storage import migrate
from storage.engine import reading
from storage.models import ArticleRow, ArticleVersionRow
from tests.scale.warcs import info, packed, record

DATA = Path("../shared/data")
ALL = Selection(("*",))


def main() -> None:
    """Pack, read, kill, go on, compare."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 720
    if not (DATA / "pages.jsonl.gz").exists():
        sys.exit(f"{DATA}/pages.jsonl.gz is not here: these real pages are not published")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = home / "news.warc.gz"
        count = pack(path, most)
        print(f"{count} pages, {path.stat().st_size / 1e6:.1f} MB as WARC")
        context = fresh(home, "whole")
        cpu = seconds()
        began = time.monotonic()
        done = backfill(context, path, ALL, workers=0)
        used = seconds() - cpu
        print(f"records       {done.records} ({done.articles} articles), {done.records / used:.1f} per CPU second")
        print(f"wall          {done.records / (time.monotonic() - began):.1f} records/s")
        wanted, found = tables(context), killed(home, path)
        same = wanted == found
        print(f"kill -9 and going on gives {'the same' if same else 'OTHER'} tables ({len(found)} versions)")
        for row in set(wanted) ^ set(found):
            print("  differs:", *row)
    sys.exit(not same)


def pack(path: Path, most: int) -> int:
    """Write the pages in the shape of CC-NEWS; returns how many."""
    with gzip.open(DATA / "pages.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    random.Random(1).shuffle(rows)
    records = [info()]
    for row in rows[:most]:
        body = gzip.decompress((DATA / row["file"]).read_bytes())
        records.append(record(row["url"], body, fetched=datetime(2026, 3, 2, tzinfo=UTC)))
    path.write_bytes(packed(records))
    return len(records) - 1


def fresh(home: Path, name: str) -> Context:
    """A context over an empty SQLite database."""
    url = f"sqlite:///{home / name}.db"
    migrate.upgrade(url)
    return Context(config.Config(home=home, database_url=url))


def seconds() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


KILLED = """
import os, signal, sys
from pathlib import Path
import config
from jobs.archives import backfilling
from jobs.context import Context
context = Context(config.Config(home=Path(sys.argv[1]), database_url=sys.argv[2]))
parts = 0
def progress(more):
    global parts
    parts += 1
    if parts == 3:
        os.kill(os.getpid(), signal.SIGKILL)
backfilling.backfill(context, Path(sys.argv[3]), backfilling.Selection(("*",)), workers=0, progress=progress)
"""


def killed(home: Path, path: Path) -> list[Any]:
    """The tables of a run that was killed in its third part and gone on with."""
    context = fresh(home, "killed")
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(home), context.config.database, str(path)],
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        check=False,
    )
    print("killed" if child.returncode == -signal.SIGKILL else f"NOT killed: {child.returncode}")
    backfill(context, path, ALL, workers=0)
    return tables(context)


def tables(context: Context) -> list[Any]:
    """Every version, without row numbers."""
    query = select(ArticleRow.canonical_url, ArticleVersionRow.number, ArticleVersionRow.content_sha256).join(
        ArticleVersionRow, ArticleVersionRow.article_id == ArticleRow.id
    )
    with reading(context.engine) as session:
        return sorted(map(tuple, session.execute(query)))


if __name__ == "__main__":
    main()
